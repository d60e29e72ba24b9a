package desk_test

import (
	"testing"
	"time"

	"lockerd/internal/desk"
	"lockerd/internal/locker"
)

// refusedStory is a parcel that its recipient has fetched and put back.
func refusedStory(t *testing.T) *story {
	t.Helper()
	s := &story{t: t, known: desk.Known{Announced: &desk.Announcement{Order: "o1", Contact: desk.Contact{Mail: "lea@recipient.example"}}}}
	s.record(locker.ParcelStored{Parcel: "p1", Tracking: "T1", Door: 7, Order: "o1"})
	s.record(locker.PickupPeriodBegan{Parcel: "p1", Until: start.Add(72 * time.Hour)})
	s.record(locker.ParcelCollected{Parcel: "p1", Door: 7}).is(desk.Collected, desk.ToldCollected)
	s.record(locker.ParcelRefused{Parcel: "p1", Tracking: "T1", Door: 7, Reason: locker.RefuseGoods, Unlock: "u1"}).is(desk.NotWanted, desk.ToldRefused)
	return s
}

// TestWhatIsNotWanted: its recipient is told that it goes back, and of nothing else any more.
func TestWhatIsNotWanted(t *testing.T) {
	s := refusedStory(t)
	p := *s.known.Parcel
	if !p.Status.Lies() || p.Status.Owes() || !p.Ended.IsZero() {
		t.Errorf("want it to lie there with nothing owed, got %+v", p)
	}
	if desk.ToldRefused.Moot(p) || !desk.ToldCollected.Moot(p) {
		t.Error("want a notice that is late to say that it goes back, and nothing else")
	}
	if r := p.Reminder(start.Add(60 * time.Hour)); r != "" {
		t.Errorf("want no reminder, got %q", r)
	}
	s.record(locker.ParcelRecalled{Parcel: "p1", Door: 7, Courier: "c1"}).is(desk.TakenBack)
	if !s.known.Parcel.Refused() {
		t.Errorf("want its page not to say that it was not fetched in time, got %+v", s.known.Parcel)
	}
	s.record(locker.CollectionDisputed{Parcel: "p1", Door: 7, By: "courier:c1"}).is(desk.NotWanted)
	s.record(locker.ParcelRecalled{Parcel: "p1", Door: 7, Courier: "c2"})
	s.record(locker.ParcelMissing{Parcel: "p1", Door: 7, Courier: "c2"}).is(desk.NotBack)
	if s.alarm == nil || !s.known.Parcel.Refused() {
		t.Error("want somebody to look at a parcel that is missing, and its page to say what is known")
	}
}

// TestWhatIsWantedAgain: it waits as a new one, for whoever has the new code.
func TestWhatIsWantedAgain(t *testing.T) {
	for name, e := range map[string]locker.Event{
		"by the same": locker.ParcelCodeChanged{Order: "o2", Parcel: "p1", Door: 7, Tokens: start, Again: true},
		"by another":  locker.ParcelRecipientChanged{Order: "o2", Parcel: "p1", Door: 7, Tokens: start, Recipients: 1, Again: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := refusedStory(t)
			spent := s.known.Parcel.TokenID()
			s.record(e).is(desk.Waiting, desk.ToldStored)
			if id := s.known.Parcel.TokenID(); id == spent || len(id) > 32 || id != s.known.Parcel.TokenID() {
				t.Errorf("want one token that was not spent with the code of before, got %q", id)
			}
			if p := s.known.Parcel; !p.Until.IsZero() || p.Code != "40718293" {
				t.Errorf("want a new code, and a period that is still to begin, got %+v", p)
			}
			s.record(locker.PickupPeriodBegan{Parcel: "p1", Until: start.Add(200 * time.Hour)}).is(desk.Waiting)
		})
	}
}
