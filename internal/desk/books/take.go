package books

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

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

// TakeAll takes records of several cabinets, at most one Batch of each, as far as the rules of receiving allow, each with what follows from it, all in one transaction
// and so by one commit: after an error none of them was taken. A cabinet that is not this lockerdesk's has its own error (ErrNotOurs,
// ErrNotEnrolled) and holds up no other. ErrUnfit says that what one of them has sent never can be taken: who asks for each alone learns which.
func (b *Books) TakeAll(ctx context.Context, batches []Batch) ([]Taken, error) {
	all := make([]Taken, len(batches))
	// All lock the cabinets' rows in the same order.
	order := make([]int, len(batches))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return strings.Compare(batches[i].Cabinet, batches[j].Cabinet) })
	err := b.writing(ctx, func(p *pen) error {
		list := make([]*receipt, len(order))
		for n, i := range order {
			list[n] = &receipt{Batch: batches[i], Taken: &all[i], past: past{ctx: ctx, pen: p, cabinet: batches[i].Cabinet}}
		}
		return b.take(ctx, p, list)
	})
	return all, err
}

// receipt is what a cabinet has sent, and what becomes of it.
type receipt struct {
	Batch
	*Taken
	past
	first *finding // what is asked about its first record together with everything else: one that comes alone costs a turn less. nil: nothing is
}

// take takes records of several cabinets: the first of each, then the second of each, and so on, so that what the books know about those of one
// turn is asked at once.
func (b *Books) take(ctx context.Context, p *pen, list []*receipt) error {
	hooks, err := b.begin(ctx, p, list)
	if err != nil {
		return err
	}
	for turn, more := 0, true; more; turn++ {
		more = false
		var finds []*finding
		for _, c := range list {
			if c.Err != nil || turn >= len(c.Records) {
				continue
			}
			more = true
			f, err := b.judge(ctx, p, c, turn)
			if err != nil {
				return err
			}
			if f != nil {
				finds = append(finds, f)
			}
		}
		if err := p.answer(ctx); err != nil {
			return err
		}
		for _, f := range finds {
			if err := b.follow(ctx, p, hooks, f); err != nil {
				return err
			}
		}
	}
	for _, c := range list {
		if c.Err != nil {
			continue
		}
		c.Head = c.head()
		if err := c.save(); err != nil {
			return err
		}
		if c.State != nil {
			if err := b.setState(ctx, p, c.Cabinet, c.State, c.Ahead); err != nil {
				return err
			}
		}
	}
	return nil
}

// begin reads what is known of cabinets, and who is told of records.
func (b *Books) begin(ctx context.Context, p *pen, list []*receipt) (hooks []Hook, err error) {
	if err := wanted(ctx, p, &hooks); err != nil {
		return nil, err
	}
	owners := make([][]int64, len(list))
	for i, c := range list {
		if err := b.lockPast(&c.past, &owners[i]); err != nil {
			return nil, err
		}
		if len(c.Records) == 0 || asksFirst(c.Records[0]) {
			continue
		}
		c.first = &finding{Record: c.Records[0], of: c, about: desk.Concerns(c.Records[0].Event)}
		if err := b.look(ctx, p, c.first); err != nil {
			return nil, err
		}
	}
	if err := p.answer(ctx); err != nil {
		return nil, err
	}
	for i, c := range list {
		switch {
		case len(owners[i]) == 0:
			c.Err = ErrNotEnrolled
		case owners[i][0] != b.seat.Load():
			c.Err = ErrNotOurs
		}
		c.read()
	}
	return hooks, nil
}

// finding is a record that is taken, and what is asked about it.
type finding struct {
	desk.Record
	of        *receipt
	about     desk.Subject
	known     desk.Known
	parcels   []desk.Parcel       // at most one
	announced []desk.Announcement // at most one
	shares    []desk.Announcement // at most one
}

// judge judges a record and asks what the books know about one that is taken; nil: it is not.
func (b *Books) judge(ctx context.Context, p *pen, c *receipt, turn int) (*finding, error) {
	r := c.Records[turn]
	problem, verdict := contract.Judge(c.Cabinet, c, r.Received)
	if c.err != nil {
		return nil, c.err
	}
	c.Verdicts = append(c.Verdicts, verdict)
	if errors.Is(verdict, contract.ErrDiffers) {
		c.Problems = append(c.Problems, fmt.Sprintf("%s/%s/%d: %s", c.Cabinet, r.Epoch, r.Seq, verdict))
		c.Told = true
		return nil, b.alarm(ctx, p, r, desk.Twin(b.dated(r)))
	}
	if verdict != nil {
		return nil, nil
	}
	if problem != "" {
		c.Problems = append(c.Problems, fmt.Sprintf("%s/%s/%d: %s", c.Cabinet, r.Epoch, r.Seq, problem))
	}
	c.take(r)
	f := c.first
	if turn > 0 || f == nil {
		f = &finding{Record: r, of: c, about: desk.Concerns(r.Event)}
		if err := b.look(ctx, p, f); err != nil {
			return nil, err
		}
	}
	f.known.Problem = problem
	return f, nil
}

// asksFirst says that something has to be known before it is clear what is asked about a record.
func asksFirst(r desk.Record) bool {
	switch e := r.Event.(type) {
	case locker.EpochBegun:
		return true
	case locker.OrderRefused:
		return e.Code == locker.CodeNoSuchParcel
	}
	return false
}

// look asks what the books know about a record.
func (b *Books) look(ctx context.Context, p *pen, f *finding) (err error) {
	switch e := f.Event.(type) {
	case locker.EpochBegun:
		if f.known.Beyond, err = b.beyond(ctx, p, f.Record, e.Previous); err != nil {
			return err
		}
	case locker.OrderRefused:
		if !asksFirst(f.Record) {
			break
		}
		if f.known.Money, err = b.moneyOf(ctx, p, f.Cabinet, e.Order); err != nil {
			return err
		}
		if f.known.Money != nil {
			f.about.Parcel = f.known.Money.Parcel
		}
	}
	if f.about.Parcel != "" {
		if err := ask(ctx, p, &f.parcels, b.scanParcel, `SELECT `+parcelColumns+` FROM parcel WHERE `+byID, f.Cabinet, f.about.Parcel); err != nil {
			return err
		}
	}
	if err := b.askAnnouncement(ctx, p, &f.announced, f.Cabinet, f.about); err != nil {
		return err
	}
	return b.askAnnouncement(ctx, p, &f.shares, f.Cabinet, desk.Subject{Order: f.about.Share})
}

func (b *Books) askAnnouncement(ctx context.Context, p *pen, into *[]desk.Announcement, cabinet string, about desk.Subject) error {
	where, args := whichAnnouncement(cabinet, about)
	if where == "" {
		return nil
	}
	return ask(ctx, p, into, b.scanAnnouncement, `SELECT `+announcementColumns+` FROM announcement WHERE `+where, args...)
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
func (b *Books) follow(ctx context.Context, p *pen, hooks []Hook, f *finding) error {
	r := f.Record
	if err := write(ctx, p, `INSERT INTO record (cabinet, epoch, seq, hash, at, kind, parcel, public, problem, taken)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		r.Cabinet, r.Epoch, int64(r.Seq), r.Hash[:], millis(r.At), r.Kind, storyOf(r), r.Public, f.known.Problem, millis(b.clock())); err != nil {
		return err
	}
	if len(f.parcels) > 0 {
		f.known.Parcel = &f.parcels[0]
	}
	if len(f.announced) > 0 {
		f.known.Announced = &f.announced[0]
	}
	if len(f.shares) > 0 {
		f.known.Share = &f.shares[0]
	}
	o := desk.Follow(f.known, b.dated(r))
	if err := b.keep(ctx, p, r, f.about, o); err != nil {
		return err
	}
	told, err := b.deliver(ctx, p, hooks, r, o.Alarm != nil)
	if told || len(o.Notices) > 0 || o.Asked != "" || o.Alarm != nil || o.Errand != nil {
		f.of.Told = true
	}
	return err
}

// clockAhead is how far a cabinet's clock may be ahead of this machine's.
const clockAhead = time.Hour

// dated is a record for what follows from it. Of a cabinet whose clock is not set, or further ahead, it is of when it came here: by the cabinet's
// word whoever has fetched a parcel would be forgotten at once, or never.
func (b *Books) dated(r desk.Record) desk.Record {
	if now := b.clock(); !r.Known || r.At.After(now.Add(clockAhead)) {
		r.At = now.UTC()
	}
	return r
}

// beyond are the doors of parcels of which an earlier epoch has records from the one on with which a new epoch begins.
func (b *Books) beyond(ctx context.Context, p *pen, r desk.Record, previous string) ([]int, error) {
	return rows(ctx, p, func(r scanner) (door int, err error) { return door, r.Scan(&door) },
		`SELECT DISTINCT p.door FROM record n JOIN parcel p ON p.cabinet = n.cabinet AND p.id = n.parcel
		WHERE n.cabinet = $1 AND n.epoch = $2 AND n.seq >= $3 ORDER BY p.door`, r.Cabinet, previous, int64(r.Seq))
}

// alarm keeps one. One of another kind with the same record, which is in the books already, gives way, and everybody is told anew.
func (b *Books) alarm(ctx context.Context, p *pen, r desk.Record, a desk.Alarm) error {
	if err := write(ctx, p, `DELETE FROM alarm_told WHERE cabinet = $1 AND epoch = $2 AND seq = $3 AND EXISTS (SELECT 1 FROM alarm a
		WHERE a.cabinet = $1 AND a.epoch = $2 AND a.seq = $3 AND a.kind <> $4)`, r.Cabinet, r.Epoch, int64(r.Seq), a.Kind); err != nil {
		return err
	}
	return write(ctx, p, `INSERT INTO alarm (cabinet, epoch, seq, kind, door, what, urgent, at, raised) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
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
func (b *Books) keep(ctx context.Context, p *pen, r desk.Record, about desk.Subject, o desk.Outcome) error {
	if err := b.keepSubjects(ctx, p, o); err != nil {
		return err
	}
	if o.Answer != nil {
		if err := b.answered(ctx, p, r.Cabinet, *o.Answer); err != nil {
			return err
		}
	}
	for _, n := range o.Notices {
		id := fmt.Sprintf("%s/%s/%d/%s%s", r.Cabinet, r.Epoch, r.Seq, n.What, of(n))
		if err := b.addNotice(ctx, p, id, r.Cabinet, about, n); err != nil {
			return err
		}
	}
	if o.Asked != "" {
		if err := b.tellAgain(ctx, p, r, o.Asked); err != nil {
			return err
		}
	}
	if o.Errand != nil {
		if err := b.addErrand(ctx, p, fmt.Sprintf("link/%s/%s/%d", r.Cabinet, r.Epoch, r.Seq), *o.Errand); err != nil {
			return err
		}
	}
	if o.Payment != nil {
		if err := b.counted(ctx, p, r.Cabinet, *o.Payment); err != nil {
			return err
		}
	}
	if a := o.Alarm; a != nil {
		return b.alarm(ctx, p, r, *a)
	}
	return nil
}

// keepSubjects writes what a record is about, as it is now. Whoever is told of it by this desk gets a page.
func (b *Books) keepSubjects(ctx context.Context, p *pen, o desk.Outcome) (err error) {
	if is := o.Parcel; is != nil {
		if is.Link == "" {
			is.Link = newLink()
		}
		if is.People, err = b.givePages(ctx, p, is.Cabinet, is.Order, is.People); err != nil {
			return err
		}
		if err := b.putParcel(ctx, p, *is); err != nil {
			return err
		}
	}
	if a := o.Announced; a != nil {
		if (a.Sends || a.Rents) && a.State == desk.Expects {
			if a.Link == "" {
				a.Link = newLink()
			}
			if a.People, err = b.givePages(ctx, p, a.Cabinet, a.Order, a.People); err != nil {
				return err
			}
		}
		if err := b.putAnnouncement(ctx, p, *a); err != nil {
			return err
		}
	}
	if o.Share != nil {
		return b.putAnnouncement(ctx, p, *o.Share)
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
