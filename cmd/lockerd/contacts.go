package main

import (
	"context"
	"slices"
	"sync"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
)

// place is where a door's contact is read, where that is not at its lock: relays without inputs, and a board that has them.
type place struct {
	Bus     string `toml:"bus"`
	Board   int    `toml:"board"`
	Channel int    `toml:"channel"`
}

func (p *place) lock() locker.Lock {
	if p == nil {
		return locker.Lock{}
	}
	return locker.Lock{Bus: p.Bus, Board: p.Board, Channel: p.Channel}
}

// contacts lead between the locks of doors and contacts that are read elsewhere: the rules know a door by its lock.
type contacts struct {
	locks  map[locker.Lock]locker.Lock   // by contact
	places map[locker.Lock]locker.Lock   // by lock
	pulses map[locker.Lock]time.Duration // by lock

	mu      sync.Mutex             // over what follows
	unlocks map[string]locker.Lock // under way: the lock
}

func newContacts(cfg *config) *contacts {
	c := &contacts{locks: make(map[locker.Lock]locker.Lock), places: make(map[locker.Lock]locker.Lock),
		pulses: make(map[locker.Lock]time.Duration), unlocks: make(map[string]locker.Lock)}
	for _, d := range cfg.Doors {
		if d.Contact == nil {
			continue
		}
		p := cfg.doorPlan(d)
		c.locks[p.Contact], c.places[p.Lock] = p.Lock, p.Contact
		if k, ok := cfg.boardAt(p.Lock); ok {
			c.pulses[p.Lock] = k.PulseTime()
		}
	}
	return c
}

// released notes a release, so that its contact is looked at when it has ended.
func (c *contacts) released(r locker.Release) {
	if _, elsewhere := c.places[r.Lock]; elsewhere {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.unlocks[r.Unlock] = r.Lock
	}
}

// ended gives the contact of a lock that was released, and how long its pulse takes.
func (c *contacts) ended(e locker.ReleaseEnded) (contact locker.Lock, pulse time.Duration, sent bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	lock, ours := c.unlocks[e.Unlock]
	delete(c.unlocks, e.Unlock)
	return c.places[lock], c.pulses[lock], ours && e.Sent
}

// told passes on what a line tells: of a contact elsewhere as of the lock of its door.
func (l *lines) told(ctx context.Context, in locker.Input) error {
	switch e := in.(type) {
	case locker.LockSensed:
		if lock, elsewhere := l.contacts.locks[e.Lock]; elsewhere {
			e.Lock = lock
			in = e
		}
	case locker.ReleaseEnded:
		if contact, pulse, sent := l.contacts.ended(e); sent {
			if bus := l.bus(contact.Bus); bus != nil {
				bus.Attend(contact, time.Now().Add(pulse))
			}
		}
	}
	return l.tell(ctx, in)
}

// boardAt is the board of a lock or a contact.
func (c *config) boardAt(l locker.Lock) (lockboard.BoardConfig, bool) {
	for _, b := range c.Buses {
		for _, k := range b.lockboard().Boards {
			if b.Name == l.Bus && k.Address == l.Board {
				return k, true
			}
		}
	}
	return lockboard.BoardConfig{}, false
}

// readsContacts says whether doors have their contacts on a board that may hold no lock of a door.
func (c *config) readsContacts(bus string, board int) bool {
	return slices.ContainsFunc(c.Doors, func(d door) bool {
		return d.Contact != nil && d.Contact.Bus == bus && d.Contact.Board == board
	})
}

// contactOf is where the contact of a door is read that was set up again: where it was, if its lock is the same.
func (c *config) contactOf(d locker.SetupDoor) *place {
	for _, was := range c.Doors {
		if was.Number == d.Number && d.Lock == (locker.Lock{Bus: was.Bus, Board: was.Board, Channel: was.Channel}) {
			return was.Contact
		}
	}
	return nil
}

// validateContact says what is wrong with a contact that is read elsewhere. taken are the doors by what they hold.
func (c *config) validateContact(d door, taken map[locker.Lock]int, bad func(string, ...any)) {
	if d.Contact == nil {
		return
	}
	p := d.Contact.lock()
	k, there := c.boardAt(p)
	own, _ := c.boardAt(locker.Lock{Bus: d.Bus, Board: d.Board, Channel: d.Channel})
	switch other, used := taken[p]; {
	case !there:
		bad("door %d: contact: bus %q has no board %d", d.Number, p.Bus, p.Board)
	case p.Channel < 1 || p.Channel > k.Locks:
		bad("door %d: contact: board %d has %d locks, not %d", d.Number, p.Board, k.Locks, p.Channel)
	case k.Blind(p.Channel):
		bad("door %d: contact: board %d of bus %q reads none at lock %d", d.Number, p.Board, p.Bus, p.Channel)
	case used:
		bad("door %d: contact: lock %s is that of door %d", d.Number, p, other)
	case !own.Blind(d.Channel):
		bad("door %d has two contacts: say without_contact = [%d] of board %d, or contact = \"none\"", d.Number, d.Channel, d.Board)
	}
	taken[p] = d.Number
}
