package post_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"lockerd/internal/desk"
	"lockerd/internal/desk/sms"
	"lockerd/internal/sync/cloudtest"
)

// provider is somebody who passes short messages on: a true HTTP server.
type provider struct {
	mu     sync.Mutex
	status int // of its answers
	to     []string
	texts  []string
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	p.to, p.texts = append(p.to, r.URL.Query().Get("to")), append(p.texts, string(body))
	w.WriteHeader(p.status)
}

func (p *provider) answer(status int) { p.mu.Lock(); defer p.mu.Unlock(); p.status = status }

func (p *provider) took() (to, texts []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.to), slices.Clone(p.texts)
}

// gateway is the way to a provider, and what its file would be.
func gateway(t *testing.T) (*provider, *sms.Gateway) {
	t.Helper()
	p := &provider{status: http.StatusOK}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "sms.gateway")
	address := "generic://" + strings.TrimPrefix(server.URL, "http://") + "/send?disabletls=yes&to={phone}&key=a.secret\n"
	fatal(t, os.WriteFile(file, []byte(address), 0o600))
	g, err := sms.Config{GatewayFile: file}.Open()
	fatal(t, err)
	return p, g
}

// TestAShortMessage: who has no e-mail, or none that is taken, is told by the phone.
func TestAShortMessage(t *testing.T) {
	for name, test := range map[string]struct {
		to    desk.Contact
		smtp  int
		texts []string
	}{
		"no e-mail":              {desk.Contact{Phone: "+49 151 12345678", Language: "de"}, 0, []string{"Paketpark Nord: Ihr Paket ist da", "Fach: 7", "Abholcode: 40718293", "https://pakete.example/p/"}},
		"in Arabic":              {desk.Contact{Phone: "+4915112345678", Language: "ar"}, 0, []string{"وصل طردك", "40718293"}},
		"a mailbox that is none": {desk.Contact{Mail: "ada@recipient.example", Phone: "+4915112345678"}, 550, []string{"Abholcode: 40718293"}},
		"no address at all":      {desk.Contact{Mail: "ada at home", Phone: "+4915112345678"}, 0, []string{"Abholcode: 40718293"}},
	} {
		t.Run(name, func(t *testing.T) {
			provider, g := gateway(t)
			s := newSiteWith(t, g, nil)
			s.server.Refuse(test.smtp)
			s.announceTo(test.to)
			s.stored()
			stop := s.run()
			cloudtest.Eventually(t, "the notice has ended", func() bool { return len(s.books.settled()) > 0 })
			stop()
			if got := s.books.settled(); !slices.Equal(got, []string{"told "}) {
				t.Errorf("want it told once, got %q", got)
			}
			to, texts := provider.took()
			if !slices.Equal(to, []string{"+4915112345678"}) {
				t.Fatalf("want one message to the recipient, got %q", to)
			}
			for _, want := range test.texts {
				if !strings.Contains(texts[0], want) {
					t.Errorf("want %q in the message, got %s", want, texts[0])
				}
			}
			secret(t, s)
		})
	}
}

// TestAShortMessageIsTriedAgain: while the provider does not take it, and never to what is no number.
func TestAShortMessageIsTriedAgain(t *testing.T) {
	provider, g := gateway(t)
	provider.answer(http.StatusServiceUnavailable)
	s := newSiteWith(t, g, nil)
	s.announceTo(desk.Contact{Phone: "+4915112345678", Language: "en"})
	s.stored()
	s.run()
	cloudtest.Eventually(t, "a try has failed", func() bool { return len(s.books.tries()) > 0 })
	provider.answer(http.StatusOK)
	s.post.Wake()
	cloudtest.Eventually(t, "the notice has ended", func() bool { return len(s.books.settled()) > 0 })
	if got := s.books.settled(); got[0] != "told " {
		t.Errorf("want it told, got %q", got)
	}
	secret(t, s)

	provider, g = gateway(t)
	s = newSiteWith(t, g, nil)
	s.announceTo(desk.Contact{Phone: "0151 12345678"})
	s.stored()
	s.run()
	cloudtest.Eventually(t, "the notice has ended", func() bool { return len(s.books.settled()) > 0 })
	if got := s.books.settled(); !strings.HasPrefix(got[0], "given_up sms: no number with its country code") {
		t.Errorf("want a number without its country given up, got %q", got)
	}
	if to, _ := provider.took(); len(to) != 0 {
		t.Errorf("want nothing sent, got %q", to)
	}
}

// TestAGatewayThatDoesNotAnswer is asked once a pass: those who are told by mail do not wait until it was asked for everybody.
func TestAGatewayThatDoesNotAnswer(t *testing.T) {
	t.Parallel() // it waits
	var asked atomic.Int32
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1); <-release }))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	file := filepath.Join(t.TempDir(), "sms.gateway")
	fatal(t, os.WriteFile(file, []byte("generic://"+strings.TrimPrefix(server.URL, "http://")+"/?disabletls=yes&to={phone}"), 0o600))
	g, err := sms.Config{GatewayFile: file}.Open()
	fatal(t, err)
	s := newSiteWith(t, g, nil)
	for name, to := range []desk.Contact{{Phone: "+4915112345671"}, {Phone: "+4915112345672"}, {Phone: "+4915112345673"}, {Mail: "ada@recipient.example"}} {
		s.announceAs(strconv.Itoa(name), to)
		s.storedAs(strconv.Itoa(name))
	}
	stop := s.run()
	cloudtest.Eventually(t, "the mail is told, and all else put off", func() bool { return len(s.books.settled()) == 1 && len(s.books.tries()) == 3 })
	stop()
	if n := asked.Load(); n != 1 {
		t.Errorf("want the gateway asked once, got %d times", n)
	}
	for _, why := range s.books.tries() {
		if why != "sms: the gateway: it does not answer" {
			t.Errorf("want why it was put off, got %q", why)
		}
	}
}

// secret: neither the number nor the gateway's address is in the log or among the reasons.
func secret(t *testing.T, s *site) {
	t.Helper()
	said := s.log.String() + strings.Join(s.books.tries(), "") + strings.Join(s.books.settled(), "")
	for _, hidden := range []string{"12345678", "a.secret", "40718293"} {
		if strings.Contains(said, hidden) {
			t.Errorf("want %q in no log, got %s", hidden, said)
		}
	}
}

// TestAGatewayThatCannotBe: a wrong file is refused before anything starts, and not repeated.
func TestAGatewayThatCannotBe(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		mode os.FileMode
		want string
	}{
		"without a place":  {"generic://gateway.example/send?key=a.secret", 0o600, "the number's place"},
		"of no service":    {"carrier-pigeon://a.secret/{phone}", 0o600, "no address of a service"},
		"read by everyone": {"generic://gateway.example/send?to={phone}", 0o644, "everybody may read"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "sms.gateway")
			fatal(t, os.WriteFile(file, []byte(test.text), test.mode))
			err := sms.Config{GatewayFile: file}.Validate()
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "a.secret") {
				t.Errorf("want it refused with %q and without its text, got %v", test.want, err)
			}
		})
	}
}
