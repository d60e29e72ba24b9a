package ui_test

import (
	"bufio"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/locker"
	"lockerd/internal/ui"
)

// screen is what a stream brings.
type screen struct {
	Revision string
	Step     string
	Lang     string
	Dir      string
	Theme    string
	Ends     int64
	Regions  map[string]string
	Pieces   map[string]map[string]string
}

func (s screen) names() []string { return slices.Sorted(maps.Keys(s.Regions)) }

var everyRegion = []string{"aids", "bar", "brand", "controls", "facts", "notice", "picture", "question", "shade"}

// stream is one screen's connection.
type stream struct {
	t     *testing.T
	lines *bufio.Scanner
}

func listen(t *testing.T, url string) *stream {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	if got := res.Header.Get("Content-Type"); got != "text/event-stream; charset=utf-8" {
		t.Fatalf("a stream is %q", got)
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	return &stream{t, lines}
}

// next is the next screen; signs of life are passed over.
func (s *stream) next() screen {
	s.t.Helper()
	for event := ""; s.lines.Scan(); {
		line := s.lines.Text()
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			event = name
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok && event == "screen" {
			var v screen
			if err := json.Unmarshal([]byte(data), &v); err != nil {
				s.t.Fatal(err)
			}
			return v
		}
	}
	s.t.Fatalf("the stream ended: %v", s.lines.Err())
	return screen{}
}

func TestStreamBringsWholeScreenThenWhatChanged(t *testing.T) {
	s, _, web := kiosk(t, ui.Config{})
	v := base(locker.StepCode, locker.ActionBack)
	s.Show(v)
	one := listen(t, web.URL)
	if got := one.next(); !slices.Equal(got.names(), everyRegion) || got.Revision != "41" {
		t.Errorf("want the whole screen at once, got %q of %s", got.names(), got.Revision)
	}

	v.Notice, v.Revision = locker.NoticeWrongCode, 42
	s.Show(v)
	got := one.next()
	if want := []string{"brand", "notice"}; !slices.Equal(got.names(), want) || got.Revision != "42" {
		t.Errorf("a notice came, and with it a number to tell: want %q of 42, got %q of %s", want, got.names(), got.Revision)
	}

	two := listen(t, web.URL)
	if got := two.next(); !slices.Equal(got.names(), everyRegion) || got.Revision != "42" {
		t.Errorf("a second screen: want all of it, got %q of %s", got.names(), got.Revision)
	}

	s.Show(v)
	if got := one.next(); len(got.names()) != 0 {
		t.Errorf("nothing changed, but %q came", got.names())
	}

	v.Language = "ar"
	s.Show(v)
	for _, screen := range []*stream{one, two} {
		for got = screen.next(); got.Lang != "ar"; got = screen.next() {
		}
		if got.Dir != "rtl" || !slices.Contains(got.names(), "question") {
			t.Errorf("another language: got %s, %q", got.Dir, got.names())
		}
	}
}

func TestStreamBeforeTheFirstView(t *testing.T) {
	_, _, web := kiosk(t, ui.Config{})
	got := listen(t, web.URL).next()
	shade := got.Regions["shade"]
	if got.Step != "" || !strings.Contains(shade, "One moment") || !strings.Contains(shade, "لحظة") {
		t.Errorf("want one moment in every language, got %q: %s", got.Step, shade)
	}
}

// glass writes down what a stream sends.
type glass struct {
	mu     sync.Mutex
	text   strings.Builder
	header http.Header
}

func (g *glass) Header() http.Header { return g.header }
func (g *glass) WriteHeader(int)     {}
func (g *glass) Flush()              {}
func (g *glass) Write(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.text.Write(b)
}

// said is how often the stream said something since the last time it was asked.
func (g *glass) said(what string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := strings.Count(g.text.String(), what)
	g.text.Reset()
	return n
}

// watch runs a stream in a synctest bubble.
func watch(t *testing.T, cfg ui.Config, instruments ui.Instruments) (*ui.Server, *glass) {
	t.Helper()
	cfg.Listen = "127.0.0.1:8080"
	s, err := ui.New(cfg, newDesk(), instruments, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	g := &glass{header: make(http.Header)}
	go s.Handler().ServeHTTP(g, local(t, "/events"))
	synctest.Wait()
	return s, g
}

// local is a request of the kiosk's own browser. It ends with its test.
func local(t *testing.T, path string) *http.Request {
	t.Helper()
	at := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}
	ctx, stop := context.WithCancel(context.WithValue(t.Context(), http.LocalAddrContextKey, at))
	t.Cleanup(stop)
	return httptest.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:8080"+path, nil)
}

func TestStreamShowsThatItIsAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, g := watch(t, ui.Config{}, gauges{})
		g.said("")
		time.Sleep(10*time.Second + time.Millisecond)
		if got := g.said("event: alive\n"); got != 10 {
			t.Errorf("want a sign of life each second, got %d in ten", got)
		}
	})
}

func TestNightFallsOnAnIdleScreen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := func(d time.Duration) string { return time.Now().Add(d).Format("15:04") }
		s, g := watch(t, ui.Config{Night: clock(10*time.Minute) + "-" + clock(20*time.Minute)}, gauges{})
		s.Show(base(locker.StepHome))
		synctest.Wait()
		if got := g.said(`"theme":"night"`); got != 0 {
			t.Errorf("it is dark by day")
		}
		time.Sleep(10*time.Minute + 2*time.Second)
		if got := g.said(`"theme":"night"`); got != 1 {
			t.Errorf("night fell: want one dark screen, got %d", got)
		}
		time.Sleep(10 * time.Minute)
		if got := g.said(`"theme":"day"`); got != 1 {
			t.Errorf("morning came: want one bright screen, got %d", got)
		}
	})
}

func TestScreenThatComesLateHasLessTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, g := watch(t, ui.Config{}, gauges{})
		v := base(locker.StepCode, locker.ActionBack)
		v.EndsIn = time.Minute
		s.Show(v)
		synctest.Wait()
		if g.said(`"ends":60000`) != 1 {
			t.Errorf("want 60 s at once")
		}
		time.Sleep(50 * time.Second)
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, local(t, "/"))
		if page := w.Body.String(); !strings.Contains(page, "&#34;ends&#34;:10000") {
			t.Errorf("50 s later: want 10 s left in the page")
		}
	})
}

// TestACountdownEndsWithTheSession: where a session ends whatever is touched, the screen counts down to that and not beyond.
func TestACountdownEndsWithTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, g := watch(t, ui.Config{}, gauges{})
		v := base(locker.StepThanks, locker.ActionFinish)
		v.EndsIn, v.OverIn = time.Minute, 20*time.Second
		s.Show(v)
		synctest.Wait()
		if g.said(`"ends":20000`) != 1 {
			t.Errorf("want 20 s: no touch puts that off")
		}
		v.OverIn = 90 * time.Second
		s.Show(v)
		synctest.Wait()
		if g.said(`"ends":60000`) != 1 {
			t.Errorf("want 60 s: that comes first")
		}
	})
}

func TestDark(t *testing.T) {
	tests := []struct {
		night, at string
		want      bool
	}{
		{"21:00-06:30", "20:59", false}, {"21:00-06:30", "21:00", true}, {"21:00-06:30", "00:00", true},
		{"21:00-06:30", "06:29", true}, {"21:00-06:30", "06:30", false}, {"01:00-05:00", "00:59", false},
		{"01:00-05:00", "03:00", true}, {"01:00-05:00", "23:00", false}, {"", "03:00", false},
	}
	for _, tt := range tests {
		at, err := time.Parse("15:04", tt.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := (ui.Config{Night: tt.night}).Dark(at); got != tt.want {
			t.Errorf("night %q at %s: want %v, got %v", tt.night, tt.at, tt.want, got)
		}
	}
}

func TestRunStopsWithScreensConnected(t *testing.T) {
	s, err := ui.New(ui.Config{Listen: "127.0.0.1:0"}, newDesk(), gauges{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	url := "http://" + s.Addr()
	s.Show(base(locker.StepHome, locker.ActionPickup))
	screen := listen(t, url)
	if got := screen.next(); got.Step != "home" {
		t.Errorf("want home, got %q", got.Step)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("cancelled: want nil, got %v", err)
	}
	for screen.lines.Scan() {
	}
	if err := screen.lines.Err(); err != nil {
		t.Errorf("the stream was torn off, not ended: %v", err)
	}
}

func TestRunOnATakenPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s, err := ui.New(ui.Config{Listen: l.Addr().String()}, newDesk(), gauges{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context()); err == nil {
		t.Error("want an error: the port is taken")
	}
	if got := s.Addr(); got != "" {
		t.Errorf("want no address, got %q", got)
	}
}
