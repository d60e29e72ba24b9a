package books_test

import (
	"strings"
	"testing"
	"time"

	"lockerd/internal/credential"
	"lockerd/internal/desk"
)

// TestAJournalThatIsNotWhatItWas: staff is told at once when a cabinet's journal was restored, shortened, rolled back or copied, and into
// which doors to look.
func TestAJournalThatIsNotWhatItWas(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "a", key: credential.NewOperator()}
		told := func(what string, records []desk.Record, kind string, words ...string) {
			t.Helper()
			if got := take(t, b, records...); !got.Told {
				t.Errorf("%s: want the staff's post to be woken", what)
			}
			alarms, err := b.Untold(t.Context(), "mail", time.Time{}, 10)
			fatal(t, err)
			if len(alarms) != 1 || alarms[0].Kind != kind || !alarms[0].Urgent {
				t.Fatalf("%s: want one urgent alarm, %s, got %+v", what, kind, alarms)
			}
			for _, w := range words {
				if !strings.Contains(alarms[0].What, w) {
					t.Errorf("%s: want %q in %q", what, w, alarms[0].What)
				}
			}
			fatal(t, b.AlarmsTold(t.Context(), "mail", alarms))
		}
		take(t, b, stored(t, h)...) // records 1 to 3, a parcel behind door 7
		kept := *h

		take(t, b, h.next(t, "parcel.collected", `{"parcel":"p1","door":7}`, "", ""))
		restored := history{epoch: "b", seq: kept.seq, prev: kept.prev, key: h.key}
		told("a backup", []desk.Record{restored.next(t, "journal.epoch_begun", `{"reason":"restored","previous":"a"}`, "", "")},
			"journal.epoch_begun", "backup", "door 7", "lockerdesk parcels")

		twin := kept // a copy of the disk goes on where the first has been
		told("a copy", []desk.Record{twin.next(t, "run.started", "{}", "", "")}, desk.KindTwin, "two cabinets of one name")
		take(t, b, func() desk.Record { again := kept; return again.next(t, "run.started", "{}", "", "") }())
		if alarms, err := b.Untold(t.Context(), "mail", time.Time{}, 10); err != nil || len(alarms) != 0 {
			t.Errorf("want the same told once, got %v, %v", alarms, err)
		}

		cut := history{epoch: "c", seq: restored.seq, prev: restored.prev, key: h.key}
		told("a disk that was put back", []desk.Record{cut.next(t, "journal.epoch_begun", `{"reason":"shortened","previous":"b","missing":12}`, "", "")},
			"journal.epoch_begun", "lost its end", "12 records")

		cut.prev = "something else"
		told("a broken chain", []desk.Record{cut.next(t, "run.started", "{}", "", "")}, "run.started", "chain is broken", "journal verify")
	})
}
