package locker

import (
	"slices"
	"time"
)

// What a site's rules, or an announcement, ask before a parcel is taken in. Whoever is refused keeps their parcel, and is told what to do
// instead.

// NotTaken is why a parcel was not taken in.
type NotTaken string

// Reasons.
const (
	NotTakenUnwatched NotTaken = "unwatched"  // what people send is to be seen by a camera, and that sees nothing
	NotTakenDeclined  NotTaken = "declined"   // its sender does not agree to what the announcement asks
	NotTakenHeavy     NotTaken = "heavy"      // it is heavier than what may be sent
	NotTakenConsent   NotTaken = "no_consent" // its recipient has not agreed that it goes in here
)

// sightless are the cameras that are to see what people send, and see nothing.
func (s *State) sightless() []string {
	return without(s.plan.Watch, func(name string) bool { return !slices.Contains(s.Cameras, name) })
}

// unwatched refuses a sender while a camera sees nothing that is to see what people send. Nobody could say later what was put in.
func (d *decision) unwatched(a Announcement) bool {
	cameras := d.s.sightless()
	if a.Rented || len(cameras) == 0 {
		return false
	}
	d.notTaken(ParcelNotTaken{Why: NotTakenUnwatched, Cameras: cameras})
	return true
}

// notTaken refuses what a sender has brought.
func (d *decision) notTaken(e ParcelNotTaken) {
	n := d.s.Session
	e.Session, e.Tracking, e.Order = n.ID, n.Tracking, n.Order
	d.emit(e)
	d.move(StepNotTaken, NoticeNone, 0)
}

// unseen says that a parcel is what somebody is just sending, and a camera sees nothing that is to see that: no door is opened for it.
func (s *State) unseen(parcel string) bool {
	p := s.parcel(parcel)
	return p != nil && p.sends() && len(s.sightless()) > 0
}

// sends says that somebody sends it, and is just putting it in.
func (p *Parcel) sends() bool { return p.Sender && !p.Rented && p.State == ParcelDropping }

// watching is the parcel that somebody is just sending, where a camera is to see that; empty: none.
func (s *State) watching(camera string) string {
	if p := s.parcel(s.Session.Parcel); p != nil && p.sends() && slices.Contains(s.plan.Watch, camera) {
		return p.ID
	}
	return ""
}

// Receipt is what whoever has put a parcel in gets in their hands: which record says so.
type Receipt struct {
	Tracking string    `json:"tracking"`
	Door     int       `json:"door"`
	At       time.Time `json:"at"`
	Known    bool      `json:"known"`
	Epoch    string    `json:"epoch"`
	Seq      uint64    `json:"seq"`
	Unsure   bool      `json:"unsure,omitempty"`
}

// viewTaken is what a screen says of what is asked before a parcel is taken in, and of what was.
func (s *State) viewTaken(v *View) {
	n := &s.Session
	v.Receipt, v.NotTaken, v.Denied, v.Weights = s.receipt(), n.NotTaken, n.Consent == ConsentDenied, s.weights()
	v.Labels = v.Step == StepHome && slices.ContainsFunc(s.Announced, func(a Announcement) bool { return a.Label })
	if v.Step == StepAgree {
		v.Posted = slices.Clone(s.statement().Texts)
	}
}

// receipt is that of the visit at the screen, once it is over and all is well; nil: there is none.
func (s *State) receipt() *Receipt {
	n := &s.Session
	if n.Step != StepThanks || n.Receipt.Seq == 0 || s.door(n.Door) == nil || s.door(n.Door).State == Open {
		return nil
	}
	r := n.Receipt
	return &r
}
