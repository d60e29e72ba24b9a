package lockboard

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"
)

const (
	// quietTime ends a burst that nothing else ends: USB adapters deliver one frame in pieces more than 5 ms apart
	// (25 ms: measured by Open-Locker). A network holds pieces back for longer.
	quietTime        = 25 * time.Millisecond
	quietTimeNetwork = 60 * time.Millisecond
	// patience is how many times longer the rest of an answer is waited for: cut in two by a computer or an adapter that is
	// held up, it would look like damage.
	patience = 8
	// frameRest is the least silence between two frames; at low speeds it is 3.5 bytes (Modbus over serial line 1.02,
	// 2.5.1.1, which is what such lines' transceivers are built for). Whatever follows an answer more closely makes it
	// a bad one.
	frameRest = 1750 * time.Microsecond
	// longestBurst is where listening to a line that never falls quiet stops, in bytes.
	longestBurst = 256
	// heldUp is how late we may wake up before the result of an exchange counts against no board: then it is this process
	// that was held up, or the whole machine, and not a board.
	heldUp = 50 * time.Millisecond
	// arrivesWithin is how long a byte that the kernel has may take to reach us.
	arrivesWithin = time.Second
	// echoDoubt is how many exchanges in a row may fail before it is no longer held to be known whether the line
	// echoes.
	echoDoubt = 3
)

// gone is a line that broke: a reason to open it again, not to give up.
type gone struct{ err error }

func (g *gone) Error() string { return g.err.Error() }
func (g *gone) Unwrap() error { return g.err }

// echo is whether the adapter gives back what we send. An unlock's echo is byte for byte the answer "contact shorted".
type echo byte

const (
	echoUnknown echo = iota
	echoOff
	echoOn
)

func (e echo) String() string { return [...]string{"unknown", "off", "on"}[e] }

// verdict is what came of an exchange.
type verdict byte

const (
	silent verdict = iota
	garbled
	answered
)

func (v verdict) String() string { return [...]string{"no answer", "no good answer", "answered"}[v] }

// answer is what came of a request.
type answer struct {
	verdict verdict
	frame   Frame // where answered
	echoed  bool  // the answer may be our own request come back
	sent    int   // bytes that may have left
	asked   time.Time
	took    time.Duration // from sent to answered
	held    bool          // we were held up meanwhile: that there is no good answer says nothing
	spoilt  bool          // another board may have spoken into it: the same, but the board may be gone all the same
}

// hexBytes are bytes in the log, written out only where they are read.
type hexBytes []byte

// LogValue gives the bytes as "8A 01 01 11 9B".
func (b hexBytes) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("% X", []byte(b))) }

// chunk is what one Read brought.
type chunk struct {
	data []byte
	err  error
}

// arrivals is a line that says how many bytes have come since it was opened: those that Read has given, and those that
// wait for it.
type arrivals interface{ Arrived() (uint64, error) }

// wire is one opening of a line. One goroutine uses it; another, which it owns, reads until close.
type wire struct {
	line     io.ReadWriteCloser
	families []Family // of the boards on it
	baud     int
	network  bool
	log      *slog.Logger
	unasked  func(Frame)        // is given the reports
	spoilt   func()             // is called for bytes that belong to no frame
	overdue  func(owing)        // is told of an answer that came too late
	tap      func(bool, []byte) // is given all that passes; true: what we say

	echo   echo
	owing  []owing       // answers that did not come in time
	failed int           // exchanges in a row
	asking bool          // an answer is awaited
	held   bool          // in the last exchange: its answer may come late, and in pieces
	heard  uint64        // bytes
	late   time.Duration // by which we were held up, since it was last taken
	chunks chan chunk
	stop   chan struct{}
}

// start begins to read the line.
func (w *wire) start() *wire {
	w.chunks, w.stop = make(chan chunk, 16), make(chan struct{})
	go w.read()
	return w
}

// quietTime ends a burst that nothing else ends.
func (w *wire) quietTime() time.Duration {
	if w.network {
		return quietTimeNetwork
	}
	return quietTime
}

// read passes on what the line brings, until it breaks or is closed.
func (w *wire) read() {
	defer close(w.chunks)
	buf := make([]byte, longestBurst)
	for {
		n, err := w.line.Read(buf)
		if n == 0 && err == nil {
			continue // silence
		}
		select {
		case w.chunks <- chunk{bytes.Clone(buf[:n]), err}:
		case <-w.stop:
			return
		}
		if err != nil {
			return
		}
	}
}

// close closes the line and waits until its reader has ended.
func (w *wire) close() {
	close(w.stop)
	if err := w.line.Close(); err != nil {
		w.log.Debug("closing the port", "err", err)
	}
	for range w.chunks {
	}
}

// burst waits for the first byte and gives all that comes until the line falls quiet, for as long as quiet says of what
// has come; nothing, where none comes in time or where wake wakes it. No silence is believed before all that has arrived
// was heard: this process may have been held up.
func (w *wire) burst(
	ctx context.Context, until time.Time, wake <-chan struct{}, quiet func([]byte) time.Duration,
) ([]byte, error) {
	var got []byte
	for {
		c, woken, err := w.next(ctx, until, wake)
		if err != nil || woken {
			return nil, err
		}
		w.heard += uint64(len(c.data))
		if len(c.data) > 0 {
			w.tap(false, c.data)
		}
		if got = append(got, c.data...); c.err != nil {
			return nil, &gone{c.err}
		}
		if len(c.data) == 0 || len(got) >= longestBurst {
			return got, nil
		}
		wake, until = nil, time.Now().Add(quiet(got))
	}
}

// next waits for the next piece; it is empty where none has arrived in time.
func (w *wire) next(ctx context.Context, until time.Time, wake <-chan struct{}) (c chunk, woken bool, err error) {
	select { // what is there already goes before the timer
	case c = <-w.chunks:
		return c, false, nil
	default:
	}
	for due := time.Now(); ; {
		if wait := until.Sub(due); wait > 0 { // else a mere look at what has come
			if due = until; w.asking && wait > heldUp { // else it would not be noticed that the answer had waited for us
				due = due.Add(heldUp - wait)
			}
			if c, woken, err = w.wait(ctx, due, wake); woken || err != nil {
				return c, woken, err
			}
		}
		if len(c.data) == 0 && c.err == nil {
			c, err = w.arrived(ctx)
		}
		if late := time.Since(due); late > heldUp {
			w.late += late
		}
		if len(c.data) > 0 || c.err != nil || err != nil || !due.Before(until) {
			return c, false, err
		}
		due = time.Now()
	}
}

// wait waits for the next piece; it is empty where none has come in time.
func (w *wire) wait(ctx context.Context, until time.Time, wake <-chan struct{}) (c chunk, woken bool, err error) {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case c = <-w.chunks:
	case <-timer.C:
	case <-wake:
		woken = true
	case <-ctx.Done():
		err = ctx.Err()
	}
	return c, woken, err
}

// arrived gives a piece that is on its way from the kernel to us; an empty one where there is none.
func (w *wire) arrived(ctx context.Context) (c chunk, err error) {
	n := w.heard
	if line, ok := w.line.(arrivals); ok {
		if n, err = line.Arrived(); err != nil {
			return chunk{}, &gone{err}
		}
	}
	if n <= w.heard {
		select { // it may have come after we looked, and before the line did
		case c = <-w.chunks:
		default:
		}
		return c, ctx.Err()
	}
	timer := time.NewTimer(arrivesWithin)
	defer timer.Stop()
	select {
	case c = <-w.chunks:
	case <-timer.C:
		w.log.Warn("bytes arrived and cannot be read", "arrived", n, "heard", w.heard)
	case <-ctx.Done():
		return chunk{}, ctx.Err()
	}
	return c, nil
}

// takeLate is by how much we were held up since it was last taken.
func (w *wire) takeLate() (late time.Duration) {
	late, w.late = w.late, 0
	return late
}

// listen hears what is said unasked until the given time, or until wake wakes it.
func (w *wire) listen(ctx context.Context, until time.Time, wake <-chan struct{}) error {
	got, err := w.burst(ctx, until, wake, func([]byte) time.Duration { return w.quietTime() })
	if err != nil || len(got) == 0 {
		return err
	}
	w.log.Debug("heard unasked", "hex", hexBytes(got))
	if got = w.settle(got); len(got) == 0 {
		return nil
	}
	for _, fam := range w.families {
		frames, err := fam.Decode(got, Request{})
		if err != nil {
			continue
		}
		for _, f := range frames {
			if f.Op == Report {
				w.unasked(f)
			}
		}
		return nil
	}
	w.log.Debug("not understood", "hex", hexBytes(got))
	if !w.held {
		w.spoilt()
	}
	return nil
}

// ask sends a request to a board of a family, once, and waits for its answer.
func (w *wire) ask(ctx context.Context, fam Family, req Request, within time.Duration) (answer, error) {
	frame, err := fam.Encode(req)
	if err != nil {
		return answer{}, err
	}
	w.log.Debug("sent", "hex", hexBytes(frame))
	w.tap(true, frame)
	n, err := w.line.Write(frame)
	if err == nil && n < len(frame) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return answer{sent: n}, &gone{err}
	}
	late := w.late
	w.asking = true
	a, err := w.await(ctx, fam, req, frame, within)
	w.asking, w.held = false, w.late > late
	a.sent, a.held = n, w.held
	if err != nil {
		return a, err
	}
	w.owe(fam, req, a)
	switch {
	case a.verdict == answered:
		w.failed = 0
	case a.held:
	case req.Op == Unlock && fam.Ack == AckMaybe && a.verdict == silent: // which says nothing
	default:
		if w.failed++; w.failed >= echoDoubt {
			w.hold(echoUnknown)
		}
	}
	return a, nil
}

// await listens for the answer to a request whose bytes are sent.
func (w *wire) await(ctx context.Context, fam Family, req Request, sent []byte, within time.Duration) (answer, error) {
	began := time.Now()
	until := began.Add(within + w.lineTime(len(sent)+fam.Longest))
	a := answer{asked: began}
	owed := w.owed(sent)
	for {
		got, err := w.burst(ctx, until, nil, w.quiet(fam, req, owed))
		if err != nil {
			return a, err
		}
		if len(got) == 0 {
			return a, nil
		}
		w.log.Debug("heard", "hex", hexBytes(got))
		if w.echo == echoUnknown && req.Op == fam.Probe && bytes.HasPrefix(got, sent) {
			w.hold(echoOn) // no answer begins like that
			owed = sent
		}
		k := min(len(owed), len(got))
		ok := bytes.Equal(owed[:k], got[:k])
		if owed, got = owed[k:], got[k:]; k > 0 && ok && len(owed) == 0 {
			w.failed = 0 // the line can be heard, whether a board answers or not
		}
		if !answers(fam, got, req) { // else an old answer to the same query would be no other than a new one
			got = w.settle(got)
		}
		if f, matched, err := w.pick(fam, got, req); !ok || err != nil {
			w.log.Debug("not understood", "err", err)
			a.verdict = garbled
			if req.Op != Unlock { // a query can be asked again at once
				return a, nil
			}
		} else if matched {
			if w.echo == echoUnknown && req.Op == fam.Probe {
				w.hold(echoOff)
			}
			a.verdict, a.frame, a.took = answered, f, time.Since(began)
			a.echoed = w.echo == echoUnknown && bytes.Equal(got, sent)
			return a, nil
		}
	}
}

// quiet says how long the silence is that ends an answer. Once a query's answer is whole it is the rest between two
// frames: so a line with a person at one of its doors is asked twice as often, and an unlock waits half as long. It is
// quietTime where only silence can tell: an answer whose length is not known, a line that may echo, and an unlock, after
// which there is no hurry.
func (w *wire) quiet(fam Family, req Request, owed []byte) func([]byte) time.Duration {
	known := w.echo != echoUnknown && (req.Op == Query || req.Op == Off || req.Op == QueryAll && (req.Length > 0 || !fam.Varies))
	return func(got []byte) time.Duration {
		rest, echoed := bytes.CutPrefix(got, owed)
		if echoed && len(rest) > 0 {
			frames, err := fam.Decode(rest, req)
			switch {
			case known && err == nil && slices.ContainsFunc(frames, req.AnsweredBy):
				return max(frameRest, w.lineTime(7)/2)
			case known && err != nil && len(rest) < max(req.Length, short8A): // no family has shorter ones
				return patience * w.quietTime()
			case w.echo != echoUnknown && req.Op == Unlock && err != nil && len(rest) < fam.Longest:
				return patience * w.quietTime()
			}
		}
		return w.quietTime()
	}
}

// owed is what must come before any answer.
func (w *wire) owed(sent []byte) []byte {
	if w.echo == echoOn {
		return sent
	}
	return nil
}

// pick finds the answer in a burst, and passes reports on.
func (w *wire) pick(fam Family, got []byte, req Request) (f Frame, matched bool, err error) {
	frames, err := fam.Decode(got, req)
	if err != nil {
		return Frame{}, false, err
	}
	for _, g := range frames {
		switch {
		case g.Op == Report:
			w.unasked(g)
		case !req.AnsweredBy(g):
			w.log.Debug("answer to something else", "of", g.Op, "board", g.Board, "lock", g.Channel)
		case matched:
			return Frame{}, false, fmt.Errorf("lockboard: two answers in % X", got)
		default:
			f, matched = g, true
		}
	}
	return f, matched, nil
}

// hold sets whether the line is taken to have an echo.
func (w *wire) hold(e echo) {
	if w.echo != e {
		w.echo = e
		w.log.Info("echo of the line", "echo", e.String())
	}
}

// lineTime is how long bytes take on the line: ten bits each.
func (w *wire) lineTime(n int) time.Duration {
	return time.Duration(n) * 10 * time.Second / time.Duration(w.baud)
}
