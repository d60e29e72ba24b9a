package books_test

import (
	"strings"
	"testing"
	"time"

	"lockerd/internal/desk"
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

// TestMoneyThatNoCabinetHasHeardOf: whoever has paid would be asked to pay again, and nobody would know. The staff is told, once for each time that
// it was said in vain.
func TestMoneyThatNoCabinetHasHeardOf(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		costing(t, b, h)
		says := func(order, reference string, late time.Duration) {
			t.Helper()
			send(t, b, books.Order{ID: order, Cabinet: "demo-1", Kind: "fee.paid", By: "shop", Signed: "ey", Expires: time.Now().Add(late + time.Hour),
				Payment: &desk.Payment{Parcel: "p1", Reference: reference, Amount: 350, Currency: "EUR"}}, nil)
		}
		want := func(late time.Duration, raised int, about string) {
			t.Helper()
			books.SetClock(b, func() time.Time { return time.Now().Add(late) })
			if got, err := b.Watch(t.Context(), time.Hour); err != nil || got != raised {
				t.Errorf("after %s: want %d alarms raised, got %d, %v", late, raised, got, err)
			}
			list, err := b.Alarms(t.Context(), books.AlarmFilter{}, 10)
			fatal(t, err)
			if len(list) != raised || raised > 0 && (list[0].Kind != "payment.unheard" || !strings.Contains(list[0].What, about)) {
				t.Errorf("after %s: want an alarm about %q, got %+v", late, about, list)
			}
			for _, a := range list {
				fatal(t, b.Seen(t.Context(), a.Number(), "test"))
			}
		}
		says("m1", "r1", 0)
		says("m2", "r2", 0)
		says("m3", "r3", 0)
		take(t, b, h.next(t, "fee.paid", `{"order":"m2","parcel":"p1","door":7,"reference":"r2","amount":350,"currency":"EUR","left":0}`, "", ""),
			h.next(t, "order.refused", `{"order":"m3","of":"fee.paid","why":"nothing is ever owed for the parcel","code":"no_fee"}`, "", "")) // which is an alarm itself
		_, err := b.Watch(t.Context(), time.Hour)
		fatal(t, err)
		list, err := b.Alarms(t.Context(), books.AlarmFilter{}, 10)
		fatal(t, err)
		for _, a := range list {
			fatal(t, b.Seen(t.Context(), a.Number(), "test"))
		}
		want(0, 0, "")
		want(2*time.Hour, 1, "reference r1")
		want(2*time.Hour, 0, "")
		says("m4", "r1", 2*time.Hour)
		want(2*time.Hour, 0, "")
		want(4*time.Hour, 1, "reference r1")
	})
}

// TestAnOrderThatNobodyMayMiss: whoever was erased, or is to open nothing any more, is so only once the cabinet has heard it. What somebody waits
// for is seen by them.
func TestAnOrderThatNobodyMayMiss(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		for _, kind := range []string{"person.erase", "courier.remove", "issuer.remove", "tokens.revoke", "parcel.extend", "door.unlock"} {
			for _, id := range []string{"heard", "missed"} {
				send(t, b, books.Order{ID: id + "-" + kind, Cabinet: "demo-1", Kind: kind, By: "ada", Signed: "ey", Expires: time.Now().Add(time.Hour)}, nil)
			}
		}
		take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""))
		for _, kind := range []string{"person.erase", "courier.remove", "issuer.remove", "tokens.revoke"} {
			take(t, b, h.next(t, "order.accepted", `{"order":"heard-`+kind+`","of":"`+kind+`"}`, "", ""))
		}
		watch := func(late time.Duration, want int) {
			t.Helper()
			books.SetClock(b, func() time.Time { return time.Now().Add(late) })
			if got, err := b.Watch(t.Context(), time.Hour); err != nil || got != want {
				t.Errorf("after %s: want %d alarms raised, got %d, %v", late, want, got, err)
			}
		}
		watch(0, 0)
		watch(2*time.Hour, 4)
		list, err := b.Alarms(t.Context(), books.AlarmFilter{}, 10)
		fatal(t, err)
		for _, a := range list {
			if a.Kind != "order.unheard" || !strings.Contains(a.What, "missed-") {
				t.Errorf("want an order that was missed, got %+v", a)
			}
			fatal(t, b.Seen(t.Context(), a.Number(), "test"))
		}
		watch(3*time.Hour, 0)
	})
}
