package ui_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chromedp/chromedp"

	"lockerd/internal/locker"
	"lockerd/internal/ui"
)

// told is a story's View.
func told(t *testing.T, name string) locker.View {
	t.Helper()
	all := stories()
	i := slices.IndexFunc(all, func(s story) bool { return s.name == name })
	if i < 0 {
		t.Fatalf("there is no story %s", name)
	}
	return all[i].view
}

func TestTheDoorThatMovedIsTouched(t *testing.T) {
	v := told(t, "wire-tried-wide")
	tab, s, d := open(t, v)
	tappable := eval[[]string](t, tab, `[...document.querySelectorAll(".plan button")].map(b => b.dataset.door)`)
	if len(tappable) != 37 || tappable[0] != "24" {
		t.Errorf("want the doors from 24 to 60, which have no lock yet, got %q", tappable)
	}
	do(t, tab, click("#d-60"))
	want(t, fence(t, tab, d), ui.Press{Revision: 41, Action: locker.ActionDoor, Door: 60})

	v = told(t, "wire-close")
	v.Revision = 42
	s.Show(v)
	settled(t, tab, 42)
	if eval[bool](t, tab, `!!document.querySelector(".plan button")`) {
		t.Error("a door can be touched although the question is another")
	}
}

func TestAPlanIsAsTallAsItsDoors(t *testing.T) {
	tab, _, _ := open(t, told(t, "wire-tried"))
	tall := func(door string) float64 {
		return eval[float64](t, tab, `document.querySelector("#d-`+door+`").getBoundingClientRect().height`)
	}
	if s, m, l := tall("14"), tall("18"), tall("20"); s < 44 || m <= s || l < 1.8*m {
		t.Errorf("want doors of 80, 190 and 410 mm drawn to scale and none below 44 px, got %.0f, %.0f, %.0f", s, m, l)
	}
	left := func(id string) float64 {
		return eval[float64](t, tab, `document.querySelector("#`+id+`").getBoundingClientRect().left`)
	}
	eval[bool](t, tab, `document.documentElement.dir = "rtl", true`)
	if left("p-1") >= left("d-24") {
		t.Error("the cabinet is mirrored")
	}
}

func TestABoardIsWiredAnew(t *testing.T) {
	tab, _, d := open(t, told(t, "setup-half-many"))
	do(t, tab, click("#w-main-1"))
	want(t, fence(t, tab, d),
		ui.Press{Revision: 41, Action: locker.ActionRewire, Board: locker.Board{Bus: "main", Board: 1}})
	if eval[bool](t, tab, `!!document.querySelector("#w-main-2")`) {
		t.Error("a board without doors can be wired anew")
	}
}

func TestADoorIsAdded(t *testing.T) {
	tab, _, d := open(t, told(t, "layout-first"))
	do(t, tab, click("#s-L"))
	want(t, fence(t, tab, d), ui.Press{Revision: 41, Action: locker.ActionAddDoor, Size: "L"})
}

func TestAParcelsNumberIsTyped(t *testing.T) {
	tab, _, d := open(t, told(t, "tracking"))
	do(t, tab, click("#k-J"), click("#k-D"), click("#k-0"))
	if !eval[bool](t, tab, `document.querySelector("#k-ok").disabled`) {
		t.Error("three characters can be sent")
	}
	do(t, tab, chromedp.KeyEvent("k1")) // a keyboard that is plugged in goes on
	do(t, tab, click("#k-delete"), click("#k--"), click("#k-7"))
	said := eval[string](t, tab, `document.querySelector("#typed").getAttribute("aria-label")`)
	if said != "Parcel number JD0K -7" {
		t.Errorf("a screen reader says %q", said)
	}
	do(t, tab, click("#k-ok"))
	presses := slices.DeleteFunc(fence(t, tab, d), func(p ui.Press) bool { return p.Present })
	want(t, presses, ui.Press{Revision: 41, Tracking: "JD0K-7"})
}

// primary is the button that a screen asks for, in the tag as it is sent.
var primary = regexp.MustCompile(`<button type="button" id="b-([a-z_]+)" class="primary"`)

func TestWhatACommissioningAsksForNext(t *testing.T) {
	for name, want := range map[string]string{
		"setup-nothing": "survey", "setup-found": "layout", "setup-half-many": "wire", "setup-wired-many": "save",
		"setup-calm-many": "", "wire": "open", "wire-tried": "", "wire-close": "", "save": "save_empty",
		"save-same": "save_as_is", "discard": "back", "undo": "back", "open-all": "back", "sequence": "stop",
	} {
		t.Run(name, func(t *testing.T) {
			s, _, web := kiosk(t, ui.Config{})
			s.Show(told(t, name))
			_, page := get(t, web.URL)
			got := ""
			for _, m := range primary.FindAllStringSubmatch(page, -1) {
				got += m[1]
			}
			if got != want {
				t.Errorf("want %q as the primary button, got %q", want, got)
			}
			if name == "save-same" && strings.Contains(page, "save_empty") {
				t.Error("it asks for a look into doors that there are none of")
			}
		})
	}
}

func TestASearchShowsHowFarItHasCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &counted{gauges: gauges{connected}}
		s, g := watch(t, ui.Config{}, c)
		s.Show(told(t, "survey"))
		time.Sleep(10*time.Second + time.Millisecond)
		if looks := c.looks.Load(); looks < 5 {
			t.Errorf("want a look every two seconds, got %d in ten", looks)
		}
		if g.said(`max=\"1530\"`) == 0 {
			t.Error("no progress is shown")
		}
	})
}

func TestEveryLanguageSaysThatItIsOutOfOrder(t *testing.T) {
	s, _, web := kiosk(t, ui.Config{})
	s.Show(told(t, "out-of-order"))
	_, page := get(t, web.URL)
	for _, code := range ui.Languages() {
		title := texts(t, code)["out_of_order.title"][""]
		if !strings.Contains(page, title) {
			t.Errorf("%s: %q is not there", code, title)
		}
	}
}
