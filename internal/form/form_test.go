package form_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"lockerd/internal/form"
)

// thing has a field of each type that is read anywhere.
type thing struct {
	ID      string          `json:"id"`
	Expires time.Time       `json:"expires"`
	Door    int             `json:"door"`
	Low     bool            `json:"low"`
	After   *uint64         `json:"after"`
	IDs     []string        `json:"ids"`
	Body    json.RawMessage `json:"body"`
	Sealed  []byte          `json:"sealed"`
	Board   struct {
		Bus string `json:"bus"`
	} `json:"board"`
}

func TestRead(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"an object", ` {"id":"a","expires":"2026-11-30T00:00:00Z","door":7,"ids":["b"],"body":{"x":[1]},"sealed":"AAE="} ` + "\n", ""},
		{"an empty one", `{}`, ""},
		{"a field inside that it leaves to others", `{"body":{"id":"a","ID":"b"}}`, ""},

		{"nothing", ``, "missing"},
		{"blanks", " \n", "missing"},
		{"null", `null`, "must be an object"},
		{"a list", `[{}]`, "must be an object"},
		{"a text", `"{}"`, "must be an object"},
		{"a number", `7`, "must be an object"},
		{"words", `no order`, "cannot be read"},

		{"a field twice", `{"id":"a","id":"b"}`, "a field stands there twice"},
		{"the same twice", `{"id":"a","id":"a"}`, "a field stands there twice"},
		{"a field twice, once escaped", `{"id":"a","\u0069d":"b"}`, "a field stands there twice"},
		{"a field twice, further down", `{"board":{"bus":"a","bus":"b"}}`, "a field stands there twice"},
		{"a field twice in what it leaves to others", `{"body":{"x":[{"y":1,"y":1}]}}`, "a field stands there twice"},
		{"in capitals", `{"EXPIRES":"2026-11-30T00:00:00Z"}`, "a field that is not known"},
		{"with one capital", `{"Id":"a"}`, "a field that is not known"},
		{"as folding has it", `{"e\u0078pires":"2026-11-30T00:00:00Z","expire\u017f":"2027-11-30T00:00:00Z"}`, "a field that is not known"},
		{"both ways", `{"expires":"2026-11-30T00:00:00Z","EXPIRES":"2027-11-30T00:00:00Z"}`, "a field that is not known"},
		{"as Go has it", `{"Door":7}`, "a field that is not known"},
		{"further down in capitals", `{"board":{"BUS":"a"}}`, "a field that is not known"},
		{"unknown", `{"only_on":"monday"}`, "a field that is not known"},

		{"not UTF-8", "{\"id\":\"\xff\"}", "not UTF-8"},
		{"not UTF-8 in a name", "{\"id\xc3\x28\":\"a\"}", "not UTF-8"},
		{"half a character, escaped", `{"id":"\ud800"}`, "cannot be read"},
		{"something behind", `{"id":"a"}{}`, "something follows its end"},
		{"a bracket behind", `{"id":"a"}}`, "something follows its end"},
		{"a zero byte behind", "{\"id\":\"a\"}\x00", "something follows its end"},
		{"cut off", `{"id":"a"`, "cannot be read"},
		{"a comma too many", `{"id":"a",}`, "cannot be read"},
		{"a comment", `{"id":"a"/**/}`, "cannot be read"},
		{"a byte order mark", "\ufeff{}", "cannot be read"},
		{"deep", `{"body":` + strings.Repeat("[", 20000), "cannot be read"},

		{"of the wrong type", `{"id":7}`, "id: of the wrong type"},
		{"a number as a text", `{"door":"7"}`, "door: of the wrong type"},
		{"half a door", `{"door":1.5}`, "door: of the wrong type"},
		{"below zero", `{"after":-1}`, "after: of the wrong type"},
		{"no number so large", `{"after":18446744073709551616}`, "after: of the wrong type"},
		{"no time", `{"expires":"tomorrow"}`, "expires: of the wrong type"},
		{"no base64", `{"sealed":"***"}`, "sealed: of the wrong type"},
		{"base64 with a line's end", `{"sealed":"AA\nE="}`, "sealed: of the wrong type"},
		{"wrong further down", `{"ids":["a",7]}`, "ids: of the wrong type"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			if err := form.Read([]byte(c.text), new(thing)); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("%q: want %q, got %q", c.text, c.want, got)
			}
		})
	}
}

func TestReadAll(t *testing.T) {
	var v thing
	if err := form.ReadAll(strings.NewReader(`{"door":7}`), &v); err != nil || v.Door != 7 {
		t.Errorf("want door 7, got %d, %v", v.Door, err)
	}
	if err := form.ReadAll(strings.NewReader(`{"door":7}{}`), &v); !errors.Is(err, form.ErrMore) {
		t.Errorf("want %v, got %v", form.ErrMore, err)
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"cabinet":"demo-1","id":"x","kind":"do`, "x"},
		{`{"body":{"id":"inner"},"id":"x"}`, "x"},
		{`{"id":"x","id":"y"}`, "x"},
		{`{"body":{"id":"inner"}}`, ""},
		{`{"ID":"x"}`, ""},
		{`{"id":7}`, ""},
		{`{"kind":"id","i":"id"}`, ""},
		{`{"body":{"a":1,"a":2},"id":"x"}`, ""},
		{`["id","x"]`, ""},
		{`"id"`, ""},
		{``, ""},
		{strings.Repeat("[", 8000), ""},
	} {
		if got := form.Text([]byte(c.text), "id"); got != c.want {
			t.Errorf("%q: want %q, got %q", c.text, c.want, got)
		}
	}
}

// FuzzRead: what is read has been read by the standard library's reader before, and says the same there.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"id":"a","expires":"2026-11-30T00:00:00Z","door":7}`))
	f.Add([]byte(`{"id":"a","id":"b"}`))
	f.Add([]byte(`{"EXPIRES":"2026-11-30T00:00:00Z"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var strict, lenient thing
		if form.Read(data, &strict) != nil {
			return
		}
		if err := json.Unmarshal(data, &lenient); err != nil {
			t.Fatalf("%q is no JSON: %v", data, err)
		}
		a, _ := json.Marshal(strict)
		b, _ := json.Marshal(lenient)
		if string(a) != string(b) {
			t.Fatalf("%q: read as %s, and elsewhere as %s", data, a, b)
		}
	})
}
