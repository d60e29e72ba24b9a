package locker

import (
	"slices"
	"time"
)

// A pickup period stands still while the parcel cannot be fetched: its recipient would lose time, and in the end the parcel, by what
// is no fault of theirs. What stops it is seen in the records of what fails; how long it stood is one more record, once it goes on.

// StopReason is why a parcel cannot be fetched.
type StopReason string

// Why parcels cannot be fetched, the most thorough first.
const (
	StopPower  StopReason = "power"  // the cabinet did not run
	StopBoard  StopReason = "board"  // the board of its door does not answer
	StopDoor   StopReason = "door"   // its door is set aside, as jammed
	StopClock  StopReason = "clock"  // the time is unknown: tokens open nothing
	StopKeypad StopReason = "keypad" // typing codes is locked
)

const (
	// stopLeast is the shortest stop that is given back. A shorter one is no longer than the way back to the cabinet.
	stopLeast = 10 * time.Minute
	// stopMost is the longest: a longer one is more likely a clock that was wrong.
	stopMost = constancy
)

// Stop is a pickup period that stands still.
type Stop struct {
	Why StopReason    `json:"why"`
	Up  time.Duration `json:"up"` // when it began, as this run counts: below 0 if that was before the run
	// Leapt is how far the clock has leapt meanwhile, as turned out: so much more is given back.
	Leapt time.Duration `json:"leapt,omitempty"`
}

// absence is a time in which the cabinet did not run. How long it was is measured once the time of day is known.
type absence struct {
	Newest time.Time     `json:"newest,omitzero"` // of the records of before
	Alive  time.Time     `json:"alive,omitzero"`  // the last sign of life of before; zero: there is no absence to measure
	Began  time.Duration `json:"began,omitempty"` // when this run began, as Up
	Ran    time.Duration `json:"ran,omitempty"`   // how long runs took in between, none of which knew the time
	// Last is the newest record of before by that run's time, with its Up as stops have it: what costs something did so until then.
	Last Reading `json:"last,omitzero"`
}

// stops says why a parcel cannot be fetched; empty if it can be, or if its period has not begun or is over.
func (s *State) stops(p *Parcel) StopReason {
	d := s.door(p.Door)
	switch {
	case p.State != ParcelStoredAt || p.Until.IsZero():
		return ""
	case !s.Absence.Alive.IsZero():
		return StopPower
	case s.silent(p.Door):
		return StopBoard
	case d != nil && d.Blocked != "":
		return StopDoor
	case s.Lost:
		return StopClock
	case s.Typing.Locked:
		return StopKeypad
	}
	return ""
}

// stopAll notes after a record which periods stand still. One that goes on, and stood long enough, is remembered until goOn has made
// its record.
func (s *State) stopAll(r Record) {
	switch e := r.Event.(type) {
	case RunStarted:
		if !s.Lost {
			s.measure(Reading{r.At, r.Up})
		}
	case ClockSet, ClockLost, ClockDoubted, BoardSilent, BoardAnswered, DoorBlocked, DoorUnblocked, TypingLocked, TypingUnlocked, GuardsCleared:
	case PickupPeriodBegan:
		if p := s.changeParcel(e.Parcel); p != nil {
			p.Stop = Stop{}
			s.stop(p, r)
		}
		return
	case ParcelExtended:
		s.stopOne(e.Parcel, r)
		return
	case CollectionDisputed: // it waits again: what has come meanwhile keeps people from it from now on
		s.stopOne(e.Parcel, r)
		return
	case ParcelStoredAgain:
		s.stopOne(e.Parcel, r)
		return
	default:
		return
	}
	for _, p := range s.Parcels {
		if p.Stop.Why != s.stops(p) {
			s.stop(s.changeParcel(p.ID), r)
		}
	}
}

func (s *State) stopOne(parcel string, r Record) {
	if p := s.changeParcel(parcel); p != nil {
		s.stop(p, r)
	}
}

func (s *State) stop(p *Parcel, r Record) {
	why := s.stops(p)
	switch {
	case p.Stop.Why == "" && why != "":
		p.Stop = Stop{Why: why, Up: r.Up}
	case p.Stop.Why != "" && why == "":
		if stood := min(r.Up-p.Stop.Up, stopMost) + p.Stop.Leapt; stood >= stopLeast && p.State == ParcelStoredAt && !p.Until.IsZero() {
			s.resumed = append(s.resumed, resumed{p.ID, p.Stop.Why, stood, p.Stop.Leapt})
		}
		p.Stop = Stop{}
	}
}

// resumed is a period that goes on.
type resumed struct {
	parcel string
	why    StopReason
	stood  time.Duration
	leapt  time.Duration // of which the clock has leapt
}

// absent notes at the start of a run that the cabinet did not run until now. It precedes everything that the record says of the time.
// What stood still at the end of the last run goes on standing still.
func (s *State) absent(r Record, e RunStarted) {
	if a := &s.Absence; a.Alive.IsZero() {
		*a = absence{Newest: s.Newest, Alive: s.Newest, Began: r.Up}
		switch {
		case s.Known:
			a.Alive = later(e.Alive, s.Newest)
		case !s.Believed.IsZero() && !s.Newest.IsZero():
			// What the clock said then says nothing; but the run went on until its last record, and that time has been counted.
			a.Newest = later(s.Newest, s.Believed.at(s.Up))
			a.Alive = a.Newest
		}
		if !s.Believed.IsZero() {
			a.Last = Reading{later(s.Newest, s.Believed.at(s.Up)), s.Up}
		}
	} else {
		a.Ran, a.Began = a.Ran+s.Up-a.Began, r.Up
	}
	if a := &s.Absence; !a.Last.IsZero() {
		a.Last.Up += r.Up - s.Up
	}
	for _, p := range s.Parcels {
		if p.Stop.Why != "" {
			s.changeParcel(p.ID).Stop.Up += r.Up - s.Up
		}
	}
}

// measure ends an absence: now it is known how long it was, and every period stood still for as long. One that had stopped before
// stood still since the newest record, not only since the last sign of life.
func (s *State) measure(now Reading) {
	if s.Absence.Alive.IsZero() {
		return
	}
	began := now.Wall.Add(s.Absence.Began - now.Up - s.Absence.Ran)
	if s.Absence.Alive.After(began) {
		s.Absence.Alive = s.Absence.Newest // it was read from a clock that was wrong
	}
	away := func(from time.Time) time.Duration { return min(max(0, began.Sub(from)), stopMost) }
	for _, p := range s.Parcels {
		if p.State != ParcelStoredAt && p.State != ParcelTaken || p.Until.IsZero() {
			continue
		}
		p = s.changeParcel(p.ID)
		if p.State == ParcelTaken { // it may turn out that it was not
			if stood := away(s.Absence.Alive); stood >= stopLeast {
				p.stood(now.Wall, stood, 0)
			}
			continue
		}
		switch p.Stop.Why {
		case "":
			p.Stop = Stop{Why: StopPower, Up: s.Absence.Began - away(s.Absence.Alive)}
		case StopPower:
			p.Stop.Up -= away(s.Absence.Alive)
		default:
			p.Stop.Up -= away(s.Absence.Newest)
		}
	}
	s.Absence = absence{}
}

// leapt judges what a reading that is held to be right does to the periods, before it takes the place of the time that was believed until
// now. If it is later than that, whoever waits would lose the difference at once: the clock was behind when their period was dated, or
// stood still while the cabinet had no power. So much is given back: less what stood still since the time is unknown, or a jump that was
// believed because it stood would count twice; and less what jumps of before have taken back, or two that cancel each other out would
// put off the end.
func (s *State) leapt(now Reading) {
	leap := s.leap(now)
	s.measure(Reading{now.Wall.Add(-leap), now.Up}) // by the time by which it was left
	if leap.Abs() <= tolerance {
		return
	}
	stood := time.Duration(0)
	if s.Lost {
		stood = max(0, now.Up-s.LostAt)
	}
	for _, p := range s.Parcels {
		if p.State != ParcelStoredAt && p.State != ParcelTaken || p.Until.IsZero() {
			continue
		}
		p = s.changeParcel(p.ID)
		given := max(0, leap-stood-max(0, p.Back))
		switch p.Back += given - leap; {
		case given == 0:
		case p.State == ParcelTaken: // it may turn out that it was not
			p.stood(now.Wall, given, given)
		case p.Stop.Why == "":
			p.Stop = Stop{Why: StopClock, Up: now.Up, Leapt: given}
		default:
			p.Stop.Leapt += given
		}
	}
}

// goOn records which periods go on, and for how long they stood still.
func (d *decision) goOn() {
	for _, r := range slices.Clone(d.s.resumed) {
		if p := d.s.parcel(r.parcel); p != nil && p.State == ParcelStoredAt && !p.Until.IsZero() {
			d.emit(PickupPeriodResumed{Parcel: p.ID, Door: p.Door, Why: r.why, Stood: r.stood.Milliseconds(), Leapt: r.leapt.Milliseconds(), Until: p.Until.Add(r.stood)})
		}
	}
}

// PickupPeriodResumed says that a parcel's pickup period goes on, after it stood still because the parcel could not be fetched. It ends
// by so much later.
type PickupPeriodResumed struct {
	Parcel string     `json:"parcel"`
	Door   int        `json:"door"`
	Why    StopReason `json:"why" enum:"power,board,door,clock,keypad"` // what came first, if there was more than one reason
	Stood  int64      `json:"stood_ms"`
	Leapt  int64      `json:"leapt_ms,omitempty"` // of which the clock has leapt, as it was set right
	Until  time.Time  `json:"until"`
}

// Kind is "parcel.period_resumed".
func (PickupPeriodResumed) Kind() string { return "parcel.period_resumed" }

func (s *State) applyResumed(r Record, e PickupPeriodResumed) {
	s.resumed = without(s.resumed, func(r resumed) bool { return r.parcel == e.Parcel })
	if p := s.changeParcel(e.Parcel); p != nil {
		p.stood(r.At, time.Duration(e.Stood)*time.Millisecond, time.Duration(e.Leapt)*time.Millisecond)
		p.Until = e.Until
	}
}

// stood has a pickup period end by so much later, and what it costs stand still for as long. What the clock has leapt makes it no longer:
// should that clock turn out to be wrong, its end lies too far ahead.
func (p *Parcel) stood(at time.Time, long, leapt time.Duration) {
	p.Until, p.Extra = p.Until.Add(long), p.Extra+long-leapt
	p.feeStood(at, long)
}
