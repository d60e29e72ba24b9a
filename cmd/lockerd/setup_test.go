package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lockerd/internal/locker"
	"lockerd/internal/sim"
)

// kinds are the boards of the cabinet that is set up: three families, of which two share a line. The contacts of some
// are wired the other way round.
var kinds = []struct {
	right bool // on the line of the serial server
	board sim.Board
}{
	{false, sim.Board{Family: "8A", Address: 1, Locks: 3, ShortedOpen: true}},
	{false, sim.Board{Family: "WKLY", Address: 2, Locks: 3, Inverted: []int{2}}},
	{true, sim.Board{Family: "KERONG-5", Address: 3, Locks: 3}},
}

// layout is the picture of that cabinet: the sizes of each column.
var layout = []string{"SSM", "SMM", "SSM"}

// bareRig is a cabinet of which nothing is known but the names of its ports. Which lock holds which door is chance.
func bareRig(t *testing.T) *rig {
	t.Helper()
	return buildRig(t, func(r *rig) string {
		var left, right []sim.Board
		for _, k := range kinds {
			if k.right {
				right = append(right, k.board)
			} else {
				left = append(left, k.board)
			}
		}
		r.line = sim.NewLine(9600, left...)
		other := sim.NewLine(19200, right...)
		port := r.pty()
		r.plug(r.line, port)
		server, err := sim.OpenTCP("127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		r.plug(other, server)
		for _, k := range kinds {
			line := map[bool]*sim.Line{false: r.line, true: other}[k.right]
			for channel := range k.board.Locks {
				r.metals = append(r.metals, metal{line, k.board.Address, channel + 1})
			}
		}
		rand.Shuffle(len(r.metals), func(i, j int) { r.metals[i], r.metals[j] = r.metals[j], r.metals[i] })
		return fmt.Sprintf("[[bus]]\nname = \"left\"\nport = %q\nbaud = 9600\n[[bus]]\nname = \"right\"\nport = %q\nfamily = \"KERONG-5\"\n",
			port.Path(), server.Path())
	})
}

// again presses a button of a screen that asks the same question once more.
func (k *kiosk) again(id string) {
	k.t.Helper()
	revision := func() string { return k.eval(`document.documentElement.dataset.revision`) }
	before := revision()
	k.tap(id)
	eventually(k.t, id+" has done its part", func() bool { return revision() != before })
}

// wire opens lock after lock, and says of each which door moved, until all are wired.
func (r *rig) wire(k *kiosk) {
	r.t.Helper()
	for wired := 0; wired < len(r.metals); {
		k.on("wire", "b-open")
		at := r.atHand()
		door := slices.IndexFunc(r.metals, func(b metal) bool {
			return at == fmt.Sprintf("%s/%d/%d", map[bool]string{true: "left", false: "right"}[b.line == r.line], b.board, b.channel)
		})
		if door < 0 { // nothing hangs on it
			k.again("b-next")
			eventually(r.t, "another lock", func() bool { return r.atHand() != at })
			continue
		}
		noticed := r.cloud.count("setup.contact")
		k.tap("b-open")
		eventually(r.t, fmt.Sprintf("lock %s opens a door", at), r.metals[door].isOpen)
		r.cloud.await("its contact has noticed", func(c *cloud) bool { return c.count("setup.contact") > noticed })
		k.on("wire", fmt.Sprintf("d-%d", door+1))
		k.tap(fmt.Sprintf("d-%d", door+1))
		k.on("wire_close", "")
		r.metals[door].push()
		r.cloud.await(fmt.Sprintf("door %d wired", door+1), func(c *cloud) bool {
			_, ok := c.last("setup.door_wired", "door", fmt.Sprint(door+1))
			return ok
		})
		wired++
	}
}

// surveyed looks for boards until all are found: on a starved machine one may answer too late, and whoever sees on the screen that
// it is missing looks again.
func (r *rig) surveyed(k *kiosk) {
	r.t.Helper()
	for n := 1; ; n++ {
		k.on("setup", "b-survey")
		k.tap("b-survey")
		r.cloud.await("the search is over", func(c *cloud) bool { return c.count("setup.surveyed") == n })
		h, _ := r.cloud.last("setup.surveyed", "", "")
		var event struct{ Found []locker.FoundBoard }
		if err := json.Unmarshal(h.Event, &event); err != nil {
			r.t.Fatal(err)
		}
		if len(event.Found) == 3 {
			return
		}
		if n == 5 {
			r.t.Fatalf("want three boards, found %+v", event.Found)
		}
	}
}

// atHand is the lock that is to be opened.
func (r *rig) atHand() string {
	h, ok := r.cloud.last("setup.lock_taken", "", "")
	if !ok {
		return ""
	}
	var event struct{ Lock locker.Lock }
	if err := json.Unmarshal(h.Event, &event); err != nil {
		r.t.Fatal(err)
	}
	return event.Lock.String()
}

// A cabinet with three families on two ports, one of them over TCP, is set up from nothing on the touchscreen, runs the
// main job, loses a board in use and gets it back; and the setup can be undone.
func TestSetUpFromNothing(t *testing.T) {
	t.Parallel()
	r := bareRig(t)
	r.start()
	k := r.browse()
	r.service(k)
	k.tap("b-setup")
	k.on("setup", "b-layout")
	k.tap("b-layout")
	k.on("layout", "s-S")
	for i, column := range layout {
		if i > 0 {
			k.again("b-add_column")
		}
		for _, size := range column {
			k.again("s-" + string(size))
		}
	}
	k.tap("b-back")
	k.on("setup", "b-survey")
	r.surveyed(k)
	k.on("setup", "b-wire")
	// 8A tells of 24 locks whatever it has, WKLY of its three, and KERONG-5 of 16. Opened before its contact is known, a lock
	// is asked for twice.
	r.cloud.await("every contact told", func(c *cloud) bool { return c.count("setup.contact") >= 24+3+16 })
	k.tap("b-wire")
	r.wire(k)
	r.saved(k)

	r.deliver()
	k.on("thanks", "b-finish")
	k.tap("b-finish")
	k.on("home", "b-technician")
	r.lostAndBack()

	r.service(k)
	k.tap("b-setup")
	k.on("setup", "b-undo")
	k.tap("b-undo")
	k.on("undo", "b-undo_yes")
	k.tap("b-undo_yes")
	r.cloud.await("undone", func(c *cloud) bool { return c.count("run.started") == 3 })
	k.on("out_of_order", "b-technician")
}

// saved puts the setup in force, and looks at what it wrote.
func (r *rig) saved(k *kiosk) {
	r.t.Helper()
	k.on("setup", "b-save")
	k.tap("b-save")
	k.on("save", "b-save_empty")
	k.tap("b-save_empty")
	r.cloud.await("begun anew", func(c *cloud) bool { return c.count("run.started") == 2 })
	r.started = 2
	r.ready()
	k.on("home", "b-pickup")
	if out, err := r.tool("check"); strings.Contains(out, "configuration") && strings.Contains(out, "WRONG  bus") {
		r.t.Errorf("check: %v\n%s", err, out)
	}
	if _, err := os.Stat(filepath.Join(r.dir, "wiring.toml")); err != nil {
		r.t.Error(err)
	}
}

// deliver is the main job.
func (r *rig) deliver() {
	r.t.Helper()
	door, code := r.broughtIn("PARCEL-1")
	r.scan("LD1:" + code)
	r.push(door)
	r.cloud.await("collected", func(c *cloud) bool { return c.count("parcel.collected") == 1 })
}

// lostAndBack takes a board's power away while its door stands open, and gives it back.
func (r *rig) lostAndBack() {
	r.t.Helper()
	b := r.lock(1)
	r.cloud.order("open-1", "door.unlock", map[string]any{"door": 1, "reason": "test"}, "", nil)
	eventually(r.t, "door 1 opens", b.isOpen)
	lost, back := r.cloud.count("board.lost"), r.cloud.count("board.back")
	b.line.Power(b.board, false)
	r.cloud.await("the board is lost", func(c *cloud) bool { return c.count("board.lost") > lost })
	b.push()
	b.line.Power(b.board, true)
	r.cloud.await("the board is back", func(c *cloud) bool { return c.count("board.back") > back && c.doorIs(1, "door.closed") })
}
