package books_test

import (
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
