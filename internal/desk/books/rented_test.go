package books_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/locker"
)

// TestARentedDoor: its codes go on with what lies there, sealed; its time is over, and it is its people's until it is cleared.
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
		if a := list[0]; a.Code != "40718293" || len(a.People) != 1 || a.People[0].Code != "50718293" || !a.People[0].MayEnd || !a.Rents {
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
		if people := desk.Sharers(is(desk.Kept, true).People); len(people) != 1 || people[0].Person != "dora" {
			t.Errorf("want dora alone, got %+v", people)
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
		if notices != 6 { // to_rent, kept, overdue, rent_extended, ended, rent_cancelled
			t.Errorf("want the renter alone told, of each thing once, got %d notices", notices)
		}
		if story, err := b.Story(t.Context(), "demo-1", "p1"); err != nil || len(story) < 8 {
			t.Errorf("want its story, with each visit, got %d records, %v", len(story), err)
		}
	})
}

// rented is a door that Ada rents at demo-1, which she shares with Ben: expected, by the orders o1 and o2.
func rented(t *testing.T, b *books.Books, h *history, until time.Time) {
	t.Helper()
	send(t, b, books.Order{ID: "o1", Cabinet: "demo-1", Kind: "parcel.announce", By: "ada", Signed: "ey", Expires: time.Now().Add(time.Hour)},
		&desk.Announcement{Order: "o1", Cabinet: "demo-1", Tracking: "L1", State: desk.Sent, Rents: true, Hours: 48, Contact: desk.Contact{Mail: "ada@renter.example"}})
	send(t, b, books.Order{ID: "o2", Cabinet: "demo-1", Kind: "parcel.share", By: "ada", Signed: "ey", Expires: time.Now().Add(time.Hour)},
		&desk.Announcement{Order: "o2", Cabinet: "demo-1", Tracking: "L1", State: desk.Sharing, Rents: true, Contact: desk.Contact{Mail: "ben@sharer.example"}})
	take(t, b, h.next(t, "parcel.announced", fmt.Sprintf(`{"order":"o1","tracking":"L1","from":"renter","until":%q}`, until.UTC().Format(time.RFC3339)), "", "40718293"),
		h.next(t, "parcel.shared", `{"order":"o2","announced":"o1","tracking":"L1","sharer":"ben"}`, "", "50718293"))
}

// pageOf is what somebody sees behind a link.
func pageOf(t *testing.T, b *books.Books, link string) desk.Parcel {
	t.Helper()
	p, err := b.ByLink(t.Context(), link)
	fatal(t, err)
	if p == nil {
		return desk.Parcel{Status: "none"}
	}
	return *p
}

// TestRentersAreTold: each of a door's people by letters and a page of their own, from the announcement to the end, with their own code and no
// other; who is erased has neither any more, and the others go on.
func TestRentersAreTold(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""))
		rented(t, b, h, time.Now().Add(100*time.Hour))
		links, codes := map[string]string{}, map[string]string{"ada@renter.example": "40718293", "ben@sharer.example": "50718293"}
		told := func(want ...string) {
			t.Helper()
			var got []string
			for _, n := range due(t, b) {
				to := n.Parcel.Contact.Mail
				got = append(got, string(n.What)+" "+to)
				if n.What.Moot(n.Parcel) || n.Place != "Example Street 5" || n.Parcel.Opens() && n.Parcel.Code != codes[to] {
					t.Errorf("%s to %s: want it true, with their code, got %+v", n.What, to, n.Parcel)
				}
				links[to] = n.Parcel.Link
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("want told %q, got %q", want, got)
			}
		}
		see := func(status desk.Status) {
			t.Helper()
			for to, link := range links {
				if p := pageOf(t, b, link); p.Status != status || p.Contact.Mail != to || p.Opens() && p.Code != codes[to] {
					t.Errorf("want the page of %s: %s, with their own code, got %+v", to, status, p)
				}
			}
		}
		told("shared ben@sharer.example", "to_rent ada@renter.example")
		if see(desk.ToRent); links["ada@renter.example"] == links["ben@sharer.example"] {
			t.Error("want a page for each")
		}
		first := map[string]string{"ada": links["ada@renter.example"], "ben": links["ben@sharer.example"]}
		take(t, b, h.next(t, "parcel.kept", `{"parcel":"p1","tracking":"L1","door":7,"size":"M","company":"c","order":"o1","first":true}`, "", ""),
			h.next(t, "parcel.announcement_dropped", `{"order":"o1","why":"stored"}`, "", ""))
		told("kept ada@renter.example", "kept ben@sharer.example")
		if see(desk.Kept); links["ada@renter.example"] != first["ada"] || links["ben@sharer.example"] != first["ben"] {
			t.Error("want the pages to go on")
		}
		codes["ada@renter.example"] = "60718293"
		take(t, b, h.next(t, "parcel.code_changed", `{"parcel":"p1","order":"o3"}`, "", "60718293"))
		told("new_code ada@renter.example")
		if see(desk.Kept); pageOf(t, b, first["ada"]).Status != "none" {
			t.Error("want no page any more where the old code was")
		}
		// A cabinet with a restored journal says once more that something was put in: it has nobody's page.
		take(t, b, h.next(t, "parcel.kept", `{"parcel":"p2","tracking":"L1","door":8,"size":"M","company":"c","order":"o1","first":true}`, "", ""))
		told()
		see(desk.Kept)
		take(t, b, h.next(t, "parcel.unshared", `{"order":"o4","parcel":"p1","tracking":"L1","sharer":"ben","shared":"o2"}`, "", ""))
		told("unshared ben@sharer.example")
		if p := pageOf(t, b, first["ben"]); p.Status != desk.Unshared || p.Code != "" || p.Opens() {
			t.Errorf("want Ben's page to say so, got %+v", p)
		}
		// He gets a code once more: the page of before is no more.
		codes["ben@sharer.example"] = "70718293"
		send(t, b, books.Order{ID: "o5", Cabinet: "demo-1", Kind: "parcel.share", By: "ada", Signed: "ey", Expires: time.Now().Add(time.Hour)},
			&desk.Announcement{Order: "o5", Cabinet: "demo-1", Tracking: "L1", State: desk.Sharing, Rents: true, Contact: desk.Contact{Mail: "ben@sharer.example"}})
		take(t, b, h.next(t, "parcel.shared", `{"order":"o5","parcel":"p1","tracking":"L1","sharer":"ben"}`, "", "70718293"))
		told("shared ben@sharer.example")
		if see(desk.Kept); pageOf(t, b, first["ben"]).Status != "none" || first["ben"] == links["ben@sharer.example"] {
			t.Error("want another page with the new code, and none where the old one was")
		}
		whose, err := b.Of(t.Context(), func(_ string, c desk.Contact) bool { return c.Mail == "ben@sharer.example" })
		fatal(t, err)
		if len(whose.Parcels) != 0 || len(whose.Shares) < 1 || !slices.ContainsFunc(whose.Shares, func(x books.Share) bool { return x.Code && x.Parcel == "p1" }) {
			t.Errorf("want what Ben had a share in, and nothing of Ada's, got %+v", whose)
		}
		fatal(t, b.Erase(t.Context(), whose, books.Deed{Who: "test", What: "person.erased"}))
		if again, err := b.Of(t.Context(), func(_ string, c desk.Contact) bool { return c.Mail == "ben@sharer.example" }); err != nil || len(again.Shares)+len(again.Announcements) != 0 {
			t.Errorf("want nothing of Ben, got %+v, %v", again, err)
		}
		var pages int
		db, _ := raw(t, address)
		if fatal(t, db.QueryRow(`SELECT COUNT(*) FROM sharer_page`).Scan(&pages)); pages != 0 {
			t.Errorf("want no page left of who was erased, got %d", pages)
		}
		if pageOf(t, b, links["ben@sharer.example"]).Status != "none" || pageOf(t, b, links["ada@renter.example"]).Code != "60718293" {
			t.Error("want no page of who was erased, and Ada's as before")
		}
	})
}

// TestRentersAreReminded: all who share a door, once for each end; before it begins its renter, who was not told of it within a day.
func TestRentersAreReminded(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		db, _ := raw(t, address)
		h := &history{epoch: "e1"}
		take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""))
		rented(t, b, h, time.Now().Add(20*time.Hour))
		remind := func(want ...string) {
			t.Helper()
			_, err := b.Remind(t.Context())
			fatal(t, err)
			var got []string
			for _, n := range due(t, b) {
				got = append(got, string(n.What)+" "+n.Parcel.Contact.Mail)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("want %q, got %q", want, got)
			}
		}
		due(t, b)
		remind()
		_, err := db.Exec(`UPDATE notice SET made = made - 86400000 WHERE sharer = ''`) // that Ben was told is another matter
		fatal(t, err)
		remind("rent_soon ada@renter.example")
		remind()
		ends := func(in time.Duration) string { return time.Now().Add(in).UTC().Format(time.RFC3339) }
		take(t, b, h.next(t, "parcel.kept", `{"parcel":"p1","tracking":"L1","door":7,"size":"M","company":"c","order":"o1","first":true}`, "", ""),
			h.next(t, "parcel.period_began", fmt.Sprintf(`{"parcel":"p1","until":%q}`, ends(30*time.Hour)), "", ""))
		due(t, b)
		_, err = db.Exec(`UPDATE parcel SET stored = stored - 864000000`)
		fatal(t, err)
		remind()
		take(t, b, h.next(t, "parcel.extended", fmt.Sprintf(`{"parcel":"p1","door":7,"until":%q}`, ends(20*time.Hour)), "", ""))
		due(t, b)
		remind("rent_last_day ada@renter.example", "rent_last_day ben@sharer.example")
		remind()
	})
}

// TestWhatRentersAreKnownByIsSealed: no address, code or page of a door's people stands in the file.
func TestWhatRentersAreKnownByIsSealed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "books.db")
	b := open(t, "sqlite:"+path)
	h := &history{epoch: "e1"}
	take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""))
	rented(t, b, h, time.Now().Add(100*time.Hour))
	secrets := []string{"ada@renter.example", "ben@sharer.example", "40718293", "50718293"}
	for _, n := range due(t, b) {
		secrets = append(secrets, n.Parcel.Link)
	}
	take(t, b, h.next(t, "parcel.kept", `{"parcel":"p1","tracking":"L1","door":7,"size":"M","company":"c","order":"o1","first":true}`, "", ""))
	due(t, b)
	fatal(t, b.Close())
	files, err := filepath.Glob(path + "*")
	fatal(t, err)
	for _, f := range files {
		data, err := os.ReadFile(f)
		fatal(t, err)
		for _, secret := range secrets {
			if secret == "" || bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s holds %q", filepath.Base(f), secret)
			}
		}
	}
}

// TestWhatNobodyKnowsHoldsUpNoNotice: a cabinet that says who shares a door of which this desk has not heard that something lies behind it tells
// nobody, and others are told as ever.
func TestWhatNobodyKnowsHoldsUpNoNotice(t *testing.T) {
	everywhere(t, func(t *testing.T, address string) {
		b := open(t, address)
		h := &history{epoch: "e1"}
		take(t, b, h.next(t, "journal.epoch_begun", "{}", "", ""))
		rented(t, b, h, time.Now().Add(100*time.Hour))
		due(t, b)
		take(t, b, h.next(t, "parcel.unshared", `{"order":"o9","parcel":"p9","announced":"o1","tracking":"L1","sharer":"ben"}`, "", ""),
			h.next(t, "parcel.stored", `{"parcel":"p2","tracking":"T2","door":8}`, "+491701234567", "11112222"))
		list := due(t, b)
		if len(list) != 1 || list[0].What != desk.ToldStored {
			t.Errorf("want who waits for a parcel told of it, got %+v", list)
		}
		db, _ := raw(t, address)
		_, err := db.Exec(`INSERT INTO notice (id, cabinet, parcel, what, made, due, state) VALUES ('x', 'demo-1', 'p10', 'stored', 0, 0, 'waiting')`)
		fatal(t, err)
		for _, n := range due(t, b) {
			if !n.What.Moot(n.Parcel) {
				t.Errorf("want a notice of what is not in the books moot, got %+v", n)
			}
		}
		_, err = db.Exec(`INSERT INTO errand (id, cabinet, parcel, kind, at, amount, currency, until, made) VALUES ('x', 'demo-1', 'p10', 'fee.link', 0, 5, 'EUR', 0, 0)`)
		fatal(t, err)
		if list := errands(t, b); len(list) != 1 || !list[0].Over(list[0].Of, time.Now()) {
			t.Errorf("want an errand for what is not in the books over, got %+v", list)
		}
	})
}
