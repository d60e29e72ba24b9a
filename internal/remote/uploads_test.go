package remote_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"lockerd/internal/locker"
	"lockerd/internal/remote"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestPhotosAreUploaded, by each way to name them and each way to send them.
func TestPhotosAreUploaded(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		ask  locker.EvidenceAsked
		want string
		gone int
		why  locker.EvidenceEnd
	}{
		{"by name", locker.EvidenceAsked{Photo: "b.jpg"}, "[list.json b.jpg]", 0, ""},
		{"by hash", locker.EvidenceAsked{SHA256: "hash-d.jpg"}, "[list.json d.jpg]", 0, ""},
		{"of a parcel", locker.EvidenceAsked{Parcel: "p-1"}, "[list.json a.jpg b.jpg]", 0, ""},
		{"of a door, all day", locker.EvidenceAsked{Door: 7, From: noon, Until: noon.Add(time.Hour)}, "[list.json a.jpg b.jpg d.jpg]", 0, ""},
		{"of a door, a span", locker.EvidenceAsked{Door: 7, From: noon.Add(time.Minute), Until: noon.Add(3 * time.Minute)}, "[list.json b.jpg]", 0, ""},
		{"erased", locker.EvidenceAsked{Photo: "c.jpg"}, "", 0, locker.EvidenceLost},
		{"none", locker.EvidenceAsked{Parcel: "p-9"}, "", 0, locker.EvidenceNone},
	} {
		for _, method := range []locker.UploadMethod{locker.UploadPut, locker.UploadTus} {
			t.Run(fmt.Sprint(tt.name, " ", method), func(t *testing.T) {
				t.Parallel()
				server := newStore(t)
				told := newSender(t).ask(server.URL+"/up?key=SECRET", method, tt.ask, server.host())
				file, asked := server.got()
				if told.Why != tt.why || told.Gone != tt.gone {
					t.Fatalf("want %q, got %+v", tt.why, told)
				}
				if tt.why != "" {
					if asked != 0 {
						t.Errorf("want nobody asked, got %d requests", asked)
					}
					return
				}
				if got := fmt.Sprint(holds(t, file, told)); got != tt.want {
					t.Errorf("want %s, got %s", tt.want, got)
				}
			})
		}
	}
}

// TestBadServers: what they do, and what becomes of it.
func TestBadServers(t *testing.T) {
	t.Parallel()
	status := func(code, times int) func(int, http.ResponseWriter, *http.Request) bool {
		return func(n int, w http.ResponseWriter, _ *http.Request) bool {
			if n <= times {
				w.WriteHeader(code)
			}
			return n <= times
		}
	}
	redirect := func(to string) func(int, http.ResponseWriter, *http.Request) bool {
		return func(_ int, w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, to, http.StatusTemporaryRedirect)
			return true
		}
	}
	lies := func(offset string) func(int, http.ResponseWriter, *http.Request) bool {
		return func(_ int, w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Upload-Offset", offset)
			return true
		}
	}
	for _, tt := range []struct {
		name   string
		method locker.UploadMethod
		bad    func(int, http.ResponseWriter, *http.Request) bool
		length string
		why    locker.EvidenceEnd
		detail string
		asked  int
	}{
		{"500 ten times", locker.UploadPut, status(500, 10), "", "", "", 11},
		{"429", locker.UploadPut, status(429, 1), "", "", "", 2},
		{"no right to", locker.UploadPut, status(403, 1), "", locker.EvidenceRefused, "403 Forbidden", 1},
		{"a redirect to where clouds keep credentials", locker.UploadPut, redirect("https://169.254.169.254/latest"), "", locker.EvidenceRefused, "a redirect is not followed", 1},
		{"a redirect to this machine", locker.UploadTus, redirect("http://127.0.0.1:8080/"), "", locker.EvidenceRefused, "a redirect is not followed", 1},
		{"damaged on the way", locker.UploadTus, func(n int, w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPatch || n > 2 {
				return false
			}
			w.WriteHeader(460)
			return true
		}, "", "", "", 7}, // HEAD, PATCH; HEAD, and four parts
		{"more than there is", locker.UploadTus, lies("999999999"), "", locker.EvidenceRefused, "the server says that it has", 1},
		{"less than nothing", locker.UploadTus, lies("-1"), "", locker.EvidenceRefused, "the server says that it has", 1},
		{"no number", locker.UploadTus, lies("x"), "", locker.EvidenceRefused, "the server says that it has", 1},
		{"another length", locker.UploadTus, nil, "17", locker.EvidenceRefused, "the server expects 17 bytes", 1},
		{"says that it took what it did not", locker.UploadTus, func(n int, w http.ResponseWriter, r *http.Request) bool {
			if n == 2 {
				w.Header().Set("Upload-Offset", "5")
				w.WriteHeader(http.StatusNoContent)
			}
			return n == 2
		}, "", "", "", 7},
		{"answers before it has everything", locker.UploadPut, func(n int, w http.ResponseWriter, _ *http.Request) bool {
			if n == 1 {
				w.Header().Set("Connection", "close")
				w.WriteHeader(http.StatusOK)
			}
			return n == 1
		}, "", "", "", 2},
		{"breaks off", locker.UploadPut, func(n int, w http.ResponseWriter, r *http.Request) bool {
			if n > 2 {
				return false
			}
			_, _ = io.CopyN(io.Discard, r.Body, 1<<20)
			panic(http.ErrAbortHandler)
		}, "", "", "", 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := newStore(t)
			server.bad, server.length = tt.bad, tt.length
			told := newSender(t).ask(server.URL+"/up?key=SECRET", tt.method, locker.EvidenceAsked{Photo: "a.jpg"}, server.host())
			file, asked := server.got()
			if told.Why != tt.why || !strings.Contains(told.Detail, tt.detail) || asked != tt.asked {
				t.Errorf("want %q (%s) after %d requests, got %+v after %d", tt.why, tt.detail, tt.asked, told, asked)
			}
			if tt.why == "" {
				holds(t, file, told)
			}
		})
	}
}

// TestAServerThatHangs is given up, and the order ends when it expires.
func TestAServerThatHangs(t *testing.T) {
	t.Parallel()
	server := newStore(t)
	server.bad = func(_ int, _ http.ResponseWriter, r *http.Request) bool { server.hang(r); return true }
	s := newSender(t)
	u, machine, stop := s.uploads(server.host())
	o := &locker.UploadOrder{URL: server.URL, Method: locker.UploadPut}
	if refusal, err := u.Offer("o-1", o); err != nil || refusal != "" {
		t.Fatal(refusal, err)
	}
	machine.Carry(locker.EvidenceAsked{Order: "o-1", Photo: "a.jpg", Expires: time.Now().Add(time.Hour)})
	for asked := 0; asked == 0; _, asked = server.got() {
		time.Sleep(time.Millisecond)
	}
	stop() // the run ends though the server hangs
	server.mu.Lock()
	server.bad = func(_ int, w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(503); return true }
	server.mu.Unlock()
	_, machine, _ = s.uploads(server.host())
	machine.Carry(locker.EvidenceAsked{Order: "o-1", Photo: "a.jpg", Expires: time.Now().Add(200 * time.Millisecond)})
	if told := <-s.told; told.Why != locker.EvidenceExpired {
		t.Errorf("want it expired, got %+v", told)
	}
}

// TestAnUploadContinues in the next run where the server has it: no part is sent twice, and the file is the same.
func TestAnUploadContinues(t *testing.T) {
	t.Parallel()
	server := newStore(t)
	s := newSender(t)
	u, machine, stop := s.uploads(server.host())
	second := make(chan struct{})
	server.bad = func(n int, _ http.ResponseWriter, r *http.Request) bool {
		if n == 3 { // HEAD, PATCH, and this one
			close(second)
			server.hang(r)
			return true
		}
		return false
	}
	o := &locker.UploadOrder{URL: server.URL, Method: locker.UploadTus}
	if refusal, err := u.Offer("o-1", o); err != nil || refusal != "" {
		t.Fatal(refusal, err)
	}
	e := locker.EvidenceAsked{Order: "o-1", Photo: "a.jpg", Expires: time.Now().Add(time.Hour)}
	machine.Carry(e)
	<-second
	stop()
	if file, _ := server.got(); len(file) != remote.TusPart {
		t.Fatalf("want one part there, got %d bytes", len(file))
	}
	_, machine, _ = s.uploads(server.host())
	machine.Carry(e)
	told := <-s.told
	file, asked := server.got()
	if holds(t, file, told); told.Why != "" || asked != 3+1+3 {
		t.Errorf("want the rest alone sent, got %d requests, %+v", asked, told)
	}
}

// TestWhatIsOnTheDisk: the file is damaged between two runs. A PUT begins anew; tus cannot, since the server has a part of the other.
func TestWhatIsOnTheDisk(t *testing.T) {
	t.Parallel()
	for method, why := range map[locker.UploadMethod]locker.EvidenceEnd{locker.UploadPut: "", locker.UploadTus: locker.EvidenceLost} {
		server := newStore(t)
		s := newSender(t)
		first := make(chan struct{})
		server.bad = func(n int, _ http.ResponseWriter, r *http.Request) bool {
			if n == 1 {
				close(first)
				server.hang(r)
			}
			return n == 1
		}
		u, machine, stop := s.uploads(server.host())
		o := &locker.UploadOrder{URL: server.URL, Method: method}
		if refusal, err := u.Offer("o-1", o); err != nil || refusal != "" {
			t.Fatal(refusal, err)
		}
		e := locker.EvidenceAsked{Order: "o-1", Photo: "a.jpg", Expires: time.Now().Add(time.Hour)}
		machine.Carry(e)
		<-first
		stop()
		boxes, _ := filepath.Glob(filepath.Join(s.dir, "*.box"))
		if len(boxes) != 1 {
			t.Fatalf("want the file there, got %v", boxes)
		}
		if err := os.Truncate(boxes[0], 100); err != nil {
			t.Fatal(err)
		}
		_, machine, _ = s.uploads(server.host())
		machine.Carry(e)
		told := <-s.told
		if told.Why != why {
			t.Errorf("%s: want %q, got %+v", method, why, told)
		}
		if file, _ := server.got(); why == "" {
			holds(t, file, told)
		}
	}
}

// TestAnOrderWhoseAddressIsGone ends; so does one to a host that is not on the list any more.
func TestAnOrderWhoseAddressIsGone(t *testing.T) {
	t.Parallel()
	s := newSender(t)
	u, machine, stop := s.uploads("h.example")
	machine.Carry(locker.EvidenceAsked{Order: "o-9", Photo: "a.jpg", Expires: time.Now().Add(time.Hour)})
	if told := <-s.told; told.Order != "o-9" || told.Why != locker.EvidenceLost {
		t.Errorf("want it lost, got %+v", told)
	}
	if refusal, err := u.Offer("o-1", &locker.UploadOrder{URL: "https://h.example/x", Method: locker.UploadPut}); err != nil || refusal != "" {
		t.Fatal(refusal, err)
	}
	stop()
	_, machine, _ = s.uploads("other.example")
	machine.Carry(locker.EvidenceAsked{Order: "o-1", Photo: "a.jpg", Expires: time.Now().Add(time.Hour)})
	if told := <-s.told; told.Why != locker.EvidenceRefused || !strings.Contains(told.Detail, "upload_hosts") {
		t.Errorf("want it refused, got %+v", told)
	}
}

// TestThroughAProxy: the proxy is reached wherever it is, and finds the host itself.
func TestThroughAProxy(t *testing.T) {
	t.Parallel()
	server := newStore(t)
	var tunnels []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tunnels = append(tunnels, r.Host)
		there, err := net.Dial("tcp", server.host())
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		here, early, _ := http.NewResponseController(w).Hijack()
		_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(there, early); _ = there.Close() }()
		_, _ = io.Copy(here, there)
		_ = here.Close()
	}))
	defer proxy.Close()
	s := newSender(t)
	u, machine, stop := s.uploads("example.com") // the test certificate's
	u.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
	if refusal, err := u.Offer("o-1", &locker.UploadOrder{URL: "https://example.com/", Method: locker.UploadPut}); err != nil || refusal != "" {
		t.Fatal(refusal, err)
	}
	machine.Carry(locker.EvidenceAsked{Order: "o-1", Photo: "b.jpg", Expires: time.Now().Add(time.Hour)})
	told := <-s.told
	stop()
	file, _ := server.got()
	if holds(t, file, told); fmt.Sprint(tunnels) != "[example.com:443]" {
		t.Errorf("want one tunnel to the host by its name, got %v", tunnels)
	}
}

// TestTooMuch: what does not go into one upload is told, and nothing of it sent.
func TestTooMuch(t *testing.T) {
	t.Parallel()
	m := &memory{files: map[string][]byte{}}
	for i := range remote.MostPhotos + 1 {
		m.add(fmt.Sprint(i), "p", 1, 1, "key")
	}
	photos := remote.Photos{Journal: m, Open: m.open}
	if _, err := photos.BySeq(3); err != nil {
		t.Error(err)
	}
	told := make(chan locker.UploadEnded, 1)
	u := remote.NewUploads(remote.UploadParts{Dir: t.TempDir(), Hosts: remote.Hosts{"h.example"}, Photos: photos, Seal: sealed, Log: slog.New(slog.DiscardHandler),
		Tell: func(_ context.Context, in locker.Input) error { told <- in.(locker.UploadEnded); return nil }})
	ctx, end := context.WithCancel(t.Context())
	defer end()
	go func() { _ = u.Run(ctx) }()
	if refusal, err := u.Offer("o", &locker.UploadOrder{URL: "https://h.example/", Method: locker.UploadPut}); err != nil || refusal != "" {
		t.Fatal(refusal, err)
	}
	remote.NewMachine(remote.Parts{Brought: remote.Brought{Uploads: u}}).Carry(locker.EvidenceAsked{Order: "o", Parcel: "p", Expires: time.Now().Add(time.Hour)})
	if e := <-told; e.Why != locker.EvidenceTooMuch {
		t.Errorf("want it too much, got %+v", e)
	}
}

func TestBackOff(t *testing.T) {
	t.Parallel()
	var got []time.Duration
	for tries := 1; tries <= 8; tries++ {
		got = append(got, remote.BackOff(tries))
	}
	if want := "[10s 20s 40s 1m20s 2m40s 5m20s 10m0s 10m0s]"; fmt.Sprint(got) != want {
		t.Errorf("want %s, got %v", want, got)
	}
}

// TestAnUploadThatIsOrderedTwice: what was begun goes on with the same bytes.
func TestAnUploadThatIsOrderedTwice(t *testing.T) {
	server := newStore(t)
	s := newSender(t)
	u, machine, stop := s.uploads(server.host())
	third := make(chan struct{})
	server.bad = func(n int, _ http.ResponseWriter, r *http.Request) bool {
		if n == 3 {
			close(third)
			server.hang(r)
		}
		return n == 3
	}
	e := locker.EvidenceAsked{Order: "o-1", Photo: "a.jpg", Expires: time.Now().Add(time.Hour)}
	asks := func(u *remote.Uploads, machine *remote.Machine) {
		if refusal, err := u.Offer("o-1", &locker.UploadOrder{URL: server.URL, Method: locker.UploadTus}); err != nil || refusal != "" {
			t.Fatal(refusal, err)
		}
		machine.Carry(e)
	}
	asks(u, machine)
	<-third
	stop() // the power is cut before the broker knows that the order has arrived
	u, machine, _ = s.uploads(server.host())
	asks(u, machine)
	told := <-s.told
	if file, _ := server.got(); told.Why != "" || remote.Hash(file) != told.SHA256 {
		t.Errorf("want what the record says, got %d bytes and %+v", len(file), told)
	}
}

// TestTheAddressOfTheOrderThatCounts: what an order that was refused has left under a name stands in no later one's way.
func TestTheAddressOfTheOrderThatCounts(t *testing.T) {
	server, other := newStore(t), newStore(t)
	s := newSender(t)
	u, machine, _ := s.uploads(server.host(), other.host())
	for _, address := range []string{other.URL, server.URL} {
		if refusal, err := u.Offer("o-1", &locker.UploadOrder{URL: address, Method: locker.UploadPut}); err != nil || refusal != "" {
			t.Fatal(refusal, err)
		}
	}
	machine.Carry(locker.EvidenceAsked{Order: "o-1", Photo: "a.jpg", Expires: time.Now().Add(time.Hour)})
	told := <-s.told
	file, _ := server.got()
	if _, asked := other.got(); told.Why != "" || remote.Hash(file) != told.SHA256 || asked != 0 {
		t.Errorf("want it at the newest address alone, got %+v, and %d requests at the other", told, asked)
	}
}

// TestAnUploadThatEndsWhileNothingIsRecorded is not sent again: its address may be good for once.
func TestAnUploadThatEndsWhileNothingIsRecorded(t *testing.T) {
	server, m := newStore(t), album()
	server.bad = func(n int, w http.ResponseWriter, _ *http.Request) bool {
		if n > 1 {
			w.WriteHeader(http.StatusForbidden)
		}
		return n > 1
	}
	var tries atomic.Int32
	told := make(chan locker.UploadEnded, 1)
	u := remote.NewUploads(remote.UploadParts{Dir: t.TempDir(), Hosts: remote.Hosts{server.host()}, Photos: remote.Photos{Journal: m, Open: m.open},
		Seal: sealed, Log: slog.New(slog.DiscardHandler), Tell: func(_ context.Context, in locker.Input) error {
			if tries.Add(1) == 1 {
				return errors.New("out of order")
			}
			told <- in.(locker.UploadEnded)
			return nil
		}})
	ctx, end := context.WithCancel(t.Context())
	defer end()
	go func() { _ = u.Run(ctx) }()
	if refusal, err := u.Offer("o", &locker.UploadOrder{URL: server.URL, Method: locker.UploadPut}); err != nil || refusal != "" {
		t.Fatal(refusal, err)
	}
	remote.NewMachine(remote.Parts{Brought: remote.Brought{Uploads: u}}).Carry(locker.EvidenceAsked{Order: "o", Photo: "b.jpg", Expires: time.Now().Add(time.Hour)})
	e := <-told
	if _, asked := server.got(); e.Why != "" || asked != 1 {
		t.Errorf("want it told as it ended, got %+v after %d requests", e, asked)
	}
}

// TestAnUploadThatIsCarriedAgain, as when the journal can be written again, is one upload.
func TestAnUploadThatIsCarriedAgain(t *testing.T) {
	server := newStore(t)
	s := newSender(t)
	u, machine, _ := s.uploads(server.host())
	u.Hurry(time.Hour) // between two attempts
	server.bad = func(_ int, w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
	if refusal, err := u.Offer("o-1", &locker.UploadOrder{URL: server.URL, Method: locker.UploadPut}); err != nil || refusal != "" {
		t.Fatal(refusal, err)
	}
	for range 5 {
		machine.Carry(locker.EvidenceAsked{Order: "o-1", Photo: "b.jpg", Expires: time.Now().Add(time.Hour)})
		time.Sleep(100 * time.Millisecond)
	}
	if _, asked := server.got(); asked != 1 {
		t.Errorf("want one attempt, got %d", asked)
	}
}
