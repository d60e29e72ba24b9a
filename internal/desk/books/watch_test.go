package books_test

import (
	"strings"
	"testing"
	"time"

	"lockerd/internal/desk/books"
)

// TestACabinetThatIsAwayIsAnAlarm: once for each time, and not before it has lasted; what it said last does not count meanwhile, and what it
// says afterwards does.
func TestACabinetThatIsAwayIsAnAlarm(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		want := func(when string, patience time.Duration, raised int, last string) {
			t.Helper()
			if got, err := b.Watch(t.Context(), patience); err != nil || got != raised {
				t.Errorf("%s: want %d alarms raised, got %d, %v", when, raised, got, err)
			}
			list, err := b.Alarms(t.Context(), books.AlarmFilter{}, 10)
			fatal(t, err)
			if last == "" && len(list) > 0 || last != "" && (len(list) == 0 || !strings.HasPrefix(list[0].Words(), last)) {
				t.Errorf("%s: want %q, got %+v", when, last, list)
			}
			for _, a := range list {
				if raised > 0 {
					fatal(t, b.Seen(t.Context(), a.Number(), "test"))
				}
			}
		}
		says := func(presence, state string) {
			t.Helper()
			fatal(t, b.Presence(t.Context(), "demo-1", []byte(presence)))
			if state != "" {
				fatal(t, b.State(t.Context(), "demo-1", []byte(state), 1))
			}
		}
		want("never seen", 0, 0, "")
		says(`{"online":true}`, `{"service":"ok","faults":[]}`)
		want("all is well", 0, 0, "")
		says(`{"online":false}`, `{"service":"ok","faults":[{"kind":"cloud_twin"}]}`)
		want("away for a moment", time.Hour, 0, "")
		want("away for long", 0, 1, "cabinet.away, demo-1: ")
		want("worked off, and still away", 0, 0, "")
		says(`{"online":true}`, `{"service":"ok","faults":[{"kind":"door_blocked","door":3},{"kind":"cloud_refused","what":"orders","why":"no","do":"see"}]}`)
		want("a fault without a record", 0, 1, "cabinet.fault, demo-1: cloud_refused: orders: no: see")
		says(`{"online":true}`, `{"service":"ok","faults":[{"kind":"cloud_refused","what":"orders","why":"still no","do":"see"}]}`)
		want("the same fault", 0, 0, "")
		says(`{"online":false}`, "")
		want("away once more", 0, 1, "cabinet.away, demo-1: ")
	})
}
