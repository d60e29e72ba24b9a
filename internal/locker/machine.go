package locker

import (
	"slices"
	"time"
)

// Started is the first input of a run: the process began, and no door is known.
type Started struct {
	Version string
	Boot    string        // names the machine's start; empty where nobody knows
	Booted  time.Duration // how long after that Now.Up began to be counted
}

func (in Started) event() RunStarted {
	return RunStarted{Version: in.Version, Boot: in.Boot, Booted: in.Booted.Milliseconds()}
}

func (Started) input() {}

// HeldUp says that the process stood still for a while, or the whole machine: nobody has listened meanwhile. The boards
// are being asked how their doors are.
type HeldUp struct{ For time.Duration }

func (HeldUp) input() {}

// Tick says that a deadline has come.
type Tick struct{}

func (Tick) input() {}

// started ends what the run before left open. An unlock whose end nobody saw ended unknown: it is never sent again.
func (d *decision) started(in Started) {
	d.emit(in.event())
	for _, door := range d.s.Doors {
		if door.Unlock.ID != "" {
			d.emit(UnlockEnded{Unlock: door.Unlock.ID, Door: door.Number, Outcome: OutcomeUnknown,
				Detail: "lockerd was restarted"})
			d.unseen(door.Number)
		}
	}
	d.endSession("restart")
	d.wired()
	d.gone()
}

// heldUp hears that the process, or the machine, stood still. Nobody has looked at the contacts meanwhile: an unlock
// under way is not judged before the boards were asked.
func (d *decision) heldUp(in HeldUp) {
	if d.s.busy() || d.s.Session.ID != "" {
		d.emit(RunHeldUp{For: in.For.Milliseconds()})
	}
	if in.For <= stoodFor {
		return
	}
	// What goes on from door to door by itself goes on for whoever stands there now.
	d.endSequence(SequenceStopped)
	if d.s.Session.Step == StepTest {
		d.stopTest()
	}
}

// asksAfter is how long the boards have to tell how their doors are once the process goes on.
const asksAfter = 3 * time.Second

// heldMost is how often one unlock's judgement is put off: a machine that stands still again and again is told by its
// doors' not opening.
const heldMost = 3

func (s *State) holdUp(r Record) {
	s.touch(s.Session.ID, r) // nobody could be asked meanwhile
	judged := r.Up - s.plan.Times.Judge + asksAfter
	for turn := s.nextAwake(0); turn >= 0; turn = s.nextAwake(turn + 1) {
		if d := s.at(turn); d.Unlock.ID != "" && d.Unlock.Held < heldMost {
			d = s.editDoor(s.index.order[turn])
			d.Unlock.At, d.Unlock.Held = max(d.Unlock.At, judged), d.Unlock.Held+1
		}
	}
	if h := &s.Setup.Hand; h.Unlock != "" {
		h.At = max(h.At, judged)
	}
}

func (s *State) applyMachine(r Record, e Event) {
	s.moved.everything()
	switch e := e.(type) {
	case EpochBegun:
		s.Forgot = s.Forgot || e.Reason != EpochNew
		for i := range s.Doors {
			d := s.editDoor(i)
			d.State, d.Before, d.SeenClosed = Unknown, "", false
			d.restore(e.Reason, s.parcel(d.Holds.Parcel))
			if d.Holds.Kind == Doubtful {
				s.dropParcel(d.Holds.Parcel)
				d.Holds.Parcel = ""
			}
		}
		for _, p := range s.Parcels {
			s.changeParcel(p.ID).restore(e)
		}
		if e.aged() { // it may have been followed since
			s.Technicians = without(s.Technicians, func(k Enrolment) bool { return !k.Enrolled })
			for i := range s.Technicians {
				s.Technicians[i].Secrets.Recovery = nil // which of them were used since, nobody knows
			}
		}
	case RunStarted:
		s.startRun(r, e)
		s.date(r)
	case RunHeldUp:
		s.holdUp(r)
	}
}

// startRun begins all that is counted in Up anew, and lets no door keep a state that nobody watched.
func (s *State) startRun(r Record, e RunStarted) {
	s.Version, s.Revision = e.Version, r.Seq
	s.Silent = nil
	s.Scanners = without(s.Scanners, func(n string) bool { return !slices.Contains(s.plan.Scanners, n) })
	s.Cameras = without(s.Cameras, func(n string) bool { return !slices.Contains(s.plan.Cameras, n) })
	s.startSetup()
	for _, k := range []*Typing{&s.Typing, &s.TechPIN, &s.Scans} {
		k.Last, k.Since, k.Forgave = r.Up, r.Up, r.Up
	}
	s.Unkept.Since = r.Up
	s.Session.Touched, s.Session.Moved, s.Session.Proven = r.Up, r.Up, r.Up
	s.Resent = slices.Clone(s.Resent)
	for i := range s.Resent {
		s.Resent[i] = r.Up
	}
	s.Breaker.Released = slices.Clone(s.Breaker.Released)
	for i := range s.Breaker.Released {
		s.Breaker.Released[i].Up = r.Up
	}
	for i := range s.Doors {
		d := s.editDoor(i)
		d.unknown(r.Up)
		d.Last.Earlier = d.Last.ID != ""
		d.Unlock.Earlier = d.Unlock.ID != ""
		d.Unlock.At = r.Up
	}
}

// restore doubts what a backup says of a parcel: its door may have been given to another since. Nobody opens that with
// an old code.
func (p *Parcel) restore(e EpochBegun) {
	p.Shut = false
	if e.aged() && (p.State == ParcelStoredAt || p.State == ParcelOverstays) {
		p.State = ParcelHeld
	}
}
