package cabinet

import (
	"testing"

	"lockerd/internal/metrics"
	"lockerd/internal/wording"
)

// TestEveryFaultHasItsWords: at the kiosk and at the desk nobody reads the name of one.
func TestEveryFaultHasItsWords(t *testing.T) {
	t.Parallel()
	words, err := wording.Load(wording.States)
	if err != nil {
		t.Fatal(err)
	}
	for code, catalogue := range words {
		for _, kind := range metrics.FaultKinds {
			if kind != "finding" && !catalogue.Has("fault."+kind) { // which says why
				t.Errorf("%s: %s has no words", code, kind)
			}
		}
	}
}
