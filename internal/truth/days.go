package truth

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"lockerd/internal/locker"
)

// midnight plans the day that begins, and asks what is asked once a day.
func (w *world) midnight() {
	today := int(w.at / day)
	if today > 0 {
		if today%3 == 0 { // it costs as much as a day
			w.snapshot()
		}
		w.forgetOld()
	}
	w.later(day, w.midnight)
	dice := w.dice(mix(uint64(today), 17))
	w.couriersOf(today, dice)
	w.coversOf(today)
	id := func(kind, n int) uint64 { return mix(w.seed, uint64(today), uint64(kind), uint64(n), 23) }
	often := func(kind int, mean float64, from, to time.Duration, do func(id uint64, in time.Duration)) {
		for n := range poisson(dice, mean) {
			do(id(kind, n), from+time.Duration(dice.Int64N(int64(to-from))))
		}
	}
	w.later(3*time.Hour+30*time.Minute, w.quiet)
	last := today >= w.days-1
	if !last {
		often(1, 1, 7*time.Hour, 23*time.Hour, w.stranger)
		often(2, 0.7, 8*time.Hour, 20*time.Hour, w.child)
		often(3, 0.04, 0, 24*time.Hour, w.thief)
		often(4, 0.5, 6*time.Hour, 21*time.Hour, w.cleaner)
		often(5, 4, 7*time.Hour, 21*time.Hour, w.operator)
		w.sendersOf(today, often)
		w.rentersOf(today, often)
		often(7, 0.05, 9*time.Hour, 17*time.Hour, w.inventory)
		w.troubleOf(often)
	}
	w.technician(id(6, 0), 9*time.Hour+time.Duration(dice.Int64N(int64(6*time.Hour))))
	if last {
		w.later(14*time.Hour, w.calmDown)
	}
}

// troubleOf is what the metal of this profile does on a day.
func (w *world) troubleOf(often func(int, float64, time.Duration, time.Duration, func(uint64, time.Duration))) {
	f := &w.profile
	strikes := func(kind int, mean float64, what string, do func(dice *rand.Rand)) {
		often(kind, mean, 0, day, func(id uint64, in time.Duration) {
			if w.skip[id] {
				return
			}
			w.later(in, func() {
				if !w.calm {
					w.did = append(w.did, happening{id, what})
					do(w.dice(id))
				}
			})
		})
	}
	strikes(10, f.Cuts, "power cut", func(dice *rand.Rand) {
		lasts := time.Second + time.Duration(dice.ExpFloat64()*float64(40*time.Minute))
		if dice.IntN(4) == 0 {
			lasts += 10 * time.Hour
		}
		w.cutLasts = lasts
		when := []string{"now", "at once", "before the pulse", "after the pulse"}[dice.IntN(4)]
		if when == "now" {
			w.cut(lasts)
			return
		}
		w.cutAt = when
	})
	strikes(11, f.Boards, "silent board", func(dice *rand.Rand) {
		lasts := time.Second + time.Duration(dice.ExpFloat64()*float64(time.Hour))
		w.mute(w.boards[dice.IntN(len(w.boards))], dice.IntN(2) == 0, lasts)
	})
	strikes(12, f.Contacts, "contact that lies", func(dice *rand.Rand) {
		how := []string{stuckOpen, stuckClosed, flapping}[dice.IntN(3)]
		lasts := time.Minute + time.Duration(dice.ExpFloat64()*float64(3*time.Hour))
		if how == flapping {
			lasts = min(lasts, 10*time.Minute)
		}
		w.fail(w.boxes[dice.IntN(len(w.boxes))], how, lasts)
	})
	if f.Sensors {
		strikes(13, f.SensorFaults, "sensor that lies", func(dice *rand.Rand) {
			b := w.boxes[dice.IntN(len(w.boxes))]
			b.sensor = []string{stuckPresent, stuckEmpty}[dice.IntN(2)]
			if b.sensor == stuckEmpty {
				for _, t := range b.things {
					w.excuse(t, "its sensor says that nothing is there", 0)
				}
			}
			w.feel(b)
		})
	}
	w.troubleOfTime(strikes)
	strikes(14, f.Thefts, "forced in the dark", func(dice *rand.Rand) {
		w.later(0, func() { w.inTheDark(dice.Uint64()) })
	})
}

// troubleOfTime is a clock that jumps, and a machine that stands still.
func (w *world) troubleOfTime(strikes func(kind int, mean float64, what string, do func(dice *rand.Rand))) {
	f := &w.profile
	strikes(16, f.Jumps, "clock that jumps", func(dice *rand.Rand) {
		by := []time.Duration{time.Minute, time.Hour, day, 3650 * day}[dice.IntN(4)]
		by += time.Duration(dice.Int64N(int64(10 * by)))
		if dice.IntN(2) == 0 {
			by = -by
		}
		w.jump(by, []time.Duration{3 * time.Second, time.Hour, 10 * time.Hour, 3 * day}[dice.IntN(4)])
	})
	strikes(15, f.Stalls, "machine that stands still", func(dice *rand.Rand) {
		w.stallsAt = 300*time.Millisecond + time.Duration(dice.Int64N(int64(10*time.Second)))
	})
}

// inTheDark waits for a power cut, or a silent board, and forces a door then, so that it is not reported.
func (w *world) inTheDark(id uint64) {
	if w.calm {
		return
	}
	for i := range w.boxes {
		b := w.boxes[(i+w.newest)%len(w.boxes)] // the door that a person has just failed to open is tried first
		unseen := !w.on || b.board.silent && b.board.lost
		if unseen && !b.open && (len(b.things) > 0 || id%7 == 0) && mix(id, uint64(b.number))%3 == 0 {
			w.tell("somebody forces door %d in the dark", b.number)
			w.count("doors forced by thieves")
			w.spring(b, "force")
			return
		}
	}
	w.later(20*time.Minute, func() { w.inTheDark(id + 1) })
}

// couriersOf plans the couriers' visits of a day.
func (w *world) couriersOf(today int, dice *rand.Rand) {
	total := poisson(dice, w.profile.Parcels)
	visits := 2 + dice.IntN(2)
	made := 0
	for n := range visits {
		count := total / visits
		if n == 0 {
			count += total % visits
		}
		var bag []*parcel
		for range count {
			x := w.newParcel(fmt.Sprintf("T%d-%d", today, made), dice)
			made++
			if w.happens(mix(w.seed, hashOf(x.tracking), 37), x.tracking+" is brought") {
				bag = append(bag, x)
			}
		}
		in := 8*time.Hour + time.Duration(dice.Int64N(int64(10*time.Hour)))
		id := mix(w.seed, uint64(today), uint64(n), 29)
		for _, x := range bag {
			roll := mix(w.seed, hashOf(x.tracking), 31)
			if roll%2 == 0 && w.happens(roll, x.tracking+" is announced") {
				w.later(in-2*time.Hour, func() { w.announce(x, roll>>8) })
			}
		}
		w.courierVisit(id, in, (today+n)%len(crew), bag)
	}
}

func (w *world) newParcel(tracking string, dice *rand.Rand) *parcel {
	rank := []int{0, 0, 0, 1, 1, 2}[dice.IntN(6)]
	x := &parcel{tracking: tracking, rank: rank, size: w.plan.Sizes[rank].Name, pin: digits(dice.Uint64()),
		last4: digits(dice.Uint64())[:4], phone: "ph0ne+49151" + tracking}
	if n := len(w.recent); n > 0 && dice.IntN(5) < 2 { // a household gets more than one
		x.phone = w.recent[n-1-dice.IntN(min(n, 6))].phone
	}
	for i := range 1 + dice.IntN(4)/3 {
		x.pieces = append(x.pieces, &thing{of: x, what: fmt.Sprintf("piece %d of %s", i+1, tracking)})
	}
	w.parcels[tracking] = x
	w.recent = append(w.recent, x)
	return x
}

// poisson is how often something happens that happens so often on average.
func poisson(dice *rand.Rand, mean float64) int {
	limit, n, p := math.Exp(-mean), 0, dice.Float64()
	for ; p > limit; n++ {
		p *= dice.Float64()
	}
	return n
}

// forgetOld forgets what is long over, so that the model is bounded as well.
func (w *world) forgetOld() {
	for id, u := range w.unlocks {
		if w.at-u.at > day {
			delete(w.unlocks, id)
		}
	}
	var kept []*parcel
	for _, x := range w.recent {
		rents := x.renter && x.id != "" && (x.over == "" || x.over == "expired")                                     // they come again, whatever lies there just now
		sends := x.sender && !x.sent && slices.ContainsFunc(w.people, func(p *person) bool { return p.parcel == x }) // they come once more
		done := !rents && !sends && (x.gone || x.pieces[0].in == 0 && !x.stored)
		if done && len(w.recent) > 60 {
			delete(w.parcels, x.tracking)
			delete(w.byID, x.id)
			continue
		}
		kept = append(kept, x)
	}
	w.recent = kept
}

// quiet asks, at night, the questions for a cabinet without people.
func (w *world) quiet() {
	for _, p := range w.people {
		if p.here {
			return
		}
	}
	if !w.on || w.touched != nil && w.at-w.touchedAt < 20*time.Minute {
		return
	}
	if w.session != "" || w.view().Step != locker.StepHome && w.view().Step != locker.StepOutOfOrder {
		w.breaks(QuestionSession, "nobody is there, and the screen shows %q", w.view().Step)
	}
	w.audit()
}

// audit asks of every door whether what is believed makes sense, and of everything inside whether it can be collected.
func (w *world) audit() {
	listed := map[int]bool{}
	for _, f := range w.state.Summary(w.state.Trust(w.clock())).Faults {
		listed[f.Door] = listed[f.Door] || f.Door != 0
	}
	for i, b := range w.boxes {
		d := w.state.Doors[i]
		w.isEmpty(b.number, "at night")
		w.reach(b, d, listed[b.number])
		if b.open || b.board.silent || b.contact != "" || w.at-max(b.shutAt, b.openAt, w.booted) < 15*time.Minute {
			continue
		}
		if d.Blocked != "" && listed[b.number] {
			continue
		}
		if d.State != locker.Closed {
			w.breaks(QuestionLost, "door %d is shut and held to be %s", b.number, d.State)
		}
		if d.Unlock.ID != "" || d.Holds.Kind == locker.Reserved || d.Holds.Kind == locker.Collected && b.sensor != stuckPresent {
			w.breaksAs(QuestionLost, string(d.Holds.Kind), "door %d is at rest and held to be %s, unlock %q", b.number, d.Holds.Kind, d.Unlock.ID)
		}
		if d.Holds.Kind == locker.Doubtful && !listed[b.number] {
			w.breaksAs(QuestionLost, "doubtful", "door %d is doubtful and in no list", b.number)
		}
		if d.Holds.Kind == locker.Occupied {
			w.occupied(b, d, listed[b.number])
		}
	}
}

// occupied asks whether what is held to lie behind a door is in the books, and can be had.
func (w *world) occupied(b *box, d *locker.Door, listed bool) {
	for _, p := range w.state.Parcels {
		if p.ID != d.Holds.Parcel {
			continue
		}
		switch {
		case p.State == locker.ParcelHeld && !listed:
			w.breaksAs(QuestionLost, "held", "door %d holds %s of before a restored backup, and is in no list", b.number, p.Tracking)
		case p.Wrong >= w.plan.WrongTries && !listed:
			w.breaksAs(QuestionLost, "closed", "%s at door %d opens to nobody after wrong answers, and is in no list", p.Tracking, b.number)
		}
		return
	}
	w.breaksAs(QuestionLost, "no parcel", "door %d holds parcel %s, which is in no books", b.number, d.Holds.Parcel)
}

// reach asks whether the contents of a door can be collected.
func (w *world) reach(b *box, d *locker.Door, listed bool) {
	for _, t := range b.things {
		x := t.of
		if x == nil || b.open || w.excused(t) != "" || t.from > w.at {
			continue
		}
		w.reachSent(t, listed || d.Holds.Kind == locker.Doubtful)
		w.reachRefused(t, listed || d.Holds.Kind == locker.Doubtful)
		mine := x.stored && (x.over == "" || x.over == "fetched")
		switch {
		case mine && !w.inBooks(x):
			w.breaksAs(QuestionReach, string(d.Holds.Kind), "%s lies behind door %d for its recipient, and the cabinet does not know it: the door is %s (%s)",
				t.what, b.number, d.Holds.Kind, d.Holds.Why)
		case !mine && d.Holds.Kind != locker.Occupied && d.Holds.Kind != locker.Doubtful && !listed && !b.open:
			w.breaksAs(QuestionReach, "nobody's", "%s lies behind door %d, which is %s and in no list", t.what, b.number, d.Holds.Kind)
		}
	}
}

// inBooks says that the cabinet knows a parcel as its recipient's.
func (w *world) inBooks(x *parcel) bool {
	return slices.ContainsFunc(w.state.Parcels, func(p *locker.Parcel) bool { return p.ID == x.id && p.State == locker.ParcelStoredAt })
}

// calmDown ends all trouble. Within an hour everything that can come back has to, and every parcel can be fetched.
func (w *world) calmDown() {
	w.calm, w.cutAt = true, ""
	w.tell("all trouble stops")
	if !w.on {
		w.start()
	}
	for _, bd := range w.boards {
		w.answer(bd)
	}
	w.setClock()
	w.uncover()
	for _, b := range w.boxes {
		w.repair(b)
		w.later(time.Minute, func() { w.shut(b) })
	}
	w.technician(mix(w.seed, 41), 30*time.Minute)
	w.technician(mix(w.seed, 42), 48*time.Minute) // a person may have stood at the screen the first time
	w.later(time.Hour, w.recovered)
}

// recovered asks whether what can come back has.
func (w *world) recovered() {
	for _, p := range w.people {
		if p.here {
			w.later(10*time.Minute, w.recovered)
			return
		}
	}
	if w.state.Typing.Locked || w.state.Scans.Locked {
		if w.at%day > 17*time.Hour {
			w.breaksAs(QuestionLive, "locked", "codes are still locked")
		}
		w.later(10*time.Minute, w.recovered)
		return
	}
	if w.session != "" && w.at-w.touchedAt > 20*time.Minute {
		w.breaks(QuestionLive, "a session does not end")
	}
	for i, b := range w.boxes {
		d := w.state.Doors[i]
		if w.at-w.doubted[b.number] < 40*time.Minute {
			continue // the technician has not seen it
		}
		if d.Blocked != "" && d.Blocked != locker.BlockService || d.State != locker.Closed && !b.open || d.Holds.Kind == locker.Doubtful {
			w.breaksAs(QuestionLive, string(d.Holds.Kind), "an hour after all trouble has stopped door %d is %s, %s (%s), set aside: %q", b.number, d.State, d.Holds.Kind,
				d.Holds.Why, d.Blocked)
		}
	}
	n := time.Duration(0)
	for _, x := range w.recent {
		if x.stored && x.over == "" && x.pieces[0].in != 0 && w.excused(x.pieces[0]) == "" {
			n += 2 * time.Minute
			w.send(mix(w.seed, hashOf(x.tracking), 43), "the honest recipient of "+x.tracking, n, func(p *person) {
				p.parcel = x
				if !p.done() {
					p.fetches(2)
				}
				if x.over == "" && !p.done() && !p.silently && w.excused(x.pieces[0]) == "" && w.state.Doors[x.door-1].Blocked == "" && w.calm {
					w.count("not fetched after all trouble")
				}
			})
		}
	}
}
