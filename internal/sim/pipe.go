package sim

import (
	"io"
	"os"
	"sync"
)

// Pipe returns the two ends of a simulated line. A Write does not wait for a Read, and all waiting is on channels, which
// testing/synctest knows. Closing one end breaks the other.
func Pipe() (a, b io.ReadWriteCloser) {
	there, back := make(chan []byte, 4096), make(chan []byte, 4096)
	x := &end{in: back, out: there, closed: make(chan struct{})}
	y := &end{in: there, out: back, closed: make(chan struct{})}
	x.peer, y.peer = y, x
	return x, y
}

// end is one end of a Pipe.
type end struct {
	in, out chan []byte
	left    []byte // of a piece that was longer than the Read
	peer    *end
	once    sync.Once
	closed  chan struct{}
}

// Read returns what the other end wrote, a Write at a time.
func (e *end) Read(b []byte) (int, error) {
	if len(e.left) == 0 {
		select {
		case e.left = <-e.in:
		case <-e.closed:
			return 0, os.ErrClosed
		case <-e.peer.closed:
			return 0, io.EOF
		}
	}
	n := copy(b, e.left)
	e.left = e.left[n:]
	return n, nil
}

// Write hands bytes to the other end.
func (e *end) Write(b []byte) (int, error) {
	select {
	case <-e.closed:
		return 0, os.ErrClosed
	case <-e.peer.closed:
		return 0, io.ErrClosedPipe
	default:
	}
	select {
	case e.out <- append([]byte(nil), b...):
		return len(b), nil
	case <-e.closed:
		return 0, os.ErrClosed
	case <-e.peer.closed:
		return 0, io.ErrClosedPipe
	}
}

// Close breaks the line.
func (e *end) Close() error {
	e.once.Do(func() { close(e.closed) })
	return nil
}
