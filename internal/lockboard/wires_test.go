package lockboard_test

import (
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/sim"
)

// lossy loses requests on their way: those that it is told to.
type lossy struct {
	io.ReadWriteCloser
	lose func([]byte) bool
}

func (l lossy) Write(p []byte) (int, error) {
	if l.lose(p) {
		return len(p), nil
	}
	return l.ReadWriteCloser.Write(p)
}

// losing has the line lose the requests of a family that lose picks.
func (b *bench) losing(family string, lose func(lockboard.Request) bool) {
	fam, _ := lockboard.FamilyNamed(family)
	b.wrap = func(rw io.ReadWriteCloser) io.ReadWriteCloser {
		return lossy{rw, func(p []byte) bool {
			r, n := fam.Peer.DecodeRequest(p)
			return n == len(p) && lose(r)
		}}
	}
}

// slowNet is a network: whatever is said arrives after a while, which is another one each time.
type slowNet struct {
	io.ReadWriteCloser
	dice  *rand.Rand
	delay time.Duration
	queue chan []byte
	empty chan struct{}
}

// slow has what the bus says travel for up to the given time.
func slow(delay time.Duration) func(io.ReadWriteCloser) io.ReadWriteCloser {
	return func(rw io.ReadWriteCloser) io.ReadWriteCloser {
		n := &slowNet{rw, rand.New(rand.NewPCG(1, 2)), delay, make(chan []byte, 16), make(chan struct{})}
		go func() {
			defer close(n.empty)
			for p := range n.queue {
				time.Sleep(time.Duration(n.dice.Int64N(int64(n.delay))))
				_, _ = n.ReadWriteCloser.Write(p)
			}
		}()
		return n
	}
}

func (n *slowNet) Write(p []byte) (int, error) {
	n.queue <- slices.Clone(p)
	return len(p), nil
}

func (n *slowNet) Close() error {
	close(n.queue)
	<-n.empty
	return n.ReadWriteCloser.Close()
}

// crumbs is a line that hands over what it hears in pieces of three bytes.
type crumbs struct {
	io.ReadWriteCloser
	apart time.Duration
	heard int
}

// pieces has what boards say come in pieces that are so far apart.
func pieces(apart time.Duration) func(io.ReadWriteCloser) io.ReadWriteCloser {
	return func(rw io.ReadWriteCloser) io.ReadWriteCloser { return &crumbs{ReadWriteCloser: rw, apart: apart} }
}

func (c *crumbs) Read(p []byte) (int, error) {
	n, err := c.ReadWriteCloser.Read(p[:1])
	if c.heard++; c.heard%3 == 0 {
		time.Sleep(c.apart)
	}
	return n, err
}

// The network of a serial server hands an answer over in pieces, further apart than any adapter on USB does.
func TestPiecesOfANetwork(t *testing.T) {
	t.Parallel()
	boards := one(sim.Board{})
	cfg := config(boards...)
	cfg.Port = "tcp://192.0.2.9:4001"
	set := func(b *bench) { b.wrap = pieces(40 * time.Millisecond) }
	storyOf(t, cfg, boards, set, func(b *bench) {
		b.after(10*second, "1/1 closed", "1/2 closed")
		b.release("u1", 1, 1, 2*second)
		b.after(3*second, "u1 sent=true: acknowledged", "1/1 open")
	})
}

// A late answer is one still where a network lies between.
func TestLateInANetwork(t *testing.T) {
	t.Parallel()
	boards := one(sim.Board{})
	cfg := config(boards...)
	cfg.Port = "tcp://192.0.2.9:4001"
	set := func(b *bench) { b.wrap = slow(500 * time.Millisecond) }
	storyOf(t, cfg, boards, set, func(b *bench) {
		b.after(20*second, "1/1 closed", "1/2 closed")
		for range 20 {
			b.release("u", 1, 1, 2*second)
			b.after(10*second, "u sent=true: acknowledged", "1/1 open")
			b.line.Push(1, 1)
			b.after(10*second, "1/1 closed")
		}
		if g := b.bus.Gauges()[0]; g.Silent+g.Garbled > 0 {
			b.t.Errorf("want every query answered: %+v", g)
		}
		b.pulses(1, 1, 20)
	})
}
