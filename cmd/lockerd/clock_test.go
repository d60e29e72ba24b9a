package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// clockOff in the environment names a file that says how far the clock of a lockerd that is tested is off.
const clockOff = "LOCKERD_TEST_CLOCK_OFF"

func jumpIn(path string) time.Duration {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0 // it has not jumped yet
	}
	jump, err := time.ParseDuration(string(text))
	if err != nil {
		panic(err)
	}
	return jump
}

func (r *rig) clockOff() string { return filepath.Join(r.dir, "clock-off") }

// jump lets lockerd's clock be off by so much from now on. What reads the file meanwhile finds the old one or the new one.
func (r *rig) jump(by time.Duration) {
	r.t.Helper()
	part := r.clockOff() + ".part"
	if err := os.WriteFile(part, []byte(by.String()), 0o600); err != nil {
		r.t.Fatal(err)
	}
	if err := os.Rename(part, r.clockOff()); err != nil {
		r.t.Fatal(err)
	}
}

const year = 365 * 24 * time.Hour

// A clock that says for some seconds that it is four days later, or twenty years, ends nothing, and neither does one that
// lockerd is started with.
func TestAClockThatLies(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	_, code := r.broughtIn("1Z999AA10123456784")
	for i, by := range []time.Duration{96 * time.Hour, -96 * time.Hour} {
		r.jump(by)
		r.cloud.await("a doubt", func(c *cloud) bool { return c.count("clock.doubted") == i+1 })
		r.cloud.await("the fault", func(c *cloud) bool { return strings.Contains(c.summary(), "clock_doubted") })
		r.scan("LD1:00000000") // somebody is there
		r.jump(0)
		r.cloud.await("no doubt any more", func(c *cloud) bool { return !strings.Contains(c.summary(), "clock_doubted") })
	}
	r.jump(20 * year)
	r.kill()
	r.start()
	r.ready()
	r.cloud.await("a doubt of what it was started with", func(c *cloud) bool { return c.count("clock.doubted") == 3 })
	r.scan("LD1:00000000")
	r.cloud.await("it read", func(c *cloud) bool { return c.count("code.refused") >= 1 })
	r.cloud.order("in the glitch", "parcel.announce", map[string]any{"tracking": "ANOTHER"}, "", nil)
	r.cloud.await("an order followed in it", func(c *cloud) bool { _, ok := c.last("order.accepted", "order", "in the glitch"); return ok })
	if out, err := r.tool("clock"); err != nil || !strings.Contains(out, "jumped") {
		t.Errorf("want the hand tool to say that it has jumped, got %v: %s", err, out)
	}
	if out, err := r.tool("clock", "correct", "--by", "eve", time.Now().UTC().Format(time.RFC3339)); err == nil || !strings.Contains(out, "set it first") {
		t.Errorf("want it refused as long as the clock is wrong, got %v: %s", err, out)
	}
	r.jump(0)
	r.cloud.await("no doubt any more", func(c *cloud) bool { return !strings.Contains(c.summary(), "clock_doubted") })
	r.scan("LD1:" + code)
	r.cloud.await("its parcel fetched", func(c *cloud) bool { return c.count("parcel.collected") == 1 })
	if n := r.cloud.count("parcel.expired"); n != 0 {
		t.Errorf("want nothing expired, got %d", n)
	}
}

// A cabinet whose very first clock was wrong holds every time to be over, until somebody with a watch says otherwise: at the machine, or
// from afar with what the cabinet's own state tells.
func TestAWrongTimeIsCorrected(t *testing.T) {
	t.Parallel()
	for by, correct := range map[string]func(*rig){
		"hand tool: eve": func(r *rig) {
			if out, err := r.tool("clock", "correct", "--by", "eve", time.Now().UTC().Format(time.RFC3339)); err != nil {
				r.t.Fatalf("%v: %s", err, out)
			}
		},
		"order:right": func(r *rig) {
			var state struct{ Newest time.Time }
			r.cloud.await("the time that was wrong", func(c *cloud) bool {
				return json.Unmarshal([]byte(c.summary()), &state) == nil && !state.Newest.IsZero()
			})
			r.cloud.order("right", "clock.correct", map[string]any{"newest": state.Newest}, "", nil)
		},
	} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.jump(20 * year)
			r.commission()
			r.jump(0)
			r.cloud.await("the fault", func(c *cloud) bool { return strings.Contains(c.summary(), "clock_unknown") })
			r.cloud.order("too late", "door.unlock", map[string]any{"door": 1, "reason": "test"}, "", nil)
			r.cloud.await("an order refused for its age", func(c *cloud) bool {
				h, ok := c.last("order.refused", "order", "too late")
				return ok && h.field("why") == "expired"
			})
			correct(r)
			r.cloud.await("what it was held for", func(c *cloud) bool {
				h, ok := c.last("clock.corrected", "by", by)
				return ok && strings.HasPrefix(h.field("newest"), fmt.Sprint(time.Now().Add(20*year).UTC().Year()))
			})
			r.cloud.order("in time", "door.unlock", map[string]any{"door": 1, "reason": "test"}, "", nil)
			r.push(1)
		})
	}
}
