package locker

import (
	"iter"
	"slices"
)

// Right is a kind of work that a courier may do.
type Right string

// Rights.
const (
	RightDrop          Right = "drop"           // put parcels in
	RightRecallOwn     Right = "recall_own"     // take back what they put in themselves and nobody fetched
	RightRecallCompany Right = "recall_company" // take back what their company put in
	RightCollect       Right = "collect"        // take out what people put in to be sent
)

// Rights are all rights.
func Rights() []Right { return []Right{RightDrop, RightRecallOwn, RightRecallCompany, RightCollect} }

// couriers are those whom the cloud has put or removed. They outrank the configuration's.
type couriers struct {
	Couriers []Courier `json:"couriers"`
	Removed  []string  `json:"removed"` // ids
}

func (x couriers) clone() couriers { return couriers{slices.Clip(x.Couriers), slices.Clip(x.Removed)} }

// CourierRemoveOrder takes a courier's right to drop off.
type CourierRemoveOrder struct {
	ID string
}

// may says whether a courier has a right. One of whom nothing is said may drop off, and take back what is theirs.
func (c Courier) may(r Right) bool {
	if len(c.Rights) == 0 {
		return r == RightDrop || r == RightRecallOwn
	}
	return slices.Contains(c.Rights, r)
}

func (c Courier) validateRights(bad func(string, ...any)) {
	for _, r := range c.Rights {
		if !slices.Contains(Rights(), r) {
			bad("courier %q: there is no right %q; there are %q", c.ID, r, Rights())
		}
	}
	if !c.Until.IsZero() && !c.From.Before(c.Until) {
		bad("courier %q: until must be after from", c.ID)
	}
}

// valid says whether a courier may work now. While the clock is not set only what has ended for certain has ended.
func (s *State) valid(c Courier, now Now) bool {
	if !now.Known {
		return c.Until.IsZero() || s.Newest.Before(c.Until)
	}
	return (c.Until.IsZero() || now.Wall.Before(c.Until)) && !now.Wall.Before(c.From)
}

// worker is the courier who is signed in.
func (s *State) worker() Courier {
	if s.Session.Courier == "" {
		return Courier{}
	}
	for c := range s.allCouriers() {
		if c.ID == s.Session.Courier {
			return *c
		}
	}
	return Courier{}
}

// may says whether the courier at the kiosk has a right. Nobody brings a parcel where its code has no way to its recipient.
func (s *State) may(r Right) bool {
	return s.Session.Courier != "" && s.worker().may(r) && (r != RightDrop || !s.plan.NoCodes)
}

// allCouriers are those who may drop off now.
func (s *State) allCouriers() iter.Seq[*Courier] {
	return func(yield func(*Courier) bool) {
		for i := range s.Couriers {
			if !yield(&s.Couriers[i]) {
				return
			}
		}
		for i := range s.plan.Couriers {
			c := &s.plan.Couriers[i]
			known := slices.ContainsFunc(s.Couriers, func(k Courier) bool { return k.ID == c.ID })
			if !known && !slices.Contains(s.Removed, c.ID) && !yield(c) {
				return
			}
		}
	}
}

// isCourier says that somebody is one of them.
func (s *State) isCourier(id string) bool {
	for c := range s.allCouriers() {
		if c.ID == id {
			return true
		}
	}
	return false
}

// badge is a courier's badge. A door in hand comes first, whoever it is that wants to go on.
func (d *decision) badge(c Courier) {
	switch n := d.s.Session; {
	case n.Courier == c.ID && n.Step == StepBadge:
		d.again("badge")
	case n.Courier == c.ID && d.now.Up >= d.s.sessionOver()-overNotice:
		d.emit(CourierSignedIn{Session: n.ID, Courier: c.ID, Company: c.Company, By: "badge"}) // they go on
	case n.Courier == c.ID:
		d.shownAgain()
	case d.inHand():
		d.firstThat()
	default:
		d.next()
		d.signIn(c, "badge")
	}
}

// signIn lets a courier work, if it is their time.
func (d *decision) signIn(c Courier, by string) bool {
	if !d.s.valid(c, d.now) {
		d.refuse(NoticeNotNow, StepPIN, false)
		return false
	}
	d.emit(CourierSignedIn{Session: d.s.Session.ID, Courier: c.ID, Company: c.Company, By: by})
	d.move(StepScan, NoticeNone, 0)
	return true
}
