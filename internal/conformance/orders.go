package conformance

import (
	"encoding/base64"
	"errors"
	"fmt"
	"time"
)

// An order is written as somebody else's cloud would: from the page.
type order struct {
	id, kind, body, personal string
	issued, expires          time.Time
}

// new is an order that any cabinet follows where its body is good. personal is sealed for the cabinet.
func (t *tries) order(kind, body, personal string) order {
	t.number++
	now := time.Now().UTC().Truncate(time.Second)
	o := order{id: fmt.Sprintf("%s-%d", t.prefix, t.number), kind: kind, body: body, issued: now, expires: now.Add(5 * time.Minute)}
	if personal != "" {
		o.personal = base64.StdEncoding.EncodeToString(seal(t.CabinetPublic, []byte(personal)))
	}
	return o
}

// text is the payload.
func (o order) text(cabinet string) []byte {
	personal := ""
	if o.personal != "" {
		personal = fmt.Sprintf(`,"personal":%q`, o.personal)
	}
	return fmt.Appendf(nil, `{"id":%q,"cabinet":%q,"kind":%q,"issued":%q,"expires":%q,"body":%s%s}`, o.id, cabinet, o.kind,
		o.issued.Format(time.RFC3339), o.expires.Format(time.RFC3339), o.body, personal)
}

func (t *tries) signed(payload []byte) []byte {
	return jws(t.IssuerSeed, header(t.Issuer, typOrder), payload)
}

// send sends an order as it should be, and notes it.
func (t *tries) send(o order) {
	t.rx.with(func() { t.orders[o.id] = o.kind })
	t.publish("orders", t.signed(o.text(t.Cabinet)))
}

// answered waits for the answer to an order, and says which. false: there is none.
func (t *tries) answered(o order) (answer heard, ok bool) {
	t.rx.await(t.ctx, t.Patience, func() bool {
		all := t.rx.answers(o.id)
		if ok = len(all) > 0; ok {
			answer = all[0]
		}
		return ok
	})
	return answer, ok
}

// question is an order that changes nothing: what becomes of a parcel that nobody knows.
func (t *tries) question() order {
	return t.order("parcel.status", fmt.Sprintf(`{"tracking":%q}`, t.tracking()), "")
}

func (t *tries) tracking() string {
	t.number++
	return fmt.Sprintf("TRY%d%03d", time.Now().Unix()%1e8, t.number)
}

// probe asks something and waits for the answer: whatever was sent before has then been read.
func (t *tries) probe() bool {
	o := t.question()
	t.send(o)
	_, ok := t.answered(o)
	return ok
}

var errSilent = errors.New("conformance: the cabinet does not answer a resend: is it connected, are these its keys, and does it take this issuer's orders?")

// beginning asks for everything from the beginning, and waits for it.
func (t *tries) beginning() error {
	if !t.rx.await(t.ctx, t.Patience, func() bool { return len(t.rx.presences) > 0 && t.rx.presences[len(t.rx.presences)-1].Online }) {
		return fmt.Errorf("conformance: there is no presence on %s that says online, within %s", t.topic("presence"), t.Patience)
	}
	o := t.order("resend", `{"after":0}`, "")
	t.send(o)
	if _, ok := t.answered(o); !ok {
		return errSilent
	}
	known := func() bool { return len(t.rx.taken) > 0 }
	t.rx.await(t.ctx, t.Patience, known)
	t.rx.quiet(t.ctx, settles, t.Patience)
	if from := t.rx.begin(); from != "" {
		t.rx.with(func() {
			t.book.came("events/epochs", "the beginning is no longer there: begun at %s", from)
		})
	}
	if !t.rx.await(t.ctx, t.Patience, known) {
		return errSilent
	}
	return nil
}

// follow sends an order and holds that it is accepted, and that an event of a kind follows it.
func (t *tries) follow(rule string, o order, kind string) (event heard, ok bool) {
	t.send(o)
	answer, answered := t.answered(o)
	t.rx.with(func() { t.book.sent(rule, "orders: %s", o.text(t.Cabinet)) })
	switch {
	case !answered:
		t.rx.with(func() { t.book.fail(rule, "%s %s was not answered within %s", o.kind, o.id, t.Patience) })
		return event, false
	case answer.Kind != "order.accepted":
		t.rx.with(func() {
			t.book.came(rule, "%s", answer.Public)
			t.book.fail(rule, "%s %s was refused: %s (%s)", o.kind, o.id, answer.told.Code, answer.told.Why)
		})
		return event, false
	}
	t.rx.await(t.ctx, t.Patience, func() bool {
		all := t.rx.of(kind, o.id)
		if ok = len(all) > 0; ok {
			event = all[len(all)-1]
		}
		return ok
	})
	t.rx.with(func() {
		t.book.came(rule, "%s", answer.Public)
		if !ok {
			t.book.fail(rule, "%s %s was accepted, and no %s followed within %s", o.kind, o.id, kind, t.Patience)
			return
		}
		t.book.came(rule, "%s", event.Public)
		t.book.pass(rule)
	})
	return event, ok
}

// tryOrders tries good orders that change next to nothing.
func (t *tries) tryOrders() {
	const rule = "orders/followed"
	if event, ok := t.follow(rule, t.question(), "parcel.status"); ok && event.told.Status != "unknown" {
		t.rx.with(func() { t.book.fail(rule, "a parcel that nobody knows is said to be %q", event.told.Status) })
	}
	tracking := t.tracking()
	announced := t.order("parcel.announce", fmt.Sprintf(`{"tracking":%q}`, tracking), "")
	if event, ok := t.follow(rule, announced, "parcel.announced"); ok && event.told.Tracking != tracking {
		t.rx.with(func() { t.book.fail(rule, "parcel.announced names %q, not %q", event.told.Tracking, tracking) })
	}
	// What is dropped is named by the order that announced it.
	o := t.order("parcel.cancel", fmt.Sprintf(`{"tracking":%q}`, tracking), "")
	t.send(o)
	t.answered(o)
	dropped := t.rx.await(t.ctx, t.Patience, func() bool { return len(t.rx.of("parcel.announcement_dropped", announced.id)) > 0 })
	t.rx.with(func() {
		t.book.sent(rule, "orders: %s", o.text(t.Cabinet))
		if !dropped {
			t.book.fail(rule, "no parcel.announcement_dropped came for what %s announced and %s cancelled", announced.id, o.id)
		}
	})
}

// tryBoxes announces a parcel with a phone number, which is to come back for the operator alone.
func (t *tries) tryBoxes() {
	const rule, phone = "boxes/content", "+4915112345678"
	tracking := t.tracking()
	o := t.order("parcel.announce", fmt.Sprintf(`{"tracking":%q}`, tracking), fmt.Sprintf(`{"phone":%q}`, phone))
	event, ok := t.follow(rule, o, "parcel.announced")
	if ok && event.phone != phone {
		t.rx.with(func() {
			t.book.fail(rule, "parcel.announced of %s: the second line says %q", o.id, event.phone)
		})
	}
	t.send(t.order("parcel.cancel", fmt.Sprintf(`{"tracking":%q}`, tracking), ""))
}

// tryOnce sends an order three times: twice the same, and once another one under its id.
func (t *tries) tryOnce() {
	const rule = "orders/once"
	one, other := t.tracking(), t.tracking()
	o := t.order("parcel.announce", fmt.Sprintf(`{"tracking":%q}`, one), "")
	t.send(o)
	t.answered(o)
	t.send(o)
	changed := o
	changed.body = fmt.Sprintf(`{"tracking":%q}`, other)
	t.send(changed)
	probed := t.probe()
	t.rx.quiet(t.ctx, settles, t.Patience)
	t.rx.with(func() {
		t.book.sent(rule, "orders: %s, twice", o.text(t.Cabinet))
		t.book.sent(rule, "orders: %s", changed.text(t.Cabinet))
		accepted := t.rx.of("order.accepted", o.id)
		for _, h := range accepted {
			t.book.came(rule, "%s", h.Public)
		}
		of := func(tracking string) []heard {
			return t.rx.find("parcel.announced", func(h heard) bool { return h.told.Tracking == tracking })
		}
		switch {
		case len(of(one)) > 1 || len(accepted) > 1:
			t.book.fail(rule, "%s was followed %d times", o.id, max(len(of(one)), len(accepted)))
		case len(of(other)) > 0:
			t.book.fail(rule, "another order under the id of %s, which had been answered, was followed", o.id)
		case !probed || len(accepted) == 0:
			t.book.fail(rule, "%s, or the question after it, was not answered", o.id)
		default:
			t.book.pass(rule)
		}
	})
	t.send(t.order("parcel.cancel", fmt.Sprintf(`{"tracking":%q}`, one), ""))
}

// tryResend asks for the newest records once more.
func (t *tries) tryResend() {
	const rule = "orders/resend"
	var head heard
	var before int
	var want [][32]byte
	t.rx.with(func() {
		head, _ = t.rx.head()
		before = len(t.rx.arrivals)
		for _, h := range t.rx.taken {
			if h.Epoch == head.Epoch && h.Seq+5 > head.Seq {
				want = append(want, h.Hash)
			}
		}
	})
	after := head.Seq - min(head.Seq, uint64(len(want)))
	if _, ok := t.follow(rule, t.order("resend", fmt.Sprintf(`{"after":%d}`, after), ""), "journal.resend_asked"); !ok {
		return
	}
	came := t.rx.await(t.ctx, t.Patience, func() bool { return len(t.rx.missing(want, before)) == 0 })
	t.rx.with(func() {
		t.book.came(rule, "%d of %d records after %d once more", len(want)-len(t.rx.missing(want, before)), len(want), after)
		if !came {
			t.book.fail(rule, "of the records after %d not all came once more within %s", after, t.Patience)
		}
	})
}

// missing are those of these records that have not come since so many had.
func (r *receiver) missing(want [][32]byte, since int) (left [][32]byte) {
	came := map[[32]byte]bool{}
	for _, a := range r.arrivals[since:] {
		came[a.hash] = true
	}
	for _, h := range want {
		if !came[h] {
			left = append(left, h)
		}
	}
	return left
}

// judgeAnswers holds that each order was answered once, and nobody else's at all. The caller holds the lock.
func (t *tries) judgeAnswers() {
	for id, kind := range t.orders {
		answers := t.rx.answers(id)
		switch {
		case kind == "":
		case len(answers) == 0:
			t.book.fail("orders/answered", "%s %s was never answered", kind, id)
		case len(answers) > 1:
			t.book.fail("orders/answered", "%s %s was answered %d times", kind, id, len(answers))
		case answers[0].told.Of != kind && (answers[0].Kind == "order.accepted" || answers[0].told.Of != ""): // of what cannot be read there is no kind
			t.book.fail("orders/answered", "%s %s was answered as one of the kind %q", kind, id, answers[0].told.Of)
		default:
			t.book.pass("orders/answered")
		}
	}
	t.strangers()
}

// strangers are answers to orders that nobody has sent, after the first one of ours.
func (t *tries) strangers() {
	since := false
	for _, h := range t.rx.taken {
		if h.Kind != "order.accepted" && h.Kind != "order.refused" {
			continue
		}
		_, ours := t.orders[h.told.Order]
		since = since || ours
		switch {
		case ours:
			t.book.pass("orders/known")
		case since:
			t.book.fail("orders/known", "%s answers %q, which nobody sent", h.name(), h.told.Order)
		}
	}
}
