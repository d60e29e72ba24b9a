package books

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// pen writes a transaction in as few turns as there can be. An answer of PostgreSQL that is waited for is two switches of processes, which cost
// more than most statements: so what is written, and what is asked with ask, waits, and goes there together, with the next answer that is
// needed or with the commit. SQLite is in this process: nothing waits.
type pen struct {
	querier           // the transaction's
	conn    *sql.Conn // to PostgreSQL; nil: SQLite
	waits   *pgx.Batch
	asked   bool // something in waits is a question
}

// endWait is how long PostgreSQL has to end a transaction that failed.
const endWait = 5 * time.Second

// ErrUnfit says that what a cabinet sent can never stand in these books, whatever becomes of the disk: it is longer or otherwise than the
// database takes.
var ErrUnfit = errors.New("books: the database does not take what a cabinet sent")

// writing runs f in a transaction, as within does.
func (b *Books) writing(ctx context.Context, f func(*pen) error) error {
	if b.file != "" {
		return fit(b.within(ctx, func(tx *sql.Tx) error { return f(&pen{querier: tx}) }))
	}
	conn, err := b.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("books: begin: %w", err)
	}
	defer func() { _ = conn.Close() }() // it goes back to the others
	p := &pen{querier: conn, conn: conn, waits: &pgx.Batch{}}
	p.waits.Queue("BEGIN")
	err = f(p)
	if err == nil {
		p.waits.Queue("COMMIT").Exec(func(done pgconn.CommandTag) error {
			if done.String() != "COMMIT" { // PostgreSQL's answer in a transaction that had failed
				return fmt.Errorf("books: commit: it answered %s", done)
			}
			return nil
		})
		err = p.send(ctx)
	}
	if err != nil {
		p.abandon(ctx)
	}
	return fit(err)
}

// fit adds ErrUnfit to what a database said of what it was given.
func fit(err error) error {
	var p *pgconn.PgError
	var s *sqlite.Error
	unfit := errors.Is(err, errSealed)
	switch {
	case errors.As(err, &p) && len(p.Code) == 5:
		switch p.Code[:2] {
		case "22", "23", "54": // data exception, integrity constraint violation, program limit exceeded
			unfit = true
		}
	case errors.As(err, &s):
		switch s.Code() & 0xff {
		case sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH:
			unfit = true
		}
	}
	if unfit {
		return fmt.Errorf("%w: %w", ErrUnfit, err)
	}
	return err
}

// abandon ends a transaction that failed, also one that ctx has stopped: its locks hold up others.
func (p *pen) abandon(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWait)
	defer cancel()
	_ = p.conn.Raw(func(driver any) error {
		c := driver.(*stdlib.Conn).Conn()
		if _, err := c.Exec(ctx, "ROLLBACK"); err != nil {
			return c.Close(ctx) // its server ends the transaction then
		}
		return nil
	})
}

// send sends what waits, and waits for the answers.
func (p *pen) send(ctx context.Context) error {
	if p.conn == nil || p.waits.Len() == 0 {
		return nil
	}
	batch := p.waits
	p.waits, p.asked = &pgx.Batch{}, false
	if err := p.conn.Raw(func(driver any) error { return driver.(*stdlib.Conn).Conn().SendBatch(ctx, batch).Close() }); err != nil {
		return fmt.Errorf("books: write: %w", err)
	}
	return nil
}

// answer has what was asked answered.
func (p *pen) answer(ctx context.Context) error {
	if !p.asked {
		return nil // what was written waits on
	}
	return p.send(ctx)
}

// QueryContext asks and waits for the answer.
func (p *pen) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := p.send(ctx); err != nil {
		return nil, err
	}
	return p.querier.QueryContext(ctx, query, args...)
}

// ExecContext writes and waits for the answer.
func (p *pen) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := p.send(ctx); err != nil {
		return nil, err
	}
	return p.querier.ExecContext(ctx, query, args...)
}

// ask asks for rows, which are in into after the next answer.
func ask[T any](ctx context.Context, p *pen, into *[]T, scan func(scanner) (T, error), query string, args ...any) (err error) {
	if p.conn == nil {
		*into, err = rows(ctx, p.querier, scan, query, args...)
		return err
	}
	p.asked = true
	p.waits.Queue(query, args...).Query(func(found pgx.Rows) error {
		for found.Next() {
			v, err := scan(found)
			if err != nil {
				return err
			}
			*into = append(*into, v)
		}
		return nil // how it ended is looked at by whoever calls this
	})
	return nil
}
