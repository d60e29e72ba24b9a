package build

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"lockerd/internal/sim"
)

// demo is `make demo` while it runs, and its bench.
type demo struct {
	t            *testing.T
	kiosk, bench string
}

// TestDemo does what the README promises of its first command: it starts, a parcel is brought in and fetched by its code, and Ctrl-C
// ends all of it.
func TestDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("builds both programs and starts a cabinet")
	}
	t.Parallel()
	built(t)
	for name, flag := range map[string]string{"a lockerd of its own": "", "in the simulator's process": "--in-process"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tryDemo(t, flag)
		})
	}
}

// programs are built once for all tests, as `make build` does. `make demo` does so again: what is built already is not written again
// while others run it.
var programs = sync.OnceValues(func() ([]byte, error) { return exec.Command("make", "-C", "..", "build").CombinedOutput() })

func built(t *testing.T) {
	t.Helper()
	if said, err := programs(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
}

func tryDemo(t *testing.T, flag string) {
	kiosk, bench, pages := freeAddress(t), freeAddress(t), freeAddress(t)
	var said bytes.Buffer
	run := exec.Command("make", "-C", "..", "demo", fmt.Sprintf("DEMO=--clean --dir %s --kiosk %s --bench %s --pages %s %s", t.TempDir(), kiosk, bench, pages, flag))
	run.Stdout, run.Stderr = &said, &said
	run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a terminal's Ctrl-C goes to all of its group
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	interrupt := func() { _ = syscall.Kill(-run.Process.Pid, syscall.SIGINT) }
	t.Cleanup(func() {
		if t.Failed() {
			interrupt()
			_ = run.Wait()
			t.Logf("it said:\n%s", said.String())
		}
	})
	d := &demo{t: t, bench: "http://" + bench + "/api"}

	d.until("commissioned, and Grace enrolled at the kiosk", "/log?after=0", func(s string) bool {
		return strings.Contains(s, "kind=technician.enrolled")
	})
	d.until("the kiosk is free again", "/log?after=0", func(s string) bool {
		return strings.LastIndex(s, "kind=session.ended") > strings.LastIndex(s, "kind=session.started")
	})
	d.post("/orders", `{"kind":"parcel.announce","body":{"tracking":"DEMO-1","size":"S","fee":{"currency":"EUR","due":250}},"personal":{"phone":"+4915112345678"},"tell":{"mail":"ada@recipient.example","name":"Ada"}}`)
	d.until("announced", "/log?after=0", func(s string) bool { return strings.Contains(s, "kind=parcel.announced") })
	looks := 0
	d.until("signed in", "/log?after=0", func(s string) bool {
		signed := strings.Contains(s, "kind=courier.signed_in")
		if looks++; !signed && looks%20 == 1 {
			d.scan("COURIER-ADA") // on a machine that is held up a scan may come in pieces: people scan again, too
		}
		return signed
	})
	d.scan("DEMO-1")
	door := d.opened()
	d.until("the cabinet has seen it", "/log?after=0", func(s string) bool { return strings.Contains(s, "outcome=opened") })
	d.post(fmt.Sprintf("/doors/%d/push", door), "")
	d.until("closed", "/log?after=0", func(s string) bool { return strings.Contains(s, "kind=door.closed") })
	d.scan("NEXT-ONE") // scanning on confirms
	d.until("its mail is in the mailbox", "/mails", func(s string) bool {
		var mails []struct{ Text string }
		return json.Unmarshal([]byte(s), &mails) == nil && len(mails) == 1 && d.fetches(mails[0].Text)
	})
	d.until("the courier's session has ended, and the desk has brought the link to pay", "/log?after=0", func(s string) bool {
		d.post("/mails/1/scan", "") // while the courier is at it this is refused
		return strings.Contains(s, "kind=fee.linked")
	})
	d.post("/orders", `{"kind":"fee.paid","body":{"tracking":"DEMO-1","amount":250,"currency":"EUR","reference":"demo"}}`)
	d.until("the door has opened for what is paid", "/log?after=0", func(s string) bool { return strings.Contains(s, "kind=parcel.collected") })
	d.until("the recipient is told that it was fetched", "/mails", func(s string) bool { return strings.Contains(s, `"number":2`) })
	d.invited()

	interrupt()
	_ = run.Wait() // make tells that it was interrupted by its own death
	for _, address := range []string{kiosk, bench, pages} {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			t.Errorf("after Ctrl-C somebody still listens at %s", address)
		}
	}
	if said := said.String(); strings.Contains(said, "Error") || strings.Contains(said, "panic") {
		t.Errorf("after Ctrl-C it says:\n%s", said)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	address, err := sim.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func (d *demo) scan(text string) { d.post("/scan", fmt.Sprintf(`{"text":%q}`, text)) }

// invited: the bench's visitor gets an address at which the desk in the browser has them choose a password.
func (d *demo) invited() {
	d.t.Helper()
	var invitation struct{ Link string }
	if err := json.Unmarshal(d.post("/lockerdesk/invite", ""), &invitation); err != nil {
		d.t.Fatal(err)
	}
	answer, err := http.Get(invitation.Link)
	if err != nil {
		d.t.Fatal(err)
	}
	defer answer.Body.Close()
	if page, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(page), `type="password"`) {
		d.t.Errorf("want a page at %q that asks for a password, got %s, %v\n%s", invitation.Link, answer.Status, err, page)
	}
}

func (d *demo) post(path, body string) (said []byte) {
	d.t.Helper()
	answer, err := http.Post(d.bench+path, "application/json", strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	defer answer.Body.Close()
	said, _ = io.ReadAll(answer.Body)
	if answer.StatusCode >= 300 {
		d.t.Fatalf("%s %s: %d, %s", path, body, answer.StatusCode, said)
	}
	return said
}

// until waits until the bench says something.
func (d *demo) until(what, path string, so func(string) bool) {
	d.t.Helper()
	var last string
	for end := time.Now().Add(4 * time.Minute); time.Now().Before(end); time.Sleep(300 * time.Millisecond) {
		answer, err := http.Get(d.bench + path)
		if err != nil {
			continue // not there yet
		}
		text, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if last = string(text); so(last) {
			return
		}
	}
	d.t.Fatalf("never came: %s; the bench says %.2000s", what, last)
}

// fetches says whether a mail has a link to a page that is there, with the code that stands in the mail.
func (d *demo) fetches(mail string) bool {
	d.t.Helper()
	link, code := regexp.MustCompile(`http://\S+/p/[A-Za-z0-9_-]+`).FindString(mail), regexp.MustCompile(`Pickup code: (\d+)`).FindStringSubmatch(mail)
	if link == "" || code == nil {
		return false
	}
	answer, err := http.Get(link)
	if err != nil {
		d.t.Fatal(err)
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil || !strings.Contains(string(page), code[1]) {
		d.t.Fatalf("want the code %s on the page %s, got %v\n%s", code[1], link, err, page)
	}
	return true
}

// opened waits for a door that is open.
func (d *demo) opened() (door int) {
	d.t.Helper()
	d.until("a door springs open", "/state", func(s string) bool {
		var state struct {
			Doors []struct {
				Door int
				Open bool
			}
		}
		if err := json.Unmarshal([]byte(s), &state); err != nil {
			d.t.Fatal(err)
		}
		for _, each := range state.Doors {
			if each.Open {
				door = each.Door
			}
		}
		return door != 0
	})
	return door
}
