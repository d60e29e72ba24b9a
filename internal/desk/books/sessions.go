package books

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Session is somebody who is signed in.
type Session struct {
	Person Person
	Made   time.Time
	Used   time.Time
}

// Begin begins a session; whoever has the secret is the person. The deed is written down with it.
func (b *Books) Begin(ctx context.Context, secret, person string, d Deed) error {
	now := millis(b.clock())
	return b.within(ctx, func(tx *sql.Tx) error {
		if err := write(ctx, tx, `INSERT INTO desk_session (hash, person, made, used) VALUES ($1, $2, $3, $4)`, secretHash(secret), person, now, now); err != nil {
			return err
		}
		return b.note(ctx, tx, d)
	})
}

// Session is the session of a secret, or ErrNobody: there is none, it has ended, or its person may not come in any more.
func (b *Books) Session(ctx context.Context, secret string, idle, whole time.Duration) (Session, error) {
	now := b.clock()
	var s Session
	var name string
	var made, used int64
	err := b.db.QueryRowContext(ctx, `SELECT person, made, used FROM desk_session WHERE hash = $1 AND used > $2 AND made > $3`,
		secretHash(secret), millis(now.Add(-idle)), millis(now.Add(-whole))).Scan(&name, &made, &used)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return s, ErrNobody
	case err != nil:
		return s, fmt.Errorf("books: read session: %w", err)
	}
	s.Made, s.Used = date(made), date(used)
	s.Person, err = b.onePerson(ctx, `name = $1 AND barred = 0 AND invitation IS NULL`, name)
	return s, err
}

// Use says that a session is used.
func (b *Books) Use(ctx context.Context, secret string) error {
	return write(ctx, b.db, `UPDATE desk_session SET used = $1 WHERE hash = $2`, millis(b.clock()), secretHash(secret))
}

// End ends a session.
func (b *Books) End(ctx context.Context, secret string) error {
	return write(ctx, b.db, `DELETE FROM desk_session WHERE hash = $1`, secretHash(secret))
}

func endSessions(ctx context.Context, q querier, person string) error {
	return write(ctx, q, `DELETE FROM desk_session WHERE person = $1`, person)
}

// Missed notes a wrong try, under each of the names that it counts for.
func (b *Books) Missed(ctx context.Context, about ...string) error {
	return b.within(ctx, func(tx *sql.Tx) error {
		for _, a := range about {
			if err := write(ctx, tx, `INSERT INTO attempt (about, at) VALUES ($1, $2)`, a, millis(b.clock())); err != nil {
				return err
			}
		}
		return nil
	})
}

// Misses are how many wrong tries a name has since a time.
func (b *Books) Misses(ctx context.Context, about string, within time.Duration) (n int, err error) {
	err = b.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM attempt WHERE about = $1 AND at > $2`, about, millis(b.clock().Add(-within))).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("books: read tries: %w", err)
	}
	return n, nil
}

// Forgive forgets the wrong tries under a name.
func (b *Books) Forgive(ctx context.Context, about string) error {
	return write(ctx, b.db, `DELETE FROM attempt WHERE about = $1`, about)
}

// Sweep removes sessions that have ended and tries that no longer count.
func (b *Books) Sweep(ctx context.Context, idle, whole, tries time.Duration) error {
	now := b.clock()
	return errors.Join(
		write(ctx, b.db, `DELETE FROM desk_session WHERE used <= $1 OR made <= $2`, millis(now.Add(-idle)), millis(now.Add(-whole))),
		write(ctx, b.db, `DELETE FROM attempt WHERE at <= $1`, millis(now.Add(-tries))))
}
