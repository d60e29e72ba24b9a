package books

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
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
	return rows(ctx, b.db, func(r scanner) (Cabinet, error) { return readCabinet(r.Scan) },
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
	return fit(write(ctx, b.db, `UPDATE cabinet SET presence = $1 WHERE name = $2 AND owner = $3`, asText(payload), cabinet, b.seat.Load()))
}

// State keeps a cabinet's retained state, which takes into account all records up to seq.
func (b *Books) State(ctx context.Context, cabinet string, payload []byte, seq uint64) error {
	return fit(b.setState(ctx, b.db, cabinet, payload, seq))
}

// asText is JSON as a database takes it: what is no text in it, a reader of JSON takes for another sign as well.
func asText(payload []byte) string { return strings.ToValidUTF8(string(payload), "\uFFFD") }

func (b *Books) setState(ctx context.Context, q querier, cabinet string, payload []byte, seq uint64) error {
	return write(ctx, q, `UPDATE cabinet SET state = $1, ahead = $2 WHERE name = $3 AND owner = $4`, asText(payload), int64(seq), cabinet, b.seat.Load())
}

// Alarm is a record that somebody has to look at.
type Alarm struct {
	Cabinet, Site string // Site is where the cabinet stands, in words
	Epoch         string
	Seq           uint64
	Kind          string
	Door          int // 0: none
	What          string
	Urgent        bool
	At            time.Time // by the cabinet's clock
	Raised        time.Time // when it came here, by the desk's
	Seen          time.Time // somebody has worked it off; zero: nobody
	SeenBy        string
}

// Number names the alarm, as "demo-1/epoch/17".
func (a Alarm) Number() string { return fmt.Sprintf("%s/%s/%d", a.Cabinet, a.Epoch, a.Seq) }

// Place is where it stands in a list.
func (a Alarm) Place() *Place { return &Place{At: a.At, Name: a.Number()} }

const alarmColumns = `a.cabinet, COALESCE(c.place, ''), a.epoch, a.seq, a.kind, a.door, a.what, a.urgent, a.at, a.raised, a.seen, a.seen_by FROM alarm a LEFT JOIN cabinet c ON c.name = a.cabinet`

func readAlarm(r scanner) (a Alarm, err error) {
	var at, raised, seen int64
	err = r.Scan(&a.Cabinet, &a.Site, &a.Epoch, &a.Seq, &a.Kind, &a.Door, &a.What, &a.Urgent, &at, &raised, &seen, &a.SeenBy)
	a.At, a.Raised, a.Seen = date(at), date(raised), date(seen)
	return a, err
}

// Untold are the alarms that have come since a time, that an address was not told of and nobody has worked off, the urgent and then the
// oldest first, at most so many. An address is whatever name it is told under.
func (b *Books) Untold(ctx context.Context, address string, since time.Time, most int) ([]Alarm, error) {
	return rows(ctx, b.db, readAlarm, `SELECT `+alarmColumns+` WHERE a.seen = 0 AND a.raised > $1 AND NOT EXISTS (SELECT 1 FROM alarm_told t
		WHERE t.service = $2 AND t.cabinet = a.cabinet AND t.epoch = a.epoch AND t.seq = a.seq) ORDER BY a.urgent DESC, a.at, a.seq LIMIT $3`,
		millis(since), address, most)
}

// AlarmsTold says that an address was told of alarms.
func (b *Books) AlarmsTold(ctx context.Context, address string, alarms []Alarm) error {
	return b.within(ctx, func(tx *sql.Tx) error {
		for _, a := range alarms {
			if err := write(ctx, tx, `INSERT INTO alarm_told (service, cabinet, epoch, seq, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
				address, a.Cabinet, a.Epoch, int64(a.Seq), millis(b.clock())); err != nil {
				return err
			}
		}
		return nil
	})
}

// Words say what the alarm is: its kind and what it is about.
func (a Alarm) Words() string {
	text := a.Kind
	if a.Door != 0 {
		text += fmt.Sprintf(" door %d", a.Door)
	}
	if a.What != "" {
		text += ", " + a.What
	}
	return text
}

// AlarmFilter says which alarms are meant. What is empty does not matter.
type AlarmFilter struct {
	Cabinet string
	Seen    bool // also those that were worked off
	After   *Place
}

// Alarms finds alarms, the newest first, at most so many.
func (b *Books) Alarms(ctx context.Context, f AlarmFilter, most int) ([]Alarm, error) {
	var w where
	if !f.Seen {
		w.and("a.seen = 0")
	}
	if f.Cabinet != "" {
		w.and("a.cabinet = ?", f.Cabinet)
	}
	if f.After != nil {
		cabinet, epoch, seq, err := AlarmNumber(f.After.Name)
		if err != nil {
			return nil, err
		}
		w.and("(a.at, a.cabinet, a.epoch, a.seq) < (?, ?, ?, ?)", millis(f.After.At), cabinet, epoch, int64(seq))
	}
	return rows(ctx, b.db, readAlarm, `SELECT `+alarmColumns+w.text("ORDER BY a.at DESC, a.cabinet DESC, a.epoch DESC, a.seq DESC LIMIT ?", most), w.args...)
}

// OpenAlarms are how many alarms of each cabinet nobody has worked off.
func (b *Books) OpenAlarms(ctx context.Context) (map[string]int, error) {
	open := make(map[string]int)
	_, err := rows(ctx, b.db, func(r scanner) (n int, err error) {
		var cabinet string
		err = r.Scan(&cabinet, &n)
		open[cabinet] = n
		return n, err
	}, `SELECT cabinet, COUNT(*) FROM alarm WHERE seen = 0 GROUP BY cabinet`)
	return open, err
}

// ErrNoAlarm says that a number names no alarm that is open.
var ErrNoAlarm = errors.New("books: no such alarm is open")

// AlarmNumber reads what Alarm.Number has written.
func AlarmNumber(number string) (cabinet, epoch string, seq uint64, err error) {
	cabinet, rest, both := strings.Cut(number, "/")
	last := strings.LastIndex(rest, "/") // what a cabinet calls its epoch is its own affair
	if !both || last < 0 {
		return "", "", 0, ErrNoAlarm
	}
	seq, err = strconv.ParseUint(rest[last+1:], 10, 63)
	if err != nil {
		return "", "", 0, ErrNoAlarm
	}
	return cabinet, rest[:last], seq, nil
}

// Seen says that somebody has worked off an alarm, by its number; ErrNoAlarm if none of that number is open.
func (b *Books) Seen(ctx context.Context, number, by string) error {
	cabinet, epoch, seq, err := AlarmNumber(number)
	if err != nil {
		return err
	}
	done, err := b.db.ExecContext(ctx, `UPDATE alarm SET seen = $1, seen_by = $2 WHERE cabinet = $3 AND epoch = $4 AND seq = $5 AND seen = 0`,
		millis(b.clock()), by, cabinet, epoch, int64(seq))
	if err != nil {
		return fmt.Errorf("books: write: %w", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrNoAlarm)
	}
	return nil
}

// CabinetsAfter are the cabinets whose names follow on one, by name, at most so many.
func (b *Books) CabinetsAfter(ctx context.Context, after string, most int) ([]Cabinet, error) {
	return rows(ctx, b.db, func(r scanner) (Cabinet, error) { return readCabinet(r.Scan) },
		`SELECT `+cabinetColumns+` FROM cabinet WHERE name > $1 ORDER BY name LIMIT $2`, after, most)
}
