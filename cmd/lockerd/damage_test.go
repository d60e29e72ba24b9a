package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"lockerd/internal/cabinet"
)

// TestADamagedJournal damages the file in each way that it can be damaged, and then looks at the epoch, the doors and the
// cloud together: nothing new is taken for old, no door is given on the word of a journal that may be wrong, and what came
// before is not lost to the cloud.
func TestADamagedJournal(t *testing.T) {
	t.Parallel()
	for _, damage := range []struct {
		name   string
		do     func(t *testing.T, file []byte) []byte
		reason string // of the new epoch
		parcel bool   // the parcel's code still opens
	}{
		{"one meta page gone", func(_ *testing.T, b []byte) []byte { return wipe(b, 0, 4096) }, "shortened", true},
		{"both meta pages gone", func(_ *testing.T, b []byte) []byte { return wipe(b, 0, 8192) }, "restored", false},
		{"a flipped bit in a record", flip, "restored", false}, // the backup knows more than what lies before it
		{"a truncated tail", func(_ *testing.T, b []byte) []byte { return b[:5*4096] }, "restored", false},
		{"nothing in it", func(*testing.T, []byte) []byte { return nil }, "restored", false},
		{"another program's file", func(*testing.T, []byte) []byte { return []byte("SQLite format 3\x00") }, "restored", false},
	} {
		t.Run(damage.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.commission()
			door, code := r.broughtIn("PARCEL-1")
			if out, err := r.tool("journal", "backup"); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			r.cloud.complete()
			r.stop()
			cfg, err := cabinet.Read(r.config)
			if err != nil {
				t.Fatal(err)
			}
			whole, err := os.ReadFile(cfg.Journal)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(cfg.Journal, damage.do(t, whole), 0o600); err != nil {
				t.Fatal(err)
			}

			r.start()
			r.cloud.await("a new epoch", func(c *cloud) bool { _, ok := c.last("journal.epoch_begun", "reason", damage.reason); return ok })
			r.cloud.complete()
			r.ready()
			for _, d := range r.cloud.doors() {
				if d.Contents == "empty" {
					t.Errorf("door %d is held to be empty by a journal that may be wrong", d.Door)
				}
				remembered := d.Contents == "held" // nobody knows what became of it since
				if damage.parcel {
					remembered = d.Contents == "parcel"
				}
				if d.Door == door && !remembered {
					t.Errorf("door %d: want the parcel remembered, got %q", d.Door, d.Contents)
				}
			}
			pulses := r.pulses()
			r.scan("LD1:" + code)
			if damage.parcel {
				r.push(door)
			} else {
				r.cloud.await("the code answered", func(c *cloud) bool { _, ok := c.last("session.moved", "step", "trouble"); return ok })
			}
			r.cloud.complete()
			r.matched()
			if opened := r.pulses() > pulses; opened != damage.parcel {
				t.Errorf("want the door opened by its code: %v, got %v", damage.parcel, opened)
			}
		})
	}
}

func wipe(file []byte, from, to int) []byte {
	b := bytes.Clone(file)
	clear(b[from:to])
	return b
}

// flip damages the record that says where the parcel lies: a bit of its kind. A page that bbolt has
// freed keeps what lay in it, so the record is read through bbolt, and damaged wherever the file has it.
func flip(t *testing.T, file []byte) []byte {
	t.Helper()
	kind := []byte("parcel.stored")
	alive := recordWith(t, file, kind)
	if alive == nil {
		t.Fatal("there is no such record in the journal")
	}
	bad := bytes.Clone(alive)
	bad[bytes.Index(alive, kind)+9] ^= 1
	b := bytes.ReplaceAll(file, alive, bad)
	if recordWith(t, b, kind) != nil {
		t.Fatal("the record that bbolt reads is not damaged")
	}
	return b
}

// recordWith is the newest record in a journal's file that has such words in it, as bbolt reads it; nil where there is
// none.
func recordWith(t *testing.T, file, words []byte) (value []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	err = db.View(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("records")).ForEach(func(_, v []byte) error {
			if bytes.Contains(v, words) {
				value = bytes.Clone(v)
			}
			return nil
		})
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return value
}

// doors are those of the retained state.
func (c *cloud) doors() []struct {
	Door     int
	Contents string
} {
	var state struct {
		Doors []struct {
			Door     int
			Contents string
		}
	}
	_ = json.Unmarshal([]byte(c.summary()), &state)
	return state.Doors
}
