package conformance

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"
)

// through says whether the cabinet's link can be cut, and otherwise why not.
func (t *tries) through() (can bool, why string) {
	switch {
	case t.link == nil:
		return false, "the cabinet's link cannot be cut: give --listen, and have the cabinet connect there"
	case t.link.Connections() == 0:
		return false, "the cabinet does not connect to " + t.link.Addr() + " (--listen)"
	}
	return true, ""
}

// turn has the cabinet begin again with what is not acknowledged: its link is cut, or it waits for a minute. It says how many records
// had come before.
func (t *tries) turn() (since int, how string) {
	t.rx.quiet(t.ctx, settles, t.Patience)
	var presences int
	t.rx.with(func() { since, presences = len(t.rx.arrivals), len(t.rx.presences) })
	if can, _ := t.through(); can {
		t.link.Cut()
		t.rx.await(t.ctx, t.Patience, func() bool {
			return slices.ContainsFunc(t.rx.said[presences:], func(said []byte) bool { return strings.Contains(string(said), `"online":true`) })
		})
		return since, "the link is cut, and the cabinet comes back"
	}
	t.rx.await(t.ctx, silence+t.Patience, func() bool { return len(t.rx.arrivals) > since })
	return since, "no ack for a minute"
}

// tryAcks tries what is sent again, and what is not any more.
func (t *tries) tryAcks() {
	if can, why := t.through(); !can && t.Quick {
		t.rx.with(func() {
			for _, id := range []string{"acks/again", "acks/count", "acks/forged", "acks/told"} {
				t.book.skip(id, why+"; or take your time (without --quick): it is sent again after a minute")
			}
		})
		return
	}
	t.rx.quiet(t.ctx, settles, t.Patience)
	t.acker.acknowledge(true)
	head := t.acker.hold(true)
	defer t.acker.hold(false)
	t.probe() // acks are heard before the orders that come after them
	if can, _ := t.through(); can {
		t.again(head, "nothing after "+head.name(), "acks/again")
	}
	if t.wants("acks/forged") || t.wants("acks/told") {
		t.forge()
	}
	// Where each turn takes a minute, one is for both: who believes a forgery does not send again.
	if can, _ := t.through(); can {
		t.again(head, "forgeries alone after "+head.name(), "acks/forged")
	} else {
		t.again(head, "forgeries alone after "+head.name(), "acks/again", "acks/forged")
	}
	if !t.wants("acks/count") {
		return
	}
	t.acker.acknowledge(true)
	head = t.acker.hold(true)
	t.probe()
	t.again(head, "all up to "+head.name(), "acks/count")
}

// again holds, at a new turn, that all after a record is sent again, and nothing up to it.
func (t *tries) again(head heard, acked string, ids ...string) {
	if !slices.ContainsFunc(ids, t.wants) {
		return
	}
	var want [][32]byte
	t.rx.quiet(t.ctx, settles, t.Patience)
	t.rx.with(func() {
		for _, h := range t.rx.taken {
			if h.Epoch == head.Epoch && h.Seq > head.Seq {
				want = append(want, h.Hash)
			}
		}
	})
	since, how := t.turn()
	all := t.rx.await(t.ctx, t.Patience, func() bool { return len(t.rx.missing(want, since)) == 0 })
	t.rx.with(func() {
		left := len(t.rx.missing(want, since))
		for _, id := range ids {
			t.book.sent(id, "acks: %s; then %s", acked, how)
			t.book.came(id, "%d of %d records after %d once more", len(want)-left, len(want), head.Seq)
			early := slices.IndexFunc(t.rx.arrivals[since:], func(a arrival) bool { return a.epoch == head.Epoch && a.seq <= head.Seq })
			switch {
			case id == "acks/count" && early >= 0:
				t.book.fail(id, "%s/%d was sent again, though %s was acknowledged", head.Epoch, t.rx.arrivals[since+early].seq, head.name())
			case !all:
				t.book.fail(id, "%d of %d records after %s were not sent again within %s", left, len(want), head.name(), t.Patience)
			default:
				t.book.pass(id)
			}
		}
	})
}

// forge acknowledges what was not acknowledged, in ways that count for nothing.
func (t *tries) forge() {
	var head heard
	t.rx.with(func() { head, _ = t.rx.head() })
	stranger := make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(stranger)
	good := word(t.Cabinet, head.Epoch, head.Seq, head.Hash)
	other := head.Hash
	other[0] ^= 1
	for _, f := range []struct {
		name    string
		message []byte
	}{
		{"unsigned", good},
		{"signed by a stranger", jws(stranger, header(t.Issuer, typAck), good)},
		{"with an order's type", jws(t.IssuerSeed, header(t.Issuer, typOrder), good)},
		{"for another cabinet", jws(t.IssuerSeed, header(t.Issuer, typAck), word(t.Cabinet+"-other", head.Epoch, head.Seq, head.Hash))},
		{"of another epoch", jws(t.IssuerSeed, header(t.Issuer, typAck), word(t.Cabinet, "0000000000000000", head.Seq, head.Hash))},
		{"with another hash", jws(t.IssuerSeed, header(t.Issuer, typAck), word(t.Cabinet, head.Epoch, head.Seq, other))},
		{"with a field more", jws(t.IssuerSeed, header(t.Issuer, typAck), fmt.Appendf(nil, `{"at":1,%s`, good[1:]))},
	} {
		t.rx.with(func() { t.book.sent("acks/forged", "acks: %s, of %s", f.name, head.name()) })
		t.publish("acks", f.message)
	}
	told := func() bool {
		n := len(t.rx.states)
		return n > 0 && strings.Contains(string(t.rx.states[n-1].raw), `"cloud_unproven"`)
	}
	so := t.rx.await(t.ctx, t.Patience+gathers, told)
	t.rx.with(func() {
		if so {
			t.book.came("acks/told", "state: %s", t.rx.fault("cloud_unproven"))
			t.book.pass("acks/told")
		} else {
			t.book.fail("acks/told", "no state with the fault cloud_unproven came within %s", t.Patience)
		}
	})
}

// fault is a fault of the newest state, in words.
func (r *receiver) fault(kind string) string {
	for _, f := range r.states[len(r.states)-1].Faults {
		if f.Kind == kind {
			return fmt.Sprintf("%s (%s)", f.Kind, f.What)
		}
	}
	return ""
}

// tryAway takes the cabinet's link away for a while: what waits for it, and what is said of it.
func (t *tries) tryAway() {
	ids := []string{"presence/will", "presence/back", "orders/wait", "orders/late"}
	if !slices.ContainsFunc(ids, t.wants) {
		return
	}
	if can, why := t.through(); !can {
		t.rx.with(func() {
			for _, id := range ids {
				t.book.skip(id, why)
			}
		})
		return
	}
	t.rx.quiet(t.ctx, settles, t.Patience)
	var presences int
	t.rx.with(func() { presences = len(t.rx.presences) })
	is := func(online bool) func() bool {
		return func() bool {
			return len(t.rx.presences) > presences && t.rx.presences[len(t.rx.presences)-1].Online == online
		}
	}
	t.link.Off(true)
	gone := t.rx.await(t.ctx, willWithin, is(false))
	waits, late := t.question(), t.question()
	late.expires = time.Now().UTC().Truncate(time.Second).Add(3 * time.Second)
	t.send(waits)
	t.send(late)
	select {
	case <-time.After(time.Until(late.expires) + 2*time.Second): // clocks may differ by a little
	case <-t.ctx.Done():
	}
	t.rx.with(func() { presences = len(t.rx.presences) })
	t.link.Off(false)
	back := t.rx.await(t.ctx, t.Patience+willWithin, is(true))
	answer, answered := t.answered(waits)
	refused, heardOf := t.answered(late)
	t.rx.with(func() {
		t.judgeAway(gone, back)
		t.book.sent("orders/wait", "orders, while it was away: %s", waits.text(t.Cabinet))
		t.book.sent("orders/late", "orders, while it was away: %s", late.text(t.Cabinet))
		t.judgeWaited("orders/wait", waits, answer, answered, answer.Kind == "order.accepted")
		t.judgeWaited("orders/late", late, refused, heardOf, refused.told.Code == "expired")
	})
}

func (t *tries) judgeAway(gone, back bool) {
	for _, j := range []struct {
		rule string
		so   bool
		why  string
	}{
		{"presence/will", gone, fmt.Sprintf("no presence of false came within %s", willWithin)},
		{"presence/back", back, "no presence of true came after the link was whole again"},
	} {
		t.book.sent(j.rule, "nothing: the link was cut for some seconds")
		if !j.so {
			t.book.fail(j.rule, "%s", j.why)
			continue
		}
		for _, said := range t.rx.said[max(0, len(t.rx.said)-2):] {
			t.book.came(j.rule, "presence: %s", said)
		}
		t.book.pass(j.rule)
	}
}

func (t *tries) judgeWaited(rule string, o order, answer heard, answered, so bool) {
	switch {
	case !answered:
		t.book.fail(rule, "%s was not answered within %s after the cabinet came back", o.id, t.Patience)
	case !so:
		t.book.fail(rule, "%s: %s", o.id, answer.Public)
	default:
		t.book.came(rule, "%s", answer.Public)
		t.book.pass(rule)
	}
}
