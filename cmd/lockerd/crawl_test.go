package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"lockerd/internal/ui/uitest"
)

// crawler is somebody who touches whatever there is, without a plan.
type crawler struct {
	*kiosk
	r    *rig
	dice *rand.Rand

	mu    sync.Mutex
	wrong []string // what the browser complained of, and whom it asked that is not us
}

// listen notes errors of the page's script and requests to anybody else.
func (c *crawler) listen() {
	c.t.Helper()
	if err := chromedp.Listen(c.ctx, func(ev any) {
		what := ""
		switch e := ev.(type) {
		case *runtime.EventExceptionThrown:
			what = "a script's error: " + e.ExceptionDetails.Text
			if e.ExceptionDetails.Exception != nil {
				what += " " + e.ExceptionDetails.Exception.Description
			}
		case *network.EventRequestWillBeSent:
			if !strings.HasPrefix(e.Request.URL, "http://"+c.r.kiosk+"/") {
				what = "a request to " + e.Request.URL
			}
		}
		if what != "" {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.wrong = append(c.wrong, what)
		}
	}); err != nil {
		c.t.Fatal(err)
	}
}

// watch has the page note every step that it comes to.
const watch = `(() => {
	const root = document.documentElement;
	window.reached = new Set([root.dataset.step]);
	window.touched = {};
	new MutationObserver(() => reached.add(root.dataset.step)).observe(root, { attributeFilter: ["data-step"] });
	return "";
})()`

// target is a button that can be used, a hidden one too: any, or one of those that were touched least so far, keys of a keypad
// counted as one. What saves a setup is left alone: it would build another cabinet.
const target = `((pick, curious) => {
	const all = [...document.querySelectorAll("button:not(:disabled)")].filter(b => b.checkVisibility() && !b.closest("[inert]") && !b.id.startsWith("b-save_"));
	if (!all.length) return "";
	const kind = b => document.documentElement.dataset.step + " " + (b.closest(".keys") && "key" || b.dataset.language && "language" || b.dataset.door && "door" || b.id);
	const times = b => touched[kind(b)] ?? 0, least = Math.min(...all.map(times));
	const some = curious ? all.filter(b => times(b) === least) : all;
	const b = some[Math.floor(pick * some.length)], r = b.getBoundingClientRect();
	touched[kind(b)] = times(b) + 1;
	return Math.round(r.x + r.width / 2) + " " + Math.round(r.y + r.height / 2);
})(%f, %t)`

// touch touches once, or twice within what a trembling finger takes: mostly a button, sometimes anywhere.
func (c *crawler) touch(width, height int64) {
	c.t.Helper()
	x, y := float64(c.dice.Int64N(width)), float64(c.dice.Int64N(height))
	if c.dice.IntN(10) < 8 || c.step() == "save" {
		if at := c.eval(fmt.Sprintf(target, c.dice.Float64(), c.dice.IntN(2) == 0)); at != "" {
			if _, err := fmt.Sscan(at, &x, &y); err != nil {
				c.t.Fatal(err)
			}
		}
	}
	c.do(chromedp.MouseClickXY(x, y))
	if c.dice.IntN(5) == 0 {
		c.do(chromedp.MouseClickXY(x, y))
	}
}

func (c *crawler) step() string { return c.eval(`document.documentElement.dataset.step`) }

// happen is what goes on around the screen meanwhile: a door is pushed shut, something is held before the scanner, what a
// person knows is typed.
func (c *crawler) happen() {
	switch c.dice.IntN(14) {
	case 0, 1:
		c.shut()
	case 2:
		c.r.scan(fmt.Sprintf("CRAWLED-%03d", c.dice.IntN(30)))
	case 3:
		c.r.scan("BADGE-ADA")
	case 4:
		c.typeIn("pin", "135790")
	case 5, 6, 7:
		c.typeIn("phone", "4915112345667")
		c.confirm()
	case 8, 9:
		c.typeIn("tracking", fmt.Sprint(12345600+c.dice.IntN(30)))
	case 10:
		if h, ok := c.r.cloud.last("parcel.stored", "", ""); ok {
			c.typeIn("code", h.personal["code"])
		}
	}
}

// typeIn types on a step's keypad, if that step is on the screen.
func (c *crawler) typeIn(step, digits string) {
	c.eval(fmt.Sprintf(`(() => {
		if (document.documentElement.dataset.step !== %q) return "";
		for (const k of [...%q, "ok"]) document.getElementById("k-" + k)?.click();
		return "";
	})()`, step, digits))
}

// confirm says that the number shown is right, as soon as the screen takes a touch.
func (c *crawler) confirm() {
	eventually(c.t, "the number is right, or was not asked for", func() bool {
		return c.eval(`(() => {
			const yes = document.getElementById("k-yes");
			if (!yes?.checkVisibility() || yes.closest("[inert]")) return "true";
			if (!yes.closest("[data-young]")) yes.click();
			return "false";
		})()`) == "true"
	})
}

func (c *crawler) shut() {
	for _, m := range c.r.metals {
		if m.isOpen() {
			m.push()
		}
	}
}

// ways are the buttons that lead out; any of them is taken, or two that undo each other would be taken for ever.
const ways = `(pick => {
	const ids = ["k-change", "b-back", "b-finish", "b-sign_out", "b-done", "b-skip", "b-empty", "b-cancel_yes", "b-cancel", "b-stop"];
	const all = ids.map(id => document.getElementById(id)).filter(b => b && b.checkVisibility() && !b.closest("[inert]"));
	const b = all[Math.floor(pick * all.length)];
	b?.click();
	return b?.id ?? "";
})(%f)`

// home leads back to the idle screen from wherever the screen is: by its buttons and doors that are pushed shut.
func (c *crawler) home() {
	c.t.Helper()
	var trail []string
	end := time.Now().Add(5 * time.Minute) // the longest that a session lasts without a touch, and a slow machine
	for {
		step := c.step()
		if step == "home" {
			return
		}
		if time.Now().After(end) {
			c.t.Fatalf("no way back to the idle screen from %s, by %q", step, trail[max(0, len(trail)-20):])
		}
		c.shut()
		if by := c.eval(fmt.Sprintf(ways, c.dice.Float64())); by != "" {
			trail = append(trail, step+" "+by)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// byTouch are the steps that the crawler must come to: what recipients and couriers see, and what technicians do.
var byTouch = strings.Fields("home code phone scan tech_pin tech_code menu")

// TestRandomTouches touches a true kiosk at random, on both glasses, with doors, parcels, couriers and a technician around it:
// no script fails, nobody else is asked for anything, there is always a way back to the idle screen, and no screen that
// touching leads to is left out. LOCKERD_LONG touches 5,000 times on each glass.
func TestRandomTouches(t *testing.T) {
	t.Parallel()
	touches := 200
	if os.Getenv("LOCKERD_LONG") != "" {
		touches = 5000
	}
	var mu sync.Mutex
	reached := make(map[string]bool)
	t.Run("both", func(t *testing.T) { // and then what they have reached
		for seed, glass := range [][2]int64{{1080, 1920}, {1024, 768}} {
			t.Run(fmt.Sprintf("%dx%d", glass[0], glass[1]), func(t *testing.T) {
				t.Parallel()
				steps := touchAtRandom(t, rand.New(rand.NewPCG(11, uint64(seed))), touches, glass[0], glass[1])
				mu.Lock()
				defer mu.Unlock()
				for step := range strings.FieldsSeq(steps) {
					reached[step] = true
				}
			})
		}
	})
	for _, step := range byTouch {
		if !reached[step] {
			t.Errorf("no touch led to the screen %s", step)
		}
	}
}

// touchAtRandom says which screens were reached on a cabinet of its own.
func touchAtRandom(t *testing.T, dice *rand.Rand, touches int, width, height int64) string {
	t.Helper()
	r := newRig(t)
	r.commission()
	r.broughtIn("PARCEL-1")
	c := &crawler{kiosk: r.kioskOn(uitest.Undrawn(t, false)), r: r, dice: dice}
	c.listen()
	c.do(chromedp.EmulateViewport(width, height), chromedp.Navigate("http://"+r.kiosk+"/"))
	c.on("home", "b-pickup")
	c.eval(watch)
	for n := range touches {
		if n%(touches/4) == touches/8 { // four times: a technician has ten recovery codes
			eventually(t, "what was scanned is read", func() bool { return r.scanner.Unread() == 0 })
			time.Sleep(aHand)                                                         // and led somewhere: a badge that was still on its way would take the technician's screen away
			if out, err := r.tool("guards", "clear", "--by", "crawler"); err != nil { // what was guessed has locked the keypads
				t.Fatalf("%v: %s", err, out)
			}
			c.home()
			r.service(c.kiosk)
		}
		c.touch(width, height)
		c.happen()
		if n%50 == 49 {
			c.home()
		}
	}
	steps := c.eval(`[...reached].sort().join(" ")`)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range c.wrong {
		t.Error(w)
	}
	t.Logf("%d touches led to %s", touches, steps)
	return steps
}
