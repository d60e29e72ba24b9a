package conformance

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"
)

// bad is an order that is not to be followed.
type bad struct {
	rule, name string
	kind       string // the kind that its answer names; "": none is asked for
	id         string
	message    []byte
	codes      []string // of the refusal
}

// tryBad sends what is not to be followed, all at once, and waits for each refusal.
func (t *tries) tryBad() {
	var all []bad
	for _, some := range [][]bad{t.unsigned(), t.untimely(), t.misshapen(), t.misdirected()} {
		for _, b := range some {
			if t.wants(b.rule) {
				all = append(all, b)
			}
		}
	}
	for _, b := range all {
		t.rx.with(func() { t.orders[b.id] = b.kind; t.book.sent(b.rule, "orders: %s", b.name) })
		t.publish("orders", b.message)
	}
	// What nobody has signed is refused one a second, and after a bad form there is a pause of a second.
	t.rx.await(t.ctx, t.Patience+3*time.Second*time.Duration(len(all)), func() bool {
		return !slices.ContainsFunc(all, func(b bad) bool { return len(t.rx.answers(b.id)) == 0 })
	})
	t.rx.with(func() {
		for _, b := range all {
			t.judgeBad(b)
		}
	})
	if t.wants("orders/name") {
		t.tryName(all)
	}
}

func (t *tries) judgeBad(b bad) {
	answers := t.rx.answers(b.id)
	if len(answers) == 0 {
		t.book.fail(b.rule, "%s (%s): no answer; a cabinet answers at most 100 forgeries an hour", b.name, b.id)
		return
	}
	for _, h := range answers {
		switch {
		case h.Kind == "order.accepted":
			t.book.fail(b.rule, "%s (%s): it was accepted", b.name, b.id)
		case !slices.Contains(b.codes, h.told.Code):
			t.book.fail(b.rule, "%s (%s): refused with %q (%s), not %s", b.name, b.id, h.told.Code, h.told.Why, strings.Join(b.codes, " or "))
		default:
			t.book.came(b.rule, "%s: %s (%s)", b.name, h.told.Code, h.told.Why)
			t.book.pass(b.rule)
		}
	}
}

// tryName sends the true order of a name that a forgery has had.
func (t *tries) tryName(all []bad) {
	i := slices.IndexFunc(all, func(b bad) bool { return b.rule == "orders/signed" })
	if i < 0 {
		return
	}
	const rule = "orders/name"
	o := t.question()
	o.id = all[i].id
	t.rx.with(func() { t.orders[o.id] = "" }) // it is answered twice: the forgery, and this
	t.publish("orders", t.signed(o.text(t.Cabinet)))
	ok := t.rx.await(t.ctx, t.Patience, func() bool { return len(t.rx.of("order.accepted", o.id)) > 0 })
	t.rx.with(func() {
		t.book.sent(rule, "orders: %s, and before it a forgery of that id", o.text(t.Cabinet))
		if !ok {
			t.book.fail(rule, "the true order %s was not accepted within %s", o.id, t.Patience)
			return
		}
		for _, h := range t.rx.answers(o.id) {
			t.book.came(rule, "%s", h.Public)
		}
		t.book.pass(rule)
	})
}

// harmless is an order that would be followed, if it were as it should be.
func (t *tries) harmless(rule, name string, codes ...string) (bad, order) {
	o := t.question()
	return bad{rule: rule, name: name, kind: o.kind, id: o.id, codes: codes}, o
}

// unsigned are orders that nobody has signed who may.
func (t *tries) unsigned() (all []bad) {
	const rule = "orders/signed"
	stranger := make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(stranger)
	add := func(name, code string, make func(payload []byte) []byte) {
		b, o := t.harmless(rule, name, code)
		b.kind = "" // nobody has to look into what nobody has signed
		b.message = make(o.text(t.Cabinet))
		all = append(all, b)
	}
	add("bare, unsigned", "not_signed", func(p []byte) []byte { return p })
	add("signed by a stranger in the issuer's name", "bad_signature", func(p []byte) []byte { return jws(stranger, header(t.Issuer, typOrder), p) })
	add("signed in a name that nobody knows", "unknown_key", func(p []byte) []byte { return jws(t.IssuerSeed, header("nobody", typOrder), p) })
	add("with the type of an ack", "bad_signature", func(p []byte) []byte { return jws(t.IssuerSeed, header(t.Issuer, typAck), p) })
	add("without a type", "bad_signature", func(p []byte) []byte {
		return jws(t.IssuerSeed, fmt.Sprintf(`{"alg":"EdDSA","kid":%q}`, t.Issuer), p)
	})
	add("of the algorithm none", "bad_signature", func(p []byte) []byte {
		text := string(jws(t.IssuerSeed, fmt.Sprintf(`{"alg":"none","kid":%q,"typ":%q}`, t.Issuer, typOrder), p))
		return []byte(text[:strings.LastIndexByte(text, '.')+1])
	})
	add("with a signature cut short", "bad_signature", func(p []byte) []byte { s := t.signed(p); return s[:len(s)-8] })
	return all
}

// untimely are signed orders with wrong times, or for somebody else.
func (t *tries) untimely() (all []bad) {
	add := func(rule, name, code string, change func(*order)) {
		b, o := t.harmless(rule, name, code)
		change(&o)
		b.message = t.signed(o.text(t.Cabinet))
		all = append(all, b)
	}
	add("orders/expired", "expired an hour ago", "expired", func(o *order) {
		o.issued, o.expires = o.issued.Add(-2*time.Hour), o.expires.Add(-time.Hour-5*time.Minute)
	})
	add("orders/times", "expires before it is issued", "bad_times", func(o *order) {
		o.issued = o.expires.Add(time.Minute)
	})
	add("orders/times", "for eight days", "bad_times", func(o *order) { o.expires = o.issued.Add(8 * 24 * time.Hour) })
	for _, field := range []string{"issued", "expires"} {
		b, o := t.harmless("orders/times", "without "+field, "bad_times")
		at := o.issued
		if field == "expires" {
			at = o.expires
		}
		b.message = t.signed([]byte(strings.Replace(string(o.text(t.Cabinet)), fmt.Sprintf(`%q:%q,`, field, at.Format(time.RFC3339)), "", 1)))
		all = append(all, b)
	}
	b, o := t.harmless("orders/cabinet", "for another cabinet", "other_cabinet")
	b.message = t.signed(o.text(t.Cabinet + "-other"))
	return append(all, b)
}

// misshapen are signed orders of a wrong form.
func (t *tries) misshapen() (all []bad) {
	add := func(rule, name, code, old, other string) {
		b, o := t.harmless(rule, name, code)
		text := string(o.text(t.Cabinet))
		b.message = t.signed([]byte(strings.Replace(text, old, other, 1)))
		if rule == "orders/kind" {
			b.kind = "door.open_all"
		}
		all = append(all, b)
	}
	const strict = "orders/strict"
	add("orders/kind", "of a kind that there is not", "unknown_kind", `"parcel.status"`, `"door.open_all"`)
	add(strict, "with an unknown field", "malformed", `"body"`, `"note":"","body"`)
	add(strict, "with a field twice", "malformed", `"body"`, `"kind":"parcel.status","body"`)
	add(strict, "with a field in capitals", "malformed", `"expires"`, `"EXPIRES"`)
	add(strict, "with an unknown field in the body", "malformed", `"body":{`, `"body":{"x":1,`)
	add(strict, "with a field of the body twice", "malformed", `"body":{`, `"body":{"tracking":"A",`)
	add(strict, "with a field of another type", "malformed", `"body":{`, `"body":{"parcel":7,`)
	b, o := t.harmless(strict, "with something after the end", "malformed")
	b.message = t.signed(append(o.text(t.Cabinet), "{}"...))
	return append(all, b)
}

// misdirected are signed orders of the right form about what is not there, or with a box for somebody else.
func (t *tries) misdirected() (all []bad) {
	add := func(rule, name string, o order, codes ...string) {
		all = append(all, bad{rule: rule, name: name, kind: o.kind, id: o.id, codes: codes, message: t.signed(o.text(t.Cabinet))})
	}
	o := t.order("parcel.announce", fmt.Sprintf(`{"tracking":%q}`, t.tracking()), `{"phone":"+4915112345678"}`)
	mine := o.personal
	o.personal = strings.Repeat("A", len(o.personal)-4) + o.personal[len(o.personal)-4:]
	add("orders/box", "with a box that is none", o, "unreadable_box")
	o = t.question()
	o.personal = mine
	add("orders/box", "with a box where none goes", o, "malformed_box")
	o = t.order("parcel.announce", fmt.Sprintf(`{"tracking":%q}`, t.tracking()), `{"phone":"+4915112345678","x":1}`)
	add("orders/box", "with an unknown field in its box", o, "malformed_box")
	add("orders/nothing", "a door that there is not", t.order("door.unlock", `{"door":9999,"reason":"conformance"}`, ""), "no_such_door")
	add("orders/nothing", "a parcel that there is not", t.order("parcel.cancel", fmt.Sprintf(`{"tracking":%q}`, t.tracking()), ""), "no_such_parcel")
	add("orders/nothing", "a size that there is not", t.order("parcel.announce", fmt.Sprintf(`{"tracking":%q,"size":"NO SUCH SIZE"}`, t.tracking()), ""), "no_such_size")
	return all
}
