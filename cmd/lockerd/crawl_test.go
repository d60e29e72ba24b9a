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
)

// crawler is somebody who touches whatever there is, without a plan.
type crawler struct {
	*kiosk
	r    *rig
	dice *rand.Rand

	mu    sync.Mutex
	wrong []string // what the browser complained of, and whom it asked that is not us
	steps map[string]int
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

// target is a place to touch: mostly a button that can be used, also a hidden one, sometimes anywhere.
const target = `(pick => {
	const all = [...document.querySelectorAll("button:not(:disabled)")].filter(b => b.checkVisibility() && !b.closest("[inert]"));
	if (!all.length) return "";
	const b = all[Math.floor(pick * all.length)].getBoundingClientRect();
	return Math.round(b.x + b.width / 2) + " " + Math.round(b.y + b.height / 2);
})(%f)`

// touch touches once, or twice within what a trembling finger takes.
func (c *crawler) touch(width, height int64) {
	c.t.Helper()
	x, y := float64(c.dice.Int64N(width)), float64(c.dice.Int64N(height))
	if c.dice.IntN(10) < 8 {
		if at := c.eval(fmt.Sprintf(target, c.dice.Float64())); at != "" {
			if _, err := fmt.Sscan(at, &x, &y); err != nil {
				c.t.Fatal(err)
			}
		}
	}
	c.do(chromedp.MouseClickXY(x, y))
	if c.dice.IntN(5) == 0 {
		c.do(chromedp.MouseClickXY(x, y))
	}
	step := c.eval(`document.documentElement.dataset.step`)
	c.steps[step]++
}

// happen is what goes on around the screen meanwhile: a door is pushed shut, something is held before the scanner, a
// courier's PIN or a phone number is typed.
func (c *crawler) happen() {
	switch c.dice.IntN(12) {
	case 0, 1:
		c.shut()
	case 2:
		c.r.scan(fmt.Sprintf("CRAWLED-%03d", c.dice.IntN(30)))
	case 3:
		c.r.scan("BADGE-ADA")
	case 4:
		c.typeIn("pin", "135790")
	case 5, 6:
		c.typeIn("phone", "4915112345667")
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
		step := c.eval(`document.documentElement.dataset.step`)
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

// TestRandomTouches touches a true kiosk at random, on both glasses, with doors, parcels and couriers around it: no script
// fails, nobody else is asked for anything, and there is always a way back to the idle screen. LOCKERD_LONG touches 5,000
// times on each glass.
func TestRandomTouches(t *testing.T) {
	touches := 200
	if os.Getenv("LOCKERD_LONG") != "" {
		touches = 5000
	}
	r := newRig(t)
	r.commission()
	r.broughtIn("PARCEL-1")
	for seed, glass := range [][2]int64{{1080, 1920}, {1024, 768}} {
		c := &crawler{kiosk: r.browse(), r: r, dice: rand.New(rand.NewPCG(11, uint64(seed))), steps: make(map[string]int)}
		c.listen()
		c.do(chromedp.EmulateViewport(glass[0], glass[1]), chromedp.Navigate("http://"+r.kiosk+"/"))
		c.on("home", "b-pickup")
		for n := range touches {
			c.touch(glass[0], glass[1])
			c.happen()
			if n%50 == 49 {
				c.home()
			}
		}
		c.mu.Lock()
		for _, w := range c.wrong {
			t.Errorf("%d x %d: %s", glass[0], glass[1], w)
		}
		c.mu.Unlock()
		t.Logf("%d x %d: %d touches on %v", glass[0], glass[1], touches, c.steps)
	}
}
