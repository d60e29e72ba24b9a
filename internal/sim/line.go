package sim

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"lockerd/internal/lockboard"
)

// forgetAfter is how long a board waits for the rest of a request.
const forgetAfter = 25 * time.Millisecond

// Passed is what has passed on the line: a piece as the host sent it, or what a board said.
type Passed struct {
	At       time.Time
	FromHost bool
	Bytes    []byte
}

// Line is a line with boards of family 8A on it. Its doors live on while nothing is plugged in. All methods may be
// called from anywhere; what is done to a lock or board that does not exist is done to nothing.
type Line struct {
	baud  int
	codec lockboard.Family8A
	wake  chan struct{} // of size 1: something is to be said

	mu     sync.Mutex // over everything below
	boards map[int]*board
	plug   int // counts the Runs: what was to be said in one is not said in the next
	queue  []utterance
	watch  []func(Passed)
	echo   bool
	late   time.Duration
	noise  float64
	dice   *rand.Rand
	twist  func([]byte) []byte
}

// utterance is something to be put on the line.
type utterance struct {
	bytes []byte
	plug  int
	echo  bool // by the adapter: at once and unharmed
}

// NewLine makes a line. Bytes take their true time at the given baud, ten bits each; at 0 they take none.
func NewLine(baud int, boards ...Board) *Line {
	l := &Line{
		baud: baud, wake: make(chan struct{}, 1), boards: make(map[int]*board), dice: rand.New(rand.NewPCG(1, 2)),
	}
	for _, b := range boards {
		l.boards[b.Address] = &board{Board: b.withDefaults(), locks: make([]lock, b.Locks)}
	}
	return l
}

// Run plugs the line into rw until ctx is cancelled, and then returns nil; or until rw breaks. It closes rw.
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
	var pending []byte
	last := time.Now()
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case err = <-broke:
		case b := <-heard:
			if time.Since(last) > forgetAfter {
				pending = nil
			}
			l.pace(ctx, len(b))
			pending = l.hear(append(pending, l.damage(b)...), b)
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

// listen passes on what comes until rw is closed or breaks.
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

// pace waits as long as n bytes take.
func (l *Line) pace(ctx context.Context, n int) {
	if l.baud == 0 {
		return
	}
	timer := time.NewTimer(time.Duration(n) * 10 * time.Second / time.Duration(l.baud))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// damage flips bits at the line's error rate.
func (l *Line) damage(b []byte) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := bytes.Clone(b)
	if l.noise > 0 {
		for i := range out {
			for bit := range 8 {
				if l.dice.Float64() < l.noise {
					out[i] ^= 1 << bit
				}
			}
		}
	}
	return out
}

// hear acts upon the requests in pending, and gives what is left of it. fresh are the newest bytes as the host sent
// them.
func (l *Line) hear(pending, fresh []byte) []byte {
	l.show(Passed{At: time.Now(), FromHost: true, Bytes: fresh})
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.echo {
		l.say(utterance{bytes: fresh, plug: l.plug, echo: true})
	}
	for len(pending) > 0 {
		r, n := l.codec.DecodeRequest(pending)
		if n == 0 {
			break
		}
		if n < 0 {
			pending = pending[1:]
			continue
		}
		pending = pending[n:]
		if b := l.boards[r.Board]; b != nil && !b.dead {
			l.act(b, r)
		}
	}
	return pending
}

// act has a board do what it was asked.
func (l *Line) act(b *board, r lockboard.Request) {
	switch {
	case r.Op == lockboard.Query && r.Channel <= b.Locks, r.Op == lockboard.QueryAll && b.StateBytes > 0:
		l.answer(b, r, b.Turnaround)
	case r.Op == lockboard.Unlock && r.Channel == 0:
		for channel := 1; channel <= b.Locks; channel++ {
			l.pulse(b, channel)
		}
	case r.Op == lockboard.Unlock && r.Channel <= b.Locks:
		l.pulse(b, r.Channel)
		l.answer(b, r, b.Pulse+b.Turnaround)
	}
}

// pulse energises a lock; its door springs open when the pulse is over.
func (l *Line) pulse(b *board, channel int) {
	k := &b.locks[channel-1]
	k.pulses = append(k.pulses, time.Now())
	time.AfterFunc(b.Pulse+k.slow, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		k.spring()
	})
}

// answer has a board answer after a while, as things are then.
func (l *Line) answer(b *board, r lockboard.Request, after time.Duration) {
	plug := l.plug
	time.AfterFunc(after+l.late, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.sayFrame(b, r, plug)
	})
}

// sayFrame has a board say what answers a request, or report.
func (l *Line) sayFrame(b *board, r lockboard.Request, plug int) {
	if b.mute || b.dead {
		return
	}
	f := lockboard.Frame{Op: r.Op, Board: b.Address, Channel: r.Channel, Shorted: b.allShorted(), Length: 4 + b.StateBytes}
	out, err := l.codec.EncodeFrame(f)
	if err != nil {
		panic(fmt.Sprintf("sim: board %d cannot say %+v: %v", b.Address, f, err))
	}
	if l.twist != nil && f.Op != lockboard.Report {
		out = l.twist(out)
	}
	l.say(utterance{bytes: out, plug: plug})
}

// say puts something into the queue of the line.
func (l *Line) say(u utterance) {
	l.queue = append(l.queue, u)
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// speak puts what is in the queue on the line.
func (l *Line) speak(ctx context.Context, w io.Writer) error {
	for ctx.Err() == nil {
		l.mu.Lock()
		if len(l.queue) == 0 {
			l.mu.Unlock()
			return nil
		}
		u, plug := l.queue[0], l.plug
		l.queue = l.queue[1:]
		l.mu.Unlock()
		if u.plug != plug {
			continue
		}
		if err := l.write(ctx, w, u); err != nil {
			return err
		}
	}
	return nil
}

func (l *Line) write(ctx context.Context, w io.Writer, u utterance) error {
	if u.echo {
		_, err := w.Write(u.bytes)
		return err
	}
	l.show(Passed{At: time.Now(), Bytes: u.bytes})
	out := l.damage(u.bytes)
	if l.baud == 0 {
		_, err := w.Write(out)
		return err
	}
	for i := range out {
		l.pace(ctx, 1)
		if _, err := w.Write(out[i : i+1]); err != nil {
			return err
		}
	}
	return nil
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
