package locker

import (
	"fmt"
	"slices"
	"time"
)

// ClockTold says that somebody at the hand tool knows how late it is.
type ClockTold struct {
	At time.Time
	By string // their name
}

func (ClockTold) input() {}

// CorrectOrder says that the cabinet's clock is right as it is now, and that the newest time that it held to be right was
// not. It names that time, so that it corrects no other one should it come again.
type CorrectOrder struct {
	Newest time.Time
}

// RefusalToCorrect is why the reading at hand is not taken for right, though somebody says that it is at that time.
func RefusalToCorrect(at time.Time, now Now) string {
	switch {
	case !now.Claimed:
		return "the PC's clock is not in step with its time server: see to that first"
	case now.Read.Sub(at).Abs() >= fresh:
		return fmt.Sprintf("the PC's clock reads %s: set it first", now.Read.UTC().Format(time.RFC3339))
	case now.Known && now.Jump == 0:
		return "the clock is held to be right already"
	}
	return ""
}

// refusalToCorrectOrder judges by the clock as it is read: what is held of the time is what is to be corrected.
func (s *State) refusalToCorrectOrder(o Order, now Now) string {
	why := RefusalToCorrect(o.Issued, now)
	switch {
	case o.Issuer == "":
		return "it is not signed"
	case !now.Read.Before(o.Expires):
		return "expired"
	case why != "":
		return why
	case now.Read.Before(s.Newest) && s.Newest.Sub(o.Correct.Newest).Abs() >= time.Second:
		// While the clock is behind it nothing is known, and so it stands still: there is but one right answer.
		return "newest: the state tells another one"
	}
	return ""
}

// clockTold takes the word of somebody at the hand tool.
func (d *decision) clockTold(in ClockTold) {
	if RefusalToCorrect(in.At, d.now) == "" {
		d.correct("hand tool: " + in.By)
	}
}

// clockRight takes a technician's word, who has read the date and the time on the screen.
func (d *decision) clockRight() {
	if RefusalToCorrect(d.read, d.now) != "" {
		d.move(StepAbout, NoticeClockUnset, 0)
		return
	}
	d.correct(d.technician())
	d.move(StepAbout, NoticeNone, 0)
}

// correct takes the reading at hand for right, whatever was held to be later.
func (d *decision) correct(by string) {
	d.emit(ClockCorrected{By: by, Time: d.read.UTC().Truncate(time.Millisecond), Newest: d.s.Newest})
}

// correct forgets what was believed of the time, and mends what a wrong time has done to others' dates: nobody's code ends
// because of it, and nothing is refused for being older than what never was.
func (s *State) correct(at Reading) {
	s.Timekeeping = Timekeeping{Newest: at.Wall, Believed: at, Boot: s.Boot, Booted: s.Booted}
	if s.Gone.After(at.Wall) || s.OrdersFrom.After(at.Wall) {
		s.Gone, s.OrdersFrom = at.Wall, at.Wall // what was forgotten could count once more
	}
	for _, p := range s.Parcels {
		overstays := p.State == ParcelOverstays && p.Expired && p.Until.After(at.Wall)
		if waits := p.State == ParcelStoredAt; overstays || waits && p.Until.After(at.Wall.Add(s.plan.Times.Pickup)) {
			p := s.changeParcel(p.ID)
			p.State, p.Until, p.Expired = ParcelStoredAt, time.Time{}, false // its period begins anew
		}
	}
	s.Announced = slices.Clone(s.Announced)
	for i := range s.Announced {
		s.Announced[i].At = earlier(s.Announced[i].At, at.Wall)
	}
	for i := range s.Technicians {
		s.Technicians[i].Step = min(s.Technicians[i].Step, at.Wall.Unix()/30)
	}
	for _, d := range s.Doors {
		if d.Habits.OpenAt.After(at.Wall) {
			s.changeDoor(d.Number).Habits.OpenAt = at.Wall
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
