package lockboard_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/sim"
)

// A board that answers that it cannot is neither silent nor damaged: what it refuses is found, in words, and the finding
// goes when the board does what it is asked.
func TestABoardThatRefusesIsFound(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		board sim.Board // as it is
		locks int       // as it is configured
		twist func([]byte) []byte
		why   lockboard.Refusal
		words string
	}{
		{"more locks than inputs", sim.Board{Family: "MODBUS-WAVESHARE", Locks: 8}, 16, nil,
			lockboard.NoAddress, "states of locks 1–16: it has no such channel (02): say fewer locks, or look at its model"},
		{"the same, another dialect", sim.Board{Family: "MODBUS-LCTECH", Locks: 4}, 8, nil,
			lockboard.NoAddress, "states of locks 1–8: it has no such channel (02): say fewer locks, or look at its model"},
		{"no such function", sim.Board{Family: "MODBUS-WAVESHARE", Locks: 8}, 8,
			func([]byte) []byte { return []byte{0x01, 0x82, 0x01, 0x81, 0x60} },
			lockboard.NoFunction, "states of locks 1–8: it does not know what it is asked (01): is its family right?"},
		{"busy", sim.Board{Family: "MODBUS-WAVESHARE", Locks: 8}, 8,
			func([]byte) []byte { return []byte{0x01, 0x82, 0x06, 0xC0, 0xA2} },
			lockboard.Busy, "states of locks 1–8: it says that it is busy (06): does another computer ask it, too?"},
		{"an exception that nobody knows", sim.Board{Family: "MODBUS-WAVESHARE", Locks: 8}, 8,
			func([]byte) []byte { return []byte{0x01, 0x82, 0x63, 0x00, 0x89} },
			lockboard.Other, "states of locks 1–8: it refuses (63)"},
		{"another family's", sim.Board{Family: "KERONG-8", Locks: 2}, 2,
			func([]byte) []byte { return slices.Clone(failedKerong8) },
			lockboard.Failure, "states of locks 1–2: it says that it failed (11): look at the board and its supply"},
		{"one lock, which it does not know", sim.Board{Family: "WKLY", Locks: 1}, 1, ignorant(1),
			lockboard.Failure, "state of lock 1: it says that it failed: look at the board and its supply"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.board.Address = 1
			cfg := config(tt.board)
			cfg.Boards[0].Locks = tt.locks
			storyOf(t, cfg, []sim.Board{tt.board}, func(b *bench) {
				if tt.twist != nil {
					b.twist(tt.twist)
				}
			}, func(b *bench) {
				time.Sleep(30 * second)
				var found []locker.BoardJudged
				for _, in := range b.take() {
					if j, ok := in.(locker.BoardJudged); ok {
						found = append(found, j)
					}
				}
				if len(found) != 1 || found[0].Finding != locker.FindingRefuses || !found[0].Bad || found[0].Detail != tt.words {
					b.t.Errorf("found %+v", found)
				}
				g := b.bus.Gauges()[0]
				if g.Refused == 0 || g.Refusal != tt.words || g.RefusedWhy != tt.why || g.Lost || g.Garbled > 0 {
					b.t.Errorf("gauge: %+v", g)
				}
				if tt.twist == nil {
					return
				}
				b.fine = true
				b.line.Trouble(sim.Trouble{})
				time.Sleep(20 * time.Minute)
				if got := b.judged(); !slices.Contains(got, "1 refuses=false") || slices.Contains(got, "1 refuses=true") {
					b.t.Errorf("want the finding gone, got %q", got)
				}
			})
		})
	}
}

// A board that tells of fewer locks than are configured says so for all of them.
func TestABoardThatTellsOfTooFew(t *testing.T) {
	t.Parallel()
	for family, has := range map[string]int{"8A": 24, "WKLY": 12} {
		board := sim.Board{Family: family, Address: 1, Locks: has}
		cfg := config(board)
		fam, _ := lockboard.FamilyNamed(family)
		cfg.Boards[0].Locks = min(36, fam.Locks)
		storyOf(t, cfg, []sim.Board{board}, nil, func(b *bench) {
			time.Sleep(20 * second)
			if g := b.bus.Gauges()[0]; g.RefusedWhy != lockboard.TooFew || !strings.Contains(g.Refusal, "it tells of fewer channels") {
				b.t.Errorf("%s: %+v", family, g)
			}
		})
	}
}

// An unlock that is refused says why.
func TestAnUnlockThatIsRefused(t *testing.T) {
	t.Parallel()
	board := sim.Board{Family: "MODBUS-WAVESHARE", Address: 1, Locks: 8}
	story(t, []sim.Board{board}, nil, func(b *bench) {
		time.Sleep(5 * second)
		b.take()
		b.twist(func(f []byte) []byte {
			if f[1] == 0x05 {
				return []byte{0x01, 0x85, 0x03, 0x02, 0x91} // [notes] in modbus-waveshare.txt
			}
			return f
		})
		b.release("u1", 1, 7, 2*second)
		time.Sleep(second)
		const why = "unlock of lock 7: it refuses the number (03): are there too many locks, is the pulse too long, is its family right?"
		if got := brief(b.take()); got[0] != "u1 sent=true: refused: "+why {
			b.t.Errorf("got %q", got)
		}
		if g := b.bus.Gauges()[0]; g.Refused != 1 || g.Refusal != why {
			b.t.Errorf("gauge: %+v", g)
		}
	})
}
