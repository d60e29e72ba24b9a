package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// fillDisk lets the running process write to no file any more, or lets it write again.
func (r *rig) fillDisk(full bool) {
	r.t.Helper()
	limit := unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}
	if full {
		limit.Cur = 0
	}
	if err := unix.Prlimit(r.process.Process.Pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
		r.t.Fatal(err)
	}
}

// TestAFullDiskOpensNothingAndLosesNothing: out of order is a mode, and ends by itself.
func TestAFullDiskOpensNothingAndLosesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	r.announce("PARCEL-1", "S")
	service := func(want string) func(*cloud) bool {
		return func(c *cloud) bool { return strings.Contains(c.summary(), fmt.Sprintf(`"service":%q`, want)) }
	}
	r.fillDisk(true)
	pulses := r.pulses()
	r.cloud.order("open-2", "door.unlock", map[string]any{"door": 2}, "", nil)
	r.cloud.await("out of order in the state", service("out_of_order"))
	r.scan("BADGE-ADA")
	r.scan("PARCEL-1")
	door := r.lock(6)
	door.line.Force(door.board, door.channel) // somebody breaks in meanwhile
	if n := r.pulses(); n != pulses {
		t.Fatalf("the journal cannot be written and a lock was pulsed %d times", n-pulses)
	}

	r.fillDisk(false)
	r.cloud.await("in order again", service("ok"))
	r.cloud.await("door 6 found open", func(c *cloud) bool { return c.doorIs(6, "door.opened") })
	// The order was neither answered nor acknowledged: it is followed now, once.
	r.push(2)
	door.push()
	r.cloud.complete()
	r.matched()
	if n := r.pulses() - pulses; n != 1 {
		t.Errorf("want one pulse for the order, got %d", n)
	}
}

// TestTheJournalToolsSayTheSameOnlineAndOff holds what the hand tools print against the chain that the cloud has.
func TestTheJournalToolsSayTheSameOnlineAndOff(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	r.announce("PARCEL-1", "S")
	r.cloud.complete()
	tool := func(args ...string) string {
		t.Helper()
		out, err := r.tool(args...)
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return out
	}
	tool("journal", "backup")
	online := [2]string{tool("journal", "show", "--json"), tool("journal", "show", "--after", "3")}
	if out := tool("journal", "verify"); !strings.Contains(out, "the chain is whole") {
		t.Errorf("want a whole chain, got %s", out)
	}
	r.stop()
	offline := [2]string{tool("journal", "show", "--json"), tool("journal", "show", "--after", "3")}
	if out := tool("journal", "verify"); !strings.Contains(out, "the chain is whole") {
		t.Errorf("want a whole chain, got %s", out)
	}
	for i := range online {
		if !strings.HasPrefix(offline[i], online[i]) {
			t.Errorf("want the same without the daemon, got\n%s\nand\n%s", online[i], offline[i])
		}
	}
	prev := strings.Repeat("0", 64)
	for line := range strings.Lines(offline[0]) {
		line = strings.TrimSuffix(line, "\n")
		var record struct{ Prev string }
		if err := json.Unmarshal([]byte(line), &record); err != nil || record.Prev != prev {
			t.Fatalf("want a chain from %s, got %s (%v)", prev, line, err)
		}
		sum := sha256.Sum256([]byte(line))
		prev = hex.EncodeToString(sum[:])
	}
	if strings.Contains(strings.Join(offline[:], ""), "15112345667") {
		t.Error("a phone number is printed")
	}
}

// TestACourierPutByTheCloudWorksOffline: the broker is gone, and Eve's badge is good.
func TestACourierPutByTheCloudWorksOffline(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	r.cloud.order("put-eve", "courier.put", map[string]any{"courier": "eve", "company": "New Parcel"}, r.public,
		map[string]string{"name": "Eve", "badge": "BADGE-EVE-QX7"})
	r.cloud.await("Eve put", func(c *cloud) bool { return c.count("courier.put") == 1 })
	r.kill()
	r.start()
	r.ready()
	r.scan("BADGE-EVE-QX7")
	r.cloud.await("Eve signed in", func(c *cloud) bool { _, ok := c.last("courier.signed_in", "courier", "eve"); return ok })

	before := r.cloud.doubles
	r.cloud.order("again", "resend", map[string]any{"after": 0}, "", nil)
	r.cloud.await("everything once more", func(c *cloud) bool { c.mu.Lock(); defer c.mu.Unlock(); return c.doubles > before+10 })
	r.cloud.complete()
}

// open opens a door by order and pushes it shut. A line that has just failed may refuse to send: then it is asked again.
func (r *rig) open(door int) {
	r.t.Helper()
	for i := range 10 {
		id := fmt.Sprintf("open-%d-%d", door, i)
		r.cloud.order(id, "door.unlock", map[string]any{"door": door}, "", nil)
		var ended happened
		r.cloud.await("the end of "+id, func(c *cloud) (ok bool) {
			u, _ := c.last("unlock.requested", "order", id)
			ended, ok = c.last("unlock.ended", "unlock", u.field("unlock"))
			return ok && u.Kind != ""
		})
		if ended.field("outcome") == "opened" {
			r.push(door)
			return
		}
	}
	r.t.Fatalf("door %d does not open", door)
}

// TestASecondBoardGoesAndComes: its doors are out of service meanwhile, the others are not.
func TestASecondBoardGoesAndComes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	r.line.Mute(2, true)
	r.cloud.await("board 2 lost", func(c *cloud) bool { _, ok := c.last("board.lost", "board", "2"); return ok })
	r.cloud.order("open-4", "door.unlock", map[string]any{"door": 4}, "", nil)
	r.cloud.await("door 4 refused", func(c *cloud) bool { _, ok := c.last("order.refused", "order", "open-4"); return ok })
	r.cloud.order("open-1", "door.unlock", map[string]any{"door": 1}, "", nil)
	r.push(1)
	r.line.Mute(2, false)
	r.cloud.await("board 2 back", func(c *cloud) bool { _, ok := c.last("board.back", "board", "2"); return ok })
	back, _ := r.cloud.last("board.back", "board", "2")
	r.cloud.await("door 4 told anew", func(c *cloud) bool {
		h, ok := c.last("door.closed", "door", "4")
		return ok && h.Seq > back.Seq
	})
	r.open(4)
	r.cloud.complete()
	r.matched()
}
