package books

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Stills are photos of a parcel that its cabinet was asked for.
type Stills struct {
	Order           string // that asked for them
	Cabinet, Parcel string
	Asked, Expires  time.Time
	Came            time.Time // zero: they have not come
	Kept            bool      // they are still here
}

// StillsTo is where photos of a parcel come: Link is what the address ends with. It cannot be guessed and counts as a secret.
type StillsTo struct{ Parcel, Link string }

const stillsColumns = `order_id, cabinet, parcel, asked, expires, came, box IS NOT NULL`

func readStills(r scanner) (s Stills, err error) {
	var asked, expires, came int64
	err = r.Scan(&s.Order, &s.Cabinet, &s.Parcel, &asked, &expires, &came, &s.Kept)
	s.Asked, s.Expires, s.Came = date(asked), date(expires), date(came)
	return s, err
}

// expectStills keeps what an order to upload photos needs, so that its file is taken.
func (b *Books) expectStills(ctx context.Context, q querier, o Order) error {
	return write(ctx, q, `INSERT INTO stills (order_id, cabinet, parcel, link, asked, expires) VALUES ($1, $2, $3, $4, $5, $6)`,
		o.ID, o.Cabinet, o.Stills.Parcel, linkHash(o.Stills.Link), millis(b.clock()), millis(o.Expires))
}

// Stills are those of a parcel, asked for last first.
func (b *Books) Stills(ctx context.Context, cabinet, parcel string) ([]Stills, error) {
	return rows(ctx, b.db, readStills, `SELECT `+stillsColumns+` FROM stills WHERE cabinet = $1 AND parcel = $2 ORDER BY asked DESC, order_id`, cabinet, parcel)
}

// StillsBehind are those that are expected at an address which ends so; nil: none are.
func (b *Books) StillsBehind(ctx context.Context, link string) (*Stills, error) {
	found, err := rows(ctx, b.db, readStills, `SELECT `+stillsColumns+` FROM stills WHERE link = $1`, linkHash(link))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// ErrStillsCame says that another file has come to an address before.
var ErrStillsCame = errors.New("books: the stills have come before")

// KeepStills keeps a file that has come, once. The same again is no error: its sender may not have heard the answer.
func (b *Books) KeepStills(ctx context.Context, order string, box []byte) error {
	hash := sha256.Sum256(box)
	done, err := changes(ctx, b.db, `UPDATE stills SET came = $1, hash = $2, box = $3 WHERE order_id = $4 AND came = 0`, millis(b.clock()), hash[:], box, order)
	if err != nil || done {
		return err
	}
	same, err := rows(ctx, b.db, oneText, `SELECT order_id FROM stills WHERE order_id = $1 AND hash = $2`, order, hash[:])
	if err == nil && len(same) == 0 {
		err = ErrStillsCame
	}
	return err
}

// StillsBox is the file of a parcel's stills, sealed as it came; nil: there is none.
func (b *Books) StillsBox(ctx context.Context, cabinet, parcel, order string) (box []byte, err error) {
	err = b.db.QueryRowContext(ctx, `SELECT box FROM stills WHERE cabinet = $1 AND parcel = $2 AND order_id = $3`, cabinet, parcel, order).Scan(&box)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("books: read stills: %w", err)
	}
	return box, nil
}
