package journal_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"lockerd/internal/journal"
	"lockerd/internal/locker"
)

func seqs(t testing.TB, j *journal.Journal, after uint64, limit int) (out []uint64) {
	t.Helper()
	records, err := j.Outgoing(after, limit)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		out = append(out, r.Seq)
	}
	return out
}

// TestConfirm: the cloud's word moves the cursor forward, to records of ours, and never back.
func TestConfirm(t *testing.T) {
	cfg := config(t)
	j := open(t, cfg)
	add(t, j, at(0), door(2), door(3), door(4), door(5)) // records 2 to 5
	epoch, _ := j.Last()
	for _, c := range []struct {
		name  string
		epoch string
		seq   uint64
		want  uint64
	}{
		{"of another epoch", "0123456789abcdef", 3, 0},
		{"nothing", epoch, 0, 0},
		{"the third", epoch, 3, 3},
		{"an older one", epoch, 2, 3},
		{"the same", epoch, 3, 3},
		{"the last", epoch, 5, 5},
	} {
		if err := confirm(j, c.epoch, c.seq); err != nil || j.Confirmed() != c.want {
			t.Errorf("%s: want %d confirmed, got %d, %v", c.name, c.want, j.Confirmed(), err)
		}
	}
	add(t, j, at(0), door(6), door(7), door(8))
	if got := seqs(t, j, j.Confirmed(), 2); !slices.Equal(got, []uint64{6, 7}) {
		t.Errorf("want the first two unconfirmed, got %v", got)
	}
	if got := seqs(t, j, 7, 9); !slices.Equal(got, []uint64{8}) {
		t.Errorf("want what follows 7, got %v", got)
	}
	if got := seqs(t, j, 8, 9); got != nil {
		t.Errorf("want nothing after the last, got %v", got)
	}
	shut(t, j)
	if j = open(t, cfg); j.Confirmed() != 5 || j.Origin() != journal.Opened {
		t.Errorf("want 5 confirmed in the next run, got %d, %s", j.Confirmed(), j.Origin())
	}
}

// TestConfirmBeyondTheEnd: a record of ours that the cloud has and we have not says that the journal lost its end. That is
// believed of the cloud's own word alone, once a day; how much is missing only while it can be true.
func TestConfirmBeyondTheEnd(t *testing.T) {
	for _, heard := range []bool{false, true} {
		t.Run(fmt.Sprintf("the cloud has heard of this run: %t", heard), func(t *testing.T) {
			cfg := config(t)
			j := open(t, cfg)
			add(t, j, at(0), door(2))
			epoch, missing := "", 98
			if epoch, _ = j.Last(); heard {
				missing = 0
				if err := confirm(j, epoch, 2); err != nil {
					t.Fatal(err)
				}
			}
			unsigned := ack(j, epoch, 100)
			unsigned.Signed = false
			if err := j.Check(unsigned); !errors.Is(err, locker.ErrNotOurs) {
				t.Errorf("want %v of anybody's word, got %v", locker.ErrNotOurs, err)
			}
			if err := j.Confirm(unsigned); err != nil {
				t.Errorf("want anybody's word to change nothing, got %v", err)
			}
			if err := j.Check(ack(j, epoch, 100)); err != nil {
				t.Errorf("want the cloud's word to be news, got %v", err)
			}
			if err := confirm(j, epoch, 100); !errors.Is(err, locker.ErrShortened) {
				t.Fatalf("want %v, got %v", locker.ErrShortened, err)
			}
			want := locker.EpochBegun{Reason: "shortened", Previous: epoch, Missing: missing}
			if _, records := load(t, j); heard == (missing != 0) || records[len(records)-1].Event != locker.Event(want) {
				t.Errorf("want %+v, got %+v", want, records[len(records)-1])
			}
			now, _ := j.Last()
			for _, forged := range []string{epoch, now} {
				if err := errors.Join(confirm(j, forged, 1000), j.Check(ack(j, now, 1000))); !errors.Is(err, locker.ErrNotOurs) {
					t.Errorf("want it not believed once more, got %v", err)
				}
			}
			add(t, j, at(0), door(3))
			if e, seq := j.Last(); e != now || e == epoch || seq != 4 {
				t.Errorf("want one new epoch, got %s, %s and %d", epoch, e, seq)
			}
			if err := confirm(j, now, 4); err != nil || j.Confirmed() != 4 {
				t.Errorf("want the new epoch confirmed, got %d, %v", j.Confirmed(), err)
			}
			verify(t, j, 4)
			shut(t, j)
			if j = open(t, cfg); j.Origin() != journal.Opened {
				t.Errorf("want it opened the next time, got %s", j.Origin())
			}
		})
	}
}

// TestAnotherRecordByThatName: an ack whose hash is not that of our record prunes nothing. The cloud's own word for one says
// that the journal is an older copy that went on, as long as that can be true.
func TestAnotherRecordByThatName(t *testing.T) {
	for _, c := range []struct {
		name          string
		heard, signed bool // the cloud has confirmed a record of this run; it is the cloud's own word
		want          error
	}{
		{"anybody's word", false, false, locker.ErrOtherRecord},
		{"anybody's word, later", true, false, locker.ErrOtherRecord},
		{"the cloud's, later", true, true, locker.ErrOtherRecord},
		{"the cloud's, before it has heard of this run", false, true, locker.ErrShortened},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := config(t)
			j := open(t, cfg)
			add(t, j, at(0), stored("p1"))
			epoch, _ := j.Last()
			if err := confirm(j, epoch, 1); err != nil {
				t.Fatal(err)
			}
			shut(t, j)
			j = open(t, cfg)
			add(t, j, at(0), door(1), locker.ParcelCollected{Parcel: "p1"}, door(2)) // records 3 to 5
			confirmed := uint64(1)
			if c.heard {
				if confirmed = 3; confirm(j, epoch, confirmed) != nil {
					t.Fatal("not confirmed")
				}
			}
			other := ack(j, epoch, 4)
			other.Signed = c.signed
			other.Hash[31] ^= 1
			checked := c.want
			if errors.Is(c.want, locker.ErrShortened) {
				checked = nil // it is news
			}
			if err := j.Check(other); !errors.Is(err, checked) {
				t.Errorf("want it held to be %v, got %v", checked, err)
			}
			if err := j.Confirm(other); !errors.Is(err, c.want) {
				t.Errorf("want %v, got %v", c.want, err)
			}
			if got := j.Confirmed(); got != confirmed {
				t.Errorf("want %d confirmed, got %d", confirmed, got)
			}
			now, last := j.Last()
			if begun := errors.Is(c.want, locker.ErrShortened); (now != epoch) != begun {
				t.Errorf("want a new epoch: %t, got %s after %s", begun, now, epoch)
			}
			out, err := j.Outgoing(1, 1)
			if err != nil || out[0].Personal.IsZero() {
				t.Errorf("want the parcel's key to be there, got %v", err)
			}
			if err := confirm(j, now, last); err != nil || j.Confirmed() != last { // and it goes on
				t.Errorf("want %d confirmed, got %d, %v", last, j.Confirmed(), err)
			}
			older := ack(j, epoch, 2)
			older.Hash[0] ^= 1 // of what was confirmed, nobody is believed that it was another
			if err := j.Check(older); !errors.Is(err, locker.ErrOtherRecord) {
				t.Errorf("want %v, got %v", locker.ErrOtherRecord, err)
			}
			if err := j.Check(ack(j, epoch, 2)); !errors.Is(err, locker.ErrAcked) {
				t.Errorf("want %v of one that comes again, got %v", locker.ErrAcked, err)
			}
		})
	}
}

// TestForget: once the cloud has a record that ends the need for it, what is personal is gone, for every record of its
// subject and for nobody else's; and the chain holds. While a parcel waits for its recipient it is there, whatever the cloud
// has.
func TestForget(t *testing.T) {
	for _, end := range []locker.Event{locker.ParcelCollected{Parcel: "p1"}, locker.ParcelCancelled{Parcel: "p1"},
		locker.ParcelRecalled{Parcel: "p1"}, locker.ParcelHandedOver{Parcel: "p1"}, locker.DropCancelled{Parcel: "p1"},
		locker.DropAbandoned{Parcel: "p1"}} {
		t.Run(end.Kind(), func(t *testing.T) {
			j := open(t, config(t))
			p := stored("").Personal
			add(t, j, at(0),
				locker.DropStarted{Session: "s", Parcel: "p1", Personal: p},
				locker.ParcelAnnounced{Order: "o1", Personal: p},
				stored("p1"), // record 4
				stored("p2"),
				end,                                     // record 6: forgets p1
				locker.AnnouncementDropped{Order: "o1"}) // record 7
			epoch, _ := j.Last()
			readable := func() (out []bool) {
				_, records := load(t, j)
				for _, r := range records {
					if e, ok := r.Event.(locker.Private); ok {
						out = append(out, !e.Private().IsZero())
					}
				}
				return out
			}
			for _, c := range []struct {
				confirm uint64
				want    []bool
			}{
				{4, []bool{true, true, true, true}},
				{5, []bool{true, true, true, true}},
				{6, []bool{false, true, false, true}},
				{7, []bool{false, false, false, true}},
			} {
				if err := errors.Join(confirm(j, epoch, c.confirm), j.Settle()); err != nil {
					t.Fatal(err)
				}
				if got := readable(); !slices.Equal(got, c.want) {
					t.Errorf("after %d: want %v readable, got %v", c.confirm, c.want, got)
				}
			}
			add(t, j, at(0), stored("p1")) // a subject of that name again: a new key, and the old parts stay closed
			if got, want := readable(), []bool{false, false, false, true, true}; !slices.Equal(got, want) {
				t.Errorf("want %v readable, got %v", want, got)
			}
			if r := verify(t, j, 8); r.Sealed != 5 || r.Erased != 3 {
				t.Errorf("want 3 of 5 erased, got %+v", r)
			}
		})
	}
}

// TestSnapshots: the state is the newest snapshot and what follows.
func TestSnapshots(t *testing.T) {
	cfg := config(t)
	j := open(t, cfg)
	for i := range 8 {
		add(t, j, at(0), door(i+2))
	}
	if j.Due() {
		t.Error("due at record 9 of 10")
	}
	add(t, j, at(0), door(10))
	if !j.Due() {
		t.Error("not due at record 10 of 10")
	}
	calls := 0
	state := func() ([]byte, error) { calls++; return []byte(`{"at":10}`), nil }
	for range 2 { // the second time nothing is due
		if err := j.Tidy(at(0), 10, state); err != nil || calls != 1 {
			t.Fatalf("want one snapshot, got %d, %v", calls, err)
		}
	}
	add(t, j, at(0), door(11), door(12))
	for _, bad := range []uint64{0, 9, 10, 13} {
		if err := j.Snapshot(bad, nil); err == nil {
			t.Errorf("want an error for a snapshot at %d", bad)
		}
	}
	for range 2 {
		snapshot, records := load(t, j)
		if snapshot != `{"at":10}` || len(records) != 2 || records[0].Event != door(11) {
			t.Errorf("want the snapshot and two records, got %s, %+v", snapshot, records)
		}
		shut(t, j)
		j = open(t, cfg)
	}
	for seq := uint64(11); seq <= 12; seq++ {
		if err := j.Snapshot(seq, fmt.Append(nil, seq)); err != nil {
			t.Fatal(err)
		}
	}
	if r := verify(t, j, 12); !slices.Equal(r.Snapshots, []uint64{11, 12}) {
		t.Errorf("want the two newest snapshots, got %v", r.Snapshots)
	}
}

// TestPrune: only what is old and confirmed and below both snapshots goes.
func TestPrune(t *testing.T) {
	hour := func(n int) locker.Now { return at(time.Duration(n) * time.Hour) }
	for _, c := range []struct {
		name      string
		confirm   uint64
		snapshots []uint64
		now       locker.Now
		want      int // how many go of 20 records, a new one each hour
	}{
		{"all is young", 20, []uint64{10, 20}, hour(1), 0},
		{"nothing is confirmed", 0, []uint64{10, 20}, hour(99), 0},
		{"one snapshot only", 20, []uint64{20}, hour(99), 0},
		{"the clock is not known", 20, []uint64{10, 20}, locker.Now{Wall: noon.Add(99 * time.Hour)}, 0},
		{"up to the older snapshot", 20, []uint64{10, 20}, hour(99), 9},
		{"up to what is confirmed", 5, []uint64{10, 20}, hour(99), 4},
		{"up to what is old", 20, []uint64{10, 20}, at(7*time.Hour - time.Minute), 5}, // 2 to 5 are of hours 2 to 5
		{"up to a time that was not known", 20, []uint64{18, 20}, at(13*time.Hour - time.Minute), 11},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := open(t, config(t))
			for i := 2; i <= 20; i++ {
				now := hour(i)
				switch i {
				case 12: // it says that it is very old
					now = locker.Now{Wall: time.Unix(0, 0)}
				case 3: // it was held to be much later
					now = hour(20 * 365 * 24)
				}
				add(t, j, now, door(i))
			}
			epoch, _ := j.Last()
			if err := confirm(j, epoch, c.confirm); err != nil {
				t.Fatal(err)
			}
			for _, s := range c.snapshots {
				if err := j.Snapshot(s, []byte("{}")); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := j.Prune(c.now); got != c.want || err != nil {
				t.Errorf("want %d pruned, got %d, %v", c.want, got, err)
			}
			verify(t, j, 20-c.want)
			want := []uint64{c.confirm + 1}
			if c.confirm == 20 {
				want = nil
			}
			if got := seqs(t, j, j.Confirmed(), 1); !slices.Equal(got, want) {
				t.Errorf("want %v as the next to send, got %v", want, got)
			}
		})
	}
}

// TestPruneInTurns: many records go in several transactions; one of a time that was not known goes with the next known.
func TestPruneInTurns(t *testing.T) {
	cfg := config(t)
	j := open(t, cfg)
	const n = 1501
	for i := 1; i < n; i += 500 {
		var events []locker.Event
		for d := range 500 {
			events = append(events, door(d))
		}
		now := at(0)
		now.Known = i > 1000
		add(t, j, now, events...)
	}
	epoch, last := j.Last()
	for _, seq := range []uint64{last - 1, last} {
		if err := j.Snapshot(seq, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := confirm(j, epoch, last); err != nil {
		t.Fatal(err)
	}
	if got, err := j.Prune(at(2 * time.Hour)); got != n-2 || err != nil {
		t.Errorf("want all but two of %d, got %d, %v", n, got, err)
	}
	shut(t, j)
	j = open(t, cfg)
	add(t, j, at(0), door(1))
	verify(t, j, 3)
}

// TestBackups: whole copies are numbered, and only the newest are kept, with what belongs to them.
func TestBackups(t *testing.T) {
	cfg := config(t)
	j := open(t, cfg)
	for i := range 4 {
		add(t, j, at(0), stored(fmt.Sprint(i)))
		if err := j.Whole(); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"journal-00000003.db", "journal-00000003.records", "journal-00000004.db", "journal-00000004.records", "journal.keys"}
	var got []string
	entries, err := os.ReadDir(cfg.Backups)
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if err != nil || !slices.Equal(want, got) {
		t.Errorf("want %v, got %v, %v", want, got, err)
	}
	for i, name := range []string{want[0], want[2]} {
		r, err := journal.Verify(filepath.Join(cfg.Backups, name), cfg.Cabinet, master)
		if err != nil || r.Last != uint64(4+i) || r.Halved {
			t.Errorf("%s: want %d good records, got %+v, %v", name, 4+i, r, err)
		}
	}
}

// TestReadersAndTheWriter: the outbox is read, backups are made and the log verified while events come in.
func TestReadersAndTheWriter(t *testing.T) {
	j := open(t, config(t))
	epoch, _ := j.Last()
	const n = 300
	var readers sync.WaitGroup
	readers.Go(func() { // a cloud that confirms what it gets
		for sent := uint64(0); sent <= n; {
			for i, seq := range seqs(t, j, sent, 16) {
				if seq != sent+1 {
					t.Errorf("want %d in place %d, got %d", sent+1, i, seq)
					return
				}
				sent = seq
			}
			if err := confirm(j, epoch, sent); err != nil {
				t.Error(err)
				return
			}
		}
	})
	readers.Go(func() {
		for j.Confirmed() < n {
			if _, err := j.Verify(); err != nil {
				t.Error(err)
				return
			}
			if err := j.Backup(); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for i := range n {
		r := add(t, j, at(time.Duration(i)*time.Hour), stored(fmt.Sprint(i)))
		if j.Due() {
			state := func() ([]byte, error) { return []byte("{}"), nil }
			if err := j.Tidy(at(n*time.Hour), r[0].Seq, state); err != nil {
				t.Error(err)
			}
		}
	}
	readers.Wait()
	if _, err := j.Verify(); err != nil {
		t.Error(err)
	}
}

// TestClosed: a closed journal says so, and closing it again is nothing.
func TestClosed(t *testing.T) {
	j := open(t, config(t))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	_, err1 := j.Append(at(0), []locker.Event{door(1)})
	_, err2 := j.Outgoing(0, 1)
	_, _, err3 := j.Load()
	_, err4 := j.Prune(at(0))
	for i, err := range []error{err1, err2, err3, err4, confirm(j, "", 1), j.Reload(), j.Probe(), j.Backup()} {
		if err == nil {
			t.Errorf("call %d: want an error", i)
		}
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
}
