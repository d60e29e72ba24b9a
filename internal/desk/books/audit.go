package books

import (
	"context"
	"crypto/rand"
	"database/sql"
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
	at := millis(b.clock())
	return write(ctx, q, `INSERT INTO audit (id, at, who, place, what, cabinet, subject, reason, order_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		fmt.Sprintf("%015d-%s", at, rand.Text()[:10]), at, d.Who, d.Place, d.What, d.Cabinet, d.Subject, d.Reason, d.Order)
}

// Deeds are what was done, the newest first, at most so many, before the one with an id; from the newest if that is empty.
func (b *Books) Deeds(ctx context.Context, before string, most int) ([]Deed, error) {
	return rows(ctx, b.db, func(r *sql.Rows) (d Deed, err error) {
		var at int64
		err = r.Scan(&d.ID, &at, &d.Who, &d.Place, &d.What, &d.Cabinet, &d.Subject, &d.Reason, &d.Order)
		d.At = date(at)
		return d, err
	}, `SELECT id, at, who, place, what, cabinet, subject, reason, order_id FROM audit WHERE $1 = '' OR id < $1 ORDER BY id DESC LIMIT $2`, before, most)
}
