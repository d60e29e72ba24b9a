package books

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Cabinet is a cabinet of this desk's.
type Cabinet struct {
	Name     string
	Place    string          // in words, for notices
	Reader   []byte          // its public key of 32 bytes; nil: not known, so nothing personal can be sent to it
	Presence json.RawMessage // as retained at the broker; nil: never seen
	State    json.RawMessage // as retained at the broker; nil: never seen
}

// Enrol adds a cabinet, or changes what is known of one.
func (b *Books) Enrol(ctx context.Context, c Cabinet) error {
	return write(ctx, b.db, `INSERT INTO cabinet (name, place, reader, enrolled) VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO UPDATE SET place = excluded.place, reader = excluded.reader`, c.Name, c.Place, c.Reader, millis(b.clock()))
}

const cabinetColumns = `name, place, reader, presence, state`

func readCabinet(scan func(...any) error) (c Cabinet, err error) {
	var presence, state string
	err = scan(&c.Name, &c.Place, &c.Reader, &presence, &state)
	if presence != "" {
		c.Presence = json.RawMessage(presence)
	}
	if state != "" {
		c.State = json.RawMessage(state)
	}
	return c, err
}

// Cabinets are all cabinets, by name.
func (b *Books) Cabinets(ctx context.Context) ([]Cabinet, error) {
	return rows(ctx, b.db, func(r *sql.Rows) (Cabinet, error) { return readCabinet(r.Scan) },
		`SELECT `+cabinetColumns+` FROM cabinet ORDER BY name`)
}

// Cabinet is one cabinet, or ErrNotEnrolled.
func (b *Books) Cabinet(ctx context.Context, name string) (Cabinet, error) {
	c, err := readCabinet(b.db.QueryRowContext(ctx, `SELECT `+cabinetColumns+` FROM cabinet WHERE name = $1`, name).Scan)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return c, fmt.Errorf("%w: %q", ErrNotEnrolled, name)
	case err != nil:
		return c, fmt.Errorf("books: read cabinet: %w", err)
	}
	return c, nil
}

// Presence keeps a cabinet's retained presence.
func (b *Books) Presence(ctx context.Context, cabinet string, payload []byte) error {
	return write(ctx, b.db, `UPDATE cabinet SET presence = $1 WHERE name = $2`, string(payload), cabinet)
}

// State keeps a cabinet's retained state, which takes into account all records up to seq.
func (b *Books) State(ctx context.Context, cabinet string, payload []byte, seq uint64) error {
	return write(ctx, b.db, `UPDATE cabinet SET state = $1, ahead = $2 WHERE name = $3`, string(payload), int64(seq), cabinet)
}

// Alarm is a record that somebody has to look at.
type Alarm struct {
	Cabinet, Place string
	Epoch          string
	Seq            uint64
	Kind           string
	Door           int // 0: none
	What           string
	Urgent         bool
	At             time.Time // by the cabinet's clock
}

const alarmColumns = `a.cabinet, c.place, a.epoch, a.seq, a.kind, a.door, a.what, a.urgent, a.at FROM alarm a JOIN cabinet c ON c.name = a.cabinet`

func readAlarm(r *sql.Rows) (a Alarm, err error) {
	var at int64
	err = r.Scan(&a.Cabinet, &a.Place, &a.Epoch, &a.Seq, &a.Kind, &a.Door, &a.What, &a.Urgent, &at)
	a.At = date(at)
	return a, err
}

// Unmailed are the alarms that the staff was not told of, the urgent and then the oldest first, at most so many.
func (b *Books) Unmailed(ctx context.Context, most int) ([]Alarm, error) {
	return rows(ctx, b.db, readAlarm, `SELECT `+alarmColumns+` WHERE a.mailed = 0 ORDER BY a.urgent DESC, a.at, a.seq LIMIT $1`, most)
}

// Mailed says that the staff was told of alarms.
func (b *Books) Mailed(ctx context.Context, alarms []Alarm) error {
	return b.within(ctx, func(tx *sql.Tx) error {
		for _, a := range alarms {
			if err := write(ctx, tx, `UPDATE alarm SET mailed = $1 WHERE cabinet = $2 AND epoch = $3 AND seq = $4`,
				millis(b.clock()), a.Cabinet, a.Epoch, int64(a.Seq)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Alarms are those that nobody has worked off, the newest first, at most so many.
func (b *Books) Alarms(ctx context.Context, most int) ([]Alarm, error) {
	return rows(ctx, b.db, readAlarm, `SELECT `+alarmColumns+` WHERE a.seen = 0 ORDER BY a.at DESC, a.seq DESC LIMIT $1`, most)
}

// Seen says that somebody has worked off an alarm.
func (b *Books) Seen(ctx context.Context, a Alarm, by string) error {
	return write(ctx, b.db, `UPDATE alarm SET seen = $1, seen_by = $2 WHERE cabinet = $3 AND epoch = $4 AND seq = $5`,
		millis(b.clock()), by, a.Cabinet, a.Epoch, int64(a.Seq))
}
