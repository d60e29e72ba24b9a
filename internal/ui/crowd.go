package ui

import (
	"bufio"
	"encoding/hex"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// Limits of connections. A browser has six connections and its stream; the process's other descriptors are for boards, disks
// and the control socket.
const (
	mostGuests = 128 // in all
	mostOfOne  = 16  // of one user of this machine
	// handful is how many of a user's oldest connections go at once when there are too many, so that as many new ones are admitted before
	// anybody looks again: that costs 10 ms where there are a thousand. A browser's seven are among the newest that stay.
	handful = 8
)

// crowd is the kiosk's listener. It limits the number of connections, and always admits one more: the oldest of the same
// user go, or of the user with the most. So a user who opens connections without end closes only their own, and the newest
// screen is always served.
type crowd struct {
	net.Listener
	owners func() map[netip.AddrPort]string // who is at the other end of each connection of this machine
	log    *seldom

	mu     sync.Mutex
	guests []*guest // the oldest first
}

// guest is one connection.
type guest struct {
	net.Conn
	crowd *crowd
	user  string // empty: nobody has looked yet
}

func newCrowd(l net.Listener, log *slog.Logger) *crowd {
	return &crowd{Listener: l, owners: owners, log: &seldom{log: log}}
}

func (c *crowd) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	g := &guest{Conn: conn, crowd: c}
	for _, out := range c.admit(g) {
		c.log.warn("kiosk: too many connections: the oldest of a user is closed", "user", out.user)
		out.reset()
	}
	return g, nil
}

// admit admits a guest, and returns those that have to go for it.
func (c *crowd) admit(g *guest) (out []*guest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.guests = append(c.guests, g)
	of := c.count()
	unknown := of[""]
	if delete(of, ""); of[most(of)]+unknown <= mostOfOne && len(c.guests) <= mostGuests {
		return nil // whoever they are
	}
	c.know()
	for of = c.count(); of[most(of)] > mostOfOne || len(c.guests) > mostGuests; of = c.count() {
		from := most(of)
		for range max(1, min(handful, of[from]-1)) { // the newest stays
			i := slices.IndexFunc(c.guests, func(g *guest) bool { return g.user == from })
			if of[from] == 1 { // nobody has more: the oldest of all goes
				i = 0
			}
			out = append(out, c.guests[i])
			c.guests = slices.Delete(c.guests, i, i+1)
		}
	}
	return out
}

// count is how many guests each user has; of nobody: those of whom it is not known.
func (c *crowd) count() map[string]int {
	of := make(map[string]int)
	for _, g := range c.guests {
		of[g.user]++
	}
	return of
}

// most is the user with the most guests.
func most(of map[string]int) (who string) {
	for user, n := range of {
		if n > of[who] {
			who = user
		}
	}
	return who
}

// know finds out who the guests are.
func (c *crowd) know() {
	of := c.owners()
	for _, g := range c.guests {
		if g.user == "" {
			at, _ := netip.ParseAddrPort(g.RemoteAddr().String())
			if g.user = of[at]; g.user == "" {
				g.user = "unknown"
			}
		}
	}
}

// Close ends a connection that the server has done with.
func (g *guest) Close() error {
	g.crowd.mu.Lock()
	if i := slices.Index(g.crowd.guests, g); i >= 0 {
		g.crowd.guests = slices.Delete(g.crowd.guests, i, i+1)
	}
	g.crowd.mu.Unlock()
	return g.Conn.Close()
}

// reset ends a connection at once, and leaves nothing of it in the kernel. The server finds it closed.
func (g *guest) reset() {
	if tcp, ok := g.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = g.Conn.Close()
}

// owners reads the users of this machine's TCP sockets. For a connection within the machine that is the user who made it.
// The table is Linux's (proc(5), /proc/net/tcp): the second field is a socket's own address, in the machine's byte order,
// the eighth its user.
func owners() map[netip.AddrPort]string {
	of := make(map[netip.AddrPort]string)
	for _, table := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		f, err := os.Open(table)
		if err != nil {
			continue // a machine without IPv6
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			fields := strings.Fields(lines.Text())
			if len(fields) < 8 {
				continue
			}
			if at, ok := socketAddress(fields[1]); ok {
				of[at] = fields[7]
			}
		}
		f.Close()
	}
	return of
}

// socketAddress reads an address of the table, as "0100007F:1F90": words of 32 bits in the machine's order, here little
// endian, and a port.
func socketAddress(text string) (netip.AddrPort, bool) {
	host, port, _ := strings.Cut(text, ":")
	ip, err := hex.DecodeString(host)
	if err != nil || len(ip)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for word := range slices.Chunk(ip, 4) {
		slices.Reverse(word)
	}
	p, err := hex.DecodeString(port)
	addr, ok := netip.AddrFromSlice(ip)
	if err != nil || len(p) != 2 || !ok {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(p[0])<<8|uint16(p[1])), true
}

// seldom limits log lines that strangers can cause: at most one a minute, with the number of occurrences.
type seldom struct {
	log *slog.Logger

	mu    sync.Mutex
	times int
	next  time.Time
}

func (s *seldom) warn(what string, about ...any) {
	const apart = time.Minute
	s.mu.Lock()
	s.times++
	times, now := s.times, time.Now()
	quiet := now.Before(s.next)
	if !quiet {
		s.times, s.next = 0, now.Add(apart)
	}
	s.mu.Unlock()
	if !quiet {
		s.log.Warn(what, append(about, "times", times)...)
	}
}
