package lockboard

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"
)

const (
	// readSlice is how long a Read waits on a silent line. Waking up for nothing is much of what an idle cabinet costs.
	readSlice = 10 * time.Second
	// writeWithin is how long the kernel may take to send a frame; ten bytes take 83 ms at 1200 baud.
	writeWithin = 500 * time.Millisecond
)

// ErrInUse says that another process has the port open.
var ErrInUse = errors.New("another process uses it")

// errUnplugged is a device that can be read and has nothing to say, for ever.
var errUnplugged = errors.New("the device is gone")

// Port is a serial port that keeps these promises, none of which the library or the kernel makes:
//
//   - a Read without bytes returns 0 and nil after 10 s, or as Attend says: zero means silence, so no io.ReadFull and no
//     bufio on it. It holds no thread meanwhile;
//   - a Write returns within half a second, and when it returns nil the bytes have left; what could not leave is thrown
//     away, as an unlock that leaves late opens for nobody;
//   - neither touches the descriptor after Close, when it may be another file's;
//   - after our own Close the error is os.ErrClosed, after anything else it is not;
//   - nobody else who asks has the port open, another lockerd run by root included;
//   - no child process inherits it, or a replugged adapter would get another name.
type Port struct {
	path   string
	baud   int
	closed atomic.Bool
	slice  atomic.Int64 // how long a Read waits, in nanoseconds; 0: readSlice

	reading sync.Mutex // over Read and the end of Close
	serial  serial.Port

	writing sync.Mutex // over Write, Arrived and Close
	// fd is a descriptor of our own on the same device. It holds the lock and never blocks: the library's would block a
	// Write for ever, and its Read would hold a thread.
	fd   int
	file *os.File        // the same, as the runtime's poller waits for it
	raw  syscall.RawConn // the file's
	pins pins            // nil where the line is turned round without us

	taking sync.Mutex // over taken, and whatever takes bytes from the kernel
	taken  uint64     // bytes that Read has given
}

// OpenPort opens a serial port at 8N1. A path that is a link is followed anew each time.
func OpenPort(path string, baud int) (*Port, error) { return openPort(path, baud, ByAdapter) }

func openPort(path string, baud int, direction string) (*Port, error) {
	device, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, fmt.Errorf("lockboard: open %s: %w", path, err)
	}
	fd, err := unix.Open(device, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("lockboard: open %s: %w", path, err)
	}
	p := &Port{path: path, baud: baud, fd: fd, file: os.NewFile(uintptr(fd), device)}
	if err := p.setUp(device, baud, direction); err != nil {
		if p.serial != nil {
			_ = p.serial.Close()
		}
		_ = p.file.Close()
		return nil, fmt.Errorf("lockboard: open %s: %w", path, err)
	}
	return p, nil
}

func (p *Port) setUp(device string, baud int, direction string) error {
	// TIOCEXCL, which the library sets, does not stop root.
	if err := unix.Flock(p.fd, unix.LOCK_EX|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
		return ErrInUse
	} else if err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	if direction == ByKernel { // before the library raises RTS by opening the device
		if err := turnByKernel(p.fd); err != nil {
			return err
		}
	}
	var err error
	if p.serial, err = openQuietly(device, baud); err != nil {
		return err
	}
	switch direction {
	case "", ByAdapter, ByKernel:
	case ByRTS:
		if p.pins, err = turnByHand(device, p.fd); err != nil {
			return err
		}
	default:
		return fmt.Errorf("direction %q: is %q, %q or %q", direction, ByAdapter, ByKernel, ByRTS)
	}
	if err := p.serial.ResetInputBuffer(); err != nil { // what was said to nobody
		return fmt.Errorf("discard old input: %w", err)
	}
	if p.raw, err = p.file.SyscallConn(); err != nil {
		return err
	}
	return p.file.SetReadDeadline(time.Time{}) // fails where the poller does not know such a device
}

// openQuietly opens the library's port so that no child process gets its descriptor: the library opens it without
// O_CLOEXEC.
func openQuietly(device string, baud int) (serial.Port, error) {
	syscall.ForkLock.RLock() // no child is started in between
	defer syscall.ForkLock.RUnlock()
	s, err := serial.Open(device, &serial.Mode{BaudRate: baud})
	if err != nil {
		return nil, err
	}
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return s, fmt.Errorf("find its descriptor: %w", err)
	}
	for _, e := range fds {
		fd, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if target, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && target == device {
			unix.CloseOnExec(fd)
		}
	}
	return s, nil
}

// Attend lets a Read wait no longer than d, for whoever must notice a shorter silence than 10 s; 0 is as before.
func (p *Port) Attend(d time.Duration) { p.slice.Store(int64(d)) }

// Read returns what has come, or 0 and nil when nothing has for 10 s, or as Attend says.
func (p *Port) Read(b []byte) (int, error) {
	p.reading.Lock()
	defer p.reading.Unlock()
	if p.closed.Load() {
		return 0, fmt.Errorf("lockboard: read %s: %w", p.path, os.ErrClosed)
	}
	n, err := p.wait(b, time.Now().Add(cmp.Or(time.Duration(p.slice.Load()), readSlice)))
	switch {
	case n == 0 && p.closed.Load(): // meanwhile: Close has ended the wait
		return 0, fmt.Errorf("lockboard: read %s: %w", p.path, os.ErrClosed)
	case err != nil:
		return n, fmt.Errorf("lockboard: read %s: %w", p.path, err)
	}
	return n, nil
}

// wait takes what has come, or waits for it.
func (p *Port) wait(b []byte, until time.Time) (n int, err error) {
	if err := p.file.SetReadDeadline(until); err != nil {
		return 0, err
	}
	if p.closed.Load() { // before the deadline was set: Close's own is gone
		return 0, nil
	}
	waited := p.raw.Read(func(uintptr) bool {
		n, err = p.take(b)
		return n > 0 || err != nil
	})
	if err == nil && !errors.Is(waited, os.ErrDeadlineExceeded) {
		err = waited
	}
	return n, err
}

// take takes what the kernel has.
func (p *Port) take(b []byte) (int, error) {
	p.taking.Lock()
	defer p.taking.Unlock()
	n, err := unix.Read(p.fd, b)
	switch {
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
		return 0, nil
	case err != nil:
		return 0, err
	case n == 0: // so Linux says it
		return 0, errUnplugged
	}
	p.taken += uint64(n)
	return n, nil
}

// Arrived is how many bytes have come since the port was opened: those that Read has given, and those that wait for it.
func (p *Port) Arrived() (uint64, error) {
	p.writing.Lock()
	defer p.writing.Unlock()
	if p.closed.Load() {
		return 0, fmt.Errorf("lockboard: look at %s: %w", p.path, os.ErrClosed)
	}
	p.taking.Lock()
	defer p.taking.Unlock()
	waiting, err := unix.IoctlGetInt(p.fd, unix.TIOCINQ)
	if err != nil {
		return 0, fmt.Errorf("lockboard: look at %s: %w", p.path, err)
	}
	return p.taken + uint64(max(waiting, 0)), nil
}

// Write sends a frame. Where it returns an error, the count says how many bytes may have left.
func (p *Port) Write(b []byte) (int, error) {
	p.writing.Lock()
	defer p.writing.Unlock()
	if p.closed.Load() {
		return 0, fmt.Errorf("lockboard: write %s: %w", p.path, os.ErrClosed)
	}
	n, err := p.talk(b)
	if err != nil {
		return n, fmt.Errorf("lockboard: write %s: %w", p.path, err)
	}
	return n, nil
}

// talk has the line to itself for as long as a frame takes.
func (p *Port) talk(b []byte) (sent int, err error) {
	if p.pins != nil {
		if err := p.pins.talk(true); err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, p.pins.talk(false)) }()
	}
	sent, err = p.send(b, time.Now().Add(writeWithin))
	if err != nil {
		_ = unix.IoctlSetInt(p.fd, unix.TCFLSH, unix.TCOFLUSH)
	}
	return sent, err
}

func (p *Port) send(b []byte, until time.Time) (sent int, err error) {
	began := time.Now()
	for sent < len(b) {
		n, err := unix.Write(p.fd, b[sent:])
		sent += max(n, 0)
		switch {
		case err == nil && n > 0, errors.Is(err, unix.EINTR):
		case err == nil, errors.Is(err, unix.EAGAIN):
			if err := p.room(until); err != nil {
				return sent, err
			}
		default:
			return sent, err
		}
	}
	pause := time.Millisecond
	if p.pins != nil {
		pause = emptyPoll
	}
	gone := began
	if p.baud > 0 { // nothing has left before, and nobody needs to look
		gone = began.Add(time.Duration(len(b)) * 10 * time.Second / time.Duration(p.baud))
	}
	for {
		if drained, err := p.drained(); drained || err != nil {
			return sent, err
		}
		left := time.Until(until)
		if left <= 0 {
			return sent, os.ErrDeadlineExceeded
		}
		time.Sleep(min(left, max(pause, time.Until(gone))))
	}
}

// drained says whether all bytes have left: what the kernel holds has not, and neither, where we turn the line round, what
// the port itself still shifts out.
func (p *Port) drained() (bool, error) {
	left, err := unix.IoctlGetInt(p.fd, unix.TIOCOUTQ)
	if err != nil || left > 0 || p.pins == nil {
		return left == 0, err
	}
	return p.pins.empty()
}

// room waits until the kernel takes bytes again, or the device is gone. It looks once in any case.
func (p *Port) room(until time.Time) error {
	for {
		left := max(0, time.Until(until))
		fds := []unix.PollFd{{Fd: int32(p.fd), Events: unix.POLLOUT}}
		n, err := unix.Poll(fds, int((left+time.Millisecond-1)/time.Millisecond))
		switch {
		case err != nil && !errors.Is(err, unix.EINTR):
			return err
		case n > 0:
			return nil
		case left == 0:
			return os.ErrDeadlineExceeded
		}
	}
}

// Close ends a Read under way and closes the port once a Write under way has returned. It throws away what has not been sent:
// the kernel would wait for it, and it would come late.
func (p *Port) Close() error {
	if p.closed.Swap(true) {
		return nil
	}
	p.writing.Lock()
	defer p.writing.Unlock()
	_ = p.file.SetReadDeadline(time.Unix(1, 0)) // long ago
	p.reading.Lock()
	defer p.reading.Unlock()
	_ = unix.IoctlSetInt(p.fd, unix.TCFLSH, unix.TCOFLUSH) // an unplugged device cannot
	if err := errors.Join(p.serial.Close(), p.file.Close()); err != nil {
		return fmt.Errorf("lockboard: close %s: %w", p.path, err)
	}
	return nil
}
