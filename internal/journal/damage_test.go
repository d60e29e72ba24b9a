package journal_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"lockerd/internal/journal"
	"lockerd/internal/locker"
)

// worn makes a closed journal with records 1 to 40, of parcels that are fetched at once, a backup of records 1 to 20,
// snapshots at 10 and 30, and 20 confirmed.
func worn(t testing.TB, cfg journal.Config) (epoch string) {
	t.Helper()
	j := open(t, cfg)
	epoch, _ = j.Last()
	for i := 2; i <= 40; i++ {
		event := locker.Event(stored(fmt.Sprint(i)))
		if i%2 == 1 {
			event = collected(fmt.Sprint(i - 1))
		}
		add(t, j, at(0), event)
		switch i {
		case 10, 30:
			if err := j.Snapshot(uint64(i), fmt.Append(nil, i)); err != nil {
				t.Fatal(err)
			}
		case 20:
			if err := errors.Join(confirm(j, epoch, 20), j.Backup()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return epoch
}

// alter changes a closed file's bytes.
func alter(t testing.TB, path string, change func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, change(b), 0o600); err != nil {
		t.Fatal(err)
	}
}

// inBolt changes a closed file by bbolt's own means.
func inBolt(t testing.TB, path string, change func(*bolt.Tx) error) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(change), db.Close()); err != nil {
		t.Fatal(err)
	}
}

// flip flips a bit of a value in the file.
func flip(t testing.TB, path, bucket string, seq byte, at int) {
	t.Helper()
	inBolt(t, path, func(tx *bolt.Tx) error {
		key := []byte{0, 0, 0, 0, 0, 0, 0, seq}
		v := bytes.Clone(tx.Bucket([]byte(bucket)).Get(key))
		v[(at+len(v))%len(v)] ^= 4
		return tx.Bucket([]byte(bucket)).Put(key, v)
	})
}

// newestMeta is where the newer meta page begins.
func metaPage(b []byte, newer bool) int {
	page := os.Getpagesize()
	txid := func(at int) byte { return b[at+16+48] } // header, then the offset of txid; small enough for one byte
	if (txid(page) > txid(0)) == newer {
		return page
	}
	return 0
}

// spoil makes a meta page invalid.
func spoil(b []byte, at int) []byte {
	b[at+16+20] ^= 1
	return b
}

// TestDamage: whatever happens to the file, the journal opens, says what it lost, and begins a new epoch if it lost
// any.
func TestDamage(t *testing.T) {
	page := os.Getpagesize()
	cut := func(size func(full int) int) func(testing.TB, string) {
		return func(t testing.TB, path string) {
			alter(t, path, func(b []byte) []byte { return b[:size(len(b))] })
		}
	}
	flipped := func(bucket string, seq byte, at int) func(testing.TB, string) {
		return func(t testing.TB, path string) { flip(t, path, bucket, seq, at) }
	}
	bytewise := func(change func([]byte) []byte) func(testing.TB, string) {
		return func(t testing.TB, path string) { alter(t, path, change) }
	}
	for _, c := range []struct {
		name   string
		damage func(testing.TB, string)
		origin journal.Origin
		last   uint64 // of what is left, before a new epoch
		aside  bool
	}{
		{"none", func(testing.TB, string) {}, journal.Opened, 40, false},
		{"newer meta page", bytewise(func(b []byte) []byte { return spoil(b, metaPage(b, true)) }),
			journal.Shortened, 39, false},
		{"older meta page", bytewise(func(b []byte) []byte { return spoil(b, metaPage(b, false)) }),
			journal.Shortened, 40, false},
		{"both meta pages", bytewise(func(b []byte) []byte { return spoil(spoil(b, 0), page) }),
			journal.Restored, 20, true},
		{"zero length", cut(func(int) int { return 0 }), journal.Restored, 20, true},
		{"one byte", cut(func(int) int { return 1 }), journal.Restored, 20, true},
		{"one page", cut(func(int) int { return page }), journal.Restored, 20, true},
		{"two pages", cut(func(int) int { return 2 * page }), journal.Restored, 20, true},
		{"five pages and a bit", cut(func(int) int { return 5*page + 7 }), journal.Restored, 20, true},
		{"foreign", bytewise(func([]byte) []byte { return bytes.Repeat([]byte("SQLite "), 9999) }),
			journal.Restored, 20, true},
		{"zeros", bytewise(func(b []byte) []byte { return make([]byte, len(b)) }), journal.Restored, 20, true},
		{"other bbolt file", func(t testing.TB, path string) {
			remove(t, path)
			inBolt(t, path, func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("x")); return err })
		}, journal.Restored, 20, true},
		{"gone", remove, journal.Restored, 20, false},
		{"public line of an old record", flipped("records", 5, 60), journal.Opened, 40, false},
		{"public line", flipped("records", 35, 60), journal.Shortened, 34, true},
		{"hash", flipped("records", 36, 0), journal.Shortened, 35, true},
		{"length", flipped("records", 37, 32), journal.Shortened, 36, true},
		{"sealed part", flipped("records", 40, -1), journal.Shortened, 39, true},
		{"newest snapshot", flipped("snapshots", 30, -1), journal.Opened, 40, false},
		{"its record", flipped("records", 30, 60), journal.Shortened, 29, true},
		{"both snapshots", func(t testing.TB, p string) {
			flip(t, p, "snapshots", 10, -1)
			flip(t, p, "snapshots", 30, -1)
		}, journal.Opened, 40, false},
		{"a record missing", func(t testing.TB, p string) {
			inBolt(t, p, func(tx *bolt.Tx) error {
				return tx.Bucket([]byte("records")).Delete([]byte{0, 0, 0, 0, 0, 0, 0, 33})
			})
		}, journal.Shortened, 32, true},
		{"no end, and the start of it confirmed", func(t testing.TB, p string) {
			inBolt(t, p, func(tx *bolt.Tx) error {
				b := tx.Bucket([]byte("records"))
				for seq := byte(15); seq <= 40; seq++ {
					if err := b.Delete([]byte{0, 0, 0, 0, 0, 0, 0, seq}); err != nil {
						return err
					}
				}
				return nil
			})
		}, journal.Shortened, 14, false},
		{"cabinet's name", func(t testing.TB, p string) {
			inBolt(t, p, func(tx *bolt.Tx) error {
				return tx.Bucket([]byte("meta")).Put([]byte("cabinet"), []byte("demo-2"))
			})
		}, journal.Restored, 20, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := config(t)
			epoch := worn(t, cfg)
			c.damage(t, cfg.Path)
			j := open(t, cfg)
			checkLeft(t, j, c.origin, epoch, c.last)
			aside, err := filepath.Glob(cfg.Path + ".damaged-*")
			if err != nil || (len(aside) > 0) != c.aside {
				t.Errorf("want it set aside: %t, got %v, %v", c.aside, aside, err)
			}
			last := c.last + 1
			if c.origin == journal.Opened {
				last--
			}
			if r := add(t, j, at(0), door(1)); r[0].Seq != last+1 {
				t.Errorf("want record %d next, got %d", last+1, r[0].Seq)
			}
			shut(t, j)
			if j = open(t, cfg); j.Origin() != journal.Opened {
				t.Errorf("want it opened the next time, got %s", j.Origin())
			}
		})
	}
}

// checkLeft checks origin, epochs and content together.
func checkLeft(t *testing.T, j *journal.Journal, origin journal.Origin, epoch string, last uint64) {
	t.Helper()
	if j.Origin() != origin {
		t.Fatalf("want it %s, got %s", origin, j.Origin())
	}
	now, seq := j.Last()
	snapshot, records := load(t, j)
	if origin == journal.Opened {
		if now != epoch || seq != last {
			t.Errorf("want %d of %s as the last, got %d of %s", last, epoch, seq, now)
		}
	} else {
		want := locker.EpochBegun{Reason: string(origin), Previous: epoch}
		if r := records[len(records)-1]; r.Event != locker.Event(want) || r.Seq != last+1 || r.Known {
			t.Errorf("want %+v as record %d, got %+v", want, last+1, r)
		}
		if now == epoch || seq != last+1 {
			t.Errorf("want %d of a new epoch as the last, got %d of %s", last+1, seq, now)
		}
	}
	first := 1
	if snapshot != "" {
		if _, err := fmt.Sscan(snapshot, &first); err != nil {
			t.Fatal(err)
		}
		first++
	}
	for i, r := range records {
		if want := uint64(first + i); r.Seq != want {
			t.Fatalf("want record %d in place %d, got %d", want, i, r.Seq)
		}
		if p, ok := r.Event.(locker.Private); ok && r.Seq > 20 && p.Private().IsZero() {
			t.Errorf("record %d lost its personal part", r.Seq)
		}
	}
	if c := j.Confirmed(); c != min(20, last) {
		t.Errorf("want %d confirmed, got %d", min(20, last), c)
	}
}

// TestDamageEverywhere: a page that is overwritten, wherever it lies, never stops the process, and what opens is whole.
func TestDamageEverywhere(t *testing.T) {
	cfg := config(t)
	worn(t, cfg)
	whole, err := os.ReadFile(cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	whole = whole[:64*page] // the rest is not used yet
	step := 1
	if testing.Short() {
		step = 5
	}
	for n := 0; n < 24; n += step {
		for _, what := range []byte{0x00, 0x5A} {
			for _, part := range [][2]int{{0, page}, {16, 48}, {page / 2, page}} {
				b := bytes.Clone(whole)
				for i := n*page + part[0]; i < n*page+part[1]; i++ {
					b[i] = what
				}
				removeAside(t, cfg.Path)
				if err := os.WriteFile(cfg.Path, b, 0o600); err != nil {
					t.Fatal(err)
				}
				j := open(t, cfg)
				if o := j.Origin(); o == journal.Lost || o == journal.New {
					t.Errorf("page %d, %x at %v: a good backup was there, got %s", n, what, part, o)
				}
				if _, _, err := j.Load(); err != nil {
					t.Errorf("page %d, %x at %v: %v", n, what, part, err)
				}
				add(t, j, at(0), stored("more"))
				shut(t, j)
			}
		}
	}
}

func remove(t testing.TB, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func removeAside(t testing.TB, path string) {
	t.Helper()
	aside, err := filepath.Glob(path + ".*")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range aside {
		remove(t, a)
	}
}

// TestBadBackups: the newest good one is used; without any, all is lost and the journal begins anew.
func TestBadBackups(t *testing.T) {
	for _, c := range []struct {
		name   string
		spoil  []string
		origin journal.Origin
		last   uint64
	}{
		{"newest is bad, and the one before leads up to it", []string{"journal-00000003.db"}, journal.Restored, 4},
		{"all are bad", []string{"journal-00000002.db", "journal-00000003.db"}, journal.Lost, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := config(t)
			j := open(t, cfg)
			epoch, _ := j.Last()
			for range 3 {
				add(t, j, at(0), door(1))
				if err := j.Whole(); err != nil {
					t.Fatal(err)
				}
			}
			shut(t, j)
			for _, name := range c.spoil {
				flip(t, filepath.Join(cfg.Backups, name), "records", 2, 0)
			}
			alter(t, cfg.Path, func(b []byte) []byte { return b[:len(b)/999] })
			j = open(t, cfg)
			now, seq := j.Last()
			if j.Origin() != c.origin || now == epoch || seq != c.last+1 {
				t.Errorf("want %s after %d, got %s and %d of %s", c.origin, c.last, j.Origin(), seq, now)
			}
			_, records := load(t, j)
			want := locker.EpochBegun{Reason: string(c.origin)}
			if c.last > 0 {
				want.Previous = epoch
			}
			if got := records[len(records)-1].Event; got != locker.Event(want) {
				t.Errorf("want %+v, got %+v", want, got)
			}
			if err := j.Backup(); err != nil {
				t.Error(err)
			}
		})
	}
}
