package main

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"lockerd/internal/cabinet"
	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/sim"
)

// TestBoardTools: what a technician types before a running cabinet, and before one that is stopped.
func TestBoardTools(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	state := r.state()
	if len(state.Buses) != 1 || len(state.Doors) != len(r.metals) {
		t.Fatalf("got %+v", state)
	}
	bus := state.Buses[0]
	if len(bus.Boards) != 2 || bus.Boards[0].Answered == 0 || bus.Boards[0].Family != "8A" || bus.Boards[1].Lost {
		t.Errorf("boards: %+v", bus.Boards)
	}
	if d := state.Doors[0]; d.Door != 1 || d.State != locker.Closed || d.Lock == "" {
		t.Errorf("door: %+v", d)
	}
	if out, err := r.tool("board", "state"); err != nil || !strings.Contains(out, bus.Name) {
		t.Errorf("state: %v\n%s", err, out)
	}

	r.openedByHand()
	r.watched(bus.Name)
	r.traced(bus.Name)

	if out, err := r.tool("board", "scan", bus.Port); err == nil || !strings.Contains(out, "another process uses it") ||
		!strings.Contains(out, "systemctl stop lockerd") {
		t.Errorf("scan of a line in use: %v\n%s", err, out)
	}
	r.stop()
	for _, args := range [][]string{{"state"}, {"watch", bus.Name}, {"open", "1", "--by", "Ada"}} {
		out, err := r.tool(append([]string{"board"}, args...)...)
		if err == nil || !strings.Contains(out, "the daemon is not running") {
			t.Errorf("%q without a daemon: %v\n%s", args, err, out)
		}
	}
	r.scansBoards(bus.Port)
}

// scansBoards finds both boards, at the latest when the simulator is no longer held up by whatever else this machine does.
func (r *rig) scansBoards(port string) {
	r.t.Helper()
	want := []lockboard.Found{
		{Family: "8A", Address: 1, Channels: 24, Baud: 9600}, {Family: "8A", Address: 2, Channels: 24, Baud: 9600},
	}
	eventually(r.t, "both boards are found", func() bool {
		out, err := r.tool("board", "scan", port, "--family", "8A", "--baud", "9600", "--json")
		var found []lockboard.Found
		if err != nil || json.Unmarshal([]byte(out), &found) != nil {
			r.t.Fatalf("scan: %v\n%s", err, out)
		}
		return reflect.DeepEqual(found, want)
	})
}

// state is what the daemon tells of lines and doors.
func (r *rig) state() (s cabinet.LinesState) {
	r.t.Helper()
	out, err := r.tool("board", "state", "--json")
	if err == nil {
		err = json.Unmarshal([]byte(out), &s)
	}
	if err != nil {
		r.t.Fatalf("%v: %s", err, out)
	}
	return s
}

// inspectedOpen says of doors that they are empty, of which one stands open: it is named, and where it was asked for that is
// an error.
func (r *rig) inspectedOpen() {
	r.t.Helper()
	const why = "door 2 was not taken: the door stands open"
	out, err := r.tool("doors", "inspected", "--by", "Grace", "1", "2", "99")
	if err == nil || !strings.Contains(out, why) || !strings.Contains(out, "door 99 was not taken: no such door") ||
		!strings.Contains(out, "taken as empty: 1 ") {
		r.t.Errorf("inspected, named: %v\n%s", err, out)
	}
	out, err = r.tool("doors", "inspected", "--by", "Grace")
	if err != nil || !strings.Contains(out, why) {
		r.t.Errorf("inspected, all: %v\n%s", err, out)
	}
}

// openedByHand opens a door with the hand tool: one pulse, on record with who asked.
func (r *rig) openedByHand() {
	r.t.Helper()
	const door = 2
	before := r.pulses()
	out, err := r.tool("board", "open", "2", "--by", "Grace")
	if err != nil || !strings.Contains(out, "door 2: opened") {
		r.t.Errorf("open: %v\n%s", err, out)
	}
	if n := r.pulses() - before; n != 1 {
		r.t.Errorf("want one pulse, got %d", n)
	}
	r.cloud.await("who opened", func(c *cloud) bool {
		u, ok := c.last("unlock.requested", "by", "Grace")
		return ok && u.field("door") == "2" && u.field("why") == string(locker.WhyTech)
	})
	r.inspectedOpen()
	r.push(door)
	if out, err := r.tool("board", "open", "99", "--by", "Grace"); err == nil || !strings.Contains(out, "no such door") {
		r.t.Errorf("open a door that is not there: %v\n%s", err, out)
	}
	if out, err := r.tool("board", "open", "2"); err == nil || !strings.Contains(out, "--by") {
		r.t.Errorf("open without a name: %v\n%s", err, out)
	}
}

// watched listens until the line has been heard in words.
func (r *rig) watched(bus string) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(r.t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "board", "watch", bus, "--config", r.config)
	cmd.Env = append(os.Environ(), asLockerd+"=1")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		r.t.Fatal(err)
	}
	asked, answered := false, false
	for lines := bufio.NewScanner(out); (!asked || !answered) && lines.Scan(); {
		line := lines.Text()
		asked = asked || strings.Contains(line, "> 80 01 00 33 B2") && strings.Contains(line, "board 1: query all")
		answered = answered || strings.Contains(line, "-> shorted 1-3, open 4-24")
	}
	if !asked || !answered {
		r.t.Errorf("watch: asked %v, answered %v", asked, answered)
	}
	cancel()
	_ = cmd.Wait() // it was killed
	if out, err := r.tool("board", "watch", "cellar"); err == nil || !strings.Contains(out, `there is no bus "cellar"`) {
		r.t.Errorf("watch a line that is not there: %v\n%s", err, out)
	}
}

// traced writes a trace and reads it.
func (r *rig) traced(bus string) {
	r.t.Helper()
	path := filepath.Join(r.dir, "line.trace")
	if out, err := r.tool("board", "trace", bus, path, "--for", "2500ms"); err != nil {
		r.t.Fatalf("trace: %v\n%s", err, out)
	}
	file, err := os.Open(path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer file.Close()
	trace, err := lockboard.ReadTrace(file)
	if err != nil {
		r.t.Fatal(err)
	}
	said := slices.ContainsFunc(trace.Pieces, func(p lockboard.Piece) bool { return p.FromHost })
	heard := slices.ContainsFunc(trace.Pieces, func(p lockboard.Piece) bool { return !p.FromHost })
	if !said || !heard || trace.Baud != 9600 || !slices.Equal(trace.Families, []string{"8A"}) {
		r.t.Errorf("trace: %+v", trace)
	}
	if out, err := r.tool("board", "trace", bus, path, "--for", "1s"); err == nil || !strings.Contains(out, "exists") {
		r.t.Errorf("a trace over another: %v\n%s", err, out)
	}
}

// TestBoardScanOfASerialServer finds boards over TCP, with no configuration at all.
func TestBoardScanOfASerialServer(t *testing.T) {
	t.Parallel()
	server, err := sim.OpenTCP("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	line := sim.NewLine(9600, sim.Board{Family: "MODBUS-WAVESHARE", Address: 2, Locks: 8})
	ctx, unplug := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- line.Run(ctx, server) }()
	r := &rig{t: t, config: filepath.Join(t.TempDir(), "none.toml")}
	out, err := r.tool("board", "scan", server.Path(), "--family", "MODBUS-WAVESHARE,MODBUS-LCTECH", "--within", "100ms")
	if err != nil || !strings.Contains(out, "MODBUS-WAVESHARE") || !strings.Contains(out, "or MODBUS-LCTECH") {
		t.Errorf("scan: %v\n%s", err, out)
	}
	out, err = r.tool("board", "scan", server.Path(), "--family", "WINNSEN-90", "--within", "50ms")
	if err == nil || !strings.Contains(out, "no board answered") || !strings.Contains(out, "--full") {
		t.Errorf("scan of nobody: %v\n%s", err, out)
	}
	unplug()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
