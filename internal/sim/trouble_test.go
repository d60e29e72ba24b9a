package sim_test

import (
	"bytes"
	"testing"
	"time"

	"lockerd/internal/sim"
)

func TestTrouble(t *testing.T) {
	const echo = query2
	for _, tt := range []struct {
		name    string
		trouble sim.Trouble
		want    []string // what comes of three questions, each after 100 ms
	}{
		{"none", sim.Trouble{}, []string{isShut2, isShut2, isShut2}},
		{"echo", sim.Trouble{Echo: 1}, []string{echo + isShut2, echo + isShut2, echo + isShut2}},
		{"part of the echo", sim.Trouble{Echo: 0.4}, []string{"80 01" + isShut2, "80 01" + isShut2, "80 01" + isShut2}},
		{"lost", sim.Trouble{Lost: 1}, []string{"", "", ""}},
		{"doubled", sim.Trouble{Doubled: 1}, []string{isShut2 + isShut2, isShut2 + isShut2, isShut2 + isShut2}},
		{"late", sim.Trouble{Late: 1, LateBy: 150 * ms}, []string{"", isShut2, isShut2}},
		{"half", sim.Trouble{Twist: sim.Half}, []string{"80 01", "80 01", "80 01"}},
		{"half, and late", sim.Trouble{Twist: sim.Half, Late: 1, LateBy: 150 * ms}, []string{"", "80 01", "80 01"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plugged(t, 9600, []sim.Board{{Address: 1, Locks: 2}}, func(h *host) {
				h.line.Trouble(tt.trouble)
				for _, want := range tt.want {
					h.says(query2)
					h.same(unhex(t, want), h.within(100*ms))
				}
				h.line.Trouble(sim.Trouble{})
				h.within(second)
				h.asks(query2, isShut2)
			})
		})
	}
}

// Each misfortune befalls its share of the answers.
func TestShares(t *testing.T) {
	const asked = 4000
	whole := unhex(t, isShut2)
	kinds := map[string]func(got []byte) bool{
		"lost or glued": func(got []byte) bool { return len(got) == 0 },
		"doubled":       func(got []byte) bool { return bytes.Equal(got, append(bytes.Clone(whole), whole...)) },
		"truncated":     func(got []byte) bool { return len(got) > 0 && len(got) < len(whole) },
	}
	for _, tt := range []struct {
		kind    string
		trouble sim.Trouble
		least   int
	}{
		{"lost or glued", sim.Trouble{Lost: 0.1}, asked / 10},
		{"doubled", sim.Trouble{Doubled: 0.1}, asked / 10},
		{"truncated", sim.Trouble{Truncated: 0.125}, asked / 10}, // a fifth of those is cut before its first byte
		{"lost or glued", sim.Trouble{Glued: 0.1, Late: 0.1, LateBy: ms}, asked / 10},
	} {
		t.Run(tt.kind, func(t *testing.T) {
			plugged(t, 0, []sim.Board{{Address: 1, Locks: 2}}, func(h *host) {
				h.line.Trouble(tt.trouble)
				h.line.Seed(7)
				n, bytesCame := 0, 0
				for range asked {
					h.says(query2)
					got := h.within(20 * ms)
					bytesCame += len(got)
					if kinds[tt.kind](got) {
						n++
					}
				}
				if n < tt.least*8/10 || n > tt.least*12/10 {
					t.Errorf("want about %d of %d %s, got %d", tt.least, asked, tt.kind, n)
				}
				if missing := asked*len(whole) - bytesCame; tt.trouble.Glued > 0 && missing > 3*len(whole) {
					t.Errorf("what is glued must come with the next one: %d bytes are missing", missing)
				}
			})
		})
	}
}

// Two boards with one address both act, and their answers garble each other; where they agree, nobody notices.
func TestTwins(t *testing.T) {
	boards := []sim.Board{{Address: 1, Locks: 2}, {Address: 1, Number: 2, Locks: 2}}
	plugged(t, 9600, boards, func(h *host) {
		h.asks(query1, isShut1)
		h.line.Force(2, 1) // only the second's
		h.asks(query1, "80 01 01 00 80")
		h.line.Force(1, 1)
		h.line.Force(1, 2)
		// All are open, says the one: 00 00 00 33 B2; lock 2 is closed, says the other: 00 00 02 33 B0.
		h.asks("80 01 00 33 B2", "80 01 00 00 00 33 B0")
		h.asks("8A 01 02 11 98", "8A 01 02 00 89")
		if len(h.line.Pulses(1, 2)) != 1 || len(h.line.Pulses(2, 2)) != 1 {
			h.t.Error("not both were pulsed")
		}
	})
}

// Boards that answer a little apart garble each other where they overlap, in the midst of a byte too.
func TestCollision(t *testing.T) {
	boards := []sim.Board{{Address: 1, Locks: 1}, {Address: 1, Number: 2, Locks: 1, Turnaround: 7500 * time.Microsecond}}
	plugged(t, 9600, boards, func(h *host) {
		// 80 01 01 11 91 and, from the third byte on, 80 01 01 11 91 again
		h.asks(query1, "80 01 00 01 01 11 91")
	})
}

// A report in the midst of another board's answer garbles it; one by the board itself waits for its end.
func TestReportAmidAnAnswer(t *testing.T) {
	boards := []sim.Board{{Address: 1, Locks: 1, Reports: true}, {Address: 2, Locks: 1, Reports: true}}
	for _, tt := range []struct {
		name  string
		board int
		want  string
	}{
		{"its own", 1, isOpen1 + "82 01 01 11 93"},
		{"another's", 2, "80 00 01 00 80"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plugged(t, 9600, boards, func(h *host) {
				h.line.Force(1, 1)
				h.line.Force(2, 1)
				h.says(query1)
				time.Sleep(11 * ms) // 5.2 for the request, 5 to turn around; its first byte is under way
				h.line.Push(tt.board, 1)
				h.hears(tt.want)
			})
		})
	}
}

func TestNoiseRate(t *testing.T) {
	for _, rate := range []float64{1e-3, 1e-2, 0.5, 1} {
		plugged(t, 0, []sim.Board{{Address: 1, Locks: 24}}, func(h *host) {
			h.line.Trouble(sim.Trouble{Noise: rate})
			flipped, bits := 0, 0
			for range 100 {
				h.line.Say(bytes.Repeat([]byte{0x55}, 250))
				for _, b := range h.within(ms) {
					bits += 8
					for x := b ^ 0x55; x != 0; x &= x - 1 {
						flipped++
					}
				}
			}
			if want := rate * float64(bits); bits != 200_000 || float64(flipped) < 0.8*want || float64(flipped) > 1.2*want {
				t.Errorf("at %g: want about %.0f of %d bits flipped, got %d", rate, want, bits, flipped)
			}
		})
	}
}
