package locker

import "slices"

// beginSetup continues the commissioning in progress, or begins one as a copy of the plan.
func (d *decision) beginSetup() {
	if !d.s.Setup.Under {
		d.emit(SetupBegun{Session: d.s.Session.ID, Doors: d.s.plan.setup()})
	}
	d.move(StepSetup, NoticeNone, 0)
}

// setup handles the results of what the commissioning has asked of other parts.
func (d *decision) setup(in Input) {
	switch in := in.(type) {
	case SurveyEnded:
		d.surveyEnded(in)
	case InstallFailed:
		d.installFailed(in)
	}
}

// setupTapped is a button of the commissioning; tapped has made sure that it is on the screen.
func (d *decision) setupTapped(in Tapped) {
	n := d.s.Session
	switch in.Action {
	case ActionSetup:
		d.beginSetup()
	case ActionSurvey:
		d.emit(SetupSurveyAsked{Session: n.ID})
		d.move(StepSurvey, NoticeNone, 0)
	case ActionLayout:
		d.move(StepLayout, NoticeNone, 0)
	case ActionWire:
		d.takeLock(false, NoticeNone)
	case ActionRewire:
		if d.s.isSetupBoard(in.Board) {
			d.emit(SessionMoved{Session: n.ID, Step: StepRewire, Board: in.Board})
		}
	case ActionRewireYes:
		d.rewire(n.Board)
	case ActionSave:
		d.move(StepSave, NoticeNone, 0)
	case ActionSaveEmpty, ActionSaveAsIs:
		d.save(in.Action == ActionSaveEmpty)
	case ActionDiscard:
		d.move(StepDiscard, NoticeNone, 0)
	case ActionDiscardYes:
		d.emit(SetupEnded{Session: n.ID, Why: SetupDiscarded})
		d.move(StepMenu, NoticeNone, 0)
	case ActionUndo:
		d.move(StepUndo, NoticeNone, 0)
	case ActionUndoYes:
		d.emit(SetupEnded{Session: n.ID, Why: SetupUndoing})
		d.emit(SetupUndone{Session: n.ID, Technician: n.Technician})
		d.move(StepMenu, NoticeSaving, 0)
	default:
		d.pictureTapped(in)
	}
}

// pictureTapped is a button of the screens that show the picture.
func (d *decision) pictureTapped(in Tapped) {
	n, u := d.s.Session, &d.s.Setup
	switch in.Action {
	case ActionAddDoor:
		if d.s.rank(in.Size) >= 0 {
			d.emit(SetupDoorAdded{Session: n.ID, Door: d.s.nextNumber(), Size: in.Size, Column: u.Column})
			d.move(StepLayout, NoticeNone, 0)
		}
	case ActionAddColumn:
		d.emit(SetupColumnAdded{Session: n.ID, Column: u.Column + 1})
		d.move(StepLayout, NoticeNone, 0)
	case ActionRemoveDoor:
		d.emit(SetupDoorRemoved{Session: n.ID, Door: u.Doors[len(u.Doors)-1].Number})
		d.move(StepLayout, NoticeNone, 0)
	case ActionDoor:
		if p := u.door(in.Door); p != nil && p.Lock == (Lock{}) {
			d.named(in.Door)
		}
	case ActionOpen, ActionAgain:
		d.tryLock()
	case ActionNoneMoved:
		d.noneMoved()
	case ActionNoContact:
		d.noContact()
	case ActionNext:
		d.takeLock(true, NoticeNone)
	}
}

// nextNumber is the number of the next door: they are consecutive. A number under which a parcel still waits, although its
// door is no longer built, is skipped.
func (s *State) nextNumber() int {
	next := 1
	for _, p := range s.Setup.Doors {
		next = max(next, p.Number+1)
	}
	for s.holdsParcel(next) {
		next++
	}
	return next
}

// holdsParcel says that a door holds something for somebody.
func (s *State) holdsParcel(number int) bool {
	d := s.door(number)
	return d != nil && (d.Holds.Kind == Occupied || d.Holds.Kind == Reserved)
}

// rewire forgets, within the setup, which doors the locks of a board hold. Opening a lock from now on opens an unknown door,
// so no door of the board counts as empty any more; a recipient's parcel stays theirs.
func (d *decision) rewire(b Board) {
	known := d.s.contacts(b)
	d.emit(SetupBoardForgotten{Session: d.s.Session.ID, Bus: b.Bus, Board: b.Board})
	for _, x := range known {
		d.emit(SetupContact(x))
	}
	for _, p := range d.s.plan.Doors {
		if p.Lock.on() == b {
			d.doubt(p.Number, DoubtWired)
		}
	}
	d.move(StepSetup, NoticeNone, 0)
}

// isSetupBoard says that a board is one of those that the setup is about.
func (s *State) isSetupBoard(b Board) bool {
	return slices.ContainsFunc(s.setupBoards(), func(x SetupBoard) bool { return x.on() == b })
}

// contacts are the states of a board's contacts, as far as the states of their doors tell.
func (s *State) contacts(b Board) []SeenContact {
	var list []SeenContact
	for _, p := range s.plan.Doors {
		if is := s.door(p.Number).State; p.Lock.on() == b && is != Unknown && !s.anew(p.Number) {
			list = append(list, SeenContact{Lock: p.Lock, Contact: p.contact(is)})
		}
	}
	return list
}

// save has a setup put in force. It is in force once a run has begun with it: see wired.
func (d *decision) save(empty bool) {
	n, u := d.s.Session, d.s.Setup
	d.emit(SetupSaved{Session: n.ID, Technician: n.Technician, Doors: slices.Clone(u.Doors)})
	for _, number := range d.s.wiredHere() {
		switch {
		case empty:
			d.emit(DoorEmptied{Door: number, Proof: ProofTechnician, By: n.Technician})
		case u.door(number).Added:
			d.doubt(number, DoubtWired) // the number was another door's once
		}
	}
	d.move(StepSetup, NoticeSaving, 0)
}

// surveyEnded hears which boards there are.
func (d *decision) surveyEnded(in SurveyEnded) {
	if !d.s.Setup.Surveying {
		return
	}
	d.emit(SetupSurveyed(in))
	if d.s.Session.Step != StepSurvey {
		return
	}
	notice := NoticeFound
	if in.Failed != "" {
		notice = NoticeFailed
	}
	d.move(StepSetup, notice, 0)
}

// installFailed: nothing changes, and the technician is told if they are still there.
func (d *decision) installFailed(in InstallFailed) {
	d.emit(SetupFailed(in))
	d.rewired() // what was proven of doors was for other locks
	switch n := d.s.Session; n.Step {
	case StepSetup, StepMenu:
		d.move(n.Step, NoticeFailed, 0)
	}
}

// wired begins a run with the cabinet as it is wired now. A door with another lock than before is not proven empty: its
// number may now mean another compartment. A saved setup is over if the present wiring is its result.
func (d *decision) wired() {
	d.rewired()
	switch {
	case !d.s.Setup.Saved:
	case d.s.changed():
		d.emit(SetupFailed{Why: "lockerd began anew with another wiring"})
	default:
		d.emit(SetupEnded{Why: SetupInstalled})
	}
}

// rewired removes the proof of emptiness from doors with another lock than the one that the proof was for.
func (d *decision) rewired() {
	for _, p := range d.s.plan.Doors {
		was := d.s.door(p.Number).Lock
		if was == p.Lock {
			continue
		}
		d.emit(DoorWired{Door: p.Number, Lock: p.Lock})
		if was != (Lock{}) {
			d.doubt(p.Number, DoubtWired)
		}
	}
}

// setupActions are the buttons of the commissioning's screens.
func (s *State) setupActions() []Action {
	u := &s.Setup
	switch s.Session.Step {
	case StepSetup:
		return s.overviewActions()
	case StepLayout:
		list := []Action{ActionAddDoor}
		if slices.ContainsFunc(u.Doors, func(d SetupDoor) bool { return d.Column == u.Column }) {
			list = append(list, ActionAddColumn)
		}
		if n := len(u.Doors); n > 0 && u.Doors[n-1].Lock == (Lock{}) && !s.holdsParcel(u.Doors[n-1].Number) {
			list = append(list, ActionRemoveDoor)
		}
		return append(list, ActionBack)
	case StepWire:
		return u.Hand.wireActions()
	case StepWireClose:
		if u.Hand.Unlock == "" {
			return []Action{ActionNoContact, ActionAgain, ActionBack}
		}
		return []Action{ActionBack}
	case StepSave:
		switch {
		case !s.saveable():
		case len(s.wiredHere()) == 0: // there is nothing to have looked into
			return []Action{ActionSaveAsIs, ActionBack}
		default:
			return []Action{ActionSaveEmpty, ActionSaveAsIs, ActionBack}
		}
	case StepRewire:
		if !s.busy() && s.isSetupBoard(s.Session.Board) {
			return []Action{ActionRewireYes, ActionBack}
		}
	case StepDiscard:
		return []Action{ActionDiscardYes, ActionBack}
	case StepUndo:
		if s.plan.Undo && !s.busy() {
			return []Action{ActionUndoYes, ActionBack}
		}
	}
	return []Action{ActionBack}
}

func (h *SetupLock) wireActions() []Action {
	switch {
	case h.Unlock != "":
		return []Action{ActionDoor}
	case h.Tried:
		return []Action{ActionDoor, ActionNoneMoved, ActionAgain, ActionNext, ActionBack}
	}
	return []Action{ActionOpen, ActionNext, ActionBack}
}

func (s *State) overviewActions() []Action {
	var list []Action
	u, busy := &s.Setup, s.busy() || s.Setup.Surveying
	if !busy {
		list = append(list, ActionSurvey)
	}
	list = append(list, ActionLayout)
	if _, left := s.nextLock(Lock{}); left > 0 && u.unwired() && !busy {
		list = append(list, ActionWire)
	}
	if s.saveable() {
		list = append(list, ActionSave)
	}
	if !busy {
		list = append(list, ActionRewire, ActionDiscard)
	}
	if s.plan.Undo && !busy {
		list = append(list, ActionUndo)
	}
	return append(list, ActionBack)
}
