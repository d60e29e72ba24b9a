package lockboard_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"lockerd/internal/lockboard"
)

// server is a serial server with little room for what it has not read yet.
func server(t *testing.T) net.Listener {
	t.Helper()
	small := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var err error
		control := c.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, 4096) })
		return errors.Join(control, err)
	}}
	l, err := small.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// dialled is both ends of a line over a network: of a serial server ("tcp") or of a gateway ("modbus-tcp").
func dialled(t *testing.T, scheme string) (line io.ReadWriteCloser, far net.Conn) {
	t.Helper()
	l := server(t)
	line, err := lockboard.OpenLine(t.Context(), lockboard.LineConfig{Port: scheme + "://" + l.Addr().String(), Baud: 9600})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = line.Close() })
	if far, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = far.Close() })
	return line, far
}

func TestTCPCarriesBytes(t *testing.T) {
	t.Parallel()
	line, far := dialled(t, "tcp")
	if n, err := line.Write([]byte("request")); n != 7 || err != nil {
		t.Fatalf("write: %d, %v", n, err)
	}
	if got := hear(t, far, 7); got != "request" {
		t.Errorf("the board heard %q", got)
	}
	if _, err := far.Write([]byte("answer")); err != nil {
		t.Fatal(err)
	}
	if got := hear(t, line, 6); got != "answer" {
		t.Errorf("we heard %q", got)
	}
}

// What has arrived is counted whether it was read or not.
func TestTCPCountsWhatHasArrived(t *testing.T) {
	t.Parallel()
	line, far := dialled(t, "tcp")
	for i, piece := range []string{"one", "two"} {
		if _, err := far.Write([]byte(piece)); err != nil {
			t.Fatal(err)
		}
		awaitArrived(t, line, uint64(3*(i+1)))
		if got := hear(t, line, 3); got != piece {
			t.Errorf("heard %q", got)
		}
		awaitArrived(t, line, uint64(3*(i+1)))
	}
}

func TestTCPHungUpIsNotClosed(t *testing.T) {
	t.Parallel()
	line, far := dialled(t, "tcp")
	if err := far.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := line.Read(make([]byte, 8))
	if err == nil || errors.Is(err, os.ErrClosed) || !strings.Contains(err.Error(), "hung up") {
		t.Errorf("want an error that says so, got %v", err)
	}
}

func TestTCPCloseEndsRead(t *testing.T) {
	t.Parallel()
	line, _ := dialled(t, "tcp")
	read := make(chan error)
	go func() {
		_, err := line.Read(make([]byte, 8))
		read <- err
	}()
	if err := line.Close(); err != nil {
		t.Error(err)
	}
	if err := <-read; !errors.Is(err, os.ErrClosed) {
		t.Errorf("read: want os.ErrClosed, got %v", err)
	}
	if n, err := line.Write([]byte{1}); n != 0 || !errors.Is(err, os.ErrClosed) {
		t.Errorf("write: want 0 and os.ErrClosed, got %d and %v", n, err)
	}
	if err := line.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

// What a server does not confirm may have left, but it is not sent again and does not arrive late.
func TestTCPUnconfirmedNeverArrivesLate(t *testing.T) {
	t.Parallel()
	line, far := dialled(t, "tcp")
	all := make([]byte, 64<<10) // our kernel has room for that, the server's has not
	n, err := line.Write(all)
	if n != len(all) || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("write: want all bytes and os.ErrDeadlineExceeded, got %d and %v", n, err)
	}
	if got, err := io.Copy(io.Discard, far); err == nil || got >= int64(len(all)) {
		t.Errorf("the server got %d of %d bytes, %v", got, len(all), err)
	}
	if n, err := line.Write([]byte{1}); n != 0 || err == nil {
		t.Errorf("second write: want an error, got %d bytes", n)
	}
}

func TestTCPErrorsNameTheServer(t *testing.T) {
	t.Parallel()
	shut := server(t)
	if err := shut.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []lockboard.LineConfig{
		{Port: "tcp://" + shut.Addr().String()},
		{Port: "tcp://192.0.2.1"},
		{Port: "tcp://:4001"},
		{Port: "tcp://" + shut.Addr().String(), Direction: lockboard.ByRTS},
	} {
		line, err := lockboard.OpenLine(t.Context(), c)
		if err == nil || line != nil || !strings.Contains(err.Error(), c.Port) {
			t.Errorf("open %+v: got %v", c, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := lockboard.LineConfig{Port: "tcp://192.0.2.1:4001"}
	if _, err := lockboard.OpenLine(ctx, c); !errors.Is(err, context.Canceled) {
		t.Errorf("open after cancel: %v", err)
	}
}
