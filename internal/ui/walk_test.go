package ui_test

import (
	"context"
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

	"lockerd/internal/ui"
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

var modes = []mode{
	{name: "day"}, {name: "large", large: true}, {name: "contrast", contrast: true},
	{name: "large-contrast", large: true, contrast: true}, {name: "night", night: always},
}

// stage is a page on a glass. It is loaded once, and screens follow one another on it, as on a cabinet.
type stage struct {
	tab      context.Context
	server   *ui.Server
	revision uint64
}

func onStage(t *testing.T, g pane, night string) *stage {
	t.Helper()
	p := &stage{tab: browseUndrawn(t)}
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
	return p
}

// findings are what was seen on a screen.
type findings struct {
	Faults, Pale []string
	Smallest     []any
	Top          float64
}

// seen waits for a screen and its pictures, sets the switches and looks, in one question to the browser.
const seen = `(async () => {
	const soon = () => new Promise(done => setTimeout(done, 1));
	const there = () => document.documentElement.dataset.revision === "%[1]d"
		&& [...document.images].every(i => i.complete && i.naturalWidth > 0);
	while (!there()) await soon();
	const aided = %[2]s;
	while (!aided()) await soon();
	return {
		faults: %[3]t ? %[4]s : [], pale: %[5]t ? %[6]s : [], smallest: %[7]t ? %[8]s : [1e9, ""], top: %[9]t ? %[10]s : 1e9,
	};
})()`

// show has a screen on it in a language and a mode, and looks at it.
func (p *stage) show(t *testing.T, st story, language string, m mode, q questions) findings {
	t.Helper()
	v := st.view
	p.revision++
	v.Language, v.Revision = language, p.revision
	p.server.Show(v)
	return eval[findings](t, p.tab, fmt.Sprintf(seen, p.revision, aided(m.large, m.contrast),
		q.fits, fmt.Sprintf(faults, strings.HasSuffix(st.name, "-many")), q.colours, pale, q.legible, smallest, q.reach, topOfAids), chromedp.EvalAwaitPromise)
}

// questions are what is asked of a screen. Not everything can come out otherwise in each language and mode.
type questions struct {
	fits    bool // nothing is cut, lies on something else or reaches out
	legible bool // its smallest capitals are high enough
	reach   bool // the aids are no higher than a hand
	colours bool // drawn text and edges can be seen
	axe     bool // axe-core finds nothing
	typed   bool // it still fits when as much was typed as it takes
}

// asked is what is asked of a screen, of this number. Whether it fits, and how small its letters get, depends on the language;
// colours do not. axe-core takes longest: it looks at each screen in each mode, in one language on one glass, the next screen in
// the next; with LOCKERD_LONG in all of them, in the short form in none. The short form asks the rest of each sixth screen, in one
// language.
func asked(glass, language, mode, story int, name string) questions {
	m, languages := modes[mode], len(ui.Languages())
	sample := glasses[glass].name == "portrait" && ui.Languages()[language] == "de"
	pictured := m.night != "" && os.Getenv("LOCKERD_SCREENSHOTS") != "" && inTheDark[name]
	day := m.name == "day"
	if testing.Short() && (!sample || story%6 != 0) {
		return questions{}
	}
	return questions{
		fits:    day || m.name == "large" || sample && m.name != "large-contrast" || pictured,
		legible: m.name == "large",
		reach:   day,
		colours: sample && !m.large,
		axe:     !testing.Short() && (os.Getenv("LOCKERD_LONG") != "" || (story+glass*languages+language+mode)%(len(glasses)*languages) == 0),
		typed:   day,
	}
}

// TestScreens looks at every screen on every glass, in every language, in either text, in either contrast, by day and by night.
// With $LOCKERD_SCREENSHOTS set it leaves pictures of them in that folder.
func TestScreens(t *testing.T) {
	t.Parallel()
	script := axe(t)
	for g, glass := range glasses {
		for _, night := range []string{"", always} {
			t.Run(glass.name+map[string]string{"": "-day", always: "-night"}[night], func(t *testing.T) {
				t.Parallel()
				p := onStage(t, glass, night)
				eval[bool](t, p.tab, script+";true")
				if night == "" {
					look(t, p.tab, shots(t), glass.name+"-moment")
				}
				for m, mode := range modes {
					for l, language := range ui.Languages() {
						if mode.night == night {
							t.Run(language+"-"+mode.name, func(t *testing.T) { p.walk(t, g, l, m) })
						}
					}
				}
			})
		}
	}
}

// walk has all screens on the stage, and asks.
func (p *stage) walk(t *testing.T, g, l, m int) {
	glass, language, mode := glasses[g], ui.Languages()[l], modes[m]
	for n, st := range stories() {
		q := asked(g, l, m, n, st.name)
		if st.alike || q == (questions{}) {
			continue
		}
		f := p.show(t, st, language, mode, q)
		name := fmt.Sprintf("%s-%s-%s-%s", glass.name, language, mode.name, st.name)
		for _, fault := range slices.Concat(f.Faults, f.Pale) {
			t.Errorf("%s: %s", name, fault)
		}
		if q.fits {
			picture(t, p.tab, shots(t), name)
		}
		if high := f.Smallest[0].(float64) * glass.millimetre(); high < legible {
			t.Errorf("%s: capitals of %.1f mm in %q, want %.1f", st.name, high, f.Smallest[1], legible)
		}
		if f.Top < 0.85*float64(glass.height) {
			t.Errorf("%s: the switches begin at %.0f of %d", st.name, f.Top, glass.height)
		}
		if q.axe {
			inspect(t, p.tab, st.name)
		}
		if keys, ok := typed[st.name]; ok && q.typed {
			do(t, p.tab, chromedp.KeyEvent(keys))
			look(t, p.tab, shots(t), name+"-typed")
		}
	}
}
