package main_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"lockerd/internal/sync/cloudtest"
)

// TestARentalByLetter: somebody gets a letter with a code for a door, puts something in, has it shared with somebody else, who opens it by a letter
// of their own, keeps it for longer by a touch on their page, and ends it at the kiosk. Nothing stands between but the three programs, and
// lockerdesk is killed on the way.
func TestARentalByLetter(t *testing.T) {
	s := newSite(t, true)
	s.change(s.config, "extend_hours = 0 ", "extend_hours = 24")
	s.change(s.config, "extend_days = 0 ", "extend_days = 3")
	s.open()
	s.typed("ada@renter.example\n\nAda\n", "lockerdesk", "announce", "--config", s.config, "demo-1", "LUGGAGE-1", "--size", "M", "--from", "renter", "--hours", "24", "--company", "Example Storage")
	s.says("lockerd", "kind=parcel.announced")
	s.says("lockerd", "door 22 is closed") // the last one: the boards have been asked
	s.run("lockerd", "doors", "inspected", "--config", s.dir+"/cabinet/lockerd.toml", "--by", "caretaker")
	letter := s.letter("Ihr Code für ein Fach")
	ada := s.qr(letter)
	digits, is := strings.CutPrefix(ada, "LD1:")
	if page := s.page(letter); !is || len(digits) != 8 || !strings.Contains(letter["text/plain"], digits) || !strings.Contains(page, digits) || !strings.Contains(page, "24 Stunden") || strings.Contains(page, ">Fach<") || strings.Contains(page, "<form") {
		t.Fatalf("want the code as digits and as QR code, in letter and page, for how long, and no door yet, got %q\n%s\n%s", ada, letter["text/plain"], page)
	}
	s.scans(func() string { return ada }, "kind=drop.started", 1)
	door := s.opened(1)
	s.hand("doors/"+door+"/push", struct{}{})
	s.press("drop", "done", "parcel.kept")
	s.press("thanks", "finish", "session.ended")
	letter = s.letter("Ihr gemietetes Fach")
	if !strings.Contains(letter["text/plain"], "Fach: "+door) || !strings.Contains(letter["text/plain"], digits) || s.qr(letter) != ada {
		t.Errorf("want door and code in the letter, got\n%s", letter["text/plain"])
	}

	s.typed(`{"kind":"parcel.share","body":{"tracking":"LUGGAGE-1","sharer":"guest-1"},"tell":{"mail":"ben@sharer.example","name":"Ben"}}`, "lockerdesk", "order", "--config", s.config, "demo-1")
	s.kill()
	s.open()
	bens := s.letter("Ein Fach wird mit Ihnen geteilt")
	ben := s.qr(bens)
	if strings.Contains(bens["text/plain"], digits) || strings.Contains(bens["text/plain"], "Ada") || ben == ada || !strings.Contains(bens["text/plain"], "Fach: "+door) || !strings.Contains(s.page(bens), "2 Personen") || strings.Contains(s.page(bens), "<form") {
		t.Errorf("want a code and a page of his own, nothing of Ada, and nothing to be touched, got\n%s\n%s", bens["text/plain"], s.page(bens))
	}
	s.scans(func() string { return ben }, "kind=parcel.opened", 1)
	s.hand("doors/"+s.opened(2)+"/push", struct{}{})
	s.pressed("keep", "finish", "session.ended", 2)

	page := s.page(letter)
	ends := regexp.MustCompile(`name="until" value="(\d+)"`).FindStringSubmatch(page)
	link := regexp.MustCompile(regexp.QuoteMeta(s.public) + `/p/[A-Za-z0-9_-]+`).FindString(letter["text/plain"])
	if ends == nil {
		t.Fatalf("want a button for more time, got\n%s", page)
	}
	for range 2 {
		answer, err := http.PostForm(link+"/longer", url.Values{"until": {ends[1]}})
		fatal(t, err)
		_ = answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("want the page again, got %s", answer.Status)
		}
	}
	s.letter("Ihr Fach gehört Ihnen länger")
	cloudtest.Eventually(t, "the page shows the new end", func() bool { return !strings.Contains(s.page(letter), `value="`+ends[1]+`"`) })

	if said := s.typed("ben@sharer.example\n", "lockerdesk", "erase", "--config", s.config, "--mail"); !strings.Contains(said, "LUGGAGE-1 is shared with them no more") || strings.Contains(said, "lies there") {
		t.Errorf("want Ben erased, and the door left to Ada, got %s", said)
	}
	s.says("lockerd", "kind=parcel.unshared")
	s.scans(func() string { return ben }, "kind=code.refused", 1)
	s.scans(func() string { return ada }, "kind=parcel.opened", 2)
	s.hand("doors/"+s.opened(3)+"/push", struct{}{})
	s.press("keep", "empty", "parcel.collected")
	over := s.letter("Ihre Miete ist beendet")
	if strings.Contains(over["text/plain"], digits) || strings.Contains(s.page(letter), digits) {
		t.Errorf("want no code of what is over, got\n%s", over["text/plain"])
	}
	if n := strings.Count(s.read(s.logs["lockerd"]), "kind=parcel.extended "); n != 1 {
		t.Errorf("want it extended once by two touches, got %d times", n)
	}
	for name, log := range s.logs {
		if text := s.read(log); strings.Contains(text, digits) || strings.Contains(text, "renter.example") || strings.Contains(text, "sharer.example") {
			t.Errorf("want nothing personal in the log of %s", name)
		}
	}
}
