package remote_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"lockerd/internal/locker"
	"lockerd/internal/remote"
)

// files is an HTTPS server with files, and can be made a bad one.
type files struct {
	*httptest.Server
	mu    sync.Mutex
	has   map[string][]byte
	asked []string                                                 // paths, with what range was asked for
	bad   func(n int, w http.ResponseWriter, r *http.Request) bool // true: it has answered
}

func newFiles(t *testing.T) *files {
	s := &files{has: map[string][]byte{}}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func (s *files) host() string { return strings.TrimPrefix(s.URL, "https://") }

func (s *files) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, strings.TrimSpace(r.URL.Path+" "+r.Header.Get("Range")))
	n, bad, file := len(s.asked), s.bad, s.has[r.URL.Path]
	s.mu.Unlock()
	if bad != nil && bad(n, w, r) {
		return
	}
	if file == nil {
		http.NotFound(w, r)
		return
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(file))
}

func (s *files) requests() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.asked, ", ")
}

// put serves a file and returns how an order names it.
func (s *files) put(path string, size int) locker.Picturing {
	file := bytes.Repeat([]byte(path+" "), size/len(path)+1)[:size]
	s.has[path] = file
	return locker.Picturing{URL: s.URL + path + "?SECRET", SHA256: remote.Hash(file), Bytes: int64(size), Seconds: 10}
}

// wall is Playlists over its runs, what it showed and what it said. What draws says "drawn" before a file's first bytes.
type wall struct {
	t     *testing.T
	dir   string
	lists *remote.Playlists
	told  chan locker.PlaylistEnded
	shown chan string // beginnings of what is on the screen, with "" for none
	log   bytes.Buffer
	draw  func(context.Context, io.Reader) ([]byte, error)
	stop  func()
	n     int
	now   string
}

func newWall(t *testing.T) *wall {
	return &wall{t: t, dir: filepath.Join(t.TempDir(), "pictures"), told: make(chan locker.PlaylistEnded, 8), shown: make(chan string, 100), draw: drawn}
}

func drawn(_ context.Context, file io.Reader) ([]byte, error) {
	data, err := io.ReadAll(file)
	if bytes.HasPrefix(data, []byte("/bomb")) {
		return nil, errors.New("more than 12 megapixels")
	}
	return append([]byte("drawn "), data[:min(6, len(data))]...), err
}

// start begins a run. stop ends it, as a power cut would for what is on the disk.
func (w *wall) start(hosts ...string) {
	ctx, end := context.WithCancel(w.t.Context())
	w.lists = remote.NewPlaylists(remote.PlaylistParts{Dir: w.dir, Hosts: hosts, Draw: w.draw, Log: slog.New(slog.NewTextHandler(&w.log, nil)),
		Show: func(png []byte, tag string) {
			if (tag == "") != (len(png) == 0) {
				w.t.Errorf("a tag %q of %q", tag, png)
			}
			w.shown <- string(png)
		},
		Tell: func(_ context.Context, in locker.Input) error {
			w.told <- in.(locker.PlaylistEnded)
			return nil
		}})
	w.lists.Hurry(time.Millisecond)
	done := make(chan error, 1)
	go func() { done <- w.lists.Run(ctx) }()
	w.stop = sync.OnceFunc(func() {
		end()
		if err := <-done; err != nil {
			w.t.Error(err)
		}
		if strings.Contains(w.log.String(), "SECRET") {
			w.t.Errorf("an address is told: %s", w.log.String())
		}
	})
	w.t.Cleanup(w.stop)
}

// order has pictures fetched, and returns the order's id.
func (w *wall) order(expires time.Duration, pictures ...locker.Picturing) string {
	w.t.Helper()
	w.n++
	id := fmt.Sprint("o-", w.n)
	o := locker.Order{ID: id, Playlist: &locker.PlaylistOrder{Version: id, Pictures: pictures}}
	brought := remote.Brought{Playlists: w.lists}
	if refusal, err := brought.Offer(&o); err != nil || refusal != "" {
		w.t.Fatalf("refused: %s, %v", refusal, err)
	}
	remote.NewMachine(remote.Parts{Brought: brought}).Carry(locker.PlaylistAsked{Order: id, Pictures: len(pictures), Expires: time.Now().Add(expires)})
	return id
}

// ends says how an order ended.
func (w *wall) ends(id string, why locker.PlaylistEnd, words string) {
	w.t.Helper()
	var e locker.PlaylistEnded
	select {
	case e = <-w.told:
	case <-time.After(40 * time.Second): // less than a server is waited for
		w.t.Fatalf("want %s to end as %q", id, why)
	}
	if e.Order != id || e.Why != why || !strings.Contains(e.Detail, words) || strings.Contains(e.Detail, "SECRET") {
		w.t.Errorf("want %s to end as %q (%s), got %+v", id, why, words, e)
	}
}

// sees waits for something to be on the screen.
func (w *wall) sees(want string) {
	w.t.Helper()
	for w.now != want {
		select {
		case w.now = <-w.shown:
		case <-time.After(20 * time.Second):
			w.t.Fatalf("want %q on the screen, got %q", want, w.now)
		}
	}
}

// TestAPlaylistIsShown: fetched, drawn, kept over a restart, and replaced without fetching again what is here; without pictures, what is
// beneath is shown.
func TestAPlaylistIsShown(t *testing.T) {
	t.Parallel()
	s, w := newFiles(t), newWall(t)
	a, b := s.put("/a.png", 100_000), s.put("/b.jpg", 2_000)
	w.start(s.host())
	w.lists.Beneath([]byte("the poster"), "tag")
	w.sees("the poster")
	w.ends(w.order(time.Hour, a), "", "")
	w.sees("drawn /a.png")
	w.stop()
	w.start(s.host())
	w.sees("drawn /a.png")
	w.lists.Beneath([]byte("the poster"), "tag")
	w.ends(w.order(time.Hour, b, a), "", "")
	w.sees("drawn /b.jpg")
	if got := s.requests(); got != "/a.png, /b.jpg" {
		t.Errorf("want each file fetched once, got %s", got)
	}
	w.ends(w.order(time.Hour), "", "")
	w.sees("the poster")
	w.stop()
	if left, _ := filepath.Glob(filepath.Join(w.dir, "*")); len(left) != 1 {
		t.Errorf("want nothing on the disk but an empty list, got %v", left)
	}
}

// TestAPlaylistIsFetchedInParts: over a connection that ends again and again, across restarts, and with a server that knows no ranges.
func TestAPlaylistIsFetchedInParts(t *testing.T) {
	t.Parallel()
	for _, ranges := range []bool{true, false} {
		s, w := newFiles(t), newWall(t)
		a := s.put("/a.png", 300_000)
		s.bad = func(n int, rw http.ResponseWriter, r *http.Request) bool {
			if !ranges {
				r.Header.Del("Range")
			}
			if n > 3 {
				return false
			}
			file, code := s.has["/a.png"], http.StatusOK
			from, _ := strconv.Atoi(strings.Trim(r.Header.Get("Range"), "bytes=-"))
			if rw.Header().Set("Content-Length", strconv.Itoa(len(file)-from)); from > 0 {
				rw.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(file)-1, len(file)))
				code = http.StatusPartialContent
			}
			rw.WriteHeader(code)
			_, _ = rw.Write(file[from : from+50_000])
			_ = http.NewResponseController(rw).Flush()
			panic(http.ErrAbortHandler)
		}
		w.start(s.host())
		w.ends(w.order(time.Hour, a), "", "")
		w.sees("drawn /a.png")
		if got := s.requests(); strings.Contains(got, "bytes=") == false {
			t.Errorf("want it continued, got %s", got)
		}
	}
}

// TestAPlaylistThatFails says why, leaves what was shown, and nothing else on the disk that grows.
func TestAPlaylistThatFails(t *testing.T) {
	t.Parallel()
	other := newFiles(t)
	other.put("/x.png", 1000)
	answer := func(code int, header, value string) func(int, http.ResponseWriter, *http.Request) bool {
		return func(_ int, w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/good.png" {
				return false
			}
			w.Header().Set(header, value)
			w.WriteHeader(code)
			return true
		}
	}
	flood := func(_ int, w http.ResponseWriter, r *http.Request) bool {
		for r.URL.Path != "/good.png" {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return true
			}
		}
		return false
	}
	for _, tt := range []struct {
		name   string
		bad    func(int, http.ResponseWriter, *http.Request) bool
		change func(*locker.Picturing)
		why    locker.PlaylistEnd
		words  string
	}{
		{"another file", nil, func(p *locker.Picturing) { p.SHA256 = strings.Repeat("a9", 32) }, locker.PlaylistHash, "another SHA-256"},
		{"a longer file", nil, func(p *locker.Picturing) { p.Bytes-- }, locker.PlaylistHash, "sends 1000 bytes, where 999 are wanted"},
		{"a file without an end", flood, nil, locker.PlaylistHash, "sends more than 1000 bytes"},
		{"no picture", nil, func(p *locker.Picturing) { p.URL = strings.Replace(p.URL, "/x.png", "/bomb!", 1); p.SHA256 = "" }, locker.PlaylistPicture, "12 megapixels"},
		{"not there", answer(http.StatusNotFound, "X", ""), nil, locker.PlaylistRefused, "404"},
		{"a redirect to another host", answer(http.StatusFound, "Location", other.URL+"/x.png"), nil, locker.PlaylistRefused, "a redirect is not followed"},
		{"another part", answer(http.StatusPartialContent, "Content-Range", "bytes 7-9/1000"), nil, locker.PlaylistRefused, "another part"},
		{"a server in trouble", answer(http.StatusBadGateway, "X", ""), nil, locker.PlaylistExpired, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, w := newFiles(t), newWall(t)
			good, x := s.put("/good.png", 1000), s.put("/x.png", 1000)
			if bomb := s.put("/bomb!", 1000); tt.change != nil {
				if tt.change(&x); x.SHA256 == "" {
					x.SHA256 = bomb.SHA256
				}
			}
			s.bad = tt.bad
			w.start(s.host())
			w.ends(w.order(time.Hour, good), "", "")
			w.sees("drawn /good.")
			expires := time.Hour
			if tt.why == locker.PlaylistExpired {
				expires = 300 * time.Millisecond
			}
			w.ends(w.order(expires, good, x), tt.why, tt.words)
			if tt.why != locker.PlaylistExpired {
				w.stop()
				w.start(s.host())
			}
			w.stop()
			if shown := w.now; shown != "drawn /good." {
				t.Errorf("want what was shown to stay, got %q", shown)
			}
			if got := other.requests(); got != "" {
				t.Errorf("want nothing asked of another host, got %s", got)
			}
			for _, path := range []string{"*.fetch", "order-*"} {
				for _, left := range glob(t, w.dir, path) {
					if info, err := os.Stat(left); err == nil && info.Size() > 1000 {
						t.Errorf("want nothing left that is larger than the order says, got %s of %d bytes", left, info.Size())
					}
				}
			}
		})
	}
}

func glob(t *testing.T, dir, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// TestANewerPlaylistWins: over one that is still being fetched from a server that says nothing.
func TestANewerPlaylistWins(t *testing.T) {
	t.Parallel()
	s, w := newFiles(t), newWall(t)
	a, b := s.put("/a.png", 1000), s.put("/b.png", 1000)
	hangs := make(chan struct{})
	s.bad = func(_ int, _ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/a.png" {
			close(hangs)
			<-r.Context().Done()
		}
		return false
	}
	w.start(s.host())
	w.order(time.Hour, a)
	<-hangs
	w.ends(w.order(time.Hour, b), "", "")
	w.sees("drawn /b.png")
}

// TestAHostThatIsNotAllowed is refused before anything is kept.
func TestAHostThatIsNotAllowed(t *testing.T) {
	t.Parallel()
	w := newWall(t)
	w.start("pictures.example.org")
	for address, words := range map[string]string{
		"https://elsewhere.example.org/x?SECRET": "not in cloud.picture_hosts",
		"http://pictures.example.org/x?SECRET":   "must begin with https://",
	} {
		refusal, err := w.lists.Offer("o-1", &locker.PlaylistOrder{Pictures: []locker.Picturing{{URL: "https://pictures.example.org/x"}, {URL: address}}})
		if err != nil || !strings.Contains(refusal, words) || !strings.Contains(refusal, "picture 2") || strings.Contains(refusal, "SECRET") {
			t.Errorf("%s: want %q, got %q, %v", address, words, refusal, err)
		}
	}
	if left := glob(t, w.dir, "*"); len(left) != 0 {
		t.Errorf("want nothing kept, got %v", left)
	}
}

// TestAFullDisk ends a playlist at once, before the journal feels it.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	s, w := newFiles(t), newWall(t)
	w.start(s.host())
	a := s.put("/a.png", 1000)
	a.Bytes = 1 << 60
	w.ends(w.order(time.Hour, a), locker.PlaylistDisk, "must stay so")
	if got := s.requests(); got != "" {
		t.Errorf("want nothing fetched, got %s", got)
	}
}

// TestADamagedPictureIsNotShown: the others are; without any, the operator is told.
func TestADamagedPictureIsNotShown(t *testing.T) {
	t.Parallel()
	s, w := newFiles(t), newWall(t)
	a, b := s.put("/a.png", 1000), s.put("/b.png", 1000)
	w.start(s.host())
	id := w.order(time.Hour, a, b)
	w.ends(id, "", "")
	w.sees("drawn /a.png")
	w.stop()
	spoil := func(p locker.Picturing) {
		for _, path := range glob(t, w.dir, p.SHA256+"-*") {
			if err := os.WriteFile(path, []byte("drawn badly"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	spoil(a)
	w.start(s.host())
	w.sees("drawn /b.png")
	w.stop()
	spoil(b)
	w.start(s.host())
	w.ends(id, locker.PlaylistLost, "damaged")
	w.sees("")
	w.ends(w.order(time.Hour, a), "", "") // what is damaged is fetched again
	w.sees("drawn /a.png")
}
