package sim_test

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"lockerd/internal/sim"
)

func dial(t *testing.T, p *sim.TCP) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(p.Path(), "tcp://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// asksOver sends a query to a board behind a serial server and wants its answer.
func asksOver(t *testing.T, c net.Conn) {
	t.Helper()
	got := make([]byte, 5)
	_, err := c.Write(unhex(t, query1))
	if err == nil {
		_, err = io.ReadFull(c, got)
	}
	if err != nil || string(got) != string(unhex(t, isShut1)) {
		t.Fatalf("want %s, got % X, %v", isShut1, got, err)
	}
}

// A client that leaves makes room for the next; a client that comes takes the line from the one before; unplugged and
// plugged in again, the server is at the same address.
func TestSerialServer(t *testing.T) {
	line := sim.NewLine(0, sim.Board{Address: 1, Locks: 1})
	address, err := sim.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		p, err := sim.OpenTCP(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Address(); got != address {
			t.Errorf("want it at %s, got %s", address, got)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- line.Run(ctx, p) }()
		line.Say([]byte("nobody hears"))
		first := dial(t, p)
		asksOver(t, first)
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		second := dial(t, p)
		asksOver(t, second)
		third := dial(t, p)
		asksOver(t, third)
		if n, err := second.Read(make([]byte, 1)); err == nil {
			t.Errorf("the second still has the line: read %d bytes", n)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run after cancel: want nil, got %v", err)
		}
		if n, err := third.Read(make([]byte, 1)); err == nil {
			t.Errorf("the third still has the line: read %d bytes", n)
		}
		if c, err := net.Dial("tcp", address); err == nil {
			t.Error("unplugged, and it can be dialled")
			_ = c.Close()
		}
	}
}

func TestSerialServerClosesWhileNobodyDials(t *testing.T) {
	p, err := sim.OpenTCP("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- sim.NewLine(0).Run(ctx, p) }()
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("want nil, got %v", err)
	}
	if err := p.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
	if _, err := sim.OpenTCP("no address"); err == nil {
		t.Error("want an error")
	}
}
