package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"lockerd/internal/cabinet"
	"lockerd/internal/journal"
)

// disguises are the ways in which a text may lie in a file.
func disguises(text string) map[string][]byte {
	out := map[string][]byte{"plain": []byte(text), "hex": []byte(hex.EncodeToString([]byte(text))),
		"HEX": []byte(strings.ToUpper(hex.EncodeToString([]byte(text))))}
	var little, big []byte
	for _, u := range utf16.Encode([]rune(text)) {
		little, big = append(little, byte(u), byte(u>>8)), append(big, byte(u>>8), byte(u))
	}
	out["UTF-16LE"], out["UTF-16BE"] = little, big
	for lead := range 3 { // what stands before it moves its bits
		b := []byte(strings.Repeat("x", lead) + text)
		whole := b[:len(b)/3*3]
		first := (lead + 2) / 3 * 4 // digits that what stands before has a part in
		for name, enc := range map[string]*base64.Encoding{"base64": base64.StdEncoding, "base64url": base64.URLEncoding} {
			out[fmt.Sprint(name, " ", lead)] = []byte(enc.EncodeToString(whole)[first:])
		}
	}
	return out
}

// hidesNowhere holds that no file under a folder has a secret in it, in no disguise.
func hidesNowhere(t *testing.T, dir string, secrets map[string]string) {
	t.Helper()
	looked := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		file, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		looked++
		for name, secret := range secrets {
			for how, text := range disguises(secret) {
				if bytes.Contains(file, text) {
					t.Errorf("%s holds %s (%s)", path, name, how)
				}
			}
		}
		return nil
	})
	if err != nil || looked < 8 {
		t.Fatalf("want at least eight files looked at, got %d, %v", looked, err)
	}
}

// TestDisguises: what is looked for is found.
func TestDisguises(t *testing.T) {
	t.Parallel()
	const secret = "+4915112345667"
	for before := range 4 {
		around := []byte(`{"phone":"`[:7+before] + secret + `","x"}`)
		for _, hay := range [][]byte{around, []byte(base64.StdEncoding.EncodeToString(around)),
			[]byte(base64.RawURLEncoding.EncodeToString(around)), []byte(hex.EncodeToString(around))} {
			found := false
			for _, needle := range disguises(secret) {
				found = found || bytes.Contains(hay, needle)
			}
			if !found {
				t.Errorf("not found in %s", hay)
			}
		}
	}
}

// press does at the kiosk what a finger does.
func (r *rig) press(what, value string) {
	r.t.Helper()
	r.pressWith(map[string]string{what: value})
}

func (r *rig) pressWith(press map[string]string) {
	r.t.Helper()
	page := &intruder{rig: r, headers: map[string]string{"Origin": "http://" + r.kiosk}}
	_, press["revision"] = page.sees()
	body, _ := json.Marshal(press)
	if status, _, answer := page.send(http.MethodPost, "/press", string(body)); status != http.StatusAccepted {
		r.t.Fatalf("press %v: %d, %s", press, status, answer)
	}
}

// finish ends the session at the kiosk.
func (r *rig) finish() {
	r.t.Helper()
	r.press("action", "finish")
	r.cloud.await("the session ended", func(c *cloud) bool {
		started, _ := c.last("session.started", "", "")
		ended, ok := c.last("session.ended", "", "")
		return ok && ended.Seq > started.Seq
	})
}

// asked waits until the kiosk asks a question.
func (r *rig) asked(step string) {
	r.t.Helper()
	page := &intruder{rig: r, headers: map[string]string{"Origin": "http://" + r.kiosk}}
	r.cloud.await("step "+step, func(*cloud) bool { is, _ := page.sees(); return is == step })
}

const (
	eve      = "Eve Wintergreen"
	eveBadge = "BADGE-EVE-QX5000"
	evePIN   = "24681357"
	phone1   = "+4915112345667" // as announce tells it
	phone2   = "493055566778"
	phone3   = "33712345098" // of somebody who has no code
)

// aBusyDay lets a courier come whom the cloud has put, who brings an announced parcel and one whose recipient is typed;
// both are fetched, one by the QR of a signed token, and somebody asks for a code once more. It returns what opened.
func (r *rig) aBusyDay() (code1, code2, qr string) {
	r.t.Helper()
	r.cloud.order("put-eve", "courier.put", map[string]any{"courier": "eve", "company": "Example Parcel"}, r.public,
		map[string]string{"name": eve, "badge": eveBadge, "pin": evePIN})
	r.announce("PARCEL-1", "S")
	r.scan(eveBadge)
	r.asked("scan")
	first := r.drop("PARCEL-1")
	r.scan("PARCEL-2")
	r.asked("phone")
	r.press("phone", phone2)
	r.asked("size")
	r.pressWith(map[string]string{"action": "size", "size": "S"})
	second := r.given("PARCEL-2")
	r.push(second)
	qr = token(r.t, nil)
	r.scan(qr) // the next person
	r.push(first)
	r.cloud.await("PARCEL-1 collected", func(c *cloud) bool { return c.count("parcel.collected") == 1 })
	var stored happened
	r.cloud.await("PARCEL-2 stored", func(c *cloud) (ok bool) {
		stored, ok = c.last("parcel.stored", "tracking", "PARCEL-2")
		return ok
	})
	code2 = stored.personal["code"]
	r.finish()
	r.press("action", "courier")
	r.asked("pin")
	r.press("code", evePIN)
	r.asked("scan")
	r.press("action", "sign_out")
	r.cloud.await("stills of two drop-offs and a pickup", func(c *cloud) bool { return c.count("photo.kept") >= 3 })
	r.scan("LD1:" + code2)
	r.push(second)
	r.cloud.await("PARCEL-2 collected", func(c *cloud) bool { return c.count("parcel.collected") == 2 })
	r.finish()
	r.press("action", "pickup")
	r.asked("code")
	r.press("action", "resend")
	r.asked("resend")
	r.press("phone", phone3)
	r.cloud.await("the code asked for", func(c *cloud) bool {
		h, ok := c.last("code.resend_asked", "", "")
		return ok && h.personal["phone"] == phone3
	})
	return r.code("PARCEL-1"), code2, qr
}

// TestNothingPersonalOnDisk: after a day of people, no file of the cabinet and nothing that it said to the broker holds a
// name, a phone, a code, a badge or a PIN, in whatever disguise; nor does the log, with every frame in it.
func TestNothingPersonalOnDisk(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	code1, code2, qr := r.aBusyDay()
	if out, err := r.tool("journal", "backup"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	r.cloud.order("out", "courier.remove", map[string]any{"courier": "eve"}, "", nil)
	r.cloud.await("Eve removed", func(c *cloud) bool { return c.count("courier.removed") == 1 })
	r.cloud.complete()
	secrets := map[string]string{"a name": eve, "a badge": eveBadge, "a PIN": evePIN, "a phone": phone1, "a typed phone": phone2,
		"the digits of a phone": strings.TrimPrefix(phone1, "+"), "a code": code1, "another code": code2,
		"Ada's badge": "BADGE-ADA", "the phone of who has no code": phone3, "a token": qr,
		"a token's signature": strings.Split(qr, ".")[2]}
	for name, said := range r.cloud.heard() {
		for what, secret := range secrets {
			for how, text := range disguises(secret) {
				if bytes.Contains(said, text) {
					t.Errorf("%s at the broker holds %s (%s)", name, what, how)
				}
			}
		}
	}
	if line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", r.process.Process.Pid)); err != nil || bytes.Contains(line, []byte(eve)) {
		t.Errorf("the command line: %q, %v", line, err)
	}
	hidesNowhere(t, r.dir, secrets)
	r.stop()
	hidesNowhere(t, r.dir, secrets)
}

// TestErasingAPerson: the cloud orders somebody's data destroyed. Their keys and photos are gone from everything that the
// cabinet has, the chain holds, here and at the cloud, and what lies here can still be fetched.
func TestErasingAPerson(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	door, code := r.broughtIn("PARCEL-1")
	erase := func(id string, body map[string]any) {
		t.Helper()
		r.cloud.order(id, "person.erase", body, "", nil)
		r.cloud.await("order "+id, func(c *cloud) bool {
			_, done := c.last("person.erased", "order", id)
			_, refused := c.last("order.refused", "order", id)
			return done || refused
		})
	}
	erase("too early", map[string]any{"tracking": "PARCEL-1"})
	if h, ok := r.cloud.last("order.refused", "order", "too early"); !ok || !strings.Contains(h.field("why"), "is here") {
		t.Errorf("want it refused while the parcel is here, got %s", h.Event)
	}
	r.scan("LD1:" + code)
	r.push(door)
	r.cloud.await("both stills", func(c *cloud) bool { return c.count("photo.kept") == 2 })
	for range 2 {
		if out, err := r.tool("journal", "backup"); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	other, _ := r.broughtIn("PARCEL-2")
	r.cloud.await("its still", func(c *cloud) bool { return c.count("photo.kept") == 3 })
	aside := filepath.Join(r.dir, "journal.db.damaged-1")
	if err := os.WriteFile(aside, []byte("what was once set aside"), 0o600); err != nil {
		t.Fatal(err)
	}

	erase("nobody", map[string]any{"parcel": "p-unheard-of"})
	if h, ok := r.cloud.last("person.erased", "order", "nobody"); !ok || h.field("keys") != "0" {
		t.Errorf("want it said that nothing is known of them, got %s", h.Event)
	}
	erase("now", map[string]any{"tracking": "PARCEL-1"})
	h, ok := r.cloud.last("person.erased", "order", "now")
	if !ok || strings.Count(h.field("photos"), ".sealed") != 2 || h.field("keys") != "5" { // order, session, parcel, photos
		t.Errorf("want five keys and two photos erased, got %s", h.Event)
	}
	photos, _ := filepath.Glob(filepath.Join(r.photos(), "*"))
	if len(photos) != 1 {
		t.Errorf("want the other parcel's photo alone, got %v", photos)
	}
	if _, err := os.Stat(aside); !os.IsNotExist(err) {
		t.Errorf("want what was set aside gone, got %v", err)
	}
	if out, err := r.tool("journal", "verify"); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	r.scan("LD1:" + r.code("PARCEL-2"))
	r.push(other)
	r.cloud.complete() // and its copy of the chain is whole
	r.stop()           // what the cloud has confirmed last is on the disk now, and the keys that go with it are gone
	r.onlyNew(1)
	cfg, err := cabinet.Read(r.config)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := cfg.ReadKeys()
	if err != nil {
		t.Fatal(err)
	}
	report, err := journal.Verify(cfg.Journal, cfg.Cabinet, keys.Master)
	if err != nil || report.Sealed-report.Erased > 2 { // the other parcel's photos
		t.Errorf("want all but the other's photos erased, got %+v, %v", report, err)
	}
	r.start()
	r.ready()
}
