package lockboard_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/sim"
)

// spite is how a port fails for a while: a device that is read-only all of a sudden, a cable that is half out, an adapter
// whose driver has died.
type spite int

const (
	noSpite     spite = iota
	readsFail         // EIO
	writesFail        // EROFS, and nothing has left
	writesTear        // EIO, and some of it has left
	writesShort       // no error, and some of it has left
	opensFail         // ENOENT: it comes back under another name
	spites
)

// spiteful is a port that fails as it is told.
type spiteful struct {
	io.ReadWriteCloser
	how  func() spite
	dice func(n int) int
}

func (p *spiteful) Read(b []byte) (int, error) {
	n, err := p.ReadWriteCloser.Read(b)
	if p.how() == readsFail {
		return p.dice(n + 1), errors.New("input/output error")
	}
	return n, err
}

func (p *spiteful) Write(b []byte) (int, error) {
	switch p.how() {
	case writesFail:
		return 0, errors.New("read-only file system")
	case writesTear, writesShort:
		n := p.dice(len(b))
		if n > 0 {
			_, _ = p.ReadWriteCloser.Write(b[:n])
		}
		if p.how() == writesShort {
			return n, nil
		}
		return n, errors.New("input/output error")
	default:
		return p.ReadWriteCloser.Write(b)
	}
}

// TestWhateverAPortDoes: a port fails in every way for two minutes, now in one and now in another, while people have doors
// opened. Each release ends once; a lock is pulsed no more often than is told sent, never after "not sent"; the port is not
// opened in a loop; and when it works again its boards are back, with their locks as they are, within ten seconds.
func TestWhateverAPortDoes(t *testing.T) {
	t.Parallel()
	for _, family := range []string{"8A", "WKLY", "MODBUS-WAVESHARE", "KERONG-5"} {
		for seed := range uint64(6) {
			t.Run(fmt.Sprint(family, seed), func(t *testing.T) {
				fam, _ := lockboard.FamilyNamed(family)
				board := sim.Board{Family: family, Address: fam.Lowest + 1, Locks: 4}
				cfg := config(board)
				cfg.Baud = fam.Baud
				storyOf(t, cfg, []sim.Board{board}, func(b *bench) { attack(b, seed) }, func(b *bench) { people(b, board.Address, seed) })
			})
		}
	}
}

// attack has the bench's port fail by dice, for two minutes.
func attack(b *bench, seed uint64) {
	var mu sync.Mutex
	dice, now := rand.New(rand.NewPCG(seed, 1)), noSpite
	roll := func(n int) int {
		mu.Lock()
		defer mu.Unlock()
		return dice.IntN(max(n, 1))
	}
	how := func() spite {
		mu.Lock()
		defer mu.Unlock()
		return now
	}
	opened := 0
	b.wrap = func(rw io.ReadWriteCloser) io.ReadWriteCloser {
		opened++
		return &spiteful{rw, how, roll}
	}
	set := func(s spite) {
		mu.Lock()
		now = s
		mu.Unlock()
		b.mu.Lock()
		if b.refuse = nil; s == opensFail {
			b.refuse = errors.New("no such file or directory")
		}
		b.mu.Unlock()
		if s == opensFail {
			b.unplug()
		}
	}
	go func() {
		for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); {
			set(spite(roll(int(spites))))
			time.Sleep(time.Duration(50+roll(4000)) * time.Millisecond)
		}
		set(noSpite)
		b.mu.Lock()
		defer b.mu.Unlock()
		if opened > 2*60*5 { // every 200 ms at the most
			b.t.Errorf("want the port left alone between two tries, it was opened %d times in two minutes", opened)
		}
	}()
}

// people have doors opened while the port is attacked, and lay what was told beside what happened.
func people(b *bench, board int, seed uint64) {
	dice := rand.New(rand.NewPCG(seed, 2))
	asked := make(map[string]int) // by unlock: the channel
	for end := time.Now().Add(2*time.Minute + time.Second); time.Now().Before(end); {
		id := fmt.Sprint("u", len(asked))
		asked[id] = 1 + dice.IntN(4)
		b.release(id, board, asked[id], 2*second)
		time.Sleep(time.Duration(200+dice.IntN(4000)) * time.Millisecond)
		for channel := 1; channel <= 4; channel++ {
			b.line.Push(board, channel)
		}
	}
	time.Sleep(10 * time.Second)
	sent, lost := make(map[int]int), false
	states := make(map[int]locker.DoorState)
	for _, in := range b.take() {
		switch in := in.(type) {
		case locker.ReleaseEnded:
			channel, open := asked[in.Unlock]
			if !open {
				b.t.Errorf("%s ended, and was not under way", in.Unlock)
			}
			delete(asked, in.Unlock)
			if in.Sent {
				sent[channel]++
			}
		case locker.LockSensed:
			states[in.Lock.Channel] = in.State
		case locker.BoardLost:
			lost = true
			clear(states)
		case locker.BoardBack:
			lost = false
		}
	}
	if len(asked) > 0 || lost || len(states) != 4 {
		b.t.Errorf("ten seconds after the last failure: want it in order, got lost %t, states %v, releases without an end %v", lost, states, asked)
	}
	pulsed := 0
	for channel := 1; channel <= 4; channel++ {
		n := len(b.line.Pulses(board, channel))
		if pulsed += n; n > sent[channel] {
			b.t.Errorf("lock %d: %d pulses, and %d that were told sent", channel, n, sent[channel])
		}
		is := locker.Closed
		if b.line.IsOpen(board, channel) {
			is = locker.Open
		}
		if states[channel] != is {
			b.t.Errorf("lock %d is %s, told %s", channel, is, states[channel])
		}
	}
	if pulsed == 0 {
		b.t.Error("nothing was tried: no lock was pulsed")
	}
}
