package terminal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	writeWithin = 2 * time.Second // to give the adapter a line
	stopWithin  = 3 * time.Second // from SIGTERM to SIGKILL
	drainWithin = time.Second     // to read what a process has said that is gone

	errorLine  = 512 // bytes of a line of its standard error that stand in the log
	errorBurst = 30  // lines of it at once,
	errorEvery = 10 * time.Second
	errorPause = 10 * time.Millisecond // before more is read of what is not written down

	hugeEvery = 16 // buffers of a line that has no end count as a line each
)

// Reasons why a line is none.
var (
	errHuge = errors.New("a line is longer than any")
	errHalf = errors.New("it ended in the middle of a line")
)

// process is an adapter in a process of its own, with whatever it starts in its group.
type process struct {
	cmd  *exec.Cmd
	in   *os.File
	mu   sync.Mutex
	over bool // its number may be another's
	said chan heard
	quit chan struct{} // closed once the process is gone and its pipes are read
	log  *slog.Logger
}

// startProcess starts an adapter in a folder. It gets no environment but the usual places of programs, and no files but its three.
func startProcess(command []string, dir string, log *slog.Logger) (*process, error) {
	var pipes [3][2]*os.File
	shut := func(end int) {
		for _, p := range pipes {
			if p[end] != nil {
				_ = p[end].Close()
			}
		}
	}
	for i := range pipes {
		r, w, err := os.Pipe()
		if err != nil {
			shut(0)
			shut(1)
			return nil, fmt.Errorf("terminal: make a pipe: %w", err)
		}
		pipes[i] = [2]*os.File{r, w}
	}
	pipes[0] = [2]*os.File{pipes[0][1], pipes[0][0]} // the first end is ours
	cmd := exec.Command(command[0], command[1:]...)  //nolint:gosec // as the configuration says, which no order can change
	cmd.Stdin, cmd.Stdout, cmd.Stderr = pipes[0][1], pipes[1][1], pipes[2][1]
	cmd.Dir, cmd.Env = dir, []string{"PATH=/usr/bin:/bin", "LANG=C.UTF-8", "HOME=" + dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	err := cmd.Start()
	shut(1)
	if err != nil {
		shut(0)
		return nil, fmt.Errorf("terminal: start %s: %w", command[0], err)
	}
	p := &process{cmd: cmd, in: pipes[0][0], said: make(chan heard, 16), quit: make(chan struct{}), log: log}
	go p.watch(pipes[1][0], pipes[2][0])
	return p, nil
}

// watch waits until the process is gone, and ends what it has started.
func (p *process) watch(out, diagnostics *os.File) {
	read := make(chan struct{}, 2)
	go func() { p.listen(out); read <- struct{}{} }()
	go func() { p.complain(diagnostics); read <- struct{}{} }()
	for errors.Is(unix.Waitid(unix.P_PID, p.cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil), unix.EINTR) {
	}
	p.kill() // its group: as long as it is not waited for its number is nobody else's
	p.mu.Lock()
	p.over = true
	err := p.cmd.Wait()
	p.mu.Unlock()
	for _, f := range []*os.File{out, diagnostics} {
		_ = f.SetReadDeadline(time.Now().Add(drainWithin)) // what it has started elsewhere may hold them open
	}
	close(p.quit)
	<-read
	<-read
	_, _, _ = out.Close(), diagnostics.Close(), p.in.Close()
	p.log.Warn("terminal: the adapter has ended", "how", how(err))
	close(p.said)
}

func how(err error) string {
	if err == nil {
		return "exit status 0"
	}
	return err.Error()
}

// listen passes on what the process says, line by line.
func (p *process) listen(from io.Reader) {
	r := bufio.NewReaderSize(from, MaxLine)
	for {
		line, err := r.ReadSlice('\n')
		h := heard{line: append([]byte(nil), line...)}
		for n := 1; errors.Is(err, bufio.ErrBufferFull); n++ { // the rest of it is passed over
			h.line, h.err = nil, errHuge
			if n%hugeEvery == 0 { // it may have no end
				p.pass(h)
			}
			_, err = r.ReadSlice('\n')
		}
		if err != nil && h.err == nil {
			h.err = errHalf
		}
		if err == nil || len(line) > 0 {
			p.pass(h)
		}
		if err != nil {
			return
		}
	}
}

// pass waits until a line is taken: a process that says too much has to wait, too.
func (p *process) pass(h heard) {
	select {
	case p.said <- h:
		return
	default:
	}
	select {
	case p.said <- h:
	case <-p.quit:
		select {
		case p.said <- h:
		case <-time.After(drainWithin):
		}
	}
}

// complain writes what the process says on its standard error into the log: within a budget, and without anything that looks like a card's
// number.
func (p *process) complain(from io.Reader) {
	r := bufio.NewReaderSize(from, MaxLine)
	budget, unsaid := bucket{most: errorBurst, every: errorEvery}, 0
	for {
		line, err := r.ReadSlice('\n')
		text := plain(line)
		for errors.Is(err, bufio.ErrBufferFull) {
			p.rest()
			_, err = r.ReadSlice('\n')
		}
		switch {
		case text == "":
			p.rest()
		case !budget.take(time.Now()):
			unsaid++
			p.rest()
		default:
			p.log.Info("terminal: the adapter says", "text", text, "lines_left_out", unsaid)
			unsaid = 0
		}
		if err != nil {
			return
		}
	}
}

// rest lets whoever complains without end wait.
func (p *process) rest() {
	select {
	case <-p.quit:
	case <-time.After(errorPause):
	}
}

// plain is a line of text that may stand in the log.
func plain(line []byte) string {
	text := strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r < ' ' || r > '~':
			return '?'
		}
		return r
	}, strings.TrimSpace(string(line)))
	text = Masked(text)
	return text[:min(len(text), errorLine)]
}

func (p *process) lines() <-chan heard { return p.said }

// write gives the process a line. A line is shorter than what a pipe takes whole, so nothing of it has arrived where none was written.
func (p *process) write(line []byte) (unsent bool, err error) {
	_ = p.in.SetWriteDeadline(time.Now().Add(writeWithin))
	n, err := p.in.Write(line)
	return err != nil && n == 0, err
}

// kill ends the process and what it has started.
func (p *process) kill() { p.signal(syscall.SIGKILL) }

func (p *process) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over {
		_ = syscall.Kill(-p.cmd.Process.Pid, s) // it may be gone already
	}
}

// stop asks the process to end: its input does, and a signal says so. It returns once it is gone.
func (p *process) stop() {
	_ = p.in.Close()
	p.signal(syscall.SIGTERM)
	late := time.AfterFunc(stopWithin, p.kill)
	defer late.Stop()
	for range p.said { // until it is gone
	}
}
