package locker

import (
	"fmt"
	"slices"
	"time"

	"lockerd/internal/tariff"
)

// ClockTold says that somebody confirmed the clock with `lockerd clock correct`.
type ClockTold struct {
	At time.Time
	By string // their name
}

func (ClockTold) input() {}

// CorrectOrder says that the cabinet's clock is right now, and that the newest time that it believed was wrong. It names
// that wrong time, so that a replay corrects no other one.
type CorrectOrder struct {
	Newest time.Time
}

// RefusalToCorrect says why the present reading is not accepted as right, although somebody gives its time; empty: it is
// accepted.
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

// refusalToCorrectOrder judges by the raw reading of the clock, since the believed time is what the order corrects.
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
		// While the clock is behind the wrong time, the known time stands still: there is only one right answer.
		return "newest: the state tells another one"
	}
	return ""
}

// clockTold accepts a confirmation from the command line.
func (d *decision) clockTold(in ClockTold) {
	if RefusalToCorrect(in.At, d.now) == "" {
		d.correct("hand tool: " + in.By)
	}
}

// clockRight accepts the confirmation of a technician, who has read date and time on the screen.
func (d *decision) clockRight() {
	if RefusalToCorrect(d.read, d.now) != "" {
		d.move(StepAbout, NoticeClockUnset, 0)
		return
	}
	d.correct(d.technician())
	d.move(StepAbout, NoticeNone, 0)
}

// correct declares the present reading right, whatever later time was believed. What else is decided now must not bring the wrong time
// back, if that was held to be known until now: it is dated by the right one, and that is known from the next record of the clock on.
func (d *decision) correct(by string) {
	right := d.read.UTC().Truncate(time.Millisecond)
	d.emit(ClockCorrected{By: by, Time: right, Newest: d.s.Newest})
	d.now.Wall, d.now.Known, d.now.Jump = right, false, 0
}

// correct forgets the believed time, and repairs the dates that a wrong time has affected: no code ends because of it, and
// nothing is refused for being older than a time that never was.
func (s *State) correct(at Reading) {
	wrong := s.Newest
	if !s.Believed.IsZero() {
		wrong = later(wrong, s.Believed.at(at.Up))
		s.leapt(at)
	}
	s.lose(at.Up) // until a record with the right time says that it is known
	s.Timekeeping = Timekeeping{Newest: at.Wall, Believed: at, Boot: s.Boot, Booted: s.Booted, Lost: s.Lost, LostAt: s.LostAt}
	if s.Gone.After(at.Wall) || s.OrdersFrom.After(at.Wall) {
		s.Gone, s.OrdersFrom = at.Wall, at.Wall // what was forgotten could count once more
	}
	for _, p := range s.Parcels {
		p = s.changeParcel(p.ID)
		s.redate(p, at.Wall)
		p.Since = earlier(p.Since, at.Wall)
		p.Fee.redate(at.Wall, wrong)
	}
	for _, p := range s.Parcels {
		if p.Tokens.After(at.Wall) {
			s.changeParcel(p.ID).Tokens = at.Wall
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

// redate repairs a parcel's period after a correction. One that was dated by a later time begins anew; so does one that has ended too
// soon, for its code opened nothing since. A rented door opened all the while, and goes on as if it had not been called overdue.
func (s *State) redate(p *Parcel, now time.Time) {
	early := p.overdue() && p.Expired && p.Until.After(now)
	late := p.Until.After(now.Add(s.period(p) + p.Extra))
	switch {
	case early && p.Rented && !late:
		p.Expired = false
	case early, late && p.State == ParcelStoredAt:
		p.State, p.Until, p.Expired = ParcelStoredAt, time.Time{}, false
	}
}

// redate puts right what of a fee was dated by a later time: which is what it was held to be until now. What stood still by it stood still
// as long before the right time; what was shown or paid by it holds for as long as it would have; and nobody was told in the future.
func (a *Account) redate(now, wrong time.Time) {
	if a.From.After(now) {
		a.From = now
	}
	ahead := wrong.Sub(now)
	if ahead <= 0 {
		return
	}
	a.Stood = slices.Clone(a.Stood)
	for i, x := range a.Stood {
		if x.To.After(now) {
			a.Stood[i] = tariff.Span{From: x.From.Add(-ahead), To: earlier(x.To.Add(-ahead), now)}
		}
	}
	if a.FrozenUntil.After(now.Add(paidHolds)) {
		a.FrozenUntil = earlier(a.FrozenUntil.Add(-ahead), now.Add(paidHolds))
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
