package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// exposed is how much of the machine each unit may reach at most, as systemd-analyze counts it: 0 is nothing, 10 everything.
// What it is made of stands in docs/security.md.
var exposed = map[string]float64{"lockerd.service": 2.0, "lockerd-kiosk.service": 2.2, "lockerdesk.service": 1.5}

// TestUnitsAreShutIn: what systemd keeps from the services stays kept from them.
func TestUnitsAreShutIn(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is missing: apt install systemd")
	}
	for unit, most := range exposed {
		text, err := os.ReadFile("../systemd/" + unit)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), unit) // a unit of the machine with the same name would be added to it
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("systemd-analyze", "security", "--offline=true", path).CombinedOutput()
		found := regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`).FindSubmatch(out)
		if err != nil || found == nil {
			t.Fatalf("%s: %v: %s", unit, err, out)
		}
		if level, err := strconv.ParseFloat(string(found[1]), 64); err != nil || level > most {
			t.Errorf("%s: want an exposure of %.1f at most, got %s; %s", unit, most, found[1], "systemd-analyze security --offline=true says of what")
		}
	}
}

// rule is a line of a udev rules file: what has to be so, and what is set then.
var rule = regexp.MustCompile(`ENV\{(\w+)\}(==|!=|=)"([^"]*)"`)

// TestTheScreenHasNoKeyboards: of the kinds of devices that udev tells apart (input_id of systemd, src/udev/udev-builtin-input_id.c),
// which libinput is to ignore.
func TestTheScreenHasNoKeyboards(t *testing.T) {
	text, err := os.ReadFile("../systemd/lockerd-input.rules")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		device []string
		hidden bool
	}{
		"a keyboard":                                {[]string{"ID_INPUT_KEY", "ID_INPUT_KEYBOARD"}, true},
		"a scanner with the keys that it needs":     {[]string{"ID_INPUT_KEY"}, true},
		"a power button, a remote control":          {[]string{"ID_INPUT_KEY"}, true},
		"a keyboard with a mouse in it":             {[]string{"ID_INPUT_KEY", "ID_INPUT_KEYBOARD", "ID_INPUT_MOUSE"}, true},
		"a mouse with keys":                         {[]string{"ID_INPUT_KEY", "ID_INPUT_MOUSE"}, true},
		"a touch screen that is a keyboard as well": {[]string{"ID_INPUT_KEY", "ID_INPUT_KEYBOARD", "ID_INPUT_TOUCHSCREEN"}, true},
		"a touch screen":                            {[]string{"ID_INPUT_TOUCHSCREEN"}, false},
		"a touch screen with a home key":            {[]string{"ID_INPUT_KEY", "ID_INPUT_TOUCHSCREEN"}, false},
	} {
		env := map[string]string{}
		for _, property := range tt.device {
			env[property] = "1"
		}
		for _, line := range regexp.MustCompile(`(?m)^ENV.*$`).FindAllString(string(text), -1) {
			applies := true
			for _, term := range rule.FindAllStringSubmatch(line, -1) {
				switch is := env[term[1]] == term[3]; term[2] {
				case "==":
					applies = applies && is
				case "!=":
					applies = applies && !is
				case "=":
					if applies {
						env[term[1]] = term[3]
					}
				}
			}
		}
		if got := env["LIBINPUT_IGNORE_DEVICE"] == "1"; got != tt.hidden {
			t.Errorf("%s: want hidden %v, got %v", name, tt.hidden, got)
		}
	}
}
