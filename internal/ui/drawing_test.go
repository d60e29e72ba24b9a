package ui_test

import (
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"lockerd/internal/locker"
	"lockerd/internal/ui"
	"lockerd/internal/ui/uitest"
)

// drawings are screens one after the other on one canvas, as different from one another as a day brings.
func drawings() []locker.View {
	var all []locker.View
	for _, st := range stories() {
		all = append(all, st.view)
	}
	home := base(locker.StepHome, locker.ActionPickup, locker.ActionCourier, locker.ActionLanguage)
	ajar, anew := home, home
	ajar.Doors, anew.Doors = cabinetDoors([]int{7}, []int{11}), cabinetDoors(nil, []int{7})
	german := ajar
	german.Language = "de"
	return append(all, home, ajar, home, german, anew, home)
}

// counting is what no two drawings of a page have in common: how much time is left.
var counting = regexp.MustCompile(`data-frame="[^"]*"`)

// TestWhatIsDrawnFromTheLastIsAsDrawnAnew: what a canvas keeps of the screens before is never seen.
func TestWhatIsDrawnFromTheLastIsAsDrawnAnew(t *testing.T) {
	s, _, web := kiosk(t, house)
	for i, v := range drawings() {
		s.Show(v)
		_, kept := get(t, web.URL)
		s.Forget()
		_, anew := get(t, web.URL)
		if kept, anew := counting.ReplaceAllString(kept, ""), counting.ReplaceAllString(anew, ""); kept != anew {
			t.Errorf("screen %d, %s: drawn after those before it is another one than drawn anew", i, v.Step)
		}
	}
}

// TestOneDoorComesAlone: of a cabinet's picture only the door that changed is drawn and sent, and not even that twice.
func TestOneDoorComesAlone(t *testing.T) {
	s, _, web := kiosk(t, ui.Config{})
	v := base(locker.StepPickup)
	v.Door, v.DoorState, v.Opening, v.Doors = 7, locker.Closed, true, wall(2400)
	s.Show(v)
	one := listen(t, web.URL)
	if got := len(one.next().Pieces["picture"]); got != 2400 {
		t.Fatalf("want every door at first, got %d", got)
	}
	v.Doors = wall(2400, 12)
	s.Show(v)
	got := one.next()
	if got.Regions["picture"] != "" || len(got.Pieces["picture"]) != 1 || !strings.Contains(got.Pieces["picture"]["m-12"], "open") {
		t.Errorf("want door 12 and nothing else, got %q, %d doors", got.names(), len(got.Pieces["picture"]))
	}
	code := base(locker.StepCode)
	code.Doors = v.Doors
	s.Show(code)
	one.next()
	s.Show(v)
	if got := one.next(); got.Regions["picture"] == "" || len(got.Pieces) != 0 {
		t.Errorf("the picture came back: want it, and its doors from before, got %q, %d doors", got.names(), len(got.Pieces["picture"]))
	}
}

// TestThePageIsWhatItsStreamSays: after whatever came before, piece by piece, the picture is that of a page just loaded.
func TestThePageIsWhatItsStreamSays(t *testing.T) {
	tab := uitest.Undrawn(t, false)
	s, _, web := kiosk(t, ui.Config{})
	do(t, tab, chromedp.EmulateViewport(1080, 1920), chromedp.Navigate(web.URL))
	shown := drawings()
	if testing.Short() {
		shown = shown[len(shown)-8:]
	}
	for i, v := range shown {
		v.Revision = uint64(1000 + i)
		s.Show(v)
		wait(t, tab, fmt.Sprintf(`document.documentElement.dataset.revision === "%d"`, v.Revision))
		same := eval[bool](t, tab, `(async () => {
			const page = new DOMParser().parseFromString(await (await fetch("/")).text(), "text/html");
			const plain = (e) => {
				e = e.cloneNode(true);
				for (const x of e.querySelectorAll("*")) {
					x.removeAttribute("style"); // heights that the script gives
					x.classList.remove("tiny");
					if (!x.classList.length) x.removeAttribute("class");
				}
				for (const x of e.querySelectorAll("[data-tab]")) x.removeAttribute("aria-pressed");
				return e.innerHTML;
			};
			const [here, anew] = [document, page].map((d) => plain(d.querySelector("#picture")));
			return here === anew;
		})()`, chromedp.EvalAwaitPromise)
		if !same {
			t.Errorf("screen %d, %s: the picture is not the one of a page just loaded", i, v.Step)
		}
	}
}

// TestNothingIsDrawnWhileNobodyLooks: a view without a screen costs no more than keeping it.
func TestNothingIsDrawnWhileNobodyLooks(t *testing.T) {
	s, err := ui.New(ui.Config{Listen: "127.0.0.1:0"}, newDesk(), gauges{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	views := drawings()
	if got := testing.AllocsPerRun(len(views), func() {
		s.Show(views[0])
		views = append(views[1:], views[0])
	}); got > 4 {
		t.Errorf("want no more than the view and its channel, got %.0f allocations", got)
	}
}
