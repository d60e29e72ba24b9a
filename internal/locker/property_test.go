package locker_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockerd/internal/locker"
)

// TestWhateverComes plays anything in any order and holds the laws after every input.
func TestWhateverComes(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) { play(t, r) })
}

// FuzzWhateverComes is the same from bytes, so that the fuzzer can look for a way.
func FuzzWhateverComes(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) { rapid.MakeFuzz(func(r *rapid.T) { play(t, r) })(t, data) })
}

// world is what the laws are held against: it remembers what the rules must not forget.
type world struct {
	*cabinet
	codes   []string        // every code that ever was
	asked   map[string]bool // unlocks requested
	ended   map[string]bool // unlocks ended
	live    map[int]string  // unlock under way, by door
	picture locker.Picture
	// trying is the unlock under way of a lock without a door.
	trying string
	// seconded is the session that a second technician has joined.
	seconded string
	hands
}

func play(t *testing.T, r *rapid.T) { playFrom(t, r, false) }

func playFrom(t *testing.T, r *rapid.T, setup bool) {
	w := &world{cabinet: newCabinet(t), asked: map[string]bool{}, ended: map[string]bool{},
		live: map[int]string{}, hands: newHands()}
	w.random = true
	for range rapid.IntRange(1, 120).Draw(r, "inputs") {
		var in locker.Input
		if setup && rapid.IntRange(0, 3).Draw(r, "commission") > 0 {
			in = w.commission(r)
		} else {
			in = w.input(r) // drawn only where it is taken: some begin the time anew
		}
		if _, tap := in.(locker.Tapped); tap {
			w.takes(r, locker.Tick{}) // what the time does is not the finger's
		}
		if in != nil {
			w.takes(r, in)
		}
	}
	w.leaves(r)
	w.touching(r)
}

// takes hands an input in, and holds the laws against what follows.
func (w *world) takes(r *rapid.T, in locker.Input) {
	before := w.state
	session, shown := before.Session.ID, w.view()
	frozen, err := json.Marshal(before)
	if err != nil {
		r.Fatal(err)
	}
	now := w.state.Hear(w.now, in)
	events := locker.Decide(w.state, now, in)
	if after, _ := json.Marshal(before); string(after) != string(frozen) {
		r.Fatalf("Decide changed the state on %T", in)
	}
	for _, e := range events {
		w.law(r, e, in)
		w.writeAt(now, []locker.Event{e})
	}
	w.fold(r)
	if _, restart := in.(locker.Started); !restart {
		w.askedInTime(r, session, shown)
	}
}

// law is asked before the event is applied: the state is what it was decided on.
func (w *world) law(r *rapid.T, e locker.Event, in locker.Input) {
	w.oneTouch(r, e, in)
	w.inHands(r, e, in)
	switch e := e.(type) {
	case locker.UnlockRequested:
		if w.asked[e.Unlock] || w.live[e.Door] != "" {
			r.Fatalf("unlock %s of door %d: one is under way (%q) or it was asked before", e.Unlock, e.Door, w.live[e.Door])
		}
		if _, restart := in.(locker.Started); restart {
			r.Fatalf("unlock %s after a restart: a late click opens for nobody", e.Unlock)
		}
		if d := w.setupDoor(e.Door); w.state.Setup.Under && (d == nil || d.Anew) {
			r.Fatalf("unlock %s of door %d, which is being wired anew: %+v", e.Unlock, e.Door, d)
		}
		if o, order := in.(locker.OrderReceived); order && o.Order.Unproven {
			r.Fatalf("unlock %s by an order that anybody may have sent: %+v", e.Unlock, o.Order)
		}
		w.asked[e.Unlock], w.live[e.Door] = true, e.Unlock
		w.reason(r, e)
	case locker.LockTried:
		w.tried(r, e, in)
	case locker.LockTryEnded:
		if !w.asked[e.Unlock] || w.ended[e.Unlock] {
			r.Fatalf("unlock %s of a lock ended that was not under way", e.Unlock)
		}
		w.ended[e.Unlock], w.trying = true, ""
	case locker.UnlockEnded:
		if !w.asked[e.Unlock] || w.ended[e.Unlock] {
			r.Fatalf("unlock %s ended that was not under way", e.Unlock)
		}
		w.ended[e.Unlock] = true
		delete(w.live, e.Door)
	case locker.SessionEnded:
		if w.trying != "" {
			r.Fatalf("session %s ended with unlock %s of a lock under way", e.Session, w.trying)
		}
	case locker.TechnicianSeconded:
		if e.Technician == w.state.Session.Technician {
			r.Fatalf("%s is their own second", e.Technician)
		}
		w.seconded = e.Session
	case locker.TechnicianSignedIn:
		if e.Technician != "grace" && e.Technician != "lin" {
			r.Fatalf("%s signed in", e.Technician)
		}
	case locker.DropStarted:
		if e.Looked {
			w.lookedInto(r, e.Door, in)
		} else {
			w.given(r, e.Door)
		}
	case locker.DropMoved:
		w.given(r, e.To)
	case locker.ParcelCollected:
		w.collects(r, e)
	case locker.ParcelAnnounced:
		if e.From != "" {
			w.codes = append(w.codes, string(e.Personal.Code))
		}
	case locker.ParcelSent:
		if p := w.parcel(e.Parcel); p == nil || !p.Sender || !e.Unsure && (!p.Opened || !p.Shut) {
			r.Fatalf("parcel %s sent for certain though its door was not seen to open and close: %+v", e.Parcel, p)
		}
	case locker.ParcelStored:
		if p := w.parcel(e.Parcel); p == nil || !p.Opened || !p.Shut {
			r.Fatalf("parcel %s stored though its door was not seen to open and close: %+v", e.Parcel, p)
		}
		w.codes = append(w.codes, string(e.Personal.Code))
	case locker.DoorEmptied:
		p := w.parcel(w.holds(e.Door).Parcel)
		recalled := p != nil && p.State == locker.ParcelReturned && e.Proof == locker.ProofCourier
		if p != nil && p.State != locker.ParcelTaken && !recalled && e.Proof != locker.ProofTechnician {
			r.Fatalf("door %d emptied by %s with parcel %s (%s) in it", e.Door, e.Proof, p.ID, p.State)
		}
	}
}

// tried: a lock without a door is opened by a technician, once at a time, and never by a restart.
func (w *world) tried(r *rapid.T, e locker.LockTried, in locker.Input) {
	if w.asked[e.Unlock] || w.trying != "" || w.state.Session.Technician == "" || !w.state.Setup.Under {
		r.Fatalf("lock %s tried by %s: one is under way (%q), or nobody may", e.Lock, e.Unlock, w.trying)
	}
	if tap, ok := in.(locker.Tapped); !ok || tap.Action != locker.ActionOpen && tap.Action != locker.ActionAgain {
		r.Fatalf("lock %s tried because of %T", e.Lock, in)
	}
	for _, d := range w.state.Setup.Doors {
		if d.Lock == e.Lock {
			r.Fatalf("lock %s tried though it holds door %d", e.Lock, d.Number)
		}
	}
	w.asked[e.Unlock], w.trying = true, e.Unlock
}

func (w *world) setupDoor(number int) *locker.SetupDoor {
	for i := range w.state.Setup.Doors {
		if w.state.Setup.Doors[i].Number == number {
			return &w.state.Setup.Doors[i]
		}
	}
	return nil
}

// reason: no unlock without somebody entitled to it.
func (w *world) reason(r *rapid.T, e locker.UnlockRequested) {
	p, n := w.parcel(e.Parcel), w.state.Session
	ok := false
	switch e.Why {
	case locker.WhyPickup:
		ok = p != nil && p.Door == e.Door && (p.State == locker.ParcelStoredAt || p.State == locker.ParcelTaken)
	case locker.WhyReopen:
		ok = p != nil && p.Door == e.Door && (p.State == locker.ParcelTaken || p.State == locker.ParcelDropping && p.Sender) && n.ID == e.Session
	case locker.WhyDrop, locker.WhyCancel:
		ok = p != nil && p.Door == e.Door && p.State == locker.ParcelDropping && (n.Courier != "" || p.Sender && e.Why == locker.WhyDrop) && n.ID == e.Session
	case locker.WhyOrder:
		ok = e.Order != ""
	case locker.WhyToken:
		ok = e.Token.ID != ""
	case locker.WhyRecall:
		ok = p != nil && p.Door == e.Door && (p.State == locker.ParcelOverstays || p.State == locker.ParcelToGo) && n.Courier != "" && n.ID == e.Session
	case locker.WhyLook:
		held := w.holds(e.Door)
		ok = n.Courier != "" && n.ID == e.Session && held.Kind == locker.Doubtful && held.Parcel == ""
	case locker.WhyTech:
		ok = n.Technician != "" && n.ID == e.Session && w.may(e.Door) || e.By != ""
	}
	spent := slices.ContainsFunc(w.state.Used, func(u locker.UsedToken) bool { return u.ID == e.Token.ID })
	if !ok || spent && !e.Again { // "it did not open" allows one more, whatever the contact says
		r.Fatalf("unlock without a live reason: %+v; parcel %+v; its token is spent: %v", e, p, spent)
	}
}

// may: what waits for somebody is a chief's to open; every such door in a row takes two.
func (w *world) may(door int) bool {
	held := w.holds(door).Kind == locker.Occupied || w.holds(door).Kind == locker.Reserved
	if w.state.Sequence.Kind == locker.SequenceAll && w.state.Sequence.Ended == "" {
		return w.state.Session.Technician == "grace" && w.seconded == w.state.Session.ID
	}
	return !held || w.state.Session.Technician == "grace"
}

// technician is something typed at the technicians' keypad: right as a rule.
func (w *world) technician(r *rapid.T) locker.Input {
	id := rapid.SampledFrom([]string{"grace", "lin", "grace", "nobody"}).Draw(r, "technician")
	w.pass(time.Duration(rapid.IntRange(0, 60).Draw(r, "s")) * time.Second)
	in := locker.TechnicianTyped{Revision: w.view().Revision, PIN: []string{id},
		App: []locker.AppCode{{Enrolment: "e-" + id, Step: w.step()}}, Chosen: "argon2id",
		Same: rapid.Bool().Draw(r, "same"), Recovery: hash("recovery 1 " + id)}
	if e := w.state.Session.Enrolling; e != "" {
		in.App[0].Enrolment = e
	}
	if w.view().Step == locker.StepTechPIN && rapid.IntRange(0, 5).Draw(r, "invitation") == 0 {
		in.Invitation = hash("invitation again")
	}
	return in
}

func (w *world) parcel(id string) *locker.Parcel {
	for i := range w.state.Parcels {
		if w.state.Parcels[i].ID == id {
			return w.state.Parcels[i]
		}
	}
	return nil
}

// fold: the journal gives the live state, through a snapshot too.
func (w *world) fold(r *rapid.T) {
	fresh := locker.NewState(w.plan)
	for _, rec := range w.records {
		fresh.Apply(rec)
	}
	if !bytes.Equal(lasting(r, fresh), lasting(r, w.state)) {
		r.Fatalf("folding the journal does not give the live state but for moves:\n%s\n%s", lasting(r, fresh), lasting(r, w.state))
	}
	w.forgets(r, fresh)
	if err := w.state.CheckIndexes(); err != nil {
		r.Fatal(err)
	}
	if v := w.view(); !few(v) {
		r.Fatalf("%s has %d buttons: %v", v.Step, buttons(v), v.Actions)
	}
	if now := w.state.Trust(w.now); !reflect.DeepEqual(w.picture.View(w.state, now), w.state.View(now)) ||
		!reflect.DeepEqual(w.picture.Summary(w.state, now), w.state.Summary(now)) {
		r.Fatal("what a picture keeps is not what there is to see")
	}
	data, err := json.Marshal(w.state)
	if err != nil {
		r.Fatal(err)
	}
	read := &locker.State{}
	if err := json.Unmarshal(data, read); err != nil {
		r.Fatal(err)
	}
	read.Adopt(w.plan)
	again, _ := json.Marshal(read)
	if string(again) != string(data) {
		r.Fatalf("a snapshot does not read back:\n%s\n%s", data, again)
	}
}

func (w *world) input(r *rapid.T) locker.Input {
	v := w.view()
	door := rapid.SampledFrom(w.plan.Doors).Draw(r, "door")
	revision := v.Revision
	if rapid.IntRange(0, 9).Draw(r, "stale") == 0 {
		revision--
	}
	switch rapid.IntRange(0, 17).Draw(r, "what") {
	case 16, 17:
		return w.wiringInput(r, door)
	case 0, 1, 2, 3:
		if len(v.Actions) == 0 {
			return locker.Tick{}
		}
		return locker.Tapped{Revision: revision, Action: rapid.SampledFrom(v.Actions).Draw(r, "action"), Offers: w.offers(),
			Size:  rapid.SampledFrom([]string{"S", "M", "L", "", "XXL"}).Draw(r, "size"),
			Board: locker.Board{Bus: "main", Board: door.Lock.Board},
			Door:  rapid.IntRange(0, 8).Draw(r, "which"), Reason: rapid.SampledFrom(locker.BlockReasons()).Draw(r, "reason"),
			Language: rapid.SampledFrom([]string{"en", "ar", "xx"}).Draw(r, "language")}
	case 4:
		if v.Step.ForTechnicians() {
			return w.technician(r)
		}
		return locker.Typed{Revision: revision, Hash: hash(w.text(r))}
	case 5, 6:
		if rapid.IntRange(0, 3).Draw(r, "token") == 0 {
			return w.tokenInput(r, door)
		}
		text := w.text(r)
		return locker.Scanned{Tracking: text, Hash: hash(text), Code: isCode(text), Bare: true, Offers: w.offers()}
	case 7:
		return locker.PhoneTyped{Revision: revision, Mask: "•67", Phone: locker.Box("phone"), Offers: w.offers()}
	case 8, 9, 10:
		if 0 < v.Door && v.Door <= len(w.plan.Doors) && rapid.Bool().Draw(r, "the door in use") {
			door = w.plan.Doors[v.Door-1]
		}
		return locker.LockSensed{Lock: door.Lock, State: either(r)}
	case 11:
		w.pass(time.Duration(rapid.IntRange(0, 200_000).Draw(r, "ms")) * time.Millisecond)
		return locker.Tick{}
	case 12:
		if rapid.Bool().Draw(r, "lost") {
			return locker.BoardLost{Bus: "main", Board: door.Lock.Board}
		}
		return locker.BoardBack{Bus: "main", Board: door.Lock.Board}
	case 13:
		return locker.ReleaseEnded{Unlock: w.live[door.Number], Sent: rapid.Bool().Draw(r, "sent")}
	case 14:
		return w.orderInput(r, door)
	default:
		return w.rare(r, door)
	}
}

// tokenInput is a signed token: of one thing or another, of any time, used before or not.
func (w *world) tokenInput(r *rapid.T, door locker.DoorPlan) locker.Input {
	t := locker.Token{ID: rapid.SampledFrom([]string{"t1", "t2", "t3", "t4"}).Draw(r, "id"), Cabinet: "test",
		Issued:  w.now.Wall.Add(-time.Duration(rapid.IntRange(0, 3).Draw(r, "ago")) * time.Hour),
		Expires: w.now.Wall.Add(time.Duration(rapid.IntRange(-1, 3).Draw(r, "h")) * time.Hour)}
	switch rapid.IntRange(0, 4).Draw(r, "token for") {
	case 0:
		t.Door = door.Number
	case 1:
		t.Courier = rapid.SampledFrom([]string{"ada", "eve"}).Draw(r, "who")
	case 2:
		t = locker.Token{Refusal: locker.TokenSignature}
	default:
		t.Parcel = rapid.SampledFrom([]string{"A", "B", "C", "D", "E"}).Draw(r, "parcel")
	}
	return locker.Scanned{Token: &t}
}

// either is what a contact may say.
func either(r *rapid.T) locker.DoorState {
	return rapid.SampledFrom([]locker.DoorState{locker.Open, locker.Closed, locker.Open, locker.Closed,
		locker.Unknown}).Draw(r, "is")
}

func (w *world) orderInput(r *rapid.T, door locker.DoorPlan) locker.Input {
	o := locker.Order{ID: fmt.Sprint("o", rapid.IntRange(1, 30).Draw(r, "order")), Cabinet: "test",
		Expires: w.now.Wall.Add(time.Minute)}
	if rapid.Bool().Draw(r, "signed") {
		o.Issuer, o.Issued = "cloud", w.now.Wall
		o.Unproven = rapid.IntRange(0, 3).Draw(r, "forged") == 0
	}
	if o.Unproven {
		o.Refusal = "the signature is wrong"
	}
	switch rapid.IntRange(0, 15).Draw(r, "order of") {
	case 10, 11, 12, 13, 14, 15:
		w.newOrder(r, &o, door)
	case 7:
		o.Confirm = &locker.ConfirmOrder{Tracking: w.text(r)}
	case 0:
		o.Unlock = &locker.UnlockOrder{Door: door.Number}
	case 1:
		o.Cancel = &locker.CancelOrder{Tracking: w.text(r)}
	case 2:
		o.Block = &locker.BlockOrder{Door: door.Number, Reason: locker.BlockDirty}
	case 3:
		o.Unblock = &locker.UnblockOrder{Door: door.Number}
	case 4:
		o.CourierPut = &locker.Courier{ID: "eve", Badge: hash("badge-eve"), BadgeCharacters: 12, Name: "Eve",
			Company: "Example Parcel", Rights: locker.Rights()}
	case 5:
		o.CourierRemove = &locker.CourierRemoveOrder{ID: rapid.SampledFrom([]string{"ada", "eve"}).Draw(r, "who")}
	case 8:
		o.Erase = &locker.Erasure{Tracking: w.text(r)}
	case 6:
		o.Revoke = &locker.RevokeOrder{IDs: []string{w.text(r)}, Until: w.now.Wall.Add(time.Hour)}
	default:
		o.Announce = w.announcement(r, door)
	}
	return locker.OrderReceived{Order: o}
}

// wiringInput is about locks that hold no door, what is wired, and what else the lines tell.
func (w *world) wiringInput(r *rapid.T, door locker.DoorPlan) locker.Input {
	lock := locker.Lock{Bus: "main", Board: 3, Channel: rapid.IntRange(1, 3).Draw(r, "channel")}
	if hand := w.state.Setup.Hand.Lock; hand != (locker.Lock{}) && rapid.Bool().Draw(r, "the lock at hand") {
		lock = hand
	}
	switch rapid.IntRange(0, 9).Draw(r, "wiring") {
	case 0:
		return locker.SurveyEnded{Found: []locker.FoundBoard{board(1, 3), board(3, 3)}}
	case 1:
		return locker.InstallFailed{Why: "a full disk"}
	case 2:
		return locker.OpenAsked{Door: door.Number, By: "Ada"}
	case 3:
		return locker.ReleaseEnded{Unlock: w.trying, Sent: rapid.Bool().Draw(r, "sent")}
	case 4:
		return locker.BoardJudged{Bus: "main", Board: door.Lock.Board, Finding: locker.FindingSlow,
			Bad: rapid.Bool().Draw(r, "bad")}
	case 5, 6:
		return locker.PresenceSensed{Lock: door.Lock, Present: rapid.Bool().Draw(r, "present")}
	case 7:
		return locker.TrackingTyped{Revision: w.view().Revision, Tracking: w.text(r), Offers: w.offers()}
	default:
		return locker.LockSensed{Lock: lock, State: either(r)}
	}
}

// commission is what a technician does next who wires a cabinet, and mistakes anything for anything.
func (w *world) commission(r *rapid.T) locker.Input {
	v := w.view()
	tap := func(a locker.Action) locker.Input {
		return locker.Tapped{Revision: v.Revision, Action: a, Size: "S", Board: locker.Board{Bus: "main", Board: 1},
			Door: rapid.IntRange(1, 8).Draw(r, "which")}
	}
	switch {
	case v.Step == locker.StepHome:
		return tap(locker.ActionTechnician)
	case v.Step == locker.StepTechPIN, v.Step == locker.StepTechCode:
		return w.technician(r)
	case v.Step == locker.StepMenu:
		return tap(locker.ActionSetup)
	case v.Technician == "":
		return locker.Started{Version: "test"}
	case v.Setup.Under && len(w.state.Setup.Found) == 0 && w.state.Setup.Surveying:
		return locker.SurveyEnded{Found: []locker.FoundBoard{board(1, 3), board(3, 3)}}
	case len(v.Actions) > 0 && rapid.IntRange(0, 2).Draw(r, "tap") > 0:
		return tap(rapid.SampledFrom(v.Actions).Draw(r, "action"))
	}
	return w.wiringInput(r, w.plan.Doors[0])
}

// TestWhateverComesInSetup is the same with a technician who commissions, most of the time.
func TestWhateverComesInSetup(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) { playFrom(t, r, true) })
}

func (w *world) rare(r *rapid.T, door locker.DoorPlan) locker.Input {
	switch rapid.IntRange(0, 12).Draw(r, "rare") {
	case 10, 11, 12:
		return w.card(r)
	case 8:
		jumps := []time.Duration{2 * time.Minute, -2 * time.Minute, 90 * time.Minute, -90 * time.Minute, 96 * time.Hour, -96 * time.Hour, 20 * year}
		w.now.Wall = w.now.Wall.Add(rapid.SampledFrom(jumps).Draw(r, "jump"))
		return locker.Tick{}
	case 9:
		return locker.ClockTold{At: w.now.Wall, By: "Grace"}
	case 5:
		return locker.InviteAsked{Technician: "lin", Secrets: secrets("again")}
	case 6:
		return locker.RemoveAsked{Technician: "lin"}
	case 4:
		return locker.SwitchSensed{Switch: locker.SwitchMains, Alarm: rapid.Bool().Draw(r, "alarm")}
	case 0:
		w.now.Up = 0
		return locker.Started{Version: "test"}
	case 1:
		w.now.Known = !w.now.Known
		return locker.Tick{}
	case 2:
		w.pass(time.Duration(rapid.IntRange(0, 100).Draw(r, "h")) * time.Hour)
		return locker.Tick{}
	case 3:
		return locker.Inspected{Doors: []int{door.Number}, By: "Grace"}
	default:
		return locker.Present{Revision: w.view().Revision}
	}
}

// text is something to type or scan: mostly what means something here.
func (w *world) text(r *rapid.T) string {
	known := append([]string{"badge-ada", "badge-bob", "badge-eve", "135790", "998877",
		"A", "B", "C", "D", "E", "F", "G", ""}, w.codes...)
	return rapid.SampledFrom(known).Draw(r, "text")
}
