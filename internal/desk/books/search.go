package books

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"lockerd/internal/desk"
)

// Place is where a page of a list ended: the next one begins behind it. Lists are ordered by time, the newest first, and then by name.
type Place struct {
	At   time.Time
	Name string // what tells entries of one time apart: cabinet/id of a parcel, the id of an order
}

// where puts a condition together: each term's question marks become the numbered places that both databases know.
type where struct {
	terms []string
	args  []any
}

func (w *where) and(term string, args ...any) {
	for _, a := range args {
		w.args = append(w.args, a)
		term = strings.Replace(term, "?", fmt.Sprintf("$%d", len(w.args)), 1)
	}
	w.terms = append(w.terms, term)
}

// text is the condition, with what follows it.
func (w *where) text(rest string, args ...any) string {
	w.and(rest, args...)
	last := len(w.terms) - 1
	if last == 0 {
		return " " + w.terms[0]
	}
	return " WHERE " + strings.Join(w.terms[:last], " AND ") + " " + w.terms[last]
}

// ParcelFilter says which parcels are meant. What is empty does not matter.
type ParcelFilter struct {
	Cabinet  string
	Tracking string
	Order    string // that announced it
	Status   desk.Status
	After    *Place
}

// Search finds parcels, those stored last first, at most so many.
func (b *Books) Search(ctx context.Context, f ParcelFilter, most int) ([]desk.Parcel, error) {
	var w where
	if f.Cabinet != "" {
		w.and("cabinet = ?", f.Cabinet)
	}
	if f.Tracking != "" {
		w.and("tracking = ?", f.Tracking)
	}
	if f.Order != "" {
		w.and("order_id = ?", f.Order)
	}
	if f.Status != "" {
		w.and("status = ?", f.Status)
	}
	if f.After != nil {
		cabinet, id, _ := strings.Cut(f.After.Name, "/")
		w.and("(stored, cabinet, id) < (?, ?, ?)", millis(f.After.At), cabinet, id)
	}
	query := `SELECT ` + parcelColumns + ` FROM parcel` + w.text("ORDER BY stored DESC, cabinet DESC, id DESC LIMIT ?", most)
	return rows(ctx, b.db, b.scanParcel, query, w.args...)
}

// PlaceOf is where a parcel stands in a list.
func PlaceOf(p desk.Parcel) *Place { return &Place{At: p.Stored, Name: p.Cabinet + "/" + p.ID} }

// Parcel is one parcel; nil if there is none.
func (b *Books) Parcel(ctx context.Context, cabinet, id string) (*desk.Parcel, error) {
	return b.parcel(ctx, b.db, cabinet, id)
}

// Behind is the parcel that lies behind a door; nil if the books know of none.
func (b *Books) Behind(ctx context.Context, cabinet string, door int) (*desk.Parcel, error) {
	return b.oneParcel(ctx, b.db, `cabinet = $1 AND door = $2 AND status IN ($3, $4, $5, $6, $7, $8) ORDER BY stored DESC LIMIT 1`, cabinet, door,
		desk.Waiting, desk.Expired, desk.Cancelled, desk.NotWanted, desk.ToCollect, desk.Kept)
}

// Entry is a record as it stands in the books.
type Entry struct {
	Cabinet string
	Epoch   string
	Seq     uint64
	Hash    [32]byte
	At      time.Time // by the cabinet's clock
	Kind    string
	Public  json.RawMessage // the public line, as it came: what is hashed
	Problem string          // what is wrong with it
	Taken   time.Time       // by this machine's clock
}

// Story are the records of a parcel, the oldest first.
func (b *Books) Story(ctx context.Context, cabinet, parcel string) ([]Entry, error) {
	if parcel == "" {
		return nil, nil
	}
	return rows(ctx, b.db, readEntry, `SELECT `+entryColumns+` WHERE r.cabinet = $1 AND r.parcel = $2 ORDER BY e.turn, r.seq`, cabinet, parcel)
}

const entryColumns = `r.cabinet, r.epoch, r.seq, r.hash, r.at, r.kind, r.public, r.problem, r.taken FROM record r
	JOIN epoch e ON e.cabinet = r.cabinet AND e.epoch = r.epoch`

func readEntry(r scanner) (e Entry, err error) {
	var hash, public []byte
	var at, taken, seq int64
	err = r.Scan(&e.Cabinet, &e.Epoch, &seq, &hash, &at, &e.Kind, &public, &e.Problem, &taken)
	copy(e.Hash[:], hash)
	e.Seq, e.At, e.Taken, e.Public = uint64(seq), date(at), date(taken), public
	return e, err
}

// AnnouncementFilter says which announcements are meant. What is empty does not matter.
type AnnouncementFilter struct {
	Order    string
	Cabinet  string
	Tracking string
	State    desk.AnnouncementState
	Senders  bool // only parcels that their senders bring
	Renters  bool // only doors that are to be rented
	After    *Place
}

// Announced is an announcement and when it was made.
type Announced struct {
	desk.Announcement
	Made time.Time
}

// Place is where it stands in a list.
func (a Announced) Place() *Place { return &Place{At: a.Made, Name: a.Order} }

// Announcements finds announcements of parcels that are to be brought, the newest first, at most so many.
func (b *Books) Announcements(ctx context.Context, f AnnouncementFilter, most int) ([]Announced, error) {
	var w where
	w.and("EXISTS (SELECT 1 FROM sent_order o WHERE o.id = order_id AND o.kind = ?)", "parcel.announce")
	if f.Order != "" {
		w.and("order_id = ?", f.Order)
	}
	if f.Cabinet != "" {
		w.and("cabinet = ?", f.Cabinet)
	}
	if f.Tracking != "" {
		w.and("tracking = ?", f.Tracking)
	}
	if f.State != "" {
		w.and("state = ?", f.State)
	}
	if f.Senders {
		w.and("sends")
	}
	if f.Renters {
		w.and("rents")
	}
	if f.After != nil {
		w.and("(made, order_id) < (?, ?)", millis(f.After.At), f.After.Name)
	}
	query := `SELECT ` + announcementColumns + `, made FROM announcement` + w.text("ORDER BY made DESC, order_id DESC LIMIT ?", most)
	return rows(ctx, b.db, func(r scanner) (a Announced, err error) {
		var made int64
		a.Announcement, err = b.readAnnouncement(r.Scan, &made)
		a.Made = date(made)
		return a, err
	}, query, w.args...)
}

// OrderFilter says which orders are meant. What is empty does not matter.
type OrderFilter struct {
	ID      string
	Cabinet string
	Kind    string
	After   *Place
}

// SentOrder is an order and what became of it.
type SentOrder struct {
	ID, Cabinet, Kind, By string
	Made, Expires         time.Time
	Published, Answered   time.Time // zero: not yet
	Accepted              bool
	Why                   string // it was refused, in words
}

// OrderState is where an order is.
type OrderState string

// The states of an order.
const (
	OrderWaits    OrderState = "waiting"  // to be published
	OrderIsOut    OrderState = "sent"     // the broker has it, the cabinet has not answered
	OrderAccepted OrderState = "accepted" // by the cabinet
	OrderRefused  OrderState = "refused"  // by the cabinet
	OrderExpired  OrderState = "expired"  // nobody has answered in its time
)

// State is where the order is at a time.
func (o SentOrder) State(now time.Time) OrderState {
	switch {
	case o.Accepted:
		return OrderAccepted
	case !o.Answered.IsZero():
		return OrderRefused
	case !now.Before(o.Expires):
		return OrderExpired
	case o.Published.IsZero():
		return OrderWaits
	}
	return OrderIsOut
}

// Place is where it stands in a list.
func (o SentOrder) Place() *Place { return &Place{At: o.Made, Name: o.ID} }

// Orders finds orders, the newest first, at most so many.
func (b *Books) Orders(ctx context.Context, f OrderFilter, most int) ([]SentOrder, error) {
	var w where
	if f.ID != "" {
		w.and("id = ?", f.ID)
	}
	if f.Cabinet != "" {
		w.and("cabinet = ?", f.Cabinet)
	}
	if f.Kind != "" {
		w.and("kind = ?", f.Kind)
	}
	if f.After != nil {
		w.and("(made, id) < (?, ?)", millis(f.After.At), f.After.Name)
	}
	query := `SELECT id, cabinet, kind, by_whom, made, expires, published, answered, accepted, why FROM sent_order` +
		w.text("ORDER BY made DESC, id DESC LIMIT ?", most)
	return rows(ctx, b.db, func(r scanner) (o SentOrder, err error) {
		var made, expires, published, answered int64
		err = r.Scan(&o.ID, &o.Cabinet, &o.Kind, &o.By, &made, &expires, &published, &answered, &o.Accepted, &o.Why)
		o.Made, o.Expires, o.Published, o.Answered = date(made), date(expires), date(published), date(answered)
		return o, err
	}, query, w.args...)
}

// Once names a request that may come twice and is to count once.
type Once struct {
	Who, Key string   // Key empty: each request counts
	Digest   [32]byte // of what is asked for
	// Anew says that it may be asked for anew where its order came to nothing: it was refused, or nobody has answered it in time.
	Anew bool
}

// ErrOtherRequest says that a key was used before for something else.
var ErrOtherRequest = errors.New("books: this key was used for another request")

// onceFor is how long a request's key is remembered.
const onceFor = 48 * time.Hour

// once notes that a request makes an order; first is the order that the same request has made already, empty if it is new.
func (b *Books) once(ctx context.Context, tx *sql.Tx, o Once, order string) (first string, err error) {
	if o.Key == "" {
		return "", nil
	}
	now := b.clock()
	if err := write(ctx, tx, `DELETE FROM once WHERE made < $1`, millis(now.Add(-onceFor))); err != nil {
		return "", err
	}
	done, err := tx.ExecContext(ctx, `INSERT INTO once (who, key, digest, order_id, made) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (who, key) DO NOTHING`,
		o.Who, o.Key, o.Digest[:], order, millis(now))
	if err != nil {
		return "", fmt.Errorf("books: write: %w", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return "", err
	}
	var digest []byte
	if err := tx.QueryRowContext(ctx, `SELECT digest, order_id FROM once WHERE who = $1 AND key = $2`, o.Who, o.Key).Scan(&digest, &first); err != nil {
		return "", fmt.Errorf("books: read: %w", err)
	}
	if string(digest) != string(o.Digest[:]) {
		return "", ErrOtherRequest
	}
	if !o.Anew {
		return first, nil
	}
	vain, err := oneRow(ctx, tx, oneText, `SELECT id FROM sent_order WHERE id = $1 AND NOT accepted AND (answered > 0 OR expires <= $2)`, first, millis(now))
	if err != nil || vain == nil {
		return first, err
	}
	return "", write(ctx, tx, `UPDATE once SET order_id = $1, made = $2 WHERE who = $3 AND key = $4`, order, millis(now), o.Who, o.Key)
}
