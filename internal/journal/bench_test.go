package journal_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"lockerd/internal/journal"
	"lockerd/internal/locker"
)

// BenchmarkAppend compares three events with a bare bbolt Update of as many bytes, turn by turn in the same run.
func BenchmarkAppend(b *testing.B) {
	j := open(b, config(b))
	db, err := bolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600,
		&bolt.Options{FreelistType: bolt.FreelistMapType, NoFreelistSync: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	events := []locker.Event{
		locker.SessionMoved{Session: "s17", Step: locker.StepPickup, Door: 3},
		locker.UnlockRequested{
			Unlock: "u17", Door: 3, Lock: locker.Lock{Bus: "main", Board: 1, Channel: 3}, Within: 2000,
		},
		locker.DoorOpened{Door: 3, Unlock: "u17"},
	}
	value := make([]byte, 450)
	bare := func(n int) error {
		return db.Update(func(tx *bolt.Tx) error {
			bucket, err := tx.CreateBucketIfNotExists([]byte("b"))
			for i := range 3 {
				if err == nil {
					err = bucket.Put([]byte{byte(n >> 16), byte(n >> 8), byte(n), byte(i)}, value)
				}
			}
			return err
		})
	}
	var ours, theirs []time.Duration
	for n := 0; b.Loop(); n++ {
		start := time.Now()
		add(b, j, at(0), events...)
		mid := time.Now()
		if err := bare(n); err != nil {
			b.Fatal(err)
		}
		ours, theirs = append(ours, mid.Sub(start)), append(theirs, time.Since(mid))
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	p50, base := ours[len(ours)/2], theirs[len(theirs)/2]
	b.ReportMetric(float64(p50.Microseconds()), "p50-us")
	b.ReportMetric(float64(base.Microseconds()), "bare-p50-us")
	b.ReportMetric(float64(p50)/float64(base), "ratio")
}

// BenchmarkLarge opens and verifies a journal of 100,000 records with a snapshot 1,000 records before its end.
func BenchmarkLarge(b *testing.B) {
	cfg := config(b)
	j := open(b, cfg)
	events := make([]locker.Event, 1000)
	for i := range events {
		events[i] = locker.DoorOpened{Door: i, Unlock: "u17"}
	}
	for range 100 {
		_, seq := j.Last()
		add(b, j, at(0), events...)
		if seq > 1 {
			if err := j.Snapshot(seq, []byte("{}")); err != nil {
				b.Fatal(err)
			}
		}
	}
	shut(b, j)
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			shut(b, open(b, cfg))
		}
	})
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			if _, err := journal.Verify(cfg.Path, cfg.Cabinet, master); err != nil {
				b.Fatal(err)
			}
		}
	})
}
