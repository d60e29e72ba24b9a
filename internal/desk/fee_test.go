package desk_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/desk"
	"lockerd/internal/locker"
	"lockerd/internal/tariff"
)

// storage is free for a day, and 2.50 for each day after it, up to 10.00.
var storage = &locker.Terms{Name: "storage", Currency: "EUR", Tariff: &tariff.Tariff{Currency: "EUR", Free: 86400, Steps: []tariff.Rate{{Every: 86400, Price: 250}}, Cap: 1000}}

const aDay = 24 * time.Hour

// costs is a story of a parcel that was announced with a fee, and is there.
func costs(t *testing.T, terms *locker.Terms) *story {
	s := &story{t: t, known: desk.Known{Announced: &desk.Announcement{Order: "o1", Fee: terms}}}
	return s.record(stored).record(began)
}

// owes holds what is owed after some time against what is wanted.
func (s *story) owes(after time.Duration, amount int64, until, free time.Duration) *story {
	s.t.Helper()
	at := func(d time.Duration) (when time.Time) {
		if d != 0 {
			when = start.Add(d)
		}
		return when
	}
	if got, want := s.known.Parcel.Fee.At(start.Add(after)), (desk.Owed{Amount: amount, Until: at(until), Free: at(free)}); got != want {
		s.t.Errorf("after %s: want %+v, got %+v", after, want, got)
	}
	return s
}

func TestWhatIsOwed(t *testing.T) {
	told := locker.RecipientTold{Parcel: "p1", Told: start}
	asked := func(amount int64, until time.Duration) locker.FeeAsked {
		return locker.FeeAsked{Parcel: "p1", Amount: amount, Whole: amount, Currency: "EUR", Until: start.Add(until)}
	}
	const minute, hour = time.Minute, time.Hour

	s := costs(t, storage).owes(100*aDay, 0, 0, 0) // nobody was told
	s.record(told).owes(hour, 0, aDay, aDay).owes(aDay, 250, 2*aDay, 0).owes(4*aDay+hour, 1000, 0, 0).owes(100*aDay, 1000, 0, 0)
	s.record(asked(250, 2*aDay+15*minute)).owes(2*aDay+minute, 250, 2*aDay+15*minute, 0).owes(2*aDay+15*minute, 500, 3*aDay, 0) // what was shown holds
	s.record(locker.FeePaid{Parcel: "p1", Reference: "r1", Amount: 100, Currency: "EUR", Left: 150}).owes(2*aDay+minute, 150, 2*aDay+15*minute, 0)
	s.record(locker.FeePaid{Parcel: "p1", Reference: "r2", Amount: 200, Currency: "EUR", Over: 50, Until: start.Add(2*aDay + 70*minute)})
	s.owes(2*aDay+hour, 0, 2*aDay+70*minute, 0).owes(3*aDay-hour, 200, 3*aDay, 0) // their owner is on their way, for an hour
	if s.alarm == nil || s.known.Parcel.Fee.Over != 50 {
		t.Errorf("want somebody to give 50 back, got %+v, %+v", s.alarm, s.known.Parcel.Fee)
	}
	s.record(locker.FeeRefunded{Parcel: "p1", Reference: "r3", Amount: 50, Currency: "EUR"})
	if f := s.known.Parcel.Fee; f.Over != 0 || f.PaidSum() != 250 {
		t.Errorf("want 50 given back, got %+v", f)
	}
	s.record(locker.UnlockRequested{Parcel: "p1", Door: 7, Why: locker.WhyPickup}).owes(50*aDay, 0, 0, 0)            // settled, whether or not it opens
	s.record(locker.ParcelExtended{Parcel: "p1", Until: start.Add(90 * aDay), Price: 300}).owes(50*aDay, 1050, 0, 0) // 10.00 + 3.00 - 2.50

	s = costs(t, &locker.Terms{Currency: "EUR", Due: 1990}).owes(hour, 1990, 0, 0).record(told).owes(9*aDay, 1990, 0, 0)
	s.record(locker.UnlockRequested{Parcel: "p1", Door: 7, Why: locker.WhyReopen}).owes(9*aDay, 1990, 0, 0)

	s = costs(t, storage).record(told)
	s.record(locker.PickupPeriodResumed{Parcel: "p1", Stood: (2 * aDay).Milliseconds(), Until: start.Add(5 * aDay)}) // what nobody could fetch: the two days before its end
	s.known.Parcel.Fee.Stood[0] = tariff.Span{From: start, To: start.Add(2 * aDay)}
	s.owes(2*aDay+hour, 0, 3*aDay, 3*aDay).owes(3*aDay, 250, 4*aDay, 0)
}

// TestTermsThatTheCabinetNeverHeard: its courier was quicker than the announcement; the cabinet asks for nothing, and so does the desk.
func TestTermsThatTheCabinetNeverHeard(t *testing.T) {
	s := &story{t: t, known: desk.Known{Announced: &desk.Announcement{Order: "o1", State: desk.Sent, Fee: storage}}}
	s.record(locker.ParcelStored{Parcel: "p1", Tracking: "T1", Door: 7})
	if p := s.known.Parcel; p.Fee != nil || desk.ToldStored.Begins(*p) {
		t.Errorf("want no fee, got %+v", p.Fee)
	}
}

func TestWhenTheFeesTimeBegins(t *testing.T) {
	waits := *costs(t, storage).known.Parcel
	due := *costs(t, &locker.Terms{Currency: "EUR", Due: 5}).known.Parcel
	begun := *costs(t, storage).record(locker.RecipientTold{Parcel: "p1", Told: start}).known.Parcel
	gone := waits
	gone.Status = desk.Collected
	for _, c := range []struct {
		name   string
		told   desk.Told
		parcel desk.Parcel
		want   bool
	}{{"told of it", desk.ToldStored, waits, true}, {"told of something else", desk.ToldExtended, waits, false}, {"time costs nothing", desk.ToldStored, due, false},
		{"it has begun", desk.ToldStored, begun, false}, {"it was fetched", desk.ToldStored, gone, false}, {"no fee", desk.ToldStored, desk.Parcel{Status: desk.Waiting}, false}} {
		if got := c.told.Begins(c.parcel); got != c.want {
			t.Errorf("%s: want %v", c.name, c.want)
		}
	}
}

// TestACabinetThatLiesAboutMoney: nothing is counted and nothing asked for, and somebody is to look at it.
func TestACabinetThatLiesAboutMoney(t *testing.T) {
	const huge = 1_000_000_000_000_000_000
	asked := locker.FeeAsked{Parcel: "p1", Amount: 250, Whole: 250, Currency: "EUR"}
	paid := locker.FeePaid{Parcel: "p1", Reference: "r1", Amount: 250, Currency: "EUR"}
	for name, e := range map[string]locker.Event{
		"another currency":            func() locker.Event { e := asked; e.Currency = "IRR"; return e }(),
		"a sum that nobody pays":      func() locker.Event { e := asked; e.Amount = huge; return e }(),
		"less than nothing":           func() locker.Event { e := asked; e.Whole = -huge; return e }(),
		"paid in another currency":    func() locker.Event { e := paid; e.Currency = "IRR"; return e }(),
		"paid more than there is":     func() locker.Event { e := paid; e.Amount = huge; return e }(),
		"paid less than nothing":      func() locker.Event { e := paid; e.Amount = -250; return e }(),
		"a name of two lines":         func() locker.Event { e := paid; e.Reference = "r\n1"; return e }(),
		"a negative rest":             func() locker.Event { e := paid; e.Left = -5; return e }(),
		"over by all there is":        func() locker.Event { e := paid; e.Over = huge; return e }(),
		"back in another currency":    locker.FeeRefunded{Parcel: "p1", Reference: "b1", Amount: 250, Currency: "IRR"},
		"less than nothing back":      locker.FeeRefunded{Parcel: "p1", Reference: "b1", Amount: -250, Currency: "EUR"},
		"linked in another currency":  locker.FeeLinked{Parcel: "p1", Amount: 250, Currency: "IRR"},
		"told two thousand years ago": locker.RecipientTold{Parcel: "p1", Told: time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC)},
		"more time for less":          locker.ParcelExtended{Parcel: "p1", Until: start.Add(aDay), Price: -250},
	} {
		s := costs(t, storage)
		o := desk.Follow(s.known, desk.Record{Event: e})
		if o.Parcel != nil || o.Payment != nil || o.Errand != nil || o.Notices != nil || o.Alarm == nil || !o.Alarm.Urgent {
			t.Errorf("%s: want an alarm alone, got %+v", name, o)
		}
	}
}

// TestAReferenceCountsOnce, also if its cabinet has forgotten it with a restored journal and was told once more.
func TestAReferenceCountsOnce(t *testing.T) {
	s := costs(t, storage)
	for range 2 {
		s.record(locker.FeePaid{Parcel: "p1", Reference: "r1", Amount: 250, Currency: "EUR", Over: 200})
	}
	if f := s.known.Parcel.Fee; f.PaidSum() != 250 || f.Over != 200 {
		t.Errorf("want 2.50 paid, 2.00 of it too much, got %+v", f)
	}
	for range 2 {
		s.record(locker.FeeRefunded{Parcel: "p1", Reference: "b1", Amount: 100, Currency: "EUR"})
	}
	if f := s.known.Parcel.Fee; f.PaidSum() != 150 || f.Over != 100 {
		t.Errorf("want 1.50 paid, 1.00 of it too much, got %+v", f)
	}
}

// TestAnErrandOfAParcelWithoutAFee is over: its cabinet has said that it was put in once more, without the announcement.
func TestAnErrandOfAParcelWithoutAFee(t *testing.T) {
	if e := (desk.Errand{Kind: "parcel.told"}); !e.Over(desk.Parcel{Status: desk.Waiting}, start) {
		t.Error("want nobody told")
	}
}

// TestWhoAsksForALink: whoever was shown what is owed, unless they have a link for just that.
func TestWhoAsksForALink(t *testing.T) {
	s := costs(t, storage)
	ask := func(amount int64, until time.Duration) *desk.Errand {
		o := desk.Follow(s.known, desk.Record{Event: locker.FeeAsked{Parcel: "p1", Amount: amount, Whole: amount, Currency: "EUR", Until: start.Add(until)}})
		s.known.Parcel = o.Parcel
		return o.Errand
	}
	if e := ask(250, time.Hour); e == nil || e.Kind != "fee.link" || e.Amount != 250 || !e.Until.Equal(start.Add(time.Hour)) {
		t.Fatalf("want a link, got %+v", e)
	}
	s.record(locker.FeeLinked{Parcel: "p1", Amount: 250, Currency: "EUR", URL: "https://pay.example/", Until: start.Add(time.Hour)})
	if e := ask(250, time.Hour); e != nil {
		t.Errorf("want no other, got %+v", e)
	}
	for _, e := range []*desk.Errand{ask(250, 2*time.Hour), ask(500, time.Hour)} {
		if e == nil || e.Over(*s.known.Parcel, start) || !e.Over(*s.known.Parcel, start.Add(2*time.Hour)) || !e.Over(desk.Parcel{Status: desk.Collected}, start) {
			t.Errorf("want another, while they stand there, got %+v", e)
		}
	}
}

func TestMoneyThatMayCount(t *testing.T) {
	p := *costs(t, storage).known.Parcel
	paid := desk.Payment{Reference: "r1", Amount: 250, Currency: "EUR"}
	back := func(reference string, amount int64) desk.Payment {
		return desk.Payment{Refund: true, Reference: reference, Amount: amount, Currency: "EUR"}
	}
	for _, c := range []struct {
		name    string
		payment desk.Payment
		parcel  desk.Parcel
		known   []desk.Payment
		want    error
	}{
		{"paid", paid, p, nil, nil},
		{"twice", paid, p, []desk.Payment{paid}, nil}, // the books know
		{"another currency", desk.Payment{Amount: 1, Currency: "CHF"}, p, nil, desk.ErrCurrency},
		{"no fee", paid, desk.Parcel{}, nil, desk.ErrNoFee},
		{"all back", back("b", 250), p, []desk.Payment{paid}, nil},
		{"too much back", back("b", 251), p, []desk.Payment{paid}, desk.ErrTooMuch},
		{"back again", back("b", 250), p, []desk.Payment{paid, back("b", 250)}, nil},
		{"back twice", back("c", 1), p, []desk.Payment{paid, back("b", 250)}, desk.ErrTooMuch},
	} {
		if got := c.payment.MayCount(c.parcel, c.known); !errors.Is(got, c.want) {
			t.Errorf("%s: want %v, got %v", c.name, c.want, got)
		}
	}
}

// TestWhatNobodyHasToLookAt: an order that follows by itself came too late.
func TestWhatNobodyHasToLookAt(t *testing.T) {
	for of, quiet := range map[string]bool{"parcel.told": true, "fee.link": true, "fee.paid": false} {
		s := (&story{t: t}).record(locker.OrderRefused{Order: "o", Of: of, Code: locker.CodeNoSuchParcel, Why: "no such parcel"})
		if (s.alarm == nil) != quiet {
			t.Errorf("%s: want no alarm: %v, got %+v", of, quiet, s.alarm)
		}
	}
	for of, quiet := range map[string]bool{"parcel.told": false, "fee.link": true} { // what time costs is lost
		s := (&story{t: t}).record(locker.OrderRefused{Order: "o", Of: of, Code: locker.CodeExpired, Why: "expired"})
		if (s.alarm == nil) != quiet {
			t.Errorf("%s, too late: want no alarm: %v, got %+v", of, quiet, s.alarm)
		}
	}
}

// TestWhatWasGivenBackIsOwedAgain: a parcel that was paid for, refused and paid back, and is given out once more, is to be paid for as at the
// cabinet; so is whatever the cabinet asks for.
func TestWhatWasGivenBackIsOwedAgain(t *testing.T) {
	for name, again := range map[string]locker.Event{
		"by the same":      locker.ParcelCodeChanged{Parcel: "p1", Door: 7, Again: true},
		"by another":       locker.ParcelRecipientChanged{Parcel: "p1", Door: 7, Again: true},
		"the cabinet asks": locker.FeeAsked{Parcel: "p1", Amount: 1990, Whole: 1990, Currency: "EUR"},
	} {
		s := costs(t, &locker.Terms{Currency: "EUR", Due: 1990})
		s.record(locker.FeePaid{Parcel: "p1", Reference: "r1", Amount: 1990, Currency: "EUR"})
		s.record(locker.UnlockRequested{Parcel: "p1", Door: 7, Why: locker.WhyPickup}).record(locker.ParcelCollected{Parcel: "p1", Door: 7})
		s.record(locker.ParcelRefused{Parcel: "p1", Door: 7, Paid: 1990, Currency: "EUR"})
		s.record(locker.FeeRefunded{Parcel: "p1", Reference: "b1", Amount: 1990, Currency: "EUR"}).owes(time.Hour, 0, 0, 0)
		if s.record(again).known.Parcel.Fee.At(start).Amount != 1990 {
			t.Errorf("%s: want it to be paid for, got %+v", name, s.known.Parcel.Fee)
		}
	}
}

// TestARefundHidesNoBrokenChain: that a cabinet refuses it, since the parcel has gone, is nothing to look at; what is wrong with the record is.
func TestARefundHidesNoBrokenChain(t *testing.T) {
	for problem, urgent := range map[string]bool{"": false, contract.ProblemChain: true} {
		s := costs(t, storage).record(locker.ParcelCollected{Parcel: "p1", Door: 7})
		s.known.Money, s.known.Problem = &desk.Payment{Parcel: "p1", Refund: true, Reference: "b1", Amount: 100, Currency: "EUR", Order: "m1"}, problem
		s.record(locker.OrderRefused{Order: "m1", Of: "fee.refunded", Code: locker.CodeNoSuchParcel, Why: "no such parcel"})
		if got := s.alarm != nil && s.alarm.Urgent && strings.Contains(s.alarm.What, problem); got != urgent {
			t.Errorf("%q: want an urgent alarm %v, got %+v", problem, urgent, s.alarm)
		}
	}
}
