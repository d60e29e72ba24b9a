package locker

import (
	"slices"
	"time"
)

// Parcels of one person have one code. Whose they are is said by the cloud, which may name a group, or follows from the phone:
// its keyed hash is kept bound to the group, so that nothing in a record is the same for one person at another time. Parcels
// with conditions of their own (see Conditions) have their own code: what is asked is about one parcel.

// Whose says whose a parcel is.
type Whose struct {
	// Group names its recipient: as the cloud does, or made at the first of their parcels. Empty: nobody knows.
	Group string `json:"group,omitempty"`
	// Person is the keyed hash of the recipient's phone, bound to the group.
	Person Hash `json:"person,omitzero"`
}

// whose says whose a parcel is that the cloud names a group for, or whose recipient has a phone (a keyed hash of all its
// digits). A phone that is not among those of the parcels here, or announced, begins a group.
func (d *decision) whose(group string, phone Hash) Whose {
	if group != "" {
		return Whose{Group: group, Person: bound(phone, group)}
	}
	if phone.IsZero() {
		return Whose{}
	}
	known := func(w Whose) bool { return !w.Person.IsZero() && w.Person.Equal(bound(phone, w.Group)) }
	for _, p := range d.s.Parcels {
		if known(p.Whose) {
			return p.Whose
		}
	}
	for i := range d.s.Announced {
		if w := d.s.Announced[i].Whose; known(w) {
			return w
		}
	}
	group = d.id("g")
	return Whose{Group: group, Person: bound(phone, group)}
}

// sharing finds the parcel whose code the courier's parcel gets, too: the newest of the same recipient that waits for them,
// or is being put in, and asks nothing of them. nil: it gets a code of its own.
func (s *State) sharing() *Parcel {
	n := &s.Session
	if n.Group == "" || n.Ask != (Conditions{}) {
		return nil
	}
	for _, p := range slices.Backward(s.Parcels) {
		if p.Group == n.Group && p.shares() {
			return p
		}
	}
	return nil
}

// shares says that the code of a parcel can be another one's, too.
func (p *Parcel) shares() bool {
	return len(p.Shared) > 0 && p.Ask == Conditions{} && (p.State == ParcelStoredAt || p.State == ParcelDropping)
}

// sharedCode is what of a parcel's code is kept, in its box, so that a further parcel of the same recipient can have it.
func (w Whose) sharedCode(code Box, ask Conditions) Box {
	if w.Group == "" || ask != (Conditions{}) {
		return nil
	}
	return code
}

// theirs are the turns of the doors behind which something lies for the recipient of the courier's parcel.
func (s *State) theirs() (turns []int) {
	n := &s.Session
	if n.Group == "" {
		return nil
	}
	for _, p := range s.Parcels {
		if p.Group != n.Group || p.State != ParcelStoredAt {
			continue
		}
		if turn := s.index.turn(p.Door); turn >= 0 {
			turns = append(turns, turn)
		}
	}
	return turns
}

// turn is a planned door's turn; -1 if it is not built.
func (x *index) turn(number int) int {
	if i, ok := x.plans[number]; ok {
		return i
	}
	return -1
}

// together are the parcels that a parcel's code opens, itself among them, in the order in which they came.
func (s *State) together(p *Parcel) (list []*Parcel) {
	for _, x := range s.Parcels {
		if x.State != ParcelDropping && !x.Sender && x.Code.Equal(p.Code) {
			list = append(list, x)
		}
	}
	return list
}

// byCode finds the parcel that a code opens now; nil: none. It compares every one, so that its duration reveals nothing. Of
// several parcels one that waits comes first: at a door that can be opened, with nothing to be paid before, and near where the person
// stands; then one whose door the code opens again, that was pushed shut before the others.
func (s *State) byCode(h Hash, up time.Duration) *Parcel {
	var found *Parcel
	var best [2]int
	for _, p := range s.Parcels {
		if !p.opensBy(h) || p.State == ParcelDropping || p.Sender {
			continue
		}
		if rank := s.turnOf(p, up); found == nil || slices.Compare(rank[:], best[:]) < 0 {
			found, best = p, rank
		}
	}
	return found
}

// beingJoined says that a courier is just putting in a parcel that gets the code of this one: until it is known what comes of
// that, the code stays.
func (s *State) beingJoined(p *Parcel) bool {
	return slices.ContainsFunc(s.Parcels, func(x *Parcel) bool { return x.State == ParcelDropping && x.ID != p.ID && x.Code.Equal(p.Code) })
}

// turnOf ranks a parcel among those of one code.
func (s *State) turnOf(p *Parcel, up time.Duration) [2]int {
	near := 0
	if turn, here := s.index.turn(p.Door), s.index.turn(s.Session.Door); turn >= 0 && here >= 0 {
		near = s.index.apart(turn, []int{here})
	}
	switch waits := p.State == ParcelStoredAt; {
	case waits && !s.usable(p.Door):
		return [2]int{3, near}
	case waits && s.chargeOf(p.ID) != nil, // nobody knows yet whether it is paid
		waits && slices.Contains(s.Session.Fetched, p.ID): // a sensor says so
		return [2]int{2, near}
	case waits && s.owes(p, Now{Up: up}) > 0:
		return [2]int{1, near}
	case waits:
		return [2]int{0, near}
	case s.reopenable(p, up):
		return [2]int{4, int(s.door(p.Door).Since / time.Millisecond)}
	}
	return [2]int{5, 0}
}

// onward opens the next door for a recipient who has just pushed theirs shut, if they have more here, and says that there is
// more if it cannot be known that they still stand there. A door that they have had in this visit, behind which a sensor sees
// something, waits for their code: it may be somebody else's thing.
func (d *decision) onward(was Door) {
	n := d.s.Session
	p := d.s.parcel(n.Parcel)
	if p == nil || n.Token.ID != "" {
		d.move(StepThanks, NoticeNone, was.Number)
		return
	}
	if n.Reopened {
		d.thanks(*p)
		return
	}
	next := d.s.byCode(p.Code, d.now.Up)
	switch {
	case next == nil || next.State != ParcelStoredAt:
		d.move(StepThanks, NoticeNone, was.Number)
	case !d.handed(was), slices.Contains(n.Fetched, next.ID):
		d.move(StepThanks, NoticeMore, was.Number)
	case !d.s.usable(next.Door):
		d.move(StepTrouble, NoticeNone, next.Door)
	default:
		d.pickup(*next, TokenUse{})
	}
}

// handed says that a door was pushed shut by the person whom the screen is about: it was seen to open and to close, so soon
// after they have shown their code, or pushed their door before shut, that nobody else can have taken their place, and nobody
// else has fetched anything or shown a code meanwhile. Otherwise it may be anybody who pushes a door shut that stands open. Where a
// sensor still sees the parcel, nobody has fetched it.
func (d *decision) handed(was Door) bool {
	n := d.s.Session
	return was.State == Open && !was.Sprang && !was.Late && was.Presence != PresencePresent && !n.Crowded && d.now.Up-n.Moved <= 2*stoodFor && d.s.alone()
}

// alone says that nobody else has fetched anything lately: somebody who did may still be about, and push a door shut in the
// belief that it is theirs.
func (s *State) alone() bool {
	code := s.parcel(s.Session.Parcel).Code
	for turn := s.nextAwake(0); turn >= 0; turn = s.nextAwake(turn + 1) {
		h := s.at(turn).Holds
		if p := s.parcel(h.Parcel); h.Kind == Collected && p != nil && p.State == ParcelTaken && !p.Code.Equal(code) {
			return false
		}
	}
	return true
}

// turns says the how manieth of how many parcels the recipient at the kiosk is fetching by one code; 0 of 0 if it is one.
func (s *State) turns() (turn, turns int) {
	n := &s.Session
	p := s.parcel(n.Parcel)
	if p == nil || n.Courier != "" || p.State == ParcelDropping || p.Group == "" {
		return 0, 0
	}
	for _, x := range s.together(p) {
		if x.State == ParcelStoredAt && !slices.Contains(n.Fetched, x.ID) {
			turns++
		}
	}
	turns += len(n.Fetched)
	turn = len(n.Fetched) + 1
	if i := slices.Index(n.Fetched, p.ID); i >= 0 {
		turn = i + 1
	}
	if turns < 2 || turn > turns {
		return 0, 0
	}
	return turn, turns
}
