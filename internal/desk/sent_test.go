package desk_test

import (
	"testing"
	"time"

	"lockerd/internal/desk"
	"lockerd/internal/locker"
)

var (
	fromSender = locker.ParcelAnnounced{Order: "o1", Tracking: "JJD000390030", From: locker.FromSender, Company: "Example Parcel", Until: start.Add(14 * 24 * time.Hour)}
	sent       = locker.ParcelSent{Parcel: "p1", Tracking: "JJD000390030", Door: 7, Size: "M", Company: "Example Parcel", Order: "o1"}
)

// sends is a story that begins with a sender who can be reached by an address.
func sends(t *testing.T, mail string) *story {
	return &story{t: t, known: desk.Known{Announced: &desk.Announcement{Order: "o1", Cabinet: "demo-1", Tracking: "JJD000390030", State: desk.Sent, Sends: true,
		Contact: desk.Contact{Mail: mail}}}}
}

// tells says what somebody was told by the last record.
func (s *story) tells(want ...desk.Told) *story {
	s.t.Helper()
	if len(s.told) != len(want) || len(want) > 0 && s.told[0] != want[0] {
		s.t.Errorf("want %q told, got %q", want, s.told)
	}
	return s
}

// TestWhatSomebodySends: they are told their code, that it is in, and that a courier has it; their page goes with them.
func TestWhatSomebodySends(t *testing.T) {
	s := sends(t, "ada@sender.example").record(fromSender).tells(desk.ToldToSend)
	if p := s.known.Announced.Sending(); p.Status != desk.ToSend || p.Code != "40718293" || !p.Until.Equal(fromSender.Until) || p.Door != 0 {
		t.Errorf("want the code, until when, and no door, got %+v", p)
	}
	s.known.Announced.Link = "a link"
	s.record(sent).is(desk.ToCollect, desk.ToldSent)
	if p := s.known.Parcel; p.Contact.Mail != "ada@sender.example" || p.Link != "a link" || p.Code != "" || s.known.Announced.State != desk.Over {
		t.Errorf("want its sender and their page with it, and no code, got %+v", p)
	}
	s.record(locker.AnnouncementDropped{Order: "o1", Why: "stored"}).tells()
	s.record(locker.ParcelDispatched{Parcel: "p1", Door: 7, Courier: "c1"}).is(desk.Dispatched, desk.ToldDispatched)
	s.record(locker.CollectionDisputed{Parcel: "p1", Door: 7, By: "courier:c1"}).is(desk.ToCollect)
	s.record(locker.ParcelDispatched{Parcel: "p1", Door: 7, Courier: "c2"}).is(desk.Dispatched, desk.ToldDispatched)
	s.record(locker.ParcelMissing{Parcel: "p1", Door: 7, Courier: "c2"}).is(desk.Missing, desk.ToldMissing)
	if s.alarm == nil {
		t.Error("want somebody to look at a parcel that is missing")
	}
}

// TestNobodySawItShut: their receipt says so.
func TestNobodySawItShut(t *testing.T) {
	unsure := sent
	unsure.Unsure = true
	sends(t, "ada@sender.example").record(fromSender).record(unsure).is(desk.ToCollect, desk.ToldUnsure)
}

// TestASenderWithoutAnAddress is told by whoever announced their parcel, and this desk makes no notice that would reach nobody.
func TestASenderWithoutAnAddress(t *testing.T) {
	s := sends(t, "").record(fromSender).tells()
	s.record(sent).is(desk.ToCollect)
	s.record(locker.ParcelDispatched{Parcel: "p1", Door: 7, Courier: "c1"}).is(desk.Dispatched)
	unknown := &story{t: t}
	unknown.record(sent).is(desk.ToCollect)
	unknown.record(locker.ParcelMissing{Parcel: "p1", Door: 7, Courier: "c1"}).is(desk.Missing)
}

// TestASendersCodeThatNobodyCanRead: a box for another key is a problem; there is nothing to tell.
func TestASendersCodeThatNobodyCanRead(t *testing.T) {
	s := sends(t, "ada@sender.example")
	r := desk.Record{Event: fromSender}
	if o := desk.Follow(s.known, r); len(o.Notices) != 0 || o.Announced.State != desk.Expects {
		t.Errorf("want no letter without a code, got %+v", o)
	}
}

// TestNoLongerExpected: whoever has a code is told that it opens nothing, but not one who gets another, is erased, or has sent it.
func TestNoLongerExpected(t *testing.T) {
	for why, told := range map[string][]desk.Told{"too old": {desk.ToldNotSent}, "cancelled": {desk.ToldNotSent}, "replaced": nil, "erased": nil, "stored": nil} {
		s := sends(t, "ada@sender.example").record(fromSender).record(locker.AnnouncementDropped{Order: "o1", Why: why}).tells(told...)
		if p := s.known.Announced.Sending(); p.Status != desk.NotSent || p.Code != "" || !p.Until.Equal(start) {
			t.Errorf("%s: want no code any more, and when that was, got %+v", why, p)
		}
		s.record(locker.AnnouncementDropped{Order: "o1", Why: why}).tells() // a restored journal says it once more
	}
	// A courier's announcement has nobody to tell.
	s := &story{t: t, known: desk.Known{Announced: &desk.Announcement{Order: "o1", State: desk.Sent, Contact: desk.Contact{Mail: "ada@recipient.example"}}}}
	s.record(locker.ParcelAnnounced{Order: "o1", Tracking: "T1"}).tells().record(locker.AnnouncementDropped{Order: "o1", Why: "too old"}).tells()
	if s.known.Announced.Code != "" {
		t.Error("want no code of a parcel that a courier brings")
	}
}

// TestSentTwice: a cabinet whose journal was restored has the sender put it in once more. Their page is of the first, and nobody is told twice.
func TestSentTwice(t *testing.T) {
	s := sends(t, "ada@sender.example").record(fromSender)
	s.known.Announced.Link = "a link"
	s.record(sent).is(desk.ToCollect, desk.ToldSent)
	s.record(sent).is(desk.ToCollect)
	if p := s.known.Parcel; p.Link != "a link" || p.Contact.IsZero() {
		t.Errorf("want the same parcel to keep its page, got %+v", p)
	}
	s.known.Parcel = nil
	again := sent
	again.Parcel = "p2"
	s.record(again).is(desk.ToCollect)
	if p := s.known.Parcel; p.Link != "" || !p.Contact.IsZero() {
		t.Errorf("want the page of the first to be of no other, got %+v", p)
	}
}

// TestWhatSendersAreToldIsTrue: a letter that comes late says nothing that is over. A receipt stays one.
func TestWhatSendersAreToldIsTrue(t *testing.T) {
	all := []desk.Status{desk.ToSend, desk.NotSent, desk.ToCollect, desk.Dispatched, desk.Missing}
	for told, stays := range map[desk.Told][]desk.Status{desk.ToldToSend: {desk.ToSend}, desk.ToldSendSoon: {desk.ToSend}, desk.ToldNotSent: {desk.NotSent},
		desk.ToldSent: {desk.ToCollect, desk.Dispatched}, desk.ToldUnsure: {desk.ToCollect, desk.Dispatched}, desk.ToldDispatched: {desk.Dispatched}, desk.ToldMissing: {desk.Missing}} {
		for _, status := range all {
			want := true
			for _, s := range stays {
				want = want && s != status
			}
			if got := told.Moot(desk.Parcel{Status: status}); got != want {
				t.Errorf("%s of a parcel %s: want moot %v, got %v", told, status, want, got)
			}
		}
	}
}
