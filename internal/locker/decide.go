package locker

import (
	"fmt"
	"slices"
	"time"
)

// Input is something the cabinet was told; its types are declared beside their subjects. The rules judge whether what was
// told is true.
type Input interface{ input() }

// Decide returns the events that follow from an input and are to be recorded. It reads the state and changes nothing. An
// input that changes nothing yields no events.
func Decide(s *State, now Now, in Input) []Event {
	d := &decision{s: s, now: now, read: now.Read}
	if d.read.IsZero() {
		d.read = now.Wall
	}
	d.now.Up = now.Up.Truncate(time.Millisecond)
	d.now.Wall = now.Wall.UTC().Truncate(time.Millisecond)
	switch in.(type) {
	case Started: // nothing of before is judged by this run's time
	case HeldUp:
		d.clock(in)
	default:
		d.unmute() // first: the clock may be what is heard again
		d.clock(in)
		d.due()
		d.sensors() // before somebody's claim is judged
	}
	d.overheard(in)
	d.sequence()
	d.reopeningOver()
	d.sensors()
	d.goOn()
	d.dated()
	d.diagnose()
	d.restartWhenQuiet()
	return d.events
}

// decision collects events. Each is applied at once to a draft of the state, so that later steps of the same decision see
// it.
type decision struct {
	s      *State
	now    Now
	read   time.Time     // the time of day as it was read
	ago    time.Duration // how long ago the contact that is heard moved
	events []Event

	expires time.Time // when the order that is followed does; zero: none is, or it does not
	shown   Hash      // the code that is shown or typed
}

func (d *decision) emit(e Event) {
	if len(d.events) == 0 {
		d.s = d.s.clone()
		d.events = make([]Event, 0, 8) // few inputs make more
	}
	if d.s.moves(e) {
		e = Move{e}
	}
	d.events = append(d.events, e)
	d.s.Apply(Record{Epoch: d.s.Epoch, Seq: d.s.Seq + 1, At: d.now.Wall, Known: d.now.Known, Up: d.now.Up, Event: e})
}

// id makes a name that is unique for this cabinet for ever, from the epoch and the number of the next record.
func (d *decision) id(prefix string) string {
	return fmt.Sprintf("%s-%.8s-%d", prefix, d.s.Epoch, d.s.Seq+1)
}

func (d *decision) take(in Input) {
	switch in := in.(type) {
	case Started:
		d.started(in)
	case Tick:
		// The deadlines are checked before every input.
	case HeldUp:
		d.heldUp(in)
	case Unrecorded:
		if in.Count > 0 {
			d.emit(SourceUnrecorded(in))
		}
	case LockSensed:
		d.ago = (in.Ago + d.now.Age).Truncate(time.Millisecond)
		d.sensed(in)
	case BoardLost:
		d.boardLost(in)
	case BoardBack:
		if _, silent := d.s.silence(Board(in)); silent && d.hears(Board(in).source()) {
			d.emit(BoardAnswered(in))
		}
	case ReleaseEnded:
		d.released(in)
	case ScannerLost, ScannerBack, CameraLost, CameraBack, SwitchSensed, PhotoTaken:
		d.gear(in)
	case TerminalReady, TerminalLost, ChargeMoved, ChargeEnded:
		d.terminal(in)
	case BoardJudged:
		d.boardJudged(in)
	case PresenceSensed:
		d.presenceSensed(in)
	case Erased:
		d.erased(in)
	case SurveyEnded, InstallFailed:
		d.setup(in)
	case ConfigStands, ConfigUnapplied, Reported, UploadEnded, PlaylistEnded:
		d.machineTold(in)
	default:
		d.asked(in)
	}
}

// asked handles requests of people, at the cabinet or by order.
func (d *decision) asked(in Input) {
	switch in := in.(type) {
	case Scanned:
		d.scanned(in)
	case Tapped:
		d.tapped(in)
	case Typed:
		d.typed(in)
	case PhoneTyped:
		d.phoneTyped(in)
	case TrackingTyped:
		d.trackingTyped(in)
	case Present:
		d.present(in)
	case OrderReceived:
		d.order(in.Order)
	case Inspected:
		d.inspected(in)
	case OpenAsked:
		d.openAsked(in)
	case ClockTold:
		d.clockTold(in)
	case TechnicianTyped:
		d.technicianTyped(in)
	case InviteAsked:
		d.invite(in)
	case RemoveAsked:
		d.remove(in.Technician)
	case ClearAsked:
		d.emit(GuardsCleared(in))
	default:
		panic(fmt.Sprintf("locker: decide: input %T is not known", in))
	}
}

// due handles every deadline that has passed.
func (d *decision) due() {
	t := d.s.plan.Times
	for turn := d.s.nextAwake(0); turn >= 0; turn = d.s.nextAwake(turn + 1) {
		door := *d.s.at(turn) // a copy: emitting changes the state
		if door.Unlock.ID != "" && d.now.Up >= door.Unlock.At+t.Judge {
			d.judge(door)
		}
		if door.State == Open && !door.LeftOpen && d.now.Up >= door.Since+t.DoorReport {
			d.emit(DoorLeftOpen{Door: door.Number})
		}
	}
	if h := d.s.Setup.Hand; h.Unlock != "" && d.now.Up >= h.At+t.Judge {
		d.tryEnded(OutcomeUnknown, "no contact moved")
	}
	d.lateCharges()
	for _, e := range []TypingUnlocked{{}, {Technician: true}, {Scans: true}} {
		if k := d.s.guard(e.Technician, e.Scans); k.Locked && d.now.Up >= k.Since+k.For {
			d.emit(e)
		}
	}
	if end, ok := d.s.sessionEnd(); ok && d.now.Up >= end {
		d.endSession("timeout")
	} else if ok && d.now.Up >= d.s.sessionOver() {
		d.endSession("over")
	}
}

// dated handles what depends on the calendar; it is correct only while the clock is known to be right.
func (d *decision) dated() {
	if !d.now.Known {
		return
	}
	if next := d.s.soonest; next.some && !d.now.Wall.Before(next.on) {
		d.datedParcels()
	}
	announced := d.s.Announced
	for i := range announced {
		if a := &announced[i]; d.tooOld(a) {
			d.emit(AnnouncementDropped{Order: a.Order, Why: "too old"})
		}
	}
	d.unbook(UnbookedOver, "", func(b Booking) bool { return !d.now.Wall.Before(b.Until) })
	d.issuersOver()
	d.noticeOver()
	d.forgetEnrolments(ForgottenExpired, func(e Enrolment) bool { return !e.Enrolled && !d.now.Wall.Before(e.Until) })
}

func (d *decision) datedParcels() {
	for _, p := range slices.Clone(d.s.Parcels) {
		switch {
		case p.State != ParcelStoredAt, p.Expired, p.Stop.Why != "":
		case p.Until.IsZero():
			d.emit(PickupPeriodBegan{Parcel: p.ID, Until: d.now.Wall.Add(d.s.period(p) + p.Extra)})
		case !d.now.Wall.Before(p.Until) && d.s.Session.Parcel != p.ID:
			d.emit(ParcelExpired{Parcel: p.ID, Door: p.Door})
		}
	}
}
