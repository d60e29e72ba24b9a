package main_test

import (
	"strings"
	"testing"

	"lockerd/internal/sync/cloudtest"
)

// TestAReturnByLetter: somebody gets a letter with a code, holds its QR code before the cabinet's scanner, puts their parcel in, and gets a
// receipt; their page follows. Nothing stands between but the three programs, and lockerdesk is killed on the way.
func TestAReturnByLetter(t *testing.T) {
	s := newSite(t, true)
	s.open()
	s.typed("ada@sender.example\n\nAda\n", "lockerdesk", "announce", "--config", s.config, "demo-1", "RETURN-1", "--size", "M", "--from", "sender", "--company", "Example Parcel")
	s.kill()
	s.open()
	s.says("lockerd", "kind=parcel.announced")
	s.says("lockerd", "door 22 is closed") // the last one: the boards have been asked
	s.run("lockerd", "doors", "inspected", "--config", s.dir+"/cabinet/lockerd.toml", "--by", "caretaker")
	letter := s.letter("Ihr Code, um ein Paket zu verschicken")
	page := s.page(letter)
	code := s.qr(letter)
	digits, is := strings.CutPrefix(code, "LD1:")
	if !is || len(digits) != 8 || !strings.Contains(letter["text/plain"], digits) || !strings.Contains(page, digits) || scanned(t, letter["image/png"]) != code || strings.Contains(page, "Fach<") {
		t.Fatalf("want the code as digits and as QR code, in letter and page, and no door yet, got %q\n%s\n%s", code, letter["text/plain"], page)
	}
	s.scans(func() string { return code }, "kind=drop.started", 1)
	door := s.opened(1)
	s.hand("doors/"+door+"/push", struct{}{})
	s.press("drop", "done", "parcel.sent")
	receipt := s.letter("Ihr Paket ist aufgegeben")
	if !strings.Contains(receipt["text/plain"], "Fach: "+door) || !strings.Contains(receipt["text/plain"], "RETURN-1") || strings.Contains(receipt["text/plain"], digits) {
		t.Errorf("want door and number in the receipt, and no code, got\n%s", receipt["text/plain"])
	}
	cloudtest.Eventually(t, "the page says that it is sent", func() bool { return strings.Contains(s.page(letter), "aufgegeben") })
	if page := s.page(letter); strings.Contains(page, digits) || !strings.Contains(page, door) {
		t.Errorf("want the door and no code any more, got\n%s", page)
	}
	// Whoever is erased is expected no more, and their code opens nothing.
	s.typed("bob@sender.example\n\nBob\n", "lockerdesk", "announce", "--config", s.config, "demo-1", "RETURN-2", "--from", "sender", "--company", "Example Parcel")
	cloudtest.Eventually(t, "the second one is expected", func() bool { return strings.Count(s.read(s.logs["lockerd"]), "kind=parcel.announced") == 2 })
	if said := s.typed("bob@sender.example\n", "lockerdesk", "erase", "--config", s.config, "--mail"); !strings.Contains(said, "RETURN-2 is expected no more") || !strings.Contains(said, "1 announcements") {
		t.Errorf("want the sender erased, got %s", said)
	}
	s.says("lockerd", "kind=person.erasure_begun")
	// However their number and their parcel's are written.
	for typed, by := range map[string][]string{"0049 (170) 765-4321\n": {"--phone"}, "\n": {"--tracking", "return 4"}} {
		s.typed("\n+49 170 7654321\nEve\n", "lockerdesk", "announce", "--config", s.config, "demo-1", "RETURN4", "--from", "sender", "--company", "Example Parcel")
		if said := s.typed(typed, "lockerdesk", append([]string{"erase", "--config", s.config}, by...)...); !strings.Contains(said, "1 announcements") {
			t.Errorf("%v: want the sender erased, got %s", by, said)
		}
	}
	if list := s.run("lockerdesk", "parcels", "--config", s.config); !strings.Contains(list, "RETURN-1") || !strings.Contains(list, "to_collect") || strings.Contains(list, digits) {
		t.Errorf("want it in the list, to be collected, got\n%s", list)
	}
}
