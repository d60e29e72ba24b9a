package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// The whole process is held up again and again, as on a computer that has too much to do: what the boards answered meanwhile
// lies in the tty and is neither silence nor damage. No line is shut, no board is lost, nothing is found, and people go on.
func TestHeldUpAgainAndAgain(t *testing.T) {
	for name, hold := range map[string]func(*rig) (release func()){"stopped": stopped, "starved": starved, "beside a busy browser": besideABusyBrowser} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.commission()
			held := func() {
				release := hold(r)
				time.Sleep(5 * time.Second)
				release()
				time.Sleep(2 * time.Second) // two scans that are read at once, after a hold-up, are one of several lines
			}
			held()
			door, code := r.broughtIn("PARCEL-1")
			held() // Ada's door was in use: its board is asked as fast as the line allows
			r.scan("LD1:" + code)
			r.push(door)
			r.cloud.await("collected", func(c *cloud) bool { return c.count("parcel.collected") == 1 })
			r.cloud.complete()
			for _, kind := range []string{"board.lost", "finding.raised"} {
				if n := r.cloud.count(kind); n > 0 {
					t.Errorf("want no %s, got %d", kind, n)
				}
			}
			for _, bus := range r.state().Buses {
				for _, b := range bus.Boards { // the simulated boards answer in time unless they were starved themselves
					t.Logf("board %d: %d asked, %d silent, %d garbled, %d late", b.Board, b.Asked, b.Silent, b.Garbled, b.Late)
					if missed := b.Silent + b.Garbled; missed*20 > b.Asked {
						t.Errorf("board %d: %d of %d exchanges were held against it", b.Board, missed, b.Asked)
					}
				}
			}
			r.matched()
		})
	}
}

// stopped lets lockerd run for 100 ms of each 500, and each sixth time for 500 ms of 2 s.
func stopped(r *rig) func() {
	done := make(chan struct{})
	var stopping sync.WaitGroup
	stopping.Go(func() {
		for i := 0; ; i++ {
			still, runs := 400*time.Millisecond, 100*time.Millisecond
			if i%6 == 5 {
				still, runs = 1500*time.Millisecond, 500*time.Millisecond
			}
			_ = r.process.Process.Signal(syscall.SIGSTOP)
			time.Sleep(still)
			_ = r.process.Process.Signal(syscall.SIGCONT)
			select {
			case <-done:
				return
			case <-time.After(runs):
			}
		}
	})
	return func() { close(done); stopping.Wait() }
}

// starved puts lockerd and two busy loops into a control group that has one core for 100 ms of each 500: the loops use that up at once,
// and all of them stand still for the rest.
func starved(r *rig) func() {
	r.t.Helper()
	all, file, limits := "/sys/fs/cgroup/cpu", "cpu.cfs_quota_us", "100000" // of a period of 500000 µs
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		all, file, limits = "/sys/fs/cgroup", "cpu.max", "100000 500000"
	}
	group := fmt.Sprintf("%s/lockerd-test-%d", all, os.Getpid())
	if err := os.Mkdir(group, 0o755); err != nil {
		r.t.Skipf("no control group can be made here: %v", err)
	}
	if file == "cpu.cfs_quota_us" {
		_ = os.WriteFile(group+"/cpu.cfs_period_us", []byte("500000"), 0o600)
	}
	if err := os.WriteFile(filepath.Join(group, file), []byte(limits), 0o600); err != nil {
		_ = os.Remove(group)
		r.t.Skipf("no control group limits processors here: %v", err)
	}
	var ends []func()
	for range 2 {
		busy := exec.Command("sh", "-c", "while :; do :; done")
		if err := busy.Start(); err != nil {
			r.t.Fatal(err)
		}
		ends = append(ends, func() { _ = busy.Process.Kill(); _ = busy.Wait() })
		move(r.t, group, busy.Process.Pid)
	}
	move(r.t, group, r.process.Process.Pid)
	return func() {
		for _, end := range ends {
			end()
		}
		move(r.t, all, r.process.Process.Pid)
		eventually(r.t, "the control group is empty", func() bool { return os.Remove(group) == nil })
	}
}

// move puts a process into a control group.
func move(t *testing.T, group string, pid int) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(group, "cgroup.procs"), fmt.Append(nil, pid), 0o600); err != nil {
		t.Fatal(err)
	}
}

// besideABusyBrowser has Chromium draw the kiosk and calculate on every core at the same time.
func besideABusyBrowser(r *rig) func() {
	k := r.browseMoving()
	other, stop := chromedp.NewContext(k.ctx)
	busy := &kiosk{t: r.t, ctx: other}
	busy.do(chromedp.Navigate("about:blank"))
	busy.eval(`for (let i = 0; i < 2 * navigator.hardwareConcurrency; i++)
		new Worker(URL.createObjectURL(new Blob(["for (;;);"])));
	""`)
	return stop
}
