package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"lockerd/internal/credential"
)

// authenticator is a technician's phone, and what else they were handed.
type authenticator struct {
	t    *testing.T
	in   credential.Invitation
	pin  string
	used int // recovery codes
}

// invite has a technician invited by the hand tool.
func (r *rig) invite(id, pin string) *authenticator {
	r.t.Helper()
	out, err := r.tool("technician", "invite", id, "--json")
	if err != nil {
		r.t.Fatalf("%v: %s", err, out)
	}
	a := &authenticator{t: r.t, pin: pin}
	if err := json.Unmarshal([]byte(out), &a.in); err != nil {
		r.t.Fatal(err)
	}
	return a
}

// shows is the app's code, so many time steps from now.
func (a *authenticator) shows(later int) string {
	a.t.Helper()
	key, err := otp.NewKeyFromURL(a.in.URL)
	if err != nil {
		a.t.Fatal(err)
	}
	code, err := totp.GenerateCode(key.Secret(), time.Now().Add(time.Duration(later)*credential.AppPeriod))
	if err != nil {
		a.t.Fatal(err)
	}
	return code
}

// recovery is the next recovery code.
func (a *authenticator) recovery() string {
	a.used++
	return a.in.Recovery[a.used-1]
}

// corner holds the hidden corner.
func (k *kiosk) corner() {
	k.t.Helper()
	eventually(k.t, "the hidden corner", func() bool {
		return k.eval(`String(!!document.getElementById("b-technician"))`) == "true"
	})
	k.hold("b-technician")
	k.on("tech_pin", "k-9")
}

// enrol follows an invitation, and leaves the app's next code, which is good already, for the next sign-in.
func (k *kiosk) enrol(a *authenticator) {
	k.t.Helper()
	k.corner()
	k.typed(a.in.Secret)
	k.on("new_pin", "k-9")
	k.typed(a.pin)
	k.on("new_pin_again", "k-9")
	k.typed(a.pin)
	k.on("new_code", "k-9")
	k.typed(a.shows(0))
	k.on("menu", "b-sign_out")
}

// signIn types a technician's PIN and a code.
func (k *kiosk) signIn(pin, code string) {
	k.t.Helper()
	k.corner()
	k.typed(pin)
	k.on("tech_code", "k-9")
	k.typed(code)
}

// service lets Grace in: the first time by an invitation, then by her PIN and her recovery codes, since a code of the
// app is good once and a test does not wait for the next one.
func (r *rig) service(k *kiosk) {
	r.t.Helper()
	if r.grace == nil {
		r.grace = r.invite("grace", "864209")
		k.enrol(r.grace)
		return
	}
	k.signIn(r.grace.pin, r.grace.recovery())
	k.on("menu", "b-sign_out")
}

// TestATechnicianEnrolsWithTheBrokerDown: nothing of it needs the cloud, and nothing of it is to be found on the disk.
func TestATechnicianEnrolsWithTheBrokerDown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	r.broker.Kill()
	k := r.browse()

	grace := r.invite("grace", "864209")
	if out, err := r.tool("technician", "list"); err != nil || !strings.Contains(out, "invited until") {
		t.Fatalf("want her listed as invited, got %v: %s", err, out)
	}
	k.enrol(grace)
	k.tap("b-sign_out")
	k.on("home", "b-pickup")
	if out, err := r.tool("technician", "list"); err != nil || !strings.Contains(out, "chief") ||
		!strings.Contains(out, "enrolled\n") {
		t.Fatalf("want her listed as enrolled, got %v: %s", err, out)
	}

	k.signIn("135791", grace.shows(1))
	k.on("tech_pin", "k-9")
	k.tap("b-back")
	code := grace.shows(1)
	k.signIn(grace.pin, code)
	k.on("menu", "b-setup")
	k.tap("b-sign_out")
	k.on("home", "b-pickup")
	k.signIn(grace.pin, code) // seen over her shoulder
	k.on("tech_pin", "k-9")

	r.kill()
	r.start()
	k.on("home", "b-pickup")
	k.signIn(grace.pin, code)
	k.on("tech_pin", "k-9")
	k.tap("b-back")
	k.signIn(grace.pin, grace.recovery())
	k.on("menu", "b-sign_out")
	r.absent(grace.pin, grace.in.Secret, grace.in.URL, grace.in.Recovery[0], "argon2id")

	if out, err := r.tool("technician", "remove", "grace"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	k.on("home", "b-pickup")
	k.signIn(grace.pin, grace.recovery())
	k.on("tech_pin", "k-9")
	if out, err := r.tool("technician", "remove", "grace"); err == nil {
		t.Fatalf("want it said that there is nobody, got %s", out)
	}
	if out, err := r.tool("technician", "invite", "mallory"); err == nil {
		t.Fatalf("want it said that there is no such technician, got %s", out)
	}
}

// absent: none of these texts is in any file of the cabinet, the log included.
func (r *rig) absent(texts ...string) {
	r.t.Helper()
	err := filepath.WalkDir(r.dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		for i, text := range texts {
			if strings.Contains(string(data), text) {
				r.t.Errorf("%s holds text %d in the clear", path, i)
			}
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

func TestAnInvitationIsPrinted(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	in := credential.Invitation{Secret: "123456789012", Recovery: []string{"1234567890"},
		URL: "otpauth://totp/lockerd%20demo-1:grace?secret=ABCDEFGHIJKLMNOPQRSTUVWXYZ234567&issuer=lockerd%20demo-1"}
	if err := printInvitation(&b, "grace", in); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"1234 5678 9012", "1234 5678 90\n", in.URL, "▀"} {
		if !strings.Contains(b.String(), text) {
			t.Errorf("want %q printed", text)
		}
	}
	for line := range strings.Lines(b.String()) {
		if n := len([]rune(line)); strings.Contains(line, "\x1b") && n > 100 {
			t.Errorf("want a picture that fits a terminal, got a line of %d", n)
		}
	}
}
