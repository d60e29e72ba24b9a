package locker

import (
	"slices"
	"time"
)

// parcelIndex finds a parcel by its id, and when the next one is due, without a search. It follows State.Parcels: only this
// file adds, drops and hands out parcels to be changed, and the end of Apply (settle) processes those that may have changed.
type parcelIndex struct {
	// byID is the state's own. Drafts share it and never change it: their changes are in drafted, with nil for dropped
	// parcels.
	byID    map[string]*Parcel
	drafted []drafted

	lying   int       // parcels that lie there
	odd     int       // those of them that do not just wait to be fetched: see kind
	soonest due       // of a draft: none is due sooner
	session string    // the parcel of the session that soonest is about: nobody's time runs out while they stand there
	touched []touched // since the end of the newest Apply
}

func (x parcelIndex) clone() parcelIndex {
	x.touched, x.drafted = nil, slices.Clone(x.drafted)
	return x
}

type drafted struct {
	id string
	p  *Parcel
}

// touched is a parcel that may have changed, and its state before.
type touched struct {
	id  string
	was standing
}

// standing is how a parcel is counted.
type standing struct {
	lies, odd bool
	due       due
}

func (s *State) standing(p *Parcel) standing {
	if p == nil {
		return standing{}
	}
	return standing{lies: p.State == ParcelStoredAt || p.State == ParcelOverstays || p.State == ParcelToGo || p.State == ParcelHeld,
		odd: p.kind(s.plan.WrongTries) != "", due: p.due(s.session)}
}

// count counts one more of a kind, or one less.
func (x *parcelIndex) count(of standing, n int) {
	if of.lies {
		x.lying += n
	}
	if of.odd {
		x.odd += n
	}
}

// due says when the calendar changes something about a parcel: never, unless some is set.
type due struct {
	some bool
	on   time.Time // zero: as soon as the clock is known
}

func (a due) before(b due) bool { return a.some && (!b.some || a.on.Before(b.on)) }

// due is when the pickup period of a parcel begins or ends; session is the session's parcel.
func (p *Parcel) due(session string) due {
	if p.State != ParcelStoredAt || p.Expired || p.Stop.Why != "" || !p.Until.IsZero() && p.ID == session {
		return due{}
	}
	return due{some: true, on: p.Until}
}

// indexParcels is for a state that was just read.
func (s *State) indexParcels() {
	s.parcelIndex = parcelIndex{byID: make(map[string]*Parcel, len(s.Parcels)), session: s.Session.Parcel}
	for _, p := range s.Parcels {
		s.byID[p.ID] = p
		s.count(s.standing(p), 1)
	}
	s.findSoonest()
}

func (s *State) findSoonest() {
	s.soonest = due{}
	for _, p := range s.Parcels {
		if on := p.due(s.session); on.before(s.soonest) {
			s.soonest = on
		}
	}
}

// settleParcels updates the counts and the next due date after an event has been applied.
func (s *State) settleParcels() {
	x := &s.parcels
	if x.session != s.Session.Parcel {
		s.touchParcel(x.session)
		s.touchParcel(s.Session.Parcel)
		x.session = s.Session.Parcel
	}
	for _, t := range x.touched {
		is := s.standing(s.parcel(t.id))
		x.count(t.was, -1)
		x.count(is, 1)
		if t.was.odd || is.odd {
			s.moved.all++
		}
		switch {
		case is.due == t.was.due:
		case is.due.before(x.soonest):
			x.soonest = is.due
		case t.was.due == x.soonest && !s.draft: // to a decision it is enough that what comes next comes no sooner
			s.findSoonest()
		}
	}
	x.touched = x.touched[:0]
}

// touchParcel notes a parcel's state before it changes.
func (s *State) touchParcel(id string) {
	x := &s.parcels
	if id != "" && !slices.ContainsFunc(x.touched, func(t touched) bool { return t.id == id }) {
		x.touched = append(x.touched, touched{id, s.standing(s.parcel(id))})
	}
}

// parcel finds a parcel; nil if there is none. It is for reading.
func (s *State) parcel(id string) *Parcel {
	if id == "" {
		return nil
	}
	for _, d := range s.drafted {
		if d.id == id {
			return d.p
		}
	}
	return s.byID[id]
}

// setParcel adds a parcel to the index, or removes it.
func (s *State) setParcel(id string, p *Parcel) {
	switch i := slices.IndexFunc(s.drafted, func(d drafted) bool { return d.id == id }); {
	case i >= 0:
		s.drafted[i].p = p
	case s.draft:
		s.drafted = append(s.drafted, drafted{id, p})
	case p == nil:
		delete(s.byID, id)
	default:
		s.byID[id] = p
	}
}

func (s *State) addParcel(p *Parcel) {
	s.touchParcel(p.ID)
	s.Parcels = append(s.Parcels, p)
	s.setParcel(p.ID, p)
}

// changeParcel finds a parcel to be changed; nil if there is none.
func (s *State) changeParcel(id string) *Parcel {
	p := s.parcel(id)
	if p == nil {
		return nil
	}
	s.touchParcel(id)
	if s.draft {
		was := p
		p = new(Parcel)
		*p = *was
		s.Parcels[slices.Index(s.Parcels, was)] = p
		s.setParcel(id, p)
	}
	return p
}

func (s *State) dropParcel(id string) {
	p := s.parcel(id)
	if p == nil {
		return
	}
	s.touchParcel(id)
	i := slices.Index(s.Parcels, p)
	s.Parcels = slices.Delete(s.Parcels, i, i+1)
	s.setParcel(id, nil)
}
