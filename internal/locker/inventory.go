package locker

import (
	"slices"
	"time"
)

// An inventory is a walk from door to door: what the books say of each is held against what somebody finds who stands there. It
// opens every door by an ordinary unlock, and what it proves it proves by the rules of a technician's look.

// Found is what somebody found behind a door, or why nobody looked.
type Found string

// What may be found.
const (
	FoundEmpty  Found = "empty"
	FoundParcel Found = "parcel"
	FoundOther  Found = "something" // that is no parcel

	FoundNotOpened   Found = "not_opened"  // it did not open
	FoundNotShut     Found = "not_shut"    // it was left open, or its contact says so
	FoundUnreachable Found = "unreachable" // its board does not answer, or nothing was sent
	FoundForOthers   Found = "for_others"  // a parcel waits there, and whoever walks may not open its door
	FoundNotWalked   Found = "not_walked"  // the walk ended before it
)

// looked says that somebody saw what is behind the door.
func (f Found) looked() bool { return f == FoundEmpty || f == FoundParcel || f == FoundOther }

// InventoryEnd is why an inventory is over.
type InventoryEnd string

// Ends of inventories.
const (
	InventoryDone    InventoryEnd = "done"
	InventoryStopped InventoryEnd = "stopped" // by the technician, or since the machine stood still
	InventoryLeft    InventoryEnd = "session" // the technician's session is over
)

// Still names a photo by its file and the SHA-256 of that, sealed as it lies on the disk.
type Still struct {
	Photo  string `json:"photo"`
	SHA256 string `json:"sha256"` // hex
}

// Counted is a door of an inventory: what the books said of it before it was opened, and what was found.
type Counted struct {
	Door     int     `json:"door"`
	Believed Holding `json:"believed"`
	Why      Doubt   `json:"doubt,omitempty"`    // about what is in it
	Parcel   string  `json:"parcel,omitempty"`   // that the books say is in it
	Tracking string  `json:"tracking,omitempty"` // of that, or of one that may be
	Found    Found   `json:"found"`
	Unseen   bool    `json:"unseen,omitempty"`  // its contact did not show that it opened: it is the word of whoever stood there alone
	Differs  bool    `json:"differs,omitempty"` // the books said otherwise
	Stills   []Still `json:"stills,omitempty"`
}

// Inventory is the walk that is under way, or was the newest in this session.
type Inventory struct {
	ID      string       `json:"id,omitempty"`
	By      string       `json:"by,omitempty"` // the technician's id
	Began   time.Time    `json:"began,omitzero"`
	Known   bool         `json:"known,omitempty"` // Began is by a clock that was known to be right
	Left    []int        `json:"left,omitempty"`  // doors still to come
	At      Counted      `json:"at,omitzero"`     // the door that is being looked into; its Found is still empty
	Counted []Counted    `json:"counted,omitempty"`
	Ended   InventoryEnd `json:"ended,omitempty"`
}

func (x Inventory) clone() Inventory { x.Counted = slices.Clone(x.Counted); return x }

func (x *Inventory) running() bool { return x.ID != "" && x.Ended == "" }

// differences are how many doors differ from the books.
func differences(doors []Counted) (n int) {
	for i := range doors {
		if doors[i].Differs {
			n++
		}
	}
	return n
}

// believed is what the books say of a door now.
func (s *State) believed(number int) Counted {
	h := s.door(number).Holds
	c := Counted{Door: number, Believed: h.Kind, Why: h.Why, Parcel: h.Parcel, Tracking: h.Tracking}
	if p := s.parcel(h.Parcel); p != nil {
		c.Tracking = p.Tracking
	}
	return c
}

// differs says that what was found is not what the books said. Of a door in doubt they said nothing.
func (c Counted) differs() bool {
	switch c.Believed {
	case Occupied:
		return c.Found == FoundEmpty || c.Found == FoundOther
	case Empty, Collected:
		return c.Found == FoundParcel || c.Found == FoundOther
	case Reserved, Doubtful:
	}
	return false
}

// startInventory begins the walk.
func (d *decision) startInventory() {
	n := d.s.Session
	doors := make([]int, 0, len(d.s.plan.Doors))
	for i := range d.s.plan.Doors {
		doors = append(doors, d.s.plan.Doors[i].Number)
	}
	d.emit(InventoryStarted{Inventory: d.id("i"), Session: n.ID, By: n.Technician, Doors: doors})
	d.inventoryNext()
}

// inventoryNext opens the next door. A door with somebody's parcel is for chiefs alone, as everywhere.
func (d *decision) inventoryNext() {
	for x := &d.s.Inventory; x.running(); x = &d.s.Inventory {
		if len(x.Left) == 0 {
			d.endInventory(InventoryDone)
			d.move(StepInventoryOver, NoticeNone, 0)
			return
		}
		number := x.Left[0]
		door, at := d.s.door(number), d.s.believed(number)
		switch {
		case !d.s.chief() && d.s.holdsParcel(number):
			at.Found = FoundForOthers
		case d.s.silent(number) || d.s.anew(number) || door.Unlock.ID != "" || door.Holds.Kind == Reserved:
			at.Found = FoundUnreachable
		case door.State == Open:
			at.Found = FoundNotShut
		case d.unlock(number, UnlockRequested{Why: WhyTech, Session: d.s.Session.ID}) == NoticeNone:
			d.move(StepInventoryDoor, NoticeNone, number)
			return
		default:
			at.Found = FoundUnreachable
		}
		d.emit(DoorCounted{Inventory: x.ID, Session: d.s.Session.ID, Counted: at})
	}
}

// inventoryActions are the buttons at a door. What is behind it can be said once it is shut again: while it stands open, something
// may still be put in.
func (s *State) inventoryActions(door *Door) []Action {
	switch {
	case door == nil || door.Unlock.ID != "":
		return []Action{ActionStop}
	case door.State == Open:
		return []Action{ActionSkip, ActionStop}
	case s.sawOpen():
		return []Action{ActionEmpty, ActionParcel, ActionOther, ActionStop}
	}
	return []Action{ActionEmpty, ActionParcel, ActionOther, ActionSkip, ActionStop} // nobody else can tell whether it opened
}

// inventoryTapped is a button of the walk.
func (d *decision) inventoryTapped(a Action) {
	found := map[Action]Found{ActionEmpty: FoundEmpty, ActionParcel: FoundParcel, ActionOther: FoundOther, ActionSkip: FoundNotOpened}[a]
	switch {
	case a == ActionInventoryYes:
		d.startInventory()
	case a == ActionStop:
		d.stopInventory()
	case d.s.door(d.s.Session.Door).State == Open:
		d.counted(FoundNotShut)
		d.inventoryNext()
	default:
		if n := d.s.Session; !n.Late && d.now.Up-max(n.Moved, d.s.pushedShut()) > 2*stoodFor {
			d.emit(SessionKept{Session: n.ID, Late: true}) // it may be anybody's word, as of a courier's look, and so is all that follows
		}
		d.counted(found)
		d.inventoryNext()
	}
}

// counted records what was found behind the door at hand, and what follows. That a door is empty counts as a technician's look where
// its contact has shown that it opened, and where nobody has gone on after long; something that the books know nothing of takes it out of
// service.
func (d *decision) counted(found Found) {
	x, n := d.s.Inventory, d.s.Session
	at := x.At
	at.Found, at.Unseen = found, found.looked() && !d.s.sawOpen()
	at.Differs = at.differs()
	d.emit(DoorCounted{Inventory: x.ID, Session: n.ID, Counted: at})
	p := d.s.parcel(d.s.door(at.Door).Holds.Parcel)
	waits := p != nil && p.State != ParcelTaken && p.State != ParcelReturned
	switch {
	case found == FoundEmpty && !at.Unseen && !n.Late && d.s.refusalToLook(at.Door, true) == "":
		d.inspected(Inspected{Doors: []int{at.Door}, By: n.Technician})
	case (found == FoundParcel || found == FoundOther) && !waits:
		d.setAside(at.Door, BlockOccupied, d.technician())
	}
}

// inventoryFailed asks about a door that did not open, as far as anybody can tell: whoever stands there sees whether it did. The next
// one opens only for their touch, since they may have gone.
func (d *decision) inventoryFailed() { d.move(StepInventoryDoor, NoticeNotOpened, d.s.Session.Door) }

// stopInventory leaves the doors that are still to come as they are.
func (d *decision) stopInventory() {
	if x := &d.s.Inventory; x.At.Door != 0 && x.At.Door == d.s.Session.Door {
		found := FoundNotWalked
		if d.s.door(x.At.Door).State == Open {
			found = FoundNotShut
		}
		d.counted(found)
	}
	d.endInventory(InventoryStopped)
	d.move(StepInventoryOver, NoticeNone, 0)
}

// endInventory writes the result: one record with every door.
func (d *decision) endInventory(why InventoryEnd) {
	x := d.s.Inventory
	if !x.running() {
		return
	}
	doors := slices.Clone(x.Counted)
	if x.At.Door != 0 {
		x.At.Found = FoundNotWalked
		doors = append(doors, x.At)
	}
	for _, number := range x.Left {
		at := d.s.believed(number)
		at.Found = FoundNotWalked
		doors = append(doors, at)
	}
	d.emit(InventoryEnded{Inventory: x.ID, Session: d.s.Session.ID, By: x.By, Why: why, Began: x.Began, BeganKnown: x.Known,
		Differences: differences(doors), Doors: doors})
}

// inventoryView is what a screen shows of it.
func (s *State) inventoryView() InventoryView {
	x := s.Inventory
	switch s.Session.Step {
	case StepInventory:
		return InventoryView{Total: len(s.plan.Doors)}
	case StepInventoryDoor, StepInventoryOver:
		v := InventoryView{Total: len(x.Counted) + len(x.Left), Done: len(x.Counted), Differences: differences(x.Counted), Ended: x.Ended}
		if x.At.Door != 0 {
			v.Total++
		}
		if x.Ended != "" {
			v.Counted = slices.Clone(x.Counted)
		}
		return v
	}
	return InventoryView{}
}

// InventoryView is a walk from door to door.
type InventoryView struct {
	Total, Done int
	Differences int
	Ended       InventoryEnd // empty while it is under way
	Counted     []Counted    // once it is over
}
