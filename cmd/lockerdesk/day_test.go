package main_test

import (
	"encoding/base64"
	"image"
	_ "image/png"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/mail"
	"regexp"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"lockerd/internal/sync/cloudtest"
)

// TestTheFirstDay: an operator with one cabinet and a mail server announces a parcel; a courier brings it; its recipient gets an e-mail,
// opens the page behind its link, and holds its QR code before the cabinet's scanner; nothing stands between but the three programs.
// lockerdesk is killed twice on the way.
func TestTheFirstDay(t *testing.T) {
	for name, embedded := range map[string]bool{"with a Mosquitto": false, "with lockerdesk as the broker": true} {
		t.Run(name, func(t *testing.T) { firstDay(newSite(t, embedded)) })
	}
}

func firstDay(s *site) {
	t := s.t
	s.open()
	s.typed("ada@recipient.example\n+491701234567\nAda\n", "lockerdesk", "announce", "--config", s.config, "demo-1", "RR123456785DE", "--size", "M")
	s.kill()
	s.open()

	s.brings("RR123456785DE")
	letter := s.letter("Ihr Paket ist da")
	s.kill()
	s.open()
	page := s.page(letter)
	token := s.qr(letter)
	code := regexp.MustCompile(`Abholcode: (\d+)`).FindStringSubmatch(letter["text/plain"])
	if code == nil || !strings.Contains(page, code[1]) {
		t.Fatalf("want the letter's code on the page, got\n%s\n%s", letter["text/plain"], page)
	}
	if list := s.run("lockerdesk", "parcels", "--config", s.config); !strings.Contains(list, "RR123456785DE") || strings.Contains(list, code[1]) {
		t.Errorf("want the parcel without its code in the list, got\n%s", list)
	}

	s.scans(func() string { return token }, "why=pickup", 1)
	s.hand("doors/"+s.opened(2)+"/push", struct{}{})
	s.letter("Ihr Paket wurde abgeholt")
	if page := s.page(letter); strings.Contains(page, code[1]) || !strings.Contains(page, "abgeholt") {
		t.Errorf("want no code on the page of a parcel that was fetched, got\n%s", page)
	}
	mails, _ := s.mail.Mails()
	letters := make(map[string]bool) // one that was taken just before a kill comes once more, as the same
	for _, m := range mails {
		letters[m.Header.Get("Message-ID")] = true
	}
	if len(letters) != 2 {
		t.Errorf("want two letters, got %d", len(letters))
	}
	s.signsIn()
	if said := s.typed("Ada@recipient.example\n", "lockerdesk", "erase", "--config", s.config, "--mail"); !strings.Contains(said, "erased here: 1 parcels") {
		t.Errorf("want the recipient erased, got %s", said)
	}
}

// signsIn has a courier sign in at the cabinet by the code on their page, which is ended then.
func (s *site) signsIn() {
	s.t.Helper()
	said := s.typed("Grace\n", "lockerdesk", "courier", "put", "--config", s.config, "c7", "--company", "Example Parcel", "--cabinet", "demo-1")
	page := regexp.MustCompile(regexp.QuoteMeta(s.public) + `/c/[A-Z0-9]+`).FindString(said)
	if page == "" || strings.Contains(said, "Grace") {
		s.t.Fatalf("want the page's address and no name, got %s", said)
	}
	s.says("lockerd", "kind=courier.put")
	if text := s.get(page + "/at/demo-1"); !strings.Contains(text, "Musterstraße 5") || strings.Contains(text, "RR123456785DE") {
		s.t.Errorf("want the cabinet, and nothing of what was fetched, got\n%s", text)
	}
	s.scans(func() string { return scanned(s.t, s.get(page+"/at/demo-1/qr.png")) }, "kind=courier.signed_in", 2) // the first was by badge
	s.run("lockerdesk", "courier", "end", "--config", s.config, "c7")
	s.says("lockerd", "kind=courier.removed")
	if text := s.get(page); strings.Contains(text, "demo-1") {
		s.t.Errorf("want nothing behind an address that has ended, got\n%s", text)
	}
}

// brings has a courier put a parcel in.
func (s *site) brings(tracking string) {
	s.t.Helper()
	s.says("lockerd", "kind=parcel.announced")
	s.says("lockerd", "door 22 is closed") // the last one: the boards have been asked
	s.run("lockerd", "doors", "inspected", "--config", s.dir+"/cabinet/lockerd.toml", "--by", "caretaker")
	s.scans(func() string { return "COURIER-ADA" }, "kind=courier.signed_in", 1)
	s.scans(func() string { return tracking }, "kind=drop.started", 1)
	s.hand("doors/"+s.opened(1)+"/push", struct{}{})
	s.press("drop", "done", "parcel.stored")
}

// letter waits for a letter with a subject, and returns its parts by their type.
func (s *site) letter(subject string) map[string]string {
	s.t.Helper()
	var found *mail.Message
	cloudtest.Eventually(s.t, "the letter "+subject, func() bool {
		_, bodies := s.mail.Mails()
		for _, b := range bodies {
			m, err := mail.ReadMessage(strings.NewReader(b))
			fatal(s.t, err)
			if text, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err == nil && text == subject {
				found = m
			}
		}
		return found != nil
	})
	all := make(map[string]string)
	parts(s.t, found.Header.Get("Content-Type"), found.Header.Get("Content-Transfer-Encoding"), found.Body, all)
	return all
}

func parts(t *testing.T, kind, encoding string, body io.Reader, into map[string]string) {
	t.Helper()
	name, params, err := mime.ParseMediaType(kind)
	fatal(t, err)
	if !strings.HasPrefix(name, "multipart/") {
		text, err := io.ReadAll(body)
		fatal(t, err)
		if encoding == "base64" {
			plain, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(text)), ""))
			fatal(t, err)
			text = plain
		}
		into[name] = string(text)
		return
	}
	for r := multipart.NewReader(body, params["boundary"]); ; {
		p, err := r.NextPart()
		if err == io.EOF {
			return
		}
		fatal(t, err)
		parts(t, p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p, into)
	}
}

// page is the page that a letter links to.
func (s *site) page(letter map[string]string) string {
	s.t.Helper()
	link := regexp.MustCompile(regexp.QuoteMeta(s.public) + `/p/[A-Za-z0-9_-]+`).FindString(letter["text/plain"])
	if link == "" {
		s.t.Fatalf("no link in\n%s", letter["text/plain"])
	}
	var page string
	cloudtest.Eventually(s.t, "the pages are served", func() bool { page = s.get(link); return page != "" })
	return page
}

func (s *site) get(url string) string {
	answer, err := http.Get(url)
	if err != nil {
		return ""
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body) // a part of it does for the failure
	return string(text)
}

// qr reads the QR code of a letter's page, as a phone shows it and a scanner reads it.
func (s *site) qr(letter map[string]string) string {
	s.t.Helper()
	link := regexp.MustCompile(regexp.QuoteMeta(s.public) + `/p/[A-Za-z0-9_-]+`).FindString(letter["text/plain"])
	return scanned(s.t, s.get(link+"/qr.png"))
}

// scanned reads a picture of a QR code.
func scanned(t *testing.T, png string) string {
	t.Helper()
	picture, _, err := image.Decode(strings.NewReader(png))
	fatal(t, err)
	dots, err := gozxing.NewBinaryBitmapFromImage(picture)
	fatal(t, err)
	result, err := qrcode.NewQRCodeReader().Decode(dots, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
	fatal(t, err)
	return result.GetText()
}
