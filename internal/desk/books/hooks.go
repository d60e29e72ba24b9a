package books

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"lockerd/internal/desk"
)

// Hook is an address that records are told to by HTTP.
type Hook struct {
	Name     string
	URL      string
	Kinds    []string // desk.Wanted has what they mean
	Made     time.Time
	Failing  time.Time // since when every try has failed; zero: the last one did not
	Disabled time.Time // since when nothing is sent there; zero: it is
	Why      string    // the last try failed, without anything personal
	Waiting  int       // deliveries
}

// Secret is what the messages to a hook are signed with.
type Secret []byte

// String keeps it out of logs.
func (Secret) String() string { return "(a secret)" }

// GoString keeps it out of logs.
func (Secret) GoString() string { return "(a secret)" }

// Delivery is a record that is to be told.
type Delivery struct {
	ID     string // the same at every try
	Hook   Hook
	Secret Secret
	Public json.RawMessage // the record's public line
	Made   time.Time
	Tries  int // that failed
}

// ErrNoHook says that there is no such webhook.
var ErrNoHook = errors.New("books: there is no such webhook")

func hookRow(name string) string { return "webhook/" + name }

// PutHook adds a webhook, or changes where an existing one goes and what it is told; one that was disabled is told again. secret is
// what its messages are signed with if it is new, else nil: it stays. What waits for it is due at once, as if it had never been tried.
func (b *Books) PutHook(ctx context.Context, h Hook) (secret Secret, err error) {
	secret = make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return nil, fmt.Errorf("books: webhook: %w", err)
	}
	sealed, err := b.sealer.seal(hookRow(h.Name), []byte(secret))
	if err != nil {
		return nil, err
	}
	err = b.within(ctx, func(tx *sql.Tx) error {
		kinds := strings.Join(h.Kinds, " ")
		old, err := changes(ctx, tx, `UPDATE webhook SET url = $1, kinds = $2, failing = 0, disabled = 0, why = '' WHERE name = $3`, h.URL, kinds, h.Name)
		if err != nil {
			return err
		}
		if old {
			secret = nil
			return write(ctx, tx, `UPDATE delivery SET due = 0, tries = 0 WHERE hook = $1 AND state = $2`, h.Name, noticeWaits)
		}
		return write(ctx, tx, `INSERT INTO webhook (name, url, kinds, made, secret) VALUES ($1, $2, $3, $4, $5)`, h.Name, h.URL, kinds, millis(b.clock()), sealed)
	})
	return secret, err
}

// RemoveHook ends a webhook and what it was still to be told.
func (b *Books) RemoveHook(ctx context.Context, name string) error {
	return b.within(ctx, func(tx *sql.Tx) error {
		if err := write(ctx, tx, `DELETE FROM delivery WHERE hook = $1`, name); err != nil {
			return err
		}
		done, err := changes(ctx, tx, `DELETE FROM webhook WHERE name = $1`, name)
		if err == nil && !done {
			err = ErrNoHook
		}
		return err
	})
}

// Hooks are all webhooks, by name.
func (b *Books) Hooks(ctx context.Context) ([]Hook, error) {
	return rows(ctx, b.db, func(r scanner) (h Hook, err error) {
		var kinds string
		var made, failing, disabled int64
		err = r.Scan(&h.Name, &h.URL, &kinds, &made, &failing, &disabled, &h.Why, &h.Waiting)
		h.Kinds, h.Made, h.Failing, h.Disabled = strings.Fields(kinds), date(made), date(failing), date(disabled)
		return h, err
	}, `SELECT w.name, w.url, w.kinds, w.made, w.failing, w.disabled, w.why, (SELECT COUNT(*) FROM delivery d WHERE d.hook = w.name AND d.state = 'waiting')
		FROM webhook w ORDER BY w.name`)
}

// wanted asks for the webhooks that are told anything, and what.
func wanted(ctx context.Context, p *pen, into *[]Hook) error {
	return ask(ctx, p, into, func(r scanner) (h Hook, err error) {
		var kinds string
		err = r.Scan(&h.Name, &kinds)
		h.Kinds = strings.Fields(kinds)
		return h, err
	}, `SELECT name, kinds FROM webhook WHERE disabled = 0`)
}

// deliver puts a record into the outbox of each webhook that is told of its kind.
func (b *Books) deliver(ctx context.Context, p *pen, hooks []Hook, r desk.Record, alarm bool) (told bool, err error) {
	for _, h := range hooks {
		if !desk.Wanted(h.Kinds, r.Kind, alarm) {
			continue
		}
		id := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%s/%d", h.Name, r.Cabinet, r.Epoch, r.Seq))
		if err := write(ctx, p, `INSERT INTO delivery (id, hook, cabinet, epoch, seq, made, due, state) VALUES ($1, $2, $3, $4, $5, $6, 0, $7)
			ON CONFLICT (id) DO NOTHING`, "msg_"+hex.EncodeToString(id[:12]), h.Name, r.Cabinet, r.Epoch, int64(r.Seq), millis(b.clock()), noticeWaits); err != nil {
			return told, err
		}
		told = true
	}
	return told, nil
}

// Deliveries takes what is to be told to webhooks now, the oldest first, at most so many of each: what waits for one keeps no other waiting.
// Nobody else gets it for two minutes. Delivered, DeliverLater or GiveUp ends that.
func (b *Books) Deliveries(ctx context.Context, most int) (list []Delivery, err error) {
	now := b.clock()
	err = b.within(ctx, func(tx *sql.Tx) error {
		list = nil
		hooks, err := rows(ctx, tx, oneText, `SELECT name FROM webhook WHERE disabled = 0 ORDER BY name`)
		if err != nil {
			return err
		}
		for _, hook := range hooks {
			found, err := rows(ctx, tx, b.scanDelivery, `SELECT n.id, n.hook, w.url, n.tries, n.made, w.secret, r.public FROM delivery n
				JOIN webhook w ON w.name = n.hook JOIN record r ON r.cabinet = n.cabinet AND r.epoch = n.epoch AND r.seq = n.seq
				WHERE n.hook = $1 AND n.state = $2 AND n.due <= $3 AND w.disabled = 0 ORDER BY n.due, n.made, n.seq LIMIT $4`+b.pick,
				hook, noticeWaits, millis(now), most)
			if err != nil {
				return err
			}
			list = append(list, found...)
		}
		for _, d := range list {
			if err := write(ctx, tx, `UPDATE delivery SET due = $1 WHERE id = $2`, millis(now.Add(noticeLease)), d.ID); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

func (b *Books) scanDelivery(r scanner) (d Delivery, err error) {
	var made int64
	var sealed, public, secret []byte
	if err := r.Scan(&d.ID, &d.Hook.Name, &d.Hook.URL, &d.Tries, &made, &sealed, &public); err != nil {
		return d, err
	}
	err = b.sealer.open(hookRow(d.Hook.Name), sealed, &secret)
	d.Made, d.Public, d.Secret = date(made), public, secret
	return d, err
}

// Delivered says that a webhook has taken what it was told.
func (b *Books) Delivered(ctx context.Context, d Delivery) error {
	return b.within(ctx, func(tx *sql.Tx) error {
		if err := write(ctx, tx, `UPDATE webhook SET failing = 0, why = '' WHERE name = $1 AND failing <> 0`, d.Hook.Name); err != nil {
			return err
		}
		return write(ctx, tx, `UPDATE delivery SET state = $1, ended = $2 WHERE id = $3`, Told, millis(b.clock()), d.ID)
	})
}

// DeliverLater says that a try failed, and when the next one is due. why has nothing personal.
func (b *Books) DeliverLater(ctx context.Context, d Delivery, at time.Time, why string) error {
	return b.within(ctx, func(tx *sql.Tx) error {
		if err := write(ctx, tx, `UPDATE webhook SET failing = CASE WHEN failing = 0 THEN $1 ELSE failing END, why = $2 WHERE name = $3`,
			millis(b.clock()), why, d.Hook.Name); err != nil {
			return err
		}
		return write(ctx, tx, `UPDATE delivery SET due = $1, tries = tries + 1 WHERE id = $2`, millis(at), d.ID)
	})
}

// GiveUp disables the webhook of a delivery, and tells the staff. The delivery ends if it was tried for as long as any is; if the webhook has said
// that it wants nothing it stays, as all do that wait, for when somebody has put that right.
func (b *Books) GiveUp(ctx context.Context, d Delivery, why string) error {
	return b.within(ctx, func(tx *sql.Tx) error {
		now := millis(b.clock())
		if _, more := desk.Again(d.Tries + 1); !more {
			if err := write(ctx, tx, `UPDATE delivery SET state = $1, ended = $2 WHERE id = $3`, GivenUp, now, d.ID); err != nil {
				return err
			}
		}
		first, err := changes(ctx, tx, `UPDATE webhook SET disabled = $1, why = $2 WHERE name = $3 AND disabled = 0`, now, why, d.Hook.Name)
		if err != nil || !first {
			return err
		}
		return b.ownAlarm(ctx, tx, "webhook.disabled", d.Hook.Name+": "+why, false)
	})
}

// OwnCabinet stands for a cabinet in alarms of the desk itself. No cabinet may be called so.
const OwnCabinet = "-"

// ownAlarm tells the staff of something that no cabinet has recorded. What they know already, and nobody has worked off, they are not told again.
func (b *Books) ownAlarm(ctx context.Context, q querier, kind, what string, urgent bool) error {
	return write(ctx, q, `INSERT INTO alarm (cabinet, epoch, seq, kind, door, what, urgent, at, raised)
		SELECT $1, 'desk', COALESCE(MAX(seq), 0) + 1, $2, 0, $3, CAST($5 AS BOOLEAN), CAST($4 AS BIGINT), CAST($4 AS BIGINT) FROM alarm WHERE cabinet = $1
		HAVING NOT EXISTS (SELECT 1 FROM alarm WHERE cabinet = $1 AND kind = $2 AND what = $3 AND seen = 0)`,
		OwnCabinet, kind, what, millis(b.clock()), urgent)
}

// Unfit tells the staff that something of a cabinet's cannot be taken (ErrUnfit): the cabinet keeps its records, and nobody hears of them.
func (b *Books) Unfit(ctx context.Context, cabinet string) error {
	return b.ownAlarm(ctx, b.db, "cabinet.unfit", cabinet, true)
}
