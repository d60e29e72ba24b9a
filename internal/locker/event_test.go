package locker_test

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/locker"
)

const eventsFile = "testdata/events.txt"

// TestEventsAreReadableForEver reads one event of every kind as it was first written, and writes it the same. Lines are
// only ever added: with -update, for kinds that have none.
func TestEventsAreReadableForEver(t *testing.T) {
	text, err := os.ReadFile(eventsFile)
	if err != nil && !*update {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		kind, public, _ := strings.Cut(strings.TrimSpace(line), " ")
		seen[kind] = true
		e, err := locker.DecodeEvent(kind, []byte(public), locker.Personal{})
		if err != nil {
			t.Error(err)
			continue
		}
		if again, err := json.Marshal(e); err != nil || string(again) != public {
			t.Errorf("%s: want %s, got %s, %v", kind, public, again, err)
		}
	}
	kinds := locker.Kinds()
	slices.Sort(kinds)
	for _, kind := range kinds {
		switch {
		case seen[kind]:
		case *update:
			text = fmt.Appendf(text, "%s %s\n", kind, example(t, kind))
		default:
			t.Errorf("%s has no %s: run go test ./internal/locker -run Readable -update and look at it", eventsFile, kind)
		}
	}
	if *update {
		if err := os.WriteFile(eventsFile, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// example is an event of a kind with every field filled, as JSON.
func example(t *testing.T, kind string) []byte {
	t.Helper()
	e, err := locker.DecodeEvent(kind, []byte("{}"), locker.Personal{})
	if err != nil {
		t.Fatal(err)
	}
	public, err := json.Marshal(filled(e, "a word", 7))
	if err != nil {
		t.Fatal(err)
	}
	return public
}

// filled is an event of the same kind with every field filled.
func filled(e locker.Event, word string, number int) locker.Event {
	v := reflect.New(reflect.TypeOf(e)).Elem()
	fill(v, word, number)
	return v.Interface().(locker.Event)
}

// fill fills whatever can be set: every text with a word, every number with a number, every list with one entry.
func fill(v reflect.Value, word string, number int) {
	switch v.Type() {
	case reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Date(2026, 11, 24, 18, 0, 0, int(250*time.Millisecond), time.UTC)))
		return
	case reflect.TypeFor[locker.Personal]():
		return // it is sealed, apart from the rest
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() || f.Anonymous {
				fill(v.Field(i), word, number)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), word, number)
	case reflect.String:
		v.SetString(word)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(number))
	case reflect.Uint8, reflect.Uint64:
		v.SetUint(uint64(number))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 3)) // with room behind it, as lists that have grown
		fill(v.Index(0), word, number)
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), word, number)
		}
	default:
		panic(v.Type())
	}
}
