package controller_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/controller"
	"lockerd/internal/locker"
)

// alarms are the kinds that `journalctl -p warning` shows: what asks for somebody. docs/operator.md says what to do.
var alarms = []string{"board.lost", "breaker.tripped", "camera.lost", "clock.doubted", "clock.lost", "config.failed", "config.rolled_back", "door.blocked", "door.doubted",
	"door.forced", "door.left_open", "door.opened_late", "drop.abandoned", "evidence.failed", "fee.uncertain", "finding.raised", "journal.epoch_begun", "order.refused",
	"parcel.disputed", "parcel.missing", "playlist.failed", "run.held_up", "scanner.lost", "setup.failed", "source.muted", "switch.alarm", "terminal.lost", "typing.locked", "unlock.ended",
	"unlock.refused"}

// ofThings are fields that may stand in a log: of doors, boards, unlocks and reasons.
var ofThings = []string{"door", "from", "to", "bus", "board", "scanner", "camera", "switch", "source", "finding", "unlock", "outcome",
	"why", "of", "reason", "result", "proof", "presence", "detail", "count", "for_ms", "version", "kind", "seq"}

// TestEveryEventIsTold: each kind in words, alarms as warnings, with their door and nothing of a person.
func TestEveryEventIsTold(t *testing.T) {
	for _, kind := range locker.Kinds() {
		e := filled(t, kind)
		level, words, fields := controller.Tell(locker.Record{Seq: 17, Event: e})
		if alarm := level >= slog.LevelWarn; alarm != slices.Contains(alarms, kind) {
			t.Errorf("%s: an alarm in the log: %t", kind, alarm)
		}
		if words == kind || !strings.Contains(words, " ") || strings.ContainsAny(words, "{}") {
			t.Errorf("%s is not told in words: %q", kind, words)
		}
		said := words + fmt.Sprint(fields...)
		data, _ := json.Marshal(e)
		var all map[string]any
		if err := json.Unmarshal(data, &all); err != nil {
			t.Fatal(err)
		}
		for name := range all {
			if !slices.Contains(ofThings, name) && strings.Contains(said, "<"+name+">") {
				t.Errorf("%s: %s is in the log: %s", kind, name, said)
			}
		}
		if _, has := all["door"]; has && level >= slog.LevelWarn && (!strings.Contains(words, "4711") || !strings.Contains(fmt.Sprint(fields...), "door4711")) {
			t.Errorf("%s: the alarm does not say which door: %q, %v", kind, words, fields)
		}
		if strings.Contains(said, "<personal>") {
			t.Errorf("%s: personal: %s", kind, said)
		}
	}
	level, words, _ := controller.Tell(locker.Record{Event: locker.UnlockEnded{Unlock: "u-1", Door: 3, Outcome: locker.Opened}})
	if level != slog.LevelInfo || words != "door 3 was opened (unlock u-1)" {
		t.Errorf("an unlock that opened is no alarm: %s %q", level, words)
	}
	level, words, _ = controller.Tell(locker.Record{Event: locker.DoorForced{Door: 7}})
	if level != slog.LevelWarn || words != "ALARM: door 7 is open and no unlock explains it" {
		t.Errorf("got %s %q", level, words)
	}
}

// filled is an event of a kind, every text of which says in which field it stands.
func filled(t *testing.T, kind string) locker.Event {
	t.Helper()
	e, err := locker.DecodeEvent(kind, []byte("{}"), locker.Personal{})
	if err != nil {
		t.Fatal(err)
	}
	v := reflect.New(reflect.TypeOf(e)).Elem()
	fill(v, "")
	return v.Interface().(locker.Event)
}

func fill(v reflect.Value, name string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("<" + name + ">")
	case reflect.Int, reflect.Int64:
		v.SetInt(4711)
	case reflect.Uint64:
		v.SetUint(4711)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 11, 24, 18, 0, 0, 0, time.UTC)))
			return
		}
		for i := range v.NumField() {
			field := v.Type().Field(i)
			tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if tag == "-" || tag == "" {
				tag = "personal"
			}
			fill(v.Field(i), tag)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), name)
	case reflect.Array, reflect.Uint8, reflect.Map: // hashes, boxes and counts, which hold no word of anybody's
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), name)
	default:
		panic("an event's field of a kind that is not filled: " + v.Kind().String())
	}
}
