package locker_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"lockerd/internal/locker"

	"pgregory.net/rapid"
)

// movedTo says whether one of the events leads to a step as a move, and whether one does as a record.
func movedTo(events []locker.Event, step locker.Step) (moves, recorded bool) {
	for _, e := range events {
		if m, ok := e.(locker.Move); ok {
			to, is := m.Event.(locker.SessionMoved)
			moves = moves || is && to.Step == step
		} else if to, is := e.(locker.SessionMoved); is {
			recorded = recorded || to.Step == step
		}
	}
	return moves, recorded
}

// TestWhatIsAMove: where somebody is on the screen is no record; what they were refused, what they say of a door and what they
// want of a parcel that is in is one, by whatever screen it shows.
func TestWhatIsAMove(t *testing.T) {
	is := func(events []locker.Event, step locker.Step, wantMove bool) {
		t.Helper()
		if moves, recorded := movedTo(events, step); moves != wantMove || recorded == wantMove {
			t.Errorf("to %s: want a move: %v; got a move: %v, a record: %v", step, wantMove, moves, recorded)
		}
	}
	c := newCabinet(t)
	is(c.scan("badge-ada"), locker.StepScan, true)
	is(c.scan("PARCEL-1"), locker.StepPhone, true)
	is(c.phone(), locker.StepSize, true)
	is(c.size("S"), locker.StepDrop, true)
	is(c.wait(c.plan.Times.Judge), locker.StepDropPress, false) // it did not open
	is(c.tap(locker.ActionTryAgain), locker.StepDrop, false)
	c.sense(c.view().Door, locker.Open)
	is(c.says(locker.ActionCancel), locker.StepCancel, true)
	is(c.tap(locker.ActionCancelYes), locker.StepTakeOut, false) // they want it back

	c, door, code := stored(t)
	is(c.tap(locker.ActionPickup), locker.StepCode, true)
	is(c.typed("000000"), locker.StepCode, false)
	is(c.typed(code), locker.StepPickup, true)
	c.sense(door, locker.Open)
	is(c.sense(door, locker.Closed), locker.StepThanks, true)
}

// TestARevisionIsOfOneQuestion: no two questions have the same revision, be they asked by records, by moves or after a restart,
// and the record that one names is the newest before it.
func TestARevisionIsOfOneQuestion(t *testing.T) {
	c := newCabinet(t)
	seen := map[uint64]bool{}
	asks := func() {
		t.Helper()
		v := c.view()
		if seen[v.Revision] || v.Record() > c.state.Seq {
			t.Fatalf("revision %d of record %d was another question's: %s", v.Revision, v.Record(), v.Step)
		}
		seen[v.Revision] = true
	}
	for range 3 {
		for range 3 {
			c.tap(locker.ActionPickup)
			asks()
			c.tap(locker.ActionResend)
			asks()
			c.sense(1, locker.Open) // a record that asks nothing
			c.sense(1, locker.Closed)
			c.tap(locker.ActionBack)
			asks()
			c.tap(locker.ActionBack)
			asks()
		}
		c.pass(time.Minute)
		c.restart()
		asks()
	}
}

// TestARestartKnowsWhatWasWanted: a courier who wanted their parcel back has perhaps taken it, whatever the door did since: a
// restart does not call it stored, though the step that was on the screen is forgotten.
func TestARestartKnowsWhatWasWanted(t *testing.T) {
	for _, wanted := range []bool{false, true} {
		c := newCabinet(t)
		c.dropTo("PARCEL-1", "S")
		door := c.view().Door
		c.sense(door, locker.Open)
		if wanted {
			c.says(locker.ActionCancel)
			c.tap(locker.ActionCancelYes)
		}
		c.sense(door, locker.Closed)
		events := c.restart()
		if wanted {
			wantNo[locker.ParcelStored](t, events)
			want[locker.DropAbandoned](t, events)
		} else {
			want[locker.ParcelStored](t, events)
		}
	}
}

// forgets: what moves have changed is gone after a restart, and nobody misses it. What follows from the restart is the same
// whether the state before it knew of moves, as a snapshot of the live state does, or not, as the journal does; and so is the
// state after it.
func (w *world) forgets(r *rapid.T, folded *locker.State) {
	now, start := w.now, locker.Started{Version: "test"}
	now.Up = 0
	var after [2]string
	for i, s := range []*locker.State{again(r, w.plan, folded), again(r, w.plan, w.state)} {
		now := s.Hear(now, start)
		for _, e := range locker.Decide(s, now, start) {
			if _, moves := e.(locker.Move); moves {
				r.Fatalf("a restart makes a move: %+v", e)
			}
			after[i] += fmt.Sprintf("%T%+v ", e, e)
			s.Apply(locker.Record{Epoch: s.Epoch, Seq: s.Seq + 1, At: now.Wall, Known: now.Known, Up: now.Up, Event: e})
		}
		data, err := json.Marshal(s)
		if err != nil {
			r.Fatal(err)
		}
		after[i] += string(data)
	}
	if after[0] != after[1] {
		r.Fatalf("a restart misses moves:\n%s\nwith them:\n%s", after[0], after[1])
	}
}
