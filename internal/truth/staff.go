package truth

import (
	"slices"
	"strings"
	"time"

	"lockerd/internal/locker"
)

// order sends an order from the operator.
func (w *world) order(o locker.Order) { w.orderFor(nil, o) }

// orderFor is an order that lets a person do what they came for.
func (w *world) orderFor(p *person, o locker.Order) {
	w.orders++
	o.ID, o.Cabinet = "o"+digits(mix(w.seed, w.orders, 11))+digits(w.orders), w.plan.Cabinet
	if o.Issuer == "" && !o.Unproven && w.signs(o) {
		o.Issuer, o.Issued = "cloud", w.now().Add(-w.between(4, 0, 10*time.Second))
		if o.Expires.IsZero() {
			o.Expires = o.Issued.Add(7 * day)
		}
	}
	actor := w.actor
	w.actor = p
	w.tell("the operator orders %s", o.Kind)
	w.feed(locker.OrderReceived{Order: o})
	w.actor = actor
}

// signs says whether an order is signed: half of the cabinets ask for that, and what corrects a clock always is.
func (w *world) signs(o locker.Order) bool { return w.seed%2 == 0 || o.Correct != nil }

// corrects has the operator tell a cabinet that its clock is right, where it holds it to be later.
func (w *world) corrects() {
	now := w.state.Trust(w.clock())
	if !w.on || w.off != 0 || !w.known || now.Known {
		return
	}
	w.count("clocks corrected by order")
	w.order(locker.Order{Kind: "clock.correct", Correct: &locker.CorrectOrder{Newest: w.state.Newest}})
}

// operator sends an order of one kind or another; where a parcel is meant, one of those that are about.
func (w *world) operator(id uint64, in time.Duration) {
	w.send(id, "the operator", in, func(p *person) {
		b := w.boxes[p.dice.IntN(len(w.boxes))]
		wall := w.now()
		switch p.dice.IntN(13) {
		case 0:
			if x := p.about(func(x *parcel) bool { return x.stored && x.over == "" }); x != nil && p.either(0.2) {
				w.order(locker.Order{Kind: "parcel.cancel", Cancel: &locker.CancelOrder{Tracking: x.tracking}})
			}
		case 1:
			if len(b.things) == 0 && !b.open {
				w.order(locker.Order{Kind: "door.block", Block: &locker.BlockOrder{Door: b.number, Reason: locker.BlockService}})
				p.wait(p.some(time.Minute, 5*time.Hour))
				w.order(locker.Order{Kind: "door.unblock", Unblock: &locker.UnblockOrder{Door: b.number}})
			}
		case 2:
			w.order(locker.Order{Kind: "door.unlock", Expires: wall.Add(time.Minute), Unlock: &locker.UnlockOrder{Door: b.number}})
		case 3:
			w.order(locker.Order{Kind: "courier.put", CourierPut: &locker.Courier{ID: "max", Name: "n4me-max", Company: "Other Parcel",
				Badge: hash("badge max"), BadgeCharacters: locker.LeastBadge}})
			p.wait(p.some(time.Minute, 5*time.Hour))
			w.order(locker.Order{Kind: "courier.remove", CourierRemove: &locker.CourierRemoveOrder{ID: "max"}})
			w.order(locker.Order{Kind: "person.erase", Erase: &locker.Erasure{Courier: "max"}})
			p.erased()
		case 4:
			if x := p.about(func(x *parcel) bool { return x.gone }); x != nil {
				w.order(locker.Order{Kind: "person.erase", Erase: &locker.Erasure{Tracking: x.tracking}})
				p.erased()
			}
		case 5:
			w.order(locker.Order{Kind: "token.revoke", Issuer: "cloud", Issued: wall, Expires: wall.Add(day),
				Revoke: &locker.RevokeOrder{IDs: []string{"t-lost" + digits(p.id)}, Until: wall.Add(day)}})
		case 6:
			p.looksFor(b)
			w.order(locker.Order{Kind: "journal.resend", Resend: &locker.ResendOrder{After: w.state.Seq / 2}})
		case 9, 10, 11:
			p.changesHands()
		case 12:
			p.books()
		case 7:
			if x := p.about(func(x *parcel) bool { return x.stored }); x != nil {
				w.order(locker.Order{Kind: "pickup.confirm", Confirm: &locker.ConfirmOrder{Tracking: x.tracking}})
			}
		default:
			w.order(locker.Order{Kind: "parcel.announce", Unproven: true, Refusal: "the signature is wrong",
				Announce: &locker.AnnounceOrder{Tracking: "FORGED"}})
		}
	})
}

// looksFor has a person look into a door, and reports it if it is empty.
func (p *person) looksFor(b *box) {
	if len(b.things) == 0 && !b.open {
		p.w.order(locker.Order{Kind: "door.looked", Looked: &locker.LookedOrder{Door: b.number, By: "a guard"}})
	}
}

// erased tells that what an erasure asked for is destroyed.
func (p *person) erased() {
	p.pause(time.Second, 20*time.Second)
	if e := p.w.state.Erasing; len(e) > 0 {
		p.w.feed(locker.Erased{Order: e[0].Order, Keys: 1})
	}
}

// about finds a parcel, always the same in the same world.
func (p *person) about(is func(*parcel) bool) *parcel {
	w := p.w
	if len(w.recent) == 0 {
		return nil
	}
	from := p.dice.IntN(len(w.recent))
	for i := range w.recent {
		if x := w.recent[(from+i)%len(w.recent)]; is(x) {
			return x
		}
	}
	return nil
}

// announce tells of some of the parcels that will be brought, of a tenth with questions to be asked of their recipient.
func (w *world) announce(x *parcel, dice uint64) {
	a := &locker.AnnounceOrder{Tracking: x.tracking, Size: x.size, Mask: "•••••89", Phone: locker.Box(x.phone), Person: hash(x.phone)}
	if dice%3 == 0 { // a cloud that knows its recipients
		a.Group = "r-" + digits(hashOf(x.phone))
	}
	if dice%7 == 0 {
		a.Low = true
	}
	if dice%11 == 0 && x.rank < 2 {
		a.Zone = "cold"
	}
	switch dice % 20 {
	case 0:
		a.Ask = locker.Conditions{Phone: hash(x.last4)}
	case 1:
		a.Ask = locker.Conditions{PIN: hash(x.pin)}
	case 2:
		a.Ask = locker.Conditions{Confirm: true}
	}
	a.Consent = []locker.Consent{"", locker.ConsentGiven, locker.ConsentGiven, locker.ConsentDenied}[dice/20%4]
	a.Fee = fees(dice)
	w.order(locker.Order{Kind: "parcel.announce", Announce: a})
}

// needy are the faults that need a visit.
func (w *world) needy() []locker.Fault {
	if !w.on {
		return nil
	}
	sum := w.state.Summary(w.state.Trust(w.clock()))
	return slices.DeleteFunc(sum.Faults, func(f locker.Fault) bool {
		switch f.Kind {
		case "door_blocked":
			return f.What == string(locker.BlockService)
		case "door_doubtful": // one that a courier is asked to look into heals by itself
			return strings.HasPrefix(f.Do, "the next courier") && w.at < w.doubted[f.Door]+patience && !w.calm
		case "parcel_overdue", "parcel_refused", "parcel_closed": // a courier takes it back; an order opens it again
			return true
		case "board_lost", "finding", "door_left_open":
			return false
		}
		return f.Door == 0
	})
}

// patience is how long the operator waits for a courier to look into a door.
const patience = 3 * day

// technician comes if a fault needs a visit, and sees to every such door.
func (w *world) technician(id uint64, in time.Duration) {
	w.send(id, "the technician", in, func(p *person) {
		faults := w.needy()
		if len(faults) == 0 || !p.stepUp() {
			return
		}
		w.count("technician visits")
		for _, f := range faults {
			w.count("technician: " + f.Kind + " " + f.Why)
			if strings.HasPrefix(f.Kind, "door_") {
				w.count("technician: " + f.Kind + " " + f.What)
			}
		}
		for _, bd := range w.boards {
			w.answer(bd)
		}
		for _, b := range w.boxes {
			if b.open {
				p.shuts(b)
			}
			w.repair(b)
		}
		for range 5 {
			if !p.seesAll() {
				break
			}
			p.pause(time.Second, time.Minute)
		}
		for range 3 {
			p.tap(locker.ActionBack)
			p.tap(locker.ActionSignOut)
		}
	})
}

// seesAll goes from door to door. True: something is left to do.
func (p *person) seesAll() bool {
	faults := slices.DeleteFunc(p.w.needy(), func(f locker.Fault) bool { return f.Door == 0 })
	if len(faults) == 0 {
		return false
	}
	if !p.enters() {
		return true
	}
	seen := map[int]bool{}
	for _, f := range faults {
		if !seen[f.Door] && !p.sees(f.Door) {
			return true
		}
		seen[f.Door] = true
	}
	return true
}

// enters signs the technician in.
func (p *person) enters() bool {
	for range 12 {
		v := p.view()
		switch {
		case v.Technician != "":
			return true
		case v.Step == locker.StepTechPIN, v.Step == locker.StepTechCode:
			p.feed(locker.TechnicianTyped{Revision: v.Revision, PIN: []string{"grace"},
				App: []locker.AppCode{{Enrolment: "e-grace", Step: int64((p.w.at + day) / (30 * time.Second))}}})
		case !p.tap(locker.ActionTechnician) && !p.tap(locker.ActionBack) && !p.tap(locker.ActionFinish) && !p.tap(locker.ActionSignOut):
			p.pause(30*time.Second, time.Minute)
		}
		p.pause(2*time.Second, 40*time.Second)
	}
	return false
}

// sees looks into a door and puts it in order.
func (p *person) sees(number int) bool {
	w := p.w
	b := w.box(number)
	for range 6 {
		v := p.view()
		if v.Technician == "" {
			return false
		}
		if v.Step == locker.StepDoor && v.Door == number {
			break
		}
		if v.Step == locker.StepDoors {
			p.tapWith(locker.Tapped{Action: locker.ActionDoor, Door: number})
		} else if !p.tap(locker.ActionDoors) {
			p.tap(locker.ActionBack)
		}
		p.pause(time.Second, 2*time.Second)
	}
	for range 3 {
		if p.tap(locker.ActionOpen); p.opens(number, locker.StepDoor) {
			break
		}
	}
	if !b.open { // the key in its lock
		w.spring(b, "key")
	}
	p.pause(3*time.Second, 10*time.Second)
	for _, t := range slices.Clone(b.things) {
		if t.of != nil && t.of.stored && t.of.over == "" && w.books.live(w.state, t.of) {
			continue // it waits for its recipient
		}
		w.take(t)
		w.count("taken along by the technician")
		if t.of != nil {
			if t.of.over == "" || t.of.out() { // a piece of it may lie behind its own door, for whoever it waits there
				t.of.over = "taken along"
			}
			w.carryOff(t)
		}
	}
	p.shuts(b)
	p.pause(time.Second, 2*time.Second)
	if len(b.things) == 0 && p.view().Door == number { // another technician's walk may stand at another door
		p.tap(locker.ActionEmpty)
		p.pause(time.Second, 2*time.Second)
	}
	p.tap(locker.ActionUnblock)
	p.pause(time.Second, 2*time.Second)
	return true
}

// live says that a parcel is in the books of the cabinet, for its recipient.
func (books) live(s *locker.State, x *parcel) bool {
	for _, p := range s.Parcels {
		if p.ID == x.id {
			return p.State == locker.ParcelStoredAt && p.Door == x.pieces[0].in
		}
	}
	return false
}
