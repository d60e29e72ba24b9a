package locker

// PresenceSensed is a debounced word of a presence sensor that differs from the one told before (or is the first one).
type PresenceSensed struct {
	Lock     Lock
	Present  bool
	Evidence Evidence
}

func (PresenceSensed) input() {}
