package post_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/mail"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/contract/contracttest"
	"lockerd/internal/credential"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/duty"
	"lockerd/internal/desk/letter"
	"lockerd/internal/desk/post"
	"lockerd/internal/desk/post/posttest"
	"lockerd/internal/desk/sms"
	"lockerd/internal/sync/cloudtest"
)

// counter is books in which a failed try is due again at once, as if the pause were over.
type counter struct {
	*books.Books
	mu    sync.Mutex
	later []string
	ended []string

	earlier time.Duration // by which alarms have come earlier; set before the post runs
}

// Untold are the books' alarms, as if they had come earlier.
func (c *counter) Untold(ctx context.Context, address string, since time.Time, most int) ([]books.Alarm, error) {
	list, err := c.Books.Untold(ctx, address, since, most)
	for i := range list {
		list[i].Raised = list[i].Raised.Add(-c.earlier)
	}
	return list, err
}

func (c *counter) Later(ctx context.Context, id string, _ time.Time, why string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.later = append(c.later, why)
	return c.Books.Later(ctx, id, time.Now(), why)
}

func (c *counter) Settle(ctx context.Context, id string, state books.NoticeState, why string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = append(c.ended, string(state)+" "+why)
	return c.Books.Settle(ctx, id, state, why)
}

func (c *counter) settled() []string { c.mu.Lock(); defer c.mu.Unlock(); return slices.Clone(c.ended) }
func (c *counter) tries() []string   { c.mu.Lock(); defer c.mu.Unlock(); return slices.Clone(c.later) }

// site is a post with its books and a true mail server.
type site struct {
	t      *testing.T
	server *posttest.Server
	books  *counter
	post   *post.Post
	log    *bytes.Buffer
	seq    int
	prev   string
}

func newSite(t *testing.T, change func(*post.Config)) *site { return newSiteWith(t, nil, change) }

// newSiteWith is one with a gateway for short messages.
func newSiteWith(t *testing.T, gateway *sms.Gateway, change func(*post.Config)) *site {
	t.Helper()
	b, err := books.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "books.db"), books.Key{1})
	fatal(t, err)
	t.Cleanup(func() { _ = b.Close() })
	fatal(t, b.Enrol(t.Context(), books.Cabinet{Name: "demo-1", Place: "Musterstraße 5"}))
	s := &site{t: t, server: posttest.Start(t), books: &counter{Books: b}, log: &bytes.Buffer{}}
	cfg := post.Config{Server: s.server.Addr, From: "Paketpark <pakete@operator.example>", CA: s.server.CA, Staff: []string{"staff@operator.example"}}
	if change != nil {
		change(&cfg)
	}
	fatal(t, cfg.Validate())
	w := letter.Writer{Operator: "Paketpark Nord", Hotline: "+49 800 1234567", Language: "de", Public: "https://pakete.example",
		Token: func(desk.Parcel) (string, error) { return "a.signed.token", nil }}
	d := duty.New(duty.Config{NextAfter: 15, Next: []duty.Step{{Mail: []string{"head@operator.example"}}}}, duty.Step{Mail: cfg.Staff}, time.UTC)
	s.post = post.New(cfg, gateway, s.books, func() bool { return true }, d, w, slog.New(slog.NewTextHandler(s.log, nil)))
	s.take("journal.epoch_begun", "{}")
	return s
}

// run has the post work until the test ends, or the function that it returns is called.
func (s *site) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.post.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Errorf("want nil after a stop, got %v", err)
		}
	})
	s.t.Cleanup(stop)
	return stop
}

func (s *site) announce(mail, language string) {
	s.announceTo(desk.Contact{Mail: mail, Name: "Ada", Language: language})
}

func (s *site) announceTo(to desk.Contact) { s.announceAs("1", to) }

// announceAs announces a parcel of several, by the order o and its name.
func (s *site) announceAs(name string, to desk.Contact) {
	_, err := s.books.Send(s.t.Context(), books.Order{ID: "o" + name, Cabinet: "demo-1", Kind: "parcel.announce", Expires: time.Now().Add(time.Hour)},
		&desk.Announcement{Order: "o" + name, Cabinet: "demo-1", Tracking: "JJD00039000" + name, Contact: to}, books.Once{})
	fatal(s.t, err)
}

func (s *site) take(kind, event string) {
	s.t.Helper()
	s.seq++
	s.prev = contracttest.LineWith("e1", s.seq, s.prev, kind, event)
	r, err := contract.ParseEvent([]byte(s.prev))
	fatal(s.t, err)
	record, err := desk.Read(r, credential.NewOperator())
	fatal(s.t, err)
	if kind == "parcel.stored" || kind == "parcel.announced" {
		record.Code = "40718293"
	}
	_, err = s.books.Take(s.t.Context(), "demo-1", []desk.Record{record})
	fatal(s.t, err)
}

func (s *site) stored() { s.storedAs("1") }

func (s *site) storedAs(name string) {
	s.take("parcel.stored", fmt.Sprintf(`{"parcel":"p%s","tracking":"JJD00039000%s","door":7,"order":"o%s"}`, name, name, name))
	s.take("parcel.period_began", fmt.Sprintf(`{"parcel":"p%s","until":%q}`, name, time.Now().Add(72*time.Hour).UTC().Format(time.RFC3339)))
}

func (s *site) mail(n int) (*mail.Message, string) {
	s.t.Helper()
	cloudtest.Eventually(s.t, fmt.Sprintf("mail %d comes", n), func() bool {
		mails, _ := s.server.Mails()
		return len(mails) >= n
	})
	mails, bodies := s.server.Mails()
	return mails[n-1], bodies[n-1]
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// parts are the decoded parts of a message, by content type.
func parts(t *testing.T, header mail.Header, body io.Reader) map[string]string {
	t.Helper()
	kind, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	fatal(t, err)
	all := make(map[string]string)
	if !strings.HasPrefix(kind, "multipart/") {
		text, err := io.ReadAll(body)
		fatal(t, err)
		if strings.EqualFold(header.Get("Content-Transfer-Encoding"), "base64") {
			text, err = base64.StdEncoding.DecodeString(strings.ReplaceAll(string(text), "\r\n", ""))
			fatal(t, err)
		}
		all[kind] = string(text)
		return all
	}
	for r := multipart.NewReader(body, params["boundary"]); ; {
		p, err := r.NextPart() // decodes quoted-printable by itself
		if err == io.EOF {
			return all
		}
		fatal(t, err)
		for k, v := range parts(t, mail.Header(p.Header), p) {
			all[k] = v
		}
	}
}

func TestANoticeIsALetterWithAQRCode(t *testing.T) {
	for language, want := range map[string][]string{
		"de": {"Ihr Paket ist da", "Abholcode: 40718293", "Fach: 7", "Wo: Musterstraße 5", "https://pakete.example/p/", "Paketpark Nord", `lang="de"`},
		"en": {"Your parcel is here", "Pickup code: 40718293", "Hello Ada,"},
		"ar": {"وصل طردك", "40718293", `dir="rtl"`},
		"zh": {"您的包裹已到", "取件码: 40718293"},
		"xx": {"Ihr Paket ist da"}, // the operator's
	} {
		t.Run(language, func(t *testing.T) {
			s := newSite(t, nil)
			s.announce("ada@recipient.example", language)
			s.stored()
			stop := s.run()
			m, body := s.mail(1)
			got := parts(t, m.Header, m.Body)
			subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
			fatal(t, err)
			text := subject + got["text/plain"] + got["text/html"]
			for _, w := range want {
				if !strings.Contains(text, w) {
					t.Errorf("want %q in the letter, got\n%s", w, text)
				}
			}
			if !strings.HasPrefix(got["image/png"], "\x89PNG") || !strings.Contains(strings.ToLower(body), "content-id: <qr.png>") {
				t.Error("want the QR code inline")
			}
			if m.Header.Get("Auto-Submitted") != "auto-generated" || m.Header.Get("Message-ID") == "" {
				t.Errorf("want a message of a machine with an id of its own, got %v", m.Header)
			}
			stop()
			if got := s.books.settled(); !slices.Equal(got, []string{"told "}) {
				t.Errorf("want it told once, got %q", got)
			}
		})
	}
}

// TestAMailServerThatIsAway: the notice waits, and names nobody in the log.
func TestAMailServerThatIsAway(t *testing.T) {
	s := newSite(t, nil)
	s.server.Refuse(451)
	s.announce("ada@recipient.example", "de")
	s.stored()
	s.run()
	cloudtest.Eventually(t, "a try has failed", func() bool { return len(s.books.tries()) > 0 })
	s.server.Refuse(0)
	s.post.Wake()
	s.mail(1)
	if got := s.books.tries()[0]; got != "the mail server answered 451 4.1.1" {
		t.Errorf("want the server's code as the reason, got %q", got)
	}
}

func TestWhatCannotBeTold(t *testing.T) {
	for _, test := range []struct {
		name string
		then func(*site)
		want string
	}{
		{"the server knows no such mailbox", func(s *site) { s.announce("ada@recipient.example", "de"); s.server.Refuse(550); s.stored() },
			"given_up the mail server answered 550 5.1.1"},
		{"no address is known", func(s *site) { s.stored() }, "nobody no e-mail address is known"},
		{"an address with a header in it", func(s *site) { s.announce("ada@recipient.example\r\nBcc: eve@evil.example", "de"); s.stored() },
			"given_up post: the recipient's e-mail address is none"},
		{"an address that is two", func(s *site) { s.announce("ada@recipient.example, eve@evil.example", "de"); s.stored() },
			"given_up post: the recipient's e-mail address is none"},
		{"an address that is none", func(s *site) { s.announce("ada at home", "de"); s.stored() }, "given_up post: the recipient's e-mail address is none"},
		{"it was fetched meanwhile", func(s *site) {
			s.announce("ada@recipient.example", "de")
			s.stored()
			s.take("parcel.collected", `{"parcel":"p1","door":7}`)
		}, "moot "},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t, nil)
			test.then(s)
			stop := s.run()
			cloudtest.Eventually(t, "the notice has ended", func() bool { return len(s.books.settled()) > 0 })
			stop()
			if got := s.books.settled(); got[0] != test.want {
				t.Errorf("want %q, got %q", test.want, got)
			}
			if log := s.log.String(); strings.Contains(log, "ada") || strings.Contains(log, "40718293") {
				t.Errorf("want nobody named in the log, got %s", log)
			}
			_, bodies := s.server.Mails()
			if all := strings.Join(bodies, ""); strings.Contains(all, "40718293") {
				t.Error("want no code to be sent")
			}
		})
	}
}

// TestNothingLeavesInClear: a server that cannot or must not encrypt gets nothing.
func TestNothingLeavesInClear(t *testing.T) {
	s := newSite(t, func(c *post.Config) { c.CA = "" }) // nobody vouches for its certificate
	s.announce("ada@recipient.example", "de")
	s.stored()
	stop := s.run()
	cloudtest.Eventually(t, "a try has failed", func() bool { return len(s.books.tries()) > 0 })
	stop()
	if _, bodies := s.server.Mails(); len(bodies) != 0 {
		t.Error("want nothing to be sent to a server that nobody vouches for")
	}
	if err := (post.Config{Server: "mail.operator.example:25", From: "a@b.example", Plain: true}).Validate(); err == nil {
		t.Error("want plain mail to another machine to be refused")
	}
}

// TestTheStaffIsTold: of an urgent alarm at once, with all others in the same letter.
func TestTheStaffIsTold(t *testing.T) {
	s := newSite(t, nil)
	s.take("door.left_open", `{"door":3}`)
	s.run()
	m, _ := s.mail(1)
	if got := m.Header.Get("Subject"); got != "demo-1: door.left_open door 3" {
		t.Errorf("want the alarm in the subject, got %q", got)
	}
	s.take("door.left_open", `{"door":4}`)
	s.take("door.forced", `{"door":5}`)
	s.post.Wake()
	m, body := s.mail(2)
	if got := m.Header.Get("Subject"); got != "URGENT demo-1: door.forced door 5 (and 1 more)" || !strings.Contains(body, "door.left_open door 4") {
		t.Errorf("want the urgent one first and the other with it, got %q\n%s", got, body)
	}
}

// TestNobodyWritesALettersHead: what a cabinet and a recipient bring is text in a letter, and no header and no other line of the staff's.
func TestNobodyWritesALettersHead(t *testing.T) {
	s := newSite(t, nil)
	s.announceTo(desk.Contact{Mail: "ada@recipient.example", Name: "Ada\r\nBcc: eve@evil.example\r\n\r\nhello"})
	s.stored()
	s.take("breaker.tripped", `{"source":"x\r\nBcc: eve@evil.example\r\n\r\ndemo-2\r\n! forged"}`)
	s.run()
	for n := range 2 {
		m, body := s.mail(n + 1)
		if m.Header.Get("Bcc") != "" || len(m.Header["To"]) != 1 || strings.Contains(m.Header.Get("To"), "eve") {
			t.Errorf("want no header of somebody else's, got %v", m.Header)
		}
		if strings.HasPrefix(m.Header.Get("To"), "<staff") && strings.Contains(body, "\r\n! forged") {
			t.Errorf("want no line of somebody else's, got %s", body)
		}
	}
}

// TestTheNextGetALetter: of an urgent alarm that nobody works off, once; one that somebody has worked off is told to nobody else.
func TestTheNextGetALetter(t *testing.T) {
	s := newSite(t, nil)
	s.take("door.forced", `{"door":5}`)
	s.take("door.forced", `{"door":6}`)
	s.take("door.left_open", `{"door":7}`)
	fatal(t, s.books.Seen(t.Context(), "demo-1/e1/2", "ada"))
	s.books.earlier = 20 * time.Minute
	s.run()
	first, _ := s.mail(1)
	next, body := s.mail(2)
	if got := first.Header.Get("To") + next.Header.Get("To"); got != "<staff@operator.example><head@operator.example>" {
		t.Errorf("want the staff told, then the next, got %q", got)
	}
	if got := next.Header.Get("Subject"); got != "URGENT demo-1: door.forced door 6" || !strings.Contains(body, "for 15 minutes") {
		t.Errorf("want what nobody works off, and for how long, got %q\n%s", got, body)
	}
	s.post.Wake()
	if _, all := s.server.Mails(); len(all) != 2 {
		t.Errorf("want two letters, got %d", len(all))
	}
}

// TestAMessageThatWasTakenIsToldOnce: whatever becomes of the connection once the mail server has said that it has it.
func TestAMessageThatWasTakenIsToldOnce(t *testing.T) {
	s := newSite(t, func(c *post.Config) { c.Staff = nil })
	s.server.Cut()
	for _, name := range []string{"1", "2", "3"} {
		s.announceAs(name, desk.Contact{Mail: "ada" + name + "@recipient.example"})
		s.storedAs(name)
	}
	stop := s.run()
	cloudtest.Eventually(t, "all are told", func() bool { return len(s.books.settled()) == 3 })
	stop()
	if mails, _ := s.server.Mails(); len(mails) != 3 || len(s.books.tries()) != 0 {
		t.Errorf("want each of three letters sent once, got %d, and tries that failed: %q", len(mails), s.books.tries())
	}
}

// refusedThenTold is somebody of whom a try has failed, and who has their letter once the mail server takes letters again.
func (s *site) refusedThenTold(whom desk.Contact) {
	s.t.Helper()
	s.announceTo(whom)
	s.stored()
	s.run()
	cloudtest.Eventually(s.t, "a try has failed", func() bool { return len(s.books.tries())+len(s.books.settled()) > 0 })
	s.server.Refuse(0)
	s.post.Wake()
	s.mail(1)
}

// TestASenderThatIsRefused is the operator's to put right, and says nothing of a mailbox: until then all notices wait.
func TestASenderThatIsRefused(t *testing.T) {
	s := newSite(t, func(c *post.Config) { c.Staff = nil })
	s.server.RefuseSender(550)
	s.refusedThenTold(desk.Contact{Mail: "ada@recipient.example"})
	if got := s.books.tries(); len(got) == 0 || got[0] != "the mail server refuses mail.from: it answered 550 5.1.1" {
		t.Errorf("want it said whom the server refuses, got %q", got)
	}
}

// TestAServerThatForbidsIt says nothing of a mailbox either, as where it wants a password: notices wait, unless there is another way.
func TestAServerThatForbidsIt(t *testing.T) {
	s := newSite(t, func(c *post.Config) { c.Staff = nil })
	s.server.Forbid()
	s.refusedThenTold(desk.Contact{Mail: "ada@recipient.example"})

	provider, g := gateway(t)
	s = newSiteWith(t, g, func(c *post.Config) { c.Staff = nil })
	s.server.Forbid()
	s.announceTo(desk.Contact{Mail: "ada@recipient.example", Phone: "+4915112345678"})
	s.stored()
	s.run()
	cloudtest.Eventually(t, "she is told by the phone", func() bool { to, _ := provider.took(); return len(to) == 1 })

	s = newSiteWith(t, g, func(c *post.Config) { c.Staff = nil })
	s.server.Forbid()
	s.refusedThenTold(desk.Contact{Mail: "ada@recipient.example", Phone: "110"})
}

// TestOneOfTheStaffWhoIsGone: a mailbox that is none keeps nobody else from being told, and each is told once.
func TestOneOfTheStaffWhoIsGone(t *testing.T) {
	s := newSite(t, func(c *post.Config) {
		c.Staff = []string{"gone@operator.example", "staff@operator.example", "Desk <desk@operator.example>"}
	})
	s.server.RefuseOne("gone@operator.example", 550)
	s.take("door.forced", `{"door":5}`)
	s.run()
	s.mail(2)
	s.take("door.forced", `{"door":6}`)
	s.post.Wake()
	s.mail(4)
	s.server.Refuse(0)
	s.post.Wake()
	var got []string
	mails, _ := s.server.Mails()
	for _, m := range mails {
		got = append(got, m.Header.Get("To")+" "+m.Header.Get("Subject"))
	}
	if want := []string{"<staff@operator.example> URGENT demo-1: door.forced door 5", `"Desk" <desk@operator.example> URGENT demo-1: door.forced door 5`,
		"<staff@operator.example> URGENT demo-1: door.forced door 6", `"Desk" <desk@operator.example> URGENT demo-1: door.forced door 6`}; !slices.Equal(got, want) {
		t.Errorf("want %q, got %q", want, got)
	}
	if log := s.log.String(); strings.Contains(log, "gone@") || !strings.Contains(log, "550") {
		t.Errorf("want the log to say which of them without their address, got %s", log)
	}
}

// TestAReminderThatIsLate: where there is more time by then, or none, it would not be true.
func TestAReminderThatIsLate(t *testing.T) {
	s := newSite(t, func(c *post.Config) { c.Staff = nil })
	s.announce("ada@recipient.example", "en")
	ends := func(in time.Duration) string { return time.Now().Add(in).UTC().Format(time.RFC3339) }
	s.take("parcel.stored", `{"parcel":"p1","tracking":"JJD000390001","door":7,"order":"o1"}`)
	s.take("parcel.period_began", fmt.Sprintf(`{"parcel":"p1","until":%q}`, ends(20*time.Hour)))
	if n, err := s.books.Remind(t.Context()); err != nil || n != 1 { // and the mail server is away
		t.Fatalf("want a reminder, got %d, %v", n, err)
	}
	s.take("parcel.extended", fmt.Sprintf(`{"parcel":"p1","door":7,"until":%q}`, ends(100*time.Hour)))
	stop := s.run()
	cloudtest.Eventually(t, "all notices have ended", func() bool { return len(s.books.settled()) == 3 })
	stop()
	mails, _ := s.server.Mails()
	for _, m := range mails {
		if subject := m.Header.Get("Subject"); strings.Contains(subject, "one more day") {
			t.Errorf("want no reminder, got %q", subject)
		}
	}
	if len(mails) != 2 {
		t.Errorf("want two letters, got %d", len(mails))
	}
}
