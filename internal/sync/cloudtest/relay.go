package cloudtest

import (
	"net"
	"sync"
	"testing"
)

// Relay stands between a cabinet and its broker. It can break connections, refuse them, or swallow what passes.
type Relay struct {
	to     string
	listen net.Listener
	mu     sync.Mutex
	conns  map[net.Conn]bool
	off    bool
	hole   bool
}

// NewRelay relays to a host and port until the test ends.
func NewRelay(t *testing.T, to string) *Relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &Relay{to: to, listen: l, conns: make(map[net.Conn]bool)}
	var serving sync.WaitGroup
	serving.Go(r.serve)
	t.Cleanup(func() { _ = l.Close(); r.Off(true); serving.Wait() })
	return r
}

// Addr is where the relay listens, host and port.
func (r *Relay) Addr() string { return r.listen.Addr().String() }

func (r *Relay) serve() {
	var pumps sync.WaitGroup
	defer pumps.Wait()
	for {
		near, err := r.listen.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", r.to)
		if err != nil {
			_ = near.Close()
			continue
		}
		if r.keep(near, far) {
			pumps.Go(func() { r.pump(near, far) })
			pumps.Go(func() { r.pump(far, near) })
		}
	}
}

// keep has a pair of connections broken with the others, or breaks it at once while the relay is off.
func (r *Relay) keep(pair ...net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range pair {
		r.conns[c] = true
	}
	if r.off {
		r.reset()
	}
	return !r.off
}

func (r *Relay) pump(from, to net.Conn) {
	defer from.Close()
	defer to.Close()
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		r.mu.Lock()
		hole := r.hole
		r.mu.Unlock()
		if hole {
			continue
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (r *Relay) reset() {
	for c := range r.conns {
		if t, ok := c.(*net.TCPConn); ok {
			_ = t.SetLinger(0) // a reset, not a goodbye
		}
		_ = c.Close()
	}
	clear(r.conns)
}

// Cut breaks every connection; new ones are relayed again.
func (r *Relay) Cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reset()
}

// Off breaks every connection, and every new one until it is told false.
func (r *Relay) Off(off bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.off = off; off {
		r.reset()
	}
}

// Swallow lets connections stand and drops what passes, until it is told false.
func (r *Relay) Swallow(on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hole = on
}
