package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"lockerd/internal/ui/uitest"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/chromedp"
)

// kiosk is a true browser before the running lockerd.
type kiosk struct {
	t   *testing.T
	ctx context.Context
}

// browse opens the kiosk in a tab of the browser that all tests share, which draws no more than what changes.
func (r *rig) browse() *kiosk {
	r.t.Helper()
	return r.kioskOn(uitest.Tab(r.t))
}

// browseMoving opens it in a browser of its own that draws what moves on the screen without an end, sixty times a second.
func (r *rig) browseMoving() *kiosk {
	r.t.Helper()
	return r.kioskOn(uitest.Own(r.t, chromedp.Flag("force-prefers-reduced-motion", false)))
}

func (r *rig) kioskOn(tab context.Context) *kiosk {
	r.t.Helper()
	k := &kiosk{t: r.t, ctx: tab}
	k.do(chromedp.EmulateViewport(1080, 1920), chromedp.Navigate("http://"+r.kiosk+"/"))
	return k
}

func (k *kiosk) do(steps ...chromedp.Action[chromedp.Void]) {
	k.t.Helper()
	if err := chromedp.Do(k.ctx, steps...); err != nil {
		k.t.Fatal(err)
	}
}

func (k *kiosk) eval(script string) string {
	k.t.Helper()
	for {
		v, err := chromedp.Run(k.ctx, chromedp.Evaluate[string](script))
		if err == nil {
			return v
		}
		var said *cdproto.Error
		if !errors.As(err, &said) || said.Message != "Cannot find context with specified id" { // it is between two pages: again
			k.t.Fatalf("%s: %v", script, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// on waits for a screen, and for a button on it if one is named.
func (k *kiosk) on(step, button string) {
	k.t.Helper()
	eventually(k.t, fmt.Sprintf("screen %s with %q", step, button), func() bool {
		return k.eval(`document.documentElement.dataset.step`) == step &&
			(button == "" || k.eval(fmt.Sprintf(`String(!!document.getElementById(%q))`, button)) == "true")
	})
}

// without waits until a button has gone from the screen.
func (k *kiosk) without(button string) {
	k.t.Helper()
	eventually(k.t, fmt.Sprintf("a screen without %q", button), func() bool {
		return k.eval(fmt.Sprintf(`String(!document.getElementById(%q))`, button)) == "true"
	})
}

// tap presses a button as a finger does.
func (k *kiosk) tap(id string) {
	k.t.Helper()
	eventually(k.t, fmt.Sprintf("a button %q that takes a touch", id), func() bool {
		return k.eval(fmt.Sprintf(`String(!document.getElementById(%q)?.closest("[data-young]"))`, id)) == "true"
	})
	before := k.shown(id)
	eventually(k.t, fmt.Sprintf("a touch of %q", id), func() bool {
		err := chromedp.Do(k.ctx, chromedp.Click("#"+id))
		missed := err != nil && strings.Contains(err.Error(), "Could not find node") // it was swapped under the finger
		if err != nil && !missed {
			k.t.Fatal(err)
		}
		if missed {
			return k.shown(id) != before
		}
		return strings.HasPrefix(id, "k-") || k.answered(id, before) // a key typed twice would be two digits
	})
}

// leads touches a button of the idle screen until it has led to a screen: what happens elsewhere may have drawn the first one anew
// under the finger, and a press of what was shown before is none.
func (k *kiosk) leads(id, step, button string) {
	k.t.Helper()
	k.on("home", id)
	for range 5 {
		k.tap(id)
		for began := time.Now(); time.Since(began) < patience; time.Sleep(20 * time.Millisecond) {
			if k.eval(`document.documentElement.dataset.step`) == step {
				k.on(step, button)
				return
			}
		}
	}
	k.on(step, button)
}

// patience is how long a person looks at a screen that does not answer before they touch it again.
const patience = 5 * time.Second

// answered waits until the screen is another one, or the person has lost their patience: a touch that was too soon, or on what was
// drawn anew, is none. Two presses on one screen count once.
func (k *kiosk) answered(id, before string) bool {
	for began := time.Now(); time.Since(began) < patience; time.Sleep(20 * time.Millisecond) {
		if k.shown(id) != before {
			return true
		}
	}
	return false
}

// shown is the screen as its button sees it.
func (k *kiosk) shown(id string) string {
	return k.eval(fmt.Sprintf(`document.documentElement.dataset.step + document.documentElement.dataset.revision + !!document.getElementById(%q)`, id))
}

// typed types on the screen's keypad.
func (k *kiosk) typed(digits string) {
	k.t.Helper()
	for _, d := range digits {
		k.tap("k-" + string(d))
	}
	k.tap("k-ok")
}

func TestTheMainJobByHand(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	k := r.browse()

	k.on("home", "b-courier")
	k.leads("b-courier", "pin", "k-1")
	k.typed("135790")
	k.on("scan", "")
	r.scan("UNKNOWN-PARCEL")
	k.on("phone", "k-1")
	k.typed("4915112345667")
	k.on("phone", "k-yes")
	k.tap("k-yes")
	k.on("size", "s-S")
	k.tap("s-S")
	k.on("drop", "")
	door := r.given("UNKNOWN-PARCEL")
	r.push(door)
	k.on("drop", "b-done")
	k.tap("b-done")
	k.on("thanks", "b-finish")
	k.tap("b-finish")
	k.on("home", "b-pickup")

	var stored happened
	r.cloud.await("stored", func(c *cloud) (ok bool) {
		stored, ok = c.last("parcel.stored", "tracking", "UNKNOWN-PARCEL")
		return ok
	})
	if stored.personal["phone"] != "4915112345667" {
		t.Fatalf("want the phone as typed for the operator, got %d characters", len(stored.personal["phone"]))
	}
	k.leads("b-pickup", "code", "k-1")
	k.typed("00000000")
	r.cloud.await("a wrong code refused", func(c *cloud) bool { return c.count("code.refused") == 1 })
	k.on("code", "k-1")
	k.typed(stored.personal["code"])
	k.on("pickup", "")
	r.push(door)
	k.on("thanks", "b-forgot")

	// A finger that trembles: twice on the page, and twice past it.
	before := r.pulses()
	k.eval(`(() => {
		const revision = document.documentElement.dataset.revision;
		const press = () => fetch("/press", {method: "POST", headers: {"Content-Type": "application/json"},
			body: JSON.stringify({revision, action: "forgot"})});
		document.getElementById("b-forgot").click(); document.getElementById("b-forgot").click();
		press(); press(); return "";
	})()`)
	r.push(door)
	k.on("thanks", "b-finish")
	r.cloud.complete()
	if n := r.pulses() - before; n != 1 {
		t.Errorf("want one pulse from a double tap, got %d", n)
	}
	r.matched()

	// The power is cut while the screen is up: the page says so and comes back by itself.
	r.kill()
	eventually(t, "one moment", func() bool { return k.eval(`document.documentElement.dataset.cover || ""`) == "moment" })
	r.start()
	k.on("home", "b-pickup")
	eventually(t, "the screen is free again", func() bool { return k.eval(`document.documentElement.dataset.cover || ""`) == "" })
}

// hold keeps a finger on the hidden corner for as long as it takes.
func (k *kiosk) hold(id string) {
	k.t.Helper()
	k.eval(fmt.Sprintf(`(() => { document.getElementById(%q).dispatchEvent(
		new PointerEvent("pointerdown", {bubbles: true, isPrimary: true, button: 0})); return ""; })()`, id))
}

func TestATechnicianByHand(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	door, _ := r.broughtIn("PARCEL-1")
	r.cloud.await("a still", func(c *cloud) bool { return c.count("photo.kept") == 1 })
	r.kill()
	r.start()
	r.ready()

	k := r.browse()
	r.service(k)
	k.tap("b-doors")
	k.on("doors", "d-6")
	k.tap("d-6")
	k.on("door", "b-open")
	k.tap("b-open")
	r.push(6)
	k.on("door", "b-empty")
	k.tap("b-empty")
	k.without("b-empty") // a tap meant for the screen before would do nothing
	r.cloud.await("door 6 emptied on Grace's word", func(c *cloud) bool {
		h, _ := c.last("door.emptied", "door", "6")
		return h.field("by") == "grace"
	})
	k.tap("b-back")
	k.on("doors", "b-back")
	k.tap("b-back")
	k.on("menu", "b-photos")
	k.tap("b-photos")
	k.on("photos", "b-back")
	eventually(t, "the still of the drop-off is shown", func() bool {
		return k.eval(`String([...document.images].some((i) => i.src.includes("/photo/") && i.naturalWidth > 0))`) == "true"
	})
	k.tap("b-back")

	k.on("menu", "b-self_test")
	k.tap("b-self_test")
	k.on("self_test", "b-stop")
	for _, d := range rigDoors {
		if d[0] != door {
			r.push(d[0])
		}
	}
	k.on("tested", "b-empty")
	k.tap("b-empty")
	k.on("menu", "b-sign_out")
	r.cloud.complete()
	for _, d := range rigDoors {
		want := "ok"
		if d[0] == door {
			want = "skipped" // a test shows nobody's parcel to the street
		}
		if h, _ := r.cloud.last("door.tested", "door", fmt.Sprint(d[0])); h.field("result") != want {
			t.Errorf("door %d: want %s, got %q", d[0], want, h.field("result"))
		}
	}
	k.tap("b-sign_out")
	k.on("home", "b-pickup")
	r.cloud.complete()
	r.matched()
}
