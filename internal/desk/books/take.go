package books

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"lockerd/internal/contract"
	"lockerd/internal/desk"
	"lockerd/internal/locker"
)

// ErrNotEnrolled says that a cabinet is none of this desk's.
var ErrNotEnrolled = errors.New("books: no such cabinet: lockerdesk enrol makes one")

// Taken is what became of records of one cabinet.
type Taken struct {
	// Err says that none of them counts here: ErrNotOurs, ErrNotEnrolled.
	Err error
	// Verdicts has one entry a record: nil if it was taken, else why not: contract.ErrSeen, ErrTooEarly, ErrMidway.
	Verdicts []error
	Problems []string // what people should look at
	// Head is the newest record in the books, which may be acknowledged now: they are on the disk. Epoch is empty if there is none.
	Head Head
	// Told says that there are new notices, alarms, deliveries or errands.
	Told bool
}

// Head names a record.
type Head struct {
	Epoch string
	Seq   uint64
	Hash  [32]byte
}

// Batch is what one cabinet has sent.
type Batch struct {
	Cabinet string
	Records []desk.Record // in the order in which they came
	State   []byte        // its newest retained state; nil: none has come
	Ahead   uint64        // the newest record that this state takes into account
}

// Take takes records of one cabinet, as TakeAll does.
func (b *Books) Take(ctx context.Context, cabinet string, records []desk.Record) (Taken, error) {
	all, err := b.TakeAll(ctx, []Batch{{Cabinet: cabinet, Records: records}})
	if err != nil {
		return Taken{}, err
	}
	return all[0], all[0].Err
}

// TakeAll takes records of several cabinets, as far as the rules of receiving allow, each with what follows from it, all in one transaction
// and so by one commit: after an error none of them was taken. A cabinet that is not this lockerdesk's has its own error (ErrNotOurs,
// ErrNotEnrolled) and holds up no other.
func (b *Books) TakeAll(ctx context.Context, batches []Batch) ([]Taken, error) {
	all := make([]Taken, len(batches))
	// All lock the cabinets' rows in the same order.
	order := make([]int, len(batches))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return strings.Compare(batches[i].Cabinet, batches[j].Cabinet) })
	err := b.within(ctx, func(tx *sql.Tx) error {
		hooks, err := wanted(ctx, tx)
		if err != nil {
			return err
		}
		for _, i := range order {
			taken, err := b.take(ctx, tx, hooks, batches[i])
			if errors.Is(err, ErrNotOurs) || errors.Is(err, ErrNotEnrolled) { // said before anything was written
				taken, err = Taken{Err: err}, nil
			}
			if err != nil {
				return err
			}
			all[i] = taken
		}
		return nil
	})
	return all, err
}

// take takes records of one cabinet.
func (b *Books) take(ctx context.Context, tx *sql.Tx, hooks []Hook, batch Batch) (t Taken, err error) {
	cabinet := batch.Cabinet
	p, err := b.past(ctx, tx, cabinet)
	if err != nil {
		return t, err
	}
	for _, r := range batch.Records {
		problem, verdict := contract.Judge(cabinet, p, r.Received)
		if p.err != nil {
			return t, p.err
		}
		t.Verdicts = append(t.Verdicts, verdict)
		if errors.Is(verdict, contract.ErrDiffers) {
			t.Problems = append(t.Problems, fmt.Sprintf("%s/%s/%d: %s", cabinet, r.Epoch, r.Seq, verdict))
			if err := b.alarm(ctx, tx, r, desk.Twin(r)); err != nil {
				return t, err
			}
			t.Told = true
		}
		if verdict != nil {
			continue
		}
		if problem != "" {
			t.Problems = append(t.Problems, fmt.Sprintf("%s/%s/%d: %s", cabinet, r.Epoch, r.Seq, problem))
		}
		told, err := b.follow(ctx, tx, hooks, r, problem)
		if err != nil {
			return t, err
		}
		t.Told = t.Told || told
		p.take(r)
	}
	t.Head = p.head()
	if err := p.save(); err != nil || batch.State == nil {
		return t, err
	}
	return t, b.setState(ctx, tx, cabinet, batch.State, batch.Ahead)
}

// Newest is the newest record of a cabinet that was taken; 0: none.
func (b *Books) Newest(ctx context.Context, cabinet string) (seq uint64, err error) {
	found, err := rows(ctx, b.db, oneNumber, `SELECT seq FROM epoch WHERE cabinet = $1 ORDER BY turn DESC LIMIT 1`, cabinet)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	return uint64(found[0]), nil
}

// follow keeps a record and what follows from it.
func (b *Books) follow(ctx context.Context, tx *sql.Tx, hooks []Hook, r desk.Record, problem string) (told bool, err error) {
	about := desk.Concerns(r.Event)
	if err := write(ctx, tx, `INSERT INTO record (cabinet, epoch, seq, hash, at, kind, parcel, public, problem, taken)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		r.Cabinet, r.Epoch, int64(r.Seq), r.Hash[:], millis(r.At), r.Kind, storyOf(r), r.Public, problem, millis(b.clock())); err != nil {
		return false, err
	}
	known := desk.Known{Problem: problem}
	if e, is := r.Event.(locker.EpochBegun); is {
		if known.Beyond, err = b.beyond(ctx, tx, r, e.Previous); err != nil {
			return false, err
		}
	}
	if e, is := r.Event.(locker.OrderRefused); is && e.Code == locker.CodeNoSuchParcel {
		if known.Money, err = b.moneyOf(ctx, tx, r.Cabinet, e.Order); err != nil {
			return false, err
		}
		if known.Money != nil {
			about.Parcel = known.Money.Parcel
		}
	}
	if known.Parcel, err = b.parcel(ctx, tx, r.Cabinet, about.Parcel); err != nil {
		return false, err
	}
	if known.Announced, err = b.announcement(ctx, tx, r.Cabinet, about); err != nil {
		return false, err
	}
	if known.Share, err = b.announcement(ctx, tx, r.Cabinet, desk.Subject{Order: about.Share}); err != nil {
		return false, err
	}
	o := desk.Follow(known, r)
	if err := b.keep(ctx, tx, r, about, o); err != nil {
		return false, err
	}
	told, err = b.deliver(ctx, tx, hooks, r, o.Alarm != nil)
	return told || len(o.Notices) > 0 || o.Alarm != nil || o.Errand != nil, err
}

// beyond are the doors of parcels of which an earlier epoch has records from the one on with which a new epoch begins.
func (b *Books) beyond(ctx context.Context, tx *sql.Tx, r desk.Record, previous string) ([]int, error) {
	return rows(ctx, tx, func(r *sql.Rows) (door int, err error) { return door, r.Scan(&door) },
		`SELECT DISTINCT p.door FROM record n JOIN parcel p ON p.cabinet = n.cabinet AND p.id = n.parcel
		WHERE n.cabinet = $1 AND n.epoch = $2 AND n.seq >= $3 ORDER BY p.door`, r.Cabinet, previous, int64(r.Seq))
}

// alarm keeps one. One of another kind with the same record, which is in the books already, gives way, and everybody is told anew.
func (b *Books) alarm(ctx context.Context, tx *sql.Tx, r desk.Record, a desk.Alarm) error {
	if err := write(ctx, tx, `DELETE FROM alarm_told WHERE cabinet = $1 AND epoch = $2 AND seq = $3 AND EXISTS (SELECT 1 FROM alarm a
		WHERE a.cabinet = $1 AND a.epoch = $2 AND a.seq = $3 AND a.kind <> $4)`, r.Cabinet, r.Epoch, int64(r.Seq), a.Kind); err != nil {
		return err
	}
	return write(ctx, tx, `INSERT INTO alarm (cabinet, epoch, seq, kind, door, what, urgent, at, raised) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (cabinet, epoch, seq) DO UPDATE SET kind = excluded.kind, what = excluded.what, urgent = excluded.urgent, raised = excluded.raised,
		seen = 0 WHERE alarm.kind <> excluded.kind`, r.Cabinet, r.Epoch, int64(r.Seq), a.Kind, a.Door, a.What, a.Urgent, millis(a.At), millis(b.clock()))
}

// storyOf is the parcel whose story a record belongs to, whether or not something follows from it.
func storyOf(r desk.Record) string {
	var about struct {
		Parcel string `json:"parcel"`
	}
	_ = json.Unmarshal(r.Received.Event, &about) // a field of another type stays empty
	return about.Parcel
}

// keep writes what follows from a record.
func (b *Books) keep(ctx context.Context, tx *sql.Tx, r desk.Record, about desk.Subject, o desk.Outcome) error {
	if err := b.keepSubjects(ctx, tx, o); err != nil {
		return err
	}
	if o.Answer != nil {
		if err := b.answered(ctx, tx, r.Cabinet, *o.Answer); err != nil {
			return err
		}
	}
	for _, n := range o.Notices {
		id := fmt.Sprintf("%s/%s/%d/%s%s", r.Cabinet, r.Epoch, r.Seq, n.What, of(n))
		if err := b.addNotice(ctx, tx, id, r.Cabinet, about, n); err != nil {
			return err
		}
	}
	if o.Errand != nil {
		if err := b.addErrand(ctx, tx, fmt.Sprintf("link/%s/%s/%d", r.Cabinet, r.Epoch, r.Seq), *o.Errand); err != nil {
			return err
		}
	}
	if o.Payment != nil {
		if err := b.counted(ctx, tx, r.Cabinet, *o.Payment); err != nil {
			return err
		}
	}
	if a := o.Alarm; a != nil {
		return b.alarm(ctx, tx, r, *a)
	}
	return nil
}

// keepSubjects writes what a record is about, as it is now. Whoever is told of it by this desk gets a page.
func (b *Books) keepSubjects(ctx context.Context, tx *sql.Tx, o desk.Outcome) (err error) {
	if p := o.Parcel; p != nil {
		if p.Link == "" {
			p.Link = newLink()
		}
		if p.People, err = b.givePages(ctx, tx, p.Cabinet, p.Order, p.People); err != nil {
			return err
		}
		if err := b.putParcel(ctx, tx, *p); err != nil {
			return err
		}
	}
	if a := o.Announced; a != nil {
		if (a.Sends || a.Rents) && a.State == desk.Expects {
			if a.Link == "" {
				a.Link = newLink()
			}
			if a.People, err = b.givePages(ctx, tx, a.Cabinet, a.Order, a.People); err != nil {
				return err
			}
		}
		if err := b.putAnnouncement(ctx, tx, *a); err != nil {
			return err
		}
	}
	if o.Share != nil {
		return b.putAnnouncement(ctx, tx, *o.Share)
	}
	return nil
}

// newLink is 128 random bits: it cannot be guessed.
func newLink() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func linkHash(link string) []byte {
	h := sha256.Sum256([]byte(link))
	return h[:]
}

// past is what the books remember of a cabinet's records, for contract.Judge, within a transaction. An error of the database stays in
// err.
type past struct {
	ctx     context.Context
	tx      *sql.Tx
	cabinet string
	heads   map[string]head // by epoch
	kept    map[string]head // as they are in the database
	epoch   string          // whose record was taken last
	turn    int64
	err     error
}

type head struct {
	seq  uint64
	hash [32]byte
	turn int64 // grows with each change from one epoch to another
}

var _ contract.Past = (*past)(nil)

// past reads it, and keeps everybody else from this cabinet until the transaction ends: nobody becomes its owner before.
func (b *Books) past(ctx context.Context, tx *sql.Tx, cabinet string) (*past, error) {
	var owner int64
	switch err := tx.QueryRowContext(ctx, `SELECT owner FROM cabinet WHERE name = $1`+b.lock, cabinet).Scan(&owner); {
	case errors.Is(err, sql.ErrNoRows):
		return nil, ErrNotEnrolled
	case err != nil:
		return nil, fmt.Errorf("books: read: %w", err)
	case owner != b.seat.Load():
		return nil, ErrNotOurs
	}
	p := &past{ctx: ctx, tx: tx, cabinet: cabinet, heads: map[string]head{}}
	_, err := rows(ctx, tx, func(r *sql.Rows) (h head, err error) {
		var hash []byte
		if err := r.Scan(&p.epoch, &h.seq, &hash, &p.turn); err != nil {
			return h, err
		}
		copy(h.hash[:], hash)
		h.turn, p.heads[p.epoch] = p.turn, h
		return h, nil
	}, `SELECT epoch, seq, hash, turn FROM epoch WHERE cabinet = $1 ORDER BY turn`, cabinet)
	p.kept = maps.Clone(p.heads)
	return p, err
}

// Newest is the newest record of an epoch.
func (p *past) Newest(epoch string) (seq uint64, taken bool) {
	h, taken := p.heads[epoch]
	return h.seq, taken
}

// Last is the record taken last.
func (p *past) Last() (epoch string, hash [32]byte) { return p.epoch, p.heads[p.epoch].hash }

// Find is the record with a hash.
func (p *past) Find(hash [32]byte) (seq uint64, taken bool) {
	var found int64
	err := p.tx.QueryRowContext(p.ctx, `SELECT seq FROM record WHERE cabinet = $1 AND hash = $2`, p.cabinet, hash[:]).Scan(&found)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		p.err = fmt.Errorf("books: read: %w", err)
	}
	return uint64(found), err == nil
}

// take notes that a record was taken; save writes it.
func (p *past) take(r desk.Record) {
	if p.epoch != r.Epoch {
		p.turn++
	}
	p.heads[r.Epoch], p.epoch = head{r.Seq, r.Hash, p.turn}, r.Epoch
}

// save writes the heads that have moved on.
func (p *past) save() error {
	for epoch, h := range p.heads {
		if p.kept[epoch] == h {
			continue
		}
		if err := write(p.ctx, p.tx, `INSERT INTO epoch (cabinet, epoch, seq, hash, turn) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (cabinet, epoch) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, turn = excluded.turn`,
			p.cabinet, epoch, int64(h.seq), h.hash[:], h.turn); err != nil {
			return err
		}
	}
	return nil
}

func (p *past) head() Head {
	h := p.heads[p.epoch]
	return Head{Epoch: p.epoch, Seq: h.seq, Hash: h.hash}
}
