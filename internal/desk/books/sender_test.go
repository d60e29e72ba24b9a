package books_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
)

// TestASendersCode lies with the announcement as long as the cabinet expects the parcel; a courier's parcel of the same number is not for the
// sender; what was forgotten stays so.
func TestASendersCode(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		announce := func(order, tracking string) {
			t.Helper()
			send(t, b, books.Order{ID: order, Cabinet: "demo-1", Kind: "parcel.announce", By: "ada", Signed: "ey", Expires: time.Now().Add(time.Hour)},
				&desk.Announcement{Order: order, Cabinet: "demo-1", Tracking: tracking, State: desk.Sent, Sends: true, Contact: desk.Contact{Mail: "ada@sender.example"}})
		}
		is := func(order string) desk.Announcement {
			t.Helper()
			list, err := b.Announcements(t.Context(), books.AnnouncementFilter{Order: order}, 1)
			fatal(t, err)
			if len(list) != 1 {
				t.Fatalf("want %s among the announcements, got %+v", order, list)
			}
			return list[0].Announcement
		}
		announce("o1", "T1")
		take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""), h.next(t, "parcel.stored", `{"parcel":"p1","tracking":"T1","door":7}`, "", "11111111"))
		if p, err := b.Parcel(t.Context(), "demo-1", "p1"); err != nil || !p.Contact.IsZero() {
			t.Errorf("want the sender told nothing of a courier's parcel, got %+v, %v", p, err)
		}
		take(t, b, h.next(t, "parcel.announced", `{"order":"o1","tracking":"T1"}`, "", "40718293"))
		if a := is("o1"); a.Code != "40718293" || a.State != desk.Expects || a.Contact.Mail != "ada@sender.example" {
			t.Errorf("want the code while the parcel is expected, got %+v", a)
		}
		take(t, b, h.next(t, "parcel.announcement_dropped", `{"order":"o1","why":"stored"}`, "", ""))
		if a := is("o1"); a.Code != "" || a.State != desk.Over || a.Contact.Mail != "ada@sender.example" {
			t.Errorf("want the code gone with the parcel, and no more, got %+v", a)
		}
		announce("o2", "T2")
		db, _ := raw(t, address)
		_, err := db.Exec(`UPDATE announcement SET personal = NULL`)
		fatal(t, err)
		take(t, b, h.next(t, "parcel.announced", `{"order":"o2","tracking":"T2"}`, "", "40718294"))
		if a := is("o2"); a.Code != "" || !a.Contact.IsZero() || a.State != desk.Expects {
			t.Errorf("want what was forgotten to stay so, got %+v", a)
		}
	})
}

// announced is a sender whom demo-1 expects until a time, as the books have it.
func announced(t *testing.T, b *books.Books, h *history, order string, until time.Time) {
	t.Helper()
	send(t, b, books.Order{ID: order, Cabinet: "demo-1", Kind: "parcel.announce", By: "ada", Signed: "ey", Expires: time.Now().Add(time.Hour)},
		&desk.Announcement{Order: order, Cabinet: "demo-1", Tracking: "T-" + order, State: desk.Sent, Sends: true, Contact: desk.Contact{Mail: order + "@sender.example"}})
	take(t, b, h.next(t, "parcel.announced", fmt.Sprintf(`{"order":%q,"tracking":"T-%s","from":"sender","until":%q}`, order, order, until.UTC().Format(time.RFC3339)), "", "4071829"+order[1:]))
}

// due are the notices that are due, and settles them.
func due(t *testing.T, b *books.Books) []books.Notice {
	t.Helper()
	list, err := b.Due(t.Context(), 10)
	fatal(t, err)
	for _, n := range list {
		fatal(t, b.Settle(t.Context(), n.ID, books.Told, ""))
	}
	return list
}

// TestASenderIsTold: their code with their page, which becomes the parcel's once it is in, and a receipt. Of two parcels of one order, as a cabinet
// with a restored journal may say, the first has the page.
func TestASenderIsTold(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""))
		announced(t, b, h, "o1", time.Now().Add(100*time.Hour))
		list := due(t, b)
		if len(list) != 1 || list[0].What != desk.ToldToSend || list[0].Parcel.Code != "40718291" || list[0].Parcel.Contact.Mail != "o1@sender.example" ||
			list[0].Place != "Example Street 5" || list[0].Parcel.Link == "" || list[0].Parcel.Status != desk.ToSend {
			t.Fatalf("want the sender told their code, got %+v", list)
		}
		link := list[0].Parcel.Link
		page := func() desk.Status {
			t.Helper()
			p, err := b.ByLink(t.Context(), link)
			fatal(t, err)
			if p == nil {
				return "none"
			}
			return p.Status
		}
		if p, err := b.ByLink(t.Context(), link+"x"); err != nil || p != nil || page() != desk.ToSend {
			t.Errorf("want the page behind its link alone, got %+v, %v", p, err)
		}
		take(t, b, h.next(t, "parcel.sent", `{"parcel":"p1","tracking":"T-o1","door":7,"size":"M","company":"Example Parcel","order":"o1"}`, "", ""),
			h.next(t, "parcel.announcement_dropped", `{"order":"o1","why":"stored"}`, "", ""))
		if list := due(t, b); len(list) != 1 || list[0].What != desk.ToldSent || list[0].Parcel.Door != 7 || list[0].Parcel.Link != link || page() != desk.ToCollect {
			t.Errorf("want a receipt, and the page as it was, got %+v, %s", list, page())
		}
		if p, err := b.Behind(t.Context(), "demo-1", 7); err != nil || p == nil || p.ID != "p1" {
			t.Errorf("want what was sent behind its door, got %+v, %v", p, err)
		}
		take(t, b, h.next(t, "parcel.sent", `{"parcel":"p2","tracking":"T-o1","door":8,"size":"M","company":"Example Parcel","order":"o1"}`, "", ""))
		if list := due(t, b); len(list) != 0 || page() != desk.ToCollect {
			t.Errorf("want nobody told of a second one, got %+v", list)
		}
		take(t, b, h.next(t, "parcel.dispatched", `{"parcel":"p1","door":7,"courier":"c1"}`, "", ""))
		if list := due(t, b); len(list) != 1 || list[0].What != desk.ToldDispatched || page() != desk.Dispatched {
			t.Errorf("want its sender told that a courier has it, got %+v", list)
		}
		whose, err := b.Of(t.Context(), func(_ string, c desk.Contact) bool { return c.Mail == "o1@sender.example" })
		fatal(t, err)
		fatal(t, b.Erase(t.Context(), whose, books.Deed{Who: "test", What: "person.erased"}))
		if page() != "none" {
			t.Errorf("want no page of who was erased, got %s", page())
		}
	})
}

// TestASenderIsReminded: a day before the end, once; not who has just been told, nor who is expected no more. A letter about what is over is moot.
func TestASenderIsReminded(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		db, _ := raw(t, address)
		h := &history{epoch: "e1"}
		take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""))
		remind := func(want int) {
			t.Helper()
			if n, err := b.Remind(t.Context()); err != nil || n != want {
				t.Errorf("want %d reminded, got %d, %v", want, n, err)
			}
		}
		announced(t, b, h, "o1", time.Now().Add(20*time.Hour))
		announced(t, b, h, "o2", time.Now().Add(100*time.Hour))
		remind(0) // the letter has just said so
		due(t, b)
		_, err := db.Exec(`UPDATE notice SET made = made - 86400000`)
		fatal(t, err)
		remind(1)
		remind(0)
		list, err := b.Due(t.Context(), 10)
		fatal(t, err)
		if len(list) != 1 || list[0].What != desk.ToldSendSoon || list[0].Parcel.Order != "o1" || list[0].What.Moot(list[0].Parcel) {
			t.Fatalf("want the first one reminded, got %+v", list)
		}
		fatal(t, b.Later(t.Context(), list[0].ID, time.Now(), "away"))
		take(t, b, h.next(t, "parcel.announcement_dropped", `{"order":"o1","why":"too old"}`, "", ""))
		for _, n := range due(t, b) {
			if moot := n.What.Moot(n.Parcel); n.Parcel.Code != "" || moot != (n.What == desk.ToldSendSoon) {
				t.Errorf("want the end told and the reminder moot, got %s %+v", n.What, n.Parcel)
			}
		}
		announced(t, b, h, "o4", time.Now().Add(20*time.Hour))
		take(t, b, h.next(t, "parcel.sent", `{"parcel":"p4","tracking":"T-o4","door":7,"size":"M","company":"Example Parcel","order":"o4"}`, "", ""))
		_, err = db.Exec(`UPDATE notice SET made = made - 86400000`)
		fatal(t, err)
		remind(0) // it is in
		due(t, b)
		// Nobody is left of an announcement that was forgotten as a whole.
		announced(t, b, h, "o3", time.Now().Add(100*time.Hour))
		_, err = db.Exec(`DELETE FROM announcement WHERE order_id = 'o3'`)
		fatal(t, err)
		if list := due(t, b); len(list) != 1 || !list[0].What.Moot(list[0].Parcel) {
			t.Errorf("want its letter moot, got %+v", list)
		}
	})
}

// TestASendersPageIsForgotten: as long after the end as everything that is personal, however long before that it was announced.
func TestASendersPageIsForgotten(t *testing.T) {
	b := open(t, "sqlite:"+filepath.Join(t.TempDir(), "books.db"))
	day := func(n int) { // after the one on which the records are from
		books.SetClock(b, func() time.Time { return time.Date(2026, 11, 24+n, 12, 0, 0, 0, time.UTC) })
	}
	h := &history{epoch: "e1"}
	take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""))
	day(-30)
	announced(t, b, h, "o1", time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC))
	link := due(t, b)[0].Parcel.Link
	forget := func(n int, want bool) {
		t.Helper()
		day(n)
		_, err := b.Forget(t.Context(), books.Retention{Personal: 14 * 24 * time.Hour, Lists: 400 * 24 * time.Hour})
		fatal(t, err)
		if p, err := b.ByLink(t.Context(), link); err != nil || (p != nil) != want {
			t.Errorf("day %d: want the page there: %v, got %+v, %v", n, want, p, err)
		}
	}
	forget(0, true) // it is expected
	take(t, b, h.next(t, "parcel.announcement_dropped", `{"order":"o1","why":"too old"}`, "", ""))
	forget(13, true)
	forget(15, false)
}

// TestAnOrderThatComesOnceMore, after it has expired, is refused to whoever has sent it again: the cabinet has followed it, and goes on
// expecting what it announced.
func TestAnOrderThatComesOnceMore(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""), h.next(t, "order.accepted", `{"order":"o1","of":"parcel.announce"}`, "", ""))
		announced(t, b, h, "o1", time.Now().Add(100*time.Hour))
		is := func(order books.OrderState, state desk.AnnouncementState, code string) {
			t.Helper()
			sent, err := b.Orders(t.Context(), books.OrderFilter{ID: "o1"}, 1)
			fatal(t, err)
			list, err := b.Announcements(t.Context(), books.AnnouncementFilter{Order: "o1"}, 1)
			fatal(t, err)
			if got := sent[0].State(time.Now()); got != order || list[0].State != state || list[0].Code != code {
				t.Errorf("want the order %s and its parcel %s with the code %q, got %s, %+v", order, state, code, got, list[0].Announcement)
			}
		}
		take(t, b, h.next(t, "order.refused", `{"order":"o1","of":"parcel.announce","why":"signed with a key that does not count here","code":"unknown_key","unkept":true}`, "", ""))
		is(books.OrderRefused, desk.Expects, "40718291") // of which the cabinet has said nothing before
		take(t, b, h.next(t, "order.accepted", `{"order":"o1","of":"parcel.announce"}`, "", ""),
			h.next(t, "order.refused", `{"order":"o1","of":"parcel.announce","why":"expired","code":"expired","unkept":true}`, "", ""))
		is(books.OrderAccepted, desk.Expects, "40718291")
		// What a restored journal has forgotten it does not expect.
		take(t, b, h.next(t, "order.refused", `{"order":"o1","of":"parcel.announce","why":"from before the journal was restored","code":"before_restored"}`, "", ""))
		is(books.OrderRefused, desk.Refused, "")
	})
}

// TestWhoseAnUnexpectedParcelIs: of an earlier announcement of its number nobody is told of it, nor is anybody whom it was to be given to in
// vain; what its courier has taken out again and brings once more is for whom it was before.
func TestWhoseAnUnexpectedParcelIs(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""))
		n := 0
		refused := func(order, kind string) {
			t.Helper()
			n++
			books.SetClock(b, func() time.Time { return time.Now().Add(time.Duration(n) * time.Second) }) // no two are made at once
			send(t, b, books.Order{ID: order, Cabinet: "demo-1", Kind: kind, By: "ada", Signed: "ey", Expires: time.Now().Add(time.Hour)},
				&desk.Announcement{Order: order, Cabinet: "demo-1", Tracking: "T 1", State: desk.Sent, Contact: desk.Contact{Mail: order + "@recipient.example"}})
			take(t, b, h.next(t, "order.refused", fmt.Sprintf(`{"order":%q,"of":%q,"why":"the parcel is just being put in","code":"parcel_in_use"}`, order, kind), "", ""))
		}
		stored := func(parcel, want string) {
			t.Helper()
			take(t, b, h.next(t, "parcel.stored", fmt.Sprintf(`{"parcel":%q,"tracking":"T1","door":7}`, parcel), "", "40718293"))
			if p, err := b.Parcel(t.Context(), "demo-1", parcel); err != nil || p.Contact.Mail != want {
				t.Errorf("%s: want it to be for %q, got %+v, %v", parcel, want, p, err)
			}
		}
		ends := func(kind, parcel string) {
			t.Helper()
			take(t, b, h.next(t, kind, fmt.Sprintf(`{"parcel":%q,"tracking":"T1","door":7}`, parcel), "", ""))
		}
		refused("ada", "parcel.announce") // announced once more for somebody else
		refused("bob", "parcel.announce")
		stored("p1", "bob@recipient.example")
		ends("parcel.withdrawn", "p1")
		stored("p2", "bob@recipient.example")
		refused("eve", "parcel.new_recipient")
		ends("parcel.recalled", "p2")
		stored("p3", "")
	})
}
