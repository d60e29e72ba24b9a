package desk_test

import (
	"strings"
	"testing"

	"lockerd/internal/contract"
	"lockerd/internal/desk"
	"lockerd/internal/locker"
)

// TestNoCabinetForgesALine: what a cabinet writes into an alarm begins no line of the staff's letter, drives no terminal, and has an end.
func TestNoCabinetForgesALine(t *testing.T) {
	const forged = "x\r\nBcc: eve@evil.example\n\ndemo-2\n! 2026-11-24 10:00:00Z  door.forced door 1\x1b]0;x\a\u0085\u2028\u202e"
	event := `{"door":3,"source":"x\r\nBcc: eve@evil.example\n\ndemo-2\n! 2026-11-24 10:00:00Z  door.forced door 1\u001b]0;x\u0007\u0085\u2028\u202e` + strings.Repeat("long ", 1000) + `"}`
	for name, r := range map[string]desk.Record{
		"a field":  {Event: locker.DoorForced{Door: 3}, Received: contract.Received{Kind: "door.forced", Event: []byte(event)}},
		"a reason": {Event: locker.EpochBegun{Reason: forged}, Received: contract.Received{Kind: "journal.epoch_begun", Event: []byte("{}")}},
		"a kind":   {Received: contract.Received{Kind: forged, Event: []byte("{}")}},
	} {
		a := desk.Follow(desk.Known{Problem: map[bool]string{true: contract.ProblemChain}[name == "a kind"]}, r).Alarm
		if a == nil {
			t.Fatalf("%s: want an alarm", name)
		}
		if text := a.Kind + a.What; strings.ContainsAny(text, "\r\n\x1b\a\u0085\u2028\u202e") || len([]rune(text)) > 1000 {
			t.Errorf("%s: want one line that is read, got %q", name, text)
		}
	}
	if got := desk.Plain("Ärger an Tür 3, 门 3, باب 3"); got != "Ärger an Tür 3, 门 3, باب 3" {
		t.Errorf("want texts of all languages as they are, got %q", got)
	}
}
