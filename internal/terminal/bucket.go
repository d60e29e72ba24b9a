package terminal

import "time"

// bucket is a budget: so many at once, and one more after each while. Its zero value but for these is full.
type bucket struct {
	most  int
	every time.Duration
	until time.Time // when it is full again
}

// take takes one, if there is one.
func (b *bucket) take(now time.Time) bool {
	if b.until.Before(now) {
		b.until = now
	}
	if b.until.Sub(now) > time.Duration(b.most-1)*b.every {
		return false
	}
	b.until = b.until.Add(b.every)
	return true
}
