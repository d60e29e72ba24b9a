package truth

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"

	"lockerd/internal/locker"
)

// tell adds a line to the story, if there is one to be told.
func (w *world) tell(format string, args ...any) {
	if w.telling {
		w.story = append(w.story, stamp(w.at)+" "+fmt.Sprintf(format, args...))
	}
}

func stamp(at time.Duration) string {
	return fmt.Sprintf("day %d %02d:%02d:%04.1f", at/day+1, at%day/time.Hour, at%time.Hour/time.Minute, (at % time.Minute).Seconds())
}

// tellEvents notes what followed from an input.
func (w *world) tellEvents(in locker.Input, events []locker.Event) {
	if len(events) == 0 {
		return
	}
	var list []string
	for _, e := range events {
		list = append(list, e.Kind()+brief(e))
	}
	name := strings.TrimPrefix(reflect.TypeOf(in).String(), "locker.")
	w.story = append(w.story, stamp(w.at)+"     "+name+": "+strings.Join(list, ", "))
}

// brief is the important part of an event.
func brief(e locker.Event) string {
	switch e := e.(type) {
	case locker.Move:
		return " " + e.Event.Kind() + brief(e.Event)
	case locker.SessionMoved:
		return fmt.Sprintf(" to %s %s", e.Step, e.Notice)
	case locker.UnlockRequested:
		return fmt.Sprintf(" %s of door %d for %s", e.Unlock, e.Door, e.Why)
	case locker.UnlockEnded:
		return fmt.Sprintf(" %s: %s", e.Unlock, e.Outcome)
	case locker.DoorOpened:
		return fmt.Sprintf(" %d by %q", e.Door, e.Unlock)
	case locker.DoorEmptied:
		return fmt.Sprintf(" %d (%s)", e.Door, e.Proof)
	case locker.DoorDoubted:
		return fmt.Sprintf(" %d (%s)", e.Door, e.Why)
	case locker.DoorBlocked:
		return fmt.Sprintf(" %d (%s)", e.Door, e.Why)
	case locker.SessionEnded:
		return " (" + e.Why + ")"
	case locker.OrderRefused:
		return " (" + e.Why + ")"
	}
	return ""
}

// clear asks of a sample of all events, and of the first ones of each kind, whether something personal or secret is in
// their JSON, as it is or in base64.
func (w *world) clear(e locker.Event) {
	kind := e.Kind()
	w.kinds[kind]++
	if w.clears++; w.clears%97 != 0 && w.kinds[kind] > 2 {
		return
	}
	data, err := json.Marshal(e)
	if err != nil {
		w.breaks(QuestionClear, "%s: %v", e.Kind(), err)
		return
	}
	for _, secret := range []string{"k0de-", "ph0ne", "n4me-", "azBkZS0", "cGgwbmUr"} {
		if bytes.Contains(data, []byte(secret)) {
			w.breaks(QuestionClear, "%s holds %s in clear: %s", e.Kind(), secret, data)
		}
	}
}

// Story is a failure found in a world, told as briefly as possible.
type Story struct {
	Key   string // what is broken
	Seed  uint64
	Days  float64 // how long that world lived until then
	Runs  int     // how often it was lived again to shorten the story
	Lines []string
}

// String is the story for people.
func (s Story) String() string {
	return fmt.Sprintf("\nBROKEN %s (seed %d, day %.1f, shortened in %d runs)\n  %s\n", s.Key, s.Seed, s.Days, s.Runs, strings.Join(s.Lines, "\n  "))
}

// shorten leaves out of a world everything without which it is still broken: half of what happened, a
// quarter, and so on.
func shorten(w *world, budget time.Duration) Story {
	s := Story{Key: w.broken.key(), Seed: w.seed, Days: float64(w.at) / float64(day)}
	skip, did := map[uint64]bool{}, w.did
	again := func(more []happening, telling bool) *world {
		trial := map[uint64]bool{}
		for id := range skip {
			trial[id] = true
		}
		for _, h := range more {
			trial[h.id] = true
		}
		s.Runs++
		return relive(w, trial, telling)
	}
	start := time.Now()
	if old := others(did, w.broken.What); len(old) > 0 { // or what has to do with the parcel
		if x := again(old, false); x.broken != nil && x.broken.key() == s.Key {
			for _, h := range old {
				skip[h.id] = true
			}
			did = x.did
		}
	}
	for _, keep := range []int{16, 64, 256, 1024} { // mostly it is the newest that matters
		if keep >= len(did) {
			break
		}
		old := did[:len(did)-keep]
		if x := again(old, false); x.broken != nil && x.broken.key() == s.Key {
			for _, h := range old {
				skip[h.id] = true
			}
			did = x.did
			break
		}
	}
	for size := (len(did) + 1) / 2; size > 0 && time.Since(start) < budget; size /= 2 {
		for from := 0; from < len(did) && time.Since(start) < budget; {
			part := did[from:min(from+size, len(did))]
			x := again(part, false)
			if x.broken == nil || x.broken.key() != s.Key {
				from += size
				continue
			}
			for _, h := range part {
				skip[h.id] = true
			}
			did = x.did
		}
	}
	last := again(nil, true)
	s.Lines = last.story
	if n := len(s.Lines); n > 150 {
		s.Lines = append([]string{fmt.Sprintf("… %d lines before …", n-150)}, s.Lines[n-150:]...)
	}
	return s
}

var number = regexp.MustCompile(`T\d+-\d+`)

// others are happenings that name neither the parcel that is spoken of nor a courier.
func others(did []happening, what string) []happening {
	parcel := number.FindString(what)
	var list []happening
	for _, h := range did {
		if parcel == "" || number.FindString(h.what) != parcel && !strings.Contains(h.what, "courier") {
			list = append(list, h)
		}
	}
	if len(list) == len(did) {
		return nil
	}
	return list
}

// relive lives a world again without some of what happened.
func relive(w *world, skip map[uint64]bool, telling bool) *world {
	x := newWorldTelling(w.seed, w.profile, w.days, len(w.boxes), skip, w.ignored, telling)
	x.until = w.broken.At + time.Hour // what is found later is something else
	x.live()
	return x
}
