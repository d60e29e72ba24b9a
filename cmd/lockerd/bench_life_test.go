package main

import (
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"testing"
)

// measureLife counts what a parcel's life costs: announced, brought in, fetched.
func measureLife(t *testing.T, f *figures) {
	lives := some(10, 1)
	var up, down atomic.Int64
	st := newStand(t, shape{lines: 1, boards: 2, locks: 12, broker: func(broker string) string { return counted(t, broker, &up, &down) }})
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
	disk, sent, heard := st.status("write_bytes"), up.Load(), down.Load()
	events := len(st.cloud.all())
	for i := range lives {
		st.life(i + 1)
	}
	each := func(total float64) float64 { return total / float64(lives) / 1000 }
	f.add("written to disk for a parcel's life", "%.0f kB", goal{}, each(st.status("write_bytes")-disk))
	f.add("sent to the broker for a parcel's life", "%.1f kB", goal{}, each(float64(up.Load()-sent)))
	f.add("heard from the broker for a parcel's life", "%.1f kB", goal{}, each(float64(down.Load()-heard)))
	f.add("  events of a parcel's life", "%.1f", goal{}, float64(len(st.cloud.all())-events)/float64(lives))
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

// counted passes everything on to a broker and counts it.
func counted(t *testing.T, broker string, up, down *atomic.Int64) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	pass := func(to, from net.Conn, count *atomic.Int64) {
		defer to.Close()
		for buffer := make([]byte, 32<<10); ; {
			n, err := from.Read(buffer)
			count.Add(int64(n))
			if err != nil {
				return
			}
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
	}
	go func() {
		for {
			cabinet, err := l.Accept()
			if err != nil {
				return // closed
			}
			cloud, err := net.Dial("tcp", broker)
			if err != nil {
				_ = cabinet.Close()
				continue
			}
			go pass(cloud, cabinet, up)
			go pass(cabinet, cloud, down)
		}
	}()
	return l.Addr().String()
}
