package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"lockerd/internal/cabinet"
	"lockerd/internal/locker"
)

// token is what the operator's server sends to a phone; what is changed in it makes it another.
func token(t *testing.T, change func(*locker.Token)) string {
	t.Helper()
	tok := locker.Token{Cabinet: "rig", Parcel: "PARCEL-1", Expires: time.Now().Add(time.Hour)}
	if change != nil {
		change(&tok)
	}
	text, err := issuer.Token(tok)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// journal is what the cabinet remembers, by its own word: the broker may be down.
func (r *rig) journal() (list []happened) {
	r.t.Helper()
	err := (&cabinet.Config{Socket: filepath.Join(r.dir, "sock")}).Client().Records(0, func(line []byte) error {
		list = append(list, happened{})
		return json.Unmarshal(line, &list[len(list)-1])
	})
	if err != nil && !errors.Is(err, cabinet.ErrNotRunning) { // it is ready before its socket is
		r.t.Fatal(err)
	}
	return list
}

func (r *rig) recorded(kind, field, value string) (n int) {
	for _, h := range r.journal() {
		if h.Kind == kind && (field == "" || h.field(field) == value) {
			n++
		}
	}
	return n
}

// TestWhoOpensWithTheBrokerDown: a recipient with a phone's QR, a courier with a badge, a technician with PIN and app.
func TestWhoOpensWithTheBrokerDown(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.setting("[times]\nthanks = \"20s\"\n")
	r.commission()
	door, _ := r.broughtIn("PARCEL-1")
	r.broker.Kill()
	pulses := r.pulses()

	qr := token(t, nil)
	r.scan(qr)
	eventually(t, "the recipient's door springs open", r.lock(door).isOpen)
	eventually(t, "collected", func() bool { return r.recorded("parcel.collected", "", "") == 1 })
	r.lock(door).push()
	k := r.browse()
	k.on("thanks", "b-finish")
	k.tap("b-finish")
	k.on("home", "b-pickup")
	eventually(t, "the reopening time over", func() bool { return r.recorded("door.emptied", "proof", "pickup") == 1 })
	r.scan(qr)
	eventually(t, "the token refused", func() bool { return r.recorded("code.refused", "because", "used") == 1 })

	r.scan("BADGE-ADA")
	eventually(t, "the courier signed in", func() bool { return r.recorded("courier.signed_in", "by", "badge") == 2 })
	k.tap("b-sign_out")
	k.on("home", "b-pickup")
	grace := r.invite("grace", "864209")
	k.enrol(grace)
	k.tap("b-sign_out")
	k.signIn(grace.pin, grace.shows(1))
	k.on("menu", "b-sign_out")

	r.kill() // and after a power cut
	r.start()
	eventually(t, "the scanner reads again", func() bool {
		r.scan(qr)
		return r.recorded("code.refused", "because", "used") > 1
	})
	if n := r.pulses() - pulses; n != 1 {
		t.Errorf("want one pulse, got %d", n)
	}
	r.absent(qr, strings.Split(qr, ".")[2])
}

// TestTokensOfAThief: everything that looks like a token and is none of this cabinet's, each refused for its reason.
func TestTokensOfAThief(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	r.broughtIn("PARCEL-1")
	used := token(t, func(k *locker.Token) { k.Parcel, k.Door = "", 6 })
	r.scan(used)
	r.push(6)
	revoked := token(t, func(k *locker.Token) { k.ID = "taken-back" })
	r.cloud.order("revoke", "tokens.revoke", map[string]any{"ids": []string{"taken-back"}, "until": time.Now().Add(time.Hour)}, "", nil)
	r.cloud.await("revoked", func(c *cloud) bool { return c.count("tokens.revoked") == 1 })
	pulses := r.pulses()

	good := strings.Split(token(t, nil), ".")
	encode := base64.RawURLEncoding.EncodeToString
	none := encode([]byte(`{"alg":"none","kid":"cloud"}`)) + "." + good[1]
	hs := encode([]byte(`{"alg":"HS256","kid":"cloud"}`)) + "." + good[1]
	public, _ := base64.StdEncoding.DecodeString(issuer.Issuer().Key)
	mac := hmac.New(sha256.New, public)
	mac.Write([]byte(hs))
	stranger, _ := newSigner("stranger", 7).Token(locker.Token{Cabinet: "rig", Parcel: "PARCEL-1", Expires: time.Now().Add(time.Hour)})
	forger, _ := newSigner("cloud", 7).Token(locker.Token{Cabinet: "rig", Parcel: "PARCEL-1", Expires: time.Now().Add(time.Hour)})
	order := r.cloud.sign(issuer, []byte(`{"id":"1"}`))
	for _, a := range []struct{ text, because string }{
		{token(t, func(k *locker.Token) { k.Cabinet = "rig-2" }), "cabinet"},
		{token(t, func(k *locker.Token) { k.Expires = time.Now().Add(-2 * time.Minute) }), "expired"},
		{token(t, func(k *locker.Token) { k.NotBefore = time.Now().Add(2 * time.Minute) }), "early"},
		{token(t, func(k *locker.Token) { k.Parcel = "PARCEL-9" }), "nothing"},
		{used, "used"},
		{revoked, "revoked"},
		{none + ".AAAA", "algorithm"},
		{hs + "." + encode(mac.Sum(nil)), "algorithm"},
		{stranger, "issuer"},
		{forger, "signature"},
		{good[0] + "." + encode([]byte(`{"aud":"rig","jti":"1","door":1,"exp":1999999999}`)) + "." + good[2], "signature"},
		{order, "form"},
	} {
		before := r.cloud.count("code.refused")
		r.scan(a.text)
		r.cloud.await("refused: "+a.because, func(c *cloud) bool {
			_, ok := c.last("code.refused", "because", a.because)
			return ok && c.count("code.refused") > before
		})
	}
	r.cloud.complete()
	if n := r.pulses() - pulses; n != 0 {
		t.Fatalf("the thief opened %d doors", n)
	}
	if n := r.recorded("typing.locked", "", ""); n != 0 {
		t.Errorf("want nobody's typing locked by scans, got %d", n)
	}
}

// TestBarcodesOfAThief: what is held before the scanner is a text and nothing more.
func TestBarcodesOfAThief(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	k := r.browse()
	k.leads("b-pickup", "code", "k-9")
	for _, text := range []string{
		"../../../etc/passwd", `<img src=x onerror="document.title='owned'">`, "'; DROP TABLE parcels; --", "{{.}}", "%s%n%x",
		"eyJhbGciOiJub25lIn0.e30.", strings.Repeat("\x01\xff", 2000), strings.Repeat("A", 4096), "\x00", "LD1:00000000",
		"LD1:" + strings.Repeat("9", 200),
	} {
		r.scan(text)
	}
	r.scan("BADGE-ADA")
	r.cloud.await("the courier served after all that", func(c *cloud) bool { return c.count("courier.signed_in") == 1 })
	r.scan(`<img src=x onerror="document.title='owned'">`) // as a parcel's number, on the courier's screen
	k.on("phone", "k-9")
	if got := k.eval(`document.title + document.querySelectorAll("img[src=x]").length`); strings.Contains(got, "owned") || !strings.HasSuffix(got, "0") {
		t.Errorf("a barcode became markup: %q", got)
	}
	if n := r.pulses(); n != 0 {
		t.Errorf("want no pulse, got %d", n)
	}
}

// intruder speaks to the kiosk's server as no page does.
type intruder struct {
	*rig
	headers map[string]string
	host    string
}

func (a *intruder) send(method, path, body string) (status int, header http.Header, answer string) {
	a.t.Helper()
	request, err := http.NewRequestWithContext(a.t.Context(), method, "http://"+a.kiosk+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for name, value := range a.headers {
		request.Header.Set(name, value)
	}
	if a.host != "" {
		request.Host = a.host
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		a.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return response.StatusCode, response.Header, string(text)
}

var (
	plateOnPage    = regexp.MustCompile(`<p class="plate"[^>]*>([0-9]+)<`)
	revisionOnPage = regexp.MustCompile(`revision&#34;:&#34;([0-9]+)`)
	stepOnPage     = regexp.MustCompile(`step&#34;:&#34;([a-z_]*)`)
)

// sees is the screen's step and revision.
func (a *intruder) sees() (step, revision string) {
	a.t.Helper()
	step, revision, _ = a.reads()
	return step, revision
}

// reads is the screen's step and revision, and the door whose number it shows; 0 if none.
func (a *intruder) reads() (step, revision string, door int) {
	a.t.Helper()
	_, _, page := a.send("GET", "/", "")
	r, s := revisionOnPage.FindStringSubmatch(page), stepOnPage.FindStringSubmatch(page)
	if r == nil || s == nil {
		a.t.Fatalf("no revision or step on the page: %.600s", page)
	}
	if plate := plateOnPage.FindStringSubmatch(page); plate != nil {
		door, _ = strconv.Atoi(plate[1])
	}
	return s[1], r[1], door
}

// TestForeignPages: a page of somebody else's in the kiosk's browser, or a name that was rebound, presses nothing.
func TestForeignPages(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	own := map[string]string{"Origin": "http://" + r.kiosk}
	_, revision := (&intruder{rig: r, headers: own}).sees()
	press := fmt.Sprintf(`{"revision":%q,"action":"pickup"}`, revision)
	for name, a := range map[string]intruder{
		"another origin":    {rig: r, headers: map[string]string{"Origin": "https://evil.example"}},
		"a sandboxed frame": {rig: r, headers: map[string]string{"Origin": "null"}},
		"cross-site":        {rig: r, headers: map[string]string{"Sec-Fetch-Site": "cross-site"}},
		"no origin at all":  {rig: r},
		"a rebound name":    {rig: r, headers: map[string]string{"Origin": "http://evil.example"}, host: "evil.example"},
	} {
		if status, _, _ := a.send("POST", "/press", press); status != http.StatusForbidden {
			t.Errorf("%s: want 403, got %d", name, status)
		}
	}
	if status, _, _ := (&intruder{rig: r, host: "evil.example"}).send("GET", "/", ""); status != http.StatusForbidden {
		t.Errorf("a rebound name reads the page: %d", status)
	}
	_, header, _ := (&intruder{rig: r}).send("GET", "/", "")
	if header.Get("X-Frame-Options") != "DENY" ||
		!strings.Contains(header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Error("the page can be framed")
	}
	if step, _ := (&intruder{rig: r}).sees(); step != "home" {
		t.Errorf("want nothing pressed, got screen %q", step)
	}
}

// tries is how many there can have been since a time at the technicians' keypad, where each wrong one costs a longer wait.
func tries(since time.Time) (n int) {
	left := time.Since(since)
	for _, wait := range []time.Duration{2, 5, 10, 20, 30, 30, 30, 30, 30, 30, 30} {
		if n++; left < wait*time.Second {
			return n
		}
		left -= wait * time.Second
	}
	return n + int(left/(30*time.Second))
}

// TestGuessingAtTheKeypads: five tries each, or one after each wait, and whatever is posted meanwhile is not even looked at.
func TestGuessingAtTheKeypads(t *testing.T) {
	t.Parallel()
	for _, pad := range []struct{ action, step string }{{"pickup", "code"}, {"courier", "pin"}, {"technician", "tech_pin"}} {
		t.Run(pad.step, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.commission()
			r.broughtIn("PARCEL-1")
			a := &intruder{rig: r, headers: map[string]string{"Origin": "http://" + r.kiosk}}
			pulses := r.pulses()
			began := time.Now()
			most := func() int {
				if pad.step == "tech_pin" {
					return tries(began)
				}
				return 5
			}
			n := 0
			guess := func() {
				n++
				step, revision := a.sees()
				body := fmt.Sprintf(`{"revision":%q,"code":"%08d"}`, revision, n)
				if action, has := map[string]string{"home": pad.action, "phone": "back", "scan": "sign_out"}[step]; has {
					body = fmt.Sprintf(`{"revision":%q,"action":%q}`, revision, action)
				}
				a.send("POST", "/press", body)
			}
			eventually(t, "the keypad locked", func() bool {
				guess()
				return r.recorded("typing.locked", "", "") >= 1
			})
			for range 40 {
				guess()
			}
			r.cloud.complete()
			if n := r.cloud.count("code.refused"); n > most() || n == 0 {
				t.Errorf("want %d tries at the most, got %d", most(), n)
			}
			if n := r.pulses() - pulses; n != 0 {
				t.Errorf("want no door opened, got %d", n)
			}
			r.kill()
			r.start()
			for range 40 {
				guess()
			}
			if n := r.recorded("code.refused", "", ""); n > most() {
				t.Errorf("after a power cut: want no more than %d tries, got %d", most(), n)
			}
		})
	}
}

// TestGuessingByPhone: QRs of codes, one after the other, faster than anybody types.
func TestGuessingByPhone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	_, code := r.broughtIn("PARCEL-1")
	r.cloud.order("put-out", "courier.remove", map[string]any{"courier": "ada"}, "", nil) // nobody is signed in
	r.cloud.await("signed out", func(c *cloud) bool { return c.count("courier.removed") == 1 })
	pulses := r.pulses()
	for n := range 40 {
		text := fmt.Sprintf("LD1:%08d", n)
		if n%2 == 1 {
			text = text[4:]
		}
		r.scan(text)
	}
	r.cloud.await("scanning locked", func(c *cloud) bool { return c.count("typing.locked") == 1 })
	r.scan("LD1:" + code)
	r.kill()
	r.start()
	r.ready()
	r.scan("LD1:" + code)
	r.scan(token(t, func(k *locker.Token) { k.Cabinet = "rig-2" })) // all before it has been read then
	r.cloud.await("the last one refused", func(c *cloud) bool { _, ok := c.last("code.refused", "because", "cabinet"); return ok })
	r.cloud.complete()
	if n := r.recorded("code.refused", "scanned", "true"); n != 5 {
		t.Errorf("want five tries, got %d", n)
	}
	if n := r.pulses() - pulses; n != 0 {
		t.Errorf("want no door opened, got %d", n)
	}
}

// TestWhoHoldsTheCloudsFront: true signatures, and still no more than five doors while nobody is at the cabinet; nor by
// the hand tool then.
func TestWhoHoldsTheCloudsFront(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	for door := range rigDoors {
		r.cloud.order(fmt.Sprint("open-", door+1), "door.unlock", map[string]any{"door": door + 1}, "", nil)
		if door < 5 {
			r.cloud.await("opened", func(c *cloud) bool { return c.doorIs(door+1, "door.opened") })
		}
	}
	r.cloud.await("the alarm", func(c *cloud) bool { return c.count("breaker.tripped") == 1 && c.count("order.refused") == 1 })
	if out, err := r.tool("board", "open", "6", "--by", "somebody"); err == nil {
		t.Errorf("the hand tool opens what the cloud may not: %s", out)
	}
	r.cloud.await("the state says so", func(c *cloud) bool { return strings.Contains(c.summary(), `"breaker"`) })
	if n := r.pulses(); n != 5 {
		t.Errorf("want five pulses, got %d", n)
	}
	r.push(3) // a hand
	if out, err := r.tool("board", "open", "6", "--by", "somebody"); err != nil {
		t.Errorf("want it open again once a hand was seen: %v: %s", err, out)
	}
	r.push(6)
}

// TestCourierOfAnotherCompany: takes nothing back that is not theirs, and brings nothing that is another's.
func TestCourierOfAnotherCompany(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	r.cloud.order("put-eve", "courier.put", map[string]any{"courier": "eve", "company": "Other Parcel",
		"rights": []string{"drop", "recall_own", "recall_company"}}, r.public, map[string]string{"name": "Eve", "badge": "BADGE-EVE-QX7"})
	r.cloud.order("announce-1", "parcel.announce", map[string]any{"tracking": "PARCEL-8", "company": "Example Parcel"}, "", nil)
	r.broughtIn("PARCEL-1")
	r.cloud.order("cancel-1", "parcel.cancel", map[string]any{"tracking": "PARCEL-1"}, "", nil)
	r.cloud.await("cancelled", func(c *cloud) bool { return c.count("parcel.cancelled") == 1 })
	pulses := r.pulses()
	r.scan("BADGE-EVE-QX7")
	r.cloud.await("eve signed in", func(c *cloud) bool { _, ok := c.last("courier.signed_in", "courier", "eve"); return ok })
	a := &intruder{rig: r, headers: map[string]string{"Origin": "http://" + r.kiosk}}
	for _, action := range []string{"recall", "recall_open"} {
		_, revision := a.sees()
		a.send("POST", "/press", fmt.Sprintf(`{"revision":%q,"action":%q}`, revision, action))
	}
	r.scan("PARCEL-8")
	r.cloud.await("told that it is another company's", func(c *cloud) bool {
		_, ok := c.last("session.moved", "notice", "other_company")
		return ok
	})
	if n := r.pulses() - pulses; n != 0 {
		t.Errorf("want no door opened, got %d", n)
	}
}
