package lockboard_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/sim"
)

// mixed is a line with a board of every family.
func mixed() (boards []sim.Board) {
	for i, name := range lockboard.Families() {
		fam, _ := lockboard.FamilyNamed(name)
		address := 2 + i
		if address > fam.Highest { // some have few addresses, and all must differ
			address = fam.Lowest
		}
		boards = append(boards, sim.Board{Family: name, Address: address, Locks: 4, Reports: true})
	}
	return boards
}

// Boards of all families work side by side on a line, and an unlock of one pulses none of another.
func TestFamiliesSideBySide(t *testing.T) {
	t.Parallel()
	boards := mixed()
	story(t, boards, nil, func(b *bench) {
		contacts := slices.DeleteFunc(slices.Clone(boards), func(s sim.Board) bool {
			fam, _ := lockboard.FamilyNamed(s.Family)
			return fam.NoContacts
		})
		every := func(state string) (want []string) {
			for _, s := range contacts {
				for channel := 1; channel <= s.Locks; channel++ {
					want = append(want, fmt.Sprintf("%d/%d %s", s.Address, channel, state))
				}
			}
			slices.Sort(want)
			return want
		}
		b.after(20*second, every("closed")...)
		for _, s := range boards {
			for channel := 1; channel <= s.Locks; channel++ {
				b.release("u", s.Address, channel, 2*second)
				time.Sleep(6 * second)
			}
		}
		var opened []string
		for _, line := range brief(b.take()) {
			switch line {
			case "u sent=true: acknowledged", "u sent=true: sent; such boards need not answer":
			default:
				opened = append(opened, line)
			}
		}
		slices.Sort(opened)
		if want := every("open"); !slices.Equal(want, opened) {
			b.t.Errorf("want told\n %q, got\n %q", want, opened)
		}
		for _, s := range boards {
			for channel := 1; channel <= s.Locks; channel++ {
				b.pulses(s.Address, channel, 1)
				b.line.Push(s.Address, channel) // some boards say so, into whatever is being said
				time.Sleep(second)
			}
		}
		time.Sleep(5 * second)
		closed := brief(b.take())
		slices.Sort(closed)
		if want := every("closed"); !slices.Equal(want, closed) {
			b.t.Errorf("want told\n %q, got\n %q", want, closed)
		}
	})
}

// Nothing that is said to a board of one family is an unlock to boards of another, wherever in it they begin to listen.
func TestNoFamilyHearsAnothersUnlock(t *testing.T) {
	for _, from := range lockboard.Families() {
		for _, to := range lockboard.Families() {
			if from == to {
				continue
			}
			t.Run(from+" to "+to, func(t *testing.T) {
				t.Parallel()
				speaks, _ := lockboard.FamilyNamed(from)
				hears, _ := lockboard.FamilyNamed(to)
				for frame := range requests(t, speaks) {
					for i := range frame {
						if r, n := hears.Peer.DecodeRequest(frame[i:]); n > 0 && r.Op == lockboard.Unlock {
							t.Errorf("% X: from byte %d on it unlocks lock %d of board %d", frame, i, r.Channel, r.Board)
						}
					}
				}
			})
		}
	}
}

// requests are all that is ever said to boards of a family: to every address, of every lock, and with every pulse that
// can be configured.
func requests(t *testing.T, fam lockboard.Family) func(yield func([]byte) bool) {
	pulses := []time.Duration{0}
	for p := fam.PulseStep; p > 0 && p <= min(fam.PulseMost, second); p += fam.PulseStep {
		pulses = append(pulses, p)
	}
	return func(yield func([]byte) bool) {
		say := func(r lockboard.Request) bool {
			frame, err := fam.Encode(r)
			if err != nil {
				t.Fatal(err)
			}
			return yield(frame)
		}
		for board := fam.Lowest; board <= fam.Highest; board++ {
			for channel := 1; channel <= fam.Locks; channel++ {
				if !say(lockboard.Request{Op: lockboard.QueryAll, Board: board, Channels: channel}) {
					return
				}
				if fam.Single && !say(lockboard.Request{Op: lockboard.Query, Board: board, Channel: channel}) {
					return
				}
				if fam.SwitchedOff && !say(lockboard.Request{Op: lockboard.Off, Board: board, Channel: channel}) {
					return
				}
				for _, p := range pulses {
					if !say(lockboard.Request{Op: lockboard.Unlock, Board: board, Channel: channel, Pulse: p}) {
						return
					}
				}
			}
		}
	}
}

// A lock without a contact is released as any other, and no state of it is ever told.
func TestWithoutContact(t *testing.T) {
	t.Parallel()
	for _, name := range lockboard.Families() {
		for _, whole := range []bool{false, true} { // the board has none at all, or one lock of it
			t.Run(fmt.Sprintf("%s, whole board %v", name, whole), func(t *testing.T) {
				fam, _ := lockboard.FamilyNamed(name)
				boards := []sim.Board{{Family: name, Address: max(1, fam.Lowest), Locks: 2, Reports: true}}
				cfg := config(boards...)
				if whole || fam.NoContacts {
					cfg.Boards[0].Contact = lockboard.None
				} else {
					cfg.Boards[0].WithoutContact = []int{2}
				}
				address := boards[0].Address
				storyOf(t, cfg, boards, nil, func(b *bench) {
					time.Sleep(10 * second)
					for range 3 {
						b.release("u", address, 2, 2*second)
						time.Sleep(5 * second)
						b.line.Push(address, 2)
						time.Sleep(5 * second)
					}
					b.line.Force(address, 2)
					time.Sleep(5 * second)
					for _, in := range b.take() {
						if s, ok := in.(locker.LockSensed); ok && (s.Lock.Channel == 2 || whole) {
							b.t.Errorf("it has no contact, and yet it was told: %+v", s)
						}
					}
					b.pulses(address, 2, 3)
				})
			})
		}
	}
}
