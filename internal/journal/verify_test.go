package journal_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"testing"

	bolt "go.etcd.io/bbolt"

	"lockerd/internal/journal"
)

// TestVerifyNames: Verify walks through history that Open leaves alone, and names what is wrong in it.
func TestVerifyNames(t *testing.T) {
	cfg := config(t)
	worn(t, cfg)
	r, err := journal.Verify(cfg.Path, cfg.Cabinet, master)
	if err != nil || r.Records != 40 || len(r.Epochs) != 1 || r.Sealed != 20 || r.Erased != 9 || r.Confirmed != 20 {
		t.Errorf("want 40 good records, got %+v, %v", r, err)
	}
	flip(t, cfg.Path, "records", 5, 60)
	flip(t, cfg.Path, "records", 8, -1)
	_, err = journal.Verify(cfg.Path, cfg.Cabinet, master)
	if err == nil || !contains(err, "record 5: it does not match", "record 8: it does not match") {
		t.Errorf("want both records named, got %v", err)
	}
	if _, err := journal.Verify(cfg.Path, cfg.Cabinet, [32]byte{}); !errors.Is(err, journal.ErrKey) {
		t.Errorf("want %v, got %v", journal.ErrKey, err)
	}
	if _, err := journal.Verify(cfg.Path+"x", cfg.Cabinet, master); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("want %v, got %v", os.ErrNotExist, err)
	}
}

func contains(err error, parts ...string) bool {
	for _, p := range parts {
		if !bytes.Contains([]byte(err.Error()), []byte(p)) {
			return false
		}
	}
	return true
}

// TestForgery: a record that was rewritten with a right hash of its own still breaks the chain.
func TestForgery(t *testing.T) {
	cfg := config(t)
	j := open(t, cfg)
	add(t, j, at(0), door(7), door(8))
	shut(t, j)
	inBolt(t, cfg.Path, func(tx *bolt.Tx) error {
		key := []byte{0, 0, 0, 0, 0, 0, 0, 2}
		public, _, err := journal.DecodeValue(tx.Bucket([]byte("records")).Get(key))
		if err != nil {
			return err
		}
		forged := bytes.Replace(public, []byte(`"door":7`), []byte(`"door":9`), 1)
		return tx.Bucket([]byte("records")).Put(key, journal.EncodeValue(forged, nil))
	})
	_, err := journal.Verify(cfg.Path, cfg.Cabinet, master)
	if err == nil || !contains(err, "record 3: it does not follow") {
		t.Errorf("want record 3 named, got %v", err)
	}
}

// TestNewerRelease: what a newer release has written is not damage, and stays.
func TestNewerRelease(t *testing.T) {
	cfg := config(t)
	j := open(t, cfg)
	add(t, j, at(0), door(7))
	shut(t, j)
	inBolt(t, cfg.Path, func(tx *bolt.Tx) error {
		key := []byte{0, 0, 0, 0, 0, 0, 0, 2}
		public, _, err := journal.DecodeValue(tx.Bucket([]byte("records")).Get(key))
		if err != nil {
			return err
		}
		newer := bytes.Replace(public, []byte(`"door.left_open"`), []byte(`"door.painted"`), 1)
		return tx.Bucket([]byte("records")).Put(key, journal.EncodeValue(newer, nil))
	})
	for range 2 {
		_, err := journal.Open(cfg, master, slog.New(slog.DiscardHandler))
		if !errors.Is(err, journal.ErrRelease) {
			t.Errorf("want %v, got %v", journal.ErrRelease, err)
		}
	}
}
