package sim

import "time"

// Noise flips each bit on the line with the given probability.
func (l *Line) Noise(rate float64) { l.change(func(t *Trouble) { t.Noise = rate }) }

// Echo has the host's adapter give back what it sends.
func (l *Line) Echo(on bool) {
	l.change(func(t *Trouble) {
		if t.Echo = 0; on {
			t.Echo = 1
		}
	})
}

// Late delays every answer.
func (l *Line) Late(d time.Duration) { l.change(func(t *Trouble) { t.Late, t.LateBy = 1, d }) }

// Twist changes every answer on its way; nil ends it. See Half.
func (l *Line) Twist(f func([]byte) []byte) { l.change(func(t *Trouble) { t.Twist = f }) }

// CutSensor cuts the wire to a lock's contact, which then is never shorted, or mends it.
func (l *Line) CutSensor(board, channel int, cut bool) {
	l.Contact(board, channel, Contact{Cut: cut})
}

func (l *Line) change(f func(*Trouble)) {
	l.set(func() {
		f(&l.trouble)
		l.spared = l.spare()
	})
}
