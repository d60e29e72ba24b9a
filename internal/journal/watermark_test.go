package journal_test

import (
	"errors"
	"os"
	"testing"

	bolt "go.etcd.io/bbolt"

	"lockerd/internal/journal"
	"lockerd/internal/locker"
)

// TestAnOlderCopyIsNoticed: whatever is put in the journal's place that has not come as far as the mark says, opens as a
// restored backup does: in a new epoch.
func TestAnOlderCopyIsNoticed(t *testing.T) {
	unmark := func(t *testing.T, cfg journal.Config) { remove(t, cfg.Path+".mark") }
	for _, c := range []struct {
		name   string
		do     func(t *testing.T, cfg journal.Config, older []byte)
		origin journal.Origin
	}{
		{"nothing was done", func(*testing.T, journal.Config, []byte) {}, journal.Opened},
		{"an older copy", func(t *testing.T, cfg journal.Config, older []byte) { write(t, cfg.Path, older) }, journal.Restored},
		{"an older copy that went on", func(t *testing.T, cfg journal.Config, older []byte) {
			write(t, cfg.Path, older)
			mark := files(t, cfg.Path+".mark")[0]
			was, err := os.ReadFile(mark)
			if err != nil {
				t.Fatal(err)
			}
			remove(t, mark)
			j := open(t, cfg)
			for i := range 40 {
				add(t, j, at(0), door(i))
			}
			shut(t, j)
			write(t, mark, was)
		}, journal.Restored},
		{"its backup", func(t *testing.T, cfg journal.Config, _ []byte) {
			move(t, files(t, cfg.Backups+"/*.db")[0], cfg.Path)
		}, journal.Restored},
		{"its backup, and no mark", func(t *testing.T, cfg journal.Config, _ []byte) {
			move(t, files(t, cfg.Backups+"/*.db")[0], cfg.Path)
			unmark(t, cfg)
		}, journal.Restored},
		{"no mark", func(t *testing.T, cfg journal.Config, _ []byte) { unmark(t, cfg) }, journal.Opened},
		{"a damaged mark", func(t *testing.T, cfg journal.Config, _ []byte) {
			alter(t, cfg.Path+".mark", func(b []byte) []byte { b[20] ^= 1; return b })
		}, journal.Opened},
		{"half a mark", func(t *testing.T, cfg journal.Config, _ []byte) {
			alter(t, cfg.Path+".mark", func(b []byte) []byte { return b[:100] })
		}, journal.Opened},
		{"an older mark", func(t *testing.T, cfg journal.Config, _ []byte) {
			was, err := os.ReadFile(cfg.Path + ".mark")
			if err != nil {
				t.Fatal(err)
			}
			j := open(t, cfg)
			add(t, j, at(0), door(1))
			shut(t, j)
			write(t, cfg.Path+".mark", was)
		}, journal.Opened},
		{"gone, with the backups", func(t *testing.T, cfg journal.Config, _ []byte) {
			remove(t, cfg.Path)
			if err := os.RemoveAll(cfg.Backups); err != nil {
				t.Fatal(err)
			}
		}, journal.Lost},
		{"gone, with backups and mark", func(t *testing.T, cfg journal.Config, _ []byte) {
			remove(t, cfg.Path)
			unmark(t, cfg)
			if err := os.RemoveAll(cfg.Backups); err != nil {
				t.Fatal(err)
			}
		}, journal.New},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := config(t)
			j := open(t, cfg)
			add(t, j, at(0), stored("p1"), door(1), door(2))
			if err := j.Backup(); err != nil {
				t.Fatal(err)
			}
			shut(t, j)
			older, err := os.ReadFile(cfg.Path)
			if err != nil {
				t.Fatal(err)
			}
			j = open(t, cfg)
			add(t, j, at(0), door(3))
			epoch, _ := j.Last()
			shut(t, j)
			c.do(t, cfg, older)
			j = open(t, cfg)
			now, _ := j.Last()
			if j.Origin() != c.origin || (now == epoch) != (c.origin == journal.Opened) {
				t.Errorf("want it %s, got %s of %s (was %s)", c.origin, j.Origin(), now, epoch)
			}
			if _, records := load(t, j); c.origin == journal.Restored &&
				records[len(records)-1].Event != locker.Event(locker.EpochBegun{Reason: "restored", Previous: epoch}) {
				t.Errorf("want its last record to say so, got %+v", records[len(records)-1])
			}
			add(t, j, at(0), door(4))
			shut(t, j)
			if j = open(t, cfg); j.Origin() != journal.Opened {
				t.Errorf("want it opened the next time, got %s", j.Origin())
			}
		})
	}
}

// TestUsedIsNotNew: where something else says that there was a journal, none is a loss.
func TestUsedIsNotNew(t *testing.T) {
	cfg := config(t)
	cfg.Used = true
	if j := open(t, cfg); j.Origin() != journal.Lost {
		t.Errorf("want it lost, got %s", j.Origin())
	}
}

// TestTheMarkFollowsUnlocks: the mark is due after each unlock, and lags behind the rest; a power cut before it is written
// is no rollback.
func TestTheMarkFollowsUnlocks(t *testing.T) {
	cfg := config(t)
	j := open(t, cfg)
	due := func() bool {
		select {
		case <-j.Marks():
			return true
		default:
			return false
		}
	}
	add(t, j, at(0), door(1))
	if due() {
		t.Error("want no mark for a door that is left open")
	}
	for range 2 { // it does not wait for whoever marks
		add(t, j, at(0), door(1), locker.UnlockRequested{Unlock: "u1", Door: 1})
	}
	older, err := os.ReadFile(cfg.Path)
	if err != nil || !due() {
		t.Errorf("want a mark for an unlock, %v", err)
	}
	if err := errors.Join(j.Mark(), j.Mark()); err != nil {
		t.Fatal(err)
	}
	add(t, j, at(0), door(2))
	shut(t, j)
	write(t, cfg.Path, older)                             // what the mark knew of
	if j = open(t, cfg); j.Origin() != journal.Restored { // the stop had marked the last one, too
		t.Errorf("want the stop to have marked the last record, got it %s", j.Origin())
	}
}

// TestABackupSaysThatItIsOne: the flag is in the copy alone.
func TestABackupSaysThatItIsOne(t *testing.T) {
	cfg := config(t)
	j := open(t, cfg)
	if err := j.Backup(); err != nil {
		t.Fatal(err)
	}
	shut(t, j)
	for path, want := range map[string]bool{cfg.Path: false, files(t, cfg.Backups+"/*.db")[0]: true} {
		inBolt(t, path, func(tx *bolt.Tx) error {
			if is := tx.Bucket([]byte("meta")).Get([]byte("backup")) != nil; is != want {
				t.Errorf("%s: want it to say that it is a backup: %v, got %v", path, want, is)
			}
			return nil
		})
	}
}
