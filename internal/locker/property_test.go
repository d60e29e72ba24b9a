package locker_test

import (
	"encoding/json"
	"fmt"
	"reflect"
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
	codes []string        // every code that ever was
	asked map[string]bool // unlocks requested
	ended map[string]bool // unlocks ended
	live  map[int]string  // unlock under way, by door
}

func play(t *testing.T, r *rapid.T) {
	w := &world{cabinet: newCabinet(t), asked: map[string]bool{}, ended: map[string]bool{},
		live: map[int]string{}}
	for range rapid.IntRange(1, 120).Draw(r, "inputs") {
		before := w.state
		in := w.input(r)
		if in == nil {
			continue
		}
		frozen, err := json.Marshal(before)
		if err != nil {
			r.Fatal(err)
		}
		events := locker.Decide(w.state, w.state.Trust(w.now), in)
		if after, _ := json.Marshal(before); string(after) != string(frozen) {
			r.Fatalf("Decide changed the state on %T", in)
		}
		for _, e := range events {
			w.law(r, e, in)
			w.write([]locker.Event{e})
		}
		w.fold(r)
	}
}

// law is asked before the event is applied: the state is what it was decided on.
func (w *world) law(r *rapid.T, e locker.Event, in locker.Input) {
	switch e := e.(type) {
	case locker.UnlockRequested:
		if w.asked[e.Unlock] || w.live[e.Door] != "" {
			r.Fatalf("unlock %s of door %d: one is under way (%q) or it was asked before", e.Unlock, e.Door, w.live[e.Door])
		}
		if _, restart := in.(locker.Started); restart {
			r.Fatalf("unlock %s after a restart: a late click opens for nobody", e.Unlock)
		}
		w.asked[e.Unlock], w.live[e.Door] = true, e.Unlock
		w.reason(r, e)
	case locker.UnlockEnded:
		if !w.asked[e.Unlock] || w.ended[e.Unlock] {
			r.Fatalf("unlock %s ended that was not under way", e.Unlock)
		}
		w.ended[e.Unlock] = true
		delete(w.live, e.Door)
	case locker.DropStarted:
		w.given(r, e.Door)
	case locker.DropMoved:
		w.given(r, e.To)
	case locker.ParcelCollected:
		if d := w.door(e.Door); d.State != locker.Open {
			r.Fatalf("parcel %s collected though its door %d is %s", e.Parcel, e.Door, d.State)
		}
	case locker.ParcelStored:
		if p := w.parcel(e.Parcel); p == nil || !p.Opened || !p.Shut {
			r.Fatalf("parcel %s stored though its door was not seen to open and close: %+v", e.Parcel, p)
		}
		w.codes = append(w.codes, string(e.Personal.Code))
	case locker.DoorEmptied:
		if p := w.parcel(w.holds(e.Door).Parcel); p != nil && p.State != locker.ParcelTaken && e.Proof != locker.ProofTechnician {
			r.Fatalf("door %d emptied by %s with parcel %s (%s) in it", e.Door, e.Proof, p.ID, p.State)
		}
	}
}

// given: a door goes to someone new only closed, in order and proven empty.
func (w *world) given(r *rapid.T, door int) {
	if d := w.door(door); d.State != locker.Closed || d.Holds.Kind != locker.Empty || d.Holds.Proof == "" || d.Blocked != "" {
		r.Fatalf("door %d was given to someone: %+v", door, d)
	}
}

// reason: no unlock without somebody entitled to it.
func (w *world) reason(r *rapid.T, e locker.UnlockRequested) {
	p, n := w.parcel(e.Parcel), w.state.Session
	ok := false
	switch e.Why {
	case locker.WhyPickup:
		ok = p != nil && p.Door == e.Door && (p.State == locker.ParcelStoredAt || p.State == locker.ParcelTaken)
	case locker.WhyReopen:
		ok = p != nil && p.Door == e.Door && p.State == locker.ParcelTaken && n.ID == e.Session
	case locker.WhyDrop, locker.WhyCancel:
		ok = p != nil && p.Door == e.Door && p.State == locker.ParcelDropping && n.Courier != "" && n.ID == e.Session
	case locker.WhyOrder:
		ok = e.Order != ""
	case locker.WhyTech:
		ok = n.Technician != "" && n.ID == e.Session
	}
	if !ok {
		r.Fatalf("unlock without a live reason: %+v; parcel %+v", e, p)
	}
}

func (w *world) parcel(id string) *locker.Parcel {
	for i := range w.state.Parcels {
		if w.state.Parcels[i].ID == id {
			return &w.state.Parcels[i]
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
	if !reflect.DeepEqual(fresh, w.state) {
		r.Fatal("folding the journal does not give the live state")
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
	switch rapid.IntRange(0, 15).Draw(r, "what") {
	case 0, 1, 2, 3:
		if len(v.Actions) == 0 {
			return locker.Tick{}
		}
		return locker.Tapped{Revision: revision, Action: rapid.SampledFrom(v.Actions).Draw(r, "action"), Offers: w.offers(),
			Size: rapid.SampledFrom([]string{"S", "M", "L", "", "XXL"}).Draw(r, "size"),
			Door: rapid.IntRange(0, 6).Draw(r, "which"), Reason: rapid.SampledFrom(locker.BlockReasons()).Draw(r, "reason"),
			Language: rapid.SampledFrom([]string{"en", "ar", "xx"}).Draw(r, "language")}
	case 4:
		return locker.Typed{Revision: revision, Hash: hash(w.text(r))}
	case 5, 6:
		text := w.text(r)
		return locker.Scanned{Tracking: text, Hash: hash(text), Offers: w.offers()}
	case 7:
		return locker.PhoneTyped{Revision: revision, Mask: "•67", Phone: locker.Box("phone"), Offers: w.offers()}
	case 8, 9, 10:
		if v.Door != 0 && rapid.Bool().Draw(r, "the door in use") {
			door = w.plan.Doors[v.Door-1]
		}
		return locker.LockSensed{Lock: door.Lock, State: rapid.SampledFrom([]locker.DoorState{locker.Open, locker.Closed}).Draw(r, "is")}
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

func (w *world) orderInput(r *rapid.T, door locker.DoorPlan) locker.Input {
	o := locker.Order{ID: fmt.Sprint("o", rapid.IntRange(1, 30).Draw(r, "order")), Cabinet: "test", Expires: w.now.Wall.Add(time.Minute)}
	switch rapid.IntRange(0, 6).Draw(r, "order of") {
	case 0:
		o.Unlock = &locker.UnlockOrder{Door: door.Number}
	case 1:
		o.Cancel = &locker.CancelOrder{Tracking: w.text(r)}
	case 2:
		o.Block = &locker.BlockOrder{Door: door.Number, Reason: locker.BlockDirty}
	case 3:
		o.Unblock = &locker.UnblockOrder{Door: door.Number}
	case 4:
		o.CourierPut = &locker.Courier{ID: "eve", Badge: hash("badge-eve"), Name: "Eve"}
	case 5:
		o.CourierRemove = &locker.CourierRemoveOrder{ID: rapid.SampledFrom([]string{"ada", "eve"}).Draw(r, "who")}
	default:
		o.Announce = &locker.AnnounceOrder{Tracking: w.text(r), Size: door.Size, Mask: "•89"}
	}
	return locker.OrderReceived{Order: o}
}

func (w *world) rare(r *rapid.T, door locker.DoorPlan) locker.Input {
	switch rapid.IntRange(0, 5).Draw(r, "rare") {
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
	known := append([]string{"badge-ada", "badge-bob", "badge-eve", "135790", "998877", "A", "B", "C", "D", "E", "F", "G", ""}, w.codes...)
	return rapid.SampledFrom(known).Draw(r, "text")
}
