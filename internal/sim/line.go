package sim

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"lockerd/internal/lockboard"
)

// forgetAfter is how long a board waits for the rest of a request.
const forgetAfter = 25 * time.Millisecond

// Passed is a piece of traffic on the line: bytes as the host sent them, or a board's answer.
type Passed struct {
	At       time.Time
	FromHost bool
	Bytes    []byte
}

// Line is a line with boards on it, of one family or of several. Its doors keep their state while nothing is plugged in. All
// methods may be called from any goroutine; a call for a lock or board that does not exist has no effect.
//
// The host's bytes are never damaged by boards that send meanwhile, and a late answer arrives whole: on a real line the two
// would usually garble each other, which is the easier case for the host. Boards do not receive each other.
type Line struct {
	baud int
	wake chan struct{} // of size 1: something is to be said
	ears []*ear        // of Run alone

	mu      sync.Mutex // over everything below
	boards  []*board   // in the order in which they were given
	plug    int        // counts the Runs: what was to be said in one is not said in the next
	queue   []utterance
	kept    []byte // an answer that is to be glued to the next one
	watch   []func(Passed)
	trouble Trouble
	dice    *rand.Rand
	spared  int           // bits until noise flips the next one
	late    time.Duration // by which this computer held us up in the exchange under way: what follows catches up with it
}

// ear is the receiver of the boards of one family: it recognises only their own frames.
type ear struct {
	fam     string
	peer    lockboard.Peer
	pending []byte // the beginning of a request
	whole   []byte // what was said since the last request, or the last silence
}

// NewLine makes a line. Bytes take their real time at the given baud, ten bits each; at 0 they take none.
func NewLine(baud int, boards ...Board) *Line {
	l := &Line{baud: baud, wake: make(chan struct{}, 1), dice: rand.New(rand.NewPCG(1, 2))}
	for _, built := range boards {
		b := newBoard(l, built)
		if l.find(b.Number) != nil {
			panic(fmt.Sprintf("sim: two boards are number %d", b.Number))
		}
		l.boards = append(l.boards, b)
		if !slices.ContainsFunc(l.ears, func(e *ear) bool { return e.fam == b.Family }) {
			l.ears = append(l.ears, &ear{fam: b.Family, peer: b.fam.Peer})
		}
	}
	return l
}

// find gives the board of a number, or nil.
func (l *Line) find(number int) *board {
	for _, b := range l.boards {
		if b.Number == number {
			return b
		}
	}
	return nil
}

// Run plugs the line into rw until ctx is cancelled, and then returns nil, or until rw breaks. It closes rw.
func (l *Line) Run(ctx context.Context, rw io.ReadWriteCloser) error {
	ctx, cancel := context.WithCancel(ctx)
	closed := make(chan struct{})
	context.AfterFunc(ctx, func() { // neither a Read nor a Write under way can hold us
		defer close(closed)
		_ = rw.Close()
	})
	heard, broke := make(chan []byte), make(chan error, 1)
	go func() {
		defer close(heard)
		broke <- listen(ctx, rw, heard)
	}()
	defer func() {
		cancel()
		<-closed
		for range heard {
		}
	}()
	l.mu.Lock()
	l.plug++
	l.mu.Unlock()
	l.forget()
	last := time.Now()
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case err = <-broke:
		case b := <-heard:
			if time.Since(last) > forgetAfter {
				l.forget()
			}
			l.overslept(-l.behind())
			l.pace(ctx, len(b))
			err = l.hear(rw, b)
			last = time.Now()
		case <-l.wake:
			err = l.speak(ctx, rw)
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("sim: line: %w", err)
		}
	}
}

// listen passes on what is received until rw is closed or breaks.
func listen(ctx context.Context, r io.Reader, heard chan<- []byte) error {
	buf := make([]byte, 256)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			select {
			case heard <- bytes.Clone(buf[:n]):
			case <-ctx.Done():
				return nil
			}
		}
		if err != nil {
			return err
		}
	}
}

// pace waits as long as n bytes take. A real line is not held up by a busy computer: time slept too long is subtracted from
// the following bytes.
func (l *Line) pace(ctx context.Context, n int) {
	if l.baud == 0 {
		return
	}
	until := time.Now().Add(time.Duration(n)*10*time.Second/time.Duration(l.baud) - l.behind())
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	l.overslept(time.Since(until) - l.behind())
}

// behind is by how much the line is late.
func (l *Line) behind() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.late
}

// overslept notes that it is later by so much.
func (l *Line) overslept(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.late = max(0, l.late+d)
}

// forget drops what may have been the beginning of a request.
func (l *Line) forget() {
	for _, e := range l.ears {
		e.pending, e.whole = nil, nil
	}
}

// hear has the boards act upon what the host says, and the host's adapter give it back if it does so.
func (l *Line) hear(w io.Writer, said []byte) error {
	back := said
	said = resample(said, l.hostSpeed(w), l.baud)
	l.show(Passed{At: time.Now(), FromHost: true, Bytes: said})
	l.mu.Lock()
	back = back[:int(math.Round(l.trouble.Echo*float64(len(back))))]
	said = l.damage(said)
	for _, e := range l.ears {
		e.hear(said, func(address int, do func(*board)) {
			for _, b := range l.boards {
				if b.Family == e.fam && b.Address == address && b.awake() {
					do(b)
				}
			}
		})
	}
	l.mu.Unlock()
	if len(back) == 0 {
		return nil
	}
	_, err := w.Write(back)
	return err
}

// hear has the boards of an address do what is asked of them, request after request.
func (e *ear) hear(said []byte, those func(address int, do func(*board))) {
	e.pending, e.whole = append(e.pending, said...), append(e.whole, said...)
	for len(e.pending) > 0 {
		r, n := e.peer.DecodeRequest(e.pending)
		if n == 0 {
			break
		}
		if n < 0 {
			e.pending = e.pending[1:]
			continue
		}
		e.pending, e.whole = e.pending[n:], nil
		those(r.Board, func(b *board) { b.act(r) })
	}
	if !strings.HasPrefix(e.fam, modbus) {
		return
	}
	for i := range e.whole { // what lockerd never asks: it ends with what was said last
		if address, body, n := modbusRequest(e.whole[i:]); n > 0 && n == len(e.whole)-i {
			e.pending, e.whole = nil, nil
			those(address, func(b *board) { b.answerModbus(body) })
			return
		}
	}
}

// show lets those who watch see.
func (l *Line) show(p Passed) {
	l.mu.Lock()
	watch := l.watch
	l.mu.Unlock()
	for _, f := range watch {
		f(p)
	}
}
