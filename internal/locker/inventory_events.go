package locker

import (
	"slices"
	"time"
)

// InventoryStarted says that somebody walks from door to door, to see what is behind them.
type InventoryStarted struct {
	Inventory string `json:"inventory"`
	Session   string `json:"session"`
	By        string `json:"by"` // the technician's id
	Doors     []int  `json:"doors"`
}

// Kind is "inventory.started".
func (InventoryStarted) Kind() string { return "inventory.started" }

// DoorCounted says what was found behind a door of an inventory.
type DoorCounted struct {
	Inventory string `json:"inventory"`
	Session   string `json:"session"`
	Counted
}

// Kind is "inventory.door".
func (DoorCounted) Kind() string { return "inventory.door" }

// InventoryEnded is the report of an inventory: every door, what the books said, and what was found. Its record, signed by the
// cabinet, is what `lockerd report` exports.
type InventoryEnded struct {
	Inventory   string       `json:"inventory"`
	Session     string       `json:"session"`
	By          string       `json:"by"` // the technician's id
	Why         InventoryEnd `json:"why" enum:"done,stopped,session"`
	Began       time.Time    `json:"began"`
	BeganKnown  bool         `json:"began_known"` // by a clock that was known to be right
	Differences int          `json:"differences"` // of doors from the books
	Doors       []Counted    `json:"doors"`
}

// Kind is "inventory.ended".
func (InventoryEnded) Kind() string { return "inventory.ended" }

func (s *State) applyInventory(r Record, e Event) {
	x := &s.Inventory
	switch e := e.(type) {
	case InventoryStarted:
		s.touch(e.Session, r)
		*x = Inventory{ID: e.Inventory, By: e.By, Began: r.At, Known: r.Known, Left: slices.Clone(e.Doors)}
	case DoorCounted:
		s.touch(e.Session, r)
		if e.Inventory != x.ID {
			return
		}
		x.Left = without(x.Left, func(n int) bool { return n == e.Door })
		x.Counted, x.At = append(x.Counted, e.Counted), Counted{}
	case InventoryEnded:
		s.touch(e.Session, r)
		x.Left, x.At, x.Ended, x.Counted = nil, Counted{}, e.Why, slices.Clone(e.Doors)
	}
}

// inventoryOpening notes what the books say of a door that is about to be opened for a walk: its unlock takes the proof away.
func (s *State) inventoryOpening(door int) {
	if x := &s.Inventory; x.running() && len(x.Left) > 0 && x.Left[0] == door {
		x.At, x.Left = s.believed(door), without(x.Left, func(n int) bool { return n == door })
	}
}

// inventoryStill notes a still that was taken of a door of the walk. One that comes after the end is in the journal alone.
func (s *State) inventoryStill(e PhotoKept) {
	x := &s.Inventory
	if !x.running() || e.Moment != MomentInventory {
		return
	}
	still := Still{Photo: e.Photo, SHA256: e.SHA256}
	if x.At.Door == e.Door {
		x.At.Stills = append(slices.Clip(x.At.Stills), still)
		return
	}
	for i := range x.Counted {
		if c := &x.Counted[i]; c.Door == e.Door {
			c.Stills = append(slices.Clip(c.Stills), still)
		}
	}
}
