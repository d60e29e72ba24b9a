package main_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"lockerd/internal/desk/books/bookstest"
	"lockerd/internal/sync/cloudtest"
)

// another makes the configuration of a lockerdesk that shares the books, under its own name.
func (d *depot) another(name string) (config string) {
	d.t.Helper()
	text, err := os.ReadFile(d.config())
	fatal(d.t, err)
	config = filepath.Join(d.dir, "etc", name+".toml")
	with := strings.Replace(string(text), `client = "lockerdesk"`, `client = "`+name+`"`, 1)
	if with == string(text) {
		d.t.Fatal("the configuration names no client")
	}
	fatal(d.t, os.WriteFile(config, []byte(with), 0o600))
	return config
}

// shares says how many cabinets the seat of each name owns, and how many are nobody's (the empty name).
func (d *depot) shares() map[string]int {
	d.t.Helper()
	found, err := d.db.QueryContext(d.t.Context(), `SELECT COALESCE(s.name, ''), COUNT(*) FROM cabinet c LEFT JOIN seat s ON s.id = c.owner GROUP BY 1`)
	fatal(d.t, err)
	defer found.Close() //nolint:errcheck // Err says what went wrong
	list := make(map[string]int)
	for found.Next() {
		var name string
		var n int
		fatal(d.t, found.Scan(&name, &n))
		list[name] = n
	}
	fatal(d.t, found.Err())
	return list
}

func (d *depot) shared(what string, want map[string]int) {
	d.t.Helper()
	cloudtest.Eventually(d.t, what, func() bool {
		got := d.shares()
		for name, n := range want {
			if got[name] != n {
				return false
			}
		}
		return len(got) == len(want)
	})
}

// day has each cabinet get a parcel, brought and told of.
func (d *depot) day() {
	d.t.Helper()
	var fresh []*parcelled
	for range 2 * len(d.cabinets) {
		fresh = append(fresh, d.announce())
	}
	for _, p := range fresh {
		cloudtest.Eventually(d.t, p.tracking+" is announced", func() bool { _, _, heard := p.cabinet.know(p.order); return heard })
		p.bring()
	}
}

// TestSeveralDesks: several lockerdesks on one PostgreSQL share the cabinets; one that dies, or stands still, is replaced by the others
// within ten seconds; what it wakes up to is not its any more; nothing is lost or told twice.
func TestSeveralDesks(t *testing.T) {
	t.Parallel()
	d := newDepot(t, 6, bookstest.Postgres(t))
	d.start()
	d.shared("one lockerdesk answers for all", map[string]int{"lockerdesk": 6})
	second := d.another("second")
	other, log := d.process(second)
	d.shared("two share the work", map[string]int{"lockerdesk": 3, "second": 3})
	d.day()
	d.settle()

	t.Run("one is killed", func(t *testing.T) {
		began := time.Now()
		kill(other)
		d.day()
		d.shared("the other answers for all", map[string]int{"lockerdesk": 6})
		t.Logf("taken over %s after the death", time.Since(began).Round(100*time.Millisecond))
		d.settle()
		t.Logf("everybody told %s after it", time.Since(began).Round(100*time.Millisecond))
	})
	t.Run("it comes back", func(t *testing.T) {
		other, log = d.process(second)
		d.shared("two share the work again", map[string]int{"lockerdesk": 3, "second": 3})
		d.day()
		d.settle()
	})
	t.Run("one stands still", func(t *testing.T) {
		fatal(t, other.Process.Signal(syscall.SIGSTOP))
		d.day() // its session at the broker fills
		d.shared("the other answers for all", map[string]int{"lockerdesk": 6})
		d.settle()
		fatal(t, other.Process.Signal(syscall.SIGCONT))
		cloudtest.Eventually(t, "it finds out", func() bool {
			text, err := os.ReadFile(log)
			return err == nil && strings.Contains(string(text), "others have gone on with its work")
		})
		d.shared("two share the work once more", map[string]int{"lockerdesk": 3, "second": 3})
		d.day()
		d.settle()
	})
	t.Run("PostgreSQL is away for longer than a seat counts", func(t *testing.T) {
		d.postgres.Stop()
		time.Sleep(7 * time.Second)
		d.postgres.Start()
		soonUp(d)
		d.day()
		d.settle()
		d.shared("nobody took anything from the other", map[string]int{"lockerdesk": 3, "second": 3})
		for file, before := range map[string]int{d.log: 2, log: 0} { // it was killed, and stood still
			text, err := os.ReadFile(file)
			fatal(t, err)
			if strings.Count(string(text), "a lockerdesk is gone") > before {
				t.Errorf("a lockerdesk was given up that was only cut off:\n%s", text)
			}
		}
	})
	t.Run("one leaves", func(t *testing.T) {
		fatal(t, d.desk.Process.Signal(syscall.SIGTERM))
		d.shared("the other answers for all at once", map[string]int{"second": 6})
		d.day()
		d.settle()
	})
	for _, file := range []string{d.log, log} { // who was given up, on a starved machine too, may have had one letter in hand
		text, err := os.ReadFile(file)
		fatal(t, err)
		d.cuts += strings.Count(string(text), "a lockerdesk is gone")
	}
	d.check()
}

// TestSeatsOfOneName: what a lockerdesk of the same name began is the next one's; two at once are one too many.
func TestSeatsOfOneName(t *testing.T) {
	t.Parallel()
	d := newDepot(t, 1, bookstest.Postgres(t))
	d.start()
	d.shared("it answers for all", map[string]int{"lockerdesk": 1})
	twin, _ := d.process(d.config())
	ended := make(chan error, 1)
	first := d.desk
	go func() { ended <- first.Wait() }()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("want the first to say that its place was taken")
		}
	case <-time.After(time.Minute):
		t.Fatal("two of one name work at once")
	}
	text, err := os.ReadFile(d.log)
	fatal(t, err)
	if !strings.Contains(string(text), "client of its own") {
		t.Errorf("want it to say what is wrong, got\n%s", text)
	}
	d.day()
	d.settle()
	d.check()
	kill(twin)
}

// TestOneDeskAtAFile: books in a file have one lockerdesk.
func TestOneDeskAtAFile(t *testing.T) {
	t.Parallel()
	d := newDepot(t, 1, nil)
	d.start()
	d.shared("it answers for all", map[string]int{"lockerdesk": 1})
	bin, err := programs()
	fatal(t, err)
	c := exec.Command(filepath.Join(bin, "lockerdesk"), "run", "--config", d.another("second"))
	var said bytes.Buffer
	c.Stderr = &said
	dies(c)
	if err := c.Run(); err == nil || !strings.Contains(said.String(), "only in PostgreSQL") {
		t.Errorf("want a second one refused, with what to do, got %v: %s", err, &said)
	}
	d.day()
	d.settle()
	d.check()
}
