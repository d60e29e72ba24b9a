package cabinet

import (
	"slices"

	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
)

// Place is where a door's contact is read, if not at its lock: for relays without inputs, by a board that has them.
type Place struct {
	Bus     string `toml:"bus"`
	Board   int    `toml:"board"`
	Channel int    `toml:"channel"`
}

func (p *Place) lock() locker.Lock {
	if p == nil {
		return locker.Lock{}
	}
	return locker.Lock{Bus: p.Bus, Board: p.Board, Channel: p.Channel}
}

// boardAt is the board of a lock or a contact.
func (c *Config) boardAt(l locker.Lock) (lockboard.BoardConfig, bool) {
	for _, b := range c.Buses {
		for _, k := range b.Lockboard().Boards {
			if b.Name == l.Bus && k.Address == l.Board {
				return k, true
			}
		}
	}
	return lockboard.BoardConfig{}, false
}

// readsContacts says whether doors have their contacts on a board that may hold no door's lock.
func (c *Config) readsContacts(bus string, board int) bool {
	return slices.ContainsFunc(c.Doors, func(d Door) bool {
		return d.Contact != nil && d.Contact.Bus == bus && d.Contact.Board == board
	})
}

// contactOf is the place of the contact of a door that was set up again: unchanged, if its lock is.
func (c *Config) contactOf(d locker.SetupDoor) *Place {
	for _, was := range c.Doors {
		if was.Number == d.Number && d.Lock == (locker.Lock{Bus: was.Bus, Board: was.Board, Channel: was.Channel}) {
			return was.Contact
		}
	}
	return nil
}

// validateContact reports what is wrong with a contact that is read elsewhere. taken are the doors by lock or contact.
func (c *Config) validateContact(d Door, taken map[locker.Lock]int, bad func(string, ...any)) {
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
