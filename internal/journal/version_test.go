package journal_test

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	bolt "go.etcd.io/bbolt"

	"lockerd/internal/journal"
	"lockerd/internal/locker"
)

// versionOf is what the file says of itself.
func versionOf(t *testing.T, path string) (version string) {
	t.Helper()
	inBolt(t, path, func(tx *bolt.Tx) error {
		version = string(tx.Bucket([]byte("meta")).Get([]byte("version"))[sha256.Size:])
		return nil
	})
	return version
}

// asVersion1 makes a closed journal one of version 1: each record as the release before wrote it.
func asVersion1(t *testing.T, path string) {
	t.Helper()
	inBolt(t, path, func(tx *bolt.Tx) error {
		records := tx.Bucket([]byte("records"))
		err := records.ForEach(func(k, v []byte) error {
			public, sealed, err := journal.DecodeValue(v)
			return errors.Join(err, records.Put(k, journal.EncodeValue(public, sealed)))
		})
		check := sha256.Sum256([]byte("version1"))
		return errors.Join(err, tx.Bucket([]byte("meta")).Put([]byte("version"), append(check[:], '1')))
	})
}

// TestVersion1: a file of the release before is read, sends the same bytes, and says that it is of this release with the first
// record that is; also as a backup.
func TestVersion1(t *testing.T) {
	cfg := config(t)
	worn(t, cfg)
	j := open(t, cfg)
	out, err := j.Outgoing(0, 100)
	must(t, err)
	snapshot, records := load(t, j)
	shut(t, j)
	asVersion1(t, cfg.Path)
	if _, err := journal.Verify(cfg.Path, cfg.Cabinet, master); err != nil {
		t.Error(err)
	}
	j = open(t, cfg)
	was, err := j.Outgoing(0, 100)
	must(t, err)
	if !reflect.DeepEqual(was, out) || len(out) != 40 {
		t.Errorf("want the same 40 records to leave, got %d and %d", len(out), len(was))
	}
	if s, r := load(t, j); s != snapshot || !reflect.DeepEqual(r, records) {
		t.Errorf("want the same state: %s and %+v, got %s and %+v", snapshot, records, s, r)
	}
	must(t, j.Whole())
	shut(t, j)
	if j.Origin() != journal.Opened || versionOf(t, cfg.Path) != "1" {
		t.Errorf("want it opened and left as it is, got %s of version %s", j.Origin(), versionOf(t, cfg.Path))
	}
	j = open(t, cfg)
	add(t, j, at(0), stored("new"), door(1))
	must(t, j.Backup()) // adds to the copy of version 1
	verify(t, j, 42)
	shut(t, j)
	if v := versionOf(t, cfg.Path); v != "2" {
		t.Errorf("want version 2 now, got %s", v)
	}
	remove(t, cfg.Path)
	j = open(t, cfg)
	if _, last := j.Last(); j.Origin() != journal.Restored || last != 43 {
		t.Errorf("want it restored up to record 42, got %s, %d", j.Origin(), last-1)
	}
	shut(t, j)
	if v := versionOf(t, cfg.Path); v != "2" {
		t.Errorf("want what was restored to be of version 2, got %s", v)
	}
}

// TestNewerFile: one of a version to come is left alone.
func TestNewerFile(t *testing.T) {
	cfg := config(t)
	worn(t, cfg)
	inBolt(t, cfg.Path, func(tx *bolt.Tx) error {
		check := sha256.Sum256([]byte("version3"))
		return tx.Bucket([]byte("meta")).Put([]byte("version"), append(check[:], '3'))
	})
	if _, err := journal.Verify(cfg.Path, cfg.Cabinet, master); !errors.Is(err, journal.ErrRelease) {
		t.Errorf("want %v, got %v", journal.ErrRelease, err)
	}
}

// TestARecordIsSmall: what each public line repeats is not on the disk.
func TestARecordIsSmall(t *testing.T) {
	cfg := config(t)
	j := open(t, cfg)
	var events []locker.Event
	for _, tx := range aLife(1) {
		events = append(events, tx...)
	}
	add(t, j, at(0), events...)
	out, err := j.Outgoing(1, 100)
	must(t, err)
	shut(t, j)
	lines, body := 0, 0
	for i, o := range out {
		content, err := json.Marshal(events[i])
		must(t, err)
		lines, body = lines+len(o.Public), body+len(content)
	}
	disk := 0
	inBolt(t, cfg.Path, func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("records")).ForEach(func(_, v []byte) error {
			_, sealed, err := journal.DecodeValue(v)
			disk += len(v) - len(sealed)
			return err
		})
	})
	n := len(out) + 1
	t.Logf("an event is %d bytes, its line %d, its record %d", body/n, lines/n, disk/n)
	if disk/n > body/n+145 {
		t.Errorf("want a record to be its event and at most 145 bytes, got %d and %d", body/n, disk/n)
	}
}
