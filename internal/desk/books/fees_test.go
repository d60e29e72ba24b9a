package books_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/locker"
	"lockerd/internal/tariff"
)

// costing is a parcel that was announced with a fee, and put in.
func costing(t *testing.T, b *books.Books, h *history) {
	t.Helper()
	terms := &locker.Terms{Name: "storage", Currency: "EUR", Due: 100, Tariff: &tariff.Tariff{Currency: "EUR", Free: 60, Steps: []tariff.Rate{{Every: 3600, Price: 250}}}}
	send(t, b, books.Order{ID: "o1", Cabinet: "demo-1", Kind: "parcel.announce", By: "ada", Signed: "ey", Expires: time.Now().Add(time.Hour)},
		&desk.Announcement{Order: "o1", Cabinet: "demo-1", Tracking: "T1", State: desk.Sent, Fee: terms, Contact: desk.Contact{Mail: "ada@recipient.example"}})
	take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""), h.next(t, "parcel.announced", `{"order":"o1","tracking":"T1"}`, "", ""),
		h.next(t, "parcel.stored", `{"parcel":"p1","tracking":"T1","door":7,"order":"o1"}`, "", "40718293"))
}

func errands(t *testing.T, b *books.Books) []books.Errand {
	t.Helper()
	list, err := b.Errands(t.Context(), 10)
	fatal(t, err)
	return list
}

// TestTheRecipientIsToldOnce: from the notice that was taken follows one order, however often it is told, and after any restart; the order
// is written with the end of the errand.
func TestTheRecipientIsToldOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		costing(t, b, h)
		due, err := b.Due(t.Context(), 10)
		fatal(t, err)
		if len(errands(t, b)) != 0 {
			t.Fatal("want nothing to follow before anybody was told")
		}
		fatal(t, b.Settle(t.Context(), due[0].ID, books.Told, ""))
		fatal(t, b.Close())
		b = open(t, address)
		list := errands(t, b)
		if len(list) != 1 || list[0].Kind != "parcel.told" || list[0].Of.Tracking != "T1" || time.Since(list[0].At) > time.Minute || list[0].Of.Fee.Terms.Due != 100 {
			t.Fatalf("want the cabinet to be told when, got %+v", list)
		}
		order := books.Order{ID: "d1", Cabinet: "demo-1", Kind: "parcel.told", By: "lockerdesk", Signed: "ey", Expires: time.Now().Add(time.Hour), Errand: list[0].ID}
		send(t, b, order, nil)
		order.ID = "d2" // of another lockerdesk, or of one that was killed before it heard that the books have it
		if _, err := b.Send(t.Context(), order, nil, books.Once{}); !errors.Is(err, books.ErrDone) {
			t.Errorf("want it to be done once, got %v", err)
		}
		// Another code is another notice, and no other beginning.
		take(t, b, h.next(t, "parcel.code_changed", `{"parcel":"p1","door":7}`, "", "11223344"))
		due, err = b.Due(t.Context(), 10)
		fatal(t, err)
		fatal(t, b.Settle(t.Context(), due[0].ID, books.Told, ""))
		open, err := b.Unpublished(t.Context(), 10)
		fatal(t, err)
		if len(errands(t, b)) != 0 || len(open) != 2 || open[1].ID != "d1" {
			t.Errorf("want one order, got %+v and %+v", errands(t, b), open)
		}
	})
}

// TestNobodyWasTold: no time begins.
func TestNobodyWasTold(t *testing.T) {
	for _, state := range []books.NoticeState{books.Moot, books.Nobody, books.GivenUp} {
		b := open(t, "sqlite:"+t.TempDir()+"/books.db")
		costing(t, b, &history{epoch: "e1"})
		due, err := b.Due(t.Context(), 10)
		fatal(t, err)
		fatal(t, b.Settle(t.Context(), due[0].ID, state, ""))
		if list := errands(t, b); len(list) != 0 {
			t.Errorf("%s: want nothing to follow, got %+v", state, list)
		}
	}
}

// TestMoneyInTheBooks: what is owed and paid as the cabinet says it; a payment that is confirmed again makes no other order, unless the
// first came to nothing.
func TestMoneyInTheBooks(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		costing(t, b, h)
		if taken := take(t, b, h.next(t, "fee.asked", `{"parcel":"p1","tracking":"T1","door":7,"amount":350,"currency":"EUR","whole":350,"until":"2026-11-26T12:00:00Z"}`, "", "")); !taken.Told {
			t.Error("want somebody to see to the link at once")
		}
		if list := errands(t, b); len(list) != 1 || list[0].Kind != "fee.link" || list[0].Amount != 350 || list[0].Currency != "EUR" || list[0].Until.IsZero() {
			t.Errorf("want a link asked for, got %+v", list)
		}
		fatal(t, b.DropErrand(t.Context(), errands(t, b)[0].ID))
		n := 0
		pay := func(reference string, amount int64, refund bool) (string, error) {
			n++
			id := fmt.Sprint("m", n)
			return b.Send(t.Context(), books.Order{ID: id, Cabinet: "demo-1", Kind: "fee.paid", By: "shop", Signed: "ey", Expires: time.Now().Add(time.Hour),
				Payment: &desk.Payment{Parcel: "p1", Reference: reference, Amount: amount, Currency: "EUR", Refund: refund}}, nil, books.Once{Who: "k", Key: fmt.Sprint("k", n)})
		}
		want := func(order string, err error, reference string, amount int64, refund bool) {
			t.Helper()
			if got, failed := pay(reference, amount, refund); got != order || !errors.Is(failed, err) {
				t.Errorf("%s %d: want %q, %v, got %q, %v", reference, amount, order, err, got, failed)
			}
		}
		want("m1", nil, "r1", 350, false)
		want("m1", nil, "r1", 350, false) // again, before the cabinet has answered
		want("", books.ErrOtherPayment, "r1", 351, false)
		want("", books.ErrOtherPayment, "r1", 350, true)
		take(t, b, h.next(t, "order.refused", `{"order":"m1","of":"fee.paid","why":"crowded","code":"crowded"}`, "", ""))
		if list, err := b.Payments(t.Context(), "demo-1", "p1"); err != nil || len(list) != 0 {
			t.Errorf("want what was refused to be none, got %+v, %v", list, err)
		}
		want("m5", nil, "r1", 350, false)
		take(t, b, h.next(t, "order.accepted", `{"order":"m5","kind":"fee.paid"}`, "", ""),
			h.next(t, "fee.paid", `{"order":"m5","parcel":"p1","door":7,"reference":"r1","amount":350,"currency":"EUR","left":0}`, "", ""))
		want("m5", nil, "r1", 350, false) // and once it counts
		take(t, b, h.next(t, "fee.refunded", `{"order":"another","parcel":"p1","door":7,"reference":"r2","amount":50,"currency":"EUR","left":0}`, "", ""))
		want("", books.ErrCounts, "r2", 50, true)
		list, err := b.Payments(t.Context(), "demo-1", "p1")
		fatal(t, err)
		if len(list) != 2 || list[0].Counted.IsZero() || list[0].By != "shop" || !list[1].Refund {
			t.Errorf("want what came in and what went back, got %+v", list)
		}
		p, err := b.Parcel(t.Context(), "demo-1", "p1")
		fatal(t, err)
		if p.Fee.PaidSum() != 300 || p.Fee.Currency != "EUR" {
			t.Errorf("want 3.00 paid, got %+v", p.Fee)
		}
		for _, name := range []string{"fees", "payments"} {
			var sum int64
			fatal(t, b.Analysis(t.Context(), name, time.Time{}, time.Now().Add(24*time.Hour), func(row []any) error {
				for i, c := range must(books.Columns(name)) {
					if c.Name == "paid" || c.Name == "amount" {
						sum += row[i].(int64)
					}
				}
				return nil
			}))
			if sum != 300 {
				t.Errorf("%s: want 300, got %d", name, sum)
			}
		}
	})
}

// TestALetterAsksForNoMoneyThatIsOnItsWay: what was paid and has not reached the cabinet yet counts as paid, and time from when the notice was taken.
func TestALetterAsksForNoMoneyThatIsOnItsWay(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		costing(t, b, h)
		due, err := b.Due(t.Context(), 10)
		fatal(t, err)
		fatal(t, b.Settle(t.Context(), due[0].ID, books.Told, ""))
		send(t, b, books.Order{ID: "m1", Cabinet: "demo-1", Kind: "fee.paid", By: "shop", Signed: "ey", Expires: time.Now().Add(time.Hour),
			Payment: &desk.Payment{Parcel: "p1", Reference: "r1", Amount: 100, Currency: "EUR"}}, nil)
		take(t, b, h.next(t, "parcel.code_changed", `{"parcel":"p1","door":7}`, "", "11223344"))
		due, err = b.Due(t.Context(), 10)
		fatal(t, err)
		p := due[0].Parcel
		if got := p.Fee.At(time.Now()); got.Amount != 0 || got.Free.IsZero() || time.Since(p.Told) > time.Minute {
			t.Errorf("want nothing asked for, and the free time to have begun, got %+v of %+v", got, p)
		}
	})
}

// TestTheSamePaymentAtOnce: two lockerdesks hear of the same payments at the same moment, and of money that is to be given back: each is one order,
// and no more goes back than was paid.
func TestTheSamePaymentAtOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		costing(t, b, h)
		other := open(t, address)
		for round := range 10 {
			var all sync.WaitGroup
			ids := make([]string, 4)
			errs := make([]error, 4)
			for i := range ids {
				all.Go(func() {
					at := b
					if i%2 == 1 {
						at = other
					}
					ids[i], errs[i] = at.Send(t.Context(), books.Order{ID: fmt.Sprint("m", round, "-", i), Cabinet: "demo-1", Kind: "fee.paid", By: "shop", Signed: "ey", Expires: time.Now().Add(time.Hour),
						Payment: &desk.Payment{Parcel: "p1", Reference: fmt.Sprint("r", round), Amount: 5, Currency: "EUR"}}, nil, books.Once{})
				})
			}
			all.Wait()
			for i := range ids {
				if errs[i] != nil || ids[i] != ids[0] {
					t.Fatalf("round %d: want one order, got %v, %v", round, ids, errs)
				}
			}
		}
		var all sync.WaitGroup
		var back atomic.Int32
		for i, at := range []*books.Books{b, other, b, other} {
			all.Go(func() {
				_, err := at.Send(t.Context(), books.Order{ID: fmt.Sprint("b", i), Cabinet: "demo-1", Kind: "fee.refunded", By: "shop", Signed: "ey", Expires: time.Now().Add(time.Hour),
					Payment: &desk.Payment{Parcel: "p1", Refund: true, Reference: fmt.Sprint("b", i), Amount: 50, Currency: "EUR"}}, nil, books.Once{})
				switch {
				case err == nil:
					back.Add(1)
				case !errors.Is(err, desk.ErrTooMuch):
					t.Error(err)
				}
			})
		}
		all.Wait()
		if back.Load() != 1 {
			t.Errorf("want 0.50 to go back once, got %d times", back.Load())
		}
	})
}

// TestMoneyForAParcelThatIsGone: its cabinet knows it no more, and refuses. What came in so late is to be given back, and what was given back counts.
func TestMoneyForAParcelThatIsGone(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		costing(t, b, h)
		take(t, b, h.next(t, "fee.paid", `{"order":"m0","parcel":"p1","door":7,"reference":"r0","amount":100,"currency":"EUR","left":0}`, "", ""))
		say := func(id, kind string, refund bool, amount int64) {
			t.Helper()
			send(t, b, books.Order{ID: id, Cabinet: "demo-1", Kind: kind, By: "shop", Signed: "ey", Expires: time.Now().Add(time.Hour),
				Payment: &desk.Payment{Parcel: "p1", Refund: refund, Reference: id, Amount: amount, Currency: "EUR"}}, nil)
			take(t, b, h.next(t, "order.refused", fmt.Sprintf(`{"order":%q,"of":%q,"why":"no such parcel","code":"no_such_parcel"}`, id, kind), "", ""))
		}
		is := func(paid, over int64, alarms int) {
			t.Helper()
			p, err := b.Parcel(t.Context(), "demo-1", "p1")
			fatal(t, err)
			list, err := b.Alarms(t.Context(), books.AlarmFilter{}, 10)
			fatal(t, err)
			if p.Fee.PaidSum() != paid || p.Fee.Over != over || len(list) != alarms {
				t.Errorf("want %d paid, %d of it too much, %d alarms, got %+v, %+v", paid, over, alarms, p.Fee, list)
			}
		}
		say("m1", "fee.paid", false, 5)
		is(100, 0, 1) // it lies there: what its cabinet says is strange
		take(t, b, h.next(t, "parcel.collected", `{"parcel":"p1","door":7}`, "", ""))
		say("m2", "fee.paid", false, 50)
		is(150, 50, 2)
		say("b1", "fee.refunded", true, 50)
		is(100, 0, 2)
		list, err := b.Payments(t.Context(), "demo-1", "p1")
		fatal(t, err)
		if len(list) != 3 {
			t.Errorf("want three payments that count, got %+v", list)
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestAReceiptIsKept of what was paid at a cabinet's terminal; to be told of it once more changes nothing.
func TestAReceiptIsKept(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		costing(t, b, h)
		for range 2 {
			take(t, b, h.next(t, "fee.paid", `{"order":"","charge":"c-1-7","receipt":"004711/7","parcel":"p1","door":7,"reference":"c-1-7","amount":100,"currency":"EUR","left":0}`, "", ""))
		}
		list, err := b.Payments(t.Context(), "demo-1", "p1")
		fatal(t, err)
		if len(list) != 1 || list[0].Receipt != "004711/7" || list[0].Amount != 100 || list[0].Order != "" || list[0].Counted.IsZero() {
			t.Errorf("want it once with its receipt, got %+v", list)
		}
	})
}
