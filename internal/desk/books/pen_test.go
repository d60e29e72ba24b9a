package books_test

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/contract/contracttest"
	"lockerd/internal/credential"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/books/bookstest"
)

// between stands between lockerdesk and PostgreSQL, and counts how often lockerdesk waits for an answer.
type between struct {
	turns  atomic.Int64
	server atomic.Bool // the server spoke last
}

// address is that of a database behind it.
func (b *between) address(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	fatal(t, err)
	query, folder := u.Query(), t.TempDir()
	server := filepath.Join(query.Get("host"), ".s.PGSQL.5432")
	l, err := net.Listen("unix", filepath.Join(folder, ".s.PGSQL.5432"))
	fatal(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return // the test has ended
			}
			out, err := net.Dial("unix", server)
			if err != nil {
				_ = in.Close()
				continue
			}
			go b.pass(out, in, func() {
				if b.server.Swap(false) {
					b.turns.Add(1)
				}
			})
			go b.pass(in, out, func() { b.server.Store(true) })
		}
	}()
	query.Set("host", folder)
	u.RawQuery = query.Encode()
	return u.String()
}

func (b *between) pass(to, from net.Conn, heard func()) {
	defer to.Close()
	data := make([]byte, 1<<16)
	for {
		n, err := from.Read(data)
		if n > 0 {
			heard()
			if _, err := to.Write(data[:n]); err != nil {
				return
			}
		}
		if err != nil {
			_ = from.Close() // one of them has gone
			return
		}
	}
}

// TestARecordCostsFewTurns: whoever counts answers of PostgreSQL that are waited for finds two for a record, and as many for one of each of
// several cabinets.
func TestARecordCostsFewTurns(t *testing.T) {
	var b between
	o := open(t, b.address(t, bookstest.Postgres(t).Address(t)))
	fatal(t, o.Enrol(t.Context(), books.Cabinet{Name: "demo-2"}))
	one, two := &history{epoch: "e1"}, &history{epoch: "e1"}
	turn := func() []books.Batch { return []books.Batch{{Cabinet: "demo-1"}, {Cabinet: "demo-2"}} }
	for range 2 { // statements are prepared at their first use
		batches := turn()
		batches[0].Records, batches[1].Records = parcelLife(t, one, "demo-1"), parcelLife(t, two, "demo-2")
		_, err := o.TakeAll(t.Context(), batches)
		fatal(t, err)
	}
	ones, twos := parcelLife(t, one, "demo-1"), parcelLife(t, two, "demo-2")
	for i := range ones {
		batches := turn()
		batches[0].Records, batches[1].Records = ones[i:i+1], twos[i:i+1]
		before := b.turns.Load()
		_, err := o.TakeAll(t.Context(), batches)
		fatal(t, err)
		if n := b.turns.Load() - before; n > 2 {
			t.Errorf("%s: want at most two turns, got %d", ones[i].Kind, n)
		}
	}
	for _, cabinet := range []string{"demo-1", "demo-2"} {
		if n, err := o.Newest(t.Context(), cabinet); err != nil || n != uint64(one.seq) {
			t.Errorf("%s: want %d records, got %d, %v", cabinet, one.seq, n, err)
		}
	}
}

// parcelLife is the next parcel's life at a cabinet.
func parcelLife(t *testing.T, h *history, cabinet string) (list []desk.Record) {
	t.Helper()
	add := func(kind, event string) {
		h.seq++
		h.prev = strings.Replace(contracttest.LineWith(h.epoch, h.seq, h.prev, kind, event), `"demo-1"`, `"`+cabinet+`"`, 1)
		r, err := contract.ParseEvent([]byte(h.prev))
		fatal(t, err)
		record, err := desk.Read(r, credential.NewOperator())
		fatal(t, err)
		list = append(list, record)
	}
	if h.seq == 0 {
		add("journal.epoch_begun", "{}")
	}
	id := string(rune('a' + h.seq%26))
	add("parcel.stored", `{"parcel":"`+id+`","tracking":"T`+id+`","door":7,"size":"M"}`)
	add("parcel.period_began", `{"parcel":"`+id+`","until":"2026-11-27T10:00:00Z"}`)
	add("door.opened", `{"door":7}`)
	add("parcel.collected", `{"parcel":"`+id+`","door":7}`)
	return list
}

// TestWhatDoesNotFit: what PostgreSQL never takes is said to be that, counts for nothing with all that came with it, and holds up nothing that
// comes after it.
func TestWhatDoesNotFit(t *testing.T) {
	address := bookstest.Postgres(t).Address(t)
	b, other := open(t, address), open(t, address)
	fatal(t, b.Enrol(t.Context(), books.Cabinet{Name: "demo-2"}))
	long := make([]byte, 9000) // no index holds it, and it is no shorter when it is packed
	for i := range long {
		long[i] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"[rand.IntN(64)]
	}
	bad, good := &history{epoch: "e1"}, &history{epoch: "e1"}
	wrong := []desk.Record{
		bad.next(t, "journal.epoch_begun", "{}", "", ""),
		bad.next(t, "parcel.stored", `{"parcel":"`+string(long)+`","tracking":"T1","door":7,"size":"M"}`, "", ""),
	}
	for range 12 { // more often than there are connections
		right := parcelLife(t, good, "demo-2")
		both := []books.Batch{{Cabinet: "demo-1", Records: wrong}, {Cabinet: "demo-2", Records: right}}
		if _, err := b.TakeAll(t.Context(), both); !errors.Is(err, books.ErrUnfit) {
			t.Fatalf("want what does not fit to be said so, got %v", err)
		}
		if _, err := b.Take(t.Context(), "demo-1", wrong); !errors.Is(err, books.ErrUnfit) {
			t.Fatalf("want what does not fit to be said so, got %v", err)
		}
		soon, cancel := context.WithTimeout(t.Context(), time.Minute)
		fatal(t, other.Presence(soon, "demo-1", []byte(`{"online":true}`))) // nothing of it holds the cabinet's row
		cancel()
		taken, err := b.Take(t.Context(), "demo-2", right)
		fatal(t, err)
		for _, verdict := range taken.Verdicts { // also: nothing of them was there before
			fatal(t, verdict)
		}
	}
	if n, err := b.Newest(t.Context(), "demo-1"); err != nil || n != 0 {
		t.Errorf("want nothing of what came with it, got %d, %v", n, err)
	}
	take(t, b, wrong[0]) // the record before it is as good as ever
}

// TestWhatCannotBeOpened: a parcel whose row somebody has changed holds up its cabinet, and nobody else.
func TestWhatCannotBeOpened(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b, other := open(t, address), open(t, address)
		h := &history{epoch: "e1"}
		take(t, b, stored(t, h)...)
		db, err := sql.Open(map[bool]string{true: "pgx", false: "sqlite"}[strings.HasPrefix(address, "postgres")], strings.TrimPrefix(address, "sqlite:"))
		fatal(t, err)
		defer db.Close() //nolint:errcheck // what it wrote is looked at
		_, err = db.ExecContext(t.Context(), `UPDATE parcel SET personal = $1`, []byte("changed by somebody who has no key, and has no idea of it"))
		fatal(t, err)
		next := h.next(t, "parcel.collected", `{"parcel":"p1","door":7}`, "", "")
		for range 10 { // more often than there are connections
			if _, err := b.Take(t.Context(), "demo-1", []desk.Record{next}); !errors.Is(err, books.ErrUnfit) {
				t.Fatalf("want it said whose fault it is, got %v", err)
			}
			soon, cancel := context.WithTimeout(t.Context(), time.Minute)
			fatal(t, other.Presence(soon, "demo-1", []byte(`{"online":true}`))) // nothing holds the cabinet's row
			cancel()
		}
		if n, err := b.Newest(t.Context(), "demo-1"); err != nil || n != 3 {
			t.Errorf("want the books as they were, got %d, %v", n, err)
		}
	})
}

// TestAStopLeavesNothingHalf: a transaction that is stopped while it waits for somebody else's takes nothing and keeps nobody waiting.
func TestAStopLeavesNothingHalf(t *testing.T) {
	address := bookstest.Postgres(t).Address(t)
	b, other := open(t, address), open(t, address)
	db, err := sql.Open("pgx", address)
	fatal(t, err)
	defer db.Close() //nolint:errcheck // nothing is written
	h := &history{epoch: "e1"}
	life := parcelLife(t, h, "demo-1")
	for range 10 { // more often than there are connections
		holds, err := db.BeginTx(t.Context(), nil)
		fatal(t, err)
		_, err = holds.ExecContext(t.Context(), `SELECT name FROM cabinet FOR UPDATE`)
		fatal(t, err)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { _, err := b.Take(ctx, "demo-1", life); ended <- err }()
		become(t, "it waits for the other", func() bool {
			var n int
			fatal(t, db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&n))
			return n > 0
		})
		stop()
		if err := <-ended; err == nil || errors.Is(err, books.ErrUnfit) {
			t.Fatalf("want the stop, got %v", err)
		}
		fatal(t, holds.Rollback())
		fatal(t, other.Presence(t.Context(), "demo-1", []byte(`{"online":true}`)))
	}
	for _, verdict := range take(t, b, life...).Verdicts {
		fatal(t, verdict)
	}
}

// TestNoBytesHoldUpAState: what a cabinet retains with bytes that are no text is kept like any other.
func TestNoBytesHoldUpAState(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		fatal(t, b.State(t.Context(), "demo-1", []byte("{\"seq\":1,\"doors\":[],\"name\":\"\xff\"}"), 1))
		fatal(t, b.Presence(t.Context(), "demo-1", []byte("{\"online\":true,\"version\":\"\xff\"}")))
		c, err := b.Cabinet(t.Context(), "demo-1")
		fatal(t, err)
		if !strings.Contains(string(c.State), "\uFFFD") || !strings.Contains(string(c.Presence), "\uFFFD") {
			t.Errorf("want them with another sign there, got %s and %s", c.State, c.Presence)
		}
	})
}

// TestTheStaffHearsOfWhatDoesNotFit, and once until somebody has looked.
func TestTheStaffHearsOfWhatDoesNotFit(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		for range 2 {
			for range 2 {
				fatal(t, b.Unfit(t.Context(), "demo-1"))
			}
			alarms, err := b.Alarms(t.Context(), books.AlarmFilter{}, 10)
			fatal(t, err)
			if len(alarms) != 1 || alarms[0].Kind != "cabinet.unfit" || alarms[0].What != "demo-1" || !alarms[0].Urgent || alarms[0].Cabinet != books.OwnCabinet {
				t.Fatalf("want one urgent alarm that names the cabinet, got %+v", alarms)
			}
			fatal(t, b.Seen(t.Context(), alarms[0].Number(), "ada"))
		}
	})
}
