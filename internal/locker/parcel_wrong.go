package locker

// Rare answers, and those that contradict what the contacts saw, are behind one question: what is wrong with this door? So
// no single touch gives them.

// seenOpen says that the door in use opened for the person at the kiosk, as far as its contact tells.
func (s *State) seenOpen(door *Door) bool {
	p := s.parcel(s.Session.Parcel)
	return door.State == Open || door.Holds.Kind == Collected || s.visits(door.Number) || p != nil && p.State == ParcelDropping && p.Opened
}

// pickupActions are the buttons while the recipient stands before the door.
func (s *State) pickupActions(door *Door) []Action {
	if s.seenOpen(door) {
		return []Action{ActionWrong, ActionLanguage}
	}
	return []Action{ActionNotOpen, ActionLanguage}
}

// dropActions are the buttons while the courier stands before the door.
func (s *State) dropActions(door *Door) []Action {
	var list []Action
	if p := s.parcel(s.Session.Parcel); p != nil && p.Shut && door.State == Closed {
		list = append(list, ActionNextParcel, ActionDone)
	}
	if !s.seenOpen(door) {
		list = append(list, ActionNotOpen)
	}
	return append(list, ActionWrong, ActionLanguage)
}

// wrongActions are the answers to what is wrong; still says that no unlock is in progress.
func (s *State) wrongActions(door *Door, still bool) []Action {
	list := []Action{ActionBack}
	switch {
	case !still:
	case s.Session.sends():
		return s.sendWrongActions(door)
	case s.Session.Courier == "":
		list = append(s.orRefuse(append(list, ActionNotOpen)...), ActionFinish)
	default:
		plan, _ := s.planned(door.Number)
		if s.pick(plan.Size, larger) != 0 {
			list = append(list, ActionLarger)
		}
		if s.pick(plan.Size, smaller) != 0 {
			list = append(list, ActionSmaller)
		}
		list = append(list, ActionOccupied, ActionNotOpen, ActionCancel)
	}
	return append(list, ActionLanguage)
}

// leaveWrong returns to the door.
func (d *decision) leaveWrong() {
	n := d.s.Session
	step := StepPickup
	if n.Courier != "" || n.sends() {
		step = d.s.dropStep()
	}
	d.move(step, NoticeNone, n.Door)
}

// dropStep is the screen before the door of a drop-off: that it did not open is believed until it does, whatever is touched meanwhile.
func (s *State) dropStep() Step {
	if d := s.door(s.Session.Door); s.Session.Denied && d != nil && d.Unlock.ID == "" {
		return StepDropPress
	}
	return StepDrop
}

// held says that a notice is about what was held before a scanner. Anybody can do that: it does not show who stands there.
func (n Notice) held() bool {
	switch n {
	case NoticeCloseFirst, NoticeSetAside, NoticeUnreadable, NoticeNoNumber, NoticeKeepsNumber, NoticeNoRight, NoticeNoCodes, NoticeNotHere,
		NoticeInvalid, NoticeElsewhere, NoticeEarly, NoticeExpired, NoticeUsedCode, NoticeReplaced, NoticeNoClock, NoticeScansLocked:
		return true
	default:
		return false
	}
}

// aside says that a move leads to that question, or to why a parcel is not wanted, or back from there, or from whether to cancel. Anybody
// can touch that: it does not show who stands there.
func (n *Session) aside(to Step) bool {
	switch n.Step {
	case StepWrong:
		return to == StepWrong || to == StepRefuse || to == StepPickup || to == StepDrop || to == StepDropPress && n.Denied
	case StepCancel:
		return to == StepDrop || to == StepDropPress
	case StepPutBack:
		return to == StepPickup // they keep it after all
	case StepRefuse:
		return to == StepPickup || to == StepThanks || to == StepPay
	default:
		return to == StepWrong || to == StepRefuse
	}
}
