package main_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	lockersim "lockerd/cmd/lockersim"
	"lockerd/internal/sim"
)

// bareShop is a bench with the cabinet that is to be set up, and the address of its serial server.
func bareShop(t *testing.T) (s *shop, server string) {
	t.Helper()
	server, err := sim.FreeAddress()
	fatal(t, err)
	return buildShop(t, lockersim.BarePlan(), server), server
}

// Hands on a cabinet with two lines go by the numbers on its doors, wherever their locks are.
func TestHandsOnSeveralLines(t *testing.T) {
	s, _ := bareShop(t)
	doors := get[lockersim.State](s, "state").Doors
	locks, boards := map[string]int{}, map[int]bool{}
	for _, d := range doors {
		locks[fmt.Sprint(d.Line, d.Board, d.Channel)] = d.Number
		boards[d.Board] = true
	}
	if len(locks) != len(doors) || len(boards) != 3 {
		t.Fatalf("doors share a lock, or a board has none: %v", locks)
	}
	for i := range doors {
		s.post(fmt.Sprintf("doors/%d/force", i+1), "")
		for j, d := range get[lockersim.State](s, "state").Doors {
			if want := j <= i; d.Open != want {
				t.Fatalf("door %d forced: door %d open: %v", i+1, j+1, d.Open)
			}
		}
	}
	s.post("boards/3/dead", "")
	s.post("lines/right/noise", "")
	st := get[lockersim.State](s, "state")
	if b := st.Boards[2]; !b.Dead || b.Line != "right" || b.Family != "8A" || st.Boards[0].Dead {
		t.Errorf("boards: %+v", st.Boards)
	}
	if st.Lines[0].Noise || !st.Lines[1].Noise {
		t.Errorf("lines: %+v", st.Lines)
	}
}

// The bytes are those of the vendor's text (CSDN u012909822/147892413); the contacts are open while the locks are closed.
func TestBoardBehindAServer(t *testing.T) {
	s, server := bareShop(t)
	query, want := []byte{0x80, 3, 0, 0x33, 0xB0}, []byte{0x80, 3, 0, 0, 0, 0x33, 0xB0}
	dial := func() (answer []byte, err error) {
		c, err := net.Dial("tcp", server)
		if err != nil {
			return nil, err
		}
		defer c.Close()
		if _, err := c.Write(query); err != nil {
			return nil, err
		}
		answer = make([]byte, len(want))
		fatal(t, c.SetReadDeadline(time.Now().Add(5*time.Second)))
		_, err = io.ReadFull(c, answer)
		return answer, err
	}
	until(t, "the board answers", func() bool {
		answer, err := dial()
		return err == nil && bytes.Equal(answer, want)
	})
	frames := get[lockersim.Page[lockersim.Frame]](s, "frames").Items
	if f := frames[0]; f.Line != "right" || f.Says != "how are the locks of board 3?" || !f.Poll {
		t.Errorf("frame: %+v", f)
	}
	// Lock 12 holds no door: it is pulsed, and its contact stays as it was.
	c, err := net.Dial("tcp", server)
	fatal(t, err)
	t.Cleanup(func() { c.Close() })
	_, err = c.Write([]byte{0x8A, 3, 12, 0x11, 0x94})
	fatal(t, err)
	answer := make([]byte, 5)
	fatal(t, c.SetReadDeadline(time.Now().Add(time.Minute)))
	_, err = io.ReadFull(c, answer)
	fatal(t, err)
	if want := []byte{0x8A, 3, 12, 0, 0x85}; !bytes.Equal(answer, want) {
		t.Errorf("want % X, got % X", want, answer)
	}
	if pulses := get[map[int][]time.Time](s, "pulses"); len(pulses[0]) != 1 {
		t.Errorf("pulses: %v", pulses)
	}
	s.post("lines/right/unplug", "")
	until(t, "nobody listens", func() bool { _, err := dial(); return err != nil })
	s.post("lines/right/unplug", `{"on":false}`)
	until(t, "the board answers again", func() bool { _, err := dial(); return err == nil })
}

// Of a bare cabinet lockerd is told the ports, and nothing of what hangs on them.
func TestBareConfiguration(t *testing.T) {
	for _, bare := range []bool{true, false} {
		plan := lockersim.Plan()
		if bare {
			plan = lockersim.BarePlan()
		}
		text, err := lockersim.Settings{Plan: plan, Ports: map[string]string{
			"main": "/dev/main", "left": "/dev/left", "right": "tcp://127.0.0.1:4001",
		}}.Text()
		fatal(t, err)
		got := string(text)
		if doors := strings.Contains(got, "[[door]]") || strings.Contains(got, "[[bus.board]]"); doors == bare {
			t.Errorf("bare %v: boards and doors: %v", bare, doors)
		}
		if lines := strings.Count(got, "[[bus]]"); lines != len(plan.Lines) {
			t.Errorf("bare %v: %d lines", bare, lines)
		}
	}
	o := lockersim.Options{Bare: true, Dir: filepath.Join(t.TempDir(), "c"), Server: "0.0.0.0:4001", NoDaemon: true}
	if err := lockersim.Run(t.Context(), o, t.Output()); err == nil || !strings.Contains(err.Error(), "loopback") {
		t.Errorf("a serial server that others can reach: %v", err)
	}
}
