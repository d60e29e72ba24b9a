package locker

import "slices"

// techTapped is a technician's button; tapped has made sure that it is on the screen.
func (d *decision) techTapped(in Tapped) {
	n := d.s.Session
	switch n.Step {
	case StepInventory, StepInventoryDoor:
		d.inventoryTapped(in.Action)
		return
	case StepWire, StepWireClose:
		d.setupTapped(in)
		return
	}
	switch in.Action {
	case ActionDoors:
		d.move(StepDoors, NoticeNone, 0)
	case ActionDoor:
		if _, built := d.s.planned(in.Door); built {
			d.move(StepDoor, NoticeNone, in.Door)
		}
	case ActionOpen:
		d.techOpen()
	case ActionBlock:
		d.move(StepBlock, NoticeNone, n.Door)
	case ActionReason:
		if slices.Contains(BlockReasons(), in.Reason) {
			d.setAside(n.Door, in.Reason, d.technician())
			d.move(StepDoor, NoticeNone, n.Door)
		}
	case ActionUnblock:
		d.emit(DoorUnblocked{Door: n.Door, By: d.technician()})
		d.move(StepDoor, NoticeNone, n.Door)
	case ActionEmpty:
		if n.Step == StepTested {
			d.testedEmpty()
			return
		}
		d.inspected(Inspected{Doors: []int{n.Door}, By: n.Technician})
		d.move(StepDoor, NoticeNone, n.Door)
	case ActionSelfTest:
		d.move(StepTest, NoticeNone, 0)
		d.testNext()
	case ActionSkip:
		d.tested(TestSkipped, TestNotClosed)
	case ActionOccupied:
		d.setAside(n.Door, BlockOccupied, d.technician())
		d.tested(TestOccupied, TestOccupied)
	case ActionScans:
		d.move(StepScans, NoticeNone, 0)
	case ActionLines:
		d.move(StepLines, NoticeNone, 0)
	case ActionLog:
		d.move(StepLog, NoticeNone, 0)
	case ActionPhotos:
		d.move(StepPhotos, NoticeNone, 0)
	case ActionAbout:
		d.move(StepAbout, NoticeNone, 0)
	case ActionClockRight:
		d.clockRight()
	default:
		d.techService(in)
	}
}

// techService is a button about many doors, or about the wiring.
func (d *decision) techService(in Tapped) {
	switch in.Action {
	case ActionItOpened:
		d.saidOpen(d.technician())
		d.move(StepDoor, NoticeNone, d.s.Session.Door)
	case ActionInventory:
		d.move(StepInventory, NoticeNone, 0)
	case ActionOpenEmpty:
		d.move(StepOpenEmpty, NoticeNone, 0)
	case ActionOpenEmptyYes:
		d.startSequence(SequenceEmpty, "")
	case ActionOpenAll:
		d.move(StepOpenAll, NoticeNone, 0)
	case ActionOpenAllYes:
		d.move(StepSecondPIN, NoticeNone, 0) // it takes two
	case ActionStop:
		if d.s.Session.Step == StepTest {
			d.stopTest()
			return
		}
		d.endSequence(SequenceStopped)
	default:
		d.setupTapped(in)
	}
}

func (d *decision) technician() string { return "technician:" + d.s.Session.Technician }

// techOpen opens a door for a technician, whether or not it is in order: they have come to see to it.
func (d *decision) techOpen() {
	n := d.s.Session
	if d.s.silent(n.Door) || d.s.anew(n.Door) {
		d.move(StepDoor, NoticeDoorSilent, n.Door)
		return
	}
	d.move(StepDoor, d.unlock(n.Door, UnlockRequested{Why: WhyTech, Session: n.ID}), n.Door)
}

// techActions are the buttons of a technician's screens.
func (s *State) techActions() []Action {
	n := s.Session
	door := s.door(n.Door)
	switch n.Step {
	case StepMenu:
		return s.menuActions()
	case StepDoors:
		return []Action{ActionDoor, ActionBack}
	case StepDoor:
		return s.doorActions(door)
	case StepBlock:
		return []Action{ActionReason, ActionBack}
	case StepTest:
		if door != nil && door.Unlock.ID == "" {
			return []Action{ActionSkip, ActionOccupied, ActionStop}
		}
		return []Action{ActionStop}
	case StepTested:
		return []Action{ActionEmpty, ActionBack}
	case StepInventory:
		return []Action{ActionInventoryYes, ActionBack}
	case StepInventoryDoor:
		return s.inventoryActions(door)
	case StepOpenEmpty:
		return []Action{ActionOpenEmptyYes, ActionBack}
	case StepOpenAll:
		return []Action{ActionOpenAllYes, ActionBack}
	case StepSequence:
		if s.Sequence.running() {
			return []Action{ActionStop}
		}
		return []Action{ActionBack}
	case StepSetup, StepSurvey, StepLayout, StepWire, StepWireClose, StepSave, StepRewire, StepDiscard, StepUndo:
		return s.setupActions()
	case StepTechPIN, StepTechCode, StepNewPIN, StepNewPINAgain, StepNewCode, StepSecondPIN, StepSecondCode, StepScans,
		StepLines, StepLog, StepPhotos, StepInventoryOver:
		return []Action{ActionBack}
	case StepAbout:
		if !s.Known || !s.Doubted.IsZero() {
			return []Action{ActionClockRight, ActionBack}
		}
		return []Action{ActionBack}
	}
	return nil
}

// menuActions are the choices of the menu. Choices for chiefs are not offered to others.
func (s *State) menuActions() []Action {
	list := []Action{ActionDoors, ActionSelfTest, ActionInventory, ActionOpenEmpty}
	if s.chief() && s.enrolledBut(s.Session.Technician) {
		list = append(list, ActionOpenAll)
	}
	if s.chief() {
		list = append(list, ActionSetup)
	}
	return append(list, ActionScans, ActionLines, ActionLog, ActionPhotos, ActionAbout, ActionSignOut, ActionLanguage)
}

func (s *State) doorActions(door *Door) []Action {
	if door.Unlock.ID != "" {
		return []Action{ActionBack}
	}
	theirs := s.chief() || !s.holdsParcel(door.Number)
	var list []Action
	if theirs {
		list = append(list, ActionOpen)
	}
	if door.Blocked != "" {
		list = append(list, ActionUnblock)
	} else {
		list = append(list, ActionBlock)
	}
	if door.unseen() && door.Last.Session == s.Session.ID {
		list = append(list, ActionItOpened)
	}
	p := s.parcel(door.Holds.Parcel)
	if theirs && door.tellable() && door.Holds.Kind != Empty && (p == nil || p.overdue() || p.State == ParcelToGo || p.State == ParcelHeld) {
		list = append(list, ActionEmpty)
	}
	return append(list, ActionBack)
}

// techBack leads up one screen.
func (d *decision) techBack() {
	n := d.s.Session
	switch n.Step {
	case StepDoor:
		d.move(StepDoors, NoticeNone, 0)
	case StepBlock:
		d.move(StepDoor, NoticeNone, n.Door)
	case StepSurvey, StepLayout, StepWire, StepSave, StepRewire, StepDiscard, StepUndo:
		d.move(StepSetup, NoticeNone, 0)
	case StepWireClose:
		d.move(StepWire, NoticeNone, 0)
	default:
		d.move(StepMenu, NoticeNone, 0)
	}
}

// viewService is what technicians see, and what lamp and buzzer do.
func (s *State) viewService(v *View, now Now) {
	signedIn, _ := s.plan.technician(s.Session.Technician)
	v.Technician = signedIn.Name
	if e := s.enrolment(s.Session.Enrolling); e != nil {
		enrolling, _ := s.plan.technician(e.Technician)
		v.Enrolling = enrolling.Name
	}
	if s.Session.Technician != "" {
		v.Details, v.Tests = s.details(), slices.Clone(s.Session.Tests)
		v.Faults = s.faults(now, nil)
		v.Sequence, v.Inventory, v.Setup = s.sequenceView(), s.inventoryView(), s.setupView()
		v.Photos = slices.Clone(s.Photos)
		slices.Reverse(v.Photos)
	}
	if s.Session.Step == StepAbout {
		v.Clock = now.Read
	}
	v.Lamp = v.Session
	v.Buzzer = slices.Contains(s.Switches, SwitchTamper)
	for turn := s.nextAwake(0); turn >= 0; turn = s.nextAwake(turn + 1) {
		d := s.at(turn)
		v.Lamp = v.Lamp || d.State == Open
		// From the warning until the report to the operator; somebody who has not heard it by then is not there.
		after := s.plan.Times.DoorWarn
		v.Buzzer = v.Buzzer || !d.LeftOpen && d.urges(now, after) && (d.Number != s.Session.Door || now.Up >= d.Since+after)
	}
}

func (s *State) details() []DoorDetail {
	var list []DoorDetail
	for _, p := range s.plan.Doors {
		d := s.door(p.Number)
		detail := DoorDetail{Number: d.Number, State: d.State, Evidence: d.Evidence, Holds: d.Holds.Kind, Why: d.Holds.Why,
			Tracking: d.Holds.Tracking, Blocked: d.Blocked, BlockedBy: d.BlockedBy, Failed: d.Failed,
			Opening: d.Unlock.ID != "", Silent: s.silent(p.Number), Blind: p.Blind,
			Presence: d.Presence, Findings: s.findingsOf(p.Number)}
		if parcel := s.parcel(d.Holds.Parcel); parcel != nil {
			detail.Tracking = parcel.Tracking
		}
		list = append(list, detail)
	}
	return list
}

// DoorDetail is what is known of a door, for a technician.
type DoorDetail struct {
	Number    int
	State     DoorState
	Evidence  Evidence
	Holds     Holding
	Why       Doubt  // of Doubtful
	Tracking  string // of the parcel that lies, or may lie, there
	Blocked   BlockReason
	BlockedBy string
	Failed    int // unlocks in a row that did not open it
	Opening   bool
	Silent    bool // its board does not answer
	Blind     bool // its lock has no contact
	Presence  Presence
	Findings  []Finding
}
