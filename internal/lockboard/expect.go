package lockboard

import (
	"time"

	"lockerd/internal/locker"
)

// expectFor is how long a query waits for a release that is being written down: as long as two syncs of a slow eMMC take
// (30 ms each). What takes longer finds the line in use, as it would have.
const expectFor = 100 * time.Millisecond

// Expect says that a release follows as soon as it is written down. No query begins meanwhile that it would have to wait for.
// Nothing is sent for it, and nobody has to take it back: where no release comes, the line goes on by itself.
func (b *Bus) Expect() { b.expect(time.Now().Add(expectFor)) }

func (b *Bus) expect(until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = until
}

// held is until when a query waits that was due at a time. However many releases are announced, it waits no longer than for one.
func (b *Bus) held(due time.Time) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return earlier(b.expected, due.Add(expectFor))
}

// Expect tells a lock's line that a release of it follows.
func (l *Lines) Expect(at locker.Lock) {
	if bus := l.Bus(at.Bus); bus != nil {
		bus.Expect()
	}
}
