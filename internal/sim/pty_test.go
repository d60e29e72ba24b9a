package sim_test

import (
	"context"
	"io"
	"os/exec"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"lockerd/internal/sim"
)

// Whoever has the port open and is killed leaves it exclusive: the next one, not being root, could not open it.
func TestPTYSurvivesItsUser(t *testing.T) {
	p, err := sim.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	user, err := unix.Open(p.Path(), unix.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetInt(user, unix.TIOCEXCL, 0); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := unix.Write(user, []byte("hello")); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 5)
		if _, err := io.ReadFull(p, got); err != nil || string(got) != "hello" {
			t.Fatalf("read %q, %v", got, err)
		}
		for exclusive := 1; exclusive != 0; {
			if exclusive, err = unix.IoctlGetInt(user, unix.TIOCGEXCL); err != nil || t.Context().Err() != nil {
				t.Fatal("the port stays exclusive", err)
			}
			runtime.Gosched()
		}
		_ = unix.Close(user) // the other end stays
		if user, err = unix.Open(p.Path(), unix.O_RDWR|unix.O_NOCTTY, 0); err != nil {
			t.Fatal(err)
		}
	}
	_ = unix.Close(user)
}

func TestPTYClosesWhileRead(t *testing.T) {
	p, err := sim.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- sim.NewLine(9600).Run(ctx, p) }()
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("want nil, got %v", err)
	}
	if out, err := exec.CommandContext(t.Context(), "ls", p.Path()).CombinedOutput(); err == nil {
		t.Errorf("the port is still there: %s", out)
	}
}
