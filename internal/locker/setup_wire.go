package locker

// A lock is wired like this: it is opened, the technician says which door moved and pushes it shut, and the contact that has
// gone there and back is this door's. Nothing less counts.

// takeLock takes the next lock; if passed, the present one is left for later.
func (d *decision) takeLock(passed bool, notice Notice) {
	var except Lock
	if passed {
		except = d.s.Setup.Hand.Lock
	}
	lock, left := d.s.nextLock(except)
	if left == 0 || !d.s.Setup.unwired() {
		d.move(StepSetup, NoticeAllWired, 0)
		return
	}
	d.emit(SetupLockTaken{Session: d.s.Session.ID, Lock: lock, Passed: passed})
	d.move(StepWire, notice, 0)
}

// onceMore starts over with the present lock: its contact was not reliable.
func (d *decision) onceMore(why Notice) {
	d.emit(SetupLockTaken{Session: d.s.Session.ID, Lock: d.s.Setup.Hand.Lock})
	d.move(StepWire, why, 0)
}

// nextLock is the first lock of which nothing is known, except one, and how many there are.
func (s *State) nextLock(except Lock) (next Lock, left int) {
	for _, b := range s.Setup.Found {
		for channel := 1; channel <= b.Channels; channel++ {
			lock := Lock{Bus: b.Bus, Board: b.Board, Channel: channel}
			if lock == except || s.Setup.settled(lock) {
				continue
			}
			if left == 0 {
				next = lock
			}
			left++
		}
	}
	return next, left
}

// tryLock records the intent to open the present lock. There is no second attempt in progress: then the button is not shown.
func (d *decision) tryLock() {
	lock := d.s.Setup.Hand.Lock
	if _, silent := d.s.silence(lock.on()); silent {
		d.move(StepWire, NoticeDoorSilent, 0)
		return
	}
	d.emit(LockTried{Session: d.s.Session.ID, Unlock: d.id("u"), Lock: lock,
		Within: d.s.plan.Times.Within.Milliseconds()})
	d.move(StepWire, NoticeNone, 0)
}

// tryEnded ends the unlock of the present lock.
func (d *decision) tryEnded(outcome Outcome, detail string) {
	h := d.s.Setup.Hand
	d.emit(LockTryEnded{Unlock: h.Unlock, Lock: h.Lock, Outcome: outcome, Detail: detail})
	step := d.s.Session.Step
	switch {
	case outcome == NotSent && (step == StepWire || step == StepWireClose):
		d.move(StepWire, NoticeNotSent, 0)
	case outcome == OutcomeUnknown && step == StepWire:
		d.move(StepWire, NoticeNothing, 0)
	}
}

// setupContact gives the electrical state of a contact that is not believed for a door in force: that of a lock without a
// door, or of a door that is being rewired.
func (s *State) setupContact(in LockSensed) (contact string, ok bool) {
	if !s.Setup.Under {
		return "", false
	}
	var plan DoorPlan
	ok = true
	for _, p := range s.plan.Doors {
		if p.Lock == in.Lock {
			plan, ok = p, s.anew(p.Number)
		}
	}
	if in.Contact != "" && in.State != Unknown {
		return in.Contact, ok
	}
	return plan.contact(in.State), ok
}

// contactSeen records that state, and learns from it if it belongs to the present lock.
func (d *decision) contactSeen(lock Lock, contact string) {
	if d.s.Setup.seen(lock) == contact || !d.s.affords(SourceLock+" "+lock.String(), d.now.Up) {
		return
	}
	d.emit(SetupContact{Lock: lock, Contact: contact})
	h := d.s.Setup.Hand
	if h.Lock != lock || !h.Tried {
		return
	}
	if h.Unlock != "" && h.Moved {
		d.tryEnded(Opened, "")
	}
	n := d.s.Session
	switch {
	case n.Step != StepWireClose:
	case h.Moved && contact == h.Before:
		d.learnt(n.Door, h.Before, false)
	case h.Late && !h.Moved:
		d.onceMore(NoticeOnceMore)
	}
}

// named handles the technician's statement which door moved.
func (d *decision) named(door int) {
	h := d.s.Setup.Hand
	switch {
	case h.Moved && d.s.Setup.seen(h.Lock) == h.Before: // it is shut already
		d.learnt(door, h.Before, false)
	case h.Late && !h.Moved:
		d.onceMore(NoticeOnceMore)
	default:
		d.move(StepWireClose, NoticeNone, door)
	}
}

// learnt records that the present lock holds a door, and its contact's state while closed.
func (d *decision) learnt(door int, closedWhen string, blind bool) {
	h := d.s.Setup.Hand
	d.emit(SetupDoorWired{Session: d.s.Session.ID, Door: door, Lock: h.Lock, ClosedWhen: closedWhen, Blind: blind})
	d.takeLock(false, NoticeWired)
}

// noContact believes that a lock has no contact only if none has moved.
func (d *decision) noContact() {
	switch h := d.s.Setup.Hand; {
	case h.Moved || h.Late:
		d.onceMore(NoticeOnceMore)
	case h.Other != Lock{}:
		d.onceMore(NoticeCrossed)
	default:
		d.learnt(d.s.Session.Door, "", true)
	}
}

// noneMoved believes that nothing is wired to a lock only if no contact has moved.
func (d *decision) noneMoved() {
	switch h := d.s.Setup.Hand; {
	case h.Moved || h.Late:
		d.onceMore(NoticeContradict)
	case h.Other != Lock{}:
		d.onceMore(NoticeCrossed)
	default:
		d.emit(SetupLockUnused{Session: d.s.Session.ID, Lock: h.Lock})
		d.takeLock(false, NoticeNone)
	}
}
