package ui_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"testing"

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
	p := &stage{tab: browse(t)}
	s, _, web := kiosk(t, at(house, night))
	p.server = s
	do(t, p.tab, chromedp.EmulateViewport(g.width, g.height), chromedp.Navigate(web.URL))
	return p
}

// show has a screen on it in a language and a mode.
func (p *stage) show(t *testing.T, st story, language string, m mode) {
	t.Helper()
	v := st.view
	p.revision++
	v.Language, v.Revision = language, p.revision
	p.server.Show(v)
	arrived(t, p.tab, v.Revision)
	aid(t, p.tab, m.large, m.contrast)
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
// the next; with LOCKERD_LONG in all of them, in the short form in none. The short form asks the rest in one language.
func asked(glass, language, mode, story int, name string) questions {
	m, languages := modes[mode], len(ui.Languages())
	sample := glasses[glass].name == "portrait" && ui.Languages()[language] == "de"
	pictured := m.night != "" && os.Getenv("LOCKERD_SCREENSHOTS") != "" && inTheDark[name]
	day := m.name == "day"
	if testing.Short() && !sample {
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
		p.show(t, st, language, mode)
		name := fmt.Sprintf("%s-%s-%s-%s", glass.name, language, mode.name, st.name)
		if q.fits {
			look(t, p.tab, shots(t), name)
		}
		if q.legible {
			least := eval[[]any](t, p.tab, smallest)
			if high := least[0].(float64) * glass.millimetre(); high < legible {
				t.Errorf("%s: capitals of %.1f mm in %q, want %.1f", st.name, high, least[1], legible)
			}
		}
		if q.reach {
			if top := eval[float64](t, p.tab, topOfAids); top < 0.85*float64(glass.height) {
				t.Errorf("%s: the switches begin at %.0f of %d", st.name, top, glass.height)
			}
		}
		if q.colours {
			for _, f := range eval[[]string](t, p.tab, pale) {
				t.Errorf("%s: %s", st.name, f)
			}
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
