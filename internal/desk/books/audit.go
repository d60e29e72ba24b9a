package books

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
)

// Deed is something that somebody at the desk did, asked for or looked at. It names parcels, doors and accounts, and nothing personal
// of recipients.
type Deed struct {
	ID      string    // sorts by time; set by the books
	At      time.Time // by this machine's clock; set by the books
	Who     string
	Place   string // the address of the browser; empty: the machine itself
	What    string // the kind of an order, as "door.unlock", or what else was done, as "person.looked_up"
	Cabinet string
	Subject string // a parcel's number, a door, an account
	Reason  string // as somebody gave it
	Order   string // the id of the order; empty: none
}

// Note writes a deed down. What it is about is done afterwards, if at all: what was not written down does not happen.
func (b *Books) Note(ctx context.Context, d Deed) error { return b.note(ctx, b.db, d) }

func (b *Books) note(ctx context.Context, q querier, d Deed) error {
	now := b.clock()
	at := millis(now)
	id := fmt.Sprintf("%015d-%03d%s", at, now.Nanosecond()/1000%1000, rand.Text()[:10]) // in the order in which they were done, within a millisecond, too
	return write(ctx, q, `INSERT INTO audit (id, at, who, place, what, cabinet, subject, reason, order_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		id, at, d.Who, d.Place, d.What, d.Cabinet, d.Subject, d.Reason, d.Order)
}

// DeedFilter says which deeds are meant. What is empty does not matter.
type DeedFilter struct {
	Cabinet, Subject, Who string
	Before                string // the id of a deed: only those before it
}

// Done is a deed, and what became of its order.
type Done struct {
	Deed
	Sent *SentOrder // nil: it was none
}

// Deeds are what was done, the newest first, at most so many.
func (b *Books) Deeds(ctx context.Context, f DeedFilter, most int) ([]Done, error) {
	var w where
	for _, term := range []struct{ column, value string }{{"a.cabinet = ?", f.Cabinet}, {"a.subject = ?", f.Subject}, {"a.who = ?", f.Who}, {"a.id < ?", f.Before}} {
		if term.value != "" {
			w.and(term.column, term.value)
		}
	}
	return rows(ctx, b.db, readDone, `SELECT a.id, a.at, a.who, a.place, a.what, a.cabinet, a.subject, a.reason, a.order_id,
		COALESCE(o.expires, 0), COALESCE(o.published, 0), COALESCE(o.answered, 0), COALESCE(o.accepted, FALSE), COALESCE(o.why, '')
		FROM audit a LEFT JOIN sent_order o ON o.id = a.order_id`+w.text("ORDER BY a.id DESC LIMIT ?", most), w.args...)
}

func readDone(r scanner) (d Done, err error) {
	var at, expires, published, answered int64
	var o SentOrder
	err = r.Scan(&d.ID, &at, &d.Who, &d.Place, &d.What, &d.Cabinet, &d.Subject, &d.Reason, &d.Order, &expires, &published, &answered, &o.Accepted, &o.Why)
	d.At = date(at)
	if d.Order != "" {
		o.ID, o.Cabinet, o.Kind, o.By, o.Made = d.Order, d.Cabinet, d.What, d.Who, d.At
		o.Expires, o.Published, o.Answered = date(expires), date(published), date(answered)
		d.Sent = &o
	}
	return d, err
}
