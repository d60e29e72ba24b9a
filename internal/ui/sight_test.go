package ui_test

import (
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"lockerd/internal/locker"
	"lockerd/internal/ui"
	"lockerd/internal/ui/uitest"
)

// legible is how high capitals are at the least in the large text, in millimetres: 0.7 degrees at 60 cm,
// EN 301 549 V3.2.1, clause 5.1.4.
const legible = 7.3

// smallest finds the smallest text that is seen: how high its capitals are, in pixels of the glass, and what it says.
const smallest = `(() => {
	const g = document.createElement("canvas").getContext("2d"), high = {};
	const capital = font => { g.font = font; return high[font] ??= g.measureText("H").actualBoundingBoxAscent; };
	let least = [1e9, ""];
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n; n = walk.nextNode();) {
		const e = n.parentElement, style = getComputedStyle(e);
		if (!n.data.trim() || !e.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || e.closest(".unseen")) continue;
		const scale = e.closest("svg") ? e.getScreenCTM().a : 1;
		const px = capital(style.fontWeight + " 100px " + style.fontFamily) / 100 * parseFloat(style.fontSize) * scale;
		if (px < least[0]) least = [px, n.data.trim().slice(0, 40)];
	}
	return least;
})()`

// topOfAids is where the switches begin, in pixels: no higher than the lowest buttons of the screen; 0: they are not there.
const topOfAids = `document.querySelector("#aids").checkVisibility() ? document.querySelector("#aids").getBoundingClientRect().top : 0`

// hidden finds numbers of doors that something in the picture lies on.
const hidden = `(() => {
	const map = document.querySelector("svg.cabinet");
	if (!map) return [];
	const over = [...map.querySelectorAll(".pin .head, .pin .needle, .glass .face, .glass use")], found = [];
	const digits = n => { // no more than the digits themselves: they stand on the baseline, as high as capitals
		const { left, right } = n.getBoundingClientRect(), m = n.getScreenCTM(), bottom = m.d * n.getAttribute("y") + m.f;
		return { left, right, bottom, top: bottom - 0.714 * m.d * n.getAttribute("font-size") };
	};
	for (const n of map.querySelectorAll(".door text")) {
		if (!n.checkVisibility({ visibilityProperty: true })) continue;
		const a = digits(n);
		for (const e of over) {
			const b = e.getBoundingClientRect();
			if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) found.push(n.textContent);
		}
	}
	const numbers = [...map.querySelectorAll(".door text")].map(n => [n, digits(n)]);
	for (const [n, a] of numbers) for (const [m, b] of numbers)
		if (n !== m && a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) found.push(n.textContent + " and " + m.textContent);
	return found;
})()`

// TestNothingHidesANumber points at every door of a cabinet, in turn: neither the pin nor the screen in the picture hides
// another door's number.
func TestNothingHidesANumber(t *testing.T) {
	t.Parallel()
	for _, doors := range [][]locker.DoorView{cabinetDoors(nil, []int{11}), wideCabinet()} {
		for _, glass := range glasses {
			if testing.Short() && glass.name != "portrait" {
				continue
			}
			tab := uitest.Undrawn(t, false)
			s, _, web := kiosk(t, house)
			do(t, tab, chromedp.EmulateViewport(glass.width, glass.height), chromedp.Navigate(web.URL))
			for i, d := range doors {
				v := base(locker.StepPickup, locker.ActionNotOpen)
				v.Doors, v.Door, v.DoorState, v.WasOpen = slices.Clone(doors), d.Number, locker.Closed, i%2 == 0
				if v.WasOpen {
					v.DoorState, v.Doors[i].State = locker.Open, locker.Open
				}
				v.Revision = uint64(i + 1)
				s.Show(v)
				arrived(t, tab, v.Revision)
				if found := eval[[]string](t, tab, hidden); len(found) > 0 {
					t.Errorf("%s, door %d of %d: hidden: %q", glass.name, d.Number, len(doors), found)
				}
			}
		}
	}
}

// TestAidsLastForAVisit: the switches hold from step to step, are spoken, press nothing, and are off for whoever comes next.
func TestAidsLastForAVisit(t *testing.T) {
	v := base(locker.StepHome, locker.ActionPickup)
	v.EndsIn = 0
	tab, s, d := open(t, v)
	state := func() string {
		return eval[string](t, tab, `[document.documentElement.dataset.text, document.documentElement.dataset.contrast,
			document.querySelector("#a-large").ariaPressed, document.querySelector("#a-contrast").ariaPressed].join()`)
	}
	do(t, tab, click("#a-large"), click("#a-contrast"))
	want(t, fence(t, tab, d))
	if got := state(); got != "large,more,true,true" {
		t.Fatalf("both switches were touched: %s", got)
	}
	if said := eval[string](t, tab, `document.querySelector("#said").textContent`); said == "" {
		t.Error("nobody says so")
	}
	v = base(locker.StepCode, locker.ActionBack)
	v.Revision, v.Language = 42, "ar"
	s.Show(v)
	arrived(t, tab, 42)
	if got := state(); got != "large,more,true,true" {
		t.Errorf("the next step: %s", got)
	}
	wait(t, tab, `!document.querySelector("#a-contrast").closest("[data-young]")`) // what was just drawn takes no touch
	do(t, tab, click("#a-contrast"))
	want(t, fence(t, tab, d), ui.Press{Revision: 42, Present: true}) // no more than: somebody is here
	if got := state(); got != "large,,true,false" {
		t.Errorf("one was switched off: %s", got)
	}
	v = base(locker.StepHome, locker.ActionPickup)
	v.Revision, v.EndsIn = 43, 0
	s.Show(v)
	arrived(t, tab, 43)
	if got := state(); got != ",,false,false" {
		t.Errorf("the visit is over: %s", got)
	}
}
