package main_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	lockersim "lockerd/cmd/lockersim"
	"lockerd/internal/ui/uitest"
)

// TestMain lets this binary stand in for lockerd, so that its keeper can be tried alone.
func TestMain(m *testing.M) {
	if len(os.Args) > 3 && os.Args[1] == "run" {
		standIn(os.Args[3])
		return
	}
	if len(os.Args) > 3 && os.Args[1] == "terminal" { // what lockerd starts
		if err := (lockersim.Terminal{Bench: os.Args[3]}).Run(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		return
	}
	if len(os.Args) > 2 && os.Args[1] == "doors" {
		os.Exit(0)
	}
	if len(os.Args) > 6 && os.Args[1] == "technician" {
		text, err := os.ReadFile(os.Args[6] + ".invitation")
		if err != nil {
			os.Exit(1) // there is no kiosk to enrol at
		}
		fmt.Printf("%s", text)
		os.Exit(0)
	}
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if !asked {
		_ = flag.Set("test.parallel", "10") // cabinets mostly wait
	}
	os.Exit(uitest.Main(m))
}

// standIn writes its process id beside its configuration and waits. It ignores SIGINT, which is not meant for it.
func standIn(config string) {
	signal.Ignore(os.Interrupt)
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	fmt.Fprintln(os.Stderr, "stand-in runs")
	if err := os.WriteFile(config+".pid", []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
		os.Exit(2)
	}
	<-ended
	fmt.Fprintln(os.Stderr, "stand-in was asked to end")
}

func alive(pid int) bool { return pid != 0 && syscall.Kill(pid, 0) == nil }

func TestDaemonIsKept(t *testing.T) {
	self, err := os.Executable()
	fatal(t, err)
	var out bytes.Buffer
	lines := lockersim.NewLines(&out, 100)
	var begun atomic.Int32
	config := filepath.Join(t.TempDir(), "lockerd.toml")
	d := lockersim.NewDaemon("lockerd", self, config, lines, func(*lockersim.Daemon) { begun.Add(1) })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	t.Cleanup(cancel)
	starts := func(n int) func() bool {
		return func() bool { s := d.State(); return s.Running && s.Starts == n }
	}

	until(t, "it is started", starts(1))
	first := d.State().PID
	fatal(t, syscall.Kill(first, syscall.SIGKILL)) // somebody else kills it: as systemd, start it again
	until(t, "it is started again", starts(2))

	fatal(t, d.Kill(ctx)) // on purpose: it stays down
	until(t, "it is down", func() bool { return !d.State().Running })
	if s := d.State(); !s.Held || s.Ended != "signal: killed" || alive(first) {
		t.Errorf("after kill: %+v", s)
	}
	fatal(t, d.Start(ctx))
	until(t, "it is started by hand", starts(3))
	last := d.State().PID
	until(t, "it is ready to be asked", func() bool {
		text, _ := os.ReadFile(config + ".pid")
		return string(text) == strconv.Itoa(last)
	})
	cancel()
	fatal(t, next(t, done))
	if alive(last) {
		t.Error("a process was left behind")
	}
	if s := d.State(); s.Ended != "exit status 0" {
		t.Errorf("it was not asked to end: %+v", s)
	}
	if got := begun.Load(); got != 3 {
		t.Errorf("want 3 beginnings, got %d", got)
	}
	for _, part := range []string{"lockerd | stand-in runs", "lockerd ended: signal: killed"} {
		if log := out.String(); !strings.Contains(log, part) {
			t.Errorf("%q is not in the log: %s", part, log)
		}
	}
}

// TestRun builds everything around a stand-in, and stops it all.
func TestRun(t *testing.T) {
	self, err := os.Executable()
	fatal(t, err)
	dir := filepath.Join(t.TempDir(), "cabinet")
	options := lockersim.Options{Dir: dir, Kiosk: "127.0.0.1:1", Bench: "127.0.0.1:0", Lockerd: self}
	run := func(o lockersim.Options) (stop func() error) {
		ctx, cancel := context.WithCancel(t.Context())
		t.Cleanup(cancel)
		done := make(chan error, 1)
		go func() { done <- lockersim.Run(ctx, o, t.Output()) }()
		return func() error { cancel(); return next(t, done) }
	}
	exists := func(name string) bool { _, err := os.Stat(filepath.Join(dir, name)); return err == nil }
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		fatal(t, err)
		return string(text)
	}

	stop := run(options)
	until(t, "the stand-in runs", func() bool { return exists("lockerd.toml.pid") && exists("inspected") })
	config, key := read("lockerd.toml"), read("keys/cabinet.key")
	if strings.Contains(config, "246813") || strings.Contains(config, "COURIER-ADA") {
		t.Error("the configuration has a PIN or a badge in plain")
	}
	if err := run(options)(); err == nil || !strings.Contains(err.Error(), "another lockersim uses") {
		t.Errorf("two in the same folder: %v", err)
	}
	fatal(t, stop())
	pid, err := strconv.Atoi(read("lockerd.toml.pid"))
	fatal(t, err)
	if alive(pid) {
		t.Error("a process was left behind")
	}
	fatal(t, os.Remove(filepath.Join(dir, "lockerd.toml.pid")))

	stop = run(options)
	until(t, "it runs again", func() bool { return exists("lockerd.toml.pid") })
	fatal(t, stop())
	if read("keys/cabinet.key") != key {
		t.Error("the cabinet has other keys after a restart")
	}
	options.Clean = true
	stop = run(options)
	until(t, "a new one runs", func() bool { return exists("keys/cabinet.key") && read("keys/cabinet.key") != key })
	fatal(t, stop())

	options.Dir = t.TempDir()
	fatal(t, os.WriteFile(filepath.Join(options.Dir, "thesis.txt"), []byte("dear"), 0o600))
	if err := run(options)(); err == nil || !strings.Contains(err.Error(), "holds something else") {
		t.Errorf("in somebody else's folder: %v", err)
	}
}

func TestTail(t *testing.T) {
	tail := lockersim.NewTail[int](3)
	for i := 1; i <= 10; i++ {
		if got := tail.Add(i); got != uint64(i) {
			t.Fatalf("item %d has number %d", i, got)
		}
	}
	for after, want := range map[uint64]string{0: "[8 9 10]", 8: "[9 10]", 10: "[]", 99: "[]"} {
		if got, newest := tail.After(after); fmt.Sprint(got) != want || newest != 10 {
			t.Errorf("after %d: want %s up to 10, got %v up to %d", after, want, got, newest)
		}
	}
}
