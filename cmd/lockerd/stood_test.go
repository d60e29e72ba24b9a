package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Who stood there, on a true lockerd: what a contact says alone gives no door away, spends no code and raises no alarm.

// emptied says how often a door was proven empty.
func (c *cloud) emptied(door int) (n int) {
	for _, h := range c.all() {
		if h.Kind == "door.emptied" && h.field("door") == fmt.Sprint(door) {
			n++
		}
	}
	return n
}

// setting puts a table into the configuration. It must be done before the first start.
func (r *rig) setting(toml string) {
	r.t.Helper()
	text, err := os.ReadFile(r.config)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(r.config, append(text, toml...), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// A parcel is in and its door shut: the courier who wants a larger one after all takes it out first, and says so.
func TestALargerDoorForAParcelThatIsIn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	k := r.browse()
	r.announce("PARCEL-1", "S")
	r.scan("BADGE-ADA")
	door := r.drop("PARCEL-1")
	k.on("drop", "b-wrong")
	k.tap("b-wrong")
	k.on("wrong", "b-larger")
	k.tap("b-larger")
	k.on("take_out", "")
	r.push(door)
	k.on("look", "b-empty")
	if n := r.cloud.emptied(door); n != 1 { // by the builder
		t.Fatalf("nobody has said that door %d is empty, and it was held to be %d times", door, n)
	}
	k.tap("b-empty")
	r.cloud.await("the courier's word", func(c *cloud) bool { return c.emptied(door) == 2 })
	k.on("drop", "")
	var other int
	r.cloud.await("another door", func(c *cloud) bool {
		h, ok := c.last("drop.moved", "from", fmt.Sprint(door))
		_, err := fmt.Sscan(h.field("to"), &other)
		return ok && err == nil
	})
	r.push(other)
	r.scan("OTHER-PARCEL")
	r.code("PARCEL-1")
	r.cloud.complete()
	r.matched()
}

// A door that springs open after its recipient has gone spends nothing.
func TestADoorThatOpensForNobody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	door, code := r.broughtIn("PARCEL-1")
	lock := r.lock(door)
	lock.line.Hold(lock.board, lock.channel, true) // somebody leans on it
	k := r.browse()
	r.scan("LD1:" + code)
	k.on("press", "b-finish")
	k.tap("b-finish")
	r.cloud.await("they have gone", func(c *cloud) bool { h, _ := c.last("session.ended", "", ""); return h.field("why") == "finished" })
	lock.line.Hold(lock.board, lock.channel, false)
	r.cloud.await("the alarm", func(c *cloud) bool { return c.count("door.opened_late") == 1 })
	r.push(door)
	if n := r.cloud.count("parcel.collected"); n != 0 {
		t.Fatalf("want the parcel its recipient's, and it was collected %d times", n)
	}
	r.scan("LD1:" + code)
	r.push(door)
	r.cloud.await("collected", func(c *cloud) bool { return c.count("parcel.collected") == 1 })
	r.cloud.complete()
	r.matched()
}

// A latch that does not catch is no burglary.
func TestADoorThatSpringsBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.setting("[times]\nbounce = \"1m\"\n") // however slow this machine is
	r.commission()
	door, code := r.broughtIn("PARCEL-1")
	r.scan("LD1:" + code)
	r.push(door)
	for range 3 {
		r.lock(door).line.Force(r.lock(door).board, r.lock(door).channel)
		r.push(door)
	}
	r.cloud.complete()
	if n := r.cloud.count("door.forced"); n > 0 {
		t.Errorf("want no alarm, got %d", n)
	}
	if h, _ := r.cloud.last("door.opened", "door", fmt.Sprint(door)); h.field("bounced") != "true" {
		t.Errorf("want the opening before, going on, got %+v", h)
	}
}

// The reopening time is its person's, whoever uses the kiosk meanwhile.
func TestTheNextInTheQueueDoesNotEndIt(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.setting("[times]\nthanks = \"10m\"\n")
	r.commission()
	r.announce("PARCEL-2", "S")
	first, code1 := r.broughtIn("PARCEL-1")
	second := r.drop("PARCEL-2")
	r.scan("OTHER-PARCEL")
	code2 := r.code("PARCEL-2")

	r.scan("LD1:" + code1)
	r.cloud.await("the first door open", func(c *cloud) bool { return c.count("parcel.collected") == 1 })
	r.scan("LD1:" + code2)
	r.push(second)
	r.push(first) // whoever it was
	if n := r.cloud.emptied(first); n != 1 {
		t.Fatalf("want door %d nobody's yet, and it was proven empty %d times", first, n)
	}
	r.scan("LD1:" + code1)
	r.cloud.await("opened once more", func(c *cloud) bool { _, ok := c.last("unlock.requested", "why", "reopen"); return ok })
	r.push(first)
	r.cloud.complete()
	r.matched()
}

// A loose contact is found once, and fills no disk.
func TestALooseContact(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	lock := r.lock(6)
	for range 200 {
		if r.cloud.count("source.muted") > 0 {
			break
		}
		lock.line.Force(lock.board, lock.channel)
		r.cloud.await("open, or muted", func(c *cloud) bool { return c.doorIs(6, "door.opened") || c.count("source.muted") > 0 })
		lock.push()
		r.cloud.await("closed, or muted", func(c *cloud) bool { return c.doorIs(6, "door.closed") || c.count("source.muted") > 0 })
	}
	r.cloud.await("its finding, the last word about it", func(c *cloud) bool { return c.count("finding.raised") == 1 })
	r.cloud.complete()
	about := func(all []happened) (n int) {
		for _, h := range all {
			if h.field("door") == "6" {
				n++
			}
		}
		return n
	}
	before := len(r.cloud.all())
	if n := about(r.cloud.all()); n > 40 {
		t.Errorf("want a handful of records until it is muted, got %d", n)
	}
	for range 40 {
		lock.line.Force(lock.board, lock.channel)
		time.Sleep(50 * time.Millisecond) // longer than the driver's look at it
		lock.push()
		time.Sleep(50 * time.Millisecond)
	}
	r.open(1) // and whatever it says is behind us
	r.cloud.complete()
	if n, more := r.cloud.count("finding.raised"), about(r.cloud.all()[before:]); n != 1 || more > 0 {
		t.Errorf("want one finding and no more records of it, got %d and %d", n, more)
	}
	if h, _ := r.cloud.last("door.blocked", "door", "6"); h.field("why") != "restless" {
		t.Errorf("want the door set aside, got %+v", h)
	}
}

// The machine stands still after a pulse: how it ended is asked of the contact, not of the clock.
func TestAHoldUpAfterAPulse(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	door, code := r.broughtIn("PARCEL-1")
	before := r.pulses()
	lock := r.lock(door)
	lock.line.Slow(lock.board, lock.channel, time.Second)
	r.scan("LD1:" + code)
	eventually(t, "the pulse", func() bool { return r.pulses() > before })
	if err := r.process.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(8 * time.Second) // longer than times.judge
	if err := r.process.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	r.cloud.await("collected", func(c *cloud) bool { return c.count("parcel.collected") == 1 })
	r.push(door)
	r.cloud.complete()
	h, _ := r.cloud.last("unlock.ended", "door", fmt.Sprint(door))
	if h.field("outcome") != "opened" || r.cloud.count("door.blocked") > 0 {
		t.Errorf("want it opened and nothing set aside, got %+v", h)
	}
	r.matched()
}

// slowDisk is a disk of its own for the journal, which can be made to wait.
func (r *rig) slowDisk() (freeze func(bool)) {
	r.t.Helper()
	image, disk := filepath.Join(r.dir, "disk.img"), filepath.Join(r.dir, "disk")
	run := func(name string, args ...string) {
		if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
			r.t.Skipf("a disk of its own takes root and loop devices: %s: %v: %s", name, err, out)
		}
	}
	if err := os.Mkdir(disk, 0o700); err != nil {
		r.t.Fatal(err)
	}
	run("truncate", "-s", "64M", image)
	run("mkfs.ext4", "-q", "-F", image)
	run("mount", "-o", "loop", image, disk)
	frozen := false
	r.t.Cleanup(func() {
		if frozen {
			_ = exec.Command("fsfreeze", "-u", disk).Run()
		}
		r.kill()
		if out, err := exec.Command("umount", disk).CombinedOutput(); err != nil {
			r.t.Errorf("umount: %v: %s", err, out)
		}
	})
	text, err := os.ReadFile(r.config)
	if err != nil {
		r.t.Fatal(err)
	}
	moved := strings.Replace(string(text), filepath.Join(r.dir, "journal.db"), filepath.Join(disk, "journal.db"), 1)
	if err := os.WriteFile(r.config, []byte(moved), 0o600); err != nil {
		r.t.Fatal(err)
	}
	return func(on bool) {
		frozen = on
		run("fsfreeze", map[bool]string{true: "-f", false: "-u"}[on], disk)
	}
}

// The disk takes its time over the intent: whoever asked may have gone, so nothing is sent, and it is said so.
func TestADiskThatStalls(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	freeze := r.slowDisk()
	r.commission()
	door, code := r.broughtIn("PARCEL-1")
	r.cloud.complete()
	before := r.pulses()
	freeze(true)
	r.scan("LD1:" + code)
	time.Sleep(4 * time.Second) // longer than times.within
	freeze(false)
	// The scan waited for a write that was under way, or its own intent took too long: it is said either way.
	r.cloud.await("that nothing was sent", func(c *cloud) bool {
		u, asked := c.last("unlock.requested", "why", "pickup")
		ended, _ := c.last("unlock.ended", "unlock", u.field("unlock"))
		return c.count("unlock.refused") == 1 || asked && ended.field("outcome") == "not_sent"
	})
	r.cloud.await("that they are asked to try again", func(c *cloud) bool {
		h, _ := c.last("session.moved", "", "")
		return h.field("notice") == "try_again"
	})
	if n := r.pulses() - before; n > 0 {
		t.Fatalf("want nothing sent, got %d pulses", n)
	}
	if moved, _ := r.cloud.last("session.moved", "", ""); moved.field("step") == "press" { // it was written down
		r.press("action", "try_again")
	} else {
		r.scan("LD1:" + code)
	}
	r.push(door)
	r.cloud.await("collected", func(c *cloud) bool { return c.count("parcel.collected") == 1 })
	r.cloud.complete()
	if n := r.cloud.count("door.blocked"); n > 0 {
		t.Errorf("want no door set aside, got %d", n)
	}
	r.matched()
}

// The recipient was let in from afar, and somebody has looked: the cloud says so, and the door is given to parcels again.
func TestTheOperatorsWaysOut(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	door, code := r.broughtIn("1Z999AA10123456784")
	r.open(door)
	r.cloud.order("given", "parcel.handed_over", map[string]any{"tracking": "1z 999 aa1 01 2345 6784"}, "", nil)
	r.cloud.await("handed over", func(c *cloud) bool { _, ok := c.last("parcel.handed_over", "order", "given"); return ok })
	r.cloud.await("what to do in the state", func(c *cloud) bool {
		return strings.Contains(c.summary(), fmt.Sprintf(`{"kind":"door_doubtful","door":%d,"what":"handed over",`, door))
	})
	r.scan("LD1:" + code)
	r.cloud.await("its code refused", func(c *cloud) bool { return c.count("code.refused") == 1 })

	r.cloud.order("looked", "door.looked", map[string]any{"door": door, "by": "eve"}, "", nil)
	r.cloud.await("empty", func(c *cloud) bool {
		h, ok := c.last("door.emptied", "door", fmt.Sprint(door))
		return ok && h.field("proof") == "said"
	})
	r.cloud.order("again", "pickup.reset", map[string]any{"tracking": "1Z999AA10123456784"}, "", nil)
	r.cloud.await("nothing to begin anew", func(c *cloud) bool { _, ok := c.last("order.refused", "order", "again"); return ok })
	r.cloud.complete()
	r.matched()
}
