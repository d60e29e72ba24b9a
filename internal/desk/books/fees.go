package books

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"lockerd/internal/desk"
)

// packed is something as JSON, and nothing if there is none.
func packed[T any](v *T) (string, error) {
	if v == nil {
		return "", nil
	}
	text, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("books: write: %w", err)
	}
	return string(text), nil
}

// unpacked is packed read back.
func unpacked[T any](text string) (*T, error) {
	if text == "" {
		return nil, nil
	}
	v := new(T)
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return nil, fmt.Errorf("books: read: %w", err)
	}
	return v, nil
}

// Errand is an order that follows by itself and is still to be written.
type Errand struct {
	ID string
	desk.Errand
	Of desk.Parcel // as it is now
}

func (b *Books) addErrand(ctx context.Context, q querier, id string, e desk.Errand) error {
	return write(ctx, q, `INSERT INTO errand (id, cabinet, parcel, kind, at, amount, currency, until, made) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (id) DO NOTHING`, id, e.Cabinet, e.Parcel, e.Kind, millis(e.At), e.Amount, e.Currency, millis(e.Until), millis(b.clock()))
}

// Errands are the oldest orders that are to follow to this seat's cabinets, at most so many. Send with an order that carries one out ends
// it, and so does DropErrand.
func (b *Books) Errands(ctx context.Context, most int) ([]Errand, error) {
	list, err := rows(ctx, b.db, func(r scanner) (e Errand, err error) {
		var at, until int64
		err = r.Scan(&e.ID, &e.Cabinet, &e.Parcel, &e.Kind, &at, &e.Amount, &e.Currency, &until)
		e.At, e.Until = date(at), date(until)
		return e, err
	}, `SELECT e.id, e.cabinet, e.parcel, e.kind, e.at, e.amount, e.currency, e.until FROM errand e JOIN cabinet c ON c.name = e.cabinet AND c.owner = $1
		ORDER BY e.made, e.id LIMIT $2`, b.seat.Load(), most)
	if err != nil {
		return nil, err
	}
	for i, e := range list {
		p, err := b.parcel(ctx, b.db, e.Cabinet, e.Parcel)
		if err != nil {
			return nil, fmt.Errorf("books: errand %s: its parcel: %w", e.ID, err)
		}
		if p != nil { // else nobody waits for it, and others do for theirs
			list[i].Of = *p
		}
	}
	return list, nil
}

// DropErrand ends an errand that nobody waits for any more.
func (b *Books) DropErrand(ctx context.Context, id string) error {
	return write(ctx, b.db, `DELETE FROM errand WHERE id = $1`, id)
}

// ErrDone says that an errand was carried out, or dropped, before.
var ErrDone = errors.New("books: this errand is done")

// carryOut ends an errand; an order is written with it in one transaction, once.
func (b *Books) carryOut(ctx context.Context, tx *sql.Tx, id string) error {
	done, err := tx.ExecContext(ctx, `DELETE FROM errand WHERE id = $1`, id)
	if err != nil {
		return fmt.Errorf("books: write: %w", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrDone)
	}
	return nil
}

// toldOf follows a notice that its recipient has: the fee's time begins, once for a parcel.
func (b *Books) toldOf(ctx context.Context, tx *sql.Tx, notice string) error {
	var what desk.Told
	var cabinet, id string
	err := tx.QueryRowContext(ctx, `SELECT n.what, p.cabinet, p.id FROM notice n JOIN parcel p ON p.cabinet = n.cabinet AND p.id = n.parcel
		WHERE n.id = $1 AND p.fee <> '' AND p.told = 0`, notice).Scan(&what, &cabinet, &id)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("books: read: %w", err)
	}
	p, err := b.parcel(ctx, tx, cabinet, id)
	if err != nil || p == nil || !what.Begins(*p) {
		return err
	}
	now := b.clock()
	done, err := tx.ExecContext(ctx, `UPDATE parcel SET told = $1 WHERE cabinet = $2 AND id = $3 AND told = 0`, millis(now), cabinet, id)
	if err != nil {
		return fmt.Errorf("books: write: %w", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 { // another notice has begun it meanwhile
		return err
	}
	return b.addErrand(ctx, tx, "told/"+cabinet+"/"+id, desk.Errand{Kind: "parcel.told", Cabinet: cabinet, Parcel: id, At: now})
}

// Errors about a payment that was said before.
var (
	ErrOtherPayment = errors.New("books: this reference is that of another payment")
	ErrCounts       = errors.New("books: this payment counts already")
)

const paymentColumns = `parcel, refund, reference, amount, currency, order_id, by_whom, made, counted, receipt`

func readPayment(scan func(...any) error) (m desk.Payment, err error) {
	var made, counted int64
	err = scan(&m.Parcel, &m.Refund, &m.Reference, &m.Amount, &m.Currency, &m.Order, &m.By, &made, &counted, &m.Receipt)
	m.Made, m.Counted = date(made), date(counted)
	return m, err
}

// Payments are those of a parcel which are known and were not refused, the oldest first.
func (b *Books) Payments(ctx context.Context, cabinet, parcel string) ([]desk.Payment, error) {
	return b.payments(ctx, b.db, cabinet, parcel)
}

func (b *Books) payments(ctx context.Context, q querier, cabinet, parcel string) ([]desk.Payment, error) {
	return rows(ctx, q, func(r scanner) (desk.Payment, error) { return readPayment(r.Scan) }, `SELECT `+paymentColumns+` FROM payment m
		WHERE cabinet = $1 AND parcel = $2 AND (counted > 0 OR EXISTS (SELECT 1 FROM sent_order o WHERE o.id = m.order_id AND (o.answered = 0 AND o.expires > $3 OR o.accepted)))
		ORDER BY made, reference`, cabinet, parcel, millis(b.clock()))
}

// pay keeps a payment with the order that tells its cabinet. first is the order that has told, or is telling it, already: whoever confirms a
// payment may do so as often as they like. An order that was refused, or that nobody has answered in its time, is followed by the new one.
// Money for one cabinet comes one after the other, and beside none of its records: several may say the same at once.
func (b *Books) pay(ctx context.Context, tx *sql.Tx, o Order) (first string, err error) {
	m := *o.Payment
	now := b.clock()
	if _, err := rows(ctx, tx, oneText, `SELECT name FROM cabinet WHERE name = $1`+b.lock, o.Cabinet); err != nil {
		return "", err
	}
	known, err := readPayment(tx.QueryRowContext(ctx, `SELECT `+paymentColumns+` FROM payment WHERE cabinet = $1 AND parcel = $2 AND reference = $3`+b.lock,
		o.Cabinet, m.Parcel, m.Reference).Scan)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		if err := b.mayPay(ctx, tx, o); err != nil {
			return "", err
		}
		return "", write(ctx, tx, `INSERT INTO payment (cabinet, `+paymentColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, '')`,
			o.Cabinet, m.Parcel, m.Refund, m.Reference, m.Amount, m.Currency, o.ID, o.By, millis(now))
	case err != nil:
		return "", fmt.Errorf("books: read: %w", err)
	}
	var answered, expires int64
	var accepted bool
	err = tx.QueryRowContext(ctx, `SELECT answered, expires, accepted FROM sent_order WHERE id = $1`, known.Order).Scan(&answered, &expires, &accepted)
	sent := err == nil
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("books: read: %w", err)
	}
	counts := !known.Counted.IsZero() || sent && (accepted || answered == 0 && expires > millis(now))
	switch {
	case counts && !known.Same(m):
		return "", ErrOtherPayment
	case counts && sent:
		return known.Order, nil
	case counts: // another's order, or one of long ago
		return "", ErrCounts
	}
	if err := b.mayPay(ctx, tx, o); err != nil {
		return "", err
	}
	return "", write(ctx, tx, `UPDATE payment SET refund = $1, amount = $2, currency = $3, order_id = $4, by_whom = $5, made = $6
		WHERE cabinet = $7 AND parcel = $8 AND reference = $9`, m.Refund, m.Amount, m.Currency, o.ID, o.By, millis(now), o.Cabinet, m.Parcel, m.Reference)
}

// mayPay says why the money of an order cannot be its parcel's, by what is known now: somebody else may have given it back meanwhile.
func (b *Books) mayPay(ctx context.Context, tx *sql.Tx, o Order) error {
	p, err := b.parcel(ctx, tx, o.Cabinet, o.Payment.Parcel)
	if err != nil || p == nil {
		return err
	}
	known, err := b.payments(ctx, tx, p.Cabinet, p.ID)
	if err != nil {
		return err
	}
	return o.Payment.MayCount(*p, known)
}

// moneyOf is the payment that an order tells of; nil: none.
func (b *Books) moneyOf(ctx context.Context, q querier, cabinet, order string) (*desk.Payment, error) {
	return oneRow(ctx, q, func(r scanner) (desk.Payment, error) { return readPayment(r.Scan) },
		`SELECT `+paymentColumns+` FROM payment WHERE cabinet = $1 AND order_id = $2 AND counted = 0`, cabinet, order)
}

// counted keeps a payment that a cabinet has taken into account.
func (b *Books) counted(ctx context.Context, q querier, cabinet string, m desk.Payment) error {
	return write(ctx, q, `INSERT INTO payment (cabinet, `+paymentColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8, $9, $10)
		ON CONFLICT (cabinet, parcel, reference) DO UPDATE SET refund = excluded.refund, amount = excluded.amount, currency = excluded.currency,
		order_id = excluded.order_id, counted = excluded.counted, receipt = excluded.receipt`,
		cabinet, m.Parcel, m.Refund, m.Reference, m.Amount, m.Currency, m.Order, millis(b.clock()), millis(m.Counted), m.Receipt)
}
