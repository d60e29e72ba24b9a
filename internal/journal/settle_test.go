package journal_test

import (
	"errors"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/journal"
	"lockerd/internal/locker"
)

// settled is how far the file says that the cloud has everything, and how many transactions it has seen.
func settled(t *testing.T, j *journal.Journal) (seq, transactions uint64) {
	t.Helper()
	r, err := j.Verify()
	must(t, err)
	return r.Confirmed, j.Transactions()
}

// confirmLast has the cloud confirm all there is.
func confirmLast(t *testing.T, j *journal.Journal) (last uint64) {
	t.Helper()
	epoch, last := j.Last()
	must(t, confirm(j, epoch, last))
	if j.Confirmed() != last {
		t.Errorf("want %d believed at once, got %d", last, j.Confirmed())
	}
	return last
}

// look is Tidy as the controller's beat calls it, with no snapshot due.
func look(t *testing.T, j *journal.Journal) {
	t.Helper()
	_, seq := j.Last()
	must(t, j.Tidy(at(0), seq, func() ([]byte, error) { return nil, errors.New("none is due") }))
}

// TestAConfirmationGoesAlong: it costs no transaction of its own where records come; it delays none that opens a door.
func TestAConfirmationGoesAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := open(t, config(t))
		add(t, j, at(0), door(1), stored("p1"), collected("p1"))
		_, before := settled(t, j)
		last := confirmLast(t, j)
		for i, c := range []struct {
			wait  time.Duration
			event locker.Event
			want  uint64
		}{
			{0, door(2), 0},
			{journal.Along - time.Millisecond, door(3), 0},
			{time.Millisecond, locker.UnlockRequested{Unlock: "u1", Door: 3}, 0},
			{0, locker.LockTried{Unlock: "u2"}, 0},
			{0, door(4), last},
		} {
			time.Sleep(c.wait)
			look(t, j)
			add(t, j, at(0), c.event)
			if seq, n := settled(t, j); seq != c.want || n != before+uint64(i)+1 {
				t.Errorf("event %d: want %d confirmed on the disk and a transaction each, got %d and %d", i, c.want, seq, n-before)
			}
		}
		if _, records := load(t, j); !records[2].Event.(locker.ParcelStored).Private().IsZero() {
			t.Error("the key of a parcel that the cloud knows to be collected is still there")
		}
	})
}

// TestAConfirmationGoesAlone: where no records come for a minute.
func TestAConfirmationGoesAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := open(t, config(t))
		add(t, j, at(0), door(1))
		last := confirmLast(t, j)
		time.Sleep(journal.Alone - time.Millisecond)
		look(t, j)
		if seq, _ := settled(t, j); seq != 0 {
			t.Errorf("want nothing confirmed on the disk yet, got %d", seq)
		}
		time.Sleep(time.Millisecond)
		look(t, j)
		if seq, _ := settled(t, j); seq != last {
			t.Errorf("want %d confirmed on the disk, got %d", last, seq)
		}
		_, n := settled(t, j)
		time.Sleep(time.Hour)
		look(t, j)
		if _, now := settled(t, j); now != n {
			t.Errorf("want nothing written where nothing waits, got %d transactions", now-n)
		}
	})
}

// TestManyConfirmations: so many that reading them would delay records do not go along, and a backlog is settled as it shrinks.
func TestManyConfirmations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := open(t, config(t))
		many := make([]locker.Event, journal.AlongMost+1)
		for i := range many {
			many[i] = door(i)
		}
		add(t, j, at(0), many...)
		confirmLast(t, j)
		time.Sleep(journal.Along)
		add(t, j, at(0), door(1))
		if seq, _ := settled(t, j); seq != 0 {
			t.Errorf("want that many not to go along, got %d", seq)
		}
		for range 5 {
			add(t, j, at(0), many...)
		}
		last := confirmLast(t, j)
		if seq, _ := settled(t, j); seq != last {
			t.Errorf("want %d on the disk at once, got %d", last, seq)
		}
	})
}

// TestAPowerCutBeforeItIsSettled: what was confirmed and not written down is sent again, and nothing of it is missing, be it
// old enough to be pruned or not.
func TestAPowerCutBeforeItIsSettled(t *testing.T) {
	cfg := config(t)
	j := open(t, cfg)
	add(t, j, at(0), stored("p1"), collected("p1"), door(2))
	epoch, _ := j.Last()
	must(t, errors.Join(confirm(j, epoch, 2), j.Settle()))
	last := confirmLast(t, j)
	asCut := cfg
	asCut.Path, asCut.Backups = cfg.Path+"-cut", ""
	whole, err := os.ReadFile(cfg.Path)
	must(t, errors.Join(err, os.WriteFile(asCut.Path, whole, 0o600)))
	cut := open(t, asCut)
	if got := seqs(t, cut, cut.Confirmed(), 9); cut.Origin() != journal.Opened || !slices.Equal(got, []uint64{3, 4}) {
		t.Errorf("want the rest sent again, got %v (%s)", got, cut.Origin())
	}
	if out, err := cut.Outgoing(1, 1); err != nil || out[0].Personal.IsZero() {
		t.Errorf("want the key to live until that is on the disk, got %v", err)
	}
	if got := confirmLast(t, cut); got != last {
		t.Errorf("want the same end, got %d and %d", last, got)
	}
}

// TestSettledBefore: nothing that drops or copies records goes by a confirmation that is not on the disk.
func TestSettledBefore(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(*journal.Journal) error
	}{
		{"prune", func(j *journal.Journal) error { _, err := j.Prune(at(2 * time.Hour)); return err }},
		{"backup", (*journal.Journal).Backup},
		{"sweep", func(j *journal.Journal) error { return j.Sweep(at(0)) }},
		{"rotate", func(j *journal.Journal) error { return j.Rotate([32]byte{9}) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := open(t, config(t))
			add(t, j, at(0), door(1), door(2), door(3), door(4))
			must(t, errors.Join(j.Snapshot(2, nil), j.Snapshot(4, nil)))
			last := confirmLast(t, j)
			must(t, c.do(j))
			if r, err := j.Verify(); err != nil || r.Confirmed != last {
				t.Errorf("want %d confirmed on the disk, got %d, %v", last, r.Confirmed, err)
			}
		})
	}
	t.Run("close", func(t *testing.T) {
		cfg := config(t)
		j := open(t, cfg)
		add(t, j, at(0), door(1))
		last := confirmLast(t, j)
		must(t, j.Close())
		if r, err := journal.Verify(cfg.Path, cfg.Cabinet, master); err != nil || r.Confirmed != last {
			t.Errorf("want %d confirmed on the disk, got %d, %v", last, r.Confirmed, err)
		}
	})
}
