package embedded

import (
	"net"
	"sync"
)

// eagerRoom is how many bytes of the desk may wait for the broker: far more than a hundred orders, which wait for their answers.
const eagerRoom = 32 << 20

// eager is the desk's end of a pipe. Its writes do not wait for the broker, as those into a socket do not: otherwise the broker, which
// sends all that waits for the desk before it reads on, and the desk, which confirms it, would wait for each other.
type eager struct {
	net.Conn

	mu     sync.Mutex
	moved  sync.Cond
	buffer []byte
	err    error // of the pipe: nothing is written any more
}

func newEager(c net.Conn) *eager {
	e := &eager{Conn: c}
	e.moved.L = &e.mu
	go e.pump()
	return e
}

// Write is net.Conn's.
func (e *eager) Write(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for e.err == nil && len(e.buffer)+len(b) > eagerRoom {
		e.moved.Wait()
	}
	if e.err != nil {
		return 0, e.err
	}
	e.buffer = append(e.buffer, b...)
	e.moved.Broadcast()
	return len(b), nil
}

// pump moves what was written into the pipe, until the connection is closed.
func (e *eager) pump() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for {
		for e.err == nil && len(e.buffer) == 0 {
			e.moved.Wait()
		}
		if e.err != nil {
			return
		}
		out := e.buffer
		e.buffer = nil
		e.mu.Unlock()
		_, err := e.Conn.Write(out)
		e.mu.Lock()
		if e.err == nil {
			e.err = err
		}
		e.moved.Broadcast()
	}
}

// Close is net.Conn's.
func (e *eager) Close() error {
	e.mu.Lock()
	if e.err == nil {
		e.err = net.ErrClosed
	}
	e.moved.Broadcast()
	e.mu.Unlock()
	return e.Conn.Close()
}
