package truth

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"lockerd/internal/locker"
)

// cabinet plays the controller: it records, believes and acts, and keeps the journal in memory.
type cabinet struct {
	state  *locker.State
	on     bool // it has power
	run    int
	booted time.Duration
	epoch  string
	epochs int
	tickAt time.Duration // when the next deadline comes; below 0: never
	ticked int           // ticks at the same time

	known  bool
	off    time.Duration // how far the clock is from the truth, and
	jumped time.Duration // since when
	misled bool          // it was for so long that the cabinet has believed it

	base    []byte          // the newest snapshot
	largest int             // bytes of the largest one
	since   []locker.Record // what came after it
	backup  []byte          // an older snapshot

	// cutAt is a power cut that waits for the next unlock, and strikes before or after it was acted upon.
	cutAt    string
	cutLasts time.Duration

	// ran is how long it has run between its power cuts, serves says that the start of this run is recorded, alive is by its clock when
	// it last served, cuts is how often it was cut, and unmeasured how long it did not run after its clock had been wrong.
	ran        time.Duration
	serves     bool
	alive      time.Time
	cuts       int
	unmeasured time.Duration

	// seen is the newest view, and seenAt how many events it takes into account: moves change the screen as records do.
	seen   locker.View
	seenAt uint64
	events uint64

	actor    *person                 // the person who causes the input; nil: none
	made     time.Duration           // when the input was made that is being decided on
	stallsAt time.Duration           // how long it will stand still around the next unlock
	still    time.Duration           // until when the machine stands still
	dropped  map[string]locker.Input // the newest input of a muted source that was not recorded

	inputs uint64
	rec    uint64
}

// build puts the cabinet together: half of the doors are small, a third medium, the rest large, on two boards.
func (w *world) build(doors int) {
	w.plan = plan(doors)
	if w.profile.Sensors { // a site that wants to know of consent, too
		w.plan.Consent = locker.ConsentAsked
	}
	for i := range 2 {
		w.boards = append(w.boards, &board{Board: locker.Board{Bus: "main", Board: i + 1}})
	}
	for _, d := range w.plan.Doors {
		b := &box{number: d.Number, lock: d.Lock, board: w.boards[d.Lock.Board-1]}
		for i, s := range w.plan.Sizes {
			if s.Name == d.Size {
				b.rank = i
			}
		}
		if w.profile.Sensors {
			b.sensor = honest
		}
		w.boxes = append(w.boxes, b)
	}
}

// plan is a cabinet as it is built. Three couriers, of two companies, and two technicians are known to it.
func plan(doors int) *locker.Config {
	c := &locker.Config{
		Cabinet:     "truth",
		Sizes:       []locker.Size{{Name: "S", Height: 80}, {Name: "M", Height: 190, Keep: 1}, {Name: "L", Height: 410}},
		Technicians: []locker.Technician{{ID: "grace", Name: "n4me-Grace", Role: locker.RoleChief}, {ID: "lin", Name: "n4me-Lin", Role: locker.RoleService}},
		Issuers:     []locker.Issuer{{ID: "cloud", Key: "AAAA", Signs: []string{locker.SignsOrders, locker.SignsTokens}}},
		Languages:   []string{"en", "ar"}, Scanners: []string{"front"}, Cameras: []string{front}, Watch: []string{front}, Times: locker.DefaultTimes(),
		WrongTries: 5, FailedUnlocks: 3, BreakerDoors: 5, Resend: true, Terminal: true,
	}
	for _, k := range crew {
		c.Couriers = append(c.Couriers, locker.Courier{ID: k.id, Name: "n4me-" + k.id, Company: k.company,
			Badge: hash("badge " + k.id), PIN: hash("pin " + k.id), Rights: locker.Rights()})
	}
	for i := range doors {
		size := "L"
		if i < doors/2 {
			size = "S"
		} else if i < doors/2+doors/3 {
			size = "M"
		}
		zone := ""
		if i%12 == 5 {
			zone = "cold"
		}
		c.Doors = append(c.Doors, locker.DoorPlan{Number: i + 1, Size: size, Column: 1 + i/8, Low: i%8 == 6, Zone: zone,
			Lock: locker.Lock{Bus: "main", Board: 1 + i%2, Channel: 1 + i/2},
			Draw: locker.Draw{Supply: "main", Pulses: 1, Takes: 400 * time.Millisecond, Most: 1600 * time.Millisecond}})
	}
	return c
}

// crew are the couriers.
var crew = []struct{ id, company string }{{"ada", "Example Parcel"}, {"bob", "Other Parcel"}, {"eve", "Example Parcel"}}

func hash(text string) locker.Hash { return sha256.Sum256([]byte(text)) }

// open starts the cabinet for the first time.
func (w *world) open() {
	w.state = locker.NewState(w.plan)
	w.known, w.on, w.tickAt = true, true, -1
	w.dropped = map[string]locker.Input{}
	w.nextEpoch()
	w.record(locker.EpochBegun{Reason: locker.EpochNew})
	for _, k := range w.plan.Technicians {
		w.record(locker.TechnicianInvited{Technician: k.ID, Enrolment: "e-" + k.ID, Until: birth.Add(day)})
		w.record(locker.TechnicianEnrolled{Technician: k.ID, Enrolment: "e-" + k.ID})
	}
	w.feed(locker.Started{Version: "truth"})
	w.serves = w.on
	w.survey(nil)
	w.feed(locker.Inspected{By: "the builder"})
	w.terminalStarts()
	w.snapshot()
	w.backup = w.base
}

func (w *world) nextEpoch() {
	w.epochs++
	w.epoch = fmt.Sprintf("%016x", mix(w.seed, uint64(w.epochs)))
}

// feed hands an input in. While the machine stands still it waits in the queue, and gets an age.
func (w *world) feed(in locker.Input) {
	if !w.on || w.broken != nil {
		return
	}
	if w.at >= w.still {
		w.step(in, w.at)
		return
	}
	made, actor, run := w.at, w.actor, w.run
	w.later(w.still-w.at, func() {
		if w.run == run {
			w.actor = actor
			w.step(in, made)
			w.actor = nil
		}
	})
}

// step is one step of the controller: record, believe, act. The input was made some time ago.
func (w *world) step(in locker.Input, made time.Duration) {
	if w.cutAt == "at once" {
		w.cut(w.cutLasts) // what was just told is lost
		return
	}
	w.inputs++
	w.made = made
	now := w.state.Hear(w.clock(), in)
	now.Age = w.at - made
	events := w.decide(now, in)
	if w.broken != nil {
		return
	}
	for _, e := range events {
		w.believe(now, e, in)
	}
	w.answers()
	if source := w.state.Source(in); w.dropped[source] != nil {
		w.dropped[source] = in // its source may be heard again from this one on
	}
	for _, e := range events {
		w.act(e)
	}
	if source := w.state.Source(in); w.state.Muted(in) && source != locker.SourcePage { // who tapped may have gone
		w.dropped[source] = in
	}
	if w.telling {
		w.tellEvents(in, events)
	}
	if w.on {
		w.arm()
	}
}

// stand lets the machine stand still for a while.
func (w *world) stand(lasts time.Duration) {
	if !w.on || w.at < w.still {
		return
	}
	w.tell("metal: the machine stands still for %s", lasts.Round(time.Millisecond))
	w.still = w.at + lasts
	w.later(lasts, func() { w.feed(locker.HeldUp{For: lasts}) })
}

// decide asks the rules. What they panic about is a broken question like any other.
func (w *world) decide(now locker.Now, in locker.Input) (events []locker.Event) {
	defer func() {
		if r := recover(); r != nil {
			w.breaks(QuestionPanic, "on %T: %v", in, r)
		}
	}()
	return locker.Decide(w.state, now, in)
}

func (w *world) believe(now locker.Now, e locker.Event, in locker.Input) {
	r := locker.Record{Epoch: w.epoch, Seq: w.state.Seq + 1, At: now.Wall.UTC().Truncate(time.Millisecond), Known: now.Known,
		Up: now.Up.Truncate(time.Millisecond), Event: e}
	w.state.Apply(r)
	w.events++
	if m, moves := e.(locker.Move); moves {
		w.heard(m.Event, in)
		return
	}
	w.since = append(w.since, r)
	w.rec++
	w.heard(e, in)
}

// record writes down an event that no input has led to.
func (w *world) record(e locker.Event) { w.believe(w.state.Trust(w.clock()), e, nil) }

// act carries out a record's effect.
func (w *world) act(e locker.Event) {
	switch e := e.(type) {
	case locker.UnlockRequested:
		w.setOff(e)
	case locker.RunHeldUp:
		w.later(300*time.Millisecond, func() {
			for _, b := range w.boxes {
				b.told, b.toldSensor = "", ""
			}
			w.survey(nil)
		})
	case locker.SourceUnmuted:
		if in := w.dropped[e.Source]; in != nil {
			delete(w.dropped, e.Source)
			w.later(0, func() { w.feed(in) })
		}
	}
}

// setOff releases a lock, unless the power fails just then: a pulse is what brings a tired supply down.
func (w *world) setOff(u locker.UnlockRequested) {
	if w.cutAt == "before the pulse" {
		w.cut(w.cutLasts)
		return
	}
	w.release(u, w.box(u.Door))
	if w.stallsAt > 0 {
		lasts := w.stallsAt
		w.stallsAt = 0
		w.later(w.between(u.Door, 0, 8*time.Second), func() { w.stand(lasts) })
	}
	if w.cutAt == "after the pulse" {
		w.cutAt = "soon"
		w.later(w.between(u.Door, 100*time.Millisecond, 15*time.Second), func() {
			if w.on && w.cutAt == "soon" {
				w.cut(w.cutLasts)
			}
		})
	}
}

// arm sets the one timer to the next deadline.
func (w *world) arm() {
	w.tickAt = -1
	if after, ok := w.state.Deadline(w.state.Trust(w.clock())); ok {
		w.tickAt = max(w.at+after, w.still)
	}
}

// tick tells the rules that a deadline has come. One that stays due after it was told is no deadline.
func (w *world) tick() {
	before := w.at
	w.tickAt = -1
	w.actor = nil
	w.feed(locker.Tick{})
	if w.tickAt >= 0 && w.tickAt <= before {
		if w.ticked++; w.ticked > 20 {
			w.breaks(QuestionSession, "a deadline stays due however often it is told")
		}
		w.tickAt = before + time.Millisecond
		return
	}
	w.ticked = 0
}

// view is what the screen shows.
func (w *world) view() locker.View {
	if !w.on {
		return locker.View{Step: "dark"}
	}
	if w.seenAt != w.events+1 { // the times in it are not read here
		w.seen, w.seenAt = w.state.View(w.state.Trust(w.clock())), w.events+1
	}
	return w.seen
}

// running is how long the cabinet has run until now, without its power cuts.
func (w *world) running() time.Duration {
	if !w.on {
		return w.ran
	}
	return w.ran + w.at - w.booted
}

// cut takes the power away. Doors stay as they are, and the street does not.
func (w *world) cut(lasts time.Duration) {
	if !w.on {
		return
	}
	w.cutAt = ""
	w.tell("metal: the power fails for %s", lasts.Round(time.Second))
	w.ran, w.cuts = w.running(), w.cuts+1
	if w.serves { // else its start was not recorded
		w.alive, w.serves = w.clock().Wall.Truncate(5*time.Minute), false
	}
	if w.wrongTime() {
		w.unmeasured += lasts
	}
	w.on, w.tickAt = false, -1
	w.run++
	w.still = 0
	clear(w.dropped)
	w.dark()
	w.later(lasts, w.start)
}

// start is the cabinet after a power cut. Sometimes its journal has to be taken from a backup.
func (w *world) start() {
	restored := w.chance("backup restored", 0, w.profile.Restored)
	w.load(restored)
	w.eye.unseen = len(w.state.Cameras) > 0
	if restored {
		w.eye.sending = nil // nobody knows what became of it
	}
	w.on, w.booted = true, w.at
	w.misled = w.stood()
	w.known, w.off = true, 0
	if w.misled {
		w.later(w.between(5, 10*time.Minute, 5*time.Hour), w.corrects)
	}
	if w.chance("no clock", 0, w.profile.Clock) {
		w.known, w.off = false, -w.between(0, 0, 30*day)
		w.later(w.between(0, time.Minute, 5*time.Hour), w.setClock)
	}
	for _, b := range w.boxes {
		b.told, b.toldSensor = "", ""
	}
	if restored {
		previous := w.epoch
		w.nextEpoch()
		w.record(locker.EpochBegun{Reason: locker.EpochRestored, Previous: previous})
		w.restored()
	}
	w.feed(locker.Started{Version: "truth", Alive: w.alive})
	w.serves = w.on
	for _, bd := range w.boards {
		bd.lost = false
		if bd.silent {
			w.lose(bd)
		}
	}
	w.survey(nil)
	w.looksThrough()
	w.terminalStarts()
	w.tell("metal: the cabinet starts (restored: %v, clock known: %v)", restored, w.known)
}

// load gives the state what is on disk: the newest snapshot and what came after it, or an older snapshot alone.
func (w *world) load(restored bool) {
	if restored {
		w.base, w.since = w.backup, nil
	}
	state := w.replay()
	if !restored {
		w.same(state, "after a restart")
	}
	w.state, w.seenAt = state, 0
}

// replay is the state that the journal gives.
func (w *world) replay() *locker.State {
	state := &locker.State{}
	if err := json.Unmarshal(w.base, state); err != nil {
		panic(err)
	}
	state.Adopt(w.plan)
	for _, r := range w.since {
		state.Apply(r)
	}
	return state
}

// same asks whether what the journal gives is what is believed, but for moves.
func (w *world) same(state *locker.State, when string) []byte {
	folded, live := lasting(state), lasting(w.state)
	if !bytes.Equal(folded, live) {
		w.breaks(QuestionReplay, "%s: %s", when, difference(folded, live))
	} else if a, b := whole(state), whole(w.state); !bytes.Equal(a, b) {
		w.breaks(QuestionReplay, "%s: %s", when, difference(a, b))
	}
	return marshal(w.state)
}

// whole is a state as text, also what its JSON leaves out.
func whole(s *locker.State) []byte {
	var b []byte
	for _, d := range s.Doors {
		b = fmt.Appendf(b, "%+v\n", *d)
	}
	for _, p := range s.Parcels {
		b = fmt.Appendf(b, "%+v\n", *p)
	}
	return fmt.Appendf(b, "%+v %+v %+v %+v", s.Typing, s.Scans, s.Breaker, s.Used)
}

// snapshot asks whether snapshot and replay give the live state, and begins anew from there.
func (w *world) snapshot() {
	if !w.on {
		return
	}
	if w.base != nil {
		w.backup = w.base
		w.base = w.same(w.replay(), "at midnight")
	} else {
		w.base = marshal(w.state)
	}
	w.largest = max(w.largest, len(w.base))
	w.since = w.since[:0:0]
	if len(w.base) > most(len(w.boxes)) {
		w.breaks(QuestionBounded, "a snapshot has %d bytes", len(w.base))
	}
}

// most is how large a snapshot may be: the records of doors, of spent codes and of answered orders are bounded.
func most(doors int) int { return 400_000 + 4_000*doors }

// lasting is the part of a state that is there again after a restart.
func lasting(s *locker.State) []byte {
	data, err := s.Lasting()
	if err != nil {
		panic(err)
	}
	return data
}

func marshal(s *locker.State) []byte {
	data, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return data
}

// difference shows where two texts differ first.
func difference(a, b []byte) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	from := max(0, i-60)
	return fmt.Sprintf("replayed …%s… but live …%s…", a[from:min(len(a), i+60)], b[from:min(len(b), i+60)])
}
