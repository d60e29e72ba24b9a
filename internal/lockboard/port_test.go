package lockboard_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/sim"
)

func newPTY(t *testing.T) *sim.PTY {
	t.Helper()
	p, err := sim.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func openPort(t *testing.T, path string) *lockboard.Port {
	t.Helper()
	p, err := lockboard.OpenPort(path, 9600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// hear reads from the port until n bytes have come.
func hear(t *testing.T, r io.Reader, n int) string {
	t.Helper()
	var got []byte
	buf := make([]byte, 64)
	for len(got) < n {
		k, err := r.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, buf[:k]...)
	}
	return string(got)
}

func TestPortCarriesBytes(t *testing.T) {
	t.Parallel()
	pty := newPTY(t)
	port := openPort(t, pty.Path())
	all := make([]byte, 256) // XON, XOFF, CR, DEL and their like too
	for i := range all {
		all[i] = byte(i)
	}
	if n, err := port.Write(all); n != len(all) || err != nil {
		t.Fatalf("write: %d, %v", n, err)
	}
	if got := hear(t, pty, len(all)); got != string(all) {
		t.Errorf("the board heard % X", got)
	}
	if _, err := pty.Write(all); err != nil {
		t.Fatal(err)
	}
	if got := hear(t, port, len(all)); got != string(all) {
		t.Errorf("we heard % X", got)
	}
}

func TestPortSilenceIsNoBytesAndNoError(t *testing.T) {
	t.Parallel()
	port := openPort(t, newPTY(t).Path())
	port.Attend(20 * time.Millisecond)
	if n, err := port.Read(make([]byte, 8)); n != 0 || err != nil {
		t.Errorf("want 0 and nil, got %d and %v", n, err)
	}
}

func TestPortForgetsWhatWasSaidBefore(t *testing.T) {
	t.Parallel()
	pty := newPTY(t)
	if _, err := pty.Write([]byte("old")); err != nil {
		t.Fatal(err)
	}
	port := openPort(t, pty.Path())
	if _, err := pty.Write([]byte("new")); err != nil {
		t.Fatal(err)
	}
	if got := hear(t, port, 3); got != "new" {
		t.Errorf("heard %q", got)
	}
}

// A closed port's descriptor is soon another file's: the journal's, say.
func TestPortNeverWritesIntoAnotherFile(t *testing.T) {
	t.Parallel()
	pty := newPTY(t)
	port := openPort(t, pty.Path())
	if err := port.Close(); err != nil {
		t.Fatal(err)
	}
	var files []*os.File
	for range 16 { // take every descriptor that has become free
		f, err := os.Create(filepath.Join(t.TempDir(), "journal"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files = append(files, f)
	}
	if n, err := port.Write([]byte{0x8A, 1, 1, 0x11, 0x9B}); n != 0 || !errors.Is(err, os.ErrClosed) {
		t.Errorf("write after close: want 0 and os.ErrClosed, got %d and %v", n, err)
	}
	if n, err := port.Read(make([]byte, 8)); n != 0 || !errors.Is(err, os.ErrClosed) {
		t.Errorf("read after close: want 0 and os.ErrClosed, got %d and %v", n, err)
	}
	for _, f := range files {
		if info, err := f.Stat(); err != nil || info.Size() != 0 {
			t.Errorf("%d bytes were written into another file", info.Size())
		}
	}
	if err := port.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

// The library would wait with select, which knows 1024 descriptors and panics at the next.
func TestPortHasAHighDescriptor(t *testing.T) {
	t.Parallel()
	var limit, old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	if limit = (syscall.Rlimit{Cur: max(old.Cur, 2048), Max: old.Max}); limit.Max < limit.Cur {
		t.Skip("the process may not open so many files")
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	pty := newPTY(t)
	for {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if f.Fd() >= 1023 {
			break
		}
	}
	port := openPort(t, pty.Path())
	if _, err := pty.Write([]byte("here")); err != nil {
		t.Fatal(err)
	}
	if got := hear(t, port, 4); got != "here" {
		t.Errorf("heard %q", got)
	}
}

func TestPortWriteIsBounded(t *testing.T) {
	t.Parallel()
	port := openPort(t, newPTY(t).Path()) // nobody reads at the other end
	n, err := port.Write(make([]byte, 1<<20))
	if !errors.Is(err, os.ErrDeadlineExceeded) || n == 0 || n == 1<<20 {
		t.Errorf("want a part written and os.ErrDeadlineExceeded, got %d, %v", n, err)
	}
}

func TestPortUnpluggedIsNotClosed(t *testing.T) {
	t.Parallel()
	pty := newPTY(t)
	port := openPort(t, pty.Path())
	if err := pty.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := port.Read(make([]byte, 8)); err == nil || errors.Is(err, os.ErrClosed) {
		t.Errorf("read: want an error that is not os.ErrClosed, got %v", err)
	}
	if n, err := port.Write([]byte{1}); n != 0 || err == nil || errors.Is(err, os.ErrClosed) {
		t.Errorf("write: want an error that is not os.ErrClosed, got %d, %v", n, err)
	}
}

func TestPortCloseEndsRead(t *testing.T) {
	t.Parallel()
	port := openPort(t, newPTY(t).Path())
	port.Attend(time.Hour) // no silence ends it
	read := make(chan error)
	go func() {
		_, err := port.Read(make([]byte, 8))
		read <- err
	}()
	time.Sleep(10 * time.Millisecond) // most often the Read waits by then; it must end whether or not
	if err := port.Close(); err != nil {
		t.Error(err)
	}
	if err := <-read; !errors.Is(err, os.ErrClosed) {
		t.Errorf("want os.ErrClosed, got %v", err)
	}
}

// TestPortReadsHoldNoThread: a thread that waits in the kernel wakes itself and another one for each silence.
func TestPortReadsHoldNoThread(t *testing.T) {
	const lines = 40
	threads := func() int { return pprof.Lookup("threadcreate").Count() }
	before := threads()
	read := make(chan struct{})
	for range lines {
		pty := newPTY(t)
		port := openPort(t, pty.Path())
		port.Attend(time.Hour)
		go func() { _, _ = port.Read(make([]byte, 8)); read <- struct{}{} }()
		defer func() { _ = port.Close(); <-read }()
	}
	for range 100 { // each takes a turn that a Read in the kernel would have been given a thread for
		if grown := threads() - before; grown > lines/2 {
			t.Fatalf("want %d silent lines to hold no thread, got %d new ones", lines, grown)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestPortIsOurs(t *testing.T) {
	t.Parallel()
	pty := newPTY(t)
	link := filepath.Join(t.TempDir(), "by-id")
	if err := os.Symlink(pty.Path(), link); err != nil {
		t.Fatal(err)
	}
	port := openPort(t, pty.Path())
	if _, err := lockboard.OpenPort(link, 9600); err == nil {
		t.Error("opened twice") // root passes TIOCEXCL
	}
	if err := port.Close(); err != nil {
		t.Fatal(err)
	}
	openPort(t, link)
}

func TestPortFollowsItsName(t *testing.T) {
	t.Parallel()
	link := filepath.Join(t.TempDir(), "by-id")
	for range 2 { // the adapter is pulled, and comes back under another name
		pty := newPTY(t)
		if err := os.Symlink(pty.Path(), link+".new"); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(link+".new", link); err != nil {
			t.Fatal(err)
		}
		port := openPort(t, link)
		if _, err := port.Write([]byte("here")); err != nil {
			t.Fatal(err)
		}
		if got := hear(t, pty, 4); got != "here" {
			t.Errorf("heard %q", got)
		}
		if err := errors.Join(pty.Close(), port.Close()); err != nil {
			t.Logf("closing: %v", err)
		}
	}
}

func TestPortIsNotInherited(t *testing.T) {
	t.Parallel()
	pty := newPTY(t)
	openPort(t, pty.Path())
	out, err := exec.CommandContext(t.Context(), "ls", "-l", "/proc/self/fd").CombinedOutput()
	if err != nil {
		t.Skip(err)
	}
	if strings.Contains(string(out), pty.Path()) {
		t.Errorf("a child process has the port open:\n%s", out)
	}
}

func TestPortErrorsNameThePort(t *testing.T) {
	t.Parallel()
	for _, path := range []string{filepath.Join(t.TempDir(), "ttyUSB9"), os.DevNull} {
		if _, err := lockboard.OpenPort(path, 9600); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("open %s: got %v", path, err)
		}
	}
}

// The bus over a true tty: what the other tests show in their own time, once in ours.
func TestBusOnPTY(t *testing.T) {
	t.Parallel()
	pty := newPTY(t)
	board := sim.Board{Address: 1, Locks: 2}
	line := sim.NewLine(9600, board)
	cfg := config(board)
	cfg.Port = pty.Path()
	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan locker.Input)
	bus := lockboard.New(cfg, lockboard.NewSupply(1, 100*time.Millisecond), cfg.Open, func(ctx context.Context, in locker.Input) error {
		select {
		case told <- in:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}, slog.New(slog.DiscardHandler))
	lineEnded, busEnded := make(chan error), make(chan error)
	go func() { lineEnded <- line.Run(ctx, pty) }()
	go func() { busEnded <- bus.Run(ctx) }()
	want := func(lines ...string) {
		t.Helper()
		for _, line := range lines {
			if got := brief([]locker.Input{<-told}); got[0] != line {
				t.Fatalf("want %q, got %q", line, got[0])
			}
		}
	}
	first := brief([]locker.Input{<-told, <-told}) // which contact is believed first, a machine that is held up decides
	if slices.Sort(first); !slices.Equal(first, []string{"1/1 closed", "1/2 closed"}) {
		t.Fatalf("want both doors closed, got %q", first)
	}
	bus.Release(locker.Release{Unlock: "u1", Lock: lockAt(1, 2), Until: time.Now().Add(2 * time.Second)})
	want("u1 sent=true: acknowledged", "1/2 open")
	line.Push(1, 2)
	want("1/2 closed")
	if n := len(line.Pulses(1, 2)); n != 1 {
		t.Errorf("want one pulse, got %d", n)
	}
	t.Logf("%+v", bus.Gauges())
	cancel()
	if err := errors.Join(<-busEnded, <-lineEnded); err != nil {
		t.Error(err)
	}
}
