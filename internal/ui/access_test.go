package ui_test

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/chromedp/chromedp"

	"lockerd/internal/ui"
)

//go:embed testdata/axe-core/axe.min.js.gz
var axePacked []byte

// axe is axe-core's script.
func axe(t *testing.T) string {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(axePacked))
	if err != nil {
		t.Fatal(err)
	}
	script, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(script)
}

// inquire lets axe-core look at the page: by every rule that it has, of WCAG 2.2 and its own best practices, target size
// and level AAA's contrast among them, which it leaves out unless asked.
const inquire = `axe.run(document, { resultTypes: ["violations"], elementRef: false,
	rules: { "color-contrast-enhanced": { enabled: true }, "target-size": { enabled: true } } })
	.then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + v.help + ": " + n.target.join(" ") + ": "
		+ n.html.slice(0, 160) + ": "
		+ [...n.any, ...n.all, ...n.none].map(c => c.message).join("; "))))`

// modes are how a screen can look.
var modes = []struct {
	name, night     string
	large, contrast bool
}{
	{name: "usual"}, {name: "large", large: true}, {name: "contrast", contrast: true},
	{name: "large-contrast", large: true, contrast: true}, {name: "night", night: "00:00-23:59"},
}

// TestEveryScreenIsAccessible looks at every screen with axe-core: on a tall glass and on a wide one, in every language, in
// either text, in either contrast and by night. With LOCKERD_LONG each is looked at in all of these at once; without, in each
// mode in one language on one glass, the next screen in the next.
func TestEveryScreenIsAccessible(t *testing.T) {
	script, all := axe(t), os.Getenv("LOCKERD_LONG") != ""
	languages := ui.Languages()
	for g, glass := range glasses {
		for l, language := range languages {
			for m, mode := range modes {
				share := func(story int) bool { return all || (story+g*len(languages)+l+m)%(len(glasses)*len(languages)) == 0 }
				t.Run(fmt.Sprintf("%s-%s-%s", glass.name, language, mode.name), func(t *testing.T) {
					tab := browse(t)
					s, _, web := kiosk(t, at(house, mode.night))
					do(t, tab, chromedp.EmulateViewport(glass.width, glass.height), chromedp.Navigate(web.URL))
					eval[bool](t, tab, script+";true")
					for n, st := range stories() {
						if st.alike || !share(n) {
							continue
						}
						v := st.view
						v.Language, v.Revision = language, uint64(n+1)
						s.Show(v)
						arrived(t, tab, v.Revision)
						aid(t, tab, mode.large, mode.contrast)
						inspect(t, tab, st.name)
					}
				})
			}
		}
	}
}

// inspect reports what axe-core finds on the page.
func inspect(t *testing.T, tab context.Context, name string) {
	t.Helper()
	for _, found := range eval[[]string](t, tab, inquire, chromedp.EvalAwaitPromise) {
		t.Errorf("%s: %s", name, found)
	}
}
