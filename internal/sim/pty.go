package sim

import (
	"errors"
	"fmt"
	"os"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// PTY is a serial port without metal: the simulator speaks on it, and Path is what somebody else opens. It outlives
// those who open it, and closing it unplugs them.
type PTY struct {
	master *os.File
	// tty is held open, or the master could not be read while nobody else has it open.
	tty *os.File
}

// OpenPTY makes a serial port.
func OpenPTY() (*PTY, error) {
	master, tty, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("sim: open pty: %w", err)
	}
	p := &PTY{master: master, tty: tty}
	if err := p.control(raw); err != nil {
		return nil, errors.Join(fmt.Errorf("sim: set up pty: %w", err), p.Close())
	}
	return p, nil
}

// raw takes away what a terminal does for people: echo, lines, signals.
func raw(fd int) error {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(fd, unix.TCSETS, t)
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

// Path is the port's name for those who open it.
func (p *PTY) Path() string { return p.tty.Name() }

// Read returns what was written to the port.
func (p *PTY) Read(b []byte) (int, error) {
	n, err := p.master.Read(b)
	// Whoever opened the port has set it exclusive. As we hold it too, that would outlive a kill -9 and keep the next
	// one out.
	_ = p.control(func(fd int) error { return unix.IoctlSetInt(fd, unix.TIOCNXCL, 0) })
	return n, err
}

// Write lets bytes arrive at the port.
func (p *PTY) Write(b []byte) (int, error) { return p.master.Write(b) }

// Close unplugs the port.
func (p *PTY) Close() error { return errors.Join(p.master.Close(), p.tty.Close()) }
