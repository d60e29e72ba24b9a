package journal_test

import (
	"encoding/binary"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// TestNothingLeftOverIsTakenForNew: a journal of which nothing can be kept, though its end looks as if it could, is set aside
// and a new one begun; the copy that was tried is not taken for it.
func TestNothingLeftOverIsTakenForNew(t *testing.T) {
	cfg := config(t)
	cfg.Backups = ""
	j := open(t, cfg)
	for i := range 40 {
		add(t, j, at(0), door(i))
		if _, seq := j.Last(); seq == 10 || seq == 20 {
			if err := j.Snapshot(seq, []byte("{}")); err != nil {
				t.Fatal(err)
			}
		}
	}
	shut(t, j)
	inBolt(t, cfg.Path, func(tx *bolt.Tx) error {
		for _, n := range []uint64{1, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20} {
			if err := tx.Bucket([]byte("records")).Delete(binary.BigEndian.AppendUint64(nil, n)); err != nil {
				return err
			}
		}
		return nil
	})
	j = open(t, cfg)
	if j.Origin() != "lost" {
		t.Errorf("want it said that all is lost, got %q", j.Origin())
	}
	verify(t, j, 1)
}
