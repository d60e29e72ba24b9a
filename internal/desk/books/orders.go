package books

import (
	"context"
	"database/sql"
	"time"

	"lockerd/internal/desk"
)

// Order is an order to a cabinet, signed and on its way. It is sent again, the same, until the cabinet has answered it or it expires:
// a cabinet follows an id once.
type Order struct {
	ID      string
	Cabinet string
	Kind    string
	By      string // who wanted it: "api", "page of parcel ...", a person at the desk
	From    string // the address of their browser; empty: unknown
	Subject string // what it is about, for the audit: a parcel's number, a door
	Reason  string // why, as they gave it
	Signed  string // as published; what is personal in it is in a box for the cabinet
	Expires time.Time
	Payment *desk.Payment // that it tells of; nil: none
	Errand  string        // that it carries out; empty: none
	Stills  *StillsTo     // where the photos come that it asks for; nil: it asks for none
}

// Sending is an order, and the announcement that it makes; nil if it makes none.
type Sending struct {
	Order    Order
	Announce *desk.Announcement
}

// Send keeps an order, and the announcement that it makes if it makes one, to be published. What is asked for a second time is not kept
// again: id is then the order that was. Who wanted it, and why, is in the audit with it.
func (b *Books) Send(ctx context.Context, o Order, a *desk.Announcement, asked Once) (id string, err error) {
	err = b.within(ctx, func(tx *sql.Tx) error {
		id = o.ID
		first, err := b.once(ctx, tx, asked, o.ID)
		if err == nil && first == "" && o.Payment != nil {
			if first, err = b.pay(ctx, tx, o); first != "" && asked.Key != "" {
				err = write(ctx, tx, `UPDATE once SET order_id = $1 WHERE who = $2 AND key = $3`, first, asked.Who, asked.Key)
			}
		}
		if err != nil || first != "" {
			id = first
			return err
		}
		if o.Errand != "" {
			if err := b.carryOut(ctx, tx, o.Errand); err != nil {
				return err
			}
		}
		return b.send(ctx, tx, Sending{o, a})
	})
	return id, err
}

// SendAll keeps several orders, all or none of them.
func (b *Books) SendAll(ctx context.Context, list []Sending) error {
	return b.within(ctx, func(tx *sql.Tx) error {
		for _, s := range list {
			if err := b.send(ctx, tx, s); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *Books) send(ctx context.Context, tx *sql.Tx, s Sending) error {
	o := s.Order
	if err := write(ctx, tx, `INSERT INTO sent_order (id, cabinet, kind, by_whom, signed, made, expires) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		o.ID, o.Cabinet, o.Kind, o.By, o.Signed, millis(b.clock()), millis(o.Expires)); err != nil {
		return err
	}
	if err := b.note(ctx, tx, Deed{Who: o.By, Place: o.From, What: o.Kind, Cabinet: o.Cabinet, Subject: o.Subject, Reason: o.Reason, Order: o.ID}); err != nil {
		return err
	}
	if o.Stills != nil {
		if err := b.expectStills(ctx, tx, o); err != nil {
			return err
		}
	}
	if s.Announce == nil {
		return nil
	}
	return b.putAnnouncement(ctx, tx, *s.Announce)
}

// Unpublished are the orders to this seat's cabinets that the broker does not have yet, the oldest first, at most so many. One that has expired, or
// was erased, is not among them.
func (b *Books) Unpublished(ctx context.Context, most int) ([]Order, error) {
	return rows(ctx, b.db, func(r scanner) (o Order, err error) {
		var expires int64
		err = r.Scan(&o.ID, &o.Cabinet, &o.Kind, &o.By, &o.Signed, &expires)
		o.Expires = date(expires)
		return o, err
	}, `SELECT o.id, o.cabinet, o.kind, o.by_whom, o.signed, o.expires FROM sent_order o JOIN cabinet c ON c.name = o.cabinet AND c.owner = $1
		WHERE o.published = 0 AND o.answered = 0 AND o.signed <> '' AND o.expires > $2 ORDER BY o.made, o.id LIMIT $3`, b.seat.Load(), millis(b.clock()), most)
}

// Published says that the broker has an order.
func (b *Books) Published(ctx context.Context, id string) error {
	return write(ctx, b.db, `UPDATE sent_order SET published = $1 WHERE id = $2 AND cabinet IN (SELECT name FROM cabinet WHERE owner = $3)`,
		millis(b.clock()), id, b.seat.Load())
}

// PublishAgain has all orders of a cabinet that it has not answered published once more: it is back, and a broker may have lost them.
func (b *Books) PublishAgain(ctx context.Context, cabinet string) error {
	return write(ctx, b.db, `UPDATE sent_order SET published = 0 WHERE answered = 0 AND expires > $1
		AND cabinet = (SELECT name FROM cabinet WHERE name = $2 AND owner = $3)`, millis(b.clock()), cabinet, b.seat.Load())
}

func (b *Books) answered(ctx context.Context, q querier, cabinet string, a desk.Answer) error {
	query := `UPDATE sent_order SET answered = $1, accepted = $2, why = $3 WHERE id = $4 AND cabinet = $5`
	if a.Unkept {
		query += ` AND NOT accepted`
	}
	return write(ctx, q, query, millis(b.clock()), a.Accepted, a.Why, a.Order, cabinet)
}
