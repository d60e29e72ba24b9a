package locker_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// full is a state in which every subject remembers something: each list has an entry, with room behind it, and every name
// is the same word, so that an event about that word meets what it is about.
func full(t *testing.T) *locker.State {
	t.Helper()
	s := &locker.State{}
	fill(reflect.ValueOf(s).Elem(), "a word", 7)
	s.Up, s.Known = time.Hour, true
	p := plan()
	p.Doors = append(p.Doors, locker.DoorPlan{Number: 7, Size: "S", Column: 1, Lock: locker.Lock{Bus: "a word", Board: 7, Channel: 7}})
	s.Adopt(p)
	return s
}

// TestADraftSharesNothingThatChanges lets an event of every kind happen in a draft of a state that it has much to do with:
// the state stays as it was, and so does the draft when the same happens in another one.
func TestADraftSharesNothingThatChanges(t *testing.T) {
	kinds := locker.Kinds()
	slices.Sort(kinds)
	for _, kind := range kinds {
		none, err := locker.DecodeEvent(kind, []byte("{}"), locker.Personal{})
		if err != nil {
			t.Fatal(err)
		}
		for _, by := range []time.Duration{0, -24 * time.Hour} { // of what it says, beside what the state says
			sharesNothing(t, none, by)
		}
	}
}

func sharesNothing(t *testing.T, none locker.Event, by time.Duration) {
	t.Helper()
	s, now := full(t), locker.Now{Wall: time.Date(2026, 11, 24, 18, 0, 1, 0, time.UTC).Add(by), Known: true, Up: time.Hour}
	written := func(s *locker.State) string {
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	was, draft := written(s), s.Draft(now, []locker.Event{dated(filled(none, "a word", 7), by)})
	if written(s) != was {
		t.Errorf("%s in a draft has changed the state from\n%s\nto\n%s", none.Kind(), was, written(s))
	}
	is := written(draft)
	draft.Spent = slices.Clone(draft.Spent) // see parcels.clone: a draft is over before the next one
	s.Draft(now, []locker.Event{dated(filled(none, "another", 8), by)})
	if written(draft) != is {
		t.Errorf("%s in another draft has changed this one from\n%s\nto\n%s", none.Kind(), is, written(draft))
	}
}

// dated is an event with every time that it tells of moved.
func dated(e locker.Event, by time.Duration) locker.Event {
	v := reflect.New(reflect.TypeOf(e)).Elem()
	v.Set(reflect.ValueOf(e))
	for i := range v.NumField() {
		if at, tells := v.Field(i).Interface().(time.Time); tells {
			v.Field(i).Set(reflect.ValueOf(at.Add(by)))
		}
	}
	return v.Interface().(locker.Event)
}

// TestNothingElseTouchesASetup: commissioning is a machine of its own. An event of another subject leaves it as it is, but for
// those that say that its technician is gone or nobody knows what contacts say; its own events leave parcels, sessions,
// orders and people alone.
func TestNothingElseTouchesASetup(t *testing.T) {
	heard := []string{"run.started", "board.lost", "run.held_up", "session.ended"}
	for _, kind := range locker.Kinds() {
		none, err := locker.DecodeEvent(kind, []byte("{}"), locker.Personal{})
		if err != nil {
			t.Fatal(err)
		}
		s := full(t)
		after := s.Draft(locker.Now{Wall: s.Newest, Known: true, Up: time.Hour}, []locker.Event{filled(none, "a word", 7)})
		own := strings.HasPrefix(kind, "setup.")
		if !own && !slices.Contains(heard, kind) && !reflect.DeepEqual(after.Setup, s.Setup) {
			t.Errorf("%s has changed the setup from\n%+v\nto\n%+v", kind, s.Setup, after.Setup)
		}
		after.Session.Touched = s.Session.Touched
		if own && !reflect.DeepEqual([]any{after.Parcels, after.Session, after.Orders, after.Couriers, after.Technicians, after.Sequence},
			[]any{s.Parcels, s.Session, s.Orders, s.Couriers, s.Technicians, s.Sequence}) {
			t.Errorf("%s has changed more than the setup and its doors", kind)
		}
	}
}
