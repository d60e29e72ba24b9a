package desk_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/credential"
	"lockerd/internal/desk"
	"lockerd/internal/locker"
)

// story is a desk without books: one parcel, one announcement.
type story struct {
	t     *testing.T
	known desk.Known
	told  []desk.Told
	alarm *desk.Alarm
}

var start = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

func (s *story) record(e locker.Event) *story {
	s.t.Helper()
	data, err := json.Marshal(e)
	if err != nil {
		s.t.Fatal(err)
	}
	r := desk.Record{Event: e, Code: "40718293", Phone: "+491701234567",
		Received: contract.Received{Cabinet: "demo-1", At: start, Kind: e.Kind(), Event: data}}
	o := desk.Follow(s.known, r)
	if o.Parcel != nil {
		s.known.Parcel = o.Parcel
	}
	if o.Announced != nil {
		s.known.Announced = o.Announced
	}
	s.alarm, s.told = o.Alarm, nil
	for _, n := range o.Notices {
		s.told = append(s.told, n.What)
	}
	return s
}

func (s *story) is(status desk.Status, told ...desk.Told) *story {
	s.t.Helper()
	if p := s.known.Parcel; p == nil || p.Status != status {
		s.t.Errorf("want the parcel %s, got %+v", status, p)
	}
	if !slices.Equal(s.told, told) {
		s.t.Errorf("want its recipient to be told %q, got %q", told, s.told)
	}
	return s
}

var (
	stored = locker.ParcelStored{Parcel: "p1", Tracking: "JJD000390007", Door: 7, Size: "M", Order: "o1"}
	began  = locker.PickupPeriodBegan{Parcel: "p1", Until: start.Add(72 * time.Hour)}
)

func TestAParcelIsFetched(t *testing.T) {
	s := &story{t: t}
	s.record(stored).is(desk.Waiting, desk.ToldStored)
	s.record(began).is(desk.Waiting)
	s.record(locker.ParcelCollected{Parcel: "p1", Door: 7}).is(desk.Collected, desk.ToldCollected)
	if p := s.known.Parcel; p.Code != "40718293" || !p.Until.Equal(began.Until) || p.Ended.IsZero() {
		t.Errorf("want its code, its time and its end, got %+v", p)
	}
	s.record(locker.CollectionDisputed{Parcel: "p1", Door: 7}).is(desk.Waiting)
	if !s.known.Parcel.Ended.IsZero() {
		t.Error("want a disputed parcel to lie there again")
	}
}

func TestAParcelIsNotFetched(t *testing.T) {
	s := &story{t: t}
	s.record(stored).record(began)
	s.record(locker.ParcelExpired{Parcel: "p1", Door: 7}).is(desk.Expired, desk.ToldExpired)
	s.record(locker.PickupPeriodBegan{Parcel: "p1", Until: start.Add(100 * time.Hour)}).is(desk.Waiting, desk.ToldExtended) // the clock was wrong
	s.record(locker.ParcelExpired{Parcel: "p1", Door: 7})
	s.record(locker.ParcelRecalled{Parcel: "p1", Door: 7}).is(desk.TakenBack, desk.ToldTakenBack)
	s.record(locker.CollectionDisputed{Parcel: "p1", Door: 7, By: "courier:c1"}).is(desk.Expired) // the courier left it there after all
}

// TestANewCodeHasANewPage: whoever knew the old code knew the old page, and the recipient of before is told nothing more.
func TestANewCodeHasANewPage(t *testing.T) {
	for _, e := range []locker.Event{locker.ParcelCodeChanged{Parcel: "p1", Door: 7}, locker.ParcelRecipientChanged{Parcel: "p1", Door: 7}} {
		s := &story{t: t, known: desk.Known{Announced: &desk.Announcement{Order: "o1", Contact: desk.Contact{Mail: "ada@recipient.example"}}}}
		s.record(stored).record(began)
		s.known.Parcel.Code, s.known.Parcel.Link, s.known.Announced = "old", "old", nil
		s.record(e).is(desk.Waiting, desk.ToldStored)
		if p := s.known.Parcel; p.Code != "40718293" || p.Link != "" {
			t.Errorf("%s: want the new code and no page of before, got %q, %q", e.Kind(), p.Code, p.Link)
		}
		if _, other := e.(locker.ParcelRecipientChanged); other != (s.known.Parcel.Contact.Mail == "") {
			t.Errorf("%s: want only another recipient's address to be forgotten, got %+v", e.Kind(), s.known.Parcel.Contact)
		}
	}
}

// TestATokenOfTheSameSecond: the cabinet takes none that says that it was issued by the time of the order, and the letter is often quicker.
func TestATokenOfTheSameSecond(t *testing.T) {
	ordered := time.Date(2026, 11, 29, 10, 0, 7, 400e6, time.UTC)
	for _, e := range []locker.Event{locker.ParcelCodeChanged{Parcel: "p1", Door: 7, Tokens: ordered}, locker.ParcelRecipientChanged{Parcel: "p1", Door: 7, Tokens: ordered}} {
		s := &story{t: t}
		s.record(stored).record(began)
		at := func(ms int) time.Time { return ordered.Truncate(time.Second).Add(time.Duration(ms) * time.Millisecond) }
		if got := s.known.Parcel.Issued(at(300)); !got.Equal(at(0)) { // whoever makes one before the order learns nothing of it
			t.Errorf("%s: before it want %s, got %s", e.Kind(), at(0), got)
		}
		s.record(e)
		for made, want := range map[int]int{400: 1000, 900: 1000, 1000: 1000, 1999: 1000, 2000: 2000, -5000: 1000} {
			if got := s.known.Parcel.Issued(at(made)); !got.Equal(at(want)) || !got.After(ordered) {
				t.Errorf("%s: made at %s, want %s, got %s", e.Kind(), at(made), at(want), got)
			}
		}
	}
}

// TestAnotherRecipientIsTold: at the address that the order's sender gave, and no longer the one of before.
func TestAnotherRecipientIsTold(t *testing.T) {
	s := &story{t: t, known: desk.Known{Announced: &desk.Announcement{Order: "o1", Contact: desk.Contact{Mail: "ada@recipient.example"}}}}
	s.record(stored).record(began)
	s.known.Announced = &desk.Announcement{Order: "o2", Contact: desk.Contact{Mail: "bob@recipient.example"}}
	s.record(locker.ParcelRecipientChanged{Order: "o2", Parcel: "p1", Door: 7}).is(desk.Waiting, desk.ToldStored)
	if c := s.known.Parcel.Contact; c.Mail != "bob@recipient.example" || s.known.Announced.State != desk.Over {
		t.Errorf("want the other recipient's address and the order over, got %+v, %s", c, s.known.Announced.State)
	}
}

func TestMoreTime(t *testing.T) {
	s := &story{t: t}
	s.record(stored).record(began).record(locker.ParcelExpired{Parcel: "p1", Door: 7})
	s.record(locker.ParcelExtended{Parcel: "p1", Door: 7, Until: start.Add(96 * time.Hour), Again: true}).is(desk.Waiting, desk.ToldExtended)
	s.record(locker.PickupPeriodResumed{Parcel: "p1", Door: 7, Why: locker.StopPower, Stood: 600_000, Until: start.Add(97 * time.Hour)}).is(desk.Waiting)
	s.record(locker.PickupPeriodResumed{Parcel: "p1", Door: 7, Why: locker.StopPower, Stood: 7_200_000, Until: start.Add(99 * time.Hour)}).is(desk.Waiting, desk.ToldExtended)
	if got := s.known.Parcel.Until; !got.Equal(start.Add(99 * time.Hour)) {
		t.Errorf("want the later end, got %v", got)
	}
}

func TestTheDeskTellsWhoWasAnnounced(t *testing.T) {
	s := &story{t: t, known: desk.Known{Announced: &desk.Announcement{Order: "o1", Contact: desk.Contact{Mail: "ada@recipient.example"}}}}
	s.record(locker.ParcelAnnounced{Order: "o1", Tracking: "JJD000390007"})
	if s.known.Announced.State != desk.Expects {
		t.Errorf("want the parcel to be expected, got %q", s.known.Announced.State)
	}
	s.record(stored).is(desk.Waiting, desk.ToldStored)
	if c := s.known.Parcel.Contact; c.Mail != "ada@recipient.example" || c.Phone != "+491701234567" || s.known.Announced.State != desk.Over {
		t.Errorf("want the mail that was announced, the phone that the cabinet knows, and the announcement over, got %+v, %s", c, s.known.Announced.State)
	}
}

func TestARefusedAnnouncement(t *testing.T) {
	s := &story{t: t, known: desk.Known{Announced: &desk.Announcement{Order: "o1"}}}
	s.record(locker.OrderRefused{Order: "o1", Why: "no such size"})
	if a := s.known.Announced; a.State != desk.Refused || a.Why != "no such size" || s.alarm == nil {
		t.Errorf("want it refused with its reason, and somebody to look, got %+v, %v", a, s.alarm)
	}
}

// TestNobodyIsToldOfAnUnknownParcel: it was stored before the desk began.
func TestNobodyIsToldOfAnUnknownParcel(t *testing.T) {
	s := &story{t: t}
	for _, e := range []locker.Event{locker.ParcelCollected{Parcel: "p9"}, locker.ParcelExpired{Parcel: "p9"}, began} {
		s.record(e)
		if s.known.Parcel != nil || len(s.told) != 0 {
			t.Errorf("%s: want nothing, got %+v, %q", e.Kind(), s.known.Parcel, s.told)
		}
	}
}

func TestAlarms(t *testing.T) {
	for _, test := range []struct {
		event  locker.Event
		want   string // kind, door, what; empty: no alarm
		urgent bool
	}{
		{locker.DoorForced{Door: 7}, "door.forced 7 ", true},
		{locker.BoardSilent{Bus: "main", Board: 2, Why: "no answer"}, "board.lost 0 main/2", true},
		{locker.UnlockEnded{Door: 4, Outcome: locker.StillClosed}, "unlock.ended 4 still_closed", false},
		{locker.UnlockEnded{Door: 4, Outcome: locker.Opened}, "", false},
		{locker.DoorOpened{Door: 4}, "", false},
	} {
		s := (&story{t: t}).record(test.event)
		got, urgent := "", false
		if a := s.alarm; a != nil {
			got, urgent = fmt.Sprintf("%s %d %s", a.Kind, a.Door, a.What), a.Urgent
		}
		if got != test.want || urgent != test.urgent {
			t.Errorf("%s: want %q, urgent %v, got %q, %v", test.event.Kind(), test.want, test.urgent, got, urgent)
		}
	}
}

// TestANoticeThatIsLate: it says what is true when it is sent, or nothing.
func TestANoticeThatIsLate(t *testing.T) {
	for told, status := range map[desk.Told]desk.Status{desk.ToldStored: desk.Waiting, desk.ToldExtended: desk.Waiting, desk.ToldLastDay: desk.Waiting,
		desk.ToldExpired: desk.Expired, desk.ToldCollected: desk.Collected, desk.ToldTakenBack: desk.TakenBack, desk.ToldHandedOver: desk.HandedOver} {
		for _, now := range []desk.Status{desk.Waiting, desk.Expired, desk.Cancelled, desk.Collected, desk.TakenBack, desk.HandedOver} {
			if moot := told.Moot(desk.Parcel{Status: now}); moot != (now != status) {
				t.Errorf("%s of a parcel that is %s: want moot %v, got %v", told, now, now != status, moot)
			}
		}
	}
}

func TestWhenToRemind(t *testing.T) {
	p := desk.Parcel{Status: desk.Waiting, Stored: start, Until: start.Add(72 * time.Hour)}
	short := p
	short.Until = start.Add(12 * time.Hour)
	for _, test := range []struct {
		name   string
		parcel desk.Parcel
		after  time.Duration
		want   desk.Told
	}{
		{"more than a day is left", p, 47 * time.Hour, ""},
		{"a day is left", p, 48 * time.Hour, desk.ToldLastDay},
		{"nothing is left", p, 72 * time.Hour, ""},
		{"its first notice has just said so", short, time.Hour, ""},
		{"its time has not begun", desk.Parcel{Status: desk.Waiting, Stored: start}, time.Hour, ""},
	} {
		if got := test.parcel.Reminder(start.Add(test.after)); got != test.want {
			t.Errorf("%s: want %q, got %q", test.name, test.want, got)
		}
	}
}

// TestABoxForAnotherKey: the record counts, and somebody is told what to do.
func TestABoxForAnotherKey(t *testing.T) {
	r, err := desk.Read(contract.Received{Epoch: "e", Seq: 3, Kind: "parcel.stored", Event: json.RawMessage(`{"parcel":"p1"}`), Code: []byte("no box")},
		credential.NewOperator())
	if err == nil || !strings.Contains(err.Error(), "keys.operator") || r.Event == nil || r.Code != "" {
		t.Errorf("want the event without a code, and an error that says what to do, got %+v, %v", r, err)
	}
	if r, err := desk.Read(contract.Received{Kind: "of.tomorrow", Event: json.RawMessage(`{}`)}, credential.NewOperator()); err != nil || r.Event != nil {
		t.Errorf("want a kind of a newer release to count without an event, got %+v, %v", r, err)
	}
}

// TestACourierIsQuickerThanTheAnnouncement: the parcel was put in before the cabinet heard of it, or while it was in the courier's hands. Its
// recipient is told all the same, and what the cabinet says to the order later changes nothing.
func TestACourierIsQuickerThanTheAnnouncement(t *testing.T) {
	for _, state := range []desk.AnnouncementState{desk.Sent, desk.Refused} {
		s := &story{t: t, known: desk.Known{Announced: &desk.Announcement{Order: "o1", State: state, Contact: desk.Contact{Mail: "ada@recipient.example"}}}}
		s.record(locker.ParcelStored{Parcel: "p1", Tracking: "JJD000390007", Door: 7, Size: "M"}).is(desk.Waiting, desk.ToldStored)
		if p := s.known.Parcel; p.Contact.Mail != "ada@recipient.example" || p.Order != "o1" || s.known.Announced.State != desk.Over {
			t.Errorf("%s: want its recipient known and the announcement over, got %+v, %+v", state, p, s.known.Announced)
		}
		s.record(locker.OrderRefused{Order: "o1", Why: "the parcel is here already"})
		if s.known.Announced.State != desk.Over {
			t.Errorf("%s: want it to stay over, got %s", state, s.known.Announced.State)
		}
	}
	if got := desk.Concerns(locker.ParcelStored{Parcel: "p1", Tracking: "T1"}); got.Tracking != "T1" {
		t.Errorf("want the books asked for an announcement of its number, got %+v", got)
	}
	if got := desk.Concerns(locker.ParcelStored{Parcel: "p1", Tracking: "T1", Order: "o1"}); got.Tracking != "" {
		t.Errorf("want the order that announced it to count alone, got %+v", got)
	}
}

// TestWhoIsAskedFor: whoever waits and has the number, however it is written; of a rented door each with their own code.
func TestWhoIsAskedFor(t *testing.T) {
	waits := desk.Parcel{ID: "p1", Status: desk.Waiting, Code: "1", Contact: desk.Contact{Phone: "+49 (170) 123-4567"}}
	for typed, want := range map[string]bool{"01701234567": true, "+491701234567": true, "00491701234567": true, "1701234567": true, "1234567": true, "234567": false,
		"01701234568": false, "": false, "0000000": false} {
		if got := len(waits.Asked(typed)) == 1; got != want {
			t.Errorf("%q: want them told %v", typed, want)
		}
	}
	door := desk.Parcel{ID: "p1", Rented: true, Status: desk.Expired, Code: "1", Contact: desk.Contact{Phone: "0170 7654321"},
		People: []desk.Sharer{{Person: "ben", Code: "2", Contact: desk.Contact{Phone: "01701234567"}}, {Person: "cleo", Gone: true, Contact: desk.Contact{Phone: "01701234567"}}}}
	if got := door.Asked("01701234567"); !slices.Equal(got, []desk.Notice{{What: desk.ToldShared, Sharer: "ben"}}) {
		t.Errorf("want Ben told, got %+v", got)
	}
	if got := door.Asked("01707654321"); !slices.Equal(got, []desk.Notice{{What: desk.ToldKept}}) {
		t.Errorf("want the renter told, got %+v", got)
	}
	for _, status := range []desk.Status{desk.Collected, desk.Expired, desk.Cancelled, desk.NotWanted} {
		if waits.Status = status; len(waits.Asked("01701234567")) != 0 {
			t.Errorf("%s: want nobody told", status)
		}
	}
}

// TestWhenAReminderIsLate: before its day, which an extension has put off, and once its time is over.
func TestWhenAReminderIsLate(t *testing.T) {
	until := start.Add(72 * time.Hour)
	for told, p := range map[desk.Told]desk.Parcel{desk.ToldLastDay: {Status: desk.Waiting, Stored: start, Until: until}, desk.ToldRentLastDay: {Rented: true, Status: desk.Kept, Stored: start, Until: until},
		desk.ToldSendSoon: {Status: desk.ToSend, Until: until}, desk.ToldRentSoon: {Rented: true, Status: desk.ToRent, Until: until}, desk.ToldStored: {Status: desk.Waiting, Stored: start, Until: until}} {
		early, late := told == desk.ToldLastDay || told == desk.ToldRentLastDay, told != desk.ToldStored
		for before, want := range map[time.Duration]bool{48 * time.Hour: early, time.Hour: false, 0: late, -time.Hour: late} {
			if got := told.Late(p, until.Add(-before)); got != want {
				t.Errorf("%s, %s before its end: want it late %v", told, before, want)
			}
		}
	}
}

// TestACodeThatNobodyCanRead: its recipient cannot be told it, and somebody has to know; nor can anybody be told of what cannot be read at all.
func TestACodeThatNobodyCanRead(t *testing.T) {
	for name, test := range map[string]struct {
		kind, event string
		code        []byte
		said, alarm bool
	}{
		"no box":                 {"parcel.stored", `{"parcel":"p1","tracking":"T1","door":7}`, nil, false, false},
		"a box for somebody":     {"parcel.stored", `{"parcel":"p1","tracking":"T1","door":7}`, []byte("a box for another key"), true, true},
		"not yet to be told":     {"drop.started", `{"parcel":"p1","tracking":"T1","door":7}`, []byte("a box for another key"), true, false},
		"an event of other form": {"parcel.stored", `{"parcel":7}`, nil, true, true},
	} {
		r, err := desk.Read(contract.Received{Cabinet: "demo-1", Epoch: "e1", Seq: 2, At: start, Kind: test.kind, Event: []byte(test.event), Code: test.code}, credential.NewOperator())
		if (err != nil) != test.said {
			t.Errorf("%s: want it said %v, got %v", name, test.said, err)
		}
		if a := desk.Follow(desk.Known{}, r).Alarm; (a != nil && a.Urgent && a.Kind == test.kind) != test.alarm {
			t.Errorf("%s: want an alarm %v, got %+v", name, test.alarm, a)
		}
	}
}
