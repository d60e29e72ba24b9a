package office_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/office"
)

// TestWhatASenderBringsIsAnnounced: by the form and by a file, with a company and without a fee, for some days.
func TestWhatASenderBringsIsAnnounced(t *testing.T) {
	s := newSite(t, office.Config{})
	s.furnish("plain")
	b := s.signedIn("stan", desk.Staff)
	const head = "cabinet,tracking,mail,from,company,days,due\n"
	bad := b.upload(head + "demo-1,R1,a@b.example,sender,,,\ndemo-1,R2,a@b.example,somebody,,,\ndemo-1,R3,a@b.example,sender,Example Parcel,91,\ndemo-1,R4,a@b.example,sender,Example Parcel,,5\ndemo-1,R5,,sender,Example Parcel,,\n")
	for _, want := range []string{"<td>2</td><td><bdi>company</bdi></td><td>is missing", "<td>3</td><td><bdi>from</bdi></td>", "<td>4</td><td><bdi>days</bdi></td><td>is no number from 1 to <bdi>90</bdi>",
		"<td>5</td><td><bdi>due</bdi></td>", "<td>6</td><td><bdi>mail</bdi></td>"} {
		if !strings.Contains(bad.body, want) {
			t.Errorf("want %q, got\n%s", want, bad.body)
		}
	}
	if got := b.upload(head + "demo-1,R1,a@b.example,Sender,Example Parcel,,\ndemo-1,R2,a@b.example,courier,,٣,\n"); got.status != http.StatusOK {
		t.Errorf("want them announced, got %d %s", got.status, got.body)
	}
	if got := b.post("/desk/announce", url.Values{"cabinet": {"demo-1"}, "tracking": {"R3"}, "mail": {"a@b.example"}, "from": {"sender"}, "company": {"Example Parcel"}, "days": {"3"}}); got.status != http.StatusOK {
		t.Errorf("want it announced, got %d %s", got.status, got.body)
	}
	for tracking, want := range map[string]bool{"R1": true, "R2": false, "R3": true} {
		found, err := s.books.Announcements(t.Context(), books.AnnouncementFilter{Tracking: tracking}, 1)
		fatal(t, err)
		if len(found) != 1 || found[0].Sends != want || found[0].Contact.Mail != "a@b.example" {
			t.Errorf("%s: want a sender's: %v, got %+v", tracking, want, found)
		}
	}
}

// TestASendersStory: whoever is expected and what was put in are found by their status, who sent it is looked at with a note in the audit, and what
// a sender has put in is no recipient's.
func TestASendersStory(t *testing.T) {
	s := newSite(t, office.Config{})
	s.furnish("plain")
	s.furnishSender("plain")
	b := s.signedIn("stan", desk.Staff)
	if got := b.get("/desk/parcels?status=to_send"); !strings.Contains(got.body, "desk-sender plain") || strings.Contains(got.body, "desk-sent") || strings.Contains(got.body, "JJD000390007") || !strings.Contains(got.body, "from its sender") {
		t.Errorf("want who is expected, alone, got\n%s", got.body)
	}
	if got := b.get("/desk/parcels?status=to_collect"); !strings.Contains(got.body, "desk-sent plain") || strings.Contains(got.body, "desk-sender") {
		t.Errorf("want what is to be collected, alone, got\n%s", got.body)
	}
	if got := b.get("/desk/cabinets/demo-1/doors/4"); !strings.Contains(got.body, "desk-sent plain") {
		t.Errorf("want what lies behind the door, got\n%s", got.body)
	}
	page := b.get("/desk/parcels/demo-1/s1")
	if !strings.Contains(page.body, "it may be empty") {
		t.Errorf("want it said that nobody saw the door shut, got\n%s", page.body)
	}
	if !strings.Contains(page.body, "<h2>Sender</h2>") || strings.Contains(page.body, "/do/new-code") || strings.Contains(page.body, "/do/extend") {
		t.Errorf("want a sender, and nothing to be done that is a recipient's, got\n%s", page.body)
	}
	for path, want := range map[string][]string{"/desk/announce/sender/desk-sender": {senderMail, senderCode, "Grace plain"}, "/desk/parcels/demo-1/s1/recipient": {senderMail, "Grace plain"}} {
		got := b.post(path, nil)
		for _, what := range want {
			if !strings.Contains(got.plain, what) {
				t.Errorf("%s: want %q, got %d\n%s", path, what, got.status, got.body)
			}
		}
		deeds, err := s.books.Deeds(t.Context(), books.DeedFilter{Who: "stan"}, 1)
		fatal(t, err)
		if deeds[0].What != "sender.looked_up" || !strings.HasPrefix(deeds[0].Subject, "desk-sen") || deeds[0].Place != "127.0.0.1" {
			t.Errorf("%s: want the look in the audit, got %+v", path, deeds[0].Deed)
		}
	}
	if got := s.signedIn("vera", desk.Viewer).post("/desk/announce/sender/desk-sender", nil); got.status != http.StatusForbidden || strings.Contains(got.plain, senderMail) {
		t.Errorf("want who may only look kept from senders, got %d", got.status)
	}
	found, err := s.books.Announcements(t.Context(), books.AnnouncementFilter{Tracking: "JJD000390007"}, 1)
	fatal(t, err)
	if got := b.post("/desk/announce/sender/"+found[0].Order, nil); got.status != http.StatusNotFound || strings.Contains(got.plain, recipientMail) {
		t.Errorf("want no recipient looked at there, got %d", got.status)
	}
	if found[0].Until != (time.Time{}) {
		t.Errorf("want a courier's parcel expected as the cabinet is set, got %s", found[0].Until)
	}
}
