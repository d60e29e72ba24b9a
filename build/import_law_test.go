// Package build holds what is true of the whole tree.
package build

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// everybodys may be imported by anyone: the rules, and leaves without state that need what the rules must not: what cabinet and cloud
// say to each other, the one reader of what is signed or typed, the one way to put a file on a disk, and what storage costs.
var everybodys = []string{"lockerd/internal/locker", "lockerd/internal/contract", "lockerd/internal/form", "lockerd/internal/durable", "lockerd/internal/tariff"}

// codecs have no state that a machine alone could own: hand tools and the simulator use them without a cabinet.
var codecs = []string{"lockerd/internal/lockboard", "lockerd/internal/credential", "lockerd/internal/report", "lockerd/internal/scanner"}

// rooms are what a cabinet is put together of.
var rooms = append([]string{"lockerd/internal/camera", "lockerd/internal/controller", "lockerd/internal/document", "lockerd/internal/journal",
	"lockerd/internal/metrics", "lockerd/internal/pins", "lockerd/internal/remote", "lockerd/internal/settings", "lockerd/internal/sync", "lockerd/internal/terminal", "lockerd/internal/ui"}, codecs...)

// allowed are the imports of our own that are not everybody's.
var allowed = map[string][]string{
	"lockerd/internal/cabinet":        rooms,
	"lockerd/internal/checkup":        append([]string{"lockerd/internal/cabinet"}, rooms...), // it looks at what a cabinet would use
	"lockerd/cmd/lockerd":             append([]string{"lockerd/internal/cabinet", "lockerd/internal/checkup", "lockerd/internal/manual", "lockerd/internal/qrcode"}, codecs...),
	"lockerd/cmd/lockersim":           append([]string{"lockerd/internal/cabinet", "lockerd/internal/conformance", "lockerd/internal/fleet", "lockerd/internal/sim"}, codecs...),
	"lockerd/internal/fleet":          {"lockerd/internal/cabinet", "lockerd/internal/credential", "lockerd/internal/sim"}, // many cabinets, and their metal
	"lockerd/internal/metrics":        {"lockerd/internal/lockboard", "lockerd/internal/sync"},                             // it reads what they measure
	"lockerd/internal/report":         {"lockerd/internal/credential"},                                                     // it has what is signed verified
	"lockerd/internal/ui":             {"lockerd/internal/money", "lockerd/internal/qrcode", "lockerd/internal/wording"},
	"lockerd/internal/sim":            {"lockerd/internal/lockboard", "lockerd/internal/terminal"}, // it speaks the boards' codecs, and a terminal's
	"lockerd/internal/truth/simulate": {"lockerd/internal/truth"},                                  // its command: what is for makers is not under cmd

	// The operator's side: its rules, and what lockerdesk is put together of.
	"lockerd/internal/desk/books":   {"lockerd/internal/desk"},
	"lockerd/internal/desk/orders":  {"lockerd/internal/desk", "lockerd/internal/desk/books", "lockerd/internal/credential", "lockerd/internal/money"},
	"lockerd/internal/desk/account": {"lockerd/internal/desk", "lockerd/internal/desk/books", "lockerd/internal/desk/guess", "lockerd/internal/credential"},
	"lockerd/internal/desk/broker":  {"lockerd/internal/desk", "lockerd/internal/desk/books", "lockerd/internal/credential"},
	"lockerd/internal/desk/letter":  {"lockerd/internal/desk", "lockerd/internal/money", "lockerd/internal/qrcode"},
	"lockerd/internal/desk/fees":    {"lockerd/internal/desk", "lockerd/internal/desk/books", "lockerd/internal/desk/orders", "lockerd/internal/money"},
	"lockerd/internal/desk/office": {"lockerd/internal/desk", "lockerd/internal/desk/account", "lockerd/internal/desk/books", "lockerd/internal/desk/fees", "lockerd/internal/desk/guess", "lockerd/internal/desk/letter",
		"lockerd/internal/desk/orders", "lockerd/internal/desk/round", "lockerd/internal/desk/stills", "lockerd/internal/money", "lockerd/internal/qrcode", "lockerd/internal/wording"},
	"lockerd/internal/desk/stills":  {"lockerd/internal/desk/books", "lockerd/internal/desk/guess"},
	"lockerd/internal/desk/duty":    {"lockerd/internal/desk/books"},
	"lockerd/internal/desk/post":    {"lockerd/internal/desk", "lockerd/internal/desk/books", "lockerd/internal/desk/duty", "lockerd/internal/desk/letter", "lockerd/internal/desk/shout", "lockerd/internal/desk/sms"},
	"lockerd/internal/desk/pages":   {"lockerd/internal/desk", "lockerd/internal/desk/books", "lockerd/internal/desk/guess", "lockerd/internal/desk/letter", "lockerd/internal/desk/orders"},
	"lockerd/internal/desk/round":   {"lockerd/internal/desk", "lockerd/internal/desk/books", "lockerd/internal/desk/guess", "lockerd/internal/desk/orders", "lockerd/internal/qrcode", "lockerd/internal/wording"},
	"lockerd/internal/desk/rest":    {"lockerd/internal/desk", "lockerd/internal/desk/books", "lockerd/internal/desk/fees", "lockerd/internal/desk/guess", "lockerd/internal/desk/orders", "lockerd/internal/desk/webhook"},
	"lockerd/internal/desk/export":  {"lockerd/internal/desk/books"},
	"lockerd/internal/desk/push":    {"lockerd/internal/desk", "lockerd/internal/desk/books", "lockerd/internal/desk/duty", "lockerd/internal/desk/shout"},
	"lockerd/internal/desk/sms":     {"lockerd/internal/desk/shout"},
	"lockerd/internal/desk/webhook": {"lockerd/internal/desk", "lockerd/internal/desk/books"},
	"lockerd/cmd/lockerdesk": {"lockerd/internal/desk/rest", "lockerd/internal/desk/webhook", "lockerd/internal/desk/export", "lockerd/internal/desk/push", "lockerd/internal/desk/sms",
		"lockerd/internal/desk", "lockerd/internal/desk/account", "lockerd/internal/desk/books", "lockerd/internal/desk/broker", "lockerd/internal/desk/duty", "lockerd/internal/desk/embedded", "lockerd/internal/desk/fees", "lockerd/internal/desk/letter",
		"lockerd/internal/desk/office", "lockerd/internal/desk/orders", "lockerd/internal/desk/pages", "lockerd/internal/desk/post", "lockerd/internal/desk/round", "lockerd/internal/desk/stills", "lockerd/internal/credential", "lockerd/internal/manual", "lockerd/internal/scanner", "lockerd/internal/settings"},

	"lockerd/internal/cabinet/cabinettest": {"lockerd/internal/credential"},
	"lockerd/internal/sync/cloudtest":      {"lockerd/internal/contract/schema", "lockerd/internal/relay", "lockerd/internal/sim"},

	// What holds any cabinet against the contract knows no room of ours.
	"lockerd/internal/contract/schema": {"lockerd/docs/contract"},
	"lockerd/internal/conformance":     {"lockerd/internal/contract/schema", "lockerd/internal/relay"},
}

// TestImportLaw: anyone may import locker, contract, form, durable and tariff; only the cabinet, and what looks at one before it runs, imports the rooms. It
// keeps every room replaceable, and the names of everything that meets in one place.
func TestImportLaw(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "lockerd/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		pkg, imports := fields[0], fields[1:]
		for _, i := range imports {
			ours := strings.HasPrefix(i, "lockerd/") && !slices.Contains(everybodys, i)
			if ours && !slices.Contains(allowed[pkg], i) {
				t.Errorf("%s imports %s: anyone may import internal/locker, contract, form, durable and tariff; let internal/cabinet bring the others together", pkg, i)
			}
			if pkg == "lockerd/internal/locker" && (strings.HasPrefix(i, "lockerd/") && i != "lockerd/internal/tariff" || strings.Contains(strings.Split(i, "/")[0], ".")) {
				t.Errorf("%s imports %s: the rules need nothing but the standard library, and tariff, which needs no more", pkg, i)
			}
			if (pkg == "lockerd/internal/form" || pkg == "lockerd/internal/durable" || pkg == "lockerd/internal/tariff") && strings.HasPrefix(i, "lockerd/") {
				t.Errorf("%s imports %s: it knows nobody", pkg, i)
			}
		}
	}
}
