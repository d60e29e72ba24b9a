package locker_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockerd/internal/locker"
)

// questions are the questions whose answers may undo something: whoever touches one was asked, and has read what.
var questions = []locker.Step{locker.StepWrong, locker.StepCancel, locker.StepTakeOut, locker.StepLook, locker.StepBlock,
	locker.StepTest, locker.StepTested, locker.StepSave, locker.StepDiscard, locker.StepUndo, locker.StepRewire,
	locker.StepOpenEmpty, locker.StepOpenAll, locker.StepInventory, locker.StepInventoryDoor}

// oneTouch is the law of the stray finger, asked before the event is applied: no single touch undoes what is true. It
// un-collects nothing, gives up no drop-off whose door was seen to open, sets no door aside that is seen to be open, doubts
// nothing, throws no setup away and opens no row of doors, but as the answer to a question about just that.
func (w *world) oneTouch(r *rapid.T, e locker.Event, in locker.Input) {
	n := w.state.Session
	tap, touched := in.(locker.Tapped)
	if !touched || slices.Contains(questions, n.Step) {
		return
	}
	wrong := ""
	switch e := e.(type) {
	case locker.CollectionDisputed:
		wrong = "un-collects " + e.Parcel
	case locker.DropAbandoned: // a sender's late touch asks for their code, which opens another door
		late := n.Crowded || w.now.Up-n.Moved > 45*time.Second
		if p := w.parcel(e.Parcel); n.Courier != "" || p == nil || p.Opened || !late {
			wrong = "abandons " + e.Parcel
		}
	case locker.DropCancelled:
		if p := w.parcel(e.Parcel); p != nil && p.Opened && n.Step != locker.StepDropPress {
			wrong = "cancels " + e.Parcel
		}
	case locker.DoorBlocked:
		if w.door(e.Door).State == locker.Open {
			wrong = fmt.Sprintf("sets door %d aside, which stands open", e.Door)
		}
	case locker.DoorDoubted:
		wrong = fmt.Sprintf("doubts door %d", e.Door)
	case locker.SetupEnded, locker.SetupBoardForgotten, locker.SequenceStarted:
		wrong = "is not asked about " + e.Kind()
	case locker.SessionEnded:
		if p := w.parcel(n.Parcel); p != nil && p.State == locker.ParcelDropping {
			wrong = "signs out with " + p.ID + " in hand"
		}
	}
	if wrong != "" {
		r.Fatalf("one touch of %q on the screen %q %s", tap.Action, n.Step, wrong)
	}
}

// TestAStrayTouchAtAnOpenDoor: what the metal has seen stays true, and pushing the door shut is all there is to do.
func TestAStrayTouchAtAnOpenDoor(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	want[locker.ParcelCollected](t, c.sense(door, locker.Open))
	for _, a := range c.view().Actions {
		if a != locker.ActionLanguage {
			wantNo[locker.CollectionDisputed](t, c.tap(a))
		}
	}
	c.onScreen(locker.StepWrong)
	c.sense(door, locker.Closed)
	c.onScreen(locker.StepThanks)
	if c.holds(door).Kind != locker.Collected {
		t.Fatalf("want it collected, got %+v", c.holds(door))
	}
}

// TestASelfTestIsStopped: at the first door, which has just been opened, and at the second; the others stay as they are.
func TestASelfTestIsStopped(t *testing.T) {
	c := newCabinet(t)
	c.signIn("grace")
	c.tap(locker.ActionSelfTest)
	c.sense(1, locker.Open)
	c.sense(1, locker.Closed)
	c.sense(2, locker.Open)
	wantNo[locker.UnlockRequested](t, c.tap(locker.ActionStop))
	c.onScreen(locker.StepTested) // of door 1 it is asked whether it was empty
	c.tap(locker.ActionEmpty)
	for _, d := range c.plan.Doors[2:] {
		if h := c.holds(d.Number); h.Kind != locker.Empty {
			t.Fatalf("want door %d left as it was, got %+v", d.Number, h)
		}
	}
	if got := c.view().Tests; !slices.Equal(got, []locker.DoorTest{{Door: 1, Result: locker.TestOK}, {Door: 2, Result: locker.TestNotClosed}}) {
		t.Fatalf("want what was tested, got %v", got)
	}

	c.tap(locker.ActionSelfTest)
	c.tap(locker.ActionStop) // while the first one is being opened
	c.onScreen(locker.StepMenu)
}

// TestASilentBoardEndsNobodysTimeUnasked: an open door gives more time than one of which nothing is known.
func TestASilentBoardEndsNobodysTimeUnasked(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	c.sense(door, locker.Open)
	c.pass(c.plan.Times.IdleDoorOpen - time.Minute)
	c.feed(locker.BoardLost{Bus: "main", Board: c.plan.Doors[door-1].Lock.Board})
	if v := c.view(); !v.Session || v.EndsIn < locker.StillThere {
		t.Fatalf("want them asked before it ends, got session %v, which ends in %s", v.Session, v.EndsIn)
	}
}

// TestAnUnlockThatEndsEndsNobodysTimeUnasked: a door that is being opened gives more time than one that stays shut, whoever
// opens it. Somebody shows a token for a door that an order is just opening, and the door does not open.
func TestAnUnlockThatEndsEndsNobodysTimeUnasked(t *testing.T) {
	c := newCabinet(t)
	want[locker.UnlockRequested](t, c.order(locker.Order{Expires: c.now.Wall.Add(time.Minute), Unlock: &locker.UnlockOrder{Door: 5}}))
	held := c.token("t1")
	held.Door = 5
	c.feed(locker.Scanned{Token: &held})
	c.onScreen(locker.StepTrouble)
	c.pass(c.plan.Times.Idle - 5*time.Second) // its supply lets it wait, or the process stood still
	want[locker.UnlockEnded](t, c.feed(locker.Tick{}))
	if v := c.view(); !v.Session || v.EndsIn < locker.StillThere {
		t.Fatalf("want them asked before it ends, got session %v, which ends in %s", v.Session, v.EndsIn)
	}
}

// TestWithoutAPhone: the courier says that nobody knows it. What follows is the site's rule.
func TestWithoutAPhone(t *testing.T) {
	for _, needs := range []bool{false, true} {
		c := newCabinet(t)
		c.plan.NeedsPhone = needs
		c.scan("badge-ada")
		c.scan("PARCEL-1")
		c.tap(locker.ActionNoPhone)
		if needs {
			c.onScreen(locker.StepScan)
			c.notice(locker.NoticeNeedsPhone)
			continue
		}
		c.onScreen(locker.StepSize)
		door := want[locker.UnlockRequested](t, c.size("S")).Door
		c.sense(door, locker.Open)
		c.sense(door, locker.Closed)
		e := want[locker.ParcelStored](t, c.tap(locker.ActionDone))
		if e.Mask != "" || len(e.Personal.Phone) > 0 || len(e.Personal.Code) == 0 {
			t.Fatalf("want the code for the operator, and no phone, got %+v", e)
		}
		c.tap(locker.ActionFinish)
		want[locker.UnlockRequested](t, c.scanLater(string(e.Personal.Code)))
	}
}

// askedInTime: whatever comes, people have 20 s to say that they are still there. Before is the view before the input, of
// the session of that name.
func (w *world) askedInTime(r *rapid.T, session string, before locker.View) {
	v := w.view()
	if !v.Session || v.EndsIn >= 20*time.Second {
		return
	}
	if w.state.Session.ID != session || v.EndsIn < before.EndsIn {
		r.Fatalf("the session on the screen %q ends in %s, and was to end in %s: nobody is asked in time", v.Step, v.EndsIn, before.EndsIn)
	}
}

// touching puts the end of a session off, on whichever screen it is.
func (w *world) touching(r *rapid.T) {
	v := w.view()
	if !v.Session || v.EndsIn <= 20*time.Second {
		return
	}
	w.state = again(r, w.plan, w.state)
	w.state.Sources = nil
	w.pass(v.EndsIn - 20*time.Second)
	w.feed(locker.Tick{})
	now := w.view()
	if !now.Session || now.Step != v.Step {
		return // the screen itself has changed meanwhile
	}
	w.feed(locker.Present{Revision: now.Revision})
	if left := w.view().EndsIn; left <= 20*time.Second {
		r.Fatalf("a touch on the screen %q with 20 s left does not put its end off: %s", now.Step, left)
	}
}

// mostTouches is how many touches it may take to leave.
const mostTouches = 8

// leaves looks for a way out of the screen that is shown: a few touches by whoever is served there, without another door
// being opened.
func (w *world) leaves(r *rapid.T) {
	start := w.view()
	if !start.Session {
		return
	}
	type node struct {
		state   *locker.State
		now     locker.Now
		touches int
	}
	seen := map[string]bool{}
	heard := again(r, w.plan, w.state)
	heard.Sources = nil // to a page that has used up its budget the screen is deaf for a while, by decision 10
	for queue := []node{{heard, w.now, 0}}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		v := at.state.View(at.now)
		if !v.Session || v.Step == locker.StepHome {
			return
		}
		n := at.state.Session
		key := fmt.Sprint(v.Step, v.Door, n.Aim, n.Courier, n.Crowded, n.Retried, n.Relooked, v.Actions, at.touches == 0)
		if seen[key] || at.touches >= mostTouches {
			continue
		}
		seen[key] = true
		for _, in := range w.outward(v, n) {
			s, now := again(r, w.plan, at.state), at.now
			_, waits := in.(locker.Tick)
			if waits { // something is on its way to a door
				now.Up += w.plan.Times.Judge
				now.Wall = now.Wall.Add(w.plan.Times.Judge)
			}
			events := locker.Decide(s, s.Hear(now, in), in)
			if u, opens := find[locker.UnlockRequested](events); opens && u.Door != v.Door && !waits { // that of a courier whose door did not open is no touch's doing
				continue
			}
			for _, e := range events {
				s.Apply(locker.Record{Epoch: s.Epoch, Seq: s.Seq + 1, At: now.Wall, Known: now.Known, Up: now.Up, Event: e})
			}
			queue = append(queue, node{s, now, at.touches + 1})
		}
	}
	r.Fatalf("the screen %q cannot be left: %v", start.Step, start.Actions)
}

// outward is what somebody may do at a screen to get away from it.
func (w *world) outward(v locker.View, n locker.Session) []locker.Input {
	var list []locker.Input
	for _, a := range v.Actions {
		switch a {
		case locker.ActionLanguage, locker.ActionSize, locker.ActionDoor, locker.ActionReason, locker.ActionAddDoor, locker.ActionRewire:
		default:
			list = append(list, locker.Tapped{Revision: v.Revision, Action: a})
		}
	}
	if v.Step == locker.StepBadge { // whoever is served there has one
		list = append(list, locker.Scanned{Hash: hash("badge-" + n.Courier)})
	}
	if len(list) == 0 { // something is on its way
		return []locker.Input{locker.Tick{}}
	}
	return list
}

// again is the state as a snapshot would bring it back.
func again(r *rapid.T, plan *locker.Config, s *locker.State) *locker.State {
	data, err := json.Marshal(s)
	if err != nil {
		r.Fatal(err)
	}
	fresh := &locker.State{}
	if err := json.Unmarshal(data, fresh); err != nil {
		r.Fatal(err)
	}
	fresh.Adopt(plan)
	return fresh
}
