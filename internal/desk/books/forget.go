package books

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"lockerd/internal/desk"
)

// Retention says how long the books keep what nobody needs any more.
type Retention struct {
	// Personal is how long contacts, codes and links stay after their parcel has ended.
	Personal time.Duration
	// Lists is how long orders, announcements and notices stay.
	Lists time.Duration
}

// deliveredFor is how long it is remembered that a webhook has something: as long as others ask what became of it.
const deliveredFor = 14 * 24 * time.Hour

// saidFor is longer than a cabinet expects anything, or anything lies there that should have been fetched: one that has not said in so long what
// became of it is gone.
const saidFor = 400 * 24 * time.Hour

// Forget ends what has been kept for long enough, and says of how many parcels something personal was forgotten.
func (b *Books) Forget(ctx context.Context, r Retention) (parcels int64, err error) {
	now := b.clock()
	personal, lists := millis(now.Add(-r.Personal)), millis(now.Add(-r.Lists))
	err = b.within(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE parcel SET personal = NULL WHERE personal IS NOT NULL AND (ended > 0 AND ended < $1
			OR ended = 0 AND until < $2 AND stored < $2)`, personal, millis(now.Add(-saidFor)))
		if err != nil {
			return fmt.Errorf("books: forget: %w", err)
		}
		if parcels, err = done.RowsAffected(); err != nil {
			return fmt.Errorf("books: forget: %w", err)
		}
		for _, s := range []struct {
			query string
			args  []any
		}{
			{`UPDATE announcement SET personal = NULL WHERE personal IS NOT NULL AND made < $1 AND until < $1 AND (state IN ('over', 'refused')
				OR (state <> 'expects' OR made < $3) AND NOT EXISTS (SELECT 1 FROM sent_order o WHERE o.id = announcement.order_id
				AND (o.accepted OR o.expires > $2)))`, []any{personal, millis(now), millis(now.Add(-saidFor))}},
			{`UPDATE sent_order SET signed = '' WHERE signed <> '' AND made < $1 AND (answered > 0 OR expires < $2)`, []any{personal, millis(now)}},
			{`UPDATE stills SET box = NULL WHERE box IS NOT NULL AND came < $1 AND EXISTS (SELECT 1 FROM parcel p WHERE p.cabinet = stills.cabinet
				AND p.id = stills.parcel AND p.personal IS NULL)`, []any{personal}},
			{`DELETE FROM stills WHERE asked < $1 AND box IS NULL`, []any{lists}},
			{`DELETE FROM delivery WHERE ended > 0 AND ended < $1`, []any{millis(now.Add(-deliveredFor))}},
			{`DELETE FROM alarm_told WHERE at < $1`, []any{millis(now.Add(-deliveredFor))}},
			{`DELETE FROM notice WHERE ended > 0 AND ended < $1`, []any{lists}},
			{`DELETE FROM announcement WHERE made < $1 AND personal IS NULL`, []any{lists}},
			{`DELETE FROM sharer_page WHERE NOT EXISTS (SELECT 1 FROM announcement a WHERE a.order_id = sharer_page.order_id AND a.personal IS NOT NULL)
				AND NOT EXISTS (SELECT 1 FROM parcel p WHERE p.order_id = sharer_page.order_id AND p.personal IS NOT NULL)`, nil},
			{`DELETE FROM sent_order WHERE made < $1 AND signed = ''`, []any{lists}},
		} {
			if err := write(ctx, tx, s.query, s.args...); err != nil {
				return err
			}
		}
		return nil
	})
	return parcels, err
}

// Whose is what the books know of somebody.
type Whose struct {
	Parcels       []desk.Parcel
	Announcements []desk.Announcement
	Shares        []Share // of rented doors that are others'
}

// Of finds what the books know of whoever a test recognises by a parcel's number or a contact. It reads everything that is personal.
func (b *Books) Of(ctx context.Context, is func(tracking string, c desk.Contact) bool) (w Whose, err error) {
	parcels, err := rows(ctx, b.db, b.scanParcel,
		`SELECT `+parcelColumns+` FROM parcel WHERE personal IS NOT NULL`)
	if err != nil {
		return w, err
	}
	for _, p := range parcels {
		if is(p.Tracking, p.Contact) {
			w.Parcels = append(w.Parcels, p)
			continue
		}
		w.Shares = append(w.Shares, sharedBy(p, is)...)
	}
	announced, err := rows(ctx, b.db, func(r scanner) (a desk.Announcement, err error) {
		var sealed []byte
		if err := r.Scan(&a.Order, &a.Cabinet, &a.Tracking, &a.State, &sealed); err != nil {
			return a, err
		}
		return a, b.openAnnouncement(&a, sealed)
	}, `SELECT order_id, cabinet, tracking, state, personal FROM announcement WHERE personal IS NOT NULL`)
	for _, a := range announced {
		if is(a.Tracking, a.Contact) {
			w.Announcements = append(w.Announcements, a)
			continue
		}
		w.Shares = append(w.Shares, sharedBy(desk.Parcel{Cabinet: a.Cabinet, Tracking: a.Tracking, Order: a.Order, People: a.People}, is)...)
	}
	return w, err
}

// Erase ends what is personal of parcels and announcements, and rewrites what the database would keep of it in its free pages. The deed
// is written down with it.
func (b *Books) Erase(ctx context.Context, w Whose, d Deed) error {
	err := b.within(ctx, func(tx *sql.Tx) error {
		for _, p := range w.Parcels {
			if err := errors.Join(write(ctx, tx, `UPDATE parcel SET personal = NULL WHERE cabinet = $1 AND id = $2`, p.Cabinet, p.ID),
				write(ctx, tx, `UPDATE stills SET box = NULL, expires = 0 WHERE cabinet = $1 AND parcel = $2`, p.Cabinet, p.ID)); err != nil {
				return err
			}
		}
		for _, a := range w.Announcements {
			if err := errors.Join(write(ctx, tx, `UPDATE announcement SET personal = NULL WHERE order_id = $1`, a.Order),
				write(ctx, tx, `UPDATE sent_order SET signed = '' WHERE id = $1`, a.Order)); err != nil {
				return err
			}
		}
		if err := b.eraseShares(ctx, tx, w.Shares); err != nil {
			return err
		}
		return b.note(ctx, tx, d)
	})
	if err != nil {
		return err
	}
	return b.scrub(ctx)
}

// scrub has the database give up what it has deleted. SQLite overwrites it (secure_delete) except in its log, which is emptied here;
// PostgreSQL keeps it until a table is written anew.
func (b *Books) scrub(ctx context.Context) error {
	statements := []string{`VACUUM FULL parcel`, `VACUUM FULL announcement`, `VACUUM FULL sent_order`, `VACUUM FULL stills`}
	if b.file != "" {
		statements = []string{`PRAGMA wal_checkpoint(TRUNCATE)`}
	}
	for _, s := range statements {
		if err := write(ctx, b.db, s); err != nil {
			return fmt.Errorf("books: what is erased is still in free pages: %w", err)
		}
	}
	return nil
}

// ErrDump says that a copy is another program's work.
var ErrDump = errors.New("books: PostgreSQL is copied by pg_dump --format=custom, and read back by pg_restore")

// Copy writes a copy of books in a file, as they are at one moment, while others use them. It replaces nothing.
func (b *Books) Copy(ctx context.Context, path string) error {
	if b.file == "" {
		return ErrDump
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // before anything is in it
	if err != nil {
		return fmt.Errorf("books: copy: %w", err)
	}
	err = write(ctx, b.db, `VACUUM INTO $1`, path)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// forgetEvery is how often the books are looked through for what has been kept for long enough.
const forgetEvery = time.Hour

// Keeper forgets what the books have kept for long enough. Run owns it.
type Keeper struct {
	books     *Books
	retention Retention
	first     func() bool // whether this lockerdesk, of several, does it
	log       *slog.Logger
}

// NewKeeper makes a keeper, which Run starts.
func NewKeeper(b *Books, r Retention, first func() bool, log *slog.Logger) *Keeper {
	return &Keeper{books: b, retention: r, first: first, log: log}
}

// String is the owner's name.
func (k *Keeper) String() string { return "keeper" }

// Run forgets until ctx is cancelled; then it returns nil.
func (k *Keeper) Run(ctx context.Context) error {
	for {
		if k.first() {
			n, err := k.books.Forget(ctx, k.retention)
			switch {
			case err != nil && ctx.Err() == nil:
				k.log.Error("what has been kept for long enough cannot be forgotten", "err", err)
			case n > 0:
				k.log.Info("what was personal of ended parcels is forgotten", "parcels", n)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(forgetEvery):
		}
	}
}
