package journal_test

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"testing"

	"lockerd/internal/journal"
	"lockerd/internal/locker"
)

// aged makes a closed journal of so many records, the newest snapshot 20 before its end, that a start need not examine whole: it was
// opened before.
func aged(t *testing.T, cfg journal.Config, records int) {
	t.Helper()
	t.Cleanup(journal.LendFrom(0))
	j := open(t, cfg)
	for i := 1; i < records; i += 20 {
		events := make([]locker.Event, 20)
		for n := range events {
			events[n] = door(i + n)
		}
		if events[19] = stored(fmt.Sprint(i)); i == 1 {
			events = events[1:] // the first record begins the epoch
		}
		add(t, j, at(0), events...)
		if last := i + 19; last == records-40 || last == records-20 {
			if err := j.Snapshot(uint64(last), fmt.Append(nil, last)); err != nil {
				t.Fatal(err)
			}
		}
	}
	shut(t, j)
}

// lines are all records as they leave the cabinet.
func lines(t *testing.T, j *journal.Journal) (all [][]byte) {
	t.Helper()
	for {
		out, err := j.Outgoing(uint64(len(all)), 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(out) == 0 {
			return all
		}
		for _, o := range out {
			all = append(all, o.Public)
		}
	}
}

// TestAStartReadsTheEnd: a large journal opens before all of it is examined, as it was, and whoever reads what is old waits for the rest.
// What is written meanwhile does not disturb that examination, and it is all there at the next start.
func TestAStartReadsTheEnd(t *testing.T) {
	cfg := config(t)
	aged(t, cfg, 3000)
	last := uint64(3000)
	for range 3 {
		j := open(t, cfg)
		if !j.Lent() || j.Origin() != journal.Opened {
			t.Fatalf("want it opened at once, got %t, %q", j.Lent(), j.Origin())
		}
		snapshot, after := load(t, j)
		if snapshot != "2980" || uint64(len(after)) != last-2980 {
			t.Fatalf("want snapshot 2980 and all records after it, got %s and %d", snapshot, len(after))
		}
		for range 50 {
			add(t, j, at(0), door(1), stored("p"), door(2), door(3))
		}
		if _, err := j.Verify(); err != nil {
			t.Fatal(err)
		}
		last += 200
		if all := lines(t, j); uint64(len(all)) != last {
			t.Fatalf("want %d records, got %d", last, len(all))
		}
		shut(t, j)
	}
	if r, err := journal.Verify(cfg.Path, cfg.Cabinet, master); err != nil || r.Last != last || r.Records != int(last) {
		t.Fatalf("want %d records, got %+v, %v", last, r, err)
	}
}

// TestAStartLeavesOthersAlone: what is not the expected journal is not written to before it is known what it is.
func TestAStartLeavesOthersAlone(t *testing.T) {
	cfg := config(t)
	aged(t, cfg, 3000)
	was, err := os.ReadFile(cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	other := cfg
	other.Cabinet = "demo-2"
	for name, try := range map[string]func() error{
		"another cabinet": func() error { _, err := journal.Open(other, master, slog.New(slog.DiscardHandler)); return err },
		"another key":     func() error { _, err := journal.Open(cfg, [32]byte{9}, slog.New(slog.DiscardHandler)); return err },
	} {
		if err := try(); !errors.Is(err, journal.ErrCabinet) && !errors.Is(err, journal.ErrKey) {
			t.Errorf("%s: want it refused, got %v", name, err)
		}
		if is, err := os.ReadFile(cfg.Path); err != nil || !bytes.Equal(is, was) {
			t.Errorf("%s: the file was written to (%v)", name, err)
		}
	}
}

// TestAStartKnowsAnOlderCopy: the mark is asked before a journal is opened at once.
func TestAStartKnowsAnOlderCopy(t *testing.T) {
	cfg := config(t)
	aged(t, cfg, 3000)
	older, err := os.ReadFile(cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	j := open(t, cfg)
	add(t, j, at(0), door(1))
	shut(t, j)
	if err := os.WriteFile(cfg.Path, older, 0o600); err != nil {
		t.Fatal(err)
	}
	if j = open(t, cfg); j.Lent() || j.Origin() != journal.Restored {
		t.Errorf("want it known for an older copy, got %t, %q", j.Lent(), j.Origin())
	}
}

// TestOldDamageIsFoundAfterAStart: a page that no start needs is damaged. The journal opens and takes records; it is known for damaged
// before anybody reads that page, and is then replaced by what is left of it, as at a start that examines all.
func TestOldDamageIsFoundAfterAStart(t *testing.T) {
	cfg := config(t)
	aged(t, cfg, 3000)
	found := 0
	alter(t, cfg.Path, func(b []byte) []byte {
		page := os.Getpagesize()
		for p := b[:len(b):len(b)]; len(p) >= page; p = p[page:] {
			if seq := firstSeq(p[:page]); seq > 1000 && seq < 1100 {
				found++
				binary.NativeEndian.PutUint64(p, 1<<40)
			}
		}
		return b
	})
	if found == 0 {
		t.Fatal("no page of records 1000 to 1100")
	}
	was, err := os.ReadFile(cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	restore := journal.LendFrom(1 << 40)
	whole := cfg
	whole.Path, whole.Backups = t.TempDir()+"/whole.db", ""
	if err := os.WriteFile(whole.Path, was, 0o600); err != nil {
		t.Fatal(err)
	}
	want := open(t, whole).Origin()
	restore()

	j := open(t, cfg)
	if !j.Lent() || j.Origin() != journal.Opened {
		t.Fatalf("want it opened at once, got %t, %q", j.Lent(), j.Origin())
	}
	add(t, j, at(0), door(1))
	if _, err := j.Outgoing(0, 10); err == nil {
		t.Error("want the old records not to be read")
	}
	if _, err := j.Append(at(0), []locker.Event{door(2)}); err == nil {
		t.Error("want no more records in a damaged file")
	}
	_, _, err = j.Load()
	if got := j.Origin(); err != nil || got != want || got == journal.Opened {
		t.Errorf("want it replaced as at a start, %q, got %q, %v", want, got, err)
	}
	add(t, j, at(0), door(3))
	lines(t, j)
}

// firstSeq is the sequence that a page of records begins with; 0 if it is none.
func firstSeq(page []byte) uint64 {
	order := binary.NativeEndian
	if order.Uint16(page[8:]) != 0x02 || order.Uint16(page[10:]) < 2 || order.Uint32(page[24:]) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(page[16+order.Uint32(page[20:]):])
}

// TestAStartThatIsCutShort: power fails between what a start writes into a file before bbolt opens it.
func TestAStartThatIsCutShort(t *testing.T) {
	cfg := config(t)
	aged(t, cfg, 3000)
	before, err := os.ReadFile(cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	shut(t, open(t, cfg))
	after, err := os.ReadFile(cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	var changed []int
	for p := 0; p < len(after); p += page {
		if p >= len(before) || !bytes.Equal(before[p:p+page], after[p:p+page]) {
			changed = append(changed, p/page)
		}
	}
	if len(changed) != 2 || changed[0] > 1 || changed[1] < 2 {
		t.Fatalf("want a meta page and one behind all others written, got %v", changed)
	}
	for name, cut := range map[string][]byte{
		"nothing": before, "the list": append(slices.Clone(before[:changed[1]*page]), after[changed[1]*page:]...), "both": after,
	} {
		if err := os.WriteFile(cfg.Path, cut, 0o600); err != nil {
			t.Fatal(err)
		}
		j := open(t, cfg)
		if got := len(lines(t, j)); j.Origin() != journal.Opened || got != 3000 {
			t.Errorf("%s: want all 3000 records, got %d, %q", name, got, j.Origin())
		}
		shut(t, j)
	}
}

// TestStartsDoNotFillTheDisk: what each start cannot use again is found once the file has grown by some.
func TestStartsDoNotFillTheDisk(t *testing.T) {
	cfg := config(t)
	aged(t, cfg, 3000)
	t.Cleanup(journal.LendMost(100 << 10))
	var first, size int64 // pages
	whole := 0
	for range 60 {
		j := open(t, cfg)
		add(t, j, at(0), door(1), stored("p"))
		if !j.Lent() {
			whole++
		}
		size = max(size, j.Pages())
		first = cmp.Or(first, size)
		shut(t, j)
	}
	if size > first+60 || whole == 0 || whole == 60 {
		t.Errorf("want the file to grow by no more than 60 pages, got %d and then %d, and %d of 60 starts examined all", first, size, whole)
	}
}

// TestAJournalIsClosedWhileItIsExamined: nothing waits for the rest of it.
func TestAJournalIsClosedWhileItIsExamined(t *testing.T) {
	cfg := config(t)
	aged(t, cfg, 3000)
	j := open(t, cfg)
	shut(t, j)
	if _, err := j.Outgoing(0, 1); !errors.Is(err, os.ErrClosed) {
		t.Errorf("want it closed, got %v", err)
	}
}
