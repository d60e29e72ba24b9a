package locker

import "time"

// Deadline is how long after now something changes by itself, even if only on the screen; 0 if that time has passed.
func (s *State) Deadline(now Now) (time.Duration, bool) {
	var next time.Duration
	found := false
	at := func(up time.Duration) {
		if !found || up < next {
			next, found = up, true
		}
	}
	t := s.plan.Times
	for turn := s.nextAwake(0); turn >= 0; turn = s.nextAwake(turn + 1) {
		d := s.at(turn)
		if d.Unlock.ID != "" {
			at(d.Unlock.At + t.Judge)
		}
		if d.State == Open && now.Up < d.Since+t.DoorWarn {
			at(d.Since + t.DoorWarn)
		}
		if d.State == Open && !d.LeftOpen {
			at(d.Since + t.DoorReport)
		}
		if rest, sensed := d.rests(); sensed && now.Up < rest {
			at(rest)
		}
		if over := s.reopensUntil(d); d.Holds.Kind == Collected && d.State == Closed && now.Up < over {
			at(over)
		}
	}
	s.chargeDue(at)
	for _, x := range s.Sources {
		if x.Muted {
			at(x.unmutes())
		}
	}
	if h := s.Setup.Hand; h.Unlock != "" {
		at(h.At + t.Judge)
	}
	for _, k := range []Typing{s.Typing, s.TechPIN, s.Scans} {
		if k.Locked {
			at(k.Since + k.For)
		}
	}
	if end, ok := s.sessionEnd(); ok {
		at(end)
		over := s.sessionOver()
		if at(over); now.Up < over-overNotice {
			at(over - overNotice)
		}
	}
	if now.Jump != 0 && !now.Known && s.doubts(now) && s.Signed.IsZero() && s.Jump.Abs() <= constancy {
		at(s.Doubted.Up + s.Jump.Abs())
	}
	if now.Known {
		s.calendar(func(on time.Time) { at(now.Up + on.Sub(now.Wall)) })
		s.linkDue(now, at)
		if n := s.Remote.Notice; n != nil && now.Wall.Before(n.From) {
			at(now.Up + n.From.Sub(now.Wall))
		}
	}
	return max(0, next-now.Up), found
}

// calendar calls at with every date on which something changes.
func (s *State) calendar(at func(time.Time)) {
	switch next := s.soonest; {
	case !next.some:
	case !next.on.IsZero():
		at(next.on)
	default: // it begins with the next input
		for _, p := range s.Parcels {
			if on := p.due(s.Session.Parcel); on.some && !on.on.IsZero() {
				at(on.on)
			}
		}
	}
	for i := range s.Announced {
		if a := &s.Announced[i]; a.Known {
			at(a.At.Add(s.plan.Times.Announced))
		}
		if a := &s.Announced[i]; !a.Until.IsZero() {
			at(a.Until)
		}
	}
	for _, b := range s.Bookings {
		at(b.Until)
	}
	for _, i := range s.Issuers {
		if !i.Until.IsZero() {
			at(i.Until)
		}
	}
	if n := s.Remote.Notice; n != nil && !n.Until.IsZero() {
		at(n.Until)
	}
	for _, e := range s.Technicians {
		if !e.Enrolled {
			at(e.Until)
		}
	}
}
