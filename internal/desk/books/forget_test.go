package books_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/books/bookstest"
)

// ended is a parcel's life to its end, with what is personal.
func ended(t *testing.T, b *books.Books) {
	t.Helper()
	send(t, b, books.Order{ID: "o1", Cabinet: "demo-1", Kind: "parcel.announce", Signed: "ey-with-a-box", Expires: time.Now().Add(time.Hour)},
		&desk.Announcement{Order: "o1", Cabinet: "demo-1", Tracking: "JJD000390007", State: desk.Sent, Contact: desk.Contact{Mail: "ada@recipient.example", Name: "Ada"}})
	h := &history{epoch: "e1"}
	take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""), h.next(t, "order.accepted", `{"order":"o1","of":"parcel.announce"}`, "", ""),
		h.next(t, "parcel.stored", `{"parcel":"p1","tracking":"JJD000390007","door":7,"order":"o1"}`, "+491701234567", "40718293"),
		h.next(t, "parcel.stored", `{"parcel":"p2","tracking":"T2","door":8}`, "", "11112222"),
		h.next(t, "parcel.collected", `{"parcel":"p1","door":7}`, "", ""))
}

// raw is the database itself, and where its files are.
func raw(t *testing.T, address string) (db *sql.DB, files string) {
	t.Helper()
	driver, at := "pgx", address
	if path, isFile := strings.CutPrefix(address, "sqlite:"); isFile {
		driver, at, files = "sqlite", path, filepath.Dir(path)
	}
	db, err := sql.Open(driver, at)
	fatal(t, err)
	t.Cleanup(func() { _ = db.Close() })
	if files == "" {
		u, err := url.Parse(address)
		fatal(t, err)
		var path string
		fatal(t, db.QueryRow(`SELECT 'base/' || oid FROM pg_database WHERE datname = current_database()`).Scan(&path))
		files = filepath.Join(u.Query().Get("host"), "data", path)
	}
	return db, files
}

// holds says whether a database's files hold something. PostgreSQL's log (pg_wal) is none of them.
func holds(t *testing.T, files string, what []byte) (found bool) {
	t.Helper()
	fatal(t, filepath.WalkDir(files, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil // PostgreSQL removes files meanwhile
		}
		data, _ := os.ReadFile(path) // the same
		found = found || bytes.Contains(data, what)
		return nil
	}))
	return found
}

// TestWhatIsErasedIsGone: from the rows, and from what the database keeps of them on the disk.
func TestWhatIsErasedIsGone(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		ended(t, b)
		db, files := raw(t, address)
		var parcel, announced []byte
		fatal(t, db.QueryRow(`SELECT personal FROM parcel WHERE id = 'p1'`).Scan(&parcel))
		fatal(t, db.QueryRow(`SELECT personal FROM announcement`).Scan(&announced))
		flush := func() {
			if !strings.HasPrefix(address, "sqlite:") {
				_, err := db.Exec(`CHECKPOINT`)
				fatal(t, err)
			}
		}
		flush()
		if !holds(t, files, parcel) || !holds(t, files, announced) {
			t.Fatal("want them on the disk, sealed: else this test finds nothing")
		}
		whose, err := b.Of(t.Context(), func(_ string, c desk.Contact) bool { return c.Mail == "ada@recipient.example" })
		fatal(t, err)
		if len(whose.Parcels) != 1 || len(whose.Announcements) != 1 {
			t.Fatalf("want a parcel and its announcement, got %+v", whose)
		}
		fatal(t, b.Erase(t.Context(), whose, books.Deed{Who: "test", What: "person.erased"}))
		flush()
		if holds(t, files, parcel) || holds(t, files, announced) || holds(t, files, []byte("ey-with-a-box")) {
			t.Error("want nothing of them on the disk")
		}
		p, err := b.Parcel(t.Context(), "demo-1", "p1")
		fatal(t, err)
		if !p.Contact.IsZero() || p.Code != "" || p.Link != "" || p.Status != desk.Collected {
			t.Errorf("want the parcel without anything personal, got %+v", p)
		}
		if p, err := b.Parcel(t.Context(), "demo-1", "p2"); err != nil || p.Code != "11112222" {
			t.Errorf("want the other parcel as it was, got %+v, %v", p, err)
		}
	})
}

// TestRetention: what is personal goes with its time; what still lies there, and what is young, stays.
func TestRetention(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		ended(t, b) // by the cabinet's clock long ago, by this machine's just now
		hour := books.Retention{Personal: time.Hour, Lists: 2 * time.Hour}
		for i, want := range []int64{1, 0} {
			if n, err := b.Forget(t.Context(), hour); err != nil || n != want {
				t.Errorf("look %d: want %d forgotten, got %d, %v", i, want, n, err)
			}
		}
		if whose, err := b.Of(t.Context(), func(string, desk.Contact) bool { return true }); err != nil || len(whose.Parcels) != 1 || len(whose.Announcements) != 1 {
			t.Errorf("want the parcel that lies there and the young announcement to stay, got %+v, %v", whose, err)
		}
		books.SetClock(b, func() time.Time { return time.Now().Add(3 * time.Hour) })
		_, err := b.Forget(t.Context(), hour)
		fatal(t, err)
		_, err = b.Forget(t.Context(), hour)
		fatal(t, err)
		whose, err := b.Of(t.Context(), func(string, desk.Contact) bool { return true })
		fatal(t, err)
		orders, err := b.Orders(t.Context(), books.OrderFilter{}, 10)
		fatal(t, err)
		if len(whose.Parcels) != 1 || whose.Parcels[0].ID != "p2" || len(whose.Announcements) != 0 || len(orders) != 0 {
			t.Errorf("want only what lies there, got %+v, %+v", whose, orders)
		}
	})
}

// TestBackupAndRestore: the copy has everything, is read with the same key, and nothing that was erased before.
func TestBackupAndRestore(t *testing.T) {
	look := func(t *testing.T, address string) {
		t.Helper()
		b, err := books.Open(t.Context(), address, books.Key{1, 2, 3})
		fatal(t, err)
		defer func() { _ = b.Close() }()
		p, err := b.Parcel(t.Context(), "demo-1", "p2")
		if err != nil || p == nil || p.Code != "11112222" {
			t.Errorf("want the parcel with its code, got %+v, %v", p, err)
		}
		h := &history{epoch: "e1"}
		if taken := take(t, b, h.next(t, "journal.epoch_begun", "{}", "", "")); taken.Head.Seq != 5 {
			t.Errorf("want it to go on behind the newest record, got %+v", taken.Head)
		}
		story, err := b.Story(t.Context(), "demo-1", "p1")
		if err != nil || len(story) != 2 {
			t.Errorf("want the story, got %+v, %v", story, err)
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		b := open(t, "sqlite:"+filepath.Join(t.TempDir(), "books.db"))
		ended(t, b)
		copied := filepath.Join(t.TempDir(), "copy.db")
		fatal(t, b.Copy(t.Context(), copied))
		if err := b.Copy(t.Context(), copied); err == nil {
			t.Error("want nothing replaced")
		}
		if info, err := os.Stat(copied); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("want it to be its owner's alone, got %v, %v", info, err)
		}
		look(t, "sqlite:"+copied)
	})
	t.Run("postgres", func(t *testing.T) {
		server := bookstest.Postgres(t)
		from, to := server.Address(t), server.Address(t)
		b := open(t, from)
		ended(t, b)
		if err := b.Copy(t.Context(), filepath.Join(t.TempDir(), "copy")); !errors.Is(err, books.ErrDump) {
			t.Errorf("want pg_dump to be named, got %v", err)
		}
		dump := filepath.Join(t.TempDir(), "books.dump")
		for _, c := range [][]string{{"pg_dump", "--format=custom", "--file", dump, from}, {"pg_restore", "--exit-on-error", "--dbname", to, dump}} {
			if out, err := exec.CommandContext(t.Context(), c[0], c[1:]...).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", c[0], err, out)
			}
		}
		look(t, to)
	})
}

// TestTheKeeperForgets: at its start, if it is the first of several.
func TestTheKeeperForgets(t *testing.T) {
	b := open(t, "sqlite:"+filepath.Join(t.TempDir(), "books.db"))
	ended(t, b)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	asked := make(chan struct{})
	k := books.NewKeeper(b, books.Retention{Personal: time.Hour, Lists: time.Hour}, func() bool { close(asked); return true }, slog.New(slog.DiscardHandler))
	go func() { done <- k.Run(ctx) }()
	<-asked
	for {
		p, err := b.Parcel(t.Context(), "demo-1", "p1")
		fatal(t, err)
		if p.Code == "" {
			break
		}
	}
	cancel()
	fatal(t, <-done)
}

// TestAnErasedOrderIsNotPublished: nothing is left of it that a cabinet could read.
func TestAnErasedOrderIsNotPublished(t *testing.T) {
	b := open(t, "sqlite:"+filepath.Join(t.TempDir(), "books.db"))
	send(t, b, books.Order{ID: "o1", Cabinet: "demo-1", Kind: "parcel.announce", Signed: "ey-with-a-box", Expires: time.Now().Add(time.Hour)},
		&desk.Announcement{Order: "o1", Cabinet: "demo-1", Tracking: "T1", State: desk.Sent, Contact: desk.Contact{Mail: "ada@recipient.example"}})
	for want := 1; want >= 0; want-- {
		if open, err := b.Unpublished(t.Context(), 10); err != nil || len(open) != want {
			t.Errorf("want %d to be published, got %+v, %v", want, open, err)
		}
		whose, err := b.Of(t.Context(), func(string, desk.Contact) bool { return true })
		fatal(t, err)
		fatal(t, b.Erase(t.Context(), whose, books.Deed{Who: "test", What: "person.erased"}))
	}
}

// TestWhatACabinetWithoutAClockSays is of when it came here: what is personal goes neither at once nor in a hundred years, and an alarm is not
// the oldest of all.
func TestWhatACabinetWithoutAClockSays(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""))
		said := func(at time.Time, known bool, kind, event string) {
			t.Helper()
			r := h.next(t, kind, event, "+491701234567", "40718293")
			r.At, r.Known = at, known
			take(t, b, r)
		}
		now := time.Now()
		clocks := map[string]time.Time{"unset": time.Date(2001, 1, 1, 0, 0, 7, 0, time.UTC), "ahead": now.AddDate(100, 0, 0), "fast": now.Add(time.Minute)}
		for name, at := range clocks {
			said(at, name != "unset", "parcel.stored", fmt.Sprintf(`{"parcel":%q,"tracking":%q,"door":7}`, name, name))
			said(at, name != "unset", "parcel.collected", fmt.Sprintf(`{"parcel":%q,"door":7}`, name))
			said(at, name != "unset", "door.forced", `{"door":7}`)
		}
		alarms, err := b.Alarms(t.Context(), books.AlarmFilter{}, 10)
		fatal(t, err)
		for _, a := range alarms {
			if a.At.Sub(now).Abs() > time.Hour {
				t.Errorf("want the alarm of when it came, got %s", a.At)
			}
		}
		left := func(after time.Duration, want int) {
			t.Helper()
			books.SetClock(b, func() time.Time { return time.Now().Add(after) })
			_, err := b.Forget(t.Context(), books.Retention{Personal: 2 * time.Hour, Lists: 1000 * time.Hour})
			fatal(t, err)
			n := 0
			for name := range clocks {
				p, err := b.Parcel(t.Context(), "demo-1", name)
				fatal(t, err)
				if !p.Contact.IsZero() {
					n++
				}
			}
			if n != want {
				t.Errorf("after %s: want %d recipients known, got %d", after, want, n)
			}
		}
		left(0, 3)
		left(3*time.Hour, 0)
	})
}

// TestWhoIsExpectedIsNotForgotten, for however short a time lists are kept: their parcel may still come, and they are to be told.
func TestWhoIsExpectedIsNotForgotten(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		send(t, b, books.Order{ID: "o1", Cabinet: "demo-1", Kind: "parcel.announce", Signed: "ey", Expires: time.Now().Add(time.Hour)},
			&desk.Announcement{Order: "o1", Cabinet: "demo-1", Tracking: "T1", State: desk.Sent, Contact: desk.Contact{Mail: "ada@recipient.example"}})
		take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""), h.next(t, "order.accepted", `{"order":"o1","of":"parcel.announce"}`, "", ""),
			h.next(t, "parcel.announced", `{"order":"o1","tracking":"T1"}`, "", ""))
		const day = 24 * time.Hour
		after := func(days, known int) {
			t.Helper()
			books.SetClock(b, func() time.Time { return time.Now().Add(time.Duration(days) * day) })
			for range 3 {
				_, err := b.Forget(t.Context(), books.Retention{Personal: 14 * day, Lists: 20 * day})
				fatal(t, err)
			}
			whose, err := b.Of(t.Context(), func(_ string, c desk.Contact) bool { return c.Mail == "ada@recipient.example" })
			fatal(t, err)
			if len(whose.Announcements) != known {
				t.Errorf("after %d days: want her known %d times, got %+v", days, known, whose)
			}
		}
		after(25, 1)
		after(401, 0) // nobody expects anything for so long: the cabinet is gone
	})
}

// TestWhatLiesInACabinetThatIsGone is forgotten, too, a long time after it should have been fetched: nobody will say that it has ended.
func TestWhatLiesInACabinetThatIsGone(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		now := time.Now().UTC()
		take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""), h.next(t, "parcel.stored", `{"parcel":"p1","tracking":"T1","door":7}`, "+491701234567", "40718293"),
			h.next(t, "parcel.period_began", fmt.Sprintf(`{"parcel":"p1","until":%q}`, now.AddDate(0, 0, 10).Format(time.RFC3339)), "", ""))
		for _, step := range []struct{ days, known int }{{405, 1}, {411, 0}} {
			books.SetClock(b, func() time.Time { return now.AddDate(0, 0, step.days) })
			_, err := b.Forget(t.Context(), books.Retention{Personal: 14 * 24 * time.Hour, Lists: 400 * 24 * time.Hour})
			fatal(t, err)
			whose, err := b.Of(t.Context(), func(string, desk.Contact) bool { return true })
			fatal(t, err)
			if len(whose.Parcels) != step.known {
				t.Errorf("after %d days: want %d known, got %+v", step.days, step.known, whose)
			}
		}
	})
}
