package books_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lockerd/internal/credential"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/books/bookstest"
)

// seated takes a seat that is not renewed until run is called.
func seated(t *testing.T, b *books.Books, name string) (s *books.Seat, run func()) {
	t.Helper()
	s, err := b.Sit(t.Context(), name, slog.New(slog.DiscardHandler))
	fatal(t, err)
	return s, func() {
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		t.Cleanup(func() {
			stop()
			if err := <-done; err != nil {
				t.Errorf("want nil after a stop, got %v", err)
			}
		})
	}
}

func become(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never came: %s", what)
		}
	}
}

// TestAGivenUpSeatWritesNothing: a lockerdesk that stood still for too long finds every statement fenced, whatever it was about to do.
func TestAGivenUpSeatWritesNothing(t *testing.T) {
	address := bookstest.Postgres(t).Address(t)
	old, fresh := open(t, address), open(t, address)
	db, err := sql.Open("pgx", address)
	fatal(t, err)
	defer db.Close() //nolint:errcheck // nothing is written
	text := func(query string) (s string) {
		fatal(t, db.QueryRowContext(t.Context(), query).Scan(&s))
		return s
	}
	first, _ := seated(t, old, "first") // it stands still from now on
	h := &history{epoch: "a", key: credential.NewOperator()}
	list := stored(t, h)
	take(t, old, list...)
	id, err := old.Send(t.Context(), books.Order{ID: "o1", Cabinet: "demo-1", Kind: "door.unlock", Signed: "ey", Expires: time.Now().Add(time.Hour)}, nil, books.Once{})
	fatal(t, err)
	notices, err := old.Due(t.Context(), 10)
	fatal(t, err)
	if len(notices) != 1 || !first.Owns("demo-1") || !first.First() {
		t.Fatalf("want a cabinet and a notice, got %v, %v", first.Owns("demo-1"), notices)
	}
	if due, err := fresh.Due(t.Context(), 10); err != nil || len(due) != 0 {
		t.Errorf("want nobody else to get the notice, got %v, %v", due, err)
	}

	second, run := seated(t, fresh, "second")
	run()
	become(t, "the second takes over", func() bool { return second.Owns("demo-1") })
	if missed := second.Missed(10); len(missed) != 1 || second.First() != true {
		t.Errorf("want it to be asked for what was missed, by the only one that lives, got %v", missed)
	}
	fatal(t, second.Heard(t.Context(), "demo-1"))
	if missed := second.Missed(10); len(missed) != 0 {
		t.Errorf("want it to be asked once, got %v", missed)
	}

	next := h.next(t, "parcel.collected", `{"parcel":"p1","door":7}`, "", "")
	if _, err := old.Take(t.Context(), "demo-1", append(list, next)); !errors.Is(err, books.ErrNotOurs) {
		t.Errorf("want no record to be taken, got %v", err)
	}
	fatal(t, old.Presence(t.Context(), "demo-1", []byte(`{"online":false}`)))
	fatal(t, old.State(t.Context(), "demo-1", []byte(`{}`), 99))
	fatal(t, old.Published(t.Context(), id))
	fatal(t, old.Settle(t.Context(), notices[0].ID, books.Told, ""))
	fatal(t, old.Later(t.Context(), notices[0].ID, time.Now().Add(time.Hour), ""))
	if got := text(`SELECT presence || state || ahead FROM cabinet`); got != "0" {
		t.Errorf("want the cabinet as it was, got %s", got)
	}
	if got := text(`SELECT published::TEXT FROM sent_order`); got != "0" {
		t.Errorf("want the order as it was, got %s", got)
	}
	if ours, err := old.Holds(t.Context(), notices[0].ID); err != nil || ours {
		t.Errorf("want it not to tell what it took, got %v, %v", ours, err)
	}
	if open, err := old.Unpublished(t.Context(), 10); err != nil || len(open) != 0 {
		t.Errorf("want it to send no order, got %v, %v", open, err)
	}
	if due, err := fresh.Due(t.Context(), 10); err != nil || len(due) != 1 || due[0].ID != notices[0].ID || due[0].Tries != 0 {
		t.Errorf("want the notice to be the second's, as it was, got %v, %v", due, err)
	}
	if open, err := fresh.Unpublished(t.Context(), 10); err != nil || len(open) != 1 {
		t.Errorf("want the order to be the second's, got %v, %v", open, err)
	}
	if taken := take(t, fresh, append(list, next)...); taken.Verdicts[len(list)] != nil {
		t.Errorf("want the record to be the second's to take, got %v", taken.Verdicts)
	}
}

// TestClocksThatDiffer: what a lockerdesk whose clock is ahead, or behind, leaves to another is told at once and once; and both say so.
func TestClocksThatDiffer(t *testing.T) {
	for name, ahead := range map[string]time.Duration{"ahead": 3 * time.Hour, "behind": -3 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			address := bookstest.Postgres(t).Address(t)
			wrong, right := open(t, address), open(t, address)
			books.SetClock(wrong, func() time.Time { return time.Now().Add(ahead) })
			_, err := wrong.PutHook(t.Context(), books.Hook{Name: "shop", URL: "https://shop.example/", Kinds: []string{"parcel.stored"}})
			fatal(t, err)
			var said bytes.Buffer
			first, err := wrong.Sit(t.Context(), "first", slog.New(slog.NewTextHandler(&said, nil)))
			fatal(t, err)
			if !strings.Contains(said.String(), "clock") {
				t.Errorf("want it said that the clocks differ, got %q", said.String())
			}
			h := &history{epoch: "a", key: credential.NewOperator()}
			take(t, wrong, stored(t, h)...)
			second, err := right.Sit(t.Context(), "second", slog.New(slog.DiscardHandler))
			fatal(t, err)
			if due, err := wrong.Due(t.Context(), 10); err != nil || len(due) != 1 {
				t.Fatalf("want the notice, got %v, %v", due, err)
			}
			if due, err := right.Due(t.Context(), 10); err != nil || len(due) != 0 {
				t.Errorf("want nobody else to get it, got %v, %v", due, err)
			}
			stop, cancel := context.WithCancel(t.Context())
			cancel()
			fatal(t, first.Run(stop)) // it leaves everything to the other
			if due, err := right.Due(t.Context(), 10); err != nil || len(due) != 1 {
				t.Errorf("want the notice to be the other's, got %v, %v", due, err)
			}
			if list, err := right.Deliveries(t.Context(), 10); err != nil || len(list) != 1 {
				t.Errorf("want the delivery to be the other's, got %v, %v", list, err)
			}
			_ = second
		})
	}
}

// TestALapsedSeatThatNobodyGaveUp goes on: all were cut off from the database.
func TestALapsedSeatThatNobodyGaveUp(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		s, run := seated(t, b, "one")
		time.Sleep(5500 * time.Millisecond) // a seat's life: the database's clock is no test's
		if s.First() {
			t.Error("want one that stood still not to be the first")
		}
		run()
		become(t, "it goes on", s.First)
		h := &history{epoch: "a", key: credential.NewOperator()}
		take(t, b, stored(t, h)...)
	})
}

// TestOneSeatAtAFile: the lock goes with the process that has it, or its Run.
func TestOneSeatAtAFile(t *testing.T) {
	address := "sqlite:" + filepath.Join(t.TempDir(), "books.db")
	b, other := open(t, address), open(t, address)
	s, err := b.Sit(t.Context(), "one", slog.New(slog.DiscardHandler))
	fatal(t, err)
	if _, err := other.Sit(t.Context(), "two", slog.New(slog.DiscardHandler)); !errors.Is(err, books.ErrShared) {
		t.Errorf("want %v, got %v", books.ErrShared, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	fatal(t, s.Run(ctx))
	again, _ := seated(t, other, "two")
	if !again.Owns("demo-1") {
		t.Error("want the next one to answer for all")
	}
}
