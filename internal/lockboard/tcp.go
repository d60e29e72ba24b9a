package lockboard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// dialWithin is how long a serial server may take to accept us.
	dialWithin = 3 * time.Second
	// ackedWithin is how long it may take to confirm that it has a frame. A lost packet is sent again after 200 ms, and
	// again after 400 more: two may be lost.
	ackedWithin = time.Second
)

// keepAlive notices a server that lost its power without a word within 25 s.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3}

// tcpLine is the line of a serial server. A Write returns nil once the server's kernel has confirmed every byte, and
// otherwise breaks the connection, so that nothing which is still on its way is sent again: an unlock that arrives late
// opens for nobody. What the server itself holds back is beyond us.
type tcpLine struct {
	name string
	conn *net.TCPConn

	writing sync.Mutex // over Write
}

// dialLine connects to host:port.
func dialLine(ctx context.Context, server string) (*tcpLine, error) {
	name := tcpScheme + server
	if host, port, err := net.SplitHostPort(server); err != nil || host == "" || port == "" {
		return nil, fmt.Errorf("lockboard: open %s: want tcp://host:port", name)
	}
	dialer := net.Dialer{Timeout: dialWithin, KeepAliveConfig: keepAlive}
	conn, err := dialer.DialContext(ctx, "tcp", server)
	if err != nil {
		return nil, fmt.Errorf("lockboard: open %s: %w", name, err)
	}
	l := &tcpLine{name: name, conn: conn.(*net.TCPConn)}
	// No waiting for more bytes to fill a packet; and a Close forgets what has not been confirmed.
	if err := errors.Join(l.conn.SetNoDelay(true), l.conn.SetLinger(0)); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("lockboard: open %s: %w", name, err)
	}
	return l, nil
}

// Read waits for what comes. Close ends it.
func (l *tcpLine) Read(b []byte) (int, error) {
	n, err := l.conn.Read(b)
	switch {
	case errors.Is(err, io.EOF):
		err = errors.New("the serial server has hung up")
	case errors.Is(err, net.ErrClosed):
		err = os.ErrClosed
	}
	if err != nil {
		return n, fmt.Errorf("lockboard: read %s: %w", l.name, err)
	}
	return n, nil
}

// Arrived is how many bytes have come since we connected: those that Read has given, and those that wait for it.
func (l *tcpLine) Arrived() (n uint64, err error) {
	raw, err := l.conn.SyscallConn()
	if err != nil {
		return 0, fmt.Errorf("lockboard: look at %s: %w", l.name, err)
	}
	failed := error(nil)
	err = raw.Control(func(fd uintptr) {
		var info *unix.TCPInfo
		if info, failed = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); failed == nil {
			n = info.Bytes_received
		}
	})
	if err = errors.Join(err, failed); err != nil {
		return 0, fmt.Errorf("lockboard: look at %s: %w", l.name, err)
	}
	return n, nil
}

// Write sends a frame. Where it returns an error, the count says how many bytes may have left.
func (l *tcpLine) Write(b []byte) (int, error) {
	l.writing.Lock()
	defer l.writing.Unlock()
	until := time.Now().Add(ackedWithin)
	err := l.conn.SetWriteDeadline(until)
	n := 0
	if err == nil {
		n, err = l.conn.Write(b)
	}
	if err == nil {
		err = l.acked(until)
	}
	if errors.Is(err, net.ErrClosed) {
		err = os.ErrClosed
	}
	if err != nil {
		_ = l.conn.Close()
		return n, fmt.Errorf("lockboard: write %s: %w", l.name, err)
	}
	return n, nil
}

// acked waits until the server has confirmed all that was written.
func (l *tcpLine) acked(until time.Time) error {
	raw, err := l.conn.SyscallConn()
	if err != nil {
		return err
	}
	for {
		left, failed := 0, error(nil)
		err := raw.Control(func(fd uintptr) {
			left, failed = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ) // bytes not confirmed; tcp(7)
		})
		if err = errors.Join(err, failed); err != nil || left == 0 {
			return err
		}
		if !time.Now().Before(until) {
			return os.ErrDeadlineExceeded
		}
		time.Sleep(time.Millisecond)
	}
}

// Close breaks the connection.
func (l *tcpLine) Close() error {
	if err := l.conn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("lockboard: close %s: %w", l.name, err)
	}
	return nil
}
