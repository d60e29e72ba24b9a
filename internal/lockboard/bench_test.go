package lockboard_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/sim"
)

// bench is a bus on a simulated line, and what it told.
type bench struct {
	t     *testing.T
	cfg   lockboard.Config
	line  *sim.Line
	bus   *lockboard.Bus
	wrap  func(io.ReadWriteCloser) io.ReadWriteCloser // puts something between the bus and the line
	hears func(locker.Input)                          // is told of what is told, as it is told
	fine  bool                                        // that a finding is none is kept too: it is told once in any case

	mu      sync.Mutex
	told    []locker.Input
	unlocks int           // on the line
	refuse  error         // opening the port gives this
	pull    func()        // unplugs it
	ran     chan struct{} // closed once nobody plays the boards of the port that was open last
	stall   chan struct{} // telling waits for this
	breaks  int           // sending an unlock breaks the line after so many bytes; below zero: it does not
}

// config is a line with the boards given.
func config(boards ...sim.Board) lockboard.Config {
	cfg := lockboard.Config{Name: "main", Port: "sim", Baud: 9600, LostAfter: 8 * time.Second}
	for _, b := range boards {
		fam, _ := lockboard.FamilyNamed(cmp.Or(b.Family, "8A"))
		c := lockboard.BoardConfig{
			Address: b.Address, Family: fam.Name, Locks: b.Locks, Inverted: b.Inverted,
			Contact: lockboard.Latch, ClosedWhen: lockboard.Shorted, SwitchedOff: fam.SwitchedOff,
		}
		if fam.NoContacts {
			c.Contact = lockboard.None
		}
		if b.ShortedOpen {
			c.ClosedWhen = lockboard.Open
		}
		cfg.Boards = append(cfg.Boards, c)
	}
	return cfg
}

// story runs a bus against a simulated line in a bubble of its own time. set prepares the line before the bus starts.
func story(t *testing.T, boards []sim.Board, set, tell func(b *bench)) {
	t.Helper()
	storyOf(t, config(boards...), boards, set, tell)
}

// storyOf is a story of a line that is configured otherwise.
func storyOf(t *testing.T, cfg lockboard.Config, boards []sim.Board, set, tell func(b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := plug(t, cfg, lockboard.NewSupply(1, 100*time.Millisecond), boards...)
		if set != nil {
			set(b)
		}
		stop := b.run()
		tell(b)
		stop()
	})
}

// plug makes a bus and the simulated line that it will open.
func plug(t *testing.T, cfg lockboard.Config, supply *lockboard.Supply, boards ...sim.Board) *bench {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, cfg: cfg, line: sim.NewLine(cfg.Baud, boards...), breaks: -1}
	b.line.Watch(b.passed)
	b.bus = lockboard.New(b.cfg, supply, b.open, b.tell, slog.New(slog.DiscardHandler))
	return b
}

// run runs the bus until it is stopped.
func (b *bench) run() (stop func()) {
	ctx, cancel := context.WithCancel(b.t.Context())
	ended := make(chan error)
	go func() { ended <- b.bus.Run(ctx) }()
	return func() {
		b.t.Helper()
		cancel()
		if err := <-ended; err != nil {
			b.t.Errorf("Run after cancel: want nil, got %v", err)
		}
		b.unplug()
		synctest.Wait()
	}
}

// open plugs the simulated line in.
func (b *bench) open(context.Context) (io.ReadWriteCloser, error) {
	b.mu.Lock()
	refuse, pull, ran := b.refuse, b.pull, b.ran
	b.mu.Unlock()
	if pull != nil {
		pull()
		<-ran
	}
	if refuse != nil {
		return nil, refuse
	}
	near, far := sim.Pipe()
	ctx, cancel := context.WithCancel(b.t.Context())
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = b.line.Run(ctx, far)
	}()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pull, b.ran = cancel, over
	near = &brittle{near, b}
	if b.wrap != nil {
		near = b.wrap(near)
	}
	return near, nil
}

// brittle is a line that breaks where the bench wants it to.
type brittle struct {
	io.ReadWriteCloser
	b *bench
}

func (l *brittle) Write(p []byte) (int, error) {
	l.b.mu.Lock()
	n := l.b.breaks
	l.b.mu.Unlock()
	if p[0] != 0x8A || n < 0 {
		return l.ReadWriteCloser.Write(p)
	}
	_, _ = l.ReadWriteCloser.Write(p[:n])
	return n, errors.New("input/output error")
}

func (b *bench) unplug() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pull != nil {
		b.pull()
	}
}

func (b *bench) passed(p sim.Passed) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r, n := (lockboard.Family8A{}).DecodeRequest(p.Bytes); p.FromHost && n > 0 && r.Op == lockboard.Unlock {
		b.unlocks++
	}
}

func (b *bench) tell(ctx context.Context, in locker.Input) error {
	b.mu.Lock()
	stall := b.stall
	b.mu.Unlock()
	if stall != nil {
		select {
		case <-stall:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if j, ok := in.(locker.BoardJudged); ok && !j.Bad && !b.fine {
		return nil
	}
	if b.hears != nil {
		b.hears(in)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.told = append(b.told, in)
	return nil
}

// release asks for a lock.
func (b *bench) release(unlock string, board, channel int, within time.Duration) {
	at := locker.Lock{Bus: b.cfg.Name, Board: board, Channel: channel}
	b.bus.Release(locker.Release{Unlock: unlock, Lock: at, Until: time.Now().Add(within)})
}

func lockAt(board, channel int) locker.Lock {
	return locker.Lock{Bus: "main", Board: board, Channel: channel}
}

// take gives what was told since it was last called.
func (b *bench) take() []locker.Input {
	b.mu.Lock()
	defer b.mu.Unlock()
	told := b.told
	b.told = nil
	return told
}

// brief writes inputs down without their evidence. States in a row come in the order of their locks.
func brief(inputs []locker.Input) (lines []string) {
	states := 0
	for _, in := range inputs {
		if _, ok := in.(locker.LockSensed); ok {
			states++
		} else {
			states = 0
		}
		switch in := in.(type) {
		case locker.LockSensed:
			lines = append(lines, fmt.Sprintf("%d/%d %s", in.Lock.Board, in.Lock.Channel, in.State))
		case locker.ReleaseEnded:
			lines = append(lines, fmt.Sprintf("%s sent=%v: %s", in.Unlock, in.Sent, in.Why))
		case locker.BoardLost:
			lines = append(lines, fmt.Sprintf("%d lost: %s", in.Board, in.Why))
		case locker.BoardBack:
			lines = append(lines, fmt.Sprintf("%d back", in.Board))
		case locker.PresenceSensed:
			lines = append(lines, fmt.Sprintf("%d/%d present=%v", in.Lock.Board, in.Lock.Channel, in.Present))
		case locker.BoardJudged:
			lines = append(lines, fmt.Sprintf("%d %s=%v", in.Board, in.Finding, in.Bad))
		}
		slices.Sort(lines[len(lines)-states:])
	}
	return lines
}

// after waits and then wants exactly this to have been told meanwhile.
func (b *bench) after(d time.Duration, want ...string) {
	b.t.Helper()
	time.Sleep(d)
	if got := brief(b.take()); !slices.Equal(want, got) {
		b.t.Errorf("after %s: want told\n %q, got\n %q", d, want, got)
	}
}

// pulses wants a lock to have been pulsed so often.
func (b *bench) pulses(board, channel, want int) {
	b.t.Helper()
	if got := len(b.line.Pulses(board, channel)); got != want {
		b.t.Errorf("lock %d/%d: want %d pulses, got %d", board, channel, want, got)
	}
}

func one(b sim.Board) []sim.Board {
	b.Address = 1
	if b.Locks == 0 {
		b.Locks = 2
	}
	return []sim.Board{b}
}

const second = time.Second
