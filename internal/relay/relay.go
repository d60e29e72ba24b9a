// Package relay stands in a TCP connection between two ends, and breaks it when it is told. It looks at nothing that passes.
package relay

import (
	"fmt"
	"net"
	"sync"
)

// Relay takes connections and passes them on to one address. All methods may be called from any goroutine.
type Relay struct {
	to      string
	listen  net.Listener
	serving sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
	off   bool
	hole  bool
}

// Listen relays from an address to another one (host and port) until Close.
func Listen(at, to string) (*Relay, error) {
	l, err := net.Listen("tcp", at)
	if err != nil {
		return nil, fmt.Errorf("relay: %w", err)
	}
	r := &Relay{to: to, listen: l, conns: make(map[net.Conn]bool)}
	r.serving.Go(r.serve)
	return r, nil
}

// Addr is where the relay listens, host and port.
func (r *Relay) Addr() string { return r.listen.Addr().String() }

// Close breaks all connections and returns when nothing of the relay runs any more.
func (r *Relay) Close() {
	_ = r.listen.Close()
	r.Off(true)
	r.serving.Wait()
}

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
	defer r.forget(from)
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

// forget closes a connection that has ended.
func (r *Relay) forget(c net.Conn) {
	_ = c.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, c)
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

// Connections says how many stand now.
func (r *Relay) Connections() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.conns) / 2
}
