package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"lockerd/internal/credential"
)

// Numbers of the daemon's keeper.
const (
	restartAfter = time.Second      // as systemd would do it, so that a daemon that cannot start does not spin
	stopWithin   = 8 * time.Second  // from SIGTERM to SIGKILL
	toolEvery    = time.Second      // a hand tool is tried again while the daemon starts
	toolFor      = 60 * time.Second // and given up
)

// A Daemon keeps an ordinary `lockerd run` or `lockerdesk run` going: it starts it again when it dies, unless it was killed on purpose.
// Run owns the process.
type Daemon struct {
	name   string // of the program, in the log
	path   string // of the program
	config string // its configuration file
	out    io.Writer
	orders chan daemonOrder
	state  atomic.Pointer[DaemonState]
	begun  func(*Daemon) // called once after every start, in a goroutine of its own
}

// DaemonState is what the daemon's process is doing.
type DaemonState struct {
	Running bool   `json:"running"`
	PID     int    `json:"pid,omitempty"`
	Starts  int    `json:"starts"`
	Ended   string `json:"ended,omitempty"` // how it ended last
	Held    bool   `json:"held"`            // killed on purpose: it stays down until it is started
	Full    bool   `json:"disk_full"`       // it can write nothing to any file
}

type daemonOrder int

const (
	orderKill daemonOrder = iota
	orderStart
)

// NewDaemon prepares a keeper; out gets the daemon's log, line by line.
func NewDaemon(name, path, config string, out io.Writer, begun func(*Daemon)) *Daemon {
	d := &Daemon{name: name, path: path, config: config, out: out, orders: make(chan daemonOrder), begun: begun}
	d.state.Store(&DaemonState{})
	return d
}

// State is what the process is doing now.
func (d *Daemon) State() DaemonState { return *d.state.Load() }

// Kill kills the process at once (SIGKILL) and keeps it down.
func (d *Daemon) Kill(ctx context.Context) error { return d.order(ctx, orderKill) }

// Start starts the process again.
func (d *Daemon) Start(ctx context.Context) error { return d.order(ctx, orderStart) }

// FillDisk lets the running process write to no file any more, as on a full disk, or lets it write again: the kernel's limit
// on a file's size, set from outside. A process started anew has room.
func (d *Daemon) FillDisk(full bool) error {
	s := d.State()
	if !s.Running {
		return fmt.Errorf("lockersim: %s is not running", d.name)
	}
	var was unix.Rlimit
	if err := unix.Prlimit(s.PID, unix.RLIMIT_FSIZE, nil, &was); err != nil {
		return fmt.Errorf("lockersim: read limit: %w", err)
	}
	limit := unix.Rlimit{Cur: was.Max, Max: was.Max}
	if full {
		limit.Cur = 0
	}
	if err := unix.Prlimit(s.PID, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
		return fmt.Errorf("lockersim: set limit: %w", err)
	}
	s.Full = full
	d.state.Store(&s)
	return nil
}

func (d *Daemon) order(ctx context.Context, o daemonOrder) error {
	select {
	case d.orders <- o:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Run keeps the process going until ctx is cancelled, and leaves none behind.
func (d *Daemon) Run(ctx context.Context) error {
	// The kernel kills the child when the thread that started it is gone, so this thread must stay as long as we do.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for ctx.Err() == nil {
		cmd, ended, err := d.start()
		if err != nil {
			return err
		}
		d.watch(ctx, cmd, ended)
		d.rest(ctx)
	}
	return nil
}

func (d *Daemon) start() (*exec.Cmd, chan error, error) {
	cmd := exec.Command(d.path, "run", "--config", d.config)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Pdeathsig: syscall.SIGKILL,
		Setpgid:   true, // Ctrl-C is for us; the daemon hears of it from us
	}
	pipe, err := cmd.StderrPipe()
	if err != nil {
		return nil, nil, fmt.Errorf("lockersim: start %s: %w", d.name, err)
	}
	cmd.Stdout = cmd.Stderr
	if err := cmd.Start(); err != nil {
		return nil, nil, fmt.Errorf("lockersim: start %s: %w", d.name, err)
	}
	was := d.State()
	d.state.Store(&DaemonState{Running: true, PID: cmd.Process.Pid, Starts: was.Starts + 1, Ended: was.Ended})
	ended := make(chan error, 1)
	go func() { // ends with the process, which closes the pipe
		lines := bufio.NewScanner(pipe)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			fmt.Fprintf(d.out, "%s | %s\n", d.name, bytes.TrimRight(lines.Bytes(), "\r"))
		}
		io.Copy(io.Discard, pipe) //nolint:errcheck // a line beyond all bounds: the rest only keeps the pipe empty
		ended <- cmd.Wait()
	}()
	go d.begun(d)
	return cmd, ended, nil
}

// watch waits until the process is gone.
func (d *Daemon) watch(ctx context.Context, cmd *exec.Cmd, ended chan error) {
	state := d.State()
	for state.Running {
		select {
		case err := <-ended:
			state.Running, state.PID, state.Ended = false, 0, how(err)
		case o := <-d.orders:
			if o == orderKill {
				state.Held = true
				cmd.Process.Kill() //nolint:errcheck // it may be gone already
			}
		case <-ctx.Done():
			state.Running, state.PID, state.Ended = false, 0, how(stop(cmd, ended))
		}
	}
	d.state.Store(&state)
	if ctx.Err() == nil {
		fmt.Fprintf(d.out, "lockersim: %s ended: %s\n", d.name, state.Ended)
	}
}

// rest waits between two lives: for a while, or, after Kill, for Start.
func (d *Daemon) rest(ctx context.Context) {
	again := time.After(restartAfter)
	if d.State().Held {
		again = nil
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-again:
			fmt.Fprintf(d.out, "lockersim: %s is started again\n", d.name)
			return
		case o := <-d.orders:
			if o == orderStart {
				return
			}
		}
	}
}

// stop asks the process to end, and makes it.
func stop(cmd *exec.Cmd, ended chan error) error {
	cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may be gone already
	select {
	case err := <-ended:
		return err
	case <-time.After(stopWithin):
	}
	cmd.Process.Kill() //nolint:errcheck // it may be gone already
	return <-ended
}

func how(err error) string {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return "exit status 0"
	case errors.As(err, &exit):
		return exit.String()
	}
	return err.Error()
}

// Inspect tells lockerd that somebody has looked into every door of the new cabinet and found it empty.
func (d *Daemon) Inspect(ctx context.Context) error {
	if _, err := d.tool(ctx, "doors", "inspected", "--by", inspector); err != nil {
		return fmt.Errorf("lockersim: tell lockerd that the doors are empty: %w", err)
	}
	return nil
}

// Invite invites the technician.
func (d *Daemon) Invite(ctx context.Context) (in credential.Invitation, err error) {
	out, err := d.tool(ctx, "technician", "invite", technician.ID, "--json")
	if err != nil {
		return in, err
	}
	if json.Unmarshal(out, &in) != nil {
		return in, errors.New("the answer is no invitation")
	}
	return in, nil
}

// tool runs one of lockerd's hand tools, again and again for as long as a daemon takes to start, and gives what it
// printed.
func (d *Daemon) tool(ctx context.Context, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, toolFor)
	defer cancel()
	for {
		var out, says bytes.Buffer
		cmd := exec.CommandContext(ctx, d.path, append(args, "--config", d.config)...)
		cmd.Stdout, cmd.Stderr = &out, &says
		err := cmd.Run()
		if err == nil {
			return out.Bytes(), nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %s", err, bytes.TrimSpace(says.Bytes()))
		case <-time.After(toolEvery):
		}
	}
}
