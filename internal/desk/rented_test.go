package desk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/desk"
	"lockerd/internal/locker"
)

// rental is a desk without books: one door that Ada rents.
type rental struct {
	t     *testing.T
	known desk.Known
	said  []string // by the last record: what, and to whom of those who share it
}

func rents(t *testing.T, mail string) *rental {
	return &rental{t: t, known: desk.Known{Announced: &desk.Announcement{Order: "o1", Cabinet: "demo-1", Tracking: "LUGGAGE-17", State: desk.Sent, Rents: true, Hours: 24,
		Fee: &locker.Terms{Currency: "EUR", Due: 400}, Contact: desk.Contact{Mail: mail}}}}
}

// record follows an event, whose code is what its order is called.
func (s *rental) record(code string, e locker.Event) *rental {
	s.t.Helper()
	r := desk.Record{Event: e, Code: code}
	r.Cabinet, r.At, r.Kind = "demo-1", start, e.Kind()
	o := desk.Follow(s.known, r)
	if o.Parcel != nil {
		s.known.Parcel = o.Parcel
	}
	if o.Announced != nil {
		s.known.Announced = o.Announced
	}
	if o.Share != nil {
		s.known.Share = o.Share
	}
	s.said = nil
	for _, n := range o.Notices {
		s.said = append(s.said, strings.TrimSuffix(string(n.What)+" "+n.Sharer, " "))
		now := s.known.Announced.Sending()
		if s.known.Parcel != nil {
			now = *s.known.Parcel
		}
		if now = now.For(n.Sharer); n.What.Moot(now) || !now.Contact.Reached() {
			s.t.Errorf("want %s to be true, and somebody to be told, got %+v", n.What, now)
		}
	}
	return s
}

func (s *rental) says(want ...string) *rental {
	s.t.Helper()
	if !slices.Equal(s.said, want) {
		s.t.Errorf("want %q said, got %q", want, s.said)
	}
	return s
}

// share has one more person share it, whom this desk can reach by an address; empty: it cannot.
func (s *rental) share(order, person, mail string, e locker.ParcelShared) *rental {
	s.known.Share = nil
	if mail != "" {
		s.known.Share = &desk.Announcement{Order: order, State: desk.Sharing, Rents: true, Contact: desk.Contact{Mail: mail}}
	}
	e.Order, e.Person, e.Tracking = order, person, "LUGGAGE-17"
	s.record("code of "+person, e)
	if s.known.Share != nil && s.known.Share.State != desk.Over {
		s.t.Errorf("want %s no longer waited for, got %s", order, s.known.Share.State)
	}
	return s
}

var (
	forRenter = locker.ParcelAnnounced{Order: "o1", Tracking: "LUGGAGE-17", From: locker.FromRenter, Company: "Example Storage", Until: start.Add(14 * 24 * time.Hour)}
	put       = locker.ParcelKept{Parcel: "p1", Tracking: "LUGGAGE-17", Door: 7, Size: "M", Company: "Example Storage", Order: "o1", First: true}
	ofNow     = locker.ParcelShared{Announced: "o1"}
	ofThen    = locker.ParcelShared{Parcel: "p1"}
)

// rented is a door that Ada has, which she shares with Ben; Cleo, who shares it, too, nobody can reach.
func inUse(t *testing.T) *rental {
	s := rents(t, "ada@renter.example").record("code of ada", forRenter).says("to_rent")
	s.share("o2", "ben", "ben@sharer.example", ofNow).says("shared ben").share("o3", "cleo", "", ofNow).says()
	return s.record("", put).says("kept", "kept ben").record("", locker.PickupPeriodBegan{Parcel: "p1", Until: start.Add(30 * time.Hour)}).says()
}

// codes are those that somebody sees of the door, as each of its people.
func (s *rental) codes() (list []string) {
	for _, who := range []string{"", "ben", "cleo", "nobody"} {
		list = append(list, s.known.Parcel.For(who).Code)
	}
	return list
}

// TestARentersLetters: to all who share the door, each with their own code; to one whom it is about alone; and nobody twice.
func TestARentersLetters(t *testing.T) {
	s := inUse(t)
	if want := []string{"code of ada", "code of ben", "code of cleo", ""}; !slices.Equal(s.codes(), want) {
		t.Errorf("want the codes %q, got %q", want, s.codes())
	}
	if a := s.known.Announced; a.State != desk.Over || a.Code != "" || a.People[0].Code != "" || a.People[0].Contact.Mail == "" {
		t.Errorf("want the codes gone with the door, and who has shared it known, got %+v", a)
	}
	s.record("", locker.AnnouncementDropped{Order: "o1", Why: "stored"}).says()
	s.record("", locker.ParcelOpened{Parcel: "p1", Door: 7, Person: "ben"}).says()
	again := put
	again.First = false
	s.record("", again).says()
	s.record("another code", locker.ParcelCodeChanged{Parcel: "p1", Order: "o4"}).says("new_code")
	if got := s.codes()[0]; got != "another code" || s.known.Parcel.Link != "" {
		t.Errorf("want the new code, and another page, got %q, %q", got, s.known.Parcel.Link)
	}
	s.record("", locker.ParcelExtended{Parcel: "p1", Door: 7, Until: start.Add(40 * time.Hour)}).says("rent_extended", "rent_extended ben")
	s.record("", locker.ParcelUnshared{Parcel: "p1", Person: "ben", Order: "o5"}).says("unshared ben")
	s.record("", locker.ParcelUnshared{Parcel: "p1", Person: "ben", Order: "o5"}).says() // a restored journal says it once more
	for _, x := range s.known.Parcel.People {
		if x.Gone && x.Code != "" {
			t.Errorf("want nothing left of a code that is dead, got %+v", x)
		}
	}
	if p := s.known.Parcel.For("ben"); p.Code != "" || p.Opens() || p.Status != desk.Unshared || len(desk.Sharers(s.known.Parcel.People)) != 1 {
		t.Errorf("want no code for who does not share it, got %+v", p)
	}
	s.record("", locker.ParcelExpired{Parcel: "p1", Door: 7}).says("overdue")
	s.share("o6", "ben", "ben@elsewhere.example", ofThen).says("shared ben")
	s.record("", locker.ParcelCollected{Parcel: "p1", Door: 7, Person: "ben"}).says("ended", "ended ben")
	s.record("", locker.CollectionDisputed{Parcel: "p1", Door: 7}).says()
	s.record("", locker.ParcelCancelled{Parcel: "p1", Door: 7}).says("rent_cancelled", "rent_cancelled ben")
	s.record("", locker.ParcelRecalled{Parcel: "p1", Door: 7}).says("cleared", "cleared ben")
}

// TestADoorThatNobodyTakes: all who have a code are told that it opens nothing; of a new announcement, which gives its renter another, those who
// shared the old one; of an erasure nobody.
func TestADoorThatNobodyTakes(t *testing.T) {
	for why, want := range map[string][]string{"too old": {"not_rented", "not_rented ben"}, "cancelled": {"not_rented", "not_rented ben"}, "replaced": {"not_rented ben"},
		"erased": nil, "stored": nil} {
		s := rents(t, "ada@renter.example").record("a code", forRenter).share("o2", "ben", "ben@sharer.example", ofNow)
		s.record("", locker.AnnouncementDropped{Order: "o1", Why: why}).says(want...)
		for _, who := range []string{"", "ben"} {
			if p := s.known.Announced.Sending().For(who); p.Status != desk.NotRented || p.Code != "" {
				t.Errorf("%s: want no code any more for %q, got %+v", why, who, p)
			}
		}
		s.record("", locker.AnnouncementDropped{Order: "o1", Why: why}).says()
	}
}

// TestARenterWithoutAnAddress is told by whoever announced the door; so are those who share it.
func TestARenterWithoutAnAddress(t *testing.T) {
	s := rents(t, "").record("a code", forRenter).says().share("o2", "ben", "", ofNow).says().record("", put).says()
	s.record("", locker.ParcelExpired{Parcel: "p1", Door: 7}).says().record("", locker.ParcelHandedOver{Parcel: "p1", Door: 7}).says()
}

// TestNobodySawTheDoorShut: they are asked to look.
func TestNobodySawTheDoorShut(t *testing.T) {
	unsure := put
	unsure.Unsure = true
	rents(t, "ada@renter.example").record("a code", forRenter).record("", unsure).says("kept_unsure")
}

// TestPutInTwice: a cabinet whose journal was restored has a second thing behind a door of the same order. It is nobody's here.
func TestPutInTwice(t *testing.T) {
	s := inUse(t)
	s.known.Parcel.Link = "a link"
	s.record("", put).says()
	if p := s.known.Parcel; p.Link != "a link" || p.Contact.IsZero() || p.Code != "code of ada" || len(p.People) != 2 {
		t.Errorf("want the same thing to keep its people, got %+v", p)
	}
	s.known.Parcel = nil
	again := put
	again.Parcel = "p2"
	s.record("", again).says()
	if p := s.known.Parcel; p.Link != "" || !p.Contact.IsZero() || p.Code != "" || len(p.People) != 0 || !p.Rented {
		t.Errorf("want it nobody's, got %+v", p)
	}
}

// TestARenterIsWarned a day before the end, or an hour of a short time; not of an end that they have just been told.
func TestARenterIsWarned(t *testing.T) {
	for _, c := range []struct {
		name   string
		hours  int
		before time.Duration // of the end
		want   desk.Told
	}{
		{"a day before", 48, 24 * time.Hour, desk.ToldRentLastDay}, {"earlier", 48, 24*time.Hour + time.Second, ""}, {"at the end", 48, 0, ""},
		{"an hour before", 24, time.Hour, desk.ToldRentLastDay}, {"not a day before", 24, 2 * time.Hour, ""}, {"of an hour", 1, time.Hour, ""}, {"within an hour", 1, time.Minute, ""},
	} {
		until := start.Add(time.Duration(c.hours) * time.Hour)
		p := desk.Parcel{Rented: true, Status: desk.Kept, Stored: start, Until: until}
		if got := p.Reminder(until.Add(-c.before)); got != c.want {
			t.Errorf("%s: want %q, got %q", c.name, c.want, got)
		}
		p.Status = desk.Expired
		if got := p.Reminder(until.Add(-c.before)); got != "" {
			t.Errorf("%s: want nothing of what is over, got %q", c.name, got)
		}
	}
}

// TestWhatRentersAreToldIsTrue: a letter that comes late says nothing that is over.
func TestWhatRentersAreToldIsTrue(t *testing.T) {
	all := []desk.Status{desk.ToRent, desk.NotRented, desk.Unshared, desk.Kept, desk.Expired, desk.Cancelled, desk.Collected, desk.HandedOver, desk.TakenBack, ""}
	theirs := []desk.Status{desk.Kept, desk.Expired}
	for told, stays := range map[desk.Told][]desk.Status{desk.ToldToRent: {desk.ToRent}, desk.ToldRentSoon: {desk.ToRent}, desk.ToldNotRented: {desk.NotRented},
		desk.ToldShared: {desk.ToRent, desk.Kept, desk.Expired}, desk.ToldUnshared: {desk.Unshared}, desk.ToldKept: theirs, desk.ToldKeptUnsure: theirs, desk.ToldNewCode: theirs,
		desk.ToldRentExtended: {desk.Kept}, desk.ToldRentLastDay: {desk.Kept}, desk.ToldOverdue: {desk.Expired}, desk.ToldEnded: {desk.Collected, desk.HandedOver},
		desk.ToldCleared: {desk.TakenBack}, desk.ToldRentCancelled: {desk.Cancelled}} {
		for _, status := range all {
			if want, got := !slices.Contains(stays, status), told.Moot(desk.Parcel{Status: status, Rented: true}); got != want {
				t.Errorf("%s of a door %s: want moot %v, got %v", told, status, want, got)
			}
		}
	}
}

// TestWhatADoorCostsGoesOn: a period that begins once more, since the clock was wrong, is no new beginning of what time costs, unless that lay
// ahead.
func TestWhatADoorCostsGoesOn(t *testing.T) {
	s := inUse(t)
	for began, want := range map[time.Duration]time.Time{-50 * time.Hour: start.Add(-50 * time.Hour), 50 * time.Hour: start} {
		f := *s.known.Parcel.Fee
		f.From = start.Add(began)
		s.known.Parcel.Fee = &f
		s.record("", locker.PickupPeriodBegan{Parcel: "p1", Until: start.Add(30 * time.Hour)})
		if got := s.known.Parcel.Fee.From; !got.Equal(want) {
			t.Errorf("begun %s: want %s, got %s", began, want, got)
		}
	}
}
