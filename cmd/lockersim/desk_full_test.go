package main_test

import (
	"bytes"
	"os"
	"os/signal"
	"strings"
	"testing"

	"lockerd/internal/contract/contracttest"

	"golang.org/x/sys/unix"
)

// fill lets this process write no file beyond a size, as on a full disk, until it is called with 0.
func fill(t *testing.T) (set func(size int64)) {
	t.Helper()
	signal.Ignore(unix.SIGXFSZ)
	var was unix.Rlimit
	fatal(t, unix.Getrlimit(unix.RLIMIT_FSIZE, &was))
	set = func(size int64) {
		limit := unix.Rlimit{Cur: uint64(size), Max: was.Max}
		if size == 0 {
			limit = was
		}
		fatal(t, unix.Setrlimit(unix.RLIMIT_FSIZE, &limit))
	}
	t.Cleanup(func() {
		set(0)
		signal.Reset(unix.SIGXFSZ)
	})
	return set
}

// TestADeskWhoseDiskIsFull: it goes on, says so, and acknowledges nothing that it has not kept; once there is room it takes
// what came meanwhile, each record once.
func TestADeskWhoseDiskIsFull(t *testing.T) {
	set := fill(t)
	w := newWorld(t)
	stop := w.open()
	w.connect()
	records := []string{contracttest.Line("a", 1, "", "journal.epoch_begun")}
	for seq := 2; seq <= 5; seq++ {
		records = append(records, contracttest.Line("a", seq, records[seq-2], "door.closed"))
	}
	w.publish("events", records[0])
	w.until("the first is acknowledged", func() bool { return w.desk.View().Acked == 1 })
	for ack := ""; ack != acked(1, records[0]); {
		ack = next(t, w.acks)
	}
	kept, err := os.ReadFile(w.cfg.Store)
	fatal(t, err)
	set(int64(len(kept)) + 20) // the middle of the next line
	w.publish("events", records[1])
	w.publish("events", records[2])
	w.publish("events", records[1]) // as a cabinet does that hears nothing
	w.until("it is told", func() bool { return strings.Contains(w.desk.View().Store, "file too large") })
	w.publish("presence", `{"online":true}`) // after which it says what it has
	if got, want := next(t, w.acks), acked(1, records[0]); got != want {
		t.Errorf("want %s, got %s", want, got)
	}
	if v := w.desk.View(); !v.Broker || v.Seq != 1 || v.Acked != 1 || len(v.Events) != 1 {
		t.Errorf("want nothing taken that is not kept, and the broker still there, got %+v", v)
	}
	if now, err := os.ReadFile(w.cfg.Store); err != nil || !bytes.Equal(now, kept) {
		t.Errorf("want no half a line in the store, got %q, %v", now, err)
	}
	set(0)
	w.until("what came meanwhile is taken", func() bool { v := w.desk.View(); return v.Acked == 3 && v.Store == "" })

	set(int64(len(kept))) // and once more, with the link torn before there is room
	w.publish("events", records[3])
	w.until("it is told again", func() bool { return w.desk.View().Store != "" })
	stop()
	set(0)
	w.publish("events", records[4])
	w.open()
	// The broker hands on what waited in whatever order where it came within one second: what came too early the desk asks for anew.
	early := 0
	w.until("all is acknowledged", func() bool {
		v := w.desk.View()
		if v.Early > early {
			early = v.Early
			w.publish("events", records[3])
			w.publish("events", records[4])
		}
		return v.Acked == 5
	})
	if v := w.desk.View(); len(v.Events) != 5 || len(v.Problems) != 0 {
		t.Errorf("want five records, each once and in order, got %d, %v", len(v.Events), v.Problems)
	}
}
