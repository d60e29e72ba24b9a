package locker

import (
	"time"
)

// machine says how far in the journal, and in which run, the state is.
type machine struct {
	Epoch   string        `json:"epoch"`
	Seq     uint64        `json:"seq"`
	Up      time.Duration `json:"up"`    // the newest record's, in its run
	Known   bool          `json:"known"` // the clock was known at the newest record
	Version string        `json:"version,omitempty"`
}

// Started is the first input of a run: the process has begun, and no door is known.
type Started struct {
	Version string
	Boot    string        // names the machine's start; empty where nobody knows
	Booted  time.Duration // how long after that Now.Up began to be counted
	Alive   time.Time     // the last sign of life of the run before, as the clock read; zero: unknown
	// Resumed says that the journal could not be written for a while, and the process did not begin anew: no restart that was asked for.
	Resumed bool
	// Stands says which configuration is in force. It is told before anything else of a run: one that waits, as far as is believed,
	// would be put in force a second time.
	Stands ConfigStands
}

func (in Started) event() RunStarted {
	return RunStarted{Version: in.Version, Boot: in.Boot, Booted: in.Booted.Milliseconds(), Alive: in.Alive}
}

func (Started) input() {}

// HeldUp says that the process, or the whole machine, stood still for a while. Nothing was received meanwhile, and the
// boards are being asked for the state of their doors.
type HeldUp struct{ For time.Duration }

func (HeldUp) input() {}

// Tick says that a deadline has come.
type Tick struct{}

func (Tick) input() {}

// started ends what the previous run left open. An unlock whose end nobody saw ends as unknown: it is never sent again.
func (d *decision) started(in Started) {
	d.emit(in.event())
	for _, door := range d.s.Doors {
		if door.Unlock.ID != "" {
			d.emit(UnlockEnded{Unlock: door.Unlock.ID, Door: door.Number, Outcome: OutcomeUnknown,
				Detail: "lockerd was restarted"})
			d.unseen(door.Number)
		}
	}
	d.doubtCharges(doubtRestart)
	d.endSession("restart")
	if order := d.s.Remote.Restart; order != "" && !in.Resumed {
		d.emit(Restarted{Order: order})
	}
	d.configStands(in.Stands)
	d.wired()
	d.gone()
}

// heldUp handles a stand-still of the process or the machine. Nobody watched the contacts meanwhile, so an unlock in
// progress is not judged before the boards were asked.
func (d *decision) heldUp(in HeldUp) {
	if d.s.busy() || d.s.Session.ID != "" {
		d.emit(RunHeldUp{For: in.For.Milliseconds()})
	}
	if in.For <= stoodFor {
		return
	}
	// A sequence opens doors by itself, and somebody else may stand there now.
	d.endSequence(SequenceStopped)
	switch d.s.Session.Step {
	case StepTest:
		d.stopTest()
	case StepInventoryDoor:
		d.stopInventory()
	}
}

// asksAfter is how long the boards have to report their doors once the process runs again.
const asksAfter = 3 * time.Second

// heldMost is how often the judgement of one unlock is put off. If the machine keeps standing still, the unlock counts as
// failed.
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
	s.Setup.holdUp(judged)
}

func (s *State) applyMachine(r Record, e Event) {
	s.moved.everything()
	switch e := e.(type) {
	case EpochBegun:
		s.Forgot = s.Forgot || e.Reason != EpochNew
		for i := range s.Doors {
			d := s.editDoor(i)
			d.State, d.Before, d.SeenClosed = Unknown, "", false
			s.putBackAgain(d)
			d.restore(e.Reason, s.parcel(d.Holds.Parcel))
			if d.Holds.Kind == Doubtful {
				s.end(d.Holds.Parcel, "", r.At)
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
		if r.Known && s.leap(Reading{r.At, r.Up}).Abs() <= tolerance {
			s.Lost, s.LostAt = false, 0
		} else { // a jump that is believed by now has a record of its own
			s.lose(r.Up)
		}
		s.date(r)
	case RunHeldUp:
		s.holdUp(r)
	}
}

// startRun resets everything that is counted in Up, and makes every door unknown, since nobody watched it.
func (s *State) startRun(r Record, e RunStarted) {
	s.Version, s.Revision = e.Version, r.Seq
	s.Silent = nil
	s.gear.restart(s.plan)
	s.Setup.restart()
	s.Remote.restart(r.Up)
	s.guards.restart(r.Up)
	s.orders.restart(r.Up)
	s.Session.restart(r.Up)
	s.parcels.restart(r.Up)
	s.Breaker.restart(r.Up)
	s.charges.restart(r.Up)
	for i := range s.Doors {
		d := s.editDoor(i)
		d.restart(r.Up)
	}
}

// restore makes a parcel from a backup doubtful: its door may have been given to another parcel since, which an old code
// must not open.
func (p *Parcel) restore(e EpochBegun) {
	p.Shut, p.Stop = false, Stop{}
	if e.aged() && (p.State == ParcelStoredAt || p.State == ParcelOverstays || p.State == ParcelToGo) {
		p.State = ParcelHeld
	}
}
