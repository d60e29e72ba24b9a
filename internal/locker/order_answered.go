package locker

import (
	"encoding/json"
	"slices"
	"time"
)

// Answered is an order that was answered: if it comes again it is not answered again.
type Answered struct {
	ID string `json:"id"`
	// Until is when a signed order expires. It is remembered until then whatever comes after it, so that nobody can replay
	// it; after that it is refused as expired.
	Until time.Time `json:"until,omitzero"`
}

// UnmarshalJSON also reads older snapshots, from before orders were signed: there an entry is the id alone.
func (a *Answered) UnmarshalJSON(data []byte) error {
	*a = Answered{}
	if json.Unmarshal(data, &a.ID) == nil {
		return nil
	}
	type plain Answered
	return json.Unmarshal(data, (*plain)(a))
}

// orders remembers the orders that were answered.
type orders struct {
	Orders []Answered `json:"orders"` // newest last
	Unkept Unkept     `json:"unkept,omitzero"`
	// Forgot says that orders may have been followed that a restored journal does not know. Once the clock is known,
	// OrdersFrom is the time since which it knows all of them.
	Forgot     bool      `json:"forgot,omitempty"`
	OrdersFrom time.Time `json:"orders_from,omitzero"`
	// Gone is the latest expiry of the orders and tokens that were forgotten because they had expired.
	Gone time.Time `json:"gone,omitzero"`
	// Resend is the newest request to send records again. It is done once the cloud has confirmed its own record, which follows them.
	Resend Resend `json:"resend,omitzero"`
}

// Resend is a request for everything after a record, recorded as Asked.
type Resend struct {
	After uint64 `json:"after"`
	Asked uint64 `json:"asked"`
}

func (x orders) clone() orders { x.Orders = slices.Clip(x.Orders); return x }

// restart counts from the beginning of a run.
func (x *orders) restart(up time.Duration) { x.Unkept.Since = up }

// How many answered orders are remembered.
const (
	leastOrders = 1000   // whatever their age: a broker sends again what it is not sure of
	mostOrders  = 10_000 // of signed ones that have not expired: a week of one a minute. Further ones are refused
)

// maxOrderLife is how long after its issue a signed order may expire at the latest: it is remembered that long.
const maxOrderLife = 7 * 24 * time.Hour

// signedAt is when an order was signed; zero if its signer is not known.
func (o Order) signedAt() time.Time {
	if o.Issuer == "" || o.Unproven {
		return time.Time{}
	}
	return o.Issued
}

// until is how long an order must be remembered, whatever comes after it. An order with a longer life than allowed never
// counts.
func (o Order) until() time.Time {
	if o.Issuer == "" || o.Expires.Sub(o.Issued) > maxOrderLife {
		return time.Time{}
	}
	return o.Expires
}

func (x *orders) answered(id string) bool {
	return slices.ContainsFunc(x.Orders, func(a Answered) bool { return a.ID == id })
}

// past says that a date has passed, by the clock or by the newest time that was known to be right.
func (s *State) past(date time.Time, now Now) bool {
	return !s.Newest.Before(date) || now.Known && !now.Wall.Before(date)
}

// answer remembers an order. At every hundredth, the oldest orders that would be refused as expired are forgotten.
func (s *State) answer(a Answered) {
	s.Orders = append(s.Orders, a)
	over := len(s.Orders) - leastOrders
	if over <= 0 || over%100 != 0 {
		return
	}
	s.Orders = without(s.Orders, func(a Answered) bool {
		forget := over > 0 && s.past(a.Until, Now{})
		if forget {
			over--
			s.Gone = later(s.Gone, a.Until)
		}
		return forget
	})
}

// crowded says that no further order can be remembered.
func (s *State) crowded() bool {
	return len(s.Orders) >= mostOrders &&
		len(without(s.Orders, func(a Answered) bool { return s.past(a.Until, Now{}) })) >= mostOrders
}

// Unkept counts refusals of messages that anybody may have sent, so that a flood of them fills no disk.
type Unkept struct {
	Count int           `json:"count"`
	Since time.Duration `json:"since"` // Up when the first of them was recorded
}

// Of those refusals unkeptMost are recorded in unkeptTime.
const (
	unkeptMost = 100
	unkeptTime = time.Hour
)

func (u Unkept) full(up time.Duration) bool { return u.Count >= unkeptMost && up < u.Since+unkeptTime }

func (u *Unkept) count(up time.Duration) {
	if u.Count == 0 || up >= u.Since+unkeptTime {
		*u = Unkept{Since: up}
	}
	u.Count++
}

// unkept says why an order is refused without being remembered: anybody with access to the broker can send it, and must not
// use up the id of a real order that is still to come.
func (s *State) unkept(o Order, now Now) string {
	switch elsewhere := o.Cabinet != s.plan.Cabinet; {
	case o.Unproven, o.Refusal != "" && elsewhere:
		return o.Refusal
	case elsewhere:
		return "for another cabinet"
	case !o.Expires.IsZero() && o.Correct == nil && s.past(o.Expires, now):
		return "expired"
	case o.Status != nil && !s.affords(SourceAsked, now.Up):
		return "more questions than are answered: ask again in half a minute"
	case o.Issuer != "" && s.crowded():
		return "more orders than can be remembered until they expire"
	}
	return ""
}

// refusalToSigned judges the dates of a signed order. An order that may have been followed before is accepted only if the
// cabinet would remember it.
func (s *State) refusalToSigned(o Order, now Now) string {
	switch {
	case o.Issued.IsZero() || o.Expires.IsZero():
		return "a signed order must say when it was issued and when it expires"
	case !o.Issued.Before(o.Expires):
		return "it expires before it is issued"
	case o.Expires.Sub(o.Issued) > maxOrderLife:
		return "meant for more than 7 days"
	case s.Forgot:
		return "the journal was restored and the clock is not set: the order may have been followed already"
	case !o.Issued.After(s.OrdersFrom.Add(tolerance)):
		return "issued before the journal was restored: the order may have been followed already"
	}
	return ""
}
