package cabinet

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"lockerd/internal/cabinet/cabinettest"
)

// goNames are what no message may show: names of packages, types and fields of Go.
var goNames = regexp.MustCompile(`struct field|main\.|\bconfig\.[A-Z]|locker\.[A-Z]|\*errors|interface \{\}|reflect|\bint64\b|time\.Duration|%!|map\[`)

// TestBrokenConfigurations breaks the reference in many ways. Each error says file, line and column of what it is about, in
// words. `at` is the text of the line that the error is to point at, from the column on.
func TestBrokenConfigurations(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(cabinettest.Reference(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, old, new, at, want string }{
		{"unknown key", `cabinet = "demo-1"`, "cabinet = \"demo-1\"\ncolour = \"red\"", "colour", `there is no setting "colour"`},
		{"unknown key in a table", "wrong_tries = 5", "wrong_trys = 5", "wrong_trys", `there is no setting "rules.wrong_trys"`},
		{"unknown table", "[poster]", "[posters]", "posters", `there is no setting "posters`},
		{"not TOML", `cabinet = "demo-1"`, `cabinet = demo`, "demo", ``},
		{"no closing quote", `clock = "ntp"`, `clock = "ntp`, "", ``},
		{"a number in quotes", "wrong_tries = 5", `wrong_tries = "five"`, `"five"`, `rules.wrong_tries: must be a whole number, and is of the kind string`},
		{"a text without quotes", `username = "demo-1"`, `username = 7`, `7`, `cloud.username: must be a text in quotes, and is of the kind integer`},
		{"a bool in quotes", `looks = true`, `looks = "yes"`, `"yes"`, `rules.looks: must be true or false, and is of the kind string`},
		{"a fraction", "breaker_doors = 5", `breaker_doors = 5.5`, `5.5`, `rules.breaker_doors: must be a whole number, and is of the kind float`},
		{"one for a list", `languages = ["en", "ar"]`, `languages = "en"`, `"en"`, `languages: must be a list, each a text in quotes`},
		{"a list for one", `cabinet = "demo-1"`, `cabinet = ["demo-1"]`, `["demo-1"]`, `cabinet: must be a text in quotes, and is of the kind array`},
		{"a table for a list", "[[size]]\nname = \"L\"", "[size]\nname = \"L\"", "", `size`},
		{"a key twice", `clock = "ntp"`, "clock = \"ntp\"\nclock = \"ntp\"", "clock", `already`},
		{"no unit", `idle = "1m"`, `idle = "60"`, `"60"`, `missing unit`},
		{"a number for a time", `idle = "1m"`, `idle = 60`, `idle`, `times.idle: must be a time with its unit, as "30s"`},
		{"numbers for times", `lockouts = ["1m", "5m", "30m"]`, `lockouts = ["1m", 5]`, "lockouts", `times.lockouts: must be a time with its unit`},
		{"a number for a pulse", `pulse = "1s"`, `pulse = 1`, "pulse", `bus.board.pulse: must be a time with its unit`},
		{"too large a number", "wrong_tries = 5", "wrong_tries = 99999999999999999999", "99999999999999999999", ``},
		{"no time", `bounce = "3s"`, `bounce = "0s"`, `bounce`, `time bounce: must be above 0`},
		{"a strange clock", `clock = "ntp"`, `clock = "sundial"`, `clock`, `"sundial"`},
		{"a strange language", `["en", "ar"]`, `["en", "tlh"]`, `languages`, `there is no "tlh"`},
		{"not loopback", `127.0.0.1:8080`, `0.0.0.0:8080`, `listen`, `loopback only`},
		{"codes too short", "code_digits = 0", "code_digits = 4", `code_digits`, `6 to 10 digits`},
		{"phones gone too early", `personal = "720h"`, `personal = "24h"`, `personal`, `retention.personal`},
		{"a door twice", "number = 2", "number = 1", "number = 1\nsize = \"M\"", `door 1 is listed twice`},
		{"two doors on one lock", "board = 2\nchannel = 1", "board = 1\nchannel = 1", "", `doors 1 and 2 are on the same lock`},
		{"a door without a size", "size = \"M\"\n", "", "door]]\nnumber = 2", `door 2 has no size`},
		{"no such size", "size = \"M\"\n", "size = \"XXL\"\n", `size = "XXL"`, `door 2: size "XXL"`},
		{"no such bus", "bus = \"main\"\nboard = 2", "bus = \"other\"\nboard = 2", `bus = "other"`, `door 2: there is no bus "other"`},
		{"no such board", "bus = \"main\"\nboard = 2", "bus = \"main\"\nboard = 7", `board = 7`, `door 2: bus "main" has no board 7`},
		{"no such channel", "board = 2\nchannel = 1", "board = 2\nchannel = 13", "", `door 2: board 2 has 12 locks, not 13`},
		{"a bus twice", "[[scanner]]\nname = \"front\"", "[[bus]]\nname = \"main\"\nport = \"/dev/ttyS9\"\n[[scanner]]\nname = \"front\"", "name = \"main\"\nport = \"/dev/ttyS9\"", `bus "main" is listed twice`},
		{"a strange contact", `contact = "latch"             #`, `contact = "hatch"             #`, "", `contact`},
		{"a strange family", `family = "8A"          #`, `family = "9Z"          #`, "", `9Z`},
		{"no such supply", `supply = "main"`, `supply = "mian"`, `supply = "mian"`, `there is no supply "mian"`},
		{"a badge that is no hash", `badge = "0000000000000000000000000000000000000000000000000000000000000001"`, `badge = "BADGE"`, `"BADGE"`, `64 hex digits`},
		{"a role that there is not", `role = "chief"`, `role = "boss"`, "", `boss`},
		{"a right that there is not", `rights = ["drop", "recall_own"]`, `rights = ["steal"]`, "", `steal`},
		{"a date that is none", "# from = 2026-12-01T00:00:00Z", "from = 2026-13-01T00:00:00Z", "", ``},
		{"a date in quotes", "# from = 2026-12-01T00:00:00Z", `from = "soon"`, "", ``},
		{"an issuer that signs nothing", `signs = ["orders", "tokens"]`, `signs = []`, "signs", `issuer "a": signs`},
		{"an issuer's key", `signs = ["orders", "tokens"]`, "signs = [\"orders\"]\n[[issuer]]\nid = \"b\"\nkey = \"AAAA\"\nsigns = [\"orders\"]", `key = "AAAA"`, `issuer "b": key`},
		{"a pin", "# [pins]\n", "[pins]\nlamp = { line = 3 }\n", "3", `must be a text in quotes`},
		{"two on one port", "/dev/serial/by-id/usb-Honeywell_Scanner_00001-if00", "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A10K5XYZ-if00-port0", "", `on the same port`},
		{"photos without records", `records = "2160h"`, `records = "48h"`, "", `photos cannot be kept longer than the records`},
		{"judged too early", `judge = "7s"`, `judge = "1s"`, "judge", `must be longer than within`},
		{"a badge twice", "0000000000000000000000000000000000000000000000000000000000000002", "0000000000000000000000000000000000000000000000000000000000000001", "", `have the same badge or PIN`},
		{"metrics at no address", `listen = ""            # "127.0.0.1:9464"`, `listen = "localhost:9464" #`, `listen`, `must be an address of this PC and a port`},
		{"a supply of nothing", "pulses = 1", "pulses = 0", "", `supply "main"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i := strings.LastIndex(string(text), tt.old)
			if i < 0 {
				t.Fatalf("the reference has no %q to change", tt.old)
			}
			for name, form := range map[string]func(string) string{
				"":     func(s string) string { return s },
				"CRLF": func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
				"BOM":  func(s string) string { return "\ufeff" + s },
			} {
				broken := string(text[:i]) + tt.new + string(text[i+len(tt.old):])
				path := filepath.Join(t.TempDir(), "lockerd.toml")
				if err := os.WriteFile(path, []byte(form(broken)), 0o600); err != nil {
					t.Fatal(err)
				}
				_, err := Read(path)
				if err == nil {
					t.Fatalf("%s: want it refused", name)
				}
				where := regexp.MustCompile("^" + regexp.QuoteMeta(path) + `:(\d+):(\d+): (.*)`).FindStringSubmatch(err.Error())
				if where == nil || !strings.Contains(err.Error(), tt.want) || goNames.MatchString(err.Error()) {
					t.Fatalf("%s: want file, line, column and %q, in words, got %v", name, tt.want, err)
				}
				if rest := from(broken, where[1], where[2]); !strings.HasPrefix(rest, tt.at) {
					t.Errorf("%s: want it to point at %q, it points at %.30q: %v", name, tt.at, rest, err)
				}
			}
		})
	}
}

// from is a text from a line and column on.
func from(text, row, column string) string {
	lines := strings.SplitAfter(text, "\n")
	r, c := atoi(row), atoi(column)
	if r < 1 || r > len(lines) || c < 1 || c > len(lines[r-1]) {
		return "(outside of the file)"
	}
	return strings.Join(lines[r-1:], "")[c-1:]
}

func atoi(s string) (n int) {
	for _, d := range s {
		n = 10*n + int(d-'0')
	}
	return n
}

// TestOtherEditors: a mark before the text and Windows' line ends are read, UTF-16 is called by its name.
func TestOtherEditors(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(cabinettest.Reference(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text []byte
		want string
	}{
		"mark":       {append([]byte("\xef\xbb\xbf"), text...), ""},
		"line ends":  {bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")), ""},
		"UTF-16":     {append([]byte("\xff\xfe"), text...), "is written in UTF-16: save it as UTF-8"},
		"UTF-16, BE": {append([]byte("\xfe\xff"), text...), "is written in UTF-16: save it as UTF-8"},
	} {
		path := filepath.Join(t.TempDir(), "lockerd.toml")
		if err := os.WriteFile(path, c.text, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Read(path)
		if err == nil && c.want != "" || err != nil && (c.want == "" || !strings.Contains(err.Error(), path+": "+c.want)) {
			t.Errorf("%s: want %q, got %v", name, c.want, err)
		}
	}
}
