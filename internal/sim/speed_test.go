package sim_test

import (
	"context"
	"testing"
	"time"

	"go.bug.st/serial"

	"lockerd/internal/sim"
)

// A host that opens the port at another speed than the line's hears nothing that makes sense, and neither do the boards.
func TestALineHasASpeed(t *testing.T) {
	query, answer := unhex(t, "80 01 01 33 B3"), "80 01 01 11 91"
	for _, tt := range []struct {
		baud  int
		heard bool
	}{{9600, true}, {19200, false}, {4800, false}, {115200, false}, {9600, true}} {
		pty, err := sim.OpenPTY()
		if err != nil {
			t.Fatal(err)
		}
		line := sim.NewLine(9600, sim.Board{Address: 1, Locks: 2})
		ctx, unplug := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- line.Run(ctx, pty) }()
		port, err := serial.Open(pty.Path(), &serial.Mode{BaudRate: tt.baud})
		if err != nil {
			t.Fatal(err)
		}
		if got := pty.Speed(); got != tt.baud {
			t.Errorf("want %d baud, got %d", tt.baud, got)
		}
		if err := port.SetReadTimeout(300 * time.Millisecond); err != nil {
			t.Fatal(err)
		}
		if _, err := port.Write(query); err != nil {
			t.Fatal(err)
		}
		var got []byte
		for buf := make([]byte, 64); ; {
			n, err := port.Read(buf)
			if n == 0 || err != nil {
				break
			}
			got = append(got, buf[:n]...)
		}
		if heard := string(got) == string(unhex(t, answer)); heard != tt.heard {
			t.Errorf("%d baud: heard % X", tt.baud, got)
		}
		_ = port.Close()
		unplug()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
