package main_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	lockersim "lockerd/cmd/lockersim"
)

// shop is a whole bench, with the metal on true ports and without a lockerd.
type shop struct {
	t      *testing.T
	server *httptest.Server
	bench  *lockersim.Bench
	dir    string
}

func newShop(t *testing.T) *shop {
	t.Helper()
	return buildShop(t, lockersim.Plan(), "")
}

// buildShop builds a shop around a cabinet; server is the address of its serial server, if it has one.
func buildShop(t *testing.T, plan lockersim.CabinetPlan, server string) *shop {
	t.Helper()
	link, err := lockersim.NewLink()
	fatal(t, err)
	mailbox, err := lockersim.NewMailbox()
	fatal(t, err)
	goes(t, link.Run)
	goes(t, mailbox.Run)
	s := &shop{t: t, dir: t.TempDir()}
	outlets := map[string]*lockersim.Outlet{}
	for _, l := range plan.Lines {
		outlets[l.Name] = lockersim.NewSerial(filepath.Join(s.dir, l.Name))
		if l.Server {
			outlets[l.Name] = lockersim.NewServer(server)
		}
	}
	cabinet := lockersim.NewCabinet(plan, outlets, filepath.Join(s.dir, "scanner"))
	goes(t, cabinet.Run)
	s.bench = &lockersim.Bench{
		Cabinet: cabinet, Mailbox: mailbox, Link: link,
		Log: lockersim.NewLines(io.Discard, 10), Kiosk: "127.0.0.1:1",
		Phone: lockersim.NewPhone(filepath.Join(s.dir, "phone")),
	}
	s.server = httptest.NewUnstartedServer(nil)
	s.bench.Listen = s.server.Listener.Addr().String()
	s.server.Config.Handler = s.bench.Handler()
	s.server.Start()
	t.Cleanup(s.server.Close)
	return s
}

// port opens a port as lockerd would.
func (s *shop) port(name string) *os.File {
	s.t.Helper()
	var f *os.File
	until(s.t, name+" can be opened", func() (ok bool) {
		var err error
		f, err = os.OpenFile(filepath.Join(s.dir, name), os.O_RDWR|unix.O_NOCTTY, 0)
		return err == nil
	})
	s.t.Cleanup(func() { f.Close() })
	return f
}

// post does something and gives the status.
func (s *shop) post(path, body string) int {
	s.t.Helper()
	r, err := http.Post(s.server.URL+"/api/"+path, "application/json", strings.NewReader(body))
	fatal(s.t, err)
	defer r.Body.Close()
	return r.StatusCode
}

func get[T any](s *shop, path string) (v T) {
	s.t.Helper()
	r, err := http.Get(s.server.URL + "/api/" + path)
	fatal(s.t, err)
	defer r.Body.Close()
	fatal(s.t, json.NewDecoder(r.Body).Decode(&v))
	return v
}

func (s *shop) door(number int) lockersim.DoorMetal {
	return get[lockersim.State](s, "state").Doors[number-1]
}

// ask sends a frame and reads the answer.
func (s *shop) ask(port *os.File, frame []byte, answer int) []byte {
	s.t.Helper()
	_, err := port.Write(frame)
	fatal(s.t, err)
	fatal(s.t, port.SetReadDeadline(time.Now().Add(time.Minute)))
	got := make([]byte, answer)
	_, err = io.ReadFull(port, got)
	fatal(s.t, err)
	return got
}

// The bytes are those of the vendor's text (CSDN u012909822/147892413) and of Open-Locker's public driver.
func TestBoardsAnswerOnTheirPort(t *testing.T) {
	s := newShop(t)
	locks := s.port("main")
	for _, test := range []struct {
		name      string
		ask, want []byte
	}{
		// All locks closed: the contacts of board 1 are shorted, those of board 2 are open.
		{"board 1", []byte{0x80, 1, 0, 0x33, 0xB2}, []byte{0x80, 1, 0, 0x0F, 0xFF, 0x33, 0x42}},
		{"board 2", []byte{0x80, 2, 0, 0x33, 0xB1}, []byte{0x80, 2, 0, 0, 0, 0x33, 0xB1}},
		{"unlock 1/1", []byte{0x8A, 1, 1, 0x11, 0x9B}, []byte{0x8A, 1, 1, 0, 0x8A}},
	} {
		if got := s.ask(locks, test.ask, len(test.want)); !bytes.Equal(got, test.want) {
			t.Errorf("%s: want % X, got % X", test.name, test.want, got)
		}
	}
	if d := s.door(1); !d.Open || d.Pulses != 1 {
		t.Errorf("door 1 after a pulse: %+v", d)
	}
	if pulses := get[map[int][]time.Time](s, "pulses"); len(pulses) != 1 || len(pulses[1]) != 1 {
		t.Errorf("pulses: %v", pulses)
	}
	frames := get[lockersim.Page[lockersim.Frame]](s, "frames?after=4").Items
	if len(frames) != 2 || frames[0].Hex != "8A 01 01 11 9B" || frames[0].Says != "unlock board 1 lock 1" ||
		frames[1].From != "board" {
		t.Errorf("frames: %+v", frames)
	}
}

// Two locks pulsed at once are more than the cabinet's supply can feed.
func TestBrownOut(t *testing.T) {
	s := newShop(t)
	locks := s.port("main")
	_, err := locks.Write([]byte{0x8A, 1, 1, 0x11, 0x9B, 0x8A, 2, 1, 0x11, 0x98})
	fatal(t, err)
	until(t, "the supply breaks down", func() bool { return get[lockersim.State](s, "state").Breakdowns == 1 })
	if s.door(1).Open || s.door(12).Open {
		t.Error("a door opened")
	}
}

func TestHands(t *testing.T) {
	s := newShop(t)
	for _, step := range []struct {
		path, body string
		want       func(lockersim.State) bool
	}{
		{"doors/7/force", "", func(st lockersim.State) bool { return st.Doors[6].Open }},
		{"doors/7/push", "", func(st lockersim.State) bool { return !st.Doors[6].Open }},
		{"doors/7/jam", "", func(st lockersim.State) bool { return st.Doors[6].Jammed && !st.Doors[7].Jammed }},
		{"doors/7/jam", `{"on":false}`, func(st lockersim.State) bool { return !st.Doors[6].Jammed }},
		{"doors/22/cut", `{"on":true}`, func(st lockersim.State) bool { return st.Doors[21].Cut }},
		{"boards/1/mute", "", func(st lockersim.State) bool { return st.Boards[0].Mute && !st.Boards[1].Mute }},
		{"boards/2/dead", "", func(st lockersim.State) bool { return st.Boards[1].Dead }},
		{"doors/22/stick", "", func(st lockersim.State) bool { return st.Doors[21].Stuck && st.Doors[21].Cut }},
		{"lines/main/echo", "", func(st lockersim.State) bool { return st.Lines[0].Echo }},
		{"lines/main/noise", "", func(st lockersim.State) bool { return st.Lines[0].Noise }},
		{"lines/main/noise", `{"on":false}`, func(st lockersim.State) bool { return !st.Lines[0].Noise }},
		{"lines/main/trouble", `{"echo":0.5,"late":1,"late_ms":300}`, func(st lockersim.State) bool {
			return st.Lines[0].Echo && st.Lines[0].Trouble == lockersim.LineTrouble{Echo: 0.5, Late: 1, LateMS: 300}
		}},
		{"lines/main/trouble", "", func(st lockersim.State) bool { return st.Lines[0].Trouble == lockersim.LineTrouble{} }},
		{"doors/7/trouble", `{"cut":true,"slow_ms":500}`, func(st lockersim.State) bool { return st.Doors[6].Cut }},
		{"doors/7/trouble", "", func(st lockersim.State) bool { return !st.Doors[6].Cut }},
		{"link", `{"cut":true}`, func(st lockersim.State) bool { return st.Link.Cut }},
		{"link", `{"cut":false}`, func(st lockersim.State) bool { return !st.Link.Cut }},
	} {
		if got := s.post(step.path, step.body); got != http.StatusNoContent {
			t.Errorf("%s: status %d", step.path, got)
		}
		if st := get[lockersim.State](s, "state"); !step.want(st) {
			t.Errorf("%s %s: nothing came of it", step.path, step.body)
		}
	}
	for path, want := range map[string]int{
		"doors/23/push": http.StatusNotFound, "doors/x/push": http.StatusNotFound, "boards/3/mute": http.StatusNotFound,
		"lines/other/noise": http.StatusNotFound, "lines/other/trouble": http.StatusNotFound,
		"lockerd/kill": http.StatusConflict, "nothing": http.StatusMethodNotAllowed,
	} {
		if got := s.post(path, ""); got != want {
			t.Errorf("%s: want %d, got %d", path, want, got)
		}
	}
	for path, body := range map[string]string{
		"lines/main/trouble": `{"lost":0.6,"late":0.6}`, "doors/1/trouble": `{"slow_ms":-1}`,
	} {
		if got := s.post(path, body); got != http.StatusConflict {
			t.Errorf("%s that cannot be: status %d", path, got)
		}
	}
	if got := s.post("scan", `{"txt":"a"}`); got != http.StatusBadRequest {
		t.Errorf("a field that is not known: status %d", got)
	}
}

func TestScanArrives(t *testing.T) {
	s := newShop(t)
	port := bufio.NewReader(s.port("scanner"))
	if got := s.post("scan", `{"text":"COURIER-ADA"}`); got != http.StatusNoContent {
		t.Fatalf("status %d", got)
	}
	if got, err := port.ReadString('\r'); err != nil || got != "COURIER-ADA\r" {
		t.Errorf("got %q, %v", got, err)
	}
	s.post("scanner/unplug", "")
	until(t, "the port is gone", func() bool {
		_, err := os.Stat(filepath.Join(s.dir, "scanner"))
		return err != nil
	})
	if got := s.post("scan", `{"text":"COURIER-ADA"}`); got != http.StatusConflict {
		t.Errorf("a scan without a plug: status %d", got)
	}
	s.post("scanner/unplug", `{"on":false}`)
	port = bufio.NewReader(s.port("scanner"))
	s.post("scan", `{"text":"T1"}`)
	if got, err := port.ReadString('\r'); err != nil || got != "T1\r" {
		t.Errorf("after plugging in: got %q, %v", got, err)
	}
}

func TestBenchIsForItsOwnPageOnly(t *testing.T) {
	s := newShop(t)
	for _, test := range []struct {
		name, method, host, origin string
		want                       int
	}{
		{"its own page", "POST", s.bench.Listen, "http://" + s.bench.Listen, http.StatusNoContent},
		{"no browser", "POST", s.bench.Listen, "", http.StatusNoContent},
		{"a page from elsewhere", "POST", s.bench.Listen, "http://evil.example", http.StatusForbidden},
		{"a name that points here", "POST", "evil.example", "http://evil.example", http.StatusMisdirectedRequest},
		{"a name that points here, looking", "GET", "evil.example", "", http.StatusMisdirectedRequest},
	} {
		path := "/api/doors/1/push"
		if test.method == "GET" {
			path = "/api/state"
		}
		r, err := http.NewRequest(test.method, s.server.URL+path, nil)
		fatal(t, err)
		r.Host = test.host
		if test.origin != "" {
			r.Header.Set("Origin", test.origin)
		}
		got, err := http.DefaultClient.Do(r)
		fatal(t, err)
		got.Body.Close()
		if got.StatusCode != test.want {
			t.Errorf("%s: want %d, got %d", test.name, test.want, got.StatusCode)
		}
	}
	page, err := http.Get(s.server.URL + "/")
	fatal(t, err)
	defer page.Body.Close()
	text, err := io.ReadAll(page.Body)
	fatal(t, err)
	if policy := page.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") {
		t.Errorf("policy: %q", policy)
	}
	if !bytes.Contains(text, []byte("bench.js")) || bytes.Contains(text, []byte("://")) {
		t.Error("the page is not there, or asks for something from outside")
	}
}

func TestStreamTellsWhatIsNew(t *testing.T) {
	s := newShop(t)
	r, err := http.Get(s.server.URL + "/api/stream")
	fatal(t, err)
	defer r.Body.Close()
	lines := bufio.NewScanner(r.Body)
	lines.Buffer(nil, 1<<20)
	told := func(name, part string) {
		t.Helper()
		for lines.Scan() {
			if lines.Text() == "event: "+name && lines.Scan() && strings.Contains(lines.Text(), part) {
				return
			}
		}
		t.Fatalf("the stream ended without %s %s", name, part)
	}
	told("state", `"door":1,`)
	fmt.Fprintln(s.bench.Log, "a line of the log")
	told("log", "a line of the log")
	s.post("doors/3/force", "")
	told("state", `"open":true`)
}
