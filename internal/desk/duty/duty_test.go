package duty_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/desk/books"
	"lockerd/internal/desk/duty"
)

var berlin = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return zone
}()

// at is a time of the day in Berlin, in winter.
func at(clock string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", "2026-11-29 "+clock, berlin)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

var nights = duty.Config{Quiet: []string{"22:00", "06:00"}, NextAfter: 15,
	Next: []duty.Step{{Mail: []string{"head@operator.example"}}, {ServicesFile: "/etc/services"}}}

// TestWhoIsToldWhen is the rules as a table: an alarm's urgency and when it came, who is asked for, when they were told last, how late it
// is, and what they are told of.
func TestWhoIsToldWhen(t *testing.T) {
	alarm := func(kind, raised string, urgent bool) books.Alarm {
		return books.Alarm{Kind: kind, Urgent: urgent, Raised: at(raised)}
	}
	forced, open := alarm("forced", "12:00", true), alarm("open", "12:00", false)
	atNight, openAtNight := alarm("forced", "02:00", true), alarm("open", "02:00", false)
	for _, test := range []struct {
		name    string
		waiting []books.Alarm
		step    int
		told    string // empty: never
		now     string
		want    string
	}{
		{"urgent, at once", []books.Alarm{forced}, 0, "11:59", "12:00", "forced"},
		{"urgent, at night", []books.Alarm{atNight}, 0, "01:59", "02:00", "forced"},
		{"urgent, and what waits goes with it", []books.Alarm{atNight, openAtNight}, 0, "01:59", "02:00", "forced open"},
		{"not urgent, by day", []books.Alarm{open}, 0, "", "12:00", "open"},
		{"not urgent, a minute after the last message", []books.Alarm{open}, 0, "11:59", "12:00", ""},
		{"not urgent, ten minutes after it", []books.Alarm{open}, 0, "11:50", "12:00", "open"},
		{"not urgent, at night", []books.Alarm{openAtNight}, 0, "", "02:00", ""},
		{"not urgent, when the night begins", []books.Alarm{open}, 0, "", "22:00", ""},
		{"not urgent, a minute before", []books.Alarm{open}, 0, "", "21:59", "open"},
		{"not urgent, a minute before the night ends", []books.Alarm{openAtNight}, 0, "", "05:59", ""},
		{"not urgent, when it has ended", []books.Alarm{openAtNight}, 0, "", "06:00", "open"},
		{"the next, too early", []books.Alarm{forced}, 1, "", "12:14", ""},
		{"the next, in time", []books.Alarm{forced}, 1, "12:14", "12:15", "forced"},
		{"the next, at night", []books.Alarm{atNight}, 1, "", "02:15", "forced"},
		{"the next are not told of what is not urgent", []books.Alarm{forced, open}, 1, "", "12:15", "forced"},
		{"the next but one, too early", []books.Alarm{forced}, 2, "", "12:29", ""},
		{"the next but one, in time", []books.Alarm{forced}, 2, "", "12:30", "forced"},
		{"nothing waits", nil, 0, "", "12:00", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := duty.New(nights, duty.Step{Mail: []string{"staff@operator.example"}}, berlin)
			var told time.Time
			if test.told != "" {
				told = at(test.told)
			}
			var got []string
			for _, a := range d.Tell(test.step, test.waiting, told, at(test.now)) {
				got = append(got, a.Kind)
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("want %q, got %q", test.want, got)
			}
		})
	}
}

// TestQuietHours: within a day, over midnight, and none.
func TestQuietHours(t *testing.T) {
	for _, test := range []struct {
		quiet []string
		want  []string // full hours that are quiet
	}{
		{nil, nil},
		{[]string{"13:00", "15:00"}, []string{"13", "14"}},
		{[]string{"23:00", "01:00"}, []string{"00", "23"}},
		{[]string{"22:30", "00:00"}, []string{"23"}},
	} {
		d := duty.New(duty.Config{Quiet: test.quiet}, duty.Step{}, berlin)
		var got []string
		for hour := range 24 {
			if d.IsQuiet(at(fmt.Sprintf("%02d:00", hour))) {
				got = append(got, fmt.Sprintf("%02d", hour))
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%v: want %v quiet, got %v", test.quiet, test.want, got)
		}
	}
}

func TestSettings(t *testing.T) {
	head := []duty.Step{{Mail: []string{"head@operator.example"}}}
	for _, test := range []struct {
		name  string
		cfg   duty.Config
		right bool
	}{
		{"none", duty.Config{}, true},
		{"all", nights, true},
		{"one hour", duty.Config{Quiet: []string{"22:00"}}, false},
		{"no hour", duty.Config{Quiet: []string{"22:00", "24:00"}}, false},
		{"all day", duty.Config{Quiet: []string{"22:00", "22:00"}}, false},
		{"nobody is next", duty.Config{NextAfter: 15, Next: []duty.Step{{}}}, false},
		{"no address", duty.Config{NextAfter: 15, Next: []duty.Step{{Mail: []string{"head"}}}}, false},
		{"without a wait", duty.Config{Next: head}, false},
		{"longer than a day", duty.Config{NextAfter: 1441, Next: head}, false},
	} {
		if err := test.cfg.Validate(); (err == nil) != test.right {
			t.Errorf("%s: want right %v, got %v", test.name, test.right, err)
		}
	}
}
