package locker_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"lockerd/internal/locker"
)

// hands is what must not be forgotten of parcels that change hands by order, and of doors that are booked.
type hands struct {
	code   map[string]locker.Hash // of each parcel
	dead   map[locker.Hash]bool   // codes that were replaced
	shown  map[string]locker.Hash // by session: the code that it began with
	tokens map[string]time.Time   // by parcel: only tokens issued later count
	booked map[string]locker.DoorsBooked
	ended  map[string]bool // charges at the terminal by their names: whether their end is known
	denied map[string]bool // those that an order has ended
}

func newHands() hands {
	return hands{map[string]locker.Hash{}, map[locker.Hash]bool{}, map[string]locker.Hash{}, map[string]time.Time{}, map[string]locker.DoorsBooked{}, map[string]bool{}, map[string]bool{}}
}

// inHands: nobody opens a door with a code, or with a token, that an order has replaced; and nobody is given a door that was booked for
// another.
func (w *world) inHands(r *rapid.T, e locker.Event, in locker.Input) {
	switch e := e.(type) {
	case locker.ParcelStored:
		w.code[e.Parcel] = hash(string(e.Personal.Code))
	case locker.ParcelKept:
		w.keeps(r, e)
	case locker.ParcelShared:
		w.codes = append(w.codes, string(e.Personal.Code))
	case locker.ParcelUnshared:
		if p := w.parcel(e.Parcel); p != nil {
			i := slices.IndexFunc(p.People, func(x locker.Sharer) bool { return x.Person == e.Person })
			w.dead[p.People[i].Code] = true
		}
	case locker.ParcelCodeChanged:
		w.replaces(r, e.Parcel, e.CodeHash, e.Tokens)
		w.codes = append(w.codes, string(e.Personal.Code))
	case locker.ParcelRecipientChanged:
		w.replaces(r, e.Parcel, e.CodeHash, e.Tokens)
		w.codes = append(w.codes, string(e.Personal.Code))
	case locker.ClockCorrected:
		for parcel, at := range w.tokens {
			if at.After(e.Time) {
				w.tokens[parcel] = e.Time
			}
		}
	case locker.PickupClaimed:
		w.shown[e.Session] = shownBy(in)
	case locker.UnlockRequested:
		w.opensWith(r, e, in)
	case locker.ChargeBegun, locker.FeePaid, locker.ChargeFailed:
		w.charged(r, e, in)
	case locker.DoorsBooked:
		w.booked[e.Order] = e
	case locker.DropStarted:
		w.code[e.Parcel] = e.CodeHash
		w.bookedFor(r, e.Door)
	case locker.DropMoved:
		w.bookedFor(r, e.To)
	}
}

// collects: a code is spent by an opening at which its person stands. A rental ends at the shut door, by somebody's touch or code.
func (w *world) collects(r *rapid.T, e locker.ParcelCollected) {
	d, p := w.door(e.Door), w.parcel(e.Parcel)
	if rented := p != nil && p.Rented; rented != (d.State == locker.Closed) || rented && (!d.Fell || w.state.Session.Visit.Parcel != p.ID) {
		r.Fatalf("parcel %s collected though its door %d is %s: %+v", e.Parcel, e.Door, d.State, p)
	}
}

// keeps: what is kept for certain has seen its door open and close.
func (w *world) keeps(r *rapid.T, e locker.ParcelKept) {
	p, d := w.parcel(e.Parcel), w.door(e.Door)
	switch {
	case p == nil || !p.Rented, e.First && !e.Unsure && (!p.Opened || !p.Shut), !e.First && (d.State != locker.Closed || !d.Fell):
		r.Fatalf("parcel %s kept though its door was not seen to open and close: %+v", e.Parcel, p)
	}
}

func (w *world) replaces(r *rapid.T, parcel string, code locker.Hash, tokens time.Time) {
	if p := w.parcel(parcel); p == nil || p.State != locker.ParcelStoredAt {
		r.Fatalf("parcel %s changes hands and does not wait: %+v", parcel, p)
	}
	if w.dead[code] || slices.ContainsFunc(w.state.Parcels, func(p *locker.Parcel) bool { return p.Code == code }) {
		r.Fatalf("parcel %s is given a code that another has or had", parcel)
	}
	w.dead[w.code[parcel]], w.code[parcel], w.tokens[parcel] = true, code, tokens
}

func (w *world) opensWith(r *rapid.T, e locker.UnlockRequested, in locker.Input) {
	if e.Why != locker.WhyPickup && e.Why != locker.WhyReopen {
		return
	}
	if _, begun := w.shown[e.Session]; !begun {
		w.shown[e.Session] = shownBy(in)
	}
	if w.dead[w.shown[e.Session]] {
		r.Fatalf("unlock %s of door %d for somebody with a code that was replaced", e.Unlock, e.Door)
	}
	s, scan := in.(locker.Scanned)
	if scan && s.Token != nil && e.Why == locker.WhyPickup && !w.tokens[e.Parcel].IsZero() && !s.Token.Issued.After(w.tokens[e.Parcel]) {
		r.Fatalf("unlock %s of door %d by a token of before the parcel had another code", e.Unlock, e.Door)
	}
}

// shownBy is the code that an input shows.
func shownBy(in locker.Input) locker.Hash {
	switch in := in.(type) {
	case locker.Typed:
		return in.Hash
	case locker.Scanned:
		return in.Hash
	}
	return locker.Hash{}
}

func (w *world) bookedFor(r *rapid.T, number int) {
	d, n := w.door(number), w.state.Session
	b := w.booked[d.Booked]
	if d.Booked != "" && (b.Tracking == "" || b.Tracking != n.Tracking) && (b.Company == "" || b.Company != n.Company) {
		r.Fatalf("door %d, booked for %q %q, is given to %q of %q", number, b.Tracking, b.Company, n.Tracking, n.Company)
	}
}

// newOrder is an order about what waits, what is booked, or whose signatures count.
func (w *world) newOrder(r *rapid.T, o *locker.Order, door locker.DoorPlan) {
	soon := time.Duration(rapid.IntRange(-1, 200).Draw(r, "hours")) * time.Hour
	switch rapid.IntRange(0, 9).Draw(r, "new order of") {
	case 8:
		o.Share = &locker.ShareOrder{Tracking: w.text(r), Person: rapid.SampledFrom([]string{"ben", "dora"}).Draw(r, "person"), Ends: rapid.Bool().Draw(r, "ends"), Offers: w.offers()}
	case 9:
		o.Unshare = &locker.UnshareOrder{Tracking: w.text(r), Person: rapid.SampledFrom([]string{"ben", "dora"}).Draw(r, "person")}
	case 0:
		o.Extend = &locker.ExtendOrder{Tracking: w.text(r), By: max(soon, time.Hour)}
	case 1:
		o.Extend = &locker.ExtendOrder{Tracking: w.text(r), Until: w.now.Wall.Add(soon)}
	case 2:
		o.NewCode = &locker.NewCodeOrder{Tracking: w.text(r), Offers: w.offers()}
	case 3:
		o.NewRecipient = &locker.NewRecipientOrder{Tracking: w.text(r), Mask: "•11", Phone: locker.Box("phone"), Offers: w.offers()}
		if rapid.Bool().Draw(r, "asks") {
			o.NewRecipient.Ask = locker.Conditions{PIN: hash("B")}
		}
	case 4:
		o.Status = &locker.StatusOrder{Tracking: w.text(r)}
	case 5:
		o.Book = &locker.BookOrder{Doors: []int{door.Number}, Tracking: w.text(r), Until: w.now.Wall.Add(soon)}
		if rapid.Bool().Draw(r, "for a company") {
			o.Book.Tracking, o.Book.Company = "", "Other Parcel"
		}
	case 6:
		o.Unbook = &locker.UnbookOrder{Booking: w.door(door.Number).Booked}
	default:
		o.IssuerPut = &locker.Issuer{ID: rapid.SampledFrom([]string{"next", "cloud"}).Draw(r, "key"), Key: "AAAA", Signs: []string{locker.SignsOrders}}
		if rapid.Bool().Draw(r, "remove") {
			o.IssuerPut, o.IssuerRemove = nil, &locker.IssuerRemoveOrder{ID: o.IssuerPut.ID}
		}
	}
}

// announcement is of a parcel that a courier brings, or its sender.
func (w *world) announcement(r *rapid.T, door locker.DoorPlan) *locker.AnnounceOrder {
	a := &locker.AnnounceOrder{Tracking: w.text(r), Size: door.Size, Mask: "•89"}
	switch rapid.IntRange(0, 2).Draw(r, "asks") {
	case 0:
		a.Ask = locker.Conditions{PIN: hash("A"), Confirm: rapid.Bool().Draw(r, "confirm")}
	case 1:
		a.Mask, a.Company, a.From, a.Offers = "", "Example Parcel", locker.FromSender, w.offers()
		if rapid.Bool().Draw(r, "rents") {
			a.From, a.Term = locker.FromRenter, 24*time.Hour
		}
	case 2:
		a.Fee = &locker.Terms{Currency: "EUR", Due: 250}
	}
	return a
}
