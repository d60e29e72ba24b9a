package books

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"lockerd/internal/desk"
)

// Notice is a notice of the outbox.
type Notice struct {
	ID     string // the same at every try: whoever receives it twice can tell
	What   desk.Told
	Parcel desk.Parcel // as it is now, its fee with what this desk knows beside the cabinet; of an announcement what its sender or renter sees; of a rented door what whoever is told does
	Place  string      // where its cabinet stands, in words
	Tries  int         // that failed
}

// NoticeState is what became of a notice.
type NoticeState string

// The states of a notice.
const (
	noticeWaits NoticeState = "waiting"
	Told        NoticeState = "told"
	Moot        NoticeState = "moot"     // the parcel's life went on: it would no longer be true
	Nobody      NoticeState = "nobody"   // no address is known, or no way to it: staff should know
	GivenUp     NoticeState = "given_up" // too many tries failed: staff should know
)

// behindAtMost is how long notices of a cabinet wait while records are missing that its state already takes into account: the next
// record may say that the parcel was fetched long ago.
const behindAtMost = time.Minute

// noticeLease is how long a lockerdesk that took a notice from the outbox does not get it once more.
const noticeLease = 2 * time.Minute

// of is what ends the id of a notice for one of those who share a rented door.
func of(n desk.Notice) string {
	if n.Sharer == "" {
		return ""
	}
	return "/" + n.Sharer
}

// addNotice adds a notice about a parcel, or about an announcement before there is one.
func (b *Books) addNotice(ctx context.Context, q querier, id, cabinet string, about desk.Subject, n desk.Notice) error {
	if about.Parcel != "" {
		about.Order = ""
	}
	// Due since ever: whoever of several lockerdesks looks next may have a clock that is behind.
	return write(ctx, q, `INSERT INTO notice (id, cabinet, parcel, order_id, what, sharer, made, due, state) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8)
		ON CONFLICT (id) DO NOTHING`, id, cabinet, about.Parcel, about.Order, n.What, n.Sharer, millis(b.clock()), noticeWaits)
}

// tellAgain has a code sent once more to whoever waits at a cabinet and has a phone number that somebody has typed there.
func (b *Books) tellAgain(ctx context.Context, q querier, r desk.Record, phone string) error {
	there, err := rows(ctx, q, b.scanParcel, `SELECT `+parcelColumns+` FROM parcel WHERE cabinet = $1 AND status IN ($2, $3, $4) AND personal IS NOT NULL ORDER BY id`,
		r.Cabinet, desk.Waiting, desk.Kept, desk.Expired)
	if err != nil {
		return err
	}
	for _, p := range there {
		for _, n := range p.Asked(phone) {
			id := fmt.Sprintf("%s/%s/%d/%s/%s%s", r.Cabinet, r.Epoch, r.Seq, n.What, p.ID, of(n))
			if err := b.addNotice(ctx, q, id, r.Cabinet, desk.Subject{Parcel: p.ID}, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// Due takes the notices from the outbox that are to be sent now, at most so many. Nobody else gets them while this lockerdesk lives, and it
// itself not for two minutes. Settle or Later ends that. If it dies before it says so the next one gets them, and so a notice may be sent
// twice, with the same id.
func (b *Books) Due(ctx context.Context, most int) (list []Notice, err error) {
	now := b.clock()
	type row struct {
		notice  Notice
		cabinet string
		about   desk.Subject
		sharer  string
	}
	err = b.within(ctx, func(tx *sql.Tx) error {
		found, err := rows(ctx, tx, func(r scanner) (x row, err error) {
			return x, r.Scan(&x.notice.ID, &x.notice.What, &x.cabinet, &x.about.Parcel, &x.about.Order, &x.sharer, &x.notice.Tries, &x.notice.Place)
		}, `SELECT n.id, n.what, n.cabinet, n.parcel, n.order_id, n.sharer, n.tries, c.place FROM notice n JOIN cabinet c ON c.name = n.cabinet
			WHERE n.state = $1 AND n.due <= $2 AND n.holder IN (0, $5)
			AND (n.made < $3 OR c.ahead <= COALESCE((SELECT MAX(e.seq) FROM epoch e WHERE e.cabinet = n.cabinet), 0))
			ORDER BY n.due, n.made, n.id LIMIT $4`+b.pick, noticeWaits, millis(now), millis(now.Add(-behindAtMost)), most, b.seat.Load())
		if err != nil {
			return err
		}
		list = list[:0]
		for _, x := range found {
			if x.notice.Parcel, err = b.noticed(ctx, tx, x.cabinet, x.about); err != nil {
				return fmt.Errorf("books: notice %s: %w", x.notice.ID, err)
			}
			x.notice.Parcel = x.notice.Parcel.For(x.sharer)
			list = append(list, x.notice)
			if err := write(ctx, tx, `UPDATE notice SET due = $1, holder = $2 WHERE id = $3`,
				millis(now.Add(noticeLease)), b.seat.Load(), x.notice.ID); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

// noticed is what a notice is about, as it is now.
func (b *Books) noticed(ctx context.Context, tx *sql.Tx, cabinet string, about desk.Subject) (desk.Parcel, error) {
	if about.Order != "" {
		a, err := b.announcement(ctx, tx, cabinet, about)
		if err != nil || a == nil { // kept for long enough: nobody is told any more
			return desk.Parcel{Cabinet: cabinet, Order: about.Order}, err
		}
		return a.Sending(), nil
	}
	p, err := b.parcel(ctx, tx, cabinet, about.Parcel)
	if err != nil || p == nil { // of what is not in the books nothing is true, and nobody else is to wait for it
		return desk.Parcel{Cabinet: cabinet, ID: about.Parcel}, err
	}
	if p.Fee != nil { // a letter asks for no money that is on its way to the cabinet
		paid, err := b.payments(ctx, tx, p.Cabinet, p.ID)
		if err != nil {
			return desk.Parcel{}, err
		}
		p.Fee = p.Fee.Known(p.Told, paid)
	}
	return *p, nil
}

// Settle ends a notice. why has nothing personal. If somebody was told of a parcel that has a fee, what follows from that is kept with it.
func (b *Books) Settle(ctx context.Context, id string, state NoticeState, why string) error {
	return b.within(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `UPDATE notice SET state = $1, ended = $2, why = $3, holder = 0 WHERE id = $4 AND holder = $5`,
			state, millis(b.clock()), why, id, b.seat.Load())
		if err != nil {
			return fmt.Errorf("books: write: %w", err)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 || state != Told { // another lockerdesk has told it
			return err
		}
		return b.toldOf(ctx, tx, id)
	})
}

// Holds says that a notice is still this lockerdesk's to tell. One that stood still since it took the notice asks before it tells it.
func (b *Books) Holds(ctx context.Context, id string) (bool, error) {
	found, err := rows(ctx, b.db, oneText, `SELECT id FROM notice WHERE id = $1 AND holder = $2 AND state = $3`, id, b.seat.Load(), noticeWaits)
	return len(found) == 1, err
}

// Later says that a try failed, and when the next one is due. why has nothing personal.
func (b *Books) Later(ctx context.Context, id string, at time.Time, why string) error {
	return write(ctx, b.db, `UPDATE notice SET due = $1, tries = tries + 1, why = $2, holder = 0 WHERE id = $3 AND holder = $4`,
		millis(at), why, id, b.seat.Load())
}

// Remind puts a reminder into the outbox for each parcel whose time is nearly over, once for each end of its pickup period.
func (b *Books) Remind(ctx context.Context) (reminded int, err error) {
	now := b.clock()
	err = b.within(ctx, func(tx *sql.Tx) error {
		reminded = 0
		waiting, err := rows(ctx, tx, b.scanParcel,
			`SELECT `+parcelColumns+` FROM parcel p WHERE status = $1 AND until > $2 AND until <= $3 AND NOT EXISTS
			(SELECT 1 FROM notice n WHERE n.id = p.cabinet || '/' || p.id || '/last_day/' || CAST(p.until AS TEXT))`,
			desk.Waiting, millis(now), millis(now.Add(desk.LastDay)))
		if err != nil {
			return err
		}
		for _, p := range waiting {
			what := p.Reminder(now)
			if what == "" {
				continue
			}
			n := desk.Notice{What: what}
			if err := b.addNotice(ctx, tx, told(p.Cabinet, p.ID, n, p.Until), p.Cabinet, desk.Subject{Parcel: p.ID}, n); err != nil {
				return err
			}
			reminded++
		}
		for _, others := range []func(context.Context, querier) (int, error){b.remindExpected, b.remindRenters} {
			n, err := others(ctx, tx)
			if reminded += n; err != nil {
				return err
			}
		}
		return nil
	})
	return reminded, err
}

// told names a notice that time brings, once for each end.
func told(cabinet, subject string, n desk.Notice, until time.Time) string {
	return fmt.Sprintf("%s/%s/%s/%d%s", cabinet, subject, n.What, millis(until), of(n))
}

// remindExpected reminds each sender and renter who is expected for another day, but who was told of it within the last one.
func (b *Books) remindExpected(ctx context.Context, q querier) (reminded int, err error) {
	now := b.clock()
	expected, err := rows(ctx, q, b.scanAnnouncement,
		`SELECT `+announcementColumns+` FROM announcement a WHERE (sends OR rents) AND state = $1 AND until > $2 AND until <= $3 AND NOT EXISTS
		(SELECT 1 FROM notice n WHERE n.cabinet = a.cabinet AND n.order_id = a.order_id AND n.sharer = '' AND n.made >= a.until - $4)`,
		desk.Expects, millis(now), millis(now.Add(desk.LastDay)), desk.LastDay.Milliseconds())
	if err != nil {
		return 0, err
	}
	for _, a := range expected {
		if !a.Contact.Reached() {
			continue
		}
		n := desk.Notice{What: map[bool]desk.Told{true: desk.ToldRentSoon, false: desk.ToldSendSoon}[a.Rents]}
		if err := b.addNotice(ctx, q, told(a.Cabinet, a.Order, n, a.Until), a.Cabinet, desk.Subject{Order: a.Order}, n); err != nil {
			return reminded, err
		}
		reminded++
	}
	return reminded, nil
}
