package embedded

import (
	"crypto/tls"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// Limits against those who are not let in yet. lockerd dials once and then less and less often.
const (
	helloWait   = 10 * time.Second // from the connection to the end of the MQTT CONNECT
	mostWaiting = 256              // connections that have not said who they are, of all addresses
	mostOfOne   = 32               // and of one address
	dialsAtOnce = 128              // connections of one address, one after the other; many cabinets may stand behind one
	dialsEvery  = time.Second      // then one in this time
	addressRoom = 10_000           // addresses that are remembered
	writeWait   = 10 * time.Second // for a cabinet to take what is sent to it
)

// gate counts who comes from where.
type gate struct {
	mu      sync.Mutex
	waiting int
	from    map[netip.Addr]*visitor
}

// visitor is an address.
type visitor struct {
	waiting int
	dials   *rate.Limiter
}

func newGate() *gate { return &gate{from: make(map[netip.Addr]*visitor)} }

// address is whom a connection is counted for: of IPv6 the network of 64 bits, which one customer has.
func address(c net.Conn) netip.Addr {
	a, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	ip := a.Addr().Unmap()
	if ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return ip
}

// enter lets a connection begin, or not. leave is called once for each that was let in, when it is known or gone.
func (g *gate) enter(from netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	v := g.from[from]
	if v == nil {
		if g.forget(); len(g.from) >= addressRoom {
			return false // ten thousand addresses that knock all the time: nobody new until they are tired of it
		}
		v = &visitor{dials: rate.NewLimiter(rate.Every(dialsEvery), dialsAtOnce)}
		g.from[from] = v
	}
	if !v.dials.Allow() || v.waiting >= mostOfOne || g.waiting >= mostWaiting {
		return false
	}
	v.waiting++
	g.waiting++
	return true
}

func (g *gate) leave(from netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting--
	g.from[from].waiting--
}

// forget drops the addresses that could dial as often as new ones.
func (g *gate) forget() {
	if len(g.from) < addressRoom {
		return
	}
	for a, v := range g.from {
		if v.waiting == 0 && v.dials.Tokens() >= dialsAtOnce {
			delete(g.from, a)
		}
	}
}

// guest is a connection from outside.
type guest struct {
	net.Conn
	gate *gate
	from netip.Addr
	seen atomic.Bool // the gate does not count it any more

	messages, bytes *rate.Limiter // what it may send
}

// receive makes a guest of a connection that the gate has let in.
func (g *gate) receive(c net.Conn, from netip.Addr, secure *tls.Config) *guest {
	_ = c.SetDeadline(time.Now().Add(helloWait)) // a connection that takes no deadline is dead
	if secure != nil {
		c = tls.Server(c, secure) // its handshake is a part of the first read
	}
	return &guest{Conn: c, gate: g, from: from, messages: rate.NewLimiter(messageRate, messageBurst), bytes: rate.NewLimiter(byteRate, byteBurst)}
}

// known says that the guest has shown a password that counts.
func (g *guest) known() {
	if !g.seen.Swap(true) {
		g.gate.leave(g.from)
	}
}

// Write is net.Conn's. Whoever does not read holds nobody up for long.
func (g *guest) Write(b []byte) (int, error) {
	if err := g.SetWriteDeadline(time.Now().Add(writeWait)); err != nil {
		return 0, err
	}
	return g.Conn.Write(b)
}

// Close is net.Conn's.
func (g *guest) Close() error {
	g.known()
	return g.Conn.Close()
}
