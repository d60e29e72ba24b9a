package sim_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/sim"
)

// everyFamily runs a story for a board of each family, three locks on its lowest address, with the real codec.
func everyFamily(t *testing.T, board sim.Board, story func(h *host, fam lockboard.Family, b sim.Board)) {
	for _, name := range lockboard.Families() {
		t.Run(name, func(t *testing.T) {
			fam, _ := lockboard.FamilyNamed(name)
			b := board
			b.Family, b.Address, b.Locks = name, fam.Lowest, 3
			plugged(t, fam.Baud, []sim.Board{b}, func(h *host) {
				story(h, fam, h.line.Boards()[0])
			})
		})
	}
}

// ask sends a request and gives the frames that come within a time, as the codec reads them.
func (h *host) ask(fam lockboard.Family, r lockboard.Request, within time.Duration) []lockboard.Frame {
	h.t.Helper()
	b, err := fam.Encode(r)
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.end.Write(b); err != nil {
		h.t.Fatal(err)
	}
	frames, err := fam.Decode(h.within(within), r)
	if err != nil {
		h.t.Fatal(err)
	}
	return frames
}

// all asks a board about all its locks and gives the three lowest.
func (h *host) all(fam lockboard.Family, b sim.Board) (shorted, present uint64) {
	h.t.Helper()
	r := lockboard.Request{Op: lockboard.QueryAll, Board: b.Address, Channels: b.Locks}
	frames := h.ask(fam, r, 100*ms)
	if len(frames) != 1 || !r.AnsweredBy(frames[0]) || frames[0].Failed || frames[0].Channels < b.Locks && !fam.NoContacts {
		h.t.Fatalf("asked for all: %+v", frames)
	}
	return frames[0].Shorted & 7, frames[0].Present & 7
}

func (h *host) wantAll(fam lockboard.Family, b sim.Board, shorted, present uint64) {
	h.t.Helper()
	if fam.NoContacts {
		shorted = 0 // it shows its coils, and none is on
	}
	if !fam.Senses {
		present = 0
	}
	if s, p := h.all(fam, b); s != shorted || p != present {
		h.t.Errorf("want contacts %03b and presence %03b, got %03b and %03b", shorted, present, s, p)
	}
}

func TestEveryFamilyTellsOfItsLocks(t *testing.T) {
	everyFamily(t, sim.Board{Inverted: []int{1}}, func(h *host, fam lockboard.Family, b sim.Board) {
		h.wantAll(fam, b, 0b110, 0)
		h.line.Force(b.Number, 1)
		h.line.Force(b.Number, 3)
		h.line.Fill(b.Number, 2, true)
		h.wantAll(fam, b, 0b011, 0b010)
		h.line.Push(b.Number, 3)
		h.line.Fill(b.Number, 2, false)
		h.wantAll(fam, b, 0b111, 0)
		if !fam.Single {
			return
		}
		r := lockboard.Request{Op: lockboard.Query, Board: b.Address, Channel: 2}
		if frames := h.ask(fam, r, 100*ms); len(frames) != 1 || !r.AnsweredBy(frames[0]) || !frames[0].ShortedAt(2) {
			h.t.Errorf("asked for one: %+v", frames)
		}
	})
}

func TestEveryFamilyUnlocks(t *testing.T) {
	everyFamily(t, sim.Board{}, func(h *host, fam lockboard.Family, b sim.Board) {
		r := lockboard.Request{Op: lockboard.Unlock, Board: b.Address, Channel: 2}
		frames := h.ask(fam, r, 3*second)
		acked := len(frames) == 1 && r.AnsweredBy(frames[0]) && !frames[0].Failed
		if acked == (fam.Ack == lockboard.AckMaybe) || len(frames) > 1 {
			h.t.Errorf("answered with %+v", frames)
		}
		if fam.SwitchedOff {
			off := lockboard.Request{Op: lockboard.Off, Board: b.Address, Channel: 2}
			if on := h.line.State(b.Number, 2).On; on < 2900*ms || on > 3*second {
				h.t.Errorf("nobody has ended the pulse, and it has lasted %s of 3 s", on)
			}
			if frames := h.ask(fam, off, 100*ms); len(frames) != 1 || !off.AnsweredBy(frames[0]) {
				h.t.Errorf("switched off: %+v", frames)
			}
		} else if s := h.line.State(b.Number, 2); s.Longest != b.Pulse || b.Pulse != fam.Pulse {
			h.t.Errorf("want a pulse of %s, got %s", fam.Pulse, s.Longest)
		}
		h.wantAll(fam, b, 0b101, 0)
		for channel, want := range []int{0, 1, 0} {
			if s := h.line.State(b.Number, channel+1); s.Pulses != want || s.Open != (want == 1) || s.On != 0 {
				h.t.Errorf("lock %d: %+v", channel+1, s)
			}
		}
	})
}

// The answer to an unlock comes when boards of the family give it.
func TestWhenUnlocksAreAnswered(t *testing.T) {
	everyFamily(t, sim.Board{Acks: true, Turnaround: 20 * ms}, func(h *host, fam lockboard.Family, b sim.Board) {
		r := lockboard.Request{Op: lockboard.Unlock, Board: b.Address, Channel: 1}
		request, _ := fam.Encode(r)
		least := time.Duration(len(request))*10*second/time.Duration(fam.Baud) + b.Turnaround
		if fam.Ack == lockboard.AckAfter {
			least += b.Pulse
		}
		if _, err := h.end.Write(request); err != nil {
			h.t.Fatal(err)
		}
		h.quiet(least)
		answer := h.within(time.Duration(fam.Longest) * 10 * second / time.Duration(fam.Baud))
		frames, err := fam.Decode(answer, r)
		if err != nil || len(frames) != 1 || !r.AnsweredBy(frames[0]) {
			h.t.Errorf("after %s: %+v, %v", least, frames, err)
		}
	})
}

func TestTimedUnlocks(t *testing.T) {
	everyFamily(t, sim.Board{}, func(h *host, fam lockboard.Family, b sim.Board) {
		if fam.PulseStep == 0 {
			return // they are not told how long
		}
		r := lockboard.Request{Op: lockboard.Unlock, Board: b.Address, Channel: 1, Pulse: fam.PulseMost}
		if frames := h.ask(fam, r, fam.PulseMost+second); len(frames) != 1 || !r.AnsweredBy(frames[0]) {
			h.t.Errorf("%+v", frames)
		}
		if s := h.line.State(b.Number, 1); s.Longest != fam.PulseMost || !s.Open {
			h.t.Errorf("want a pulse of %s, got %+v", fam.PulseMost, s)
		}
	})
}

// Where a pulse must be switched off, the latch moves after 100 ms, and the coil burns on; a pulse that is switched off
// before opens nothing.
func TestSwitchedOffTooSoon(t *testing.T) {
	everyFamily(t, sim.Board{}, func(h *host, fam lockboard.Family, b sim.Board) {
		if !fam.SwitchedOff {
			return // they end their pulses by themselves
		}
		for _, tt := range []struct {
			on   time.Duration
			open bool
		}{{99 * ms, false}, {101 * ms, true}} {
			h.ask(fam, lockboard.Request{Op: lockboard.Unlock, Board: b.Address, Channel: 1}, 50*ms)
			h.quiet(tt.on - h.line.State(b.Number, 1).On)
			if s := h.line.State(b.Number, 1); s.Open != tt.open || s.On != tt.on {
				h.t.Errorf("want %+v, got %+v", tt, s)
			}
			h.line.Power(b.Number, false) // which switches it off, too
			h.line.Power(b.Number, true)
			h.quiet(second)
			if s := h.line.State(b.Number, 1); s.Open != tt.open || s.On != 0 || s.Longest != tt.on {
				h.t.Errorf("a second after %+v: %+v", tt, s)
			}
		}
	})
}

// A board that is asked about more locks than it has says so, if its family has a word for that.
func TestAskedAboutTooManyLocks(t *testing.T) {
	everyFamily(t, sim.Board{}, func(h *host, fam lockboard.Family, b sim.Board) {
		r := lockboard.Request{Op: lockboard.QueryAll, Board: b.Address, Channels: 8}
		frames := h.ask(fam, r, 100*ms)
		if modbus := strings.HasPrefix(fam.Name, "MODBUS") && fam.Name != "MODBUS-R421A08"; len(frames) != 1 || frames[0].Failed != modbus {
			h.t.Errorf("%+v", frames)
		}
	})
}

// A board reports a closing if it was built to and its family can.
func TestEveryFamilyReports(t *testing.T) {
	everyFamily(t, sim.Board{Reports: true}, func(h *host, fam lockboard.Family, b sim.Board) {
		h.line.Force(b.Number, 2)
		h.quiet(second)
		h.line.Push(b.Number, 2)
		frames, err := fam.Decode(h.within(second), lockboard.Request{})
		reported := len(frames) == 1 && frames[0].Op == lockboard.Report && frames[0].Channel == 2 && frames[0].ShortedAt(2)
		if err != nil || reported != fam.Reports || len(frames) > 1 {
			h.t.Errorf("%+v, %v", frames, err)
		}
	})
}

// Boards of all families on one line: each hears its own requests alone, whatever the others are told, and those of the
// same family tell their addresses apart. Modbus is one wire for several families, so there addresses are not shared.
func TestFamiliesSideBySide(t *testing.T) {
	var boards []sim.Board
	modbus := 0
	for i, name := range lockboard.Families() {
		fam, _ := lockboard.FamilyNamed(name)
		low, high := max(1, fam.Lowest), fam.Highest
		if strings.HasPrefix(name, "MODBUS") {
			low, high, modbus = low+modbus, high-modbus, modbus+1
		}
		for _, address := range []int{low, high} {
			boards = append(boards, sim.Board{
				Family: name, Address: address, Number: 1000*(i+1) + address, Locks: 3, Acks: true, Pulse: 300 * ms,
			})
		}
	}
	plugged(t, 9600, boards, func(h *host) {
		for i, b := range h.line.Boards() {
			fam, _ := lockboard.FamilyNamed(b.Family)
			h.wantAll(fam, b, 0b111, 0)
			r := lockboard.Request{Op: lockboard.Unlock, Board: b.Address, Channel: 1 + i%3}
			if frames := h.ask(fam, r, second); len(frames) != 1 || !r.AnsweredBy(frames[0]) {
				h.t.Errorf("%s board %d: %+v", b.Family, b.Address, frames)
			}
		}
		for i, b := range h.line.Boards() {
			for channel := 1; channel <= b.Locks; channel++ {
				want := 0
				if channel == 1+i%3 {
					want = 1
				}
				if got := len(h.line.Pulses(b.Number, channel)); got != want {
					h.t.Errorf("%s board %d lock %d: want %d pulses, got %d", b.Family, b.Address, channel, want, got)
				}
			}
		}
	})
}

// A request to one board may look to another like the beginning of something longer: what comes next is heard all the
// same.
func TestNothingSticksInAnEar(t *testing.T) {
	boards := []sim.Board{
		{Family: "8A", Address: 0x10, Locks: 3},
		{Family: "MODBUS-LCTECH", Address: 0x80, Locks: 3}, // 80 10: two registers are about to be written
	}
	plugged(t, 9600, boards, func(h *host) {
		modbus, _ := lockboard.FamilyNamed("MODBUS-LCTECH")
		for range 3 {
			h.asks("80 10 00 33 A3", "80 10 00 00 07 33 A4")
			h.wantAll(modbus, h.line.Boards()[1], 0b111, 0)
		}
	})
}

func TestBoardsThatAreNone(t *testing.T) {
	for name, boards := range map[string][]sim.Board{
		"family":   {{Family: "8B", Address: 1, Locks: 1}},
		"locks":    {{Family: "WINNSEN-90", Address: 1, Locks: 17}},
		"one name": {{Address: 1, Locks: 1}, {Address: 1, Locks: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("want a panic")
				}
			}()
			sim.NewLine(0, boards...)
		})
	}
	if got := sim.NewLine(0, sim.Board{Address: 2}, sim.Board{Address: 1}).Boards(); !slices.IsSortedFunc(got,
		func(a, b sim.Board) int { return a.Number - b.Number }) || got[0].Family != "8A" {
		t.Errorf("%+v", got)
	}
}
