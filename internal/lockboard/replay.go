package lockboard

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// Replay is a line that plays a trace back: whoever says on it what the host said in the trace hears what the host
// heard, as long after it as then. Whoever says anything else, or says it before its time, is told so by an error.
// After the end nobody answers.
type Replay struct {
	pieces []Piece
	wants  func([]byte)

	mu     sync.Mutex // over what follows
	next   int        // the piece that is to pass
	passed time.Time  // when the one before did
	left   []byte     // of a piece that was longer than the Read
	moved  chan struct{}
	closed bool
}

var _ io.ReadWriteCloser = (*Replay)(nil)

// Replay gives a line that plays the trace back. wants is called with each thing that is to be said, once it is its
// turn, and with nothing once all has passed; so an unlock that is in the trace can be asked for when it comes.
func (t *Trace) Replay(wants func([]byte)) *Replay {
	r := &Replay{pieces: t.Pieces, wants: wants, passed: time.Now(), moved: make(chan struct{})}
	r.turn()()
	return r
}

// Read gives the next piece that was heard, when its time has come.
func (r *Replay) Read(b []byte) (int, error) {
	for {
		r.mu.Lock()
		if r.closed {
			r.mu.Unlock()
			return 0, os.ErrClosed
		}
		due, is := r.due()
		if is && !time.Now().Before(due) {
			r.left = r.pieces[r.next].Bytes
			r.pass()
		}
		if len(r.left) > 0 {
			n := copy(b, r.left)
			r.left = r.left[n:]
			tell := r.turn()
			r.mu.Unlock()
			tell()
			return n, nil
		}
		moved := r.moved
		r.mu.Unlock()
		wait(moved, is, due)
	}
}

// wait waits until something has moved, or for as long as it takes.
func wait(moved <-chan struct{}, is bool, due time.Time) {
	var timer <-chan time.Time
	if is {
		timer = time.After(time.Until(due))
	}
	select {
	case <-moved:
	case <-timer:
	}
}

// Write says something.
func (r *Replay) Write(b []byte) (int, error) {
	r.mu.Lock()
	tell, err := r.say(b)
	r.mu.Unlock()
	if err != nil {
		return 0, err
	}
	tell()
	return len(b), nil
}

// say takes what is said, if it is its turn. r.mu is held.
func (r *Replay) say(b []byte) (tell func(), err error) {
	switch {
	case r.closed:
		return nil, os.ErrClosed
	case r.next == len(r.pieces):
		return func() {}, nil
	}
	if p := r.pieces[r.next]; !p.FromHost || !bytes.Equal(p.Bytes, b) {
		return nil, fmt.Errorf("lockboard: replay: said % X; the trace has at %s: %s", b, p.At, p)
	}
	r.pass()
	return r.turn(), nil
}

// String says what passed.
func (p Piece) String() string {
	if p.FromHost {
		return fmt.Sprintf("said % X", p.Bytes)
	}
	return fmt.Sprintf("heard % X", p.Bytes)
}

// due says when the next piece is to be heard; is is false where it is to be said, or there is none. r.mu is held.
func (r *Replay) due() (at time.Time, is bool) {
	if r.next == len(r.pieces) || r.pieces[r.next].FromHost || len(r.left) > 0 {
		return time.Time{}, false
	}
	before := time.Duration(0)
	if r.next > 0 {
		before = r.pieces[r.next-1].At
	}
	return r.passed.Add(r.pieces[r.next].At - before), true
}

// pass goes on to the next piece. r.mu is held.
func (r *Replay) pass() {
	r.next++
	r.passed = time.Now()
	r.stir()
}

// turn gives what is to be told if the next piece is to be said. r.mu is held; it is told without.
func (r *Replay) turn() func() {
	switch {
	case len(r.left) > 0:
	case r.next == len(r.pieces):
		return func() { r.wants(nil) }
	case r.pieces[r.next].FromHost:
		b := r.pieces[r.next].Bytes
		return func() { r.wants(b) }
	}
	return func() {}
}

// stir wakes a Read. r.mu is held.
func (r *Replay) stir() {
	close(r.moved)
	r.moved = make(chan struct{})
}

// Close ends the replay, and a Read under way.
func (r *Replay) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.closed = true
		r.stir()
	}
	return nil
}
