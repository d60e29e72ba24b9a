package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// measureLife counts what a parcel's life costs: announced, brought in, fetched.
func measureLife(t *testing.T, f *figures) {
	lives := some(10, 1)
	var a air
	st := newStand(t, shape{lines: 1, boards: 2, locks: 12, broker: func(broker string) string { return a.through(t, broker) }})
	st.past(1).close()
	if err := st.log.Close(); err != nil {
		t.Fatal(err)
	}
	var err error
	if st.log, err = os.OpenFile(os.DevNull, os.O_RDWR, 0); err != nil { // a log is no part of it
		t.Fatal(err)
	}
	st.launch()
	st.told()
	st.life(0)
	disk, sent, heard := st.status("write_bytes"), a.up.Load(), a.down.Load()
	events := len(st.cloud.all())
	for i := range lives {
		st.life(i + 1)
	}
	each := func(total float64) float64 { return total / float64(lives) / 1000 }
	f.add("written to disk for a parcel's life", "%.0f kB", most("≤ 120 kB", 120), each(st.status("write_bytes")-disk))
	f.add("sent to the broker for a parcel's life", "%.1f kB", goal{}, each(float64(a.up.Load()-sent)))
	f.add("heard from the broker for a parcel's life", "%.1f kB", goal{}, each(float64(a.down.Load()-heard)))
	f.add("  events of a parcel's life", "%.1f", goal{}, float64(len(st.cloud.all())-events)/float64(lives))
}

// measureSyncs counts with strace what lockerd asks of the disk for a parcel's life, its mark included.
func measureSyncs(t *testing.T, f *figures) {
	tracer, err := exec.LookPath("strace")
	if err != nil {
		f.note("Syncs were not counted: there is no strace.")
		return
	}
	st := newStand(t, shape{lines: 1, boards: 2, locks: 12})
	st.past(1).close()
	st.launch()
	st.told()
	st.life(0)
	after(2 * time.Second)
	out := filepath.Join(t.TempDir(), "trace")
	trace := exec.Command(tracer, "-f", "-q", "-e", "trace=fdatasync,fsync,pwrite64", "-o", out, "-p", fmt.Sprint(st.process.Process.Pid))
	if err := trace.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "strace is there", func() bool { return st.status("TracerPid") > 0 })
	lives := some(5, 1)
	for i := range lives {
		st.life(i + 1)
	}
	_ = trace.Process.Signal(unix.SIGINT)
	_ = trace.Wait() // it ends by that signal
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	syncs, written := 0, 0
	for line := range bytes.Lines(text) {
		call := string(line)
		switch _, result, _ := strings.Cut(call, ") = "); {
		case strings.Contains(call, "fdatasync(") || strings.Contains(call, "fsync("):
			syncs++
		case strings.Contains(call, "pwrite64"):
			var n int
			_, _ = fmt.Sscan(result, &n)
			written += n
		}
	}
	f.add("  syncs of a parcel's life", "%.1f", most("≤ 14", 14), float64(syncs)/float64(lives))
	f.add("  given to files for it, in whole pages", "%.0f kB", goal{}, float64(written)/float64(lives)/1000)
}

func (st *stand) life(i int) {
	st.t.Helper()
	tracking := fmt.Sprint("LIFE-", i)
	st.announce(tracking, "S")
	signedIn := st.cloud.count("courier.signed_in")
	st.scan("BADGE-ADA")
	st.cloud.await("Ada signed in", func(c *cloud) bool { return c.count("courier.signed_in") > signedIn })
	st.scan(tracking)
	door := st.given(tracking)
	st.open(door)
	st.push(door)
	st.scan("NOT-A-PARCEL-" + tracking) // scanning on confirms
	st.scan("LD1:" + st.code(tracking))
	st.open(door)
	st.push(door)
	st.cloud.await("collected", func(c *cloud) bool { return c.count("parcel.collected") > i })
}
