package books

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// APIKey is what the books know of a key of the REST interface. They do not know the key.
type APIKey struct {
	ID        string // stands for it in logs
	Name      string
	Scopes    []string
	PerMinute int // requests
	Made      time.Time
	Used      time.Time // to the minute; zero: never
	Revoked   time.Time // zero: it counts
}

// Errors about keys.
var (
	ErrNoKey     = errors.New("books: there is no such key")
	ErrKeyExists = errors.New("books: there is a key of this name already")
)

// keyPrefix tells programs that look for leaked secrets what they have found.
const keyPrefix = "lockerdesk_"

// keyLength is that of a key: the prefix and 26 characters of base 32, which are 128 random bits and more.
const keyLength = len(keyPrefix) + 26

// AddKey makes a key and returns its text, which nobody can read again.
func (b *Books) AddKey(ctx context.Context, name string, scopes []string, perMinute int) (secret string, err error) {
	secret = keyPrefix + rand.Text()
	hash := sha256.Sum256([]byte(secret))
	done, err := b.db.ExecContext(ctx, `INSERT INTO api_key (id, name, hash, scopes, per_minute, made) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (name) DO NOTHING`, strings.ToLower(rand.Text()[:8]), name, hash[:], strings.Join(scopes, " "), perMinute, millis(b.clock()))
	if err != nil {
		return "", fmt.Errorf("books: write key: %w", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return "", errors.Join(err, ErrKeyExists)
	}
	return secret, nil
}

// RevokeKey ends a key for ever: the next request that shows it is refused.
func (b *Books) RevokeKey(ctx context.Context, name string) error {
	done, err := b.db.ExecContext(ctx, `UPDATE api_key SET revoked = $1 WHERE name = $2 AND revoked = 0`, millis(b.clock()), name)
	if err != nil {
		return fmt.Errorf("books: write key: %w", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrNoKey)
	}
	return nil
}

const keyColumns = `id, name, scopes, per_minute, made, used, revoked`

func readKey(scan func(...any) error) (k APIKey, err error) {
	var scopes string
	var made, used, revoked int64
	err = scan(&k.ID, &k.Name, &scopes, &k.PerMinute, &made, &used, &revoked)
	k.Scopes, k.Made, k.Used, k.Revoked = strings.Fields(scopes), date(made), date(used), date(revoked)
	return k, err
}

// Keys are all keys, by name.
func (b *Books) Keys(ctx context.Context) ([]APIKey, error) {
	return rows(ctx, b.db, func(r scanner) (APIKey, error) { return readKey(r.Scan) }, `SELECT `+keyColumns+` FROM api_key ORDER BY name`)
}

// Key is the key that a request shows, or ErrNoKey. That it was used is noted once a minute.
func (b *Books) Key(ctx context.Context, secret string) (APIKey, error) {
	if !strings.HasPrefix(secret, keyPrefix) || len(secret) != keyLength {
		return APIKey{}, ErrNoKey
	}
	hash := sha256.Sum256([]byte(secret))
	k, err := readKey(b.db.QueryRowContext(ctx, `SELECT `+keyColumns+` FROM api_key WHERE hash = $1 AND revoked = 0`, hash[:]).Scan)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return k, ErrNoKey
	case err != nil:
		return k, fmt.Errorf("books: read key: %w", err)
	}
	if now := b.clock().Truncate(time.Minute); k.Used.Before(now) {
		return k, write(ctx, b.db, `UPDATE api_key SET used = $1 WHERE id = $2`, millis(now), k.ID)
	}
	return k, nil
}
