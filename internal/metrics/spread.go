package metrics

import (
	"slices"
	"sync"
	"time"
)

// spread is how often values fell between bounds: a histogram.
type spread struct {
	bounds []float64 // upper ones, in seconds
	counts []uint64  // one more than bounds: the last is of what lies beyond
	sum    float64
}

// times is a spread of durations that anybody may add to.
type times struct {
	mu sync.Mutex
	s  spread
}

func newTimes(bounds ...float64) *times {
	return &times{s: spread{bounds: bounds, counts: make([]uint64, len(bounds)+1)}}
}

func (t *times) add(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	i, _ := slices.BinarySearch(t.s.bounds, d.Seconds())
	t.s.counts[i]++
	t.s.sum += d.Seconds()
}

func (t *times) spread() spread {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.s
	s.counts = slices.Clone(s.counts)
	return s
}
