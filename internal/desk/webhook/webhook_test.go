package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/contract/contracttest"
	"lockerd/internal/credential"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/webhook"
	"lockerd/internal/sync/cloudtest"
)

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// quick is books in which a failed try is due again at once, as if the pause were over; tries counts them.
type quick struct {
	*books.Books
	mu    sync.Mutex
	tries []string
	fails int // what each delivery is said to have failed before
}

func (q *quick) Deliveries(ctx context.Context, most int) ([]books.Delivery, error) {
	list, err := q.Books.Deliveries(ctx, most)
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range list {
		list[i].Tries += q.fails
	}
	return list, err
}

func (q *quick) DeliverLater(ctx context.Context, d books.Delivery, _ time.Time, why string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.tries = append(q.tries, why)
	return q.Books.DeliverLater(ctx, d, time.Now(), why)
}

func (q *quick) failed() []string { q.mu.Lock(); defer q.mu.Unlock(); return slices.Clone(q.tries) }

// message is what a receiver got.
type message struct {
	ID        string `json:"webhook-id"`
	Timestamp string `json:"webhook-timestamp"`
	Signature string `json:"webhook-signature"`
	Body      string `json:"body"`
}

// site is books with one cabinet, a sender, and a receiver on a true listener.
type site struct {
	t        *testing.T
	books    *quick
	sender   *webhook.Sender
	receiver *httptest.Server
	log      *bytes.Buffer
	seq      int
	prev     string

	mu      sync.Mutex
	answer  func(w http.ResponseWriter)
	got     []message
	strange []string // requests that are none of a webhook
}

func newSite(t *testing.T, cfg webhook.Config) *site {
	t.Helper()
	b, err := books.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "books.db"), books.Key{1})
	fatal(t, err)
	t.Cleanup(func() { _ = b.Close() })
	fatal(t, b.Enrol(t.Context(), books.Cabinet{Name: "demo-1"}))
	s := &site{t: t, books: &quick{Books: b}, log: &bytes.Buffer{}, answer: func(w http.ResponseWriter) { w.WriteHeader(204) }}
	s.receiver = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.receiver.Close)
	fatal(t, cfg.Validate())
	s.sender = webhook.New(cfg, s.books, slog.New(slog.NewTextHandler(s.log, nil)))
	s.take("journal.epoch_begun", "{}")
	return s
}

var loopback = webhook.Config{Allow: []string{"127.0.0.0/8"}}

func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // a part of it fails the check
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method != "POST" || r.URL.Path != "/hook" {
		s.strange = append(s.strange, r.Method+" "+r.URL.Path)
	}
	s.got = append(s.got, message{r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), r.Header.Get("webhook-signature"), string(body)})
	s.answer(w)
}

func (s *site) answers(f func(w http.ResponseWriter)) { s.mu.Lock(); defer s.mu.Unlock(); s.answer = f }

func (s *site) messages() []message { s.mu.Lock(); defer s.mu.Unlock(); return slices.Clone(s.got) }

// silent has everything told to an address, too, that never answers, and counts how often that was asked.
func (s *site) silent() *atomic.Int64 {
	s.t.Helper()
	asked, hold := new(atomic.Int64), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1); <-hold }))
	s.t.Cleanup(slow.Close)
	s.t.Cleanup(func() { close(hold) })
	_, err := s.books.PutHook(s.t.Context(), books.Hook{Name: "slow", URL: slow.URL + "/hook", Kinds: []string{"*"}})
	fatal(s.t, err)
	return asked
}

func (s *site) take(kind, event string) {
	s.t.Helper()
	s.seq++
	s.prev = contracttest.LineWith("e1", s.seq, s.prev, kind, event)
	r, err := contract.ParseEvent([]byte(s.prev))
	fatal(s.t, err)
	record, err := desk.Read(r, credential.NewOperator())
	fatal(s.t, err)
	_, err = s.books.Take(s.t.Context(), "demo-1", []desk.Record{record})
	fatal(s.t, err)
}

func (s *site) hook(kinds ...string) books.Secret {
	s.t.Helper()
	secret, err := s.books.PutHook(s.t.Context(), books.Hook{Name: "shop", URL: s.receiver.URL + "/hook", Kinds: kinds})
	fatal(s.t, err)
	return secret
}

func (s *site) run() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.sender.Run(ctx) }()
	s.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Errorf("want nil after a stop, got %v", err)
		}
	})
}

// TestOthersVerifyIt: with the library of the specification's authors, where it is installed.
func TestOthersVerifyIt(t *testing.T) {
	tool, err := filepath.Abs("../../../build/rest")
	fatal(t, err)
	if _, err := os.Stat(filepath.Join(tool, "node_modules/standardwebhooks")); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("the library is missing: build/test-needs")
		}
		t.Skip("the library is missing: build/test-needs")
	}
	s := newSite(t, loopback)
	secret := s.hook("parcel.*")
	s.take("parcel.stored", `{"parcel":"p1","tracking":"JJD000390007","door":7}`)
	s.take("door.closed", `{"door":7}`)
	s.run()
	cloudtest.Eventually(t, "a message comes", func() bool { return len(s.messages()) > 0 })
	right := s.messages()[0]
	wrong := right
	wrong.Body = strings.Replace(wrong.Body, `"door":7`, `"door":8`, 1)
	late := right
	late.Timestamp = "1700000000"
	for _, test := range []struct {
		name   string
		secret string
		m      message
		want   string
	}{{"as it came", webhook.Shown(secret), right, "parcel.stored"}, {"changed on its way", webhook.Shown(secret), wrong, "refused"},
		{"sent again later", webhook.Shown(secret), late, "refused"}, {"another secret", webhook.Shown(make([]byte, 32)), right, "refused"}} {
		in, err := json.Marshal(test.m)
		fatal(t, err)
		c := exec.CommandContext(t.Context(), "node", filepath.Join(tool, "webhook.mjs"), test.secret)
		c.Stdin = bytes.NewReader(in)
		out, err := c.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != test.want {
			t.Errorf("%s: want %s, got %s, %v", test.name, test.want, got, err)
		}
	}
	var body struct {
		Data struct {
			Cabinet string
			Event   struct{ Tracking string }
		}
	}
	fatal(t, json.Unmarshal([]byte(right.Body), &body))
	if body.Data.Cabinet != "demo-1" || body.Data.Event.Tracking != "JJD000390007" {
		t.Errorf("want the record, got %s", right.Body)
	}
}

// TestItIsToldAgainWithTheSameID: until the other side has it, and then no more.
func TestItIsToldAgainWithTheSameID(t *testing.T) {
	s := newSite(t, loopback)
	s.hook("parcel.*", "alarms")
	s.answers(func(w http.ResponseWriter) { w.WriteHeader(500) })
	s.take("parcel.stored", `{"parcel":"p1","tracking":"JJD000390007","door":7}`)
	s.run()
	cloudtest.Eventually(t, "a try has failed", func() bool { return len(s.books.failed()) > 0 })
	s.answers(func(w http.ResponseWriter) { w.WriteHeader(200) })
	s.sender.Wake()
	told := func(waiting int) func() bool {
		return func() bool {
			list, err := s.books.Hooks(t.Context())
			fatal(t, err)
			return list[0].Waiting == waiting && list[0].Failing.IsZero()
		}
	}
	cloudtest.Eventually(t, "the other side has it", told(0))
	before := s.messages()
	if first, last := before[0], before[len(before)-1]; len(before) < 2 || first.ID != last.ID || first.Body != last.Body {
		t.Errorf("want the same message again, got %+v", before)
	}
	s.take("door.forced", `{"door":7}`)
	s.take("door.closed", `{"door":7}`)
	s.sender.Wake()
	cloudtest.Eventually(t, "the alarm is told", func() bool { return len(s.messages()) == len(before)+1 })
	if m := s.messages(); !strings.Contains(m[len(m)-1].Body, `"type":"door.forced"`) || m[len(m)-1].ID == m[0].ID {
		t.Errorf("want the alarm as another message, got %+v", m[len(m)-1])
	}
}

// TestNoRedirectIsFollowed: whoever answers does not say where else this machine sends something.
func TestNoRedirectIsFollowed(t *testing.T) {
	s := newSite(t, loopback)
	s.hook("*")
	s.answers(func(w http.ResponseWriter) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(307)
	})
	s.take("parcel.stored", `{"parcel":"p1","tracking":"JJD000390007","door":7}`)
	s.run()
	cloudtest.Eventually(t, "a try has failed", func() bool { return len(s.books.failed()) > 0 })
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.strange) != 0 || s.books.failed()[0] != "it answered 307: no redirect is followed" {
		t.Errorf("want no other address to be asked, got %q, %q", s.strange, s.books.failed())
	}
}

// TestPrivateAddressesAreGuarded: whatever the name says, the address that it leads to counts.
func TestPrivateAddressesAreGuarded(t *testing.T) {
	s := newSite(t, webhook.Config{})
	s.hook("*")
	s.take("parcel.stored", `{"parcel":"p1","tracking":"JJD000390007","door":7}`)
	s.run()
	cloudtest.Eventually(t, "a try has failed", func() bool { return len(s.books.failed()) > 0 })
	if len(s.messages()) != 0 || !strings.Contains(s.books.failed()[0], "not public") {
		t.Errorf("want nothing sent to this machine, got %+v, %q", s.messages(), s.books.failed())
	}
	for address, want := range map[string]bool{"https://shop.example/hook": true, "http://shop.example/hook": false, "http://127.0.0.1/hook": false,
		"https://u:p@shop.example/": false, "ftp://shop.example/": false, "shop.example": false, "https:///hook": false, "https://shop.example/#a": false} {
		if err := (webhook.Config{}).CheckURL(address); (err == nil) != want {
			t.Errorf("%s: want %v, got %v", address, want, err)
		}
	}
	if err := loopback.CheckURL("http://127.0.0.1:8000/hook"); err != nil {
		t.Errorf("want plain HTTP within a network that is allowed, got %v", err)
	}
}

// TestEveryWayInIsGuarded: this machine and its networks have many names; nobody is asked behind any.
func TestEveryWayInIsGuarded(t *testing.T) {
	s := newSite(t, webhook.Config{})
	hosts := []string{"127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "100.64.0.1", "169.254.169.254", "172.16.0.1", "192.168.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255",
		"localhost", "[::]", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:db8::1]", "[3fff::1]", "[5f00::1]",
		"[fc00::1]", "[fe80::1]", "[fec0::1]", "[ff02::1]"}
	for i, host := range hosts {
		_, err := s.books.PutHook(t.Context(), books.Hook{Name: fmt.Sprintf("shop%d", i), URL: "https://" + host + "/hook", Kinds: []string{"*"}})
		fatal(t, err)
	}
	s.take("parcel.stored", `{"parcel":"p1","tracking":"JJD000390007","door":7}`)
	s.run()
	cloudtest.Eventually(t, "all were tried", func() bool { return len(s.books.failed()) == len(hosts) })
	list, err := s.books.Hooks(t.Context())
	fatal(t, err)
	for _, h := range list {
		if !strings.Contains(h.Why, "not public") {
			t.Errorf("%s: want it guarded, got %q", h.URL, h.Why)
		}
	}
}

// TestAnAddressThatIsGone: it is disabled, the staff knows, what waits stays, and an address put right is told the rest.
func TestAnAddressThatIsGone(t *testing.T) {
	for name, begin := range map[string]func(*site){
		"it says so":             func(s *site) { s.answers(func(w http.ResponseWriter) { w.WriteHeader(410) }) },
		"it has failed for long": func(s *site) { s.books.fails = 59; s.answers(func(w http.ResponseWriter) { w.WriteHeader(503) }) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, loopback)
			s.hook("parcel.*")
			begin(s)
			s.take("parcel.stored", `{"parcel":"p1","tracking":"T1","door":7}`)
			s.run()
			disabled := func() bool {
				list, err := s.books.Hooks(t.Context())
				fatal(t, err)
				return !list[0].Disabled.IsZero()
			}
			cloudtest.Eventually(t, "it is disabled", disabled)
			n := len(s.messages())
			alarms, err := s.books.Alarms(t.Context(), books.AlarmFilter{}, 10)
			fatal(t, err)
			if len(alarms) != 1 || alarms[0].Kind != "webhook.disabled" || !strings.HasPrefix(alarms[0].What, "shop: it answered") || alarms[0].Number() != "-/desk/1" {
				t.Fatalf("want one alarm, got %+v", alarms)
			}
			fatal(t, s.books.Seen(t.Context(), alarms[0].Number(), "ada"))
			s.take("parcel.stored", `{"parcel":"p2","tracking":"T2","door":8}`)
			s.sender.Wake()
			if list, err := s.books.Deliveries(t.Context(), 10); err != nil || len(list) != 0 || len(s.messages()) != n {
				t.Errorf("want nothing sent there, got %+v, %v", list, err)
			}
			s.answers(func(w http.ResponseWriter) { w.WriteHeader(204) })
			if secret := s.hook("parcel.*"); secret != nil || disabled() {
				t.Error("want it told again, with the secret of before")
			}
			s.take("parcel.stored", `{"parcel":"p3","tracking":"T3","door":9}`)
			s.sender.Wake()
			said := func(what string) func() bool {
				return func() bool {
					return slices.ContainsFunc(s.messages()[n:], func(m message) bool { return strings.Contains(m.Body, what) })
				}
			}
			cloudtest.Eventually(t, "it is told what comes now", said(`"T3"`))
			if name == "it says so" {
				cloudtest.Eventually(t, "it is told what it would not take", said(`"T1"`))
			}
		})
	}
}

// TestABusySlowAddressHoldsUpNoOther: however much waits for it.
func TestABusySlowAddressHoldsUpNoOther(t *testing.T) {
	s := newSite(t, loopback)
	asked := s.silent()
	for range 100 {
		s.take("door.closed", `{"door":7}`)
	}
	s.hook("parcel.*")
	s.take("parcel.stored", `{"parcel":"p1","tracking":"T1","door":7}`)
	s.run()
	cloudtest.Eventually(t, "the other has it", func() bool { return len(s.messages()) == 1 })
	s.take("parcel.stored", `{"parcel":"p2","tracking":"T2","door":8}`)
	s.sender.Wake()
	cloudtest.Eventually(t, "the other has the next", func() bool { return len(s.messages()) == 2 })
	if n := asked.Load(); n > 40 {
		t.Errorf("want the other told between two looks, got it when the slow one had been asked %d times of 100", n)
	}
}

// TestASlowAddressHoldsUpNoOther: nor does one that says too much.
func TestASlowAddressHoldsUpNoOther(t *testing.T) {
	s := newSite(t, loopback)
	s.hook("*")
	s.silent()
	s.answers(func(w http.ResponseWriter) { _, _ = fmt.Fprint(w, strings.Repeat("a", 1<<20)) })
	s.take("parcel.stored", `{"parcel":"p1","tracking":"T1","door":7}`)
	s.run()
	cloudtest.Eventually(t, "the other has it", func() bool { return len(s.messages()) == 1 })
}
