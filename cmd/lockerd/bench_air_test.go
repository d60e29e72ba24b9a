package main

import (
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// pace is what a person takes from one act to the next.
var pace = time.Duration(some(9, 1)) * time.Second

// air stands between a cabinet and its broker and counts what passes at the cabinet's socket.
type air struct {
	up, down atomic.Int64  // bytes, TLS included
	delay    time.Duration // each way
	conn     atomic.Pointer[net.TCPConn]
}

// through passes everything on to a broker.
func (a *air) through(t *testing.T, broker string) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
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
			a.conn.Store(cabinet.(*net.TCPConn))
			go a.pass(cloud, cabinet, &a.up)
			go a.pass(cabinet, cloud, &a.down)
		}
	}()
	return l.Addr().String()
}

// piece is what was read at once, and when it is to be passed on.
type piece struct {
	at    time.Time
	bytes []byte
}

// pass copies and counts until one end closes.
func (a *air) pass(to io.WriteCloser, from io.Reader, count *atomic.Int64) {
	pieces := make(chan piece, 1<<16)
	go func() {
		defer close(pieces)
		for {
			buffer := make([]byte, 32<<10)
			n, err := from.Read(buffer)
			count.Add(int64(n))
			pieces <- piece{time.Now().Add(a.delay), buffer[:n]}
			if err != nil {
				return
			}
		}
	}()
	defer to.Close()
	for p := range pieces {
		after(time.Until(p.at))
		_, _ = to.Write(p.bytes) // of a broken connection nothing is counted
	}
}

// passed is what has passed: bytes at the socket, and segments of TCP, those that only acknowledge included.
type passed struct{ up, down, segmentsUp, segmentsDown int64 }

// headers is what IPv4 and TCP add to a segment: 20 bytes each, and 12 of time stamps.
const headers = 52

func (a *air) passed(t *testing.T) passed {
	t.Helper()
	p := passed{up: a.up.Load(), down: a.down.Load()}
	raw, err := a.conn.Load().SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var told error
	if err := raw.Control(func(fd uintptr) {
		var info *unix.TCPInfo
		if info, told = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); told == nil {
			p.segmentsUp, p.segmentsDown = int64(info.Segs_in), int64(info.Segs_out)
		}
	}); err != nil || told != nil {
		t.Fatal(err, told)
	}
	return p
}

func (p passed) since(q passed) passed {
	return passed{p.up - q.up, p.down - q.down, p.segmentsUp - q.segmentsUp, p.segmentsDown - q.segmentsDown}
}

// tell adds the figures of what passed, so much for each.
func (p passed) tell(f *figures, what string, g goal, each float64) {
	kB := func(bytes int64) float64 { return float64(bytes) / each / 1000 }
	f.add("sent with TLS, "+what, "%.2f kB", g, kB(p.up))
	f.add("  with the headers of TCP and IP, "+what, "%.2f kB", goal{}, kB(p.up+headers*p.segmentsUp))
	f.add("  heard, "+what, "%.2f kB", goal{}, kB(p.down))
	f.add("  heard, with headers, "+what, "%.2f kB", goal{}, kB(p.down+headers*p.segmentsDown))
}

var (
	small = shape{lines: 1, boards: 2, locks: 11}
	large = shape{lines: 4, boards: 5, locks: 20}
)

// measureAir takes what a cabinet with TLS has on the air: a parcel's life at a person's pace, a day without anybody, and a backlog.
func measureAir(t *testing.T, f *figures) {
	lives := []struct {
		shape
		form string
		goal goal
		tell func()
	}{
		{small, "plain", goal{}, nil}, {small, "packed", most("≤ 2 kB", 2), nil}, {large, "packed", most("≤ 2.5 kB", 2.5), nil},
	}
	t.Run("life", func(t *testing.T) {
		for i := range lives {
			c := &lives[i]
			t.Run(fmt.Sprint(c.doors(), "/", c.form), func(t *testing.T) {
				t.Parallel()
				c.tell = measureAirLife(t, f, c.shape, c.form, c.goal)
			})
		}
	})
	for _, c := range lives {
		if c.tell != nil {
			c.tell()
		}
	}
	t.Run("backlog", func(t *testing.T) { measureAirBacklog(t, f) })
}

// aired is a stand whose cabinet reaches its broker with TLS.
func aired(t *testing.T, s shape, form string) (*stand, *air) {
	a := &air{}
	s.secure, s.cloud = true, fmt.Sprintf("form = %q\n", form)
	if briefly() {
		s.cloud += "gather = \"1s\"\n" // nobody's figure
	}
	s.broker = func(broker string) string { return a.through(t, broker) }
	return newStand(t, s), a
}

// measureAirLife gives what adds the figures: several are taken at once, since their people take most of the time.
func measureAirLife(t *testing.T, f *figures, s shape, form string, g goal) func() {
	st, a := aired(t, s, form)
	st.past(1).close()
	st.launch()
	st.told()
	st.cloud.order("before", "parcel.status", map[string]any{"tracking": "NONE"}, st.public, nil) // the clock is set once a connection, not once a life
	after(time.Duration(some(70, 3)) * time.Second)                                               // until all is told
	const lives = 1
	before, events := a.passed(t), len(st.cloud.all())
	for i := range lives {
		st.slowly(i)
	}
	what := fmt.Sprintf("a parcel's life, %d doors, %s", s.doors(), form)
	life, told := a.passed(t).since(before), float64(len(st.cloud.all())-events)/lives
	tell := func() {
		life.tell(f, what, g, lives)
		f.add("  events, "+what, "%.1f", goal{}, told)
	}
	if s.doors() != small.doors() || form == "plain" {
		return tell
	}
	after(time.Duration(some(70, 3)) * time.Second) // until nobody does anything
	rest := time.Duration(some(120, 3)) * time.Second
	before = a.passed(t)
	after(rest)
	day := a.passed(t).since(before)
	return func() {
		tell()
		day.tell(f, "a day without anybody", most("≤ 100 kB", 100), rest.Hours()/24)
	}
}

// slowly is a parcel's life by people who take their time: nothing in it waits for the cloud but the recipient, who needs the code.
func (st *stand) slowly(i int) {
	st.t.Helper()
	tracking := fmt.Sprint("LIFE-", i)
	st.announce(tracking, "S")
	after(pace)
	st.scan("BADGE-ADA")
	after(pace)
	st.scan(tracking)
	door := st.sprung()
	after(pace)
	st.shut(door)
	after(pace)
	st.scan("NOT-A-PARCEL-" + tracking) // scanning on confirms
	after(pace)
	st.scan("LD1:" + st.code(tracking))
	st.sprung()
	after(pace)
	st.shut(door)
	after(pace)
	st.cloud.await("the door is free", func(c *cloud) bool { return c.count("door.emptied") > i })
	after(pace)
}

// sprung waits until a door stands open and says which.
func (st *stand) sprung() (door int) {
	st.t.Helper()
	eventually(st.t, "a door springs open", func() bool {
		for door = 1; door <= st.shape.doors(); door++ {
			if line, board, channel := st.shape.place(door); st.lines[line].IsOpen(board, channel) {
				return true
			}
		}
		return false
	})
	return door
}

// shut pushes a door shut.
func (st *stand) shut(door int) {
	line, board, channel := st.shape.place(door)
	st.lines[line].Push(board, channel)
}
