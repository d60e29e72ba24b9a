package lockboard

import (
	"context"
	"sync"
	"time"

	"lockerd/internal/locker"
)

// apart leads between the locks of doors and contacts that are read elsewhere: the rules know a door by its lock.
type apart struct {
	locks  map[locker.Lock]locker.Lock   // by contact
	places map[locker.Lock]locker.Lock   // by lock
	pulses map[locker.Lock]time.Duration // by lock

	mu      sync.Mutex             // over what follows
	unlocks map[string]locker.Lock // under way: the lock
}

// Elsewhere is a door's lock whose contact is read in another place.
type Elsewhere struct {
	Lock, Contact locker.Lock
	Pulse         time.Duration // of the lock
}

func newApart(elsewhere []Elsewhere) *apart {
	c := &apart{locks: make(map[locker.Lock]locker.Lock), places: make(map[locker.Lock]locker.Lock),
		pulses: make(map[locker.Lock]time.Duration), unlocks: make(map[string]locker.Lock)}
	for _, e := range elsewhere {
		c.locks[e.Contact], c.places[e.Lock], c.pulses[e.Lock] = e.Lock, e.Contact, e.Pulse
	}
	return c
}

// released notes a release, so that its contact is looked at when it has ended.
func (c *apart) released(r locker.Release) {
	if _, elsewhere := c.places[r.Lock]; elsewhere {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.unlocks[r.Unlock] = r.Lock
	}
}

// ended gives the contact of a lock that was released, and how long its pulse takes.
func (c *apart) ended(e locker.ReleaseEnded) (contact locker.Lock, pulse time.Duration, sent bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	lock, ours := c.unlocks[e.Unlock]
	delete(c.unlocks, e.Unlock)
	return c.places[lock], c.pulses[lock], ours && e.Sent
}

// told passes on what a line tells: of a contact elsewhere as of the lock of its door.
func (l *Lines) told(ctx context.Context, in locker.Input) error {
	switch e := in.(type) {
	case locker.LockSensed:
		if lock, elsewhere := l.apart.locks[e.Lock]; elsewhere {
			e.Lock = lock
			in = e
		}
	case locker.ReleaseEnded:
		if contact, pulse, sent := l.apart.ended(e); sent {
			if bus := l.Bus(contact.Bus); bus != nil {
				bus.Attend(contact, time.Now().Add(pulse))
			}
		}
	}
	return l.tell(ctx, in)
}
