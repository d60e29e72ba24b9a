package push_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lockerd/internal/desk/books"
	"lockerd/internal/desk/duty"
	"lockerd/internal/desk/push"
	"lockerd/internal/sync/cloudtest"
)

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// alarms are books that know what each service was told.
type alarms struct {
	mu   sync.Mutex
	all  []books.Alarm
	told map[string]int
}

func (a *alarms) Untold(_ context.Context, service string, _ time.Time, _ int) ([]books.Alarm, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.all[a.told[service]:]), nil
}

func (a *alarms) AlarmsTold(_ context.Context, service string, list []books.Alarm) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.told[service] += len(list)
	return nil
}

func (a *alarms) add(alarm books.Alarm) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all = append(a.all, alarm)
}

// receiver is a true HTTP server that services push to.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	fails bool
	got   map[string][]string // by path
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{got: map[string][]string{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body) // a part of it fails the test
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.fails {
			w.WriteHeader(500)
			return
		}
		r.got[q.URL.Path] = append(r.got[q.URL.Path], string(body))
		_, _ = w.Write([]byte("{}"))
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) at(path string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got[path])
}

func (r *receiver) fail(on bool) { r.mu.Lock(); defer r.mu.Unlock(); r.fails = on }

func file(t *testing.T, mode os.FileMode, text string) push.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "services")
	fatal(t, os.WriteFile(path, []byte(text), 0o600))
	fatal(t, os.Chmod(path, mode))
	return push.Config{ServicesFile: path}
}

// first is a duty of one step.
func first(cfg push.Config) duty.Duty {
	return duty.New(duty.Config{}, duty.Step{ServicesFile: cfg.ServicesFile}, time.UTC)
}

// lines is a log that is read while others write.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write adds a line.
func (l *lines) Write(p []byte) (int, error) { l.mu.Lock(); defer l.mu.Unlock(); return l.b.Write(p) }

func (l *lines) text() string { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

// TestServicesAreTold: each of each alarm once, the urgent at once, and no secret is in the log.
func TestServicesAreTold(t *testing.T) {
	r := newReceiver(t)
	host := strings.TrimPrefix(r.URL, "http://")
	cfg := file(t, 0o600, "# ours\n\ngeneric://"+host+"/chat?disabletls=yes&@Authorization=S3CRET\nntfy://"+host+"/T0PIC?scheme=http\n")
	b := &alarms{told: map[string]int{}}
	b.add(books.Alarm{Cabinet: "demo-1", Kind: "door.left_open", Door: 3, At: time.Now()})
	written := &lines{}
	p, err := push.New(first(cfg), b, func() bool { return true }, slog.New(slog.NewTextHandler(written, nil)))
	fatal(t, err)
	r.fail(true)
	b.add(books.Alarm{Cabinet: "demo-1", Kind: "door.forced", Door: 7, Urgent: true, At: time.Now()})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	stop := sync.OnceFunc(func() { cancel(); fatal(t, <-done) })
	defer stop()
	cloudtest.Eventually(t, "a try has failed", func() bool { return strings.Contains(written.text(), "does not take") })
	stop()
	r.fail(false)
	p, err = push.New(first(cfg), b, func() bool { return true }, slog.New(slog.NewTextHandler(written, nil)))
	fatal(t, err)
	ctx, cancel = context.WithCancel(t.Context())
	go func() { done <- p.Run(ctx) }()
	cloudtest.Eventually(t, "both are told", func() bool { return len(r.at("/chat")) > 0 && len(r.at("/T0PIC"))+len(r.at("/")) > 0 })
	cancel()
	fatal(t, <-done)
	if got := strings.Join(r.at("/chat"), "\n"); !strings.Contains(got, "URGENT demo-1: door.forced door 7") || !strings.Contains(got, "door.left_open door 3") || len(r.at("/chat")) != 1 {
		t.Errorf("want both alarms in one message, got %q", got)
	}
	for _, secret := range []string{"S3CRET", "T0PIC", host} {
		if strings.Contains(written.text(), secret) {
			t.Errorf("want no address in the log, got %s", written.text())
		}
	}
}

// TestOneThatHangs holds up no other.
func TestOneThatHangs(t *testing.T) {
	release := make(chan struct{})
	hangs := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(hangs.Close)
	r := newReceiver(t)
	address := func(url string) string {
		return "generic://" + strings.TrimPrefix(url, "http://") + "/chat?disabletls=yes\n"
	}
	b, written := &alarms{told: map[string]int{}}, &lines{}
	b.add(books.Alarm{Cabinet: "demo-1", Kind: "door.forced", Door: 7, Urgent: true, At: time.Now()})
	p, err := push.New(first(file(t, 0o600, address(hangs.URL)+address(r.URL))), b, func() bool { return true }, slog.New(slog.NewTextHandler(written, nil)))
	fatal(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	cloudtest.Eventually(t, "the other is told", func() bool { return len(r.at("/chat")) == 1 })
	if strings.Contains(written.text(), "does not answer") {
		t.Error("want the other told before the first is given up")
	}
	close(release)
	cancel()
	fatal(t, <-done)
}

// TestOthersWait: what is not urgent is told every ten minutes, and who is not the first tells nobody.
func TestOthersWait(t *testing.T) {
	r := newReceiver(t)
	cfg := file(t, 0o600, "generic://"+strings.TrimPrefix(r.URL, "http://")+"/chat?disabletls=yes\n")
	b := &alarms{told: map[string]int{}}
	turn := false
	var mu sync.Mutex
	p, err := push.New(first(cfg), b, func() bool { mu.Lock(); defer mu.Unlock(); return turn }, slog.New(slog.DiscardHandler))
	fatal(t, err)
	b.add(books.Alarm{Cabinet: "demo-1", Kind: "door.left_open", Door: 3})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	p.Wake()
	mu.Lock()
	if len(r.at("/chat")) != 0 {
		t.Error("want only the first to tell")
	}
	turn = true
	mu.Unlock()
	p.Wake()
	cloudtest.Eventually(t, "it is told", func() bool { return len(r.at("/chat")) == 1 })
	b.add(books.Alarm{Cabinet: "demo-1", Kind: "door.left_open", Door: 4})
	p.Wake()
	cancel()
	fatal(t, <-done)
	if n := len(r.at("/chat")); n != 1 {
		t.Errorf("want what is not urgent to wait, got %d messages", n)
	}
}

// TestTheNextAreTold: of what is urgent and nobody works off, once, and that others were told before them.
func TestTheNextAreTold(t *testing.T) {
	r := newReceiver(t)
	address := func(path string) string {
		return file(t, 0o600, "generic://"+strings.TrimPrefix(r.URL, "http://")+path+"?disabletls=yes\n").ServicesFile
	}
	d := duty.New(duty.Config{NextAfter: 15, Next: []duty.Step{{ServicesFile: address("/next")}, {ServicesFile: address("/last")}}},
		duty.Step{ServicesFile: address("/first")}, time.UTC)
	b := &alarms{told: map[string]int{}}
	b.add(books.Alarm{Cabinet: "demo-1", Kind: "door.forced", Door: 7, Urgent: true, Raised: time.Now().Add(-20 * time.Minute)})
	p, err := push.New(d, b, func() bool { return true }, slog.New(slog.DiscardHandler))
	fatal(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	cloudtest.Eventually(t, "first and next are told", func() bool { return len(r.at("/first")) == 1 && len(r.at("/next")) == 1 })
	p.Wake()
	cancel()
	fatal(t, <-done)
	if got := r.at("/next"); len(got) != 1 || !strings.Contains(got[0], "for 15 minutes") || len(r.at("/last")) != 0 {
		t.Errorf("want the next told why, and the last not yet, got %q, %q", got, r.at("/last"))
	}
}

func TestBadServices(t *testing.T) {
	for _, test := range []struct {
		mode os.FileMode
		text string
		want string
	}{{0o604, "logger://\n", "everybody may read"}, {0o600, "\n# a\nnothing://S3CRET\n", "line 3"}, {0o600, "S3CRET\n", "line 1"}} {
		err := file(t, test.mode, test.text).Validate()
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "S3CRET") {
			t.Errorf("want %q and nothing of the file, got %v", test.want, err)
		}
	}
	if err := (push.Config{ServicesFile: "/nowhere"}).Validate(); err == nil {
		t.Error("want a file that is not there to be said")
	}
	fatal(t, push.Config{}.Validate())
}
