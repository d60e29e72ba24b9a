package locker

import "time"

// The time of day is judged like a contact: that a reading claims to be right proves nothing. A time server's answer may be
// forged, a clock without a battery starts anywhere, a person may have set it. What moves with the time of this run goes on;
// what jumps is doubted until somebody else says the same, or until it has stood for as long as it jumped.
const (
	// tolerance is how far clocks that are known to be right may differ: by a time server's small corrections, and from
	// whoever signs.
	tolerance = time.Minute
	// offFor is how long the power may have been away with nobody asking how late it is now.
	offFor = time.Hour
	// constancy is how far a reading may have jumped at the most to be believed because it stands, which it must for as long as
	// it has jumped: whoever forges the time makes it run at twice its speed, no faster. Of a longer jump a person has to say
	// that it is right, or something signed.
	constancy = 31 * 24 * time.Hour
	// fresh is how long after it was signed a time still tells how late it is.
	fresh = time.Hour
)

// Reading is a time of day, and when in this run it was.
type Reading struct {
	Wall time.Time     `json:"wall,omitzero"`
	Up   time.Duration `json:"up,omitempty"`
}

// IsZero says that there is none.
func (r Reading) IsZero() bool { return r.Wall.IsZero() }

// at is how late it is later in the run, if that reading was right.
func (r Reading) at(up time.Duration) time.Time { return r.Wall.Add(up - r.Up) }

// Timekeeping is what is held of the time of day. It is a value: whoever has it can judge readings by themselves.
type Timekeeping struct {
	// Newest is the newest time that was known to be right: it is not earlier now, over restarts, too.
	Newest time.Time `json:"newest,omitzero"`
	// Believed is the reading of this run that others are held against; none before the first.
	Believed Reading `json:"believed,omitzero"`
	// Doubted is a reading that jumped, and Jump how far; none while nothing is doubted.
	Doubted Reading       `json:"doubted,omitzero"`
	Jump    time.Duration `json:"jump,omitempty"`
	// Signed is the latest time at which something was signed that reached us in this run: it is at least as late.
	Signed Reading `json:"signed,omitzero"`
	// Boot names the machine's start, and Booted is how long after it the run's time began to be counted.
	Boot   string        `json:"boot,omitempty"`
	Booted time.Duration `json:"booted,omitempty"`
}

// later is the later one of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Trust judges a reading of the clocks that says of itself whether it is right. It is at least as late as the newest known
// record. Within a run a reading that has jumped is outvoted by what was believed, if something signed says the same; else
// nobody knows how late it is, and Wall is the best guess.
func (t Timekeeping) Trust(now Now) Now {
	now.Read, now.Claimed, now.Jump = now.Wall, now.Known, 0
	if jump := t.jumped(now); jump != 0 {
		guess := t.guess(now)
		vouched, stood := t.vouched(now.Read, now.Up), t.stood(now)
		// Within the hour that something signed leaves open both may be right: then the one that stands is.
		outvoted := !t.Believed.IsZero() && t.vouched(guess, now.Up) && (!vouched || !stood)
		believed := now.Claimed && !outvoted && (vouched || stood)
		if !believed {
			now.Wall = guess
			if now.Claimed {
				now.Jump = jump
			}
		}
		now.Known = now.Claimed && (outvoted || believed)
	}
	if behind := t.Newest.Sub(now.Wall); behind > 0 {
		now.Known = now.Known && behind <= tolerance
		now.Wall = t.Newest
	}
	return now
}

// jumped is how far a reading is from where it should be; 0 if that is near enough.
func (t Timekeeping) jumped(now Now) time.Duration {
	from, ahead := t.Newest, offFor
	if !t.Believed.IsZero() {
		from, ahead = t.Believed.at(now.Up), tolerance
	}
	jump := now.Wall.Sub(from)
	switch {
	case !t.Signed.IsZero() && now.Wall.Before(t.Signed.at(now.Up).Add(-fresh)):
		return now.Wall.Sub(t.Signed.at(now.Up))
	case !from.IsZero() && (jump > ahead || jump < -tolerance):
		return jump
	}
	return 0
}

// vouched says that something was signed at a time, or not long before: it is neither much earlier nor, since what is signed
// seldom takes long to come, much later.
func (t Timekeeping) vouched(at time.Time, up time.Duration) bool {
	if t.Signed.IsZero() {
		return false
	}
	age := at.Sub(t.Signed.at(up))
	return age >= -tolerance && age < fresh
}

// stood says that a reading that jumped has moved with the time of this run for long enough. One that something signed
// speaks against never has.
func (t Timekeeping) stood(now Now) bool {
	return t.doubts(now) && now.Up-t.Doubted.Up >= t.Jump.Abs() && t.Jump.Abs() <= constancy &&
		(t.Signed.IsZero() || !now.Read.Before(t.Signed.at(now.Up).Add(-fresh)))
}

// doubts says that a reading goes on from the one that is doubted.
func (t Timekeeping) doubts(now Now) bool {
	return !t.Doubted.IsZero() && now.Read.Sub(t.Doubted.at(now.Up)).Abs() <= tolerance
}

// guess is how late it is by what was believed in this run, or else as it is read.
func (t Timekeeping) guess(now Now) time.Time {
	if t.Believed.IsZero() {
		return now.Wall
	}
	return t.Believed.at(now.Up)
}

// sign notes a time at which something was signed.
func (t *Timekeeping) sign(at time.Time, up time.Duration) {
	if !at.IsZero() && (t.Signed.IsZero() || at.After(t.Signed.at(up))) {
		t.Signed = Reading{at, up}
	}
}

// signedBy takes the time at which something was signed that a record tells of: an order, or the code of a technician's app.
func (t *Timekeeping) signedBy(r Record) {
	switch e := r.Event.(type) {
	case OrderAccepted:
		t.sign(e.Issued, r.Up)
	case OrderRefused:
		t.sign(e.Issued, r.Up)
	case TechnicianSignedIn:
		t.sign(codeTime(e.Step), r.Up)
	case TechnicianSeconded:
		t.sign(codeTime(e.Step), r.Up)
	}
}

// codeTime is when an app's code begins to be shown (RFC 6238: a time step has 30 seconds); zero without one.
func codeTime(step int64) time.Time {
	if step == 0 {
		return time.Time{}
	}
	return time.Unix(step*30, 0).UTC()
}

// believe takes a record's time.
func (t *Timekeeping) believe(r Record) {
	if !r.Known {
		return
	}
	if t.Believed.IsZero() {
		t.Believed = Reading{r.At, r.Up}
	}
	if r.At.After(t.Newest) {
		t.Newest = r.At
	}
}

// restart goes over to the time of another run. While the machine was not started anew its own time tells how long there was
// no run; else what was believed or doubted counts no more, but what was signed is not earlier now.
func (t *Timekeeping) restart(e RunStarted, ended, up time.Duration) {
	same, shift := e.Boot != "" && e.Boot == t.Boot, t.Booted-e.booted()
	t.Boot, t.Booted = e.Boot, e.booted()
	if same {
		for _, r := range []*Reading{&t.Believed, &t.Doubted, &t.Signed} {
			if !r.IsZero() {
				r.Up += shift
			}
		}
		return
	}
	t.Believed, t.Doubted, t.Jump = Reading{}, Reading{}, 0
	if !t.Signed.IsZero() {
		t.Signed = Reading{t.Signed.at(ended), up}
	}
}

// Hear judges a reading of the clocks beside an input that may itself tell how late it is: an order says when it was signed,
// and a run that begins how long the machine has run.
func (s *State) Hear(now Now, in Input) Now {
	t := s.Timekeeping
	switch in := in.(type) {
	case OrderReceived:
		t.sign(in.Order.signedAt(), now.Up)
	case Started:
		t.restart(in.event(), s.Up, now.Up)
	}
	return t.Trust(now)
}

// Stirs says that the rules should hear of a reading: it has become known or is not any more, or another one is doubted.
func (s *State) Stirs(now Now) bool {
	now = s.Trust(now)
	return now.Known != s.Known || s.doubtful(now) || s.settled(now)
}

// doubtful says that a reading has jumped that is not doubted yet; settled, that the one that was doubted is gone.
func (t Timekeeping) doubtful(now Now) bool { return now.Jump != 0 && !t.doubts(now) }
func (t Timekeeping) settled(now Now) bool  { return now.Jump == 0 && !t.Doubted.IsZero() }

// clock notes that the time of day has become known, or is not any more, and a reading that is doubted.
func (d *decision) clock(in Input) {
	switch {
	case d.s.doubtful(d.now) && d.hears(SourceClock):
		d.emit(ClockDoubted{Read: d.read.UTC().Truncate(time.Millisecond), Jump: d.now.Jump.Milliseconds()})
	case !d.now.Known && d.s.Known:
		d.emit(ClockLost{})
	case d.now.Known && (!d.s.Known || d.s.settled(d.now)) && d.hears(SourceClock):
		d.emit(ClockSet{By: d.vouches(in), Own: d.now.Jump != 0})
	case !d.now.Known && d.s.settled(d.now):
		d.emit(ClockLost{}) // it does not claim to be right any more
	}
}

// vouches is who has said that a reading that jumped is right.
func (d *decision) vouches(in Input) string {
	o, ordered := in.(OrderReceived)
	switch {
	case d.s.jumped(Now{Wall: d.read, Up: d.now.Up}) == 0:
		return ""
	case ordered && !o.Order.signedAt().IsZero():
		return "order:" + o.Order.ID
	case d.now.Jump != 0 || d.s.vouched(d.read, d.now.Up):
		return "signature"
	}
	return "constancy"
}

func (s *State) applyClock(r Record, e Event) {
	switch e := e.(type) {
	case ClockSet:
		if !e.Own {
			s.Believed, s.Doubted, s.Jump = Reading{r.At, r.Up}, Reading{}, 0
		}
		s.date(r)
	case ClockLost:
		s.Doubted, s.Jump = Reading{}, 0
	case ClockDoubted:
		s.Doubted, s.Jump = Reading{e.Read, r.Up}, time.Duration(e.Jump)*time.Millisecond
	case ClockCorrected:
		s.correct(Reading{e.Time, r.Up})
	}
}
