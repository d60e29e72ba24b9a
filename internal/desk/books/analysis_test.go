package books_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/desk/books"
	"lockerd/internal/desk/books/bookstest"
)

// day is a cabinet's day: three parcels come, one is fetched after two hours, one is taken back after three days; a lock fails.
func day(t *testing.T, b *books.Books) {
	t.Helper()
	start := time.Date(2026, 11, 24, 10, 10, 0, 0, time.UTC)
	h := &history{epoch: "e1"}
	at := func(after time.Duration, kind, event string) {
		r := h.next(t, kind, event, "", "")
		r.At = start.Add(after)
		take(t, b, r)
	}
	at(0, "journal.epoch_begun", "{}")
	at(0, "drop.started", `{"session":"s","parcel":"p1","tracking":"T1","door":7}`)
	at(30*time.Second, "parcel.stored", `{"parcel":"p1","tracking":"T1","door":7,"size":"M","company":"Hermes"}`)
	at(time.Minute, "parcel.stored", `{"parcel":"p2","tracking":"T2","door":8,"size":"M"}`)
	at(time.Hour, "parcel.stored", `{"parcel":"p3","tracking":"T3","door":1,"size":"S"}`)
	at(time.Hour, "unlock.ended", `{"unlock":"u1","door":7,"outcome":"still_closed"}`)
	at(2*time.Hour+30*time.Second, "parcel.collected", `{"parcel":"p1","door":7}`)
	at(72*time.Hour+time.Minute, "parcel.expired", `{"parcel":"p2","door":8}`)
	at(72*time.Hour+time.Minute, "parcel.recalled", `{"parcel":"p2","door":8}`)
}

// sorted has lines of one time in one order.
func sorted(text string) string {
	lines := strings.SplitAfter(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func TestAnalyses(t *testing.T) {
	want := map[string]string{
		"parcels": "10:10 demo-1 p1 T1 7 M Hermes collected 10:10 - 12:10 7200000\n10:11 demo-1 p2 T2 8 M  taken_back 10:11 - 10:11 259200000\n" +
			"11:10 demo-1 p3 T3 1 S  waiting 11:10 - - -\n",
		"occupancy": "10:00 demo-1 M 2 0 2\n11:00 demo-1 S 1 0 1\n12:00 demo-1 M 0 1 1\n",
		"days":      "00:00 demo-1 M 2 1 1 0 1 7200000\n00:00 demo-1 S 1 0 0 1 0 -\n",
		"locks":     "00:00 demo-1 7 1 0 0 0 1\n",
		"couriers":  "10:10 demo-1 p1 Hermes M 30000\n",
	}
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		day(t, b)
		from := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
		for _, name := range books.Analyses() {
			var text strings.Builder
			if name == "notices" {
				from = time.Now().Add(-time.Hour)
			}
			err := b.Analysis(t.Context(), name, from, from.Add(24*time.Hour), func(row []any) error {
				var words []string
				for _, v := range row {
					switch v := v.(type) {
					case nil:
						words = append(words, "-")
					case time.Time:
						words = append(words, v.Format("15:04"))
					default:
						words = append(words, fmt.Sprint(v))
					}
				}
				fmt.Fprintln(&text, strings.Join(words, " "))
				return nil
			})
			fatal(t, err)
			if got := sorted(text.String()); name != "notices" && got != sorted(want[name]) {
				t.Errorf("%s: want\n%sgot\n%s", name, want[name], got)
			}
			if name == "notices" && strings.Count(text.String(), "waiting 0 -") != 3+3 {
				t.Errorf("want six notices that wait, got\n%s", text.String())
			}
			from = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
		}
		if err := b.Analysis(t.Context(), "parcel; DROP TABLE parcel", from, from, nil); err == nil {
			t.Error("want only what there is")
		}
	})
}

// TestTheDashboardsQueries: each works in PostgreSQL, and finds something on a day on which something happened.
func TestTheDashboardsQueries(t *testing.T) {
	text, err := os.ReadFile("../../../systemd/monitoring/lockerdesk-dashboard.json")
	fatal(t, err)
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ RawSQL string }
		}
	}
	fatal(t, json.Unmarshal(text, &board))
	if len(board.Panels) < 10 {
		t.Fatalf("want its panels, got %d", len(board.Panels))
	}
	address := bookstest.Postgres(t).Address(t)
	b := open(t, address)
	day(t, b)
	db, _ := raw(t, address)
	_, err = db.Exec(`UPDATE notice SET state = CASE WHEN what = 'stored' THEN 'told' ELSE 'nobody' END, ended = made + 40;
		UPDATE parcel SET fee = 'its', currency = 'EUR', owed = 250, paid = 100 WHERE id = 'p3';
		INSERT INTO payment SELECT cabinet, id, 'r1', FALSE, 100, 'EUR', 'o1', 'ada', stored, stored, '' FROM parcel WHERE id = 'p3'`)
	fatal(t, err)
	fill := strings.NewReplacer("$__from", "0", "$__to", fmt.Sprint(time.Now().Add(time.Hour).UnixMilli()), "$cabinet", "'demo-1'")
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			found, err := db.Query(fill.Replace(target.RawSQL))
			if err != nil {
				t.Errorf("%s: %v", p.Title, err)
				continue
			}
			if !found.Next() || found.Err() != nil {
				t.Errorf("%s: want it to find something, got %v", p.Title, found.Err())
			}
			_ = found.Close() // it was read
		}
	}
}

// TestTheDaysOfAnOperatorInTheWest: the rows of a day are those of its date, wherever the operator's clocks are.
func TestTheDaysOfAnOperatorInTheWest(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		day(t, b)
		for _, zone := range []*time.Location{time.FixedZone("west", -10*3600), time.UTC, time.FixedZone("east", 12*3600)} {
			for name, want := range map[string]int{"days": 2, "locks": 1} {
				for date, want := range map[int]int{23: 0, 24: want, 25: 0} {
					got := 0
					from := time.Date(2026, 11, date, 0, 0, 0, 0, zone)
					fatal(t, b.Analysis(t.Context(), name, from, from.AddDate(0, 0, 1), func([]any) error { got++; return nil }))
					if got != want {
						t.Errorf("%s, %s, %d November: want %d rows, got %d", zone, name, date, want, got)
					}
				}
			}
		}
	})
}
