package books

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Times of a seat. Together they bound how long a dead lockerdesk's cabinets wait for another: seatLife, one beat, and one answer of
// each cabinet.
const (
	seatLife = 5 * time.Second // after its last renewal a seat counts; by the database's clock
	seatBeat = time.Second     // between two renewals
	// clockApart is more than an answer of the database takes to come.
	clockApart = 10 * time.Second
)

var (
	// ErrShared says that books in a file have a lockerdesk already.
	ErrShared = errors.New("books: another lockerdesk works with this file: several share their work only in PostgreSQL")
	// ErrNameTaken says that a second lockerdesk has the same name.
	ErrNameTaken = errors.New("books: another lockerdesk has taken this one's place: each needs a broker.client of its own")
	// ErrNotOurs says that another lockerdesk answers for a cabinet, or nobody yet.
	ErrNotOurs = errors.New("books: another lockerdesk answers for this cabinet")
)

// Seat is the place of one running lockerdesk at books that several may share. Each cabinet is owned by one seat at a time: only its
// lockerdesk takes the cabinet's records, acknowledges them and sends its orders; every statement that does so asks for the seat (a fence),
// so that one that was given up meanwhile, however long its lockerdesk stood still, writes nothing. All seats own as many cabinets.
//
// Run owns it; its other methods may be called from anywhere.
type Seat struct {
	books  *Books
	name   string
	log    *slog.Logger
	beaten func() // after each beat: there may be new cabinets
	gone   func() // others have gone: what they were telling is to be told
	lock   *os.File
	apart  bool // it was said that the clocks differ

	mu      sync.Mutex
	owned   map[string]bool
	missed  []string  // of those, what may have been missed was not asked for
	first   bool      // it has the lowest number of all
	good    time.Time // since when every beat was in time; a span by the monotonic clock
	renewed time.Time // last; the same
}

// Sit takes a seat, which Run keeps; name is the lockerdesk's MQTT client id. Where it had one under the same name, it goes on with what
// hung on that. From now on the books write what cabinets send only for cabinets of this seat.
func (b *Books) Sit(ctx context.Context, name string, log *slog.Logger) (*Seat, error) {
	s := &Seat{books: b, name: name, log: log, beaten: func() {}, gone: func() {}, owned: map[string]bool{}}
	if b.file != "" {
		if err := s.alone(b.file + ".desk"); err != nil {
			return nil, err
		}
	}
	err := s.sit(ctx)
	if err == nil {
		err = s.beat(ctx)
	}
	if err != nil {
		s.rise()
		return nil, err
	}
	return s, nil
}

// alone takes the lock that one lockerdesk alone has beside books in a file.
func (s *Seat) alone(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("books: sit: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close() // nothing was written
		return ErrShared
	}
	s.lock = f
	return nil
}

// Tell sets, before Run, what is called after each beat, when there may be new cabinets, and when another lockerdesk has gone, so that
// there may be notices that it was telling. Neither may block.
func (s *Seat) Tell(beaten, gone func()) { s.beaten, s.gone = beaten, gone }

// String is the owner's name.
func (s *Seat) String() string { return "seat" }

// Owns says that the cabinet is this lockerdesk's, as far as it knows: only the books know.
func (s *Seat) Owns(cabinet string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.owned[cabinet]
}

// First says that this lockerdesk does what one alone does for all: it is the first of those that live. One that stood still is not,
// whatever it was.
func (s *Seat) First() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.first && time.Since(s.renewed) < seatLife
}

// Run keeps the seat until ctx is cancelled; then it leaves what hung on it to others, and returns nil.
func (s *Seat) Run(ctx context.Context) error {
	defer s.rise()
	tick := time.NewTicker(seatBeat)
	defer tick.Stop()
	cut := false // said so already
	for {
		select {
		case <-ctx.Done():
			s.leave()
			return nil
		case <-tick.C:
		}
		err := s.beat(ctx)
		if errors.Is(err, errGivenUp) {
			s.log.Warn("this lockerdesk stood still or was cut off: others have gone on with its work")
			err = s.sit(ctx)
		}
		switch {
		case errors.Is(err, ErrNameTaken):
			return err
		case err != nil && ctx.Err() == nil && !cut:
			s.log.Error("the seat at the books cannot be renewed", "err", err)
		}
		cut = err != nil
	}
}

// rise frees the file's lock.
func (s *Seat) rise() {
	if s.lock != nil {
		_ = s.lock.Close() // it holds nothing
	}
}

var errGivenUp = errors.New("books: the seat was given up")

// sit begins a seat. One of the same name is over: it was this lockerdesk's before it died, or it will find out at its next beat.
func (s *Seat) sit(ctx context.Context) error {
	var number [8]byte
	_, _ = rand.Read(number[:]) // never fails
	id := int64(binary.BigEndian.Uint64(number[:])>>1 | 1)
	err := s.books.within(ctx, func(tx *sql.Tx) error {
		before, err := rows(ctx, tx, oneNumber, `DELETE FROM seat WHERE name = $1 RETURNING id`, s.name)
		if err != nil {
			return err
		}
		for _, old := range before {
			if err := errors.Join(
				write(ctx, tx, `UPDATE cabinet SET owner = $1 WHERE owner = $2`, id, old),
				write(ctx, tx, `UPDATE notice SET holder = 0, due = 0 WHERE holder = $1 AND state = $2`, old, noticeWaits)); err != nil {
				return err
			}
		}
		return write(ctx, tx, `INSERT INTO seat (id, name, until) VALUES ($1, $2, `+s.books.now+` + $3)`, id, s.name, seatLife.Milliseconds())
	})
	if err != nil {
		return err
	}
	s.books.seat.Store(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.good, s.renewed = time.Now(), time.Now()
	return nil
}

func oneNumber(r scanner) (n int64, err error) { return n, r.Scan(&n) }
func oneText(r scanner) (t string, err error)  { return t, r.Scan(&t) }

// beat renews the seat, gives up those of others that have lapsed, and sees to it that all own as many cabinets.
func (s *Seat) beat(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, seatLife/2)
	defer cancel()
	id, began := s.books.seat.Load(), time.Now()
	renewed, err := s.renew(ctx, id)
	if err != nil {
		return err
	}
	if !renewed {
		return s.lost(ctx)
	}
	s.mu.Lock()
	if began.Sub(s.renewed) > 3*seatBeat { // cut off: perhaps others were, too
		s.good = began
	}
	s.renewed = began
	steady := began.Sub(s.good) > seatLife
	s.mu.Unlock()
	if steady {
		if err := s.giveUp(ctx); err != nil {
			return err
		}
	}
	return s.share(ctx, id)
}

// renew says whether the seat was still there to be renewed: also one that has lapsed, if nobody has given it up.
func (s *Seat) renew(ctx context.Context, id int64) (bool, error) {
	until, err := oneRow(ctx, s.books.db, oneNumber, `UPDATE seat SET until = `+s.books.now+` + $1 WHERE id = $2 RETURNING until`, seatLife.Milliseconds(), id)
	if err != nil {
		return false, fmt.Errorf("books: renew seat: %w", err)
	}
	if until == nil {
		return false, nil
	}
	s.compare(time.UnixMilli(*until).Add(-seatLife))
	return true, nil
}

// compare warns, once, of a clock that is not the database's, if others may go by that: what this lockerdesk puts off they take up by theirs.
func (s *Seat) compare(theirs time.Time) {
	ahead := s.books.clock().Sub(theirs).Round(time.Second)
	apart := s.books.file == "" && ahead.Abs() > clockApart
	if apart && !s.apart {
		s.log.Warn("this machine's clock and the database's are not the same: do both ask a time server?", "ahead", ahead)
	}
	s.apart = apart
}

// lost says how the seat was lost.
func (s *Seat) lost(ctx context.Context) error {
	s.mu.Lock()
	s.owned, s.missed, s.first = map[string]bool{}, nil, false
	s.mu.Unlock()
	var n int
	if err := s.books.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM seat WHERE name = $1`, s.name).Scan(&n); err != nil {
		return fmt.Errorf("books: read seats: %w", err)
	}
	if n > 0 {
		return ErrNameTaken
	}
	return errGivenUp
}

// giveUp gives up the seats of others that have lapsed. Whoever was cut off from the database waits with it, for the others may have been,
// too.
func (s *Seat) giveUp(ctx context.Context) error {
	var dead []string
	err := s.books.within(ctx, func(tx *sql.Tx) error {
		type seat struct {
			id   int64
			name string
		}
		lapsed, err := rows(ctx, tx, func(r scanner) (x seat, err error) { return x, r.Scan(&x.id, &x.name) },
			`DELETE FROM seat WHERE until < `+s.books.now+` RETURNING id, name`)
		if err != nil {
			return err
		}
		for _, x := range lapsed {
			dead = append(dead, x.name)
			// Each waits for a transaction of the lapsed lockerdesk that is under way; none begins after it.
			if err := errors.Join(
				write(ctx, tx, `UPDATE cabinet SET owner = 0, heard = '' WHERE owner = $1`, x.id),
				write(ctx, tx, `UPDATE notice SET holder = 0, due = 0 WHERE holder = $1 AND state = $2`, x.id, noticeWaits)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && len(dead) > 0 {
		s.log.Warn("a lockerdesk is gone: its cabinets are shared among the others", "gone", strings.Join(dead, " "))
		s.gone()
	}
	return err
}

// share takes cabinets that are nobody's, or leaves some to others, until all seats own as many.
func (s *Seat) share(ctx context.Context, id int64) error {
	var mine, all, seats int
	var first int64
	err := s.books.db.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM cabinet WHERE owner = $1), (SELECT COUNT(*) FROM cabinet),
		(SELECT COUNT(*) FROM seat), (SELECT MIN(id) FROM seat)`, id).Scan(&mine, &all, &seats, &first)
	if err != nil {
		return fmt.Errorf("books: read seats: %w", err)
	}
	most := (all + seats - 1) / max(seats, 1)
	fresh := 0
	switch {
	case mine > most:
		err = write(ctx, s.books.db, `UPDATE cabinet SET owner = 0, heard = '' WHERE owner = $1 AND name IN
			(SELECT name FROM cabinet WHERE owner = $1 ORDER BY name DESC LIMIT $2)`, id, mine-most)
	case mine < most:
		fresh, err = s.claim(ctx, id, most-mine)
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	known := len(s.owned)
	s.first = first == id
	s.mu.Unlock()
	if mine > most || fresh > 0 || known != mine {
		if err := s.read(ctx, id); err != nil {
			return err
		}
	}
	if fresh > 0 {
		s.log.Info("cabinets are answered for here", "new", fresh)
	}
	s.beaten()
	return nil
}

// claim takes cabinets that are nobody's, and says how many.
func (s *Seat) claim(ctx context.Context, id int64, most int) (int, error) {
	got, err := rows(ctx, s.books.db, oneText, `UPDATE cabinet SET owner = $1 WHERE owner = 0 AND name IN
		(SELECT name FROM cabinet WHERE owner = 0 ORDER BY name LIMIT $2`+s.books.skip+`) RETURNING name`, id, most)
	return len(got), err
}

// read reads which cabinets are this seat's, and of which of them something may have been missed.
func (s *Seat) read(ctx context.Context, id int64) error {
	type row struct{ name, heard string }
	found, err := rows(ctx, s.books.db, func(r scanner) (x row, err error) { return x, r.Scan(&x.name, &x.heard) },
		`SELECT name, heard FROM cabinet WHERE owner = $1 ORDER BY name`, id)
	if err != nil {
		return err
	}
	owned := make(map[string]bool, len(found))
	var missed []string
	for _, x := range found {
		owned[x.name] = true
		if x.heard != s.name {
			missed = append(missed, x.name)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owned, s.missed = owned, missed
	return nil
}

// Missed are cabinets of this lockerdesk of which something may have been missed, at most so many: another answered for them before, or
// nobody did. It is to ask them for that, and then to say so by Heard.
func (s *Seat) Missed(most int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.missed[:min(most, len(s.missed))])
}

// Heard says that a cabinet was asked for what was missed: from now on this lockerdesk's session at the broker hears all of it.
func (s *Seat) Heard(ctx context.Context, cabinet string) error {
	if err := write(ctx, s.books.db, `UPDATE cabinet SET heard = $1 WHERE name = $2 AND owner = $3`, s.name, cabinet, s.books.seat.Load()); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.missed, cabinet); i >= 0 {
		s.missed = slices.Delete(s.missed, i, i+1)
	}
	return nil
}

// leave leaves everything to the others, at once. Its own session at the broker goes on hearing for it.
func (s *Seat) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), seatLife/2)
	defer cancel()
	id := s.books.seat.Load()
	err := s.books.within(ctx, func(tx *sql.Tx) error {
		return errors.Join(
			write(ctx, tx, `UPDATE cabinet SET owner = 0 WHERE owner = $1`, id),
			write(ctx, tx, `UPDATE notice SET holder = 0, due = 0 WHERE holder = $1 AND state = $2`, id, noticeWaits),
			write(ctx, tx, `DELETE FROM seat WHERE id = $1`, id))
	})
	if err != nil {
		s.log.Warn("the seat at the books is not given back: others wait until it lapses", "err", err)
	}
}
