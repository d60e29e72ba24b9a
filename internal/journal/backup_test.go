package journal_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"lockerd/internal/journal"
	"lockerd/internal/locker"
)

// grown makes a closed journal with a whole copy and three backups after it, each of three parcels, and says which record
// was the last of each.
func grown(t testing.TB, cfg journal.Config) (ends []uint64) {
	t.Helper()
	j := open(t, cfg)
	for i := range 4 {
		for n := range 3 {
			parcel := fmt.Sprint("p", i, n)
			add(t, j, at(0), stored(parcel), collected(parcel))
		}
		epoch, last := j.Last()
		if err := errors.Join(confirm(j, epoch, 3), j.Backup()); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, last)
	}
	add(t, j, at(0), door(1)) // in no backup
	shut(t, j)
	return ends
}

func size(t testing.TB, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// restored opens a journal that is gone, and holds that it was restored up to a record, with what is sealed in it.
func restored(t testing.TB, cfg journal.Config, last uint64, what string) *journal.Journal {
	t.Helper()
	j := open(t, cfg)
	_, records := load(t, j)
	end := records[len(records)-1]
	if j.Origin() != journal.Restored || end.Seq != last+1 || end.Event.Kind() != "journal.epoch_begun" {
		t.Fatalf("%s: want it restored up to %d, got it %s, and %+v", what, last, j.Origin(), end)
	}
	for _, r := range records {
		if p, ok := r.Event.(locker.ParcelStored); ok && p.Personal.IsZero() != (r.Seq <= 3) { // forgotten once confirmed
			t.Errorf("%s: record %d: want what is sealed in it readable unless forgotten, got %+v", what, r.Seq, p)
		}
	}
	if c := j.Confirmed(); c != 3 {
		t.Errorf("%s: want 3 confirmed, got %d", what, c)
	}
	verify(t, j, int(last)+1)
	return j
}

// TestBackupsOfWhatChanged: a backup adds what came since, and the newest one is restored.
func TestBackupsOfWhatChanged(t *testing.T) {
	cfg := config(t)
	ends := grown(t, cfg)
	if list := files(t, cfg.Backups+"/*"); len(list) != 3 {
		t.Errorf("want a copy, its segment and the keys, got %v", list)
	}
	remove(t, cfg.Path)
	j := restored(t, cfg, ends[3], "restored")
	for i := range 3 { // and it goes on from there
		add(t, j, at(0), door(i))
		if err := j.Backup(); err != nil {
			t.Fatal(err)
		}
	}
	_, last := j.Last()
	shut(t, j)
	remove(t, cfg.Path)
	restored(t, cfg, last, "restored once more")
}

// TestATornBackup: wherever the last addition was cut short or damaged, what lies before it is restored, and the next
// backup goes on from there.
func TestATornBackup(t *testing.T) {
	cfg := config(t)
	ends := grown(t, cfg)
	segment := files(t, cfg.Backups+"/*.records")[0]
	whole, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	journalFile, err := os.ReadFile(cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	step := 37
	if testing.Short() {
		step *= 6
	}
	for cut := 1; cut < 900; cut += step { // the last records are of some 280 and 800 bytes
		for _, damage := range []string{"cut", "flipped", "zeros"} {
			b := bytes.Clone(whole)
			switch damage {
			case "cut":
				b = b[:len(b)-cut]
			case "flipped":
				b[len(b)-cut] ^= 8
			case "zeros":
				clear(b[len(b)-cut:])
			}
			what := fmt.Sprintf("%s, %d bytes before its end", damage, cut)
			write(t, segment, b)
			write(t, cfg.Path, journalFile)
			write(t, cfg.Path+".mark", nil)
			if damage == "cut" { // a backup that goes on mends it
				j := open(t, cfg)
				if err := j.Backup(); err != nil {
					t.Fatal(what, err)
				}
				_, last := j.Last()
				shut(t, j)
				remove(t, cfg.Path)
				shut(t, restored(t, cfg, last, what+", and a backup after it"))
				write(t, segment, b)
			}
			remove(t, cfg.Path)
			j := open(t, cfg)
			if _, last := j.Last(); j.Origin() != journal.Restored || last < ends[2] || last > ends[3] {
				t.Errorf("%s: want it restored up to the record before, got %d (%s)", what, last, j.Origin())
			}
			shut(t, j)
		}
	}
}

// TestAWholeCopyNowAndThen: after so many backups one is whole, and should it be damaged the one before leads up to it and
// beyond.
func TestAWholeCopyNowAndThen(t *testing.T) {
	cfg := config(t)
	j := open(t, cfg)
	add(t, j, at(0), stored("p0"), collected("p0"))
	epoch, _ := j.Last()
	if err := confirm(j, epoch, 3); err != nil {
		t.Fatal(err)
	}
	for range 2*journal.WholeEvery + 4 {
		add(t, j, at(0), door(1))
		if err := j.Backup(); err != nil {
			t.Fatal(err)
		}
	}
	_, last := j.Last()
	shut(t, j)
	list := files(t, cfg.Backups+"/*.db")
	if len(list) != 2 || filepath.Base(list[1]) != "journal-00000003.db" {
		t.Fatalf("want the second and the third whole copy, got %v", list)
	}
	alter(t, list[1], func(b []byte) []byte { return b[:len(b)/2] })
	remove(t, cfg.Path)
	restored(t, cfg, last, "from the copy before")
}

// TestAForgottenKeyLeavesTheBackups: with the next backup, not with the next whole copy.
func TestAForgottenKeyLeavesTheBackups(t *testing.T) {
	cfg := config(t)
	j := open(t, cfg)
	add(t, j, at(0), stored("p1"), collected("p1"))
	if err := errors.Join(j.Snapshot(2, []byte("{}")), j.Backup()); err != nil {
		t.Fatal(err)
	}
	shut(t, j)
	key := wrapped(t, cfg.Path)["parcel:p1"]
	j = open(t, cfg)
	epoch, _ := j.Last()
	if err := errors.Join(confirm(j, epoch, 3), j.Sweep(at(0)), j.Backup()); err != nil {
		t.Fatal(err)
	}
	shut(t, j)
	nowhere(t, cfg, "the key", key)
}

// TestAnotherPastIsNotExtended: a backup of records that the journal does not have is left as it is; a whole one is made.
func TestAnotherPastIsNotExtended(t *testing.T) {
	cfg := config(t)
	j := open(t, cfg)
	add(t, j, at(0), stored("p1"))
	shut(t, j)
	older, err := os.ReadFile(cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	j = open(t, cfg)
	add(t, j, at(0), door(1))
	if err := j.Backup(); err != nil {
		t.Fatal(err)
	}
	shut(t, j)
	was := size(t, files(t, cfg.Backups+"/*.records")[0])
	write(t, cfg.Path, older)
	j = open(t, cfg) // restored
	add(t, j, at(0), door(2))
	if err := j.Backup(); err != nil {
		t.Fatal(err)
	}
	list := files(t, cfg.Backups+"/*.records")
	if len(list) != 2 || size(t, list[0]) != was {
		t.Errorf("want a whole copy, and the one before as it was, got %v", list)
	}
}
