// Package books keeps what lockerdesk knows, in SQLite or PostgreSQL: the records of all cabinets as they came, and what follows from
// them by the rules of internal/desk, in the same transaction. What is personal is sealed under a key of its own.
//
// It owns the database; it talks to nobody and decides nothing.
package books

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Books are safe for use by several goroutines.
type Books struct {
	db     *sql.DB
	sealer sealer
	lock   string // what a SELECT ends with that is to keep others from its rows
	pick   string // the same for notices, and passes over those that others have
	skip   string // the same for cabinets that are nobody's
	now    string // the database's clock, in milliseconds since 1970
	file   string // of SQLite; empty: it is PostgreSQL
	seat   atomic.Int64
	clock  func() time.Time
}

// Open opens the books at an address and brings their schema up to date:
//
//	sqlite:/var/lib/lockerdesk/books.db       a file, made if it is not there
//	postgres://user@host/database             as libpq reads it
func Open(ctx context.Context, address string, key Key) (*Books, error) {
	s, err := newSealer(key)
	if err != nil {
		return nil, fmt.Errorf("books: open: %w", err)
	}
	b := &Books{sealer: s, clock: time.Now, now: `CAST(unixepoch('now', 'subsec') * 1000 AS INTEGER)`}
	dialect := goose.DialectSQLite3
	switch path, isFile := strings.CutPrefix(address, "sqlite:"); {
	case isFile && path != "":
		b.file = path
		// A commit returns once it is on the disk, also after a power cut: an ack follows from it.
		b.db, err = sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+
			"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_pragma=foreign_keys(ON)&_pragma=secure_delete(ON)&_txlock=immediate")
	case strings.HasPrefix(address, "postgres://"), strings.HasPrefix(address, "postgresql://"):
		dialect, b.lock, b.pick, b.skip = goose.DialectPostgres, " FOR UPDATE", " FOR UPDATE OF n SKIP LOCKED", " FOR UPDATE SKIP LOCKED"
		b.now = `(EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::BIGINT`
		b.db, err = sql.Open("pgx", address)
	default:
		return nil, errors.New("books: open: an address begins with sqlite: or postgres://")
	}
	if err != nil {
		return nil, fmt.Errorf("books: open: %w", err)
	}
	b.db.SetMaxOpenConns(8)
	if err := b.migrate(ctx, dialect); err != nil {
		return nil, errors.Join(err, b.db.Close())
	}
	return b, nil
}

func (b *Books) migrate(ctx context.Context, dialect goose.Dialect) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("books: migrate: %w", err)
	}
	p, err := goose.NewProvider(dialect, b.db, files)
	if err != nil {
		return fmt.Errorf("books: migrate: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("books: migrate: %w", err)
	}
	return nil
}

// Close closes the database.
func (b *Books) Close() error { return b.db.Close() }

// within runs f in a transaction: all of it counts, or nothing.
func (b *Books) within(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("books: begin: %w", err)
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback() // f's error says why
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("books: commit: %w", err)
	}
	return nil
}

// millis is a time as it is kept: milliseconds since 1970, 0 for the zero time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// date is millis read back.
func date(millis int64) time.Time {
	if millis == 0 {
		return time.Time{}
	}
	return time.UnixMilli(millis).UTC()
}

// querier is a database, or what writes a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// scanner is a row that was found.
type scanner interface {
	Scan(into ...any) error
}

// rows reads all rows of a query.
func rows[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	found, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("books: read: %w", err)
	}
	defer func() { _ = found.Close() }() // Err says what went wrong
	var list []T
	for found.Next() {
		v, err := scan(found)
		if err != nil {
			return nil, fmt.Errorf("books: read: %w", err)
		}
		list = append(list, v)
	}
	if err := found.Err(); err != nil {
		return nil, fmt.Errorf("books: read: %w", err)
	}
	return list, nil
}

// oneRow reads a row of a query; nil if there is none.
func oneRow[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) (*T, error) {
	list, err := rows(ctx, q, scan, query, args...)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// write executes a statement. What a pen writes may wait.
func write(ctx context.Context, q querier, query string, args ...any) error {
	if p, is := q.(*pen); is && p.conn != nil {
		p.waits.Queue(query, args...)
		return nil
	}
	if _, err := q.ExecContext(ctx, query, args...); err != nil {
		return fmt.Errorf("books: write: %w", err)
	}
	return nil
}
