package build

import (
	"bytes"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// What the operator of TestTheFirstHour types.
const (
	courierPIN    = "71390462"
	technicianPIN = "530917"
	recipient     = "+4915112345678"
	tracking      = "JD014600006281230704"
)

// hour is a new operator who has docs/operator.md alone, and what they have been told so far.
type hour struct {
	*visitor
	ports, scanner, hash, invitation string
}

// TestTheFirstHour does what "The first hour" of docs/operator.md says, with the commands that stand there, in their order, and
// with the buttons by the words that stand there, from the package to a parcel that was brought in and fetched. It knows what
// to type where a command asks, and nothing else: a command that the page has more, or no more, fails. build/deb-test runs it
// in a Debian of its own, where the page is the installed one.
func TestTheFirstHour(t *testing.T) {
	page := os.Getenv("LOCKERD_FIRST_HOUR")
	if page == "" {
		t.Skip("installs and configures a whole machine: build/deb-test has one for it")
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	steps, said := firstHour(t, string(text))
	h := &hour{visitor: &visitor{t: t, kiosk: "http://127.0.0.1:8080", bench: "http://127.0.0.1:8081/api", page: said}}
	known := []struct {
		begins string
		do     func(step)
	}{
		{"apt install ./lockerd_VERSION_amd64.deb", func(step) { h.run("DEBIAN_FRONTEND=noninteractive apt-get install -q -y ./lockerd.deb", "") }},
		{"lockerd-make-keys", func(s step) { h.tells(h.run(s.command, ""), `^[A-Za-z0-9+/]{43}=\n$`) }},
		{"install bin/lockersim", func(s step) { h.run(s.command, "") }},
		{"systemd-run --unit=lockersim", func(s step) { h.run(s.command, "") }},
		{"journalctl -u lockersim", h.reads},
		{"lockerd setup", h.answers},
		{"lockerd-with-keys hash", func(s step) { h.hash = h.tells(h.run(s.command, courierPIN+"\n"), `[0-9a-f]{64}`)[0] }},
		{"sudoedit /etc/lockerd/lockerd.toml", h.adds},
		{"lockerd-with-keys check", h.checks},
		{"systemctl start lockerd lockerd-kiosk", func(s step) { h.run(s.command, "") }},
		{"lockerd technician invite", func(s step) { h.invitation = h.run(s.command, ""); h.enrols(); h.setsUp(); h.brings() }},
		{"lockerd codes list", h.fetches},
	}
	for i, s := range steps {
		if i >= len(known) || !strings.HasPrefix(s.command, known[i].begins) {
			t.Fatalf("step %d of the page is %q: teach this test, and see that it goes", i+1, s.command)
		}
		began := time.Now()
		known[i].do(s)
		t.Logf("%5.1fs  %s", time.Since(began).Seconds(), s.command)
	}
	if len(steps) != len(known) {
		t.Errorf("the page has %d commands, want %d", len(steps), len(known))
	}
}

// step is a command of the page, and the lines that stand with it for a file.
type step struct{ command, lines string }

// firstHour takes the commands out of the page, and gives its section's text.
func firstHour(t *testing.T, text string) (steps []step, said string) {
	t.Helper()
	_, said, _ = strings.Cut(text, "\n## The first hour\n")
	said, _, found := strings.Cut(said, "\n## ")
	if !found {
		t.Fatal("the page has no first hour")
	}
	for line := range strings.Lines(said) {
		code, is := strings.CutPrefix(line, "    ")
		switch word, _, _ := strings.Cut(code, " "); {
		case !is:
		case word == "sudo" || word == "sudoedit" || word == "journalctl":
			steps = append(steps, step{command: strings.TrimPrefix(strings.TrimSpace(code), "sudo ")})
		case len(steps) > 0:
			steps[len(steps)-1].lines += code
		}
	}
	return steps, said
}

// run runs a command, root's as sudo would, with what is typed at it. It must succeed.
func (h *hour) run(command, typed string) string {
	h.t.Helper()
	cmd := exec.CommandContext(h.t.Context(), "sh", "-c", command)
	cmd.Stdin = strings.NewReader(typed)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		h.t.Fatalf("%s: %v\n%s%s", command, err, out, said.Bytes())
	}
	return string(out)
}

// tells finds what a command must have said.
func (h *hour) tells(out, pattern string) []string {
	h.t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(out)
	if found == nil {
		h.t.Fatalf("want %s, got\n%s", pattern, out)
	}
	return found
}

// reads learns the ports from the simulator.
func (h *hour) reads(s step) {
	h.t.Helper()
	ports := regexp.MustCompile(`lock boards +(\S.*)\n +scanner +(\S+)`)
	var found []string
	h.until("the simulator names its ports", func() bool {
		found = ports.FindStringSubmatch(h.run(s.command, ""))
		return found != nil
	})
	h.ports, h.scanner = found[1], found[2]
}

// answers is what the operator types at setup: the ports, a name, and Enter.
func (h *hour) answers(s step) {
	h.t.Helper()
	h.run(s.command, strings.Join([]string{"", "", h.ports, h.scanner, "", "", "", "Grace", ""}, "\n"))
}

// adds puts the courier into the configuration.
func (h *hour) adds(s step) {
	h.t.Helper()
	lines := strings.Replace(s.lines, "WHAT-HASH-PRINTED", h.hash, 1)
	if lines == s.lines {
		h.t.Fatalf("the page does not say where the hash goes:\n%s", lines)
	}
	f, err := os.OpenFile("/etc/lockerd/lockerd.toml", os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := f.WriteString("\n" + lines); err != nil || f.Close() != nil {
		h.t.Fatal(err)
	}
}

// checks wants nothing wrong.
func (h *hour) checks(s step) {
	h.t.Helper()
	if out := h.run(s.command, ""); strings.Contains(out, "WRONG") {
		h.t.Fatalf("something is wrong:\n%s", out)
	}
}

// enrols follows the invitation.
func (h *hour) enrols() {
	h.t.Helper()
	app, err := url.Parse(h.tells(h.invitation, `otpauth://\S+`)[0])
	if err != nil {
		h.t.Fatal(err)
	}
	once := strings.ReplaceAll(h.tells(h.invitation, `type: +([0-9 ]{14})`)[1], " ", "")
	h.on("out_of_order", "home")
	h.press("action", "technician") // the corner has no words
	h.on("tech_pin")
	h.press("code", once)
	h.on("new_pin")
	h.press("code", technicianPIN)
	h.on("new_pin_again")
	h.press("code", technicianPIN)
	h.on("new_code")
	code, err := totp.GenerateCode(app.Query().Get("secret"), time.Now())
	if err != nil {
		h.t.Fatal(err)
	}
	h.press("code", code)
	h.on("menu")
}

// setsUp is the technician's part: three columns of S, S, M, L, as the simulator says.
func (h *hour) setsUp() {
	h.t.Helper()
	h.touch("Set up")
	h.on("setup")
	h.touch("Find boards")
	h.on("setup")
	h.touch("Build the picture")
	for column := range 3 {
		if column > 0 {
			h.touch("Next column")
		}
		for _, size := range "SSML" {
			h.on("layout")
			h.press("size", string(size), "action", "add_door")
		}
	}
	h.touch("Back")
	h.on("setup")
	h.touch("Wire the doors")
	h.wires()
	h.touch("Save")
	h.on("save")
	h.touch("Yes, I have looked into all of them")
	h.on("home")
}

// brings is the courier's part.
func (h *hour) brings() {
	h.t.Helper()
	h.touch("Courier")
	h.on("pin")
	h.press("code", courierPIN)
	h.on("scan")
	h.post("/scan", `{"text":"`+tracking+`"}`)
	h.on("phone")
	h.press("phone", recipient)
	h.on("size")
	h.press("size", "S", "action", "size")
	h.on("drop")
	h.push()
	h.touch("Done, sign out")
	h.on("home", "thanks")
}

// fetches finds the code, and is the recipient.
func (h *hour) fetches(s step) {
	h.t.Helper()
	code := ""
	h.until("the code is listed", func() bool {
		found := regexp.MustCompile(`\s([0-9]{6,10})\s+\` + recipient).FindStringSubmatch(h.run(s.command, ""))
		if found != nil {
			code = found[1]
		}
		return found != nil
	})
	h.on("home")
	h.touch("Pick up a parcel")
	h.on("code")
	h.press("code", code)
	h.on("pickup")
	h.push()
	h.on("thanks")
	if out := h.run("lockerd journal show", ""); !strings.Contains(out, "parcel.collected") {
		h.t.Errorf("no parcel was fetched:\n%s", out)
	}
}
