package tariff_test

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lockerd/internal/tariff"
)

// Case is a line of docs/contract/tariffs.jsonl. The sums were worked out by hand.
type Case struct {
	Name   string          `json:"name"`
	Tariff json.RawMessage `json:"tariff"`
	Begin  time.Time       `json:"begin"`
	Now    time.Time       `json:"now"`
	Stops  []tariff.Span   `json:"stops"`
	Sum    tariff.Sum      `json:"sum"`
}

func TestCases(t *testing.T) {
	f, err := os.Open("../../docs/contract/tariffs.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var c Case
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		t.Run(c.Name, func(t *testing.T) {
			rates, err := tariff.Read(c.Tariff)
			if err != nil {
				t.Fatal(err)
			}
			if got := rates.At(c.Begin, c.Now, c.Stops); got != c.Sum {
				t.Errorf("%+v\nwant %+v", got, c.Sum)
			}
		})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsNoTariff(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:                                                     "three capitals",
		`{"currency":"eur","steps":[]}`:                          "three capitals",
		`{"currency":"EUR","price":3}`:                           "unknown field",
		`{"currency":"EUR","steps":[]} {}`:                       "follows its end",
		`{"currency":"EUR","free_s":-1}`:                         "free_s",
		`{"currency":"EUR","free_s":1e12}`:                       "free_s",
		`{"currency":"EUR","cap":-1}`:                            "cap",
		`{"currency":"EUR","multiple":-5}`:                       "multiple",
		`{"currency":"EUR","steps":[{"every_s":1,"price":1}]}`:   "every_s",
		`{"currency":"EUR","steps":[{"every_s":60,"price":-1}]}`: "price",
		`{"currency":"EUR","steps":[{"every_s":60,"price":1},{"every_s":60,"price":1}]}`:                                            "no step can follow",
		`{"currency":"EUR","steps":[{"every_s":60,"price":1,"charge":"sometimes"}]}`:                                                "charge",
		`{"currency":"EUR","quiet_weekdays":["sunday"]}`:                                                                            "need a zone",
		`{"currency":"EUR","zone":"Mars/Base","steps":[]}`:                                                                          "zone",
		`{"currency":"EUR","zone":"Local","steps":[]}`:                                                                              "zone",
		`{"currency":"EUR","zone":"UTC","quiet_weekdays":["sonntag"]}`:                                                              "quiet weekday",
		`{"currency":"EUR","zone":"UTC","quiet_weekdays":["sunday","sunday"]}`:                                                      "quiet weekday",
		`{"currency":"EUR","zone":"UTC","quiet_dates":["25.12.2026"]}`:                                                              "quiet date",
		`{"currency":"EUR","zone":"UTC","quiet_weekdays":["monday","tuesday","wednesday","thursday","friday","saturday","sunday"]}`: "no time counts",
	} {
		if _, err := tariff.Read([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}

// TestSecondBySecond: a sum is what counting each minute by itself comes to, never falls, and rises when it said it would.
func TestSecondBySecond(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(r *rapid.T) {
		rates := drawTariff(r)
		if err := rates.Validate(); err != nil {
			r.Fatal(err)
		}
		minutes := func(name string, most int) time.Duration {
			return time.Duration(rapid.IntRange(0, most).Draw(r, name)) * time.Minute
		}
		begin := time.Date(2026, 3, 27, 12, 0, 0, 0, time.UTC).Add(minutes("begin", 3000))
		now := begin.Add(minutes("stay", 6000))
		var stops []tariff.Span
		for range rapid.IntRange(0, 3).Draw(r, "stops") {
			from := begin.Add(minutes("from", 6000) - time.Hour)
			stops = append(stops, tariff.Span{From: from, To: from.Add(minutes("for", 600))})
		}
		counted := int64(0)
		for at := begin; at.Before(now); at = at.Add(time.Minute) {
			if !stopped(at, stops) && (len(rates.QuietWeekdays) == 0 || at.In(berlin).Weekday() != time.Sunday) {
				counted += 60
			}
		}
		got := rates.At(begin, now, stops)
		if got.Counted != counted {
			r.Fatalf("%d s counted in the place of %d", got.Counted, counted)
		}
		if want := slowly(rates, counted); got.Amount != want {
			r.Fatalf("%d owed in the place of %d after %d s", got.Amount, want, counted)
		}
		var past []tariff.Span
		for _, s := range stops {
			if !s.From.Before(now) {
				continue // it is not known yet,
			}
			if s.To.After(now) {
				s.To = now // nor is when it ends
			}
			past = append(past, s)
		}
		if u := got.Until; !u.IsZero() {
			if before, then := rates.At(begin, u.Add(-time.Second), past), rates.At(begin, u, past); before.Amount != got.Amount || then.Amount <= got.Amount {
				r.Fatalf("%d owed until %s: %d a second before, %d then", got.Amount, u, before.Amount, then.Amount)
			}
		}
		if u := got.FreeUntil; !u.IsZero() {
			if before := rates.At(begin, u.Add(-time.Second), past); before.Amount != 0 || before.FreeUntil != u {
				r.Fatalf("free until %s, but %+v a second before", u, before)
			}
		}
	})
}

func drawTariff(r *rapid.T) *tariff.Tariff {
	t := &tariff.Tariff{Currency: "EUR", Zone: "Europe/Berlin", Steps: []tariff.Rate{},
		Free:     int64(rapid.IntRange(0, 2000).Draw(r, "free")) * 60,
		Cap:      int64(rapid.SampledFrom([]int{0, 0, 17, 300}).Draw(r, "cap")),
		Multiple: int64(rapid.SampledFrom([]int{0, 1, 5}).Draw(r, "multiple"))}
	if rapid.Bool().Draw(r, "sundays") {
		t.QuietWeekdays = []string{"sunday"}
	}
	steps := rapid.IntRange(0, 3).Draw(r, "steps")
	for i := range steps {
		s := tariff.Rate{Every: int64(rapid.IntRange(1, 900).Draw(r, "every")) * 60, Price: int64(rapid.IntRange(0, 90).Draw(r, "price")),
			Charge: rapid.SampledFrom([]string{"", tariff.Begun, tariff.Complete, tariff.Proportional}).Draw(r, "charge"),
			Times:  int64(rapid.IntRange(1, 9).Draw(r, "times"))}
		if i == steps-1 && rapid.Bool().Draw(r, "for ever") {
			s.Times = 0
		}
		t.Steps = append(t.Steps, s)
	}
	return t
}

func stopped(at time.Time, stops []tariff.Span) bool {
	for _, s := range stops {
		if !at.Before(s.From) && at.Before(s.To) {
			return true
		}
	}
	return false
}

// slowly goes through the steps period by period.
func slowly(t *tariff.Tariff, counted int64) int64 {
	left, cents := counted-t.Free, int64(0)
	for _, s := range t.Steps {
		for n := int64(0); left >= 0 && (s.Times == 0 || n < s.Times); n++ {
			switch {
			case left >= s.Every, s.Charge == "", s.Charge == tariff.Begun:
				cents += s.Price
			case s.Charge == tariff.Proportional:
				cents += s.Price * left / s.Every
			}
			left -= s.Every
		}
	}
	if t.Cap > 0 && cents > t.Cap {
		cents = t.Cap
	}
	for t.Multiple > 0 && cents%t.Multiple != 0 {
		cents--
	}
	return cents
}
