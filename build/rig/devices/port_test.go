package devices_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"lockerd/internal/lockboard"
)

func openPort(t *testing.T, path string) *lockboard.Port {
	t.Helper()
	p, err := lockboard.OpenPort(path, 9600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() }) // of one that was unplugged it may fail
	return p
}

// hear reads until n bytes have come.
func hear(t *testing.T, r io.Reader, n int) []byte {
	t.Helper()
	var got []byte
	buf := make([]byte, 512)
	for len(got) < n {
		k, err := r.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, buf[:k]...)
	}
	return got
}

// TestPort: the promises of lockboard.Port on true serial ports.
func TestPort(t *testing.T) {
	plugACM(t)
	for _, test := range []struct{ name, port, end string }{
		{"FT232", ftdi, uart16},
		{"16550A", uart16, ftdi},
		{"ACM", acm, acmOther},
	} {
		t.Run(test.name, func(t *testing.T) {
			end := openEnd(t, test.end)
			defer end.Close()
			port := openPort(t, test.port)
			all := make([]byte, 256) // XON, XOFF, CR, DEL and their like too
			for i := range all {
				all[i] = byte(i)
			}
			if n, err := port.Write(all); n != len(all) || err != nil {
				t.Fatalf("write: %d, %v", n, err)
			}
			if got := hear(t, end, len(all)); !bytes.Equal(got, all) {
				t.Errorf("the board heard % X", got)
			}
			if _, err := end.Write(all); err != nil {
				t.Fatal(err)
			}
			if got := hear(t, port, len(all)); !bytes.Equal(got, all) {
				t.Errorf("we heard % X", got)
			}
			if n, err := port.Read(all); n != 0 || err != nil {
				t.Errorf("silence: want 0 and nil, got %d and %v", n, err)
			}
			t.Run("is ours", func(t *testing.T) { isOurs(t, test.port) })
			if err := port.Close(); err != nil {
				t.Error(err)
			}
			openPort(t, test.port)
		})
	}
}

// openAnother has this program only try to open a port.
const openAnother = "open"

// isOurs: no other process gets the port, by whatever name.
func isOurs(t *testing.T, port string) {
	device := behind(t, port)
	for _, name := range append(links(t, device), device) {
		cmd := exec.Command(os.Args[0])
		cmd.Env = []string{"LOCKERD_RIG=" + openAnother, "PORT=" + name}
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "another process uses it") {
			t.Errorf("%s: want that another process uses it, got %v: %s", name, err, out)
		}
	}
}

// TestPortUnplugged: what a Read and a Write say whose adapter is pulled, and that they say it at once.
func TestPortUnplugged(t *testing.T) {
	t.Run("while reading", func(t *testing.T) {
		g := plugACM(t)
		port := openPort(t, acm)
		ended := make(chan error)
		go func() {
			for {
				if _, err := port.Read(make([]byte, 8)); err != nil {
					ended <- err
					return
				}
			}
		}()
		g.unplug()
		wantGone(t, receive(t, ended))
		if n, err := port.Write([]byte{1}); n != 0 {
			t.Errorf("write: want nothing sent, got %d, %v", n, err)
		} else {
			wantGone(t, err)
		}
	})
	t.Run("while writing", func(t *testing.T) {
		g := plugACM(t)
		port := openPort(t, acm)
		ended := make(chan error)
		go func() {
			for {
				// Nobody reads at the other end.
				if _, err := port.Write(make([]byte, 64<<10)); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
					ended <- err
					return
				}
			}
		}()
		g.unplug()
		wantGone(t, receive(t, ended))
	})
}

func wantGone(t *testing.T, err error) {
	t.Helper()
	t.Log(err)
	if err == nil || errors.Is(err, os.ErrClosed) {
		t.Errorf("want an error that is not os.ErrClosed, got %v", err)
	}
}
