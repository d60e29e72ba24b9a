package locker

import "time"

// ExtendOrder lets the pickup period of a parcel end later. One of Until and By is set.
type ExtendOrder struct {
	Tracking string
	Until    time.Time     // when it is to end; or
	Price    int64         // what that costs its recipient, in minor units of the parcel's currency
	By       time.Duration // how much later it is to end. For a parcel that has expired: from now
}

// longestWait is how far ahead an order may put the end of a pickup period: a date beyond it is a mistake.
const longestWait = 90 * 24 * time.Hour

// refusalToExtend says why a parcel's period cannot end then. A period never ends sooner because of an order. Without a known
// time nothing ends, and what has ended by a time of before cannot be judged.
func (s *State) refusalToExtend(o ExtendOrder, now Now) string {
	p := s.here(o.Tracking)
	if p == nil {
		return "no such parcel"
	}
	ends, until := s.extended(p, o, now)
	switch {
	case p.State == ParcelToGo:
		return sentHere
	case p.State == ParcelHeld:
		return "a restored backup says that the parcel is here: say first what became of it"
	case o.Price > 0 && p.Fee.Terms == nil:
		return "nothing is ever owed for the parcel"
	case p.Refused != "":
		return refusedHere
	case p.State == ParcelOverstays && !p.Expired:
		return "the parcel was cancelled"
	case p.overdue() && s.recalling(p):
		return "a courier is just taking the parcel back"
	case !now.Known && (p.overdue() || p.Until.IsZero() && o.By == 0):
		return "the clock is not set: when its pickup period ends is not known"
	case p.Extra+o.By > longestWait, until.After(later(s.Newest, now.Wall).Add(longestWait)):
		return "more than 90 days ahead"
	case !until.IsZero() && !until.After(ends), now.Known && !until.IsZero() && !until.After(now.Wall) && (p.Stop.Why == "" || o.By == 0):
		// A period that stands still ends later than it says, by what is still to be measured: so much more is always later.
		return "its pickup period would end no later than it does"
	}
	return ""
}

// extended is when a parcel's period ends, and when it would end after an order; zero: that it begins is still to come.
func (s *State) extended(p *Parcel, o ExtendOrder, now Now) (ends, until time.Time) {
	switch ends = p.Until; {
	case p.overdue():
		ends = later(ends, now.Wall)
	case ends.IsZero() && now.Known:
		ends = now.Wall.Add(s.period(p) + p.Extra)
	}
	switch {
	case o.By == 0:
		return ends, o.Until
	case ends.IsZero():
		return ends, time.Time{}
	}
	return ends, ends.Add(o.By)
}

// recalling says that a courier may be taking a parcel back: their screen is about its door, or it is being opened.
func (s *State) recalling(p *Parcel) bool {
	if p.Rented && s.Session.Courier == "" {
		return false // its people may
	}
	d := s.door(p.Door)
	return s.Session.Door == p.Door || d == nil || d.Unlock.ID != ""
}

func (d *decision) extend(order string, o ExtendOrder) {
	p := d.s.here(o.Tracking)
	ends, until := d.s.extended(p, o, d.now)
	if d.now.Known && p.State == ParcelStoredAt && p.Until.IsZero() { // by this order the time is known: it begins first, and what it costs
		d.emit(PickupPeriodBegan{Parcel: p.ID, Until: ends})
		p = d.s.here(o.Tracking)
	}
	by := o.By
	if !until.IsZero() {
		if !p.Until.IsZero() {
			ends = p.Until // of what has expired, too: by so much its end was put off in all
		}
		by = until.Sub(ends)
	}
	d.emit(ParcelExtended{Order: order, Parcel: p.ID, Door: p.Door, Until: until, By: by.Milliseconds(), Again: p.overdue(), Price: o.Price})
}

// ParcelExtended says that an order has put off the end of a parcel's pickup period.
type ParcelExtended struct {
	Order  string    `json:"order"`
	Parcel string    `json:"parcel"`
	Door   int       `json:"door"`
	Until  time.Time `json:"until,omitzero"`  // when it ends; none while the period has not begun, since the clock is not set
	By     int64     `json:"by_ms"`           // how much later that is, in milliseconds
	Price  int64     `json:"price,omitempty"` // what that costs its recipient, in minor units of the parcel's currency
	Again  bool      `json:"again,omitempty"` // it had expired: its code opens once more
}

// Kind is "parcel.extended".
func (ParcelExtended) Kind() string { return "parcel.extended" }

func (s *State) applyExtended(r Record, e ParcelExtended) {
	p := s.changeParcel(e.Parcel)
	if p == nil {
		return
	}
	p.Until, p.Extra = e.Until, p.Extra+time.Duration(e.By)*time.Millisecond
	if e.Price > 0 {
		p.Fee.Extra, p.Fee.FrozenUntil, p.Fee.Cleared = p.Fee.Extra+e.Price, time.Time{}, false
	}
	if p.overdue() {
		p.State, p.Expired, p.Since = ParcelStoredAt, false, r.At
	}
}
