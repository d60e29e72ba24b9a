package lockboard

import (
	"sync"
	"time"

	"lockerd/internal/locker"
)

// mailboxSize is how many releases may wait for one line. A person asks for one door; a queue of this length is a
// fault.
const mailboxSize = 16

// letter is a release, since when it waits and until when it may leave.
type letter struct {
	locker.Release
	since, until time.Time
}

// mailbox is where releases wait for the line. Handing one in never blocks, and none is lost: one that finds it full is
// kept as refused until that has been told.
type mailbox struct {
	wake chan struct{} // of size 1: something has come

	mu      sync.Mutex
	waiting []letter
	refused []string // unlock ids
}

func newMailbox() *mailbox { return &mailbox{wake: make(chan struct{}, 1)} }

// put hands a release in.
func (m *mailbox) put(r locker.Release, now time.Time) {
	m.mu.Lock()
	if len(m.waiting) < mailboxSize {
		m.waiting = append(m.waiting, letter{r, now, r.Until})
	} else {
		m.refused = append(m.refused, r.Unlock)
	}
	m.mu.Unlock()
	m.ring()
}

// ring wakes the owner.
func (m *mailbox) ring() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// first gives the oldest release.
func (m *mailbox) first() (l letter, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.waiting) == 0 {
		return letter{}, false
	}
	return m.waiting[0], true
}

// drop takes out what first gave. The owner alone takes things out, so it is still the oldest.
func (m *mailbox) drop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waiting = m.waiting[1:]
}

// dead takes out everything that will never be sent: what found the mailbox full, and what has waited too long.
func (m *mailbox) dead(now time.Time) (refused, overdue []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	refused, m.refused = m.refused, nil
	kept := m.waiting[:0:0]
	for _, l := range m.waiting {
		if now.Before(l.until) {
			kept = append(kept, l)
		} else {
			overdue = append(overdue, l.Unlock)
		}
	}
	m.waiting = kept
	return refused, overdue
}

// next says when the first release will be overdue.
func (m *mailbox) next() (first time.Time, any bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.waiting {
		if !any || l.until.Before(first) {
			first, any = l.until, true
		}
	}
	return first, any
}
