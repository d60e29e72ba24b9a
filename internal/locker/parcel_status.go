package locker

import "time"

// StatusOrder asks what has become of a parcel. One of Tracking and Parcel is set.
type StatusOrder struct {
	Tracking string
	Parcel   string // an id, as in the events
}

// Status is what has become of a parcel, as far as the cabinet remembers.
type Status string

// What may have become of a parcel.
const (
	StatusUnknown    Status = "unknown"     // never here, or not among the newest that have ended
	StatusAnnounced  Status = "announced"   // and not brought yet
	StatusDropping   Status = "dropping"    // its courier stands there
	StatusWaiting    Status = "waiting"     // for its recipient
	StatusClosed     Status = "closed"      // its recipient has answered wrongly too often
	StatusKept       Status = "kept"        // behind a rented door
	StatusExpired    Status = "expired"     // nobody has fetched it in time
	StatusCancelled  Status = "cancelled"   // by order
	StatusRefused    Status = "refused"     // its recipient does not want it: a courier takes it back
	StatusHeld       Status = "held"        // a restored backup says that it is here
	StatusCollected  Status = "collected"   // by its recipient
	StatusRecalled   Status = "recalled"    // a courier has taken it back
	StatusSent       Status = "sent"        // its sender has put it in: a courier collects it
	StatusDispatched Status = "dispatched"  // a courier has collected it from its sender
	StatusMissing    Status = "missing"     // the courier who was to collect it, or to take it back refused, has found nothing
	StatusHandedOver Status = "handed_over" // as the operator says
	StatusAbandoned  Status = "abandoned"   // its courier left, and nobody knows whether it is in its door
	StatusNotStored  Status = "not_stored"  // its courier has taken it along
	StatusGone       Status = "gone"        // somebody has found its door empty, or nobody knows what is in it
)

// maxEnded is how many of the parcels that have ended are remembered: with 100 a day those of three days.
const maxEnded = 300

// Ended is a parcel that has ended.
type Ended struct {
	Parcel   string    `json:"parcel"`
	Tracking string    `json:"tracking"`
	Door     int       `json:"door,omitempty"`
	Status   Status    `json:"status"`
	Since    time.Time `json:"since,omitzero"`
	Unlocks  int       `json:"unlocks,omitempty"`
}

// What a parcel's code does.
const (
	CodeOpens = "opens"       // its door
	CodeAgain = "opens_again" // what its recipient may have left there
	CodeDead  = "dead"        // nothing
)

// ParcelStatus answers what has become of a parcel.
type ParcelStatus struct {
	Order    string `json:"order"`
	Parcel   string `json:"parcel,omitempty"` // its id, once it was brought
	Tracking string `json:"tracking,omitempty"`
	Status   Status `json:"status"`
	// Since is when that began, as the clock read.
	Since time.Time `json:"since,omitzero"`
	Door  int       `json:"door,omitempty"`
	Until time.Time `json:"until,omitzero"` // when its pickup period ends, or would if it did not stand still
	// Stopped is why the period stands still: the parcel cannot be fetched.
	Stopped StopReason `json:"stopped,omitempty" enum:"power,board,door,clock,keypad"`
	Code    string     `json:"code,omitempty"` // CodeOpens, CodeAgain or CodeDead, of a parcel that was brought
	Unlocks int        `json:"unlocks"`        // how often its door was to be opened for it
	// Recipients is how many it has had after the first.
	Recipients int `json:"recipients,omitempty"`
	// Owed is what is still to be paid before its door opens, in minor units of the parcel's currency.
	Owed int64 `json:"owed,omitempty"`
}

// Kind is "parcel.status".
func (ParcelStatus) Kind() string { return "parcel.status" }

// status is what has become of a parcel: what is here comes first, then what is expected, then what was here.
func (d *decision) status(o StatusOrder) ParcelStatus {
	is := func(parcel, tracking string) bool {
		return o.Parcel != "" && o.Parcel == parcel || o.Tracking != "" && o.Tracking == tracking
	}
	var found *Parcel
	for _, p := range d.s.Parcels {
		if is(p.ID, p.Tracking) && (found == nil || p.rank() < found.rank()) {
			found = p
		}
	}
	var ended *Ended // the newest of that number
	for i := range d.s.Ended {
		if x := &d.s.Ended[i]; is(x.Parcel, x.Tracking) {
			ended = x
		}
	}
	a := d.s.announced(o.Tracking)
	switch {
	case found != nil && (a == nil || found.rank() < 2):
		return d.statusOf(found)
	case a != nil && o.Tracking != "":
		return ParcelStatus{Tracking: a.Tracking, Status: StatusAnnounced, Since: a.At}
	case ended != nil:
		return ended.status()
	}
	return ParcelStatus{Parcel: o.Parcel, Tracking: o.Tracking, Status: StatusUnknown}
}

// rank orders parcels of one number: what is here, what is just being put in, what has ended.
func (p *Parcel) rank() int {
	switch p.State {
	case ParcelStoredAt, ParcelOverstays, ParcelToGo, ParcelHeld:
		return 0
	case ParcelDropping:
		return 1
	default:
		return 2
	}
}

func (x Ended) status() ParcelStatus {
	return ParcelStatus{Parcel: x.Parcel, Tracking: x.Tracking, Door: x.Door, Status: x.Status, Since: x.Since, Code: CodeDead, Unlocks: x.Unlocks}
}

func (d *decision) statusOf(p *Parcel) ParcelStatus {
	is := ParcelStatus{Parcel: p.ID, Tracking: p.Tracking, Door: p.Door, Status: p.status(d.s.plan.WrongTries), Since: p.Since, Until: p.Until,
		Code: CodeDead, Unlocks: p.Unlocks, Recipients: p.Recipients, Stopped: p.Stop.Why, Owed: d.s.owes(p, d.now)}
	switch {
	case is.Status == StatusWaiting, p.kept():
		is.Code = CodeOpens
	case d.s.reopenable(p, d.now.Up):
		is.Code = CodeAgain
	}
	return is
}

// status is what has become of a parcel that is in the books.
func (p *Parcel) status(tries int) Status {
	switch p.State {
	case ParcelDropping:
		return StatusDropping
	case ParcelTaken:
		return StatusCollected
	case ParcelToGo:
		return StatusSent
	case ParcelReturned:
		switch {
		case p.Missing:
			return StatusMissing
		case p.Sender:
			return StatusDispatched
		}
		return StatusRecalled
	case ParcelHeld:
		return StatusHeld
	case ParcelOverstays:
		switch {
		case p.Refused != "":
			return StatusRefused
		case p.Expired:
			return StatusExpired
		}
		return StatusCancelled
	case ParcelStoredAt:
		switch {
		case p.overdue():
			return StatusExpired
		case p.Rented:
			return StatusKept
		case p.Wrong >= tries:
			return StatusClosed
		}
	}
	return StatusWaiting
}

// end remembers a parcel that leaves the books, and drops it. Of one that neither its recipient nor a courier has fetched it is
// said that it is gone.
func (s *State) end(id string, as Status, at time.Time) {
	p := s.parcel(id)
	if p == nil {
		return
	}
	since := at
	switch {
	case as != "":
	case p.State == ParcelTaken, p.State == ParcelReturned:
		as, since = p.status(s.plan.WrongTries), p.Since
	default:
		as = StatusGone
	}
	s.Ended = append(s.Ended[max(0, len(s.Ended)+1-maxEnded):], Ended{Parcel: p.ID, Tracking: p.Tracking, Door: p.Door, Status: as,
		Since: since, Unlocks: p.Unlocks})
	s.dropParcel(id)
}
