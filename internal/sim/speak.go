package sim

import (
	"bytes"
	"context"
	"io"
	"slices"
	"time"
)

// utterance is something to be sent on the line.
type utterance struct {
	bytes []byte
	from  *board // nil: a hand
	plug  int
}

// send puts something into the queue of the line. Line.mu is held.
func (l *Line) send(u utterance) {
	if len(u.bytes) == 0 {
		return
	}
	l.queue = append(l.queue, u)
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// speak sends the queue on the line. Boards that send at once garble each other: a 0 from one of them prevails. The host's
// adapter delivers bytes when the line falls quiet: a simulator that is held up is late then, but breaks no answer in two,
// as no real line does.
func (l *Line) speak(ctx context.Context, w io.Writer) error {
	var speaking []utterance
	var came []byte
	for ctx.Err() == nil {
		if speaking = l.join(speaking); len(speaking) == 0 {
			break
		}
		n := 1
		if l.baud == 0 {
			n = len(speaking[0].bytes)
		}
		l.pace(ctx, n)
		speaking = l.join(speaking) // whoever began meanwhile spoils the byte that was under way
		came = append(came, l.mix(speaking, n)...)
		for i := range speaking {
			speaking[i].bytes = speaking[i].bytes[min(n, len(speaking[i].bytes)):]
		}
	}
	if len(came) == 0 {
		return nil
	}
	_, err := w.Write(resample(came, l.baud, l.hostSpeed(w)))
	return err
}

// join removes the utterances that have ended, and adds those that begin. A board does not interrupt itself; Say interrupts
// nobody, and nobody interrupts it.
func (l *Line) join(speaking []utterance) []utterance {
	speaking = slices.DeleteFunc(speaking, func(u utterance) bool { return len(u.bytes) == 0 })
	l.mu.Lock()
	before := len(speaking)
	var waiting []utterance
	for _, u := range l.queue {
		waits := slices.ContainsFunc(speaking, func(v utterance) bool {
			return u.from == nil || v.from == nil || u.from == v.from
		})
		switch {
		case u.plug != l.plug: // whoever was to hear it is gone
		case waits:
			waiting = append(waiting, u)
		default:
			speaking = append(speaking, u)
		}
	}
	l.queue = waiting
	l.mu.Unlock()
	for _, u := range speaking[before:] {
		l.show(Passed{At: time.Now(), Bytes: u.bytes})
	}
	return speaking
}

// mix is the combination of the next n bytes of all utterances.
func (l *Line) mix(speaking []utterance, n int) []byte {
	out := bytes.Repeat([]byte{0xFF}, n)
	for _, u := range speaking {
		for i, b := range u.bytes[:min(n, len(u.bytes))] {
			out[i] &= b
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.damage(out)
}
