package books

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"lockerd/internal/desk"
	"lockerd/internal/locker"
)

// personal is what of a parcel is sealed.
type personal struct {
	Contact desk.Contact  `json:"contact"`
	Code    string        `json:"code,omitempty"`
	Link    string        `json:"link,omitempty"`
	People  []desk.Sharer `json:"people,omitempty"`
	// Tokens is desk.Parcel's.
	Tokens time.Time `json:"tokens_after,omitzero"`
}

const parcelColumns = `cabinet, id, tracking, door, size, company, order_id, status, before, stored, until, ended, personal, fee, told, rented`

// readParcel reads a row of parcelColumns.
func (b *Books) readParcel(scan func(...any) error) (p desk.Parcel, err error) {
	var stored, until, ended, told int64
	var sealed []byte
	var fee string
	if err := scan(&p.Cabinet, &p.ID, &p.Tracking, &p.Door, &p.Size, &p.Company, &p.Order, &p.Status, &p.Before, &stored, &until, &ended,
		&sealed, &fee, &told, &p.Rented); err != nil {
		return p, err
	}
	if p.Fee, err = unpacked[desk.Fee](fee); err != nil {
		return p, err
	}
	p.Stored, p.Until, p.Ended, p.Told = date(stored), date(until), date(ended), date(told)
	var own personal
	err = b.sealer.open(parcelRow(p.Cabinet, p.ID), sealed, &own)
	p.Contact, p.Code, p.Link, p.People, p.Tokens = own.Contact, own.Code, own.Link, own.People, own.Tokens
	return p, err
}

func (b *Books) scanParcel(r scanner) (desk.Parcel, error) { return b.readParcel(r.Scan) }

func parcelRow(cabinet, id string) string { return "parcel/" + cabinet + "/" + id }

// oneParcel reads the parcel that a condition finds; nil if there is none.
func (b *Books) oneParcel(ctx context.Context, q querier, where string, args ...any) (*desk.Parcel, error) {
	return oneRow(ctx, q, b.scanParcel, `SELECT `+parcelColumns+` FROM parcel WHERE `+where, args...)
}

const byID = `cabinet = $1 AND id = $2`

func (b *Books) parcel(ctx context.Context, q querier, cabinet, id string) (*desk.Parcel, error) {
	if id == "" {
		return nil, nil
	}
	return b.oneParcel(ctx, q, byID, cabinet, id)
}

// ByLink is the parcel whose page has an address that ends so, or what its sender or renter sees of it before it is in, or one of those who share
// a rented door; nil if there is none, or the page is no more.
func (b *Books) ByLink(ctx context.Context, link string) (*desk.Parcel, error) {
	p, err := b.oneParcel(ctx, b.db, `link = $1`, linkHash(link))
	if p == nil && err == nil {
		var a *desk.Announcement
		if a, err = b.oneAnnouncement(ctx, b.db, `link = $1`, linkHash(link)); a != nil {
			is := a.Sending()
			p = &is
		}
	}
	if p == nil && err == nil {
		return b.bySharersLink(ctx, link)
	}
	if p != nil && p.Link != link { // what is personal was forgotten
		return nil, err
	}
	return p, err
}

func (b *Books) putParcel(ctx context.Context, q querier, p desk.Parcel) error {
	sealed, err := b.sealer.seal(parcelRow(p.Cabinet, p.ID), personal{Contact: p.Contact, Code: p.Code, Link: p.Link, People: p.People, Tokens: p.Tokens})
	if err != nil {
		return err
	}
	fee, err := packed(p.Fee)
	if err != nil {
		return err
	}
	var is desk.Fee
	if p.Fee != nil {
		is = *p.Fee
	}
	return write(ctx, q, `INSERT INTO parcel (`+parcelColumns+`, link, currency, owed, paid) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
		ON CONFLICT (cabinet, id) DO UPDATE SET door = excluded.door, status = excluded.status, before = excluded.before,
		stored = excluded.stored, until = excluded.until, ended = excluded.ended, personal = excluded.personal, link = excluded.link,
		fee = excluded.fee, currency = excluded.currency, owed = excluded.owed, paid = excluded.paid`,
		p.Cabinet, p.ID, p.Tracking, p.Door, p.Size, p.Company, p.Order, p.Status, p.Before, millis(p.Stored), millis(p.Until), millis(p.Ended),
		sealed, fee, millis(p.Told), p.Rented, linkHash(p.Link), is.Currency, is.Left, is.PaidSum())
}

// promised is what is personal of an announcement.
type promised struct {
	desk.Contact
	Code   string        `json:"code,omitempty"` // its sender's, or renter's
	Link   string        `json:"link,omitempty"`
	People []desk.Sharer `json:"people,omitempty"`
}

// openAnnouncement reads what is personal of an announcement.
func (b *Books) openAnnouncement(a *desk.Announcement, sealed []byte) error {
	var own promised
	err := b.sealer.open(announcementRow(a.Order), sealed, &own)
	a.Contact, a.Code, a.Link, a.People = own.Contact, own.Code, own.Link, own.People
	return err
}

func announcementRow(order string) string { return "announcement/" + order }

// announcement is what this desk told a cabinet in an order; nil if the order is none of its announcements, as whichAnnouncement says.
func (b *Books) announcement(ctx context.Context, q querier, cabinet string, about desk.Subject) (*desk.Announcement, error) {
	where, args := whichAnnouncement(cabinet, about)
	if where == "" {
		return nil, nil
	}
	return b.oneAnnouncement(ctx, q, where, args...)
}

// whichAnnouncement is the condition that finds an order's announcement; empty: there can be none. Of a parcel that the cabinet did not expect
// it is the newest announcement of that number, if the cabinet has not heard it or has refused it, since its courier was quicker, or if its courier
// has only taken out again what it announced. Nobody is told by an earlier one: it was perhaps somebody else's.
func whichAnnouncement(cabinet string, about desk.Subject) (where string, args []any) {
	switch {
	case about.Tracking != "": // as scanners read it
		return `order_id = (SELECT a.order_id FROM announcement a JOIN sent_order o ON o.id = a.order_id AND o.kind = 'parcel.announce'
			WHERE a.cabinet = $1 AND NOT a.sends AND NOT a.rents AND UPPER(REPLACE(a.tracking, ' ', '')) = $2 ORDER BY a.made DESC, a.order_id DESC LIMIT 1)
			AND (state IN ($3, $4) OR EXISTS (SELECT 1 FROM parcel p WHERE p.cabinet = $1 AND p.order_id = announcement.order_id)
			AND NOT EXISTS (SELECT 1 FROM parcel p WHERE p.cabinet = $1 AND p.order_id = announcement.order_id AND p.status <> $5))`,
			[]any{cabinet, about.Tracking, desk.Sent, desk.Refused, desk.Withdrawn}
	case about.Order == "":
		return "", nil
	}
	return `cabinet = $1 AND order_id = $2`, []any{cabinet, about.Order}
}

// MayDrop says that an announcement may be taken back: its cabinet expects it, or may; no parcel of its number lies there, and no other announcement
// has taken its place. The order names a number: it would end the pickup of that parcel, or what is expected for somebody else.
func (b *Books) MayDrop(ctx context.Context, a desk.Announcement) (bool, error) {
	if a.State != desk.Sent && a.State != desk.Expects {
		return false, nil
	}
	found, err := rows(ctx, b.db, b.scanParcel, `SELECT `+parcelColumns+` FROM parcel WHERE cabinet = $1 AND tracking IN ($2, UPPER(REPLACE($3, ' ', '')))`,
		a.Cabinet, a.Tracking, a.Tracking)
	if err != nil || slices.ContainsFunc(found, func(p desk.Parcel) bool { return p.Status.Lies() }) {
		return false, err
	}
	newest, err := rows(ctx, b.db, oneText, `SELECT a.order_id FROM announcement a JOIN sent_order o ON o.id = a.order_id AND o.kind = 'parcel.announce'
		WHERE a.cabinet = $1 AND UPPER(REPLACE(a.tracking, ' ', '')) = UPPER(REPLACE($2, ' ', '')) ORDER BY a.made DESC, a.order_id DESC LIMIT 1`, a.Cabinet, a.Tracking)
	return len(newest) == 0 || newest[0] == a.Order, err
}

const announcementColumns = `order_id, cabinet, tracking, company, size, state, why, until, personal, fee, sends, rents, hours`

// readAnnouncement reads a row of announcementColumns, and what stands behind them into more.
func (b *Books) readAnnouncement(scan func(...any) error, more ...any) (a desk.Announcement, err error) {
	var until int64
	var company sql.NullString
	var sealed []byte
	var fee string
	if err := scan(append([]any{&a.Order, &a.Cabinet, &a.Tracking, &company, &a.Size, &a.State, &a.Why, &until, &sealed, &fee, &a.Sends, &a.Rents, &a.Hours}, more...)...); err != nil {
		return a, err
	}
	if a.Fee, err = unpacked[locker.Terms](fee); err != nil {
		return a, err
	}
	a.Company, a.Until = company.String, date(until)
	return a, b.openAnnouncement(&a, sealed)
}

func (b *Books) scanAnnouncement(r scanner) (desk.Announcement, error) {
	return b.readAnnouncement(r.Scan)
}

// oneAnnouncement reads the announcement that a condition finds; nil if there is none.
func (b *Books) oneAnnouncement(ctx context.Context, q querier, where string, args ...any) (*desk.Announcement, error) {
	return oneRow(ctx, q, b.scanAnnouncement, `SELECT `+announcementColumns+` FROM announcement WHERE `+where, args...)
}

func (b *Books) putAnnouncement(ctx context.Context, q querier, a desk.Announcement) error {
	sealed, err := b.sealer.seal(announcementRow(a.Order), promised{a.Contact, a.Code, a.Link, a.People})
	if err != nil {
		return err
	}
	fee, err := packed(a.Fee)
	if err != nil {
		return err
	}
	var link []byte
	if a.Link != "" {
		link = linkHash(a.Link)
	}
	// What was forgotten stays forgotten.
	return write(ctx, q, `INSERT INTO announcement (order_id, cabinet, tracking, state, why, made, personal, company, size, fee, sends, link, until, rents, hours)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (order_id) DO UPDATE SET state = excluded.state, why = excluded.why, link = excluded.link, until = excluded.until,
		personal = CASE WHEN announcement.personal IS NULL THEN NULL ELSE excluded.personal END`,
		a.Order, a.Cabinet, a.Tracking, a.State, a.Why, millis(b.clock()), sealed, a.Company, a.Size, fee, a.Sends, link, millis(a.Until), a.Rents, a.Hours)
}
