package sim

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// PTY is a simulated serial port: the simulator uses it directly, and Path is what programs open. It outlives those who open
// it, and closing it unplugs them.
type PTY struct {
	master *os.File
	// tty is held open, since otherwise the master could not be read while nobody else has it open.
	tty    *os.File
	once   sync.Once
	closed chan struct{}
}

// shareEvery is how soon after a kill -9 the port can be opened again.
const shareEvery = 100 * time.Millisecond

// OpenPTY makes a serial port.
func OpenPTY() (*PTY, error) {
	p, err := OpenOwnPTY()
	if err == nil {
		go p.share()
	}
	return p, err
}

// OpenOwnPTY makes a serial port that this process alone opens: nobody needs to be let in after a kill -9.
func OpenOwnPTY() (*PTY, error) {
	master, tty, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("sim: open pty: %w", err)
	}
	p := &PTY{master: master, tty: tty, closed: make(chan struct{})}
	if err := p.control(raw); err != nil {
		return nil, errors.Join(fmt.Errorf("sim: set up pty: %w", err), p.Close())
	}
	return p, nil
}

// share keeps the port open to everybody until it is closed. A program that opens it makes it exclusive; since we hold it
// too, that would survive a kill -9, and keep out the next program that is not root's.
func (p *PTY) share() {
	tick := time.NewTicker(shareEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_ = p.control(func(fd int) error { return unix.IoctlSetInt(fd, unix.TIOCNXCL, 0) })
		case <-p.closed:
			return
		}
	}
}

// raw switches off a terminal's features for people: echo, line editing, signals.
func raw(fd int) error {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	t.Cflag = t.Cflag&^unix.CBAUD | unix.B50
	return unix.IoctlSetTermios(fd, unix.TCSETS, t)
}

// Unread is how many bytes are in the tty that nobody has read yet.
func (p *PTY) Unread() (n int) {
	_ = p.control(func(fd int) (err error) { // of a port that is closed: none
		n, err = unix.IoctlGetInt(fd, unix.TIOCINQ)
		return err
	})
	return n
}

// control runs f on the tty's descriptor without taking it from the runtime.
func (p *PTY) control(f func(fd int) error) error {
	conn, err := p.tty.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = conn.Control(func(fd uintptr) { failed = f(int(fd)) })
	return errors.Join(err, failed)
}

// noSpeed is a port's speed until somebody chooses one: no board has it.
const noSpeed = 50

// Speed is the speed that the last program that opened the port has chosen, in bits per second; 0: none.
func (p *PTY) Speed() (speed int) {
	err := p.control(func(fd int) error {
		t, err := unix.IoctlGetTermios(fd, unix.TCGETS2)
		if err == nil {
			speed = int(t.Ospeed)
		}
		return err
	})
	if err != nil || speed == noSpeed {
		return 0
	}
	return speed
}

// Path is the port's name for programs.
func (p *PTY) Path() string { return p.tty.Name() }

// Read returns what was written to the port.
func (p *PTY) Read(b []byte) (int, error) { return p.master.Read(b) }

// Write lets bytes arrive at the port.
func (p *PTY) Write(b []byte) (int, error) { return p.master.Write(b) }

// Close unplugs the port.
func (p *PTY) Close() error {
	p.once.Do(func() { close(p.closed) })
	return errors.Join(p.master.Close(), p.tty.Close())
}
