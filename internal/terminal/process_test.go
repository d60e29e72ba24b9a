package terminal

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// journal is a log that may be read while it is written.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// starts starts a true process.
func starts(t *testing.T, script string) (*process, *journal, string) {
	t.Helper()
	log, dir := &journal{}, t.TempDir()
	p, err := startProcess([]string{"/bin/sh", "-c", script}, dir, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.stop)
	return p, log, dir
}

// next is what the process says; false: it is gone.
func (p *process) next(t *testing.T) (heard, bool) {
	t.Helper()
	select {
	case h, runs := <-p.lines():
		return h, runs
	case <-time.After(time.Minute):
		t.Fatal("it says nothing")
		return heard{}, false
	}
}

func TestATrueProcess(t *testing.T) {
	t.Setenv("SECRET", "of lockerd")
	p, log, dir := starts(t, `read line; echo "got $line"; echo "$PWD $HOME ${SECRET:-nothing}"; echo "card 4111 1111 1111 1111" >&2
		i=0; while [ $i -lt 5000 ]; do printf 0123456789; i=$((i+1)); done; echo; printf half`)
	if unsent, err := p.write([]byte("hello\n")); unsent || err != nil {
		t.Fatal(unsent, err)
	}
	if h, _ := p.next(t); string(h.line) != "got hello\n" || h.err != nil {
		t.Errorf("want its line, got %q, %v", h.line, h.err)
	}
	if h, _ := p.next(t); string(h.line) != dir+" "+dir+" nothing\n" {
		t.Errorf("want it in its own folder, without an environment, got %q", h.line)
	}
	if h, _ := p.next(t); !errors.Is(h.err, errHuge) || h.line != nil {
		t.Errorf("want a huge line passed over, got %d bytes, %v", len(h.line), h.err)
	}
	if h, _ := p.next(t); !errors.Is(h.err, errHalf) {
		t.Errorf("want half a line refused, got %q, %v", h.line, h.err)
	}
	if _, runs := p.next(t); runs {
		t.Error("want it gone")
	}
	if text := log.String(); !strings.Contains(text, "card *************") || strings.Contains(text, "4111") {
		t.Errorf("want what it complains of without the number, got %s", text)
	}
	if unsent, err := p.write([]byte("hello\n")); !unsent || err == nil {
		t.Error("want it said that nothing arrived")
	}
}

// TestNothingIsLeftOfIt: what it has started goes with it, however it ends.
func TestNothingIsLeftOfIt(t *testing.T) {
	for name, end := range map[string]func(p *process){
		"by itself": func(*process) {}, "killed": (*process).kill, "stopped": (*process).stop,
	} {
		wait := "wait"
		if name == "by itself" {
			wait = "exit 3"
		}
		p, _, dir := starts(t, `trap "" TERM; sleep 600 & echo $! > child; echo started; `+wait)
		if h, _ := p.next(t); string(h.line) != "started\n" {
			t.Fatalf("%s: got %q", name, h.line)
		}
		text, err := os.ReadFile(filepath.Join(dir, "child"))
		if err != nil {
			t.Fatal(err)
		}
		child, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		end(p)
		for range p.lines() { // until it is gone
		}
		gone := false
		for began := time.Now(); !gone && time.Since(began) < 10*time.Second; time.Sleep(10 * time.Millisecond) {
			state, err := os.ReadFile("/proc/" + strconv.Itoa(child) + "/stat") // whoever waits for it may take a while
			gone = err != nil || strings.Contains(string(state), ") Z ") || syscall.Kill(child, 0) != nil
		}
		if !gone {
			t.Errorf("%s: what it has started runs on", name)
		}
	}
}

// TestItFloodsTheLog: of what it complains of the log holds little.
func TestItFloodsTheLog(t *testing.T) {
	p, log, _ := starts(t, `i=0; while [ $i -lt 2000 ]; do echo "line $i" >&2; i=$((i+1)); done`)
	for range p.lines() { // until it is gone
	}
	if n := strings.Count(log.String(), "the adapter says"); n > errorBurst+2 {
		t.Errorf("want %d lines of it, got %d", errorBurst, n)
	}
}

// endless says the same for ever, or until it is stopped, and counts how much of it was read.
type endless struct {
	says    string
	read    atomic.Int64
	stopped atomic.Bool
}

func (e *endless) Read(p []byte) (int, error) {
	if e.stopped.Load() {
		return 0, io.EOF
	}
	e.read.Add(int64(len(p)))
	for n := 0; n < len(p); {
		n += copy(p[n:], e.says)
	}
	return len(p), nil
}

// TestWhoComplainsWithoutEndHasToWait, whatever it is: lines that are not written down, empty ones, and one that never ends. Nothing keeps a
// processor busy with that.
func TestWhoComplainsWithoutEndHasToWait(t *testing.T) {
	for _, says := range []string{"a line\n", "\n", "x"} {
		p, from := &process{quit: make(chan struct{}), log: slog.New(slog.DiscardHandler)}, &endless{says: says}
		ended, began := make(chan struct{}), time.Now()
		go func() { p.complain(from); close(ended) }()
		time.Sleep(300 * time.Millisecond)
		from.stopped.Store(true)
		close(p.quit)
		<-ended
		if most := int64(time.Since(began)/errorPause+2) * MaxLine; from.read.Load() > most {
			t.Errorf("%q: want at most %d bytes read, got %d", says, most, from.read.Load())
		}
	}
}

// TestALineWithoutEnd is many lines.
func TestALineWithoutEnd(t *testing.T) {
	p, _, _ := starts(t, `exec tr '\0' x < /dev/zero`)
	for range badMost + 1 {
		if h, _ := p.next(t); !errors.Is(h.err, errHuge) {
			t.Fatalf("want it refused, got %d bytes, %v", len(h.line), h.err)
		}
	}
}

// TestWhatItHasStartedElsewhere holds its pipes open: that it is gone is seen all the same.
func TestWhatItHasStartedElsewhere(t *testing.T) {
	p, _, _ := starts(t, `setsid sleep 20 & echo started`)
	began := time.Now()
	for range p.lines() { // until it is gone
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("want it seen soon, took %s", took)
	}
}

func TestItCannotBeStarted(t *testing.T) {
	if _, err := startProcess([]string{filepath.Join(t.TempDir(), "none")}, t.TempDir(), slog.New(slog.DiscardHandler)); err == nil {
		t.Error("want an error")
	}
}

func TestWhatIsConfigured(t *testing.T) {
	for _, tt := range []struct {
		command []string
		good    bool
	}{{nil, true}, {[]string{"/usr/lib/lockerd/terminal-zvt", "--port", "/dev/ttyS3"}, true}, {[]string{"terminal-zvt"}, false}, {[]string{"/a", "b\x00c"}, false}} {
		if err := (Config{Command: tt.command}).Validate(); (err == nil) != tt.good {
			t.Errorf("%q: %v", tt.command, err)
		}
	}
}
