package ui_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/css"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"lockerd/internal/ui"
	"lockerd/internal/ui/uitest"
)

// pane is a screen that cabinets have, in pixels, and its diagonal in inches.
type pane struct {
	name          string
	width, height int64
	inches        float64
}

var glasses = []pane{{"portrait", 1080, 1920, 21.5}, {"landscape", 1024, 768, 15}}

// millimetre is how many of them a pixel is.
func (g pane) millimetre() float64 {
	return g.inches * 25.4 / math.Hypot(float64(g.width), float64(g.height))
}

// mode is a way in which a screen can look.
type mode struct {
	name, night     string
	large, contrast bool
}

const always = "00:00-23:59"

// modes are in an order in which one switch is touched from each to the next.
var modes = []mode{
	{name: "day"}, {name: "large", large: true}, {name: "large-contrast", large: true, contrast: true},
	{name: "contrast", contrast: true}, {name: "night", night: always},
}

// stage is a page on a glass. It is loaded once, and screens follow one another on it, as on a cabinet.
type stage struct {
	tab      context.Context
	server   *ui.Server
	revision uint64
	said     *complaints
}

func onStage(t *testing.T, g pane, night string) *stage {
	t.Helper()
	return onStageIn(t, uitest.Undrawn(t, false), g, night)
}

func onStageIn(t *testing.T, tab context.Context, g pane, night string) *stage {
	t.Helper()
	p := &stage{tab: tab}
	p.said = complain(t, p.tab)
	s, _, web := kiosk(t, at(house, night))
	p.server = s
	do(t, p.tab, chromedp.EmulateViewport(g.width, g.height), chromedp.Navigate(web.URL))
	// Nothing here asks the browser's inspector for nodes, and it would tell of every one that a screen brings.
	do(t, p.tab, func(ctx context.Context, tab *chromedp.Target) (chromedp.Void, error) {
		if _, err := cdp.Call(ctx, tab, css.Disable, cdp.Empty{}); err != nil {
			return chromedp.Void{}, err
		}
		return cdp.Call(ctx, tab, dom.Disable, cdp.Empty{})
	})
	eval[bool](t, p.tab, uitest.Axe(t)+";"+looked+";true")
	return p
}

// findings are what was seen on a screen.
type findings struct {
	Faults, Pale, Axe []string
	Smallest          []any
	Top               float64
}

// looked is a function of the page's: it waits for a screen and its pictures, sets the switches and looks. The switches are touched by
// the script, which what was just drawn takes no more than a finger: here it is as if the moment had passed.
var looked = `window.looked = async (revision, large, contrast, long, ask) => {
	const soon = () => new Promise(done => setTimeout(done, 1));
	const there = () => document.documentElement.dataset.revision === revision && document.documentElement.dataset.cover !== "moment" // held up
		&& [...document.images].every(i => i.complete && i.naturalWidth > 0);
	while (!there()) await soon();
	const aids = [["a-large", large], ["a-contrast", contrast]].map(([id, want]) => [document.getElementById(id), String(want)]);
	const aided = () => aids.every(([b, want]) => b.ariaPressed === want);
	while (!aided()) {
		document.body.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true })); // where nobody signs in they hold while somebody touches
		for (const e of document.querySelectorAll("[data-young]")) delete e.dataset.young;
		for (const [b, want] of aids) if (b.ariaPressed !== want) b.click();
		if (!aided()) await soon();
	}
	return {
		faults: ask.fits ? (` + faults + `)(long) : [], pale: ask.colours ? (` + pale + `) : [],
		smallest: ask.legible ? (` + smallest + `) : [1e9, ""], top: ask.reach ? (` + topOfAids + `) : 1e9,
		Axe: ask.axe ? await ` + uitest.Inquire + ` : ask.shades ? await ` + uitest.InquireColours + ` : [],
	};
}`

// show has a screen on it in a language.
func (p *stage) show(st story, language string) {
	v := st.view
	p.revision++
	v.Language, v.Revision = language, p.revision
	p.server.Show(v)
}

// look looks at the screen in a mode.
func (p *stage) look(t *testing.T, st story, m mode, q questions) findings {
	t.Helper()
	ask, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	return eval[findings](t, p.tab, fmt.Sprintf("looked(%q, %t, %t, %t, %s)", fmt.Sprint(p.revision), m.large, m.contrast,
		strings.HasSuffix(st.name, "-many"), ask), chromedp.EvalAwaitPromise)
}

// questions are what is asked of a screen. Not everything can come out otherwise in each language and mode.
type questions struct {
	Fits    bool `json:"fits"`    // nothing is cut, lies on something else or reaches out
	Legible bool `json:"legible"` // its smallest capitals are high enough
	Reach   bool `json:"reach"`   // the aids are no higher than a hand
	Colours bool `json:"colours"` // drawn text and edges can be seen
	Axe     bool `json:"axe"`     // axe-core finds nothing
	Shades  bool `json:"shades"`  // nor does it by that which looks at colours
	Typed   bool `json:"-"`       // it still fits when as much was typed as it takes
}

// asked is what is asked of a screen, of this number. Whether it fits, and how small its letters get, depends on the language;
// colours do not. axe-core takes longest: it looks at each screen in each mode, in one language on one glass, the next screen in
// the next; with LOCKERD_LONG in all of them, in the short form in none. Contrast and night change colours alone
// (TestContrastAndNightChangeColoursAlone), and one of its rules looks at them. The short form asks the rest of each sixth screen,
// in one language.
func asked(glass, language, mode, story int, name string) questions {
	m, languages := modes[mode], len(ui.Languages())
	sample := glasses[glass].name == "portrait" && ui.Languages()[language] == "de"
	pictured := m.night != "" && os.Getenv("LOCKERD_SCREENSHOTS") != "" && inTheDark[name]
	day := m.name == "day"
	axe := !testing.Short() && (os.Getenv("LOCKERD_LONG") != "" || (story+glass*languages+language+mode)%(len(glasses)*languages) == 0)
	if testing.Short() && (!sample || story%6 != 0) {
		return questions{}
	}
	return questions{
		Fits:    day || m.name == "large" || sample && m.name != "large-contrast" || pictured,
		Legible: m.name == "large",
		Reach:   day,
		Colours: sample && !m.large,
		Axe:     axe && !m.contrast && m.night == "",
		Shades:  axe,
		Typed:   day,
	}
}

// TestScreens looks at every screen on every glass, in every language, in either text, in either contrast, by day and by night.
// With $LOCKERD_SCREENSHOTS set it leaves pictures of them in that folder.
func TestScreens(t *testing.T) {
	t.Parallel()
	for g, glass := range glasses {
		for _, night := range []string{"", always} {
			t.Run(glass.name+map[string]string{"": "-day", always: "-night"}[night], func(t *testing.T) {
				t.Parallel()
				p := onStage(t, glass, night)
				if night == "" {
					look(t, p.tab, shots(t), glass.name+"-moment")
					eval[string](t, p.tab, `document.documentElement.dataset.text = "large"`)
					look(t, p.tab, shots(t), glass.name+"-moment-large")
					eval[string](t, p.tab, `document.documentElement.dataset.text = ""`)
				}
				for l, language := range ui.Languages() {
					t.Run(language, func(t *testing.T) { p.walk(t, g, l, night) })
				}
			})
		}
	}
}

// walk has all screens on the stage, and looks at each in one mode after the other: every second one comes in the last of them and ends
// in the first.
func (p *stage) walk(t *testing.T, g, l int, night string) {
	glass, language := glasses[g], ui.Languages()[l]
	for n, st := range stories() {
		if st.alike {
			continue
		}
		shown, keys := false, ""
		for i := range modes {
			m := i
			if n%2 == 1 {
				m = len(modes) - 1 - i
			}
			q := asked(g, l, m, n, st.name)
			if modes[m].night != night || q == (questions{}) {
				continue
			}
			if !shown {
				p.show(st, language)
				shown = true
			}
			if q.Typed {
				keys = typed[st.name]
			}
			p.judge(t, st, glass, modes[m], q, language)
		}
		if keys != "" {
			do(t, p.tab, chromedp.KeyEvent(keys))
			for _, m := range modes[:2] { // in large text, too
				p.look(t, st, m, questions{})
				look(t, p.tab, shots(t), fmt.Sprintf("%s-%s-%s-%s-typed", glass.name, language, m.name, st.name))
			}
			do(t, p.tab, chromedp.KeyEvent(kb.Escape)) // the next screen may be of the same step, which keeps what was typed
		}
	}
}

// judge looks at a screen and says what is wrong with it.
func (p *stage) judge(t *testing.T, st story, glass pane, m mode, q questions, language string) {
	t.Helper()
	name := fmt.Sprintf("%s-%s-%s-%s", glass.name, language, m.name, st.name)
	f := p.look(t, st, m, q)
	for _, fault := range slices.Concat(f.Faults, f.Pale, f.Axe, p.said.all()) {
		t.Errorf("%s: %s", name, fault)
	}
	if q.Fits {
		picture(t, p.tab, shots(t), name)
	}
	if high := f.Smallest[0].(float64) * glass.millimetre(); high < legible {
		t.Errorf("%s: capitals of %.1f mm in %q, want %.1f", st.name, high, f.Smallest[1], legible)
	}
	if f.Top < 0.85*float64(glass.height) {
		t.Errorf("%s: the switches begin at %.0f of %d", st.name, f.Top, glass.height)
	}
}
