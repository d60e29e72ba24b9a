package journal_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"lockerd/internal/journal"
	"lockerd/internal/locker"
)

var (
	fresh   = [32]byte{9}
	nothing = slog.New(slog.DiscardHandler)
)

// wrapped reads the keys of a closed file as they lie in it, by subject.
func wrapped(t testing.TB, path string) map[string][]byte {
	t.Helper()
	out := make(map[string][]byte)
	inBolt(t, path, func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("keys")).ForEach(func(k, v []byte) error {
			out[string(k)] = bytes.Clone(v)
			return nil
		})
	})
	return out
}

// nowhere holds that no file of the journal's folder has some bytes in it, be it in a page that nobody uses any more.
func nowhere(t testing.TB, cfg journal.Config, what string, secret []byte) {
	t.Helper()
	if len(secret) == 0 {
		t.Fatalf("there is no %s to look for", what)
	}
	err := filepath.WalkDir(filepath.Dir(cfg.Path), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		file, err := os.ReadFile(path)
		if bytes.Contains(file, secret) || bytes.Contains(file, []byte(base64.StdEncoding.EncodeToString(secret))) {
			t.Errorf("%s is still in %s", what, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func files(t testing.TB, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestRotate: after rotating the master key, the new one opens everything and the old one nothing, backups too, and
// what the old one had wrapped is in no file any more.
func TestRotate(t *testing.T) {
	cfg := config(t)
	j := open(t, cfg)
	add(t, j, at(0), stored("p1"), stored("p2"))
	if err := errors.Join(j.Snapshot(3, []byte("{}")), j.Backup(), j.Backup()); err != nil {
		t.Fatal(err)
	}
	shut(t, j)
	before := wrapped(t, cfg.Path)
	j = open(t, cfg)
	for range 2 { // the second time there is nothing to do
		if err := j.Rotate(fresh); err != nil {
			t.Fatal(err)
		}
	}
	add(t, j, at(0), stored("p1"))
	snapshot, want := load(t, j)
	if snapshot != "{}" {
		t.Errorf("want the snapshot kept, got %q", snapshot)
	}
	verify(t, j, 4)
	shut(t, j)
	for subject, key := range before {
		nowhere(t, cfg, "the key of "+subject, key)
	}
	copies := files(t, cfg.Backups+"/*.db")
	if len(copies) != 1 {
		t.Fatalf("want one backup, got %v", copies)
	}
	for _, path := range []string{cfg.Path, copies[0]} {
		if _, err := journal.Verify(path, cfg.Cabinet, master); !errors.Is(err, journal.ErrKey) {
			t.Errorf("%s: want %v, got %v", path, journal.ErrKey, err)
		}
		if _, err := journal.Verify(path, cfg.Cabinet, fresh); err != nil {
			t.Error(err)
		}
	}
	j, err := journal.Open(cfg, fresh, nothing)
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, j)
	if _, got := load(t, j); !reflect.DeepEqual(want, got) || j.Origin() != journal.Opened {
		t.Errorf("want %+v,\ngot  %+v (%s)", want, got, j.Origin())
	}
}

// TestRotateCutShort: wherever a rotation was cut short, a start with both keys goes on, and finishes it.
func TestRotateCutShort(t *testing.T) {
	for _, c := range []struct {
		name   string
		do     func(t *testing.T, cfg journal.Config) // to a journal and a backup under the old key
		origin journal.Origin
	}{
		{"before it began", func(*testing.T, journal.Config) {}, journal.Opened},
		{"while the new file was written", func(t *testing.T, cfg journal.Config) {
			if err := os.WriteFile(cfg.Path+".new", []byte("half a file"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, journal.Opened},
		{"before the backups", func(t *testing.T, cfg journal.Config) { rotateAlone(t, cfg) }, journal.Opened},
		{"before the backups, and then the journal dies", func(t *testing.T, cfg journal.Config) {
			rotateAlone(t, cfg)
			alter(t, cfg.Path, func([]byte) []byte { return nil })
		}, journal.Restored},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := config(t)
			j := open(t, cfg)
			add(t, j, at(0), stored("p1"))
			if err := errors.Join(j.Backup(), j.Close()); err != nil {
				t.Fatal(err)
			}
			c.do(t, cfg)
			j, err := journal.Open(cfg, master, nothing, fresh)
			if err != nil {
				t.Fatal(err)
			}
			if j.Origin() != c.origin {
				t.Errorf("want %s, got %s", c.origin, j.Origin())
			}
			_, records := load(t, j)
			if !reflect.DeepEqual(records[1].Event, locker.Event(stored("p1"))) {
				t.Errorf("want the parcel with its code, got %+v", records[1].Event)
			}
			if err := errors.Join(j.Rotate(fresh), j.Close()); err != nil {
				t.Fatal(err)
			}
			for _, path := range append(files(t, cfg.Backups+"/*.db"), cfg.Path) {
				if _, err := journal.Verify(path, cfg.Cabinet, fresh); err != nil {
					t.Error(err)
				}
			}
			if list := files(t, cfg.Path+".new"); list != nil {
				t.Errorf("%v was left over", list)
			}
		})
	}
}

// rotateAlone rotates a closed journal and leaves its backups under the old key.
func rotateAlone(t testing.TB, cfg journal.Config) {
	t.Helper()
	cfg.Backups = ""
	j := open(t, cfg)
	if err := errors.Join(j.Rotate(fresh), j.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestAWrongKeyBeginsNothing: with another master key no journal is begun, none is called damaged, and every file stays
// as it is, whatever became of the journal itself.
func TestAWrongKeyBeginsNothing(t *testing.T) {
	for name, do := range map[string]func(path string) error{
		"as it was": func(string) error { return nil },
		"damaged":   func(path string) error { return os.WriteFile(path, []byte("not a database at all"), 0o600) },
		"cut off":   func(path string) error { return os.Truncate(path, 4096) },
		"gone":      os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config(t)
			j := open(t, cfg)
			add(t, j, at(0), stored("p1"))
			if err := errors.Join(j.Backup(), j.Close(), do(cfg.Path)); err != nil {
				t.Fatal(err)
			}
			was := contents(t, cfg)
			if _, err := journal.Open(cfg, fresh, nothing); !errors.Is(err, journal.ErrKey) {
				t.Errorf("want %v, got %v", journal.ErrKey, err)
			}
			if is := contents(t, cfg); !reflect.DeepEqual(was, is) {
				t.Error("files were changed")
			}
			if j := open(t, cfg); name != "as it was" && j.Origin() != journal.Restored {
				t.Errorf("want it restored with the right key, got %s", j.Origin())
			}
		})
	}
}

// contents is every file of the journal's folder.
func contents(t testing.TB, cfg journal.Config) map[string]string {
	t.Helper()
	out := make(map[string]string)
	for _, path := range append(files(t, filepath.Dir(cfg.Path)+"/*.*"), files(t, cfg.Backups+"/*")...) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out[path] = string(b)
	}
	return out
}

// TestPrints: a key that must stay the same is noted once; another one is told by its name, and nothing is changed, until
// somebody accepts it.
func TestPrints(t *testing.T) {
	cfg := config(t)
	shut(t, open(t, cfg)) // of a release that knew no prints
	cfg.Prints = map[string][32]byte{"a.key": {1}, "b.key": {2}}
	shut(t, open(t, cfg))
	shut(t, open(t, cfg))
	other := cfg
	other.Prints = map[string][32]byte{"a.key": {1}, "b.key": {3}}
	was := contents(t, cfg)
	var wrong *journal.WrongKey
	_, err := journal.Open(other, master, nothing)
	for _, err := range []error{err, journal.Try(other, master)} {
		if !errors.As(err, &wrong) || wrong.Name != "b.key" {
			t.Errorf("want another b.key, got %v", err)
		}
	}
	if is := contents(t, cfg); !reflect.DeepEqual(was, is) {
		t.Error("files were changed")
	}
	if err := journal.Accept(other, master); err != nil {
		t.Fatal(err)
	}
	shut(t, open(t, other))
	if err := journal.Try(cfg, master); !errors.As(err, &wrong) {
		t.Errorf("want the one of before refused, got %v", err)
	}
	if err := journal.Try(other, fresh); !errors.Is(err, journal.ErrKey) {
		t.Errorf("want %v, got %v", journal.ErrKey, err)
	}
}

// TestErase: a subject's key is in no file any more, neither in use nor in a free page, and nothing that it sealed opens; all
// others do, the chain holds, and the journal goes on.
func TestErase(t *testing.T) {
	cfg := config(t)
	j := open(t, cfg)
	photo := locker.PhotoKept{Parcel: "p1", Photo: "one.sealed", Personal: locker.Personal{Key: []byte("a key")}}
	add(t, j, at(0), stored("p1"), photo, stored("p2"))
	if err := errors.Join(j.Snapshot(4, []byte("the name of p1")), j.Backup(), j.Backup()); err != nil {
		t.Fatal(err)
	}
	aside := cfg.Path + ".damaged-20261124"
	shut(t, j)
	before := wrapped(t, cfg.Path)
	was, _ := os.ReadFile(cfg.Path)
	if err := os.WriteFile(aside, was, 0o600); err != nil {
		t.Fatal(err)
	}
	j = open(t, cfg)
	add(t, j, at(0), door(1))
	if err := j.Erase([]string{"parcel:p1", photo.Subject(), "never:heard"}, 5, []byte("nobody")); err != nil {
		t.Fatal(err)
	}
	add(t, j, at(0), door(2))
	if r := verify(t, j, 6); r.Sealed != 3 || r.Erased != 2 {
		t.Errorf("want 2 of 3 erased, got %+v", r)
	}
	for _, subject := range []string{"parcel:p1", photo.Subject()} {
		nowhere(t, cfg, "the key of "+subject, before[subject])
	}
	if list := files(t, cfg.Backups+"/*.db"); len(list) != 1 {
		t.Errorf("want one backup, got %v", list)
	}
	for range 2 {
		if snapshot, after := load(t, j); snapshot != "nobody" || len(after) != 1 {
			t.Errorf("want the state without the person and one record, got %q and %d", snapshot, len(after))
		}
		out, err := j.Outgoing(0, 10)
		if err != nil || !out[1].Personal.IsZero() || !out[2].Personal.IsZero() || out[3].Personal.IsZero() {
			t.Errorf("want what is of p2 alone, got %+v, %v", out, err)
		}
		shut(t, j)
		j = open(t, cfg)
	}
}

// TestSweep: what was kept long enough cannot be opened any more, though the cloud never confirmed it; and what was
// deleted is in no free page.
func TestSweep(t *testing.T) {
	cfg := config(t)
	cfg.Retention, cfg.Photos, cfg.Personal = 100*time.Hour, 10*time.Hour, 20*time.Hour
	j := open(t, cfg)
	p := locker.Personal{Key: []byte("a key")}
	add(t, j, locker.Now{Wall: noon.Add(time.Hour * 1000)}, stored("undated")) // as old as the next one
	add(t, j, at(0), stored("old"), locker.PhotoKept{Photo: "old", Personal: p},
		locker.CourierPut{Courier: "eve", Personal: locker.Personal{Name: "Eve"}})
	add(t, j, at(15*time.Hour), stored("newer"), locker.PhotoKept{Photo: "newer", Personal: p})
	shut(t, j)
	before := wrapped(t, cfg.Path)
	j = open(t, cfg)
	for _, c := range []struct {
		now  locker.Now
		gone []string
	}{
		{locker.Now{Wall: noon.Add(9000 * time.Hour)}, nil}, // nobody knows what time it is
		{at(11 * time.Hour), []string{"photo:old"}},
		{at(21 * time.Hour), []string{"photo:old", "parcel:undated", "parcel:old"}},
		{at(26 * time.Hour), []string{"photo:old", "parcel:undated", "parcel:old", "photo:newer"}},
	} {
		if err := j.Sweep(c.now); err != nil {
			t.Fatal(err)
		}
		if r := verify(t, j, 7); r.Erased != len(c.gone) {
			t.Errorf("%s: want %d erased, got %d", c.now.Wall, len(c.gone), r.Erased)
		}
		for _, subject := range c.gone {
			nowhere(t, cfg, "the key of "+subject, before[subject])
		}
	}
	epoch, seq := j.Last()
	if err := errors.Join(confirm(j, epoch, seq), j.Sweep(at(26*time.Hour))); err != nil {
		t.Fatal(err)
	}
	if out, err := j.Outgoing(5, 1); err != nil || out[0].Personal.IsZero() {
		t.Errorf("want what is of a parcel that waits, though the cloud has it, got %+v, %v", out, err)
	}
	add(t, j, at(26*time.Hour), collected("newer"))
	if err := errors.Join(confirm(j, epoch, seq+1), j.Sweep(at(26*time.Hour))); err != nil {
		t.Fatal(err)
	}
	nowhere(t, cfg, "the key of a parcel whose end the cloud has", before["parcel:newer"])
}

// TestRenewMeanwhile: appends, readers and the cloud's word go on while the file is written anew, and nothing is lost.
func TestRenewMeanwhile(t *testing.T) {
	cfg := config(t)
	cfg.Backups = ""
	j := open(t, cfg)
	var wg sync.WaitGroup
	const rounds = 200
	wg.Go(func() {
		for i := range rounds {
			add(t, j, at(0), stored("p"), door(i))
			if epoch, seq := j.Last(); i%10 == 9 {
				if err := errors.Join(confirm(j, epoch, seq), j.Snapshot(seq, []byte("{}"))); err != nil {
					t.Error(err)
				}
				if _, err := j.Prune(at(1000 * time.Hour)); err != nil {
					t.Error(err)
				}
			}
		}
	})
	done := make(chan struct{})
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if _, err := j.Outgoing(0, 50); err != nil {
					t.Error(err)
				}
				if _, _, err := j.Load(); err != nil {
					t.Error(err)
				}
				if _, err := j.Verify(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 20 {
		if err := errors.Join(j.Sweep(at(0)), j.Rotate([32]byte{9, byte(i)})); err != nil {
			t.Error(err)
		}
	}
	close(done)
	wg.Wait()
	if _, seq := j.Last(); seq != 1+2*rounds {
		t.Errorf("want record %d, got %d", 1+2*rounds, seq)
	}
	if _, err := j.Verify(); err != nil {
		t.Error(err)
	}
	shut(t, j)
	j, err := journal.Open(cfg, [32]byte{9, 19}, nothing)
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, j)
	if _, seq := j.Last(); seq != 1+2*rounds {
		t.Errorf("want record %d on the disk, got %d", 1+2*rounds, seq)
	}
}
