package post_test

import (
	"fmt"
	"mime"
	"strings"
	"testing"
	"time"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
)

// TestASenderGetsTheirCode: by a letter with a QR code, once, and a receipt when the parcel is in. One that was put in before the mail server took
// the first letter gets the receipt alone.
func TestASenderGetsTheirCode(t *testing.T) {
	s := newSite(t, nil)
	expects := func(name string) {
		_, err := s.books.Send(t.Context(), books.Order{ID: "o" + name, Cabinet: "demo-1", Kind: "parcel.announce", Expires: time.Now().Add(time.Hour)},
			&desk.Announcement{Order: "o" + name, Cabinet: "demo-1", Tracking: "R" + name, Sends: true, State: desk.Sent,
				Contact: desk.Contact{Mail: "ada" + name + "@sender.example", Name: "Ada", Language: "en"}}, books.Once{})
		fatal(t, err)
		s.take("parcel.announced", fmt.Sprintf(`{"order":"o%s","tracking":"R%s","from":"sender","until":%q}`, name, name, time.Now().Add(72*time.Hour).UTC().Format(time.RFC3339)))
	}
	sends := func(name string) {
		s.take("parcel.sent", fmt.Sprintf(`{"parcel":"p%s","tracking":"R%s","door":7,"size":"M","company":"Example Parcel","order":"o%s"}`, name, name, name))
	}
	expects("2")
	sends("2") // the post does not run yet
	expects("1")
	stop := s.run()
	s.mail(2)
	sends("1")
	s.mail(3)
	stop()
	mails, _ := s.server.Mails()
	if len(mails) != 3 {
		t.Errorf("want three letters, got %d", len(mails))
	}
	for _, m := range mails {
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		fatal(t, err)
		to, got := m.Header.Get("To"), parts(t, m.Header, m.Body)
		code := subject == "Your code to send a parcel"
		if strings.Contains(got["text/plain"], "40718293") != code || strings.Contains(got["text/html"], "40718293") != code || strings.HasPrefix(got["image/png"], "\x89PNG") != code {
			t.Errorf("%s, %q: want code and QR code: %v, got\n%s", to, subject, code, got["text/plain"])
		}
		if !code && subject != "Your parcel is sent" || code && !strings.Contains(to, "ada1@") {
			t.Errorf("want no such letter: %q to %s", subject, to)
		}
	}
	if strings.Contains(s.log.String(), "sender.example") || strings.Contains(s.log.String(), "40718293") {
		t.Errorf("want nothing personal in the log, got\n%s", s.log)
	}
}
