package truth

import (
	"time"

	"lockerd/internal/locker"
)

// changesHands has the operator change what waits: who may have it, until when, or which doors are kept free.
func (p *person) changesHands() {
	w := p.w
	waits := func(x *parcel) bool { return x.stored && (x.over == "" || x.over == "expired" || x.over == "refused") }
	switch x := p.about(waits); {
	case x == nil:
	case p.either(0.3):
		w.order(locker.Order{Kind: "parcel.extend", Extend: &locker.ExtendOrder{Tracking: x.tracking, By: time.Duration(1+p.dice.IntN(48)) * time.Hour}})
	case p.either(0.4):
		w.order(locker.Order{Kind: "parcel.new_code", NewCode: &locker.NewCodeOrder{Tracking: x.tracking, Offers: w.offers()}})
	case p.either(0.6):
		phone := "ph0ne+49173" + x.tracking
		n := &locker.NewRecipientOrder{Tracking: x.tracking, Mask: "•••••11", Phone: locker.Box(phone), Person: hash(phone), Offers: w.offers()}
		if pin := digits(p.dice.Uint64()); p.either(0.5) {
			n.Ask = locker.Conditions{PIN: hash(pin)}
			x.nextPIN = pin
		}
		w.order(locker.Order{Kind: "parcel.new_recipient", NewRecipient: n})
	default:
		w.order(locker.Order{Kind: "parcel.status", Status: &locker.StatusOrder{Tracking: x.tracking}})
	}
}

// books keeps a door free for a company, or for a parcel that will be brought.
func (p *person) books() {
	w := p.w
	o := &locker.BookOrder{Size: w.plan.Sizes[p.dice.IntN(3)].Name, Count: 1, Until: w.now().Add(p.some(time.Hour, 8*time.Hour))}
	if x := p.about(func(x *parcel) bool { return x.id == "" }); x != nil && p.either(0.5) {
		o.Tracking = x.tracking
	} else {
		o.Company = crew[p.dice.IntN(len(crew))].company
	}
	w.order(locker.Order{Kind: "doors.book", Book: o})
}

// heardOfHands is what is said of parcels that change hands, and of doors that are booked.
func (w *world) heardOfHands(e locker.Event) {
	w.heardOfFees(e)
	w.heardOfSenders(e)
	w.heardOfCameras(e)
	w.heardOfDeclarations(e)
	w.heardOfRefusals(e)
	w.heardOfAgain(e)
	w.heardOfRenters(e)
	w.heardOfChange(e)
	switch e := e.(type) {
	case locker.ParcelCodeChanged:
		w.count("codes changed")
		w.recoded(w.byID[e.Parcel], string(e.Personal.Code), e.Tokens)
		if e.Again {
			w.wantedAgain(e.Parcel)
		}
	case locker.ParcelRecipientChanged:
		w.count("recipients changed")
		if p := w.byID[e.Parcel]; p != nil {
			p.pin, p.nextPIN = p.nextPIN, ""
		}
		w.recoded(w.byID[e.Parcel], string(e.Personal.Code), e.Tokens)
		if e.Again {
			w.wantedAgain(e.Parcel)
		}
	case locker.ParcelExtended:
		w.extended(e)
	case locker.PickupPeriodResumed:
		w.count("periods that stood still")
		if p := w.byID[e.Parcel]; p != nil {
			if e.Until.Before(p.until) {
				w.breaksAs(QuestionEarly, "resumed", "%s is to end at %s in the place of %s", p.tracking, e.Until, p.until)
			}
			p.until, p.misdated = e.Until, p.misdated || w.wrongTime()
			w.tell("    %s could not be fetched for %s (%s): until %s", p.tracking, time.Duration(e.Stood)*time.Millisecond, e.Why, e.Until)
		}
	case locker.DoorCounted:
		w.heardOfInventory(e)
	case locker.ParcelStatus:
		if p := w.byID[e.Parcel]; p != nil && e.Status == locker.StatusWaiting && p.over != "" {
			w.breaksAs(QuestionLost, "status", "%s is said to wait, and is %s", p.tracking, p.over)
		}
	case locker.DoorsBooked:
		w.count("bookings")
		w.booked[e.Order] = e
	case locker.DropStarted:
		w.bookedFor(e.Door, e.Parcel)
		w.zoned(e.Door, e.Parcel)
	case locker.DropMoved:
		w.bookedFor(e.To, e.Parcel)
		w.zoned(e.To, e.Parcel)
	case locker.ParcelAnnounced:
		if x := w.parcels[e.Tracking]; x != nil {
			x.zone, x.announced = e.Zone, e.Order
		}
	case locker.AnnouncementDropped:
		w.expectedNoMore(e)
	default:
	}
}

// heardOfChange notes when an order has changed what its code is answered: a screen may be of before.
func (w *world) heardOfChange(e locker.Event) {
	id := ""
	switch e := e.(type) {
	case locker.ParcelCodeChanged:
		id = e.Parcel
	case locker.ParcelRecipientChanged:
		id = e.Parcel
	case locker.ParcelExtended:
		id = e.Parcel
	default:
		return
	}
	if p := w.byID[id]; p != nil {
		p.changedAt = w.at
	}
}

// expectedNoMore: what nobody expects goes anywhere.
func (w *world) expectedNoMore(e locker.AnnouncementDropped) {
	for _, x := range w.recent {
		if x.announced == e.Order && e.Why != "stored" {
			x.zone = ""
		}
	}
}

// recoded notes a parcel's other code, and since when tokens for it count. Whoever has the old one tries it some time later.
func (w *world) recoded(p *parcel, code string, tokens time.Time) {
	if p == nil {
		return
	}
	old, token := p.code, w.now()
	for _, x := range w.people {
		if x.here && x.parcel == p { // what else it opens is theirs still
			x.knew = old
		}
	}
	p.code, p.recoded = code, token
	if tokens.After(token) { // without a signed order it is the cabinet's clock that counts, and it was ahead (docs/cloud.md)
		p.recoded = tokens
	}
	id := mix(w.seed, hashOf(p.tracking), hashOf(old), 41)
	w.send(id, "somebody with the old code of "+p.tracking, time.Duration(id%uint64(30*time.Hour)), func(x *person) {
		if !x.stepUp() {
			return
		}
		w.count("old codes tried")
		for _, other := range w.recent { // it may be good for what else is theirs
			if other.code == old {
				x.parcel = other
			}
		}
		// An order without a signature does not say when it was written. A cabinet in trial takes its own clock for that, and a
		// clock that is late takes an older token for a newer one: the contract says so (docs/cloud.md), and no question is asked.
		if x.either(0.2) && w.signs(locker.Order{}) {
			x.feed(locker.Scanned{Token: &locker.Token{ID: "t-old" + digits(id), Cabinet: w.plan.Cabinet, Parcel: p.id,
				Issued: token.Add(-time.Hour), Expires: w.now().Add(day)}})
		} else {
			x.code(old)
		}
		x.pause(time.Second, 4*time.Second)
		if x.tap(locker.ActionPickup); x.view().Step == locker.StepCode {
			x.typed(old)
		}
		x.pause(time.Second, 10*time.Second)
	})
}

// extended: a period never ends sooner because of an order, and what has expired is fetched by somebody once more.
func (w *world) extended(e locker.ParcelExtended) {
	w.count("periods extended")
	p := w.byID[e.Parcel]
	if p == nil {
		return
	}
	if !e.Until.IsZero() {
		if e.Until.Before(p.until) {
			w.breaksAs(QuestionEarly, "extended", "%s is to end at %s in the place of %s", p.tracking, e.Until, p.until)
		}
		p.until = e.Until
	}
	if e.Again && p.over == "expired" {
		if p.over = ""; p.renter {
			return // they come anyway
		}
		w.comes(p, mix(p.recipient, uint64(w.at)), time.Hour)
	}
}

// zoned asks whether a parcel that needs a zone has a door of it.
func (w *world) zoned(door int, parcel string) {
	if p := w.byID[parcel]; p != nil && p.zone != "" {
		w.count("given in a zone")
		if got := w.plan.Doors[door-1].Zone; got != p.zone {
			w.breaksAs(QuestionEntitled, "zone", "%s, which needs the zone %q, is given door %d in %q", p.tracking, p.zone, door, got)
		}
	}
}

// bookedFor asks whether a door that is given was booked for another.
func (w *world) bookedFor(door int, parcel string) {
	p, d := w.byID[parcel], w.state.Doors[door-1]
	b, booked := w.booked[d.Booked]
	if p == nil || !booked {
		return
	}
	if b.Tracking != "" && b.Tracking != p.tracking || b.Company != "" && b.Company != p.company {
		w.breaksAs(QuestionEntitled, "booked", "door %d, booked for %q %q, is given to %s of %s", door, b.Tracking, b.Company, p.tracking, p.company)
	}
	w.count("given as booked")
}
