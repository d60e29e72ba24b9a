package locker

import "time"

// The time of day is judged like a contact: a clock's claim to be right proves nothing. A time server's answer may be
// forged, a clock without a battery starts anywhere, a person may have set it. A reading that advances with the time of this
// run is believed. One that jumps is doubted until a second source agrees, or until it has stood for as long as it jumped.
const (
	// tolerance is how far two right clocks may differ: by a time server's small corrections, and between the cabinet and a
	// signer.
	tolerance = time.Minute
	// offFor is how long the power may have been away without the new reading being doubted.
	offFor = time.Hour
	// constancy is the longest jump that is believed because the reading stands. It must stand for as long as it jumped, so
	// a forger can make time run at twice its speed, no faster. A longer jump needs a person or a signature to confirm it.
	constancy = 31 * 24 * time.Hour
	// fresh is how long after it was signed a time still tells the present time.
	fresh = time.Hour
)

// Reading is a time of day, and the time in this run when it was read.
type Reading struct {
	Wall time.Time     `json:"wall,omitzero"`
	Up   time.Duration `json:"up,omitempty"`
}

// IsZero says that there is none.
func (r Reading) IsZero() bool { return r.Wall.IsZero() }

// at is the time of day later in the run, if that reading was right.
func (r Reading) at(up time.Duration) time.Time { return r.Wall.Add(up - r.Up) }

// Timekeeping is what the cabinet believes about the time of day. It is a value: a copy can judge readings without the
// state.
type Timekeeping struct {
	// Newest is the newest time that was known to be right. The present time is not earlier, over restarts, too.
	Newest time.Time `json:"newest,omitzero"`
	// Believed is the reading of this run that later ones are compared with; none before the first.
	Believed Reading `json:"believed,omitzero"`
	// Doubted is a reading that jumped, and Jump how far; none while nothing is doubted.
	Doubted Reading       `json:"doubted,omitzero"`
	Jump    time.Duration `json:"jump,omitempty"`
	// Signed is the latest signing time received: the present time is at least that.
	Signed Reading `json:"signed,omitzero"`
	// Stale says that Signed was received before the machine last started: how long it was off nobody knows, so it vouches for no time.
	Stale bool `json:"stale,omitempty"`
	// Boot identifies the start of the machine, and Booted is the machine's own time when the run began.
	Boot   string        `json:"boot,omitempty"`
	Booted time.Duration `json:"booted,omitempty"`
	// Lost says that the time is unknown as far as the records tell, and LostAt since when, as Up. A single record may know it
	// before they do: what tells of it waits while the clock is muted.
	Lost   bool          `json:"lost,omitempty"`
	LostAt time.Duration `json:"lost_at,omitempty"`
}

// later is the later one of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Trust judges a reading of the clocks, which may claim to be right. The result is never earlier than the newest record with
// a known time. Within a run, the believed time prevails over a reading that has jumped if something signed agrees with it;
// otherwise the time is unknown, and Wall is the best guess.
func (t Timekeeping) Trust(now Now) Now {
	now.Read, now.Claimed, now.Jump = now.Wall, now.Known, 0
	if jump := t.jumped(now); jump != 0 {
		guess := t.guess(now)
		vouched, stood := t.vouched(now.Read, now.Up), t.stood(now)
		// Within the hour that a signature leaves open both may be right: then the reading that stands counts.
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

// jumped is how far a reading is from the expected time; 0 if it is within the tolerance.
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

// vouched says that something was signed at this time or shortly before, and received since the machine started. So it is neither much
// earlier than the signing nor, since signed messages seldom take long to arrive, much later.
func (t Timekeeping) vouched(at time.Time, up time.Duration) bool {
	if t.Signed.IsZero() || t.Stale {
		return false
	}
	age := at.Sub(t.Signed.at(up))
	return age >= -tolerance && age < fresh
}

// stood says that a reading that jumped has advanced with the time of this run for long enough. A reading that contradicts
// something signed never has.
func (t Timekeeping) stood(now Now) bool {
	return t.doubts(now) && now.Up-t.Doubted.Up >= t.Jump.Abs() && t.Jump.Abs() <= constancy &&
		(t.Signed.IsZero() || !now.Read.Before(t.Signed.at(now.Up).Add(-fresh)))
}

// doubts says that a reading continues the one that is doubted.
func (t Timekeeping) doubts(now Now) bool {
	return !t.Doubted.IsZero() && now.Read.Sub(t.Doubted.at(now.Up)).Abs() <= tolerance
}

// guess is the time by what was believed in this run, or otherwise as it is read.
func (t Timekeeping) guess(now Now) time.Time {
	if t.Believed.IsZero() {
		return now.Wall
	}
	return t.Believed.at(now.Up)
}

// sign notes a time at which something was signed.
func (t *Timekeeping) sign(at time.Time, up time.Duration) {
	if !at.IsZero() && (t.Signed.IsZero() || at.After(t.Signed.at(up))) {
		t.Signed, t.Stale = Reading{at, up}, false
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

// believe takes over a record's time.
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

// lose notes that the time is unknown from now on.
func (t *Timekeeping) lose(up time.Duration) {
	if !t.Lost {
		t.Lost, t.LostAt = true, up
	}
}

// restart converts the times to those of another run. If the machine kept running, its own time measures the gap between the
// runs. Otherwise the believed and doubted readings are void, while a signing time still is a lower bound.
func (t *Timekeeping) restart(e RunStarted, ended, up time.Duration) {
	same, shift := e.Boot != "" && e.Boot == t.Boot, t.Booted-e.booted()
	t.Boot, t.Booted = e.Boot, e.booted()
	if same {
		for _, r := range []*Reading{&t.Believed, &t.Doubted, &t.Signed} {
			if !r.IsZero() {
				r.Up += shift
			}
		}
		t.LostAt += shift
		return
	}
	t.Lost, t.LostAt = false, 0 // the record of the start says it anew
	t.Believed, t.Doubted, t.Jump = Reading{}, Reading{}, 0
	if !t.Signed.IsZero() {
		t.Signed, t.Stale = Reading{t.Signed.at(ended), up}, true
	}
}

// Hear judges a reading of the clocks together with an input that may itself tell the time: an order carries its signing
// time, and the start of a run how long the machine has run.
func (s *State) Hear(now Now, in Input) Now {
	t := s.Timekeeping
	switch in := in.(type) {
	case OrderReceived:
		if in.Order.Issuer != "" && s.mayOrder(in.Order.Issuer) {
			t.sign(in.Order.signedAt(), now.Up)
		}
	case Started:
		t.restart(in.event(), s.Up, now.Up)
	}
	return t.Trust(now)
}

// Stirs says that the rules need to see a reading: the time has become known or unknown, or another reading is doubted.
func (s *State) Stirs(now Now) bool {
	now = s.Trust(now)
	return now.Known == s.Lost || s.doubtful(now) || s.settled(now)
}

// doubtful says that a reading has jumped and is not doubted yet; settled, that none is doubted any more: the doubted one is gone, or one
// that has jumped is believed, which nobody need have doubted first.
func (t Timekeeping) doubtful(now Now) bool { return now.Jump != 0 && !t.doubts(now) }
func (t Timekeeping) settled(now Now) bool {
	return now.Jump == 0 && (!t.Doubted.IsZero() || now.Known && t.leap(Reading{now.Wall, now.Up}).Abs() > tolerance)
}

// leap is how far a reading is from the time that was believed in this run; 0 if none was.
func (t Timekeeping) leap(r Reading) time.Duration {
	if t.Believed.IsZero() {
		return 0
	}
	return r.Wall.Sub(t.Believed.at(r.Up))
}

// clock records that the time of day has become known or unknown, and a newly doubted reading.
func (d *decision) clock(in Input) {
	switch {
	case d.s.doubtful(d.now) && d.hears(SourceClock):
		d.emit(ClockDoubted{Read: d.read.UTC().Truncate(time.Millisecond), Jump: d.now.Jump.Milliseconds()})
	case !d.now.Known && !d.s.Lost:
		d.emit(ClockLost{})
	case d.now.Known && (d.s.Lost || d.s.settled(d.now)) && d.hears(SourceClock):
		d.emit(ClockSet{By: d.vouches(in), Own: d.now.Jump != 0})
	case !d.now.Known && d.s.settled(d.now):
		d.emit(ClockLost{}) // it does not claim to be right any more
	}
}

// vouches names the source that confirms a reading that jumped.
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
		if s.leapt(Reading{r.At, r.Up}); !e.Own {
			s.Believed, s.Doubted, s.Jump = Reading{r.At, r.Up}, Reading{}, 0
		}
		s.Lost, s.LostAt = false, 0
		s.date(r)
	case ClockLost:
		s.Doubted, s.Jump = Reading{}, 0
		s.lose(r.Up)
	case ClockDoubted:
		if !r.Known {
			s.lose(r.Up)
		}
		s.Doubted, s.Jump = Reading{e.Read, r.Up}, time.Duration(e.Jump)*time.Millisecond
	case ClockCorrected:
		s.correct(Reading{e.Time, r.Up})
	}
}
