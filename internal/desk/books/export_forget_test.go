package books

import "time"

// SetClock has books believe another time.
func SetClock(b *Books, clock func() time.Time) { b.clock = clock }
