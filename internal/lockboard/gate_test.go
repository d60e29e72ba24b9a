package lockboard_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/sim"
)

const disturbed = "the line is too disturbed: "

// cut shortens reasons of which only the beginning is the same each time.
func cut(lines []string) []string {
	for i, line := range lines {
		if before, _, ok := strings.Cut(line, disturbed); ok {
			lines[i] = before + disturbed + "..."
		}
	}
	return lines
}

// toldCut waits and then wants exactly this to have been told meanwhile, whatever the numbers of a disturbed line.
func (b *bench) toldCut(d time.Duration, want ...string) {
	b.t.Helper()
	time.Sleep(d)
	if got := cut(brief(b.take())); !slices.Equal(want, got) {
		b.t.Errorf("after %s: want told\n %q, got\n %q", d, want, got)
	}
}

// A burst of noise shuts the line, and when it is over the line opens by itself.
func TestNoiseShutsTheLine(t *testing.T) {
	t.Parallel()
	boards := []sim.Board{{Address: 1, Locks: 2}, {Family: "WKLY", Address: 2, Locks: 2}}
	story(t, boards, nil, func(b *bench) {
		b.after(10*second, "1/1 closed", "1/2 closed", "2/1 closed", "2/2 closed")
		b.line.Trouble(sim.Trouble{Noise: 5e-3})
		b.toldCut(30*second, "1 lost: "+disturbed+"...", "2 lost: "+disturbed+"...")
		pulsed := len(b.line.Pulses(1, 1))
		b.release("u1", 1, 1, 2*second)
		b.toldCut(second, "u1 sent=false: "+disturbed+"...")
		b.pulses(1, 1, pulsed)
		for _, g := range b.bus.Gauges() {
			if !g.Lost || !strings.HasPrefix(g.Why, disturbed) {
				b.t.Errorf("gauge: %+v", g)
			}
		}
		b.line.Trouble(sim.Trouble{})
		time.Sleep(15 * second)
		got := brief(b.take())
		slices.Sort(got)
		want := []string{"1 back", "1/1 closed", "1/2 closed", "2 back", "2/1 closed", "2/2 closed"}
		if !slices.Equal(want, got) {
			b.t.Errorf("want told\n %q, got\n %q", want, got)
		}
		b.release("u2", 1, 1, 2*second)
		b.after(2*second, "u2 sent=true: acknowledged", "1/1 open")
	})
}

// While the line is shut nothing that it says is believed, even where every frame is whole.
func TestAShutLineIsNotBelieved(t *testing.T) {
	t.Parallel()
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(10*second, "1/1 closed", "1/2 closed")
		n := 0
		b.twist(func(f []byte) []byte {
			if n++; n <= 6 || n%30 == 0 { // now and then is enough to keep it shut
				f = slices.Clone(f)
				f[len(f)-1] ^= 1
			}
			return f
		})
		b.toldCut(30*second, "1 lost: "+disturbed+"...")
		b.line.Force(1, 1)
		b.toldCut(time.Minute)
		b.line.Trouble(sim.Trouble{})
		b.after(15*second, "1 back", "1/1 open", "1/2 closed")
		b.after(15*second, "1 errors=true")
	})
}

// Some damaged answers in a hundred are a bad line, and not one to shut.
func TestALittleNoiseShutsNothing(t *testing.T) {
	t.Parallel()
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(10*second, "1/1 closed", "1/2 closed")
		n := 0
		b.twist(func(f []byte) []byte {
			if n++; len(f) == 7 && n%20 == 0 {
				f = slices.Clone(f)
				f[len(f)-1] ^= 1
			}
			return f
		})
		b.after(5 * time.Minute)
		b.release("u1", 1, 1, 2*second)
		b.after(2*second, "u1 sent=true: acknowledged", "1/1 open")
	})
}

// A board that says nothing does not shut its line, nor keep it shut.
func TestASilentBoardShutsNothing(t *testing.T) {
	t.Parallel()
	boards := []sim.Board{{Address: 1, Locks: 2}, {Address: 2, Locks: 2}}
	story(t, boards, nil, func(b *bench) {
		b.after(10*second, "1/1 closed", "1/2 closed", "2/1 closed", "2/2 closed")
		for range 10 { // a loose plug
			b.line.Mute(2, true)
			b.after(5 * second)
			b.line.Mute(2, false)
			b.after(5 * second)
		}
		b.line.Mute(2, true)
		b.after(15*second, "2 lost: no answer for 8s")
		b.line.Trouble(sim.Trouble{Noise: 1e-2})
		b.toldCut(30*second, "1 lost: "+disturbed+"...")
		b.line.Trouble(sim.Trouble{})
		b.after(20*second, "1 back", "1/1 closed", "1/2 closed", "1 errors=true")
		b.release("u1", 1, 1, 2*second)
		b.after(2*second, "u1 sent=true: acknowledged", "1/1 open")
	})
}

// A board of which only damage comes shuts its line at first: it may be the line's fault. When nothing of the kind
// befalls the others, the line is theirs again.
func TestAGarblingBoardKeepsNothingShut(t *testing.T) {
	t.Parallel()
	boards := []sim.Board{{Address: 1, Locks: 2}, {Address: 2, Locks: 2}}
	story(t, boards, nil, func(b *bench) {
		b.after(10*second, "1/1 closed", "1/2 closed", "2/1 closed", "2/2 closed")
		b.twist(func(f []byte) []byte {
			if f[1] == 2 {
				f = slices.Clone(f)
				f[len(f)-1] ^= 1
			}
			return f
		})
		time.Sleep(2 * time.Minute)
		got := cut(brief(b.take()))
		if i := slices.Index(got, "1 back"); i < 0 || slices.Contains(got[i:], "1 lost: "+disturbed+"...") {
			b.t.Errorf("want board 1 lost at most once and back, got %q", got)
		}
		lost := slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "2 lost: ") })
		if !lost || slices.Contains(got, "2 back") {
			b.t.Errorf("want board 2 lost for good, got %q", got)
		}
		b.after(10 * time.Minute)
		b.release("u1", 1, 1, 2*second)
		b.after(2*second, "u1 sent=true: acknowledged", "1/1 open")
	})
}

// Noise between the exchanges counts as well.
func TestNoiseBetweenExchanges(t *testing.T) {
	t.Parallel()
	story(t, one(sim.Board{}), nil, func(b *bench) {
		b.after(20*second, "1/1 closed", "1/2 closed")
		for range 5 {
			b.line.Say([]byte{0x5A, 0xA5, 0x17})
			time.Sleep(500 * time.Millisecond)
		}
		time.Sleep(second)
		if got := cut(brief(b.take())); len(got) == 0 || got[0] != "1 lost: "+disturbed+"..." {
			b.t.Errorf("want the line shut, got %q", got)
		}
		b.after(20*second, "1 back", "1/1 closed", "1/2 closed")
	})
}
