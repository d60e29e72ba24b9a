package ui_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/locker"
	"lockerd/internal/ui"
)

// door is a listener that test connections come through. Its address is where the kiosk's is.
type door chan net.Conn

func (d door) Accept() (net.Conn, error) {
	if c, ok := <-d; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}
func (d door) Close() error   { close(d); return nil }
func (d door) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080} }

// caller is the server's end of a connection that comes from a port of this machine.
type caller struct {
	net.Conn
	port int
	gone atomic.Bool
}

func (c *caller) Close() error         { c.gone.Store(true); return c.Conn.Close() }
func (c *caller) LocalAddr() net.Addr  { return door(nil).Addr() }
func (c *caller) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: c.port} }

// TestWhoeverComesThereIsRoom: users who connect without end close their own connections, and nobody else's; there is room
// for one more, always, and never more than a few are there.
func TestWhoeverComesThereIsRoom(t *testing.T) {
	users := make(map[netip.AddrPort]string)
	var log bytes.Buffer
	incoming := make(door, 1)
	crowd := ui.NewCrowd(incoming, func() map[netip.AddrPort]string { return users }, slog.New(slog.NewTextHandler(&log, nil)))
	port := 10000
	connect := func(user string) *caller {
		t.Helper()
		server, _ := net.Pipe()
		c := &caller{Conn: server, port: port}
		users[netip.MustParseAddrPort(c.RemoteAddr().String())] = user
		port++
		incoming <- c
		if _, err := crowd.Accept(); err != nil {
			t.Fatal(err)
		}
		if c.gone.Load() {
			t.Errorf("%s: want room for one more, got none", user)
		}
		return c
	}
	there := func(all []*caller) (n int) {
		for _, c := range all {
			if !c.gone.Load() {
				n++
			}
		}
		return n
	}
	var browser, others []*caller
	for range 7 { // six and the stream
		browser = append(browser, connect("kiosk"))
	}
	for range 980 {
		others = append(others, connect("mallory"))
		if got := there(others); got > ui.MostOfOne {
			t.Fatalf("want %d of one user at the most, got %d", ui.MostOfOne, got)
		}
	}
	enough := func(got, limit int) bool { return got <= limit && got > limit-ui.Handful }
	if got := there(others); !enough(got, ui.MostOfOne) || others[979].gone.Load() {
		t.Errorf("want the newest of one user, %d at the most, got %d", ui.MostOfOne, got)
	}
	for n := range 980 {
		others = append(others, connect(fmt.Sprint("mallory's friend ", n%9)))
		if got := there(others) + there(browser); got > ui.MostGuests {
			t.Fatalf("want %d in all at the most, got %d", ui.MostGuests, got)
		}
	}
	if got := there(others) + there(browser); !enough(got, ui.MostGuests) {
		t.Errorf("want %d in all at the most, got %d", ui.MostGuests, got)
	}
	if got := there(browser); got != len(browser) {
		t.Errorf("want the kiosk's own %d connections kept, got %d", len(browser), got)
	}
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Errorf("want one line in the log for a minute of this, got %d:\n%s", n, log.String())
	}
}

// TestTheOwnerOfAConnection: the kernel's table says that a connection from this process is this user's, by either protocol.
func TestTheOwnerOfAConnection(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "127.3.2.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Logf("%s: %v", address, err)
			continue // a machine without IPv6
		}
		defer l.Close()
		ours, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer ours.Close()
		at := netip.MustParseAddrPort(ours.LocalAddr().String())
		if got, want := ui.Owners()[at], strconv.Itoa(os.Getuid()); got != want {
			t.Errorf("%s: want user %s, got %q", at, want, got)
		}
	}
}

// run serves the kiosk on what comes through a door, in a synctest bubble.
func run(t *testing.T) (s *ui.Server, dial func() (net.Conn, *caller)) {
	t.Helper()
	s, err := ui.New(ui.Config{Listen: "127.0.0.1:8080"}, newDesk(), gauges{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	incoming := make(door)
	s.ListenWith(func(string) (net.Listener, error) { return incoming, nil })
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s, func() (net.Conn, *caller) {
		client, server := net.Pipe()
		c := &caller{Conn: server, port: 10000}
		incoming <- c
		return client, c
	}
}

// TestWhoSaysNothingIsLetGo: a connection is no place to stay in.
func TestWhoSaysNothingIsLetGo(t *testing.T) {
	const page = "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"
	for _, tt := range []struct {
		name, say string
		read      bool // the answer, if there is one
		most      time.Duration
	}{
		{"says nothing", "", true, 5 * time.Second},
		{"says half a head", page, true, 5 * time.Second},
		{"says half a press", "POST /press HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nOrigin: http://127.0.0.1:8080\r\n" +
			"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{", true, 10 * time.Second},
		{"does not take the page", page + "\r\n", false, 15 * time.Second},
		{"stays after the page", page + "\r\n", true, 30 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, dial := run(t)
				s.Show(base(locker.StepHome, locker.ActionPickup))
				client, server := dial()
				defer client.Close()
				if _, err := client.Write([]byte(tt.say)); err != nil {
					t.Fatal(err)
				}
				if tt.read {
					go func() { _, _ = io.Copy(io.Discard, client) }() // until it is closed
				}
				time.Sleep(tt.most + time.Second)
				synctest.Wait()
				if !server.gone.Load() {
					t.Errorf("want it let go after %v", tt.most)
				}
			})
		})
	}
}

// counter is a gauge that says how often it was read.
type counter struct {
	gauges
	read *atomic.Int64
}

func (c counter) Measure(context.Context, locker.Step) ui.Measured {
	c.read.Add(1)
	return ui.Measured{}
}

// TestEachChangeIsDrawnOnce, however many screens look on: of a technician's screen that can be counted by how often its
// gauges are read.
func TestEachChangeIsDrawnOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		read := &atomic.Int64{}
		s, first := watch(t, ui.Config{}, counter{read: read})
		screens := []*glass{first}
		for range 9 {
			g := &glass{header: make(http.Header)}
			screens = append(screens, g)
			go s.Handler().ServeHTTP(g, local(t, "/events"))
			time.Sleep(70 * time.Millisecond) // they do not all come at once
		}
		v := base(locker.StepMenu)
		v.Technician = "grace"
		for n := range 10 {
			v.Revision = uint64(100 + n)
			s.Show(v)
			synctest.Wait()
		}
		if got := read.Load(); got != 10 {
			t.Errorf("want ten changes drawn ten times for ten screens, got %d", got)
		}
		for n, g := range screens {
			if got := g.said(`"revision":"109"`); got != 1 {
				t.Errorf("screen %d: want the newest once, got %d", n, got)
			}
		}
		read.Store(0)
		time.Sleep(20 * time.Second)
		if got := read.Load(); got < 9 || got > 11 {
			t.Errorf("want gauges read every two seconds, got %d times in twenty", got)
		}
	})
}

// TestAThousandStreams: a user who opens as many streams as they can takes the page from nobody.
func TestAThousandStreams(t *testing.T) {
	s, err := ui.New(ui.Config{Listen: "127.0.0.1:0"}, newDesk(), gauges{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	s.Show(base(locker.StepHome, locker.ActionPickup))
	var open []net.Conn
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	for range 200 { // 980 against the whole process: cmd/lockerd
		c, err := net.Dial("tcp", s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
		if _, err := fmt.Fprintf(c, "GET /events HTTP/1.1\r\nHost: %s\r\n\r\n", s.Addr()); err != nil {
			t.Fatal(err)
		}
	}
	if res, page := get(t, "http://"+s.Addr()); res.status != http.StatusOK || !strings.Contains(page, `id="b-pickup"`) {
		t.Errorf("want the page, got %d", res.status)
	}
	one := listen(t, "http://"+s.Addr())
	if got := one.next(); !slices.Equal(got.names(), everyRegion) {
		t.Errorf("want a stream for the newest screen, got %q", got.names())
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
