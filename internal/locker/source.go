package locker

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Every source outside has a budget: a contact, pin, scanner, camera, board or page causes at most a certain number of
// records at once, and one more after each interval. A source that has used up its budget is muted: it is not recorded, not
// believed, and heard again once half of its budget has come back.

// budget is the budget of one kind of source.
type budget struct {
	burst int           // at once
	every time.Duration // one more comes back
}

// budgets are those of the kinds of sources. One thing causes up to four records (opened, forced, doubted, closed).
var budgets = map[string]budget{
	SourceContact:  {5, 15 * time.Minute},  // openings that nothing explains, and bounces; 101 a day at the most
	SourcePresence: {20, 5 * time.Minute},  // a parcel put in or taken out is two; 308 a day
	SourceSwitch:   {6, 10 * time.Minute},  // 150 a day
	SourceScanner:  {6, 10 * time.Minute},  // plugged and pulled
	SourceCamera:   {6, 10 * time.Minute},  // the same
	SourceTerminal: {6, 10 * time.Minute},  // the same
	SourceBoard:    {6, 10 * time.Minute},  // silent and back
	SourceFinding:  {6, 30 * time.Minute},  // what a board's line measures
	SourceClock:    {6, 10 * time.Minute},  // known and not
	SourceLock:     {30, 10 * time.Second}, // contacts of locks without a door, while a cabinet is set up
	SourcePage:     {60, 5 * time.Second},  // of people who have shown nothing yet; a pickup by code is two
	SourceOrders:   {100, 30 * time.Second},
	SourceHeld:     {30, 30 * time.Second},  // each was compared with the couriers' badges
	SourceParcels:  {3000, time.Minute},     // the same, of a courier: four barcodes on each of 750 parcels
	SourceAsked:    {200, 30 * time.Second}, // each is two records; 3,080 questions a day at the most
}

// Kinds of sources. A source's name is its kind and, where there are several, which one: "contact 7".
const (
	SourceContact  = "contact"
	SourcePresence = "presence"
	SourceSwitch   = "switch"
	SourceScanner  = "scanner"
	SourceCamera   = "camera"
	SourceTerminal = "terminal"
	SourceBoard    = "board"
	SourceFinding  = "finding"
	SourceClock    = "clock"
	SourceLock     = "lock"
	SourcePage     = "page"
	SourceOrders   = "orders"  // that nobody signed
	SourceHeld     = "held"    // what is held before a scanner and is nobody's: no badge, no token that somebody has signed
	SourceParcels  = "parcels" // what a courier scans
	SourceAsked    = "asked"   // what has become of a parcel: orders that change nothing
)

// sources are those that have used some of their budget.
type sources struct {
	Sources []Source `json:"sources,omitempty"`
}

func (x sources) clone() sources { return sources{slices.Clip(x.Sources)} }

// Source is a source that has used some of its budget.
type Source struct {
	Name string `json:"name"`
	// Until is when its whole budget has come back, as Up.
	Until time.Duration `json:"until"`
	Muted bool          `json:"muted,omitempty"`
}

func budgetOf(name string) budget {
	kind, _, _ := strings.Cut(name, " ")
	return budgets[kind]
}

// SourceMuted says that a source has used up its budget: for a while it is not recorded and not believed.
type SourceMuted struct {
	Source string `json:"source"`
}

// Kind is "source.muted".
func (SourceMuted) Kind() string { return "source.muted" }

// SourceUnmuted says that a source is heard again.
type SourceUnmuted struct {
	Source string `json:"source"`
}

// Kind is "source.unmuted".
func (SourceUnmuted) Kind() string { return "source.unmuted" }

// SourceUnrecorded says how many reports of a source were not recorded while it was muted.
type SourceUnrecorded struct {
	Source string `json:"source"`
	Count  int    `json:"count"`
}

// Kind is "source.unrecorded".
func (SourceUnrecorded) Kind() string { return "source.unrecorded" }

// Unrecorded reports how much a source has said while it was muted: the code that runs the rules counts it.
type Unrecorded struct {
	Source string
	Count  int
}

func (Unrecorded) input() {}

func contactOf(door int) string  { return SourceContact + " " + strconv.Itoa(door) }
func presenceOf(door int) string { return SourcePresence + " " + strconv.Itoa(door) }

func (b Board) source() string { return SourceBoard + " " + b.String() }

// Source names the source of an input; empty if it has no budget.
func (s *State) Source(in Input) string {
	switch in := in.(type) {
	case LockSensed:
		if d := s.on(in.Lock); d != nil {
			return contactOf(d.Number)
		}
	case PresenceSensed:
		if d := s.on(in.Lock); d != nil {
			return presenceOf(d.Number)
		}
	case SwitchSensed:
		return SourceSwitch + " " + string(in.Switch)
	case ScannerLost:
		return SourceScanner + " " + in.Name
	case ScannerBack:
		return SourceScanner + " " + in.Name
	case CameraLost:
		return SourceCamera + " " + in.Name
	case CameraBack:
		return SourceCamera + " " + in.Name
	case TerminalReady, TerminalLost:
		return SourceTerminal
	case BoardLost:
		return Board{in.Bus, in.Board}.source()
	case BoardBack:
		return Board(in).source()
	case BoardJudged:
		return SourceFinding + " " + Board{in.Bus, in.Board}.String()
	case Tapped, PhoneTyped, TrackingTyped, Present, Scanned:
		return SourcePage
	}
	return ""
}

// Muted says that an input's source is muted, which explains why nothing follows from the input. The newest report of a
// state must be repeated once the source is heard.
func (s *State) Muted(in Input) bool { return s.muted(s.Source(in)) }

func (s *State) muted(name string) bool {
	i := s.source(name)
	return i >= 0 && s.Sources[i].Muted
}

func (s *State) source(name string) int {
	return slices.IndexFunc(s.Sources, func(x Source) bool { return x.Name == name })
}

// affords says that a source has budget left for one more thing.
func (s *State) affords(name string, up time.Duration) bool {
	i := s.source(name)
	b := budgetOf(name)
	return i < 0 || s.Sources[i].Until-up <= time.Duration(b.burst-1)*b.every
}

// heard takes one thing from a source's budget.
func (s *State) heard(name string, up time.Duration) {
	kept := make([]Source, 0, len(s.Sources)+1) // it may be shared
	is := Source{Name: name, Until: up}
	for _, x := range s.Sources {
		if x.Name == name {
			is = x
		} else if x.Until > up || x.Muted {
			kept = append(kept, x)
		}
	}
	b := budgetOf(name)
	is.Until = min(max(is.Until, up)+b.every, up+time.Duration(b.burst)*b.every) // who comes after it waits for one at the most
	s.Sources = append(kept, is)
}

// unmutes is when a muted source is heard again.
func (x Source) unmutes() time.Duration {
	b := budgetOf(x.Name)
	return x.Until - time.Duration(b.burst/2)*b.every
}

// proven restores the page's whole budget: the person there has shown that they are entitled.
func (s *State) proven(up time.Duration) {
	if i := s.source(SourcePage); i >= 0 && s.Sources[i].Until > up {
		s.Sources = slices.Clone(s.Sources)
		s.Sources[i].Until = up
	}
}

// carryOver converts the debts to the time of a new run.
func (x *sources) carryOver(before, up time.Duration) {
	x.Sources = slices.Clone(x.Sources)
	for i := range x.Sources {
		x.Sources[i].Until = up + max(0, x.Sources[i].Until-before)
	}
}

func (s *State) applySource(r Record, e Event) {
	mute := func(name string, muted bool) {
		s.Sources = slices.Clone(s.Sources)
		if i := s.source(name); i >= 0 {
			s.Sources[i].Muted = muted
		} else if muted {
			s.Sources = append(s.Sources, Source{Name: name, Until: r.Up, Muted: true})
		}
	}
	switch e := e.(type) {
	case SourceMuted:
		mute(e.Source, true)
	case SourceUnmuted:
		mute(e.Source, false)
	case SourceUnrecorded:
		// It is only for readers of the journal.
	}
}

// hears says that a source may report one more thing, and mutes it at the first that is too much.
func (d *decision) hears(name string) bool {
	if d.s.muted(name) {
		return false
	}
	if d.s.affords(name, d.now.Up) {
		return true
	}
	d.emit(SourceMuted{Source: name})
	return false
}

// unmute ends the muting of sources whose time has come.
func (d *decision) unmute() {
	for _, x := range d.s.Sources {
		if !x.Muted || d.now.Up < x.unmutes() {
			continue
		}
		d.emit(SourceUnmuted{Source: x.Name})
		kind, which, _ := strings.Cut(x.Name, " ")
		if door, _ := strconv.Atoi(which); kind == SourceContact {
			d.restless(door, false)
		}
	}
}

// restless sets aside a door whose contact keeps moving, or returns it to service.
func (d *decision) restless(number int, is bool) {
	door := d.s.door(number)
	if door == nil {
		return
	}
	if is {
		d.emit(DoorUnknown{Door: number})
		d.doubt(number, DoubtUnasked)
		if door.Blocked == "" {
			d.emit(DoorBlocked{Door: number, Why: BlockRestless, By: "rules"})
		}
	} else if door.Blocked == BlockRestless {
		d.emit(DoorUnblocked{Door: number, By: "rules"})
	}
	d.find(Raised{Finding: FindingRestless, Door: number}, is, !is)
}

// overheard handles what people without proof of entitlement do at the page: beyond the budget it leaves no trace, unless it
// proves an entitlement.
func (d *decision) overheard(in Input) {
	_, typed := in.(Typed)
	if d.s.Source(in) != SourcePage || typed || d.s.Session.Technician != "" || d.s.affords(SourcePage, d.now.Up) {
		d.take(in)
		return
	}
	trial := &decision{s: d.s, now: d.now, read: d.read}
	trial.take(in)
	if shows := slices.ContainsFunc(trial.events, shown); !shows {
		if len(trial.events) > 0 && !d.s.muted(SourcePage) {
			d.emit(SourceMuted{Source: SourcePage})
		}
		return
	}
	d.s, d.events = trial.s, append(d.events, trial.events...)
}

// shown says that an event proves an entitlement, or counts a failed try: such events are never dropped.
func shown(e Event) bool {
	switch e := e.(type) {
	case UnlockRequested, CourierSignedIn, TechnicianSignedIn, ParcelStored, PickupClaimed, ConditionMet, ConditionFailed,
		DropStarted, TypingLocked:
		return true
	case CodeRefused:
		return e.Scanned || e.Held || e.Typed && e.Why.wrong()
	}
	return false
}

// charge subtracts the cost of an event that was just applied from the budgets.
func (s *State) charge(r Record) {
	switch e := r.Event.(type) {
	case DoorOpened:
		if e.Unlock == "" || e.Bounced {
			s.heard(contactOf(e.Door), r.Up)
		}
	case DoorUnknown:
		s.heard(contactOf(e.Door), r.Up)
	case DoorPresence:
		s.heard(presenceOf(e.Door), r.Up)
	case SwitchAlarmed:
		s.heard(SourceSwitch+" "+string(e.Switch), r.Up)
	case ScannerGone:
		s.heard(SourceScanner+" "+e.Scanner, r.Up)
	case CameraSilent:
		s.heard(SourceCamera+" "+e.Camera, r.Up)
	case TerminalGone:
		s.heard(SourceTerminal, r.Up)
	case BoardSilent:
		s.heard(Board{e.Bus, e.Board}.source(), r.Up)
	case FindingRaised:
		if e.Door == 0 {
			s.heard(SourceFinding+" "+Board{e.Bus, e.Board}.String(), r.Up)
		}
	case ClockLost, ClockDoubted:
		s.heard(SourceClock, r.Up)
	case SetupContact:
		s.heard(SourceLock+" "+e.Lock.String(), r.Up)
	case OrderAccepted:
		if e.Issuer == "" {
			s.heard(SourceOrders, r.Up)
		}
	case OrderRefused:
		if e.Issuer == "" && !e.Unkept {
			s.heard(SourceOrders, r.Up)
		}
	case SessionStarted, SessionMoved, SessionKept, SessionEnded, LanguageChosen, CodeRefused, CodeResendAsked, ParcelScanned, RecipientGiven,
		ChargeBegun, ChargeFailed, ParcelNotTaken, SendingDeclared, ParcelConsented:
		s.chargePage(r, e)
	case UnlockRequested:
		if e.Session != "" && e.Session == s.Session.ID {
			s.proven(r.Up)
		}
	case CourierSignedIn, TechnicianSignedIn, ParcelStored:
		s.proven(r.Up)
	case ParcelStatus:
		s.heard(SourceAsked, r.Up)
	}
}

// chargePage subtracts from the page's budget, and from those of comparisons with the couriers' badges.
func (s *State) chargePage(r Record, e Event) {
	refused, is := e.(CodeRefused)
	_, parcel := e.(ParcelScanned)
	switch {
	case is && refused.Held && s.Session.Courier == "":
		s.heard(SourceHeld, r.Up)
	case is && refused.Held, parcel:
		s.heard(SourceParcels, r.Up)
	}
	if s.Session.Technician == "" {
		s.heard(SourcePage, r.Up)
	}
}
