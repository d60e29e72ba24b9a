package books

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"lockerd/internal/desk"
)

// ErrNobody says that there is no such person, session or invitation.
var ErrNobody = errors.New("books: nobody of that name")

// Person is somebody who may work at the desk.
type Person struct {
	Name    string // of the account; one that a sign-in service vouches for begins with "sso:"
	Shown   string // as pages call them
	Role    desk.Role
	Made    time.Time
	Barred  time.Time // since when they may not come in; zero: they may
	Invited time.Time // until when their invitation counts; zero: they have none
	Secrets Secrets
}

// Secrets are what a person is known by. They lie sealed.
type Secrets struct {
	Password string `json:"password,omitempty"` // argon2id, as a PHC string; empty: they have not chosen one
	App      []byte `json:"app,omitempty"`      // of the app's codes
}

// String keeps them out of logs.
func (Secrets) String() string { return "(secrets)" }

// GoString keeps them out of logs.
func (Secrets) GoString() string { return "(secrets)" }

func personRow(name string) string { return "person/" + name }

// secretHash is what the books hold of a secret that somebody else keeps: of 128 random bits, so that nobody finds it again.
func secretHash(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return h[:]
}

const personColumns = `name, shown, role, made, barred, invited, secrets`

func (b *Books) readPerson(scan func(...any) error) (p Person, err error) {
	var made, barred, invited int64
	var sealed []byte
	if err := scan(&p.Name, &p.Shown, &p.Role, &made, &barred, &invited, &sealed); err != nil {
		return p, err
	}
	p.Made, p.Barred, p.Invited = date(made), date(barred), date(invited)
	return p, b.sealer.open(personRow(p.Name), sealed, &p.Secrets)
}

func (b *Books) onePerson(ctx context.Context, where string, args ...any) (Person, error) {
	p, err := b.readPerson(b.db.QueryRowContext(ctx, `SELECT `+personColumns+` FROM person WHERE `+where, args...).Scan)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Person{}, ErrNobody
	case err != nil:
		return Person{}, fmt.Errorf("books: read person: %w", err)
	}
	return p, nil
}

// Person is one person, or ErrNobody.
func (b *Books) Person(ctx context.Context, name string) (Person, error) {
	return b.onePerson(ctx, `name = $1`, name)
}

// Invited is whom an invitation is for, as long as it counts; else ErrNobody.
func (b *Books) Invited(ctx context.Context, secret string) (Person, error) {
	return b.onePerson(ctx, `invitation = $1 AND invited > $2 AND barred = 0`, secretHash(secret), millis(b.clock()))
}

// People are all people, by name.
func (b *Books) People(ctx context.Context) ([]Person, error) {
	return rows(ctx, b.db, func(r scanner) (Person, error) { return b.readPerson(r.Scan) }, `SELECT `+personColumns+` FROM person ORDER BY name`)
}

// Invite adds a person, or has one begin anew: what they signed in with before counts no more, and they are signed out. The deed is
// written down with it.
func (b *Books) Invite(ctx context.Context, p Person, invitation string, d Deed) error {
	sealed, err := b.sealer.seal(personRow(p.Name), p.Secrets)
	if err != nil {
		return err
	}
	return b.within(ctx, func(tx *sql.Tx) error {
		if err := write(ctx, tx, `INSERT INTO person (name, shown, role, made, invitation, invited, secrets) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (name) DO UPDATE SET shown = excluded.shown, role = excluded.role, barred = 0, step = 0, invitation = excluded.invitation,
			invited = excluded.invited, secrets = excluded.secrets`,
			p.Name, p.Shown, p.Role, millis(b.clock()), secretHash(invitation), millis(p.Invited), sealed); err != nil {
			return err
		}
		return errors.Join(endSessions(ctx, tx, p.Name), b.note(ctx, tx, d))
	})
}

// Vouch adds a person whom a sign-in service vouches for, or takes over what it says of them now. One who is barred stays so.
func (b *Books) Vouch(ctx context.Context, p Person) error {
	return b.within(ctx, func(tx *sql.Tx) error {
		if err := write(ctx, tx, `DELETE FROM desk_session WHERE person IN (SELECT name FROM person WHERE name = $1 AND role <> $2)`, p.Name, p.Role); err != nil {
			return err
		}
		return write(ctx, tx, `INSERT INTO person (name, shown, role, made) VALUES ($1, $2, $3, $4)
			ON CONFLICT (name) DO UPDATE SET shown = excluded.shown, role = excluded.role`, p.Name, p.Shown, p.Role, millis(b.clock()))
	})
}

// Joined ends an invitation: the person has chosen a password. It counts once: false if somebody was quicker.
func (b *Books) Joined(ctx context.Context, p Person, invitation string, step int64, d Deed) (done bool, err error) {
	sealed, err := b.sealer.seal(personRow(p.Name), p.Secrets)
	if err != nil {
		return false, err
	}
	err = b.within(ctx, func(tx *sql.Tx) error {
		if done, err = changes(ctx, tx, `UPDATE person SET invitation = NULL, invited = 0, step = $1, secrets = $2 WHERE name = $3 AND invitation = $4`,
			step, sealed, p.Name, secretHash(invitation)); err != nil || !done {
			return err
		}
		// Somebody who was signing in with the old password while the invitation was made has a session from after it.
		return errors.Join(endSessions(ctx, tx, p.Name), b.note(ctx, tx, d))
	})
	return done, err
}

// Spend marks a time step of the person's app as used; false if it or a later one was.
func (b *Books) Spend(ctx context.Context, name string, step int64) (fresh bool, err error) {
	return changes(ctx, b.db, `UPDATE person SET step = $1 WHERE name = $2 AND step < $1 AND barred = 0`, step, name)
}

// Change changes a person's role, or bars them; either signs them out. The deed is written down with it. The last admin who may come in
// stays one: ErrLastAdmin.
func (b *Books) Change(ctx context.Context, name string, role desk.Role, bar bool, d Deed) error {
	return b.within(ctx, func(tx *sql.Tx) error {
		barred := int64(0)
		if bar {
			barred = millis(b.clock())
		}
		done, err := changes(ctx, tx, `UPDATE person SET role = $1, barred = $2 WHERE name = $3`, role, barred, name)
		if err != nil {
			return err
		}
		if !done {
			return ErrNobody
		}
		var admins int
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM person WHERE role = $1 AND barred = 0 AND invitation IS NULL`, desk.Admin).Scan(&admins); err != nil {
			return fmt.Errorf("books: read people: %w", err)
		}
		if admins == 0 {
			return ErrLastAdmin
		}
		return errors.Join(endSessions(ctx, tx, name), b.note(ctx, tx, d))
	})
}

// ErrLastAdmin says that nobody would be left who decides who works here.
var ErrLastAdmin = errors.New("books: nobody would be left who is an admin")

// changes executes a statement and says whether it changed a row.
func changes(ctx context.Context, q querier, query string, args ...any) (bool, error) {
	result, err := q.ExecContext(ctx, query, args...)
	if err != nil {
		return false, fmt.Errorf("books: write: %w", err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("books: write: %w", err)
	}
	return n > 0, nil
}
