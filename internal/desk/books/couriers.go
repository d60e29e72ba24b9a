package books

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"lockerd/internal/desk"
)

// Courier is a courier who has a page: an id of a company, and no name.
type Courier struct {
	ID       string // as at the cabinets
	Company  string
	Language string    // of the page; empty: as the browser asks
	Cabinets []string  // of the round, by name
	Until    time.Time // from then on there is no page
}

// ErrNoCourier says that there is no such courier, or none behind a link.
var ErrNoCourier = errors.New("books: no such courier")

// PutCourier adds a courier, or changes one, and gives them a page behind a new link; the one before leads nowhere any more. The deed is
// written down with it.
func (b *Books) PutCourier(ctx context.Context, c Courier, link string, d Deed) error {
	return b.within(ctx, func(tx *sql.Tx) error {
		if err := write(ctx, tx, `INSERT INTO courier (id, company, language, made, until, link) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (id) DO UPDATE SET company = excluded.company, language = excluded.language, until = excluded.until, link = excluded.link`,
			c.ID, c.Company, c.Language, millis(b.clock()), millis(c.Until), linkHash(link)); err != nil {
			return err
		}
		if err := write(ctx, tx, `DELETE FROM courier_cabinet WHERE courier = $1`, c.ID); err != nil {
			return err
		}
		for _, cabinet := range c.Cabinets {
			if err := write(ctx, tx, `INSERT INTO courier_cabinet (courier, cabinet) VALUES ($1, $2)`, c.ID, cabinet); err != nil {
				return err
			}
		}
		return b.note(ctx, tx, d)
	})
}

// RemoveCourier ends a courier's page. The deed is written down with it.
func (b *Books) RemoveCourier(ctx context.Context, id string, d Deed) error {
	return b.within(ctx, func(tx *sql.Tx) error {
		if err := write(ctx, tx, `DELETE FROM courier_cabinet WHERE courier = $1`, id); err != nil {
			return err
		}
		gone, err := changes(ctx, tx, `DELETE FROM courier WHERE id = $1`, id)
		if err != nil {
			return err
		}
		if !gone {
			return ErrNoCourier
		}
		return b.note(ctx, tx, d)
	})
}

// SpeakTo sets the language of a courier's page.
func (b *Books) SpeakTo(ctx context.Context, id, language string) error {
	return write(ctx, b.db, `UPDATE courier SET language = $1 WHERE id = $2`, language, id)
}

// CourierBehind is whose page has an address that ends so; ErrNoCourier if it is nobody's, or nobody's any more.
func (b *Books) CourierBehind(ctx context.Context, link string) (Courier, error) {
	return one(b.couriers(ctx, `WHERE link = $1 AND until > $2`, linkHash(link), millis(b.clock())))
}

// Courier is one courier, or ErrNoCourier.
func (b *Books) Courier(ctx context.Context, id string) (Courier, error) {
	return one(b.couriers(ctx, `WHERE id = $1`, id))
}

// Couriers are all who have a page, by id.
func (b *Books) Couriers(ctx context.Context) ([]Courier, error) {
	return b.couriers(ctx, `ORDER BY id`)
}

func one(list []Courier, err error) (Courier, error) {
	if err == nil && len(list) == 0 {
		err = ErrNoCourier
	}
	if err != nil {
		return Courier{}, err
	}
	return list[0], nil
}

func (b *Books) couriers(ctx context.Context, which string, args ...any) ([]Courier, error) {
	list, err := rows(ctx, b.db, func(r scanner) (c Courier, err error) {
		var until int64
		err = r.Scan(&c.ID, &c.Company, &c.Language, &until)
		c.Until = date(until)
		return c, err
	}, `SELECT id, company, language, until FROM courier `+which, args...)
	for i := range list {
		if err == nil {
			list[i].Cabinets, err = rows(ctx, b.db, oneText, `SELECT cabinet FROM courier_cabinet WHERE courier = $1 ORDER BY cabinet`, list[i].ID)
		}
	}
	return list, err
}

// ToBring is a parcel that a cabinet expects, as couriers see it.
type ToBring struct {
	Tracking string
	Size     string // empty: the courier chooses
	Company  string // whose couriers alone may bring it; empty: anybody's
	Heard    bool   // the cabinet has said that it expects it
}

// ToBring are the parcels that a cabinet expects from a company's couriers: those that are its own, and those that anybody may bring; the
// oldest first, at most so many.
func (b *Books) ToBring(ctx context.Context, cabinet, company string, most int) ([]ToBring, error) {
	return rows(ctx, b.db, func(r scanner) (t ToBring, err error) {
		return t, r.Scan(&t.Tracking, &t.Size, &t.Company, &t.Heard)
	}, `SELECT a.tracking, a.size, a.company, a.state = $1 FROM announcement a JOIN sent_order o ON o.id = a.order_id
		WHERE a.cabinet = $2 AND a.state IN ($1, $3) AND NOT a.sends AND NOT a.rents AND a.company IN ($4, '') AND o.kind = 'parcel.announce' AND (o.answered > 0 OR o.expires > $5)
		ORDER BY a.made, a.order_id LIMIT $6`, desk.Expects, cabinet, desk.Sent, company, millis(b.clock()), most)
}

// ToTakeBack is a parcel that nobody fetched, that its recipient has refused, or that somebody sends, as couriers see it.
type ToTakeBack struct {
	Tracking, Size string
	Door           int
	Status         desk.Status
	Until          time.Time // its time ended then; zero: it never began
}

// ToTakeBack are a company's parcels that lie in a cabinet and wait for their recipients no more, or that their senders have put in, the oldest first, at most so many.
func (b *Books) ToTakeBack(ctx context.Context, cabinet, company string, most int) ([]ToTakeBack, error) {
	return rows(ctx, b.db, func(r scanner) (t ToTakeBack, err error) {
		var until int64
		err = r.Scan(&t.Tracking, &t.Size, &t.Door, &t.Status, &until)
		t.Until = date(until)
		return t, err
	}, `SELECT tracking, size, door, status, until FROM parcel WHERE cabinet = $1 AND company = $2 AND status IN ($3, $4, $5, $6)
		ORDER BY until, id LIMIT $7`, cabinet, company, desk.Expired, desk.Cancelled, desk.NotWanted, desk.ToCollect, most)
}

// Booking is an order by which somebody has booked doors, and what became of it.
type Booking struct {
	SentOrder
	Signed string // the order, as it was published; empty: it is too old
}

// Bookings are what somebody has booked at a cabinet since a time, the oldest first, without what they have given back since.
func (b *Books) Bookings(ctx context.Context, cabinet, by string, since time.Time) ([]Booking, error) {
	return rows(ctx, b.db, func(r scanner) (o Booking, err error) {
		var made, expires, published, answered int64
		o.Kind, o.Cabinet, o.By = "doors.book", cabinet, by
		err = r.Scan(&o.ID, &made, &expires, &published, &answered, &o.Accepted, &o.Why, &o.Signed)
		o.Made, o.Expires, o.Published, o.Answered = date(made), date(expires), date(published), date(answered)
		return o, err
	}, `SELECT o.id, o.made, o.expires, o.published, o.answered, o.accepted, o.why, o.signed FROM sent_order o
		WHERE o.kind = 'doors.book' AND o.cabinet = $1 AND o.by_whom = $2 AND o.made > $3
		AND NOT EXISTS (SELECT 1 FROM audit a JOIN sent_order u ON u.id = a.order_id WHERE a.what = 'doors.unbook' AND a.cabinet = $1
			AND a.who = $2 AND a.subject = o.id AND (u.accepted OR u.answered = 0 AND u.expires > $4))
		ORDER BY o.made, o.id`, cabinet, by, millis(since), millis(b.clock()))
}
