package books_test

import (
	"testing"
	"time"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/locker"
)

// TestARentedDoor: its codes go on with what lies there, sealed; nobody is written to; its time is over, and it is its people's until it is
// cleared.
func TestARentedDoor(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		send(t, b, books.Order{ID: "o1", Cabinet: "demo-1", Kind: "parcel.announce", By: "ada", Signed: "ey", Expires: time.Now().Add(time.Hour)},
			&desk.Announcement{Order: "o1", Cabinet: "demo-1", Tracking: "L1", State: desk.Sent, Rents: true,
				Fee: &locker.Terms{Currency: "EUR", Due: 400}, Contact: desk.Contact{Mail: "ada@renter.example"}})
		is := func(status desk.Status, opens bool) desk.Parcel {
			t.Helper()
			p, err := b.Parcel(t.Context(), "demo-1", "p1")
			fatal(t, err)
			if p == nil || p.Status != status || p.Opens() != opens || !p.Rented {
				t.Fatalf("want it %s, opened: %t, got %+v", status, opens, p)
			}
			return *p
		}
		take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""), h.next(t, "parcel.announced", `{"order":"o1","tracking":"L1","from":"renter"}`, "", "40718293"),
			h.next(t, "parcel.shared", `{"order":"o2","announced":"o1","tracking":"L1","sharer":"ben","may_end":true}`, "", "50718293"))
		list, err := b.Announcements(t.Context(), books.AnnouncementFilter{Order: "o1"}, 1)
		fatal(t, err)
		if a := list[0]; a.Code != "40718293" || len(a.People) != 1 || a.People[0] != (desk.Sharer{Person: "ben", MayEnd: true, Code: "50718293"}) || !a.Rents {
			t.Fatalf("want both codes, got %+v", a.Announcement)
		}
		take(t, b, h.next(t, "parcel.kept", `{"parcel":"p1","tracking":"L1","door":7,"size":"M","company":"c","order":"o1","first":true}`, "", ""),
			h.next(t, "parcel.announcement_dropped", `{"order":"o1","why":"stored"}`, "", ""),
			h.next(t, "parcel.period_began", `{"parcel":"p1","until":"2026-12-01T00:00:00Z"}`, "", ""))
		p := is(desk.Kept, true)
		if p.Code != "40718293" || len(p.People) != 1 || p.Fee == nil || p.Fee.From.IsZero() || p.Door != 7 {
			t.Errorf("want the codes and the fee with it, got %+v", p)
		}
		take(t, b, h.next(t, "parcel.shared", `{"order":"o3","parcel":"p1","tracking":"L1","sharer":"dora"}`, "", "60718293"),
			h.next(t, "parcel.unshared", `{"order":"o4","parcel":"p1","tracking":"L1","sharer":"ben","shared":"o2"}`, "", ""),
			h.next(t, "parcel.opened", `{"parcel":"p1","tracking":"L1","door":7,"sharer":"dora","unlock":"u1"}`, "", ""),
			h.next(t, "parcel.kept", `{"parcel":"p1","tracking":"L1","door":7,"size":"M","company":"c","order":"o1","sharer":"dora"}`, "", ""))
		if p := is(desk.Kept, true); len(p.People) != 1 || p.People[0].Person != "dora" {
			t.Errorf("want dora alone, got %+v", p.People)
		}
		take(t, b, h.next(t, "parcel.expired", `{"parcel":"p1","door":7}`, "", ""))
		is(desk.Expired, true)
		take(t, b, h.next(t, "parcel.extended", `{"parcel":"p1","door":7,"until":"2026-12-03T00:00:00Z","again":true}`, "", ""))
		is(desk.Kept, true)
		take(t, b, h.next(t, "parcel.collected", `{"parcel":"p1","door":7,"unlock":"u2"}`, "", ""))
		is(desk.Collected, false)
		take(t, b, h.next(t, "parcel.disputed", `{"parcel":"p1","door":7,"by":"sensor"}`, "", ""))
		is(desk.Kept, true)
		db, _ := raw(t, address)
		lie := func(want int) {
			t.Helper()
			var got int
			if fatal(t, db.QueryRow(`SELECT SUM(lie) FROM analysis_days`).Scan(&got)); got != want {
				t.Errorf("want %d counted among what lies there, got %d", want, got)
			}
		}
		lie(1)
		take(t, b, h.next(t, "parcel.cancelled", `{"parcel":"p1","door":7,"order":"o5"}`, "", ""))
		is(desk.Cancelled, false)
		take(t, b, h.next(t, "parcel.sent", `{"parcel":"p2","tracking":"S1","door":8,"size":"M","company":"c","order":"o9"}`, "", ""))
		lie(2)
		var notices int
		fatal(t, db.QueryRow(`SELECT COUNT(*) FROM notice`).Scan(&notices))
		if notices != 0 {
			t.Errorf("want nobody written to, got %d notices", notices)
		}
		if story, err := b.Story(t.Context(), "demo-1", "p1"); err != nil || len(story) < 8 {
			t.Errorf("want its story, with each visit, got %d records, %v", len(story), err)
		}
	})
}
