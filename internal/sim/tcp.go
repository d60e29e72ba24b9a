package sim

import (
	"fmt"
	"net"
	"os"
	"sync"
)

// TCP is a simulated serial server: the simulator uses it directly, and Path is what clients dial. It outlives its clients.
// One client at a time has the line, the newest; bytes without a client are lost.
type TCP struct {
	listener net.Listener

	mu     sync.Mutex
	client net.Conn // nil: none
	closed bool
	change chan struct{} // closed and replaced whenever one of these changes
}

// OpenTCP makes a serial server at an address on loopback: "127.0.0.1:0" for any port, or the address of a closed server,
// which is then plugged in again.
func OpenTCP(address string) (*TCP, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("sim: open serial server: %w", err)
	}
	p := &TCP{listener: listener, change: make(chan struct{})}
	go p.accept()
	return p, nil
}

// accept gives the line to each new client, until the server is closed.
func (p *TCP) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		p.hand(client)
		p.mu.Unlock()
	}
}

// leave drops a client that has closed its connection.
func (p *TCP) leave(client net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.client == client {
		p.hand(nil)
	}
}

// hand gives the line to a client, or to nobody. Once the server is closed, nobody gets it. p.mu is held.
func (p *TCP) hand(client net.Conn) {
	if p.client != nil {
		_ = p.client.Close()
	}
	if p.closed && client != nil {
		_ = client.Close()
		client = nil
	}
	p.client = client
	close(p.change)
	p.change = make(chan struct{})
}

func (p *TCP) state() (client net.Conn, change <-chan struct{}, closed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.client, p.change, p.closed
}

// Address is where the server listens.
func (p *TCP) Address() string { return p.listener.Addr().String() }

// Path is the server's address for clients.
func (p *TCP) Path() string { return "tcp://" + p.Address() }

// Read returns what a client has sent. It waits for one where there is none.
func (p *TCP) Read(b []byte) (int, error) {
	for {
		client, change, closed := p.state()
		switch {
		case closed:
			return 0, os.ErrClosed
		case client == nil:
			<-change
			continue
		}
		if n, err := client.Read(b); n > 0 || err == nil {
			return n, nil
		}
		p.leave(client)
	}
}

// Write lets bytes arrive at the client, if there is one.
func (p *TCP) Write(b []byte) (int, error) {
	client, _, closed := p.state()
	switch {
	case closed:
		return 0, os.ErrClosed
	case client == nil:
		return len(b), nil
	}
	if _, err := client.Write(b); err != nil {
		p.leave(client)
	}
	return len(b), nil
}

// Close unplugs the server: the present client is cut off, and nobody gets the line any more.
func (p *TCP) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil
	}
	p.closed = true
	p.hand(nil)
	return p.listener.Close()
}
