package office_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/office"
)

// TestADoorIsRentedOut: by the form and by a file, for some hours, with a company that clears it, and with a fee; no hours for anybody else.
func TestADoorIsRentedOut(t *testing.T) {
	s := newSite(t, office.Config{})
	s.furnish("plain")
	b := s.signedIn("stan", desk.Staff)
	const head = "cabinet,tracking,mail,from,company,hours,due\n"
	bad := b.upload(head + "demo-1,L1,a@b.example,renter,Example Storage,,\ndemo-1,L2,a@b.example,renter,Example Storage,2161,\ndemo-1,L3,a@b.example,sender,Example Storage,24,\ndemo-1,L4,a@b.example,renter,,24,\ndemo-1,L5,,renter,Example Storage,24,\n")
	for _, want := range []string{"<td>2</td><td><bdi>hours</bdi></td><td>is for renters alone, who need it: a number from 1 to <bdi>2160</bdi>", "<td>3</td><td><bdi>hours</bdi></td>", "<td>4</td><td><bdi>hours</bdi></td>",
		"<td>5</td><td><bdi>company</bdi></td>", "<td>6</td><td><bdi>mail</bdi></td>"} {
		if !strings.Contains(bad.body, want) {
			t.Errorf("want %q, got\n%s", want, bad.body)
		}
	}
	if got := b.upload(head + "demo-1,L1,a@b.example,Renter,Example Storage,٢٤,4\n"); got.status != http.StatusOK {
		t.Errorf("want it announced, got %d %s", got.status, got.body)
	}
	if got := b.post("/desk/announce", url.Values{"cabinet": {"demo-1"}, "tracking": {"L2"}, "mail": {"a@b.example"}, "from": {"renter"}, "company": {"Example Storage"}, "hours": {"48"}, "due": {"4"}}); got.status != http.StatusOK {
		t.Errorf("want it announced, got %d %s", got.status, got.body)
	}
	for tracking, want := range map[string]int{"L1": 24, "L2": 48} {
		found, err := s.books.Announcements(t.Context(), books.AnnouncementFilter{Tracking: tracking}, 1)
		fatal(t, err)
		if len(found) != 1 || !found[0].Rents || found[0].Hours != want || found[0].Contact.Mail != "a@b.example" || found[0].Fee == nil || found[0].Fee.Due != 400 {
			t.Errorf("%s: want a renter's for %d hours, got %+v", tracking, want, found)
		}
	}
}

// TestWhoSharesADoor: is seen by ids alone, looked at with a note in the audit, and changed by orders with a reason, before something lies there and
// while it does; not of what is no rented door, nor once it has ended.
func TestWhoSharesADoor(t *testing.T) {
	s := newSite(t, office.Config{})
	s.furnish("plain")
	s.furnishSender("plain")
	s.furnishRenter("plain")
	b := s.signedIn("stan", desk.Staff)
	if got := b.get("/desk/parcels?status=to_rent"); !strings.Contains(got.body, "desk-renter plain") || strings.Contains(got.body, "desk-rented") || strings.Contains(got.body, "desk-sender") || !strings.Contains(got.body, "for rent") {
		t.Errorf("want who is to have a door, alone, got\n%s", got.body)
	}
	page := b.get("/desk/parcels/demo-1/r1")
	if !strings.Contains(page.body, "<h2>Renter</h2>") || !strings.Contains(page.body, "ben-1 plain") || !strings.Contains(page.body, "may end it") || strings.Contains(page.body, "new-recipient") {
		t.Errorf("want its renter, and who shares it by an id, got\n%s", page.body)
	}
	for _, path := range []string{"/desk/announce/sender/desk-renter", "/desk/parcels/demo-1/r1/recipient"} {
		got := b.post(path, nil)
		for _, what := range []string{renterMail, renterCode, "Hedy plain", sharerMail, sharerCode, "Ben plain"} {
			if !strings.Contains(got.plain, what) {
				t.Errorf("%s: want %q, got %d\n%s", path, what, got.status, got.body)
			}
		}
		deeds, err := s.books.Deeds(t.Context(), books.DeedFilter{Who: "stan"}, 1)
		fatal(t, err)
		if deeds[0].What != "renter.looked_up" || !strings.HasPrefix(deeds[0].Subject, "desk-rente") {
			t.Errorf("%s: want the look in the audit, got %+v", path, deeds[0].Deed)
		}
	}
	sent, vera := func() int { return count(t, s, "stan") }, s.signedIn("vera", desk.Viewer)
	ben := []string{"sharer", "ben-1 plain"}
	dora := []string{"sharer", "dora-2", "may_end", "yes", "mail", "dora@sharer.example", "recipient", "Dora", "language", "de"}
	for path, form := range map[string][]string{"/desk/announce/people/desk-renter/share": dora, "/desk/announce/people/desk-renter/unshare": ben,
		"/desk/parcels/demo-1/r1/do/share": dora, "/desk/parcels/demo-1/r1/do/unshare": ben} {
		before := sent()
		bare := sure(form...)
		bare.Del("sure")
		if got := b.post(path, bare); got.status != http.StatusUnprocessableEntity || sent() != before {
			t.Errorf("%s without a tick: want nothing done, got %d", path, got.status)
		}
		if got := b.post(path, sure("sharer", "")); got.status != http.StatusUnprocessableEntity || sent() != before {
			t.Errorf("%s of nobody: want nothing done, got %d", path, got.status)
		}
		if got := b.post(path, sure(form...)); got.status != http.StatusSeeOther || sent() != before+1 {
			t.Errorf("%s: want it ordered, got %d %s", path, got.status, got.body)
		}
		if got := vera.post(path, sure(form...)); got.status != http.StatusForbidden {
			t.Errorf("%s: want who may only look kept from it, got %d", path, got.status)
		}
	}
	whose, err := s.books.Of(t.Context(), func(_ string, c desk.Contact) bool {
		return c.Mail == "dora@sharer.example" && c.Name == "Dora" && c.Language == "de"
	})
	fatal(t, err)
	if len(whose.Announcements) != 2 || whose.Announcements[0].State != desk.Sharing {
		t.Errorf("want this desk to know whom to tell, got %+v", whose)
	}
	for _, path := range []string{"/desk/announce/people/desk-sender/share", "/desk/announce/people/desk-rented/share", "/desk/announce/people/desk-renter/open", "/desk/announce/people/none/share",
		"/desk/parcels/demo-1/p1/do/share", "/desk/parcels/demo-1/s1/do/unshare"} {
		if got := b.post(path, sure(dora...)); got.status != http.StatusNotFound {
			t.Errorf("%s: want nothing there, got %d", path, got.status)
		}
	}
	s.record("demo-1", "parcel.expired", map[string]any{"parcel": "r1", "door": 10}, "", "")
	for _, deed := range []string{"new-code", "share", "unshare", "extend", "recall", "handed-over"} {
		if page := b.get("/desk/parcels/demo-1/r1"); !strings.Contains(page.body, "/do/"+deed) {
			t.Errorf("want %s of a door whose time is over, which is its people's, got\n%s", deed, page.body)
		}
	}
	s.record("demo-1", "parcel.collected", map[string]any{"parcel": "r1", "door": 10}, "", "")
	if got := b.post("/desk/parcels/demo-1/r1/do/share", sure(dora...)); got.status != http.StatusNotFound {
		t.Errorf("want nothing shared that has ended, got %d", got.status)
	}
}
