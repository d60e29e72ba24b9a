package lockboard_test

import (
	"fmt"
	"testing"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/sim"
)

// What lies behind a door is told where the configuration says how the board says it, after as many answers as a
// contact.
func TestPresence(t *testing.T) {
	t.Parallel()
	boards := []sim.Board{{Family: "KERONG-5", Address: 1, Locks: 2}}
	for word, something := range map[string]bool{lockboard.Set: true, lockboard.Clear: false} {
		t.Run(word, func(t *testing.T) {
			cfg := config(boards...)
			cfg.Boards[0].Presence = word
			says := func(channel int, present bool) string { return fmt.Sprintf("1/%d present=%v", channel, present) }
			storyOf(t, cfg, boards, nil, func(b *bench) {
				b.after(5*second, "1/1 closed", says(1, !something), "1/2 closed", says(2, !something))
				filled := time.Now()
				b.line.Fill(1, 2, true)
				time.Sleep(5 * second)
				told := b.take()
				if got := brief(told); len(got) != 1 || got[0] != says(2, something) {
					b.t.Fatalf("want %s, got %q", says(2, something), got)
				}
				e := told[0].(locker.PresenceSensed).Evidence
				if e.Answers < 2 || e.First.Before(filled) || e.Last.Sub(e.First) < 50*time.Millisecond {
					b.t.Errorf("evidence %+v", e)
				}
				b.after(time.Hour) // once
				b.line.Fill(1, 2, false)
				b.after(5*second, says(2, !something))
				b.bus.Recheck()
				b.after(5*second, "1 back", "1/1 closed", says(1, !something), "1/2 closed", says(2, !something))
				b.line.Mute(1, true)
				b.after(10*second, "1 lost: no answer for 8s")
				b.line.Mute(1, false)
				b.after(5*second, "1 back", "1/1 closed", says(1, !something), "1/2 closed", says(2, !something))
			})
		})
	}
}

// What the configuration gives no meaning to is told to nobody.
func TestPresenceMeansNothing(t *testing.T) {
	t.Parallel()
	story(t, []sim.Board{{Family: "KERONG-5", Address: 1, Locks: 2}}, nil, func(b *bench) {
		b.after(5*second, "1/1 closed", "1/2 closed")
		b.line.Fill(1, 1, true)
		b.after(5 * second)
	})
}

// A lock without a contact may sense what is behind its door, and a sensor that flickers tells nothing.
func TestPresenceWithoutContact(t *testing.T) {
	t.Parallel()
	boards := []sim.Board{{Family: "KERONG-5", Address: 1, Locks: 1}}
	cfg := config(boards...)
	cfg.Boards[0].Contact, cfg.Boards[0].Presence = lockboard.None, lockboard.Set
	storyOf(t, cfg, boards, nil, func(b *bench) {
		b.after(5*second, "1/1 present=false")
		filled := false
		b.twist(func(f []byte) []byte {
			filled = !filled
			b.t.Helper()
			out := []byte{0x02, 0x10, 0x35, 0xFF, 0xFF, 0x00, 0x00, 0x03}
			if filled {
				out[5] = 0x01
			}
			sum := byte(0)
			for _, v := range out {
				sum += v
			}
			return append(out, sum)
		})
		b.after(time.Minute)
	})
}
