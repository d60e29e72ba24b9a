package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// configured is the text of the rig's own configuration, with something replaced.
func (r *rig) configured(replace ...string) string {
	r.t.Helper()
	text, err := os.ReadFile(r.config)
	if err != nil {
		r.t.Fatal(err)
	}
	out := string(text)
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(out, replace[i]) {
			r.t.Fatalf("the configuration has no %q", replace[i])
		}
		out = strings.Replace(out, replace[i], replace[i+1], 1)
	}
	return out
}

// configure orders a configuration.
func (r *rig) configure(id, version, text, trial string) {
	r.t.Helper()
	sum := sha256.Sum256([]byte(text))
	r.cloud.order(id, "config.put", map[string]any{"version": version, "toml": text, "sha256": hex.EncodeToString(sum[:]), "trial": trial}, "", nil)
}

// happens waits for an event of an order.
func (r *rig) happens(kind, order string) (found happened) {
	r.t.Helper()
	r.cloud.await(kind+" of "+order, func(c *cloud) (ok bool) { found, ok = c.last(kind, "order", order); return ok })
	return found
}

// inForce waits until the retained state says which configuration is in force.
func (r *rig) inForce(version string) {
	r.t.Helper()
	r.cloud.await("version "+version+" in force", func(c *cloud) bool {
		var state struct {
			Config struct {
				Version string
				Trial   bool
			}
		}
		return json.Unmarshal([]byte(c.summary()), &state) == nil && !state.Config.Trial && state.Config.Version == version && c.stateSeq() > 0
	})
}

// shows says whether the kiosk's page has a text.
func (r *rig) shows(text string) bool {
	r.t.Helper()
	answer, err := http.Get("http://" + r.kiosk + "/")
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	return err == nil && strings.Contains(string(page), text)
}

// TestConfigurationFromAfar: put in force, proven, kept across a restart; the same version again, another content under its name, and
// what may not be set from afar are refused with their position.
func TestConfigurationFromAfar(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	text := r.configured("[cloud]", "[operator]\nname = \"Tower Lockers\"\n[cloud]")
	r.configure("c1", "one", text, "30s")
	r.happens("config.kept", "c1")
	r.inForce("one")
	if !r.shows("Tower Lockers") {
		t.Error("the kiosk does not have what was configured")
	}
	for i, tt := range []struct{ version, text, why string }{
		{"one", text, "version: in force already, or waiting"},
		{"one", text + "\n", "version: this version has another content"},
		{"two", text + "[nonsense]\n", `there is no setting "nonsense"`},
		{"two", strings.Replace(text, `clock = "system"`, `clock = "sundial"`, 1), `toml:6:1: clock = "sundial": must be`},
		{"two", strings.Replace(text, "journal = ", "journal = \"/tmp/other.db\" #", 1), "toml:3:1: journal: may not be changed from afar"},
		{"two", strings.Replace(text, "broker = ", "# ", 1), "cloud.broker: without one nobody could send orders any more"},
		{"two", strings.Replace(text, `broker = "mqtt://`, `broker = "ftp://`, 1), `must be mqtt:// or mqtts://`},
		{"two", text[:strings.LastIndex(text, "[[door]]")], "door 6: whoever takes a door away"},
		{"two", strings.NewReplacer("board = 1\nchannel = 1", "board = 1\nchannel = 3", "board = 1\nchannel = 3", "board = 1\nchannel = 1").Replace(text), "door 1: whoever"},
		{"two", strings.Replace(text, `id = "cloud"`, `id = "thief"`, 1), "issuer: may not be changed from afar"},
	} {
		id := fmt.Sprint("bad", i)
		r.configure(id, tt.version, tt.text, "30s")
		if h := r.happens("order.refused", id); !strings.Contains(h.field("why"), tt.why) {
			t.Errorf("%s: want %q, got %q", id, tt.why, h.field("why"))
		}
	}
	r.stop()
	r.start()
	r.inForce("one")
	if n := r.cloud.count("config.applied"); n != 1 {
		t.Errorf("want it put in force once, got %d", n)
	}
	r.cloud.complete()
}

// TestConfigurationThatCutsOff is rolled back: a broker that is not there, a line whose port is none.
func TestConfigurationThatCutsOff(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	nowhere := freeAddr(t)
	r.configure("deaf", "deaf", r.configured(`broker = "mqtt://`+r.broker.Addr, `broker = "mqtt://`+nowhere), "10s")
	if h := r.happens("config.rolled_back", "deaf"); h.field("why") != "link" || h.field("to_version") != "" {
		t.Errorf("want it rolled back for its link, got %s", h.Event)
	}
	r.inForce("")
	r.configure("lame", "lame", r.configured("name = \"main\"\nport = \"", "name = \"main\"\nport = \"/dev/tty-of-nobody"), "10s")
	if h := r.happens("config.rolled_back", "lame"); h.field("why") != "boards" || h.field("detail") != "main/1 main/2" {
		t.Errorf("want it rolled back for its boards, got %s", h.Event)
	}
	r.inForce("")
	r.cloud.await("the doors known again", func(c *cloud) bool { return strings.Count(c.summary(), `"state":"closed"`) == len(rigDoors) })
	r.cloud.complete()
}

// TestConfigurationWaits: while somebody stands at the cabinet nothing restarts; of two that wait the newer one counts.
func TestConfigurationWaits(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.setting("[times]\nthanks = \"10s\"\n")
	r.commission()
	door, code := r.broughtIn("PARCEL-1")
	r.scan("LD1:" + code)
	eventually(t, "the recipient's door springs open", r.lock(door).isOpen)
	r.configure("c1", "one", r.configured(), "30s")
	r.happens("config.accepted", "c1")
	r.configure("c2", "two", r.configured("[cloud]", "[operator]\nname = \"Two\"\n[cloud]"), "30s")
	r.happens("config.failed", "c1")
	r.happens("config.accepted", "c2")
	if n := r.cloud.count("run.started"); n != 1 || !r.lock(door).isOpen() {
		t.Fatalf("want the first run still, with the door open, got %d runs", n)
	}
	r.push(door)
	r.asked("thanks")
	r.finish() // what is waited for from here on is the reopening time
	h := r.happens("config.kept", "c2")
	collected, ok := r.cloud.last("parcel.collected", "", "")
	begun := r.happens("config.begun", "c2")
	emptied, _ := r.cloud.last("door.emptied", "door", fmt.Sprint(door))
	if !ok || begun.Seq < collected.Seq || begun.Seq < emptied.Seq || h.Seq < begun.Seq {
		t.Errorf("want the parcel collected (%d) and its door proven empty (%d) before anything restarts (%d)", collected.Seq, emptied.Seq, begun.Seq)
	}
	if n := r.cloud.count("config.begun"); n != 1 {
		t.Errorf("want one put in force, got %d", n)
	}
	r.matched()
	r.cloud.complete()
}

// TestConfigurationAndPowerCuts: killed at each step, and at random moments around them, the cabinet comes back, and every order ends:
// a good configuration kept, a bad one rolled back.
func TestConfigurationAndPowerCuts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	again := func() { r.kill(); r.start() }
	n := 0
	name := func() (id, text string) {
		n++
		return fmt.Sprint("c", n), r.configured("[cloud]", fmt.Sprintf("[operator]\nname = \"No %d\"\n[cloud]", n))
	}
	for _, kind := range []string{"order.accepted", "config.accepted", "config.begun", "config.applied", "config.kept"} {
		id, text := name()
		r.configure(id, id, text, "30s")
		r.happens(kind, id)
		again()
		r.happens("config.kept", id)
		r.inForce(id)
	}
	for range 4 {
		id, text := name()
		r.configure(id, id, text, "30s")
		time.Sleep(time.Duration(rand.IntN(1200)) * time.Millisecond)
		again()
		r.happens("config.kept", id)
	}
	last := fmt.Sprint("c", n)

	// With another broker nothing is heard of a trial: three power cuts in it, and the fourth start goes back.
	r.configure("deaf", "deaf", r.configured(`broker = "mqtt://`+r.broker.Addr, `broker = "mqtt://`+freeAddr(t)), "1h")
	r.happens("config.begun", "deaf")
	for range 4 {
		time.Sleep(2 * time.Second) // as long as it takes to begin anew
		again()
	}
	if h := r.happens("config.rolled_back", "deaf"); h.field("why") != "start" || h.field("to_version") != last {
		t.Errorf("want it rolled back after its starts, got %s", h.Event)
	}
	// Killed when it is rolled back.
	r.configure("lame", "lame", r.configured("name = \"main\"\nport = \"", "name = \"main\"\nport = \"/dev/tty-of-nobody"), "10s")
	r.happens("config.rolled_back", "lame")
	again()
	r.inForce(last)
	for _, kind := range []string{"config.applied", "config.kept", "config.rolled_back"} {
		seen := map[string]int{}
		for _, h := range r.cloud.all() {
			if h.Kind == kind {
				seen[h.field("order")]++
			}
		}
		for order, times := range seen {
			if times != 1 {
				t.Errorf("%s of %s: want it once, got %d", kind, order, times)
			}
		}
	}
	r.cloud.complete()
}

// TestTheFileOnSiteIsTheNewerWord: whoever changes the cabinet's own file there need not know what was ordered.
func TestTheFileOnSiteIsTheNewerWord(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	r.configure("c1", "one", r.configured("[cloud]", "[operator]\nname = \"From Afar\"\n[cloud]"), "30s")
	r.happens("config.kept", "c1")
	if out, _ := r.tool("check"); !strings.Contains(out, "version one") {
		t.Errorf("check does not say what is in force: %s", out)
	}
	r.stop()
	if err := os.WriteFile(r.config, []byte(r.configured("[cloud]", "[operator]\nname = \"On Site\"\n[cloud]")), 0o600); err != nil {
		t.Fatal(err)
	}
	r.start()
	if h := r.happens("config.rolled_back", "c1"); h.field("why") != "file" {
		t.Errorf("want the file's word to count, got %s", h.Event)
	}
	if !r.shows("On Site") {
		t.Error("the kiosk does not have what the file says")
	}
	r.inForce("")
}

// TestRestartFromAfar, once for an order that comes twice.
func TestRestartFromAfar(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	for range 2 {
		r.cloud.order("again", "cabinet.restart", map[string]any{}, "", nil)
	}
	r.happens("restart.ended", "again")
	r.cloud.order("open-1", "door.unlock", map[string]any{"door": 1}, "", nil)
	r.push(1)
	if n := r.cloud.count("run.started"); n != 2 {
		t.Errorf("want one restart, got %d runs", n)
	}
	r.cloud.complete()
}
