package terminal

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"lockerd/internal/locker"
)

func TestWhatAnAdapterSays(t *testing.T) {
	for _, tt := range []struct {
		line string
		want error
	}{
		{ready, nil}, {took, nil}, {cannot, nil}, {went, nil}, {works, nil},
		{`{"unready":{"why":"offline","detail":"a field that comes later"},"and":"another"}`, nil},
		{`{"unready":{"why":"4111111111111111"}}`, errUnready},
		{`{"ready":{"protocol":2}}`, errProtocol},
		{``, errJSON}, {`[]`, errJSON}, {`{"ready":`, errJSON}, {"{\"unready\":{\"why\":\"\xff\"}}", errJSON},
		{`{}`, errParts}, {`{"ready":{"protocol":1},"unready":{"why":"paper"}}`, errParts}, {`null`, errParts},
		{`{"state":{"id":"c-8d41f0c2-118","text":"hello"}}`, errState},
		{`{"state":{"id":"118","text":"processing"}}`, errID},
		{`{"result":{"id":"4111111111111111","outcome":"paid","paid":1}}`, errID},
		{`{"result":{"id":"c-8d41f0c2-118","outcome":"perhaps"}}`, errOutcome},
		{`{"result":{"id":"c-8d41f0c2-118","outcome":"unsent"}}`, errOutcome}, // lockerd alone knows that
		{`{"result":{"id":"c-8d41f0c2-118","outcome":"paid","paid":0}}`, errPaid},
		{`{"result":{"id":"c-8d41f0c2-118","outcome":"paid","paid":-5}}`, errPaid},
		{`{"result":{"id":"c-8d41f0c2-118","outcome":"paid","paid":100000001}}`, errPaid},
		{`{"result":{"id":"c-8d41f0c2-118","outcome":"declined","paid":5}}`, errPaid},
		{`{"result":{"id":"c-8d41f0c2-118","outcome":"paid","paid":12.5}}`, errJSON},
		{`{"result":{"id":"c-8d41f0c2-118","outcome":"paid","paid":1250,"reference":"Visa 4111111111111111"}}`, errReference},
		{`{"result":{"id":"c-8d41f0c2-118","outcome":"paid","paid":1250,"reference":"4111111111111111"}}`, errReference},
		{`{"result":{"id":"c-8d41f0c2-118","outcome":"paid","paid":1250,"reference":"4111-1111-1111-1111"}}`, errReference},
	} {
		said, err := Read([]byte(tt.line))
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: want %v, got %v", tt.line, tt.want, err)
		}
		if r := said.Result; errors.Is(tt.want, errReference) && (r == nil || r.Paid != 1250 || r.Reference != "") {
			t.Errorf("%s: want it to count without its reference, got %+v", tt.line, r)
		}
	}
}

// TestTheDocument: the example session of docs/terminals.md is what is said here.
func TestTheDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/terminals.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(?m)^    ([<>]) (\{.*\})`).FindAllSubmatch(text, -1)
	if len(lines) < 12 {
		t.Fatalf("want a session, got %d lines", len(lines))
	}
	parts := map[string]bool{}
	for _, l := range lines {
		for _, part := range []string{"pay", "cancel", "status", "noted", "ping", "ready", "unready", "state", "result"} {
			if strings.HasPrefix(string(l[2]), `{"`+part+`":`) {
				parts[part] = true
			}
		}
		if string(l[1]) == "<" {
			if _, err := Read(l[2]); err != nil {
				t.Errorf("%s: %v", l[2], err)
			}
		}
	}
	if len(parts) != 9 {
		t.Errorf("want every message shown, got %v", parts)
	}
	for _, step := range locker.ChargeSteps() {
		if !strings.Contains(string(text), "`"+string(step)+"`") {
			t.Errorf("want %s explained", step)
		}
	}
	for why := range remedies {
		if !strings.Contains(string(text), "`"+why+"`") {
			t.Errorf("want %s explained", why)
		}
	}
}

// TestMasked: numbers as of cards, by the networks' own test numbers; what stands around them stays.
func TestMasked(t *testing.T) {
	const stars = "*************"
	for text, want := range map[string]string{
		"card 4111111111111111 ok":               "card " + stars + " ok", // Visa's
		"5555-5555-5555-4444":                    stars,                   // Mastercard's
		"3782 822463 10005":                      stars,                   // American Express's
		";4111111111111111=25121010000000000000": ";" + stars + "=" + stars,
		"5A084111111111111111":                   "5A" + stars,
		"payment c-8d41f0c2-118 of 1250":         "payment c-8d41f0c2-118 of 1250",
		"at 20261129 12:00":                      "at 20261129 12:00",
		"2026860129040479":                       "2026860129040479", // no card's
	} {
		if got := Masked(text); got != want {
			t.Errorf("%q: want %q, got %q", text, want, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, line := range []string{ready, took, works, cannot} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		s, err := Read(line)
		if r := s.Result; r != nil && (r.Paid < 0 || r.Paid > MaxAmount || Masked(r.Reference) != r.Reference) {
			t.Fatalf("%q: %+v, %v", line, r, err)
		}
	})
}
