package ui_test

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
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

// excused are rules that a screen need not keep, by rule, with the reason.
var excused = map[string]string{}

// inquire lets axe-core look at the page: by every rule that it has, of WCAG 2.2 and its own best practices, target size
// and level AAA's contrast among them, which it leaves out unless asked.
const inquire = `axe.run(document, { resultTypes: ["violations"], elementRef: false,
	rules: { "color-contrast-enhanced": { enabled: true }, "target-size": { enabled: true } } })
	.then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + v.help + ": " + n.target.join(" ") + ": "
		+ n.html.slice(0, 160) + ": "
		+ [...n.any, ...n.all, ...n.none].map(c => c.message).join("; "))))`

// TestEveryScreenIsAccessible looks at every screen with axe-core: on a tall glass and on a wide one, by day and by night,
// from right to left, in either text and either contrast.
func TestEveryScreenIsAccessible(t *testing.T) {
	script := axe(t)
	for i, run := range []struct {
		language, night string
		large, contrast bool
	}{{"en", "", false, false}, {"ar", "00:00-23:59", true, true}, {"de", "", true, false}, {"zh", "00:00-23:59", false, false}} {
		if i > 1 && testing.Short() {
			continue
		}
		glass := glasses[i%len(glasses)]
		t.Run(glass.name+"-"+run.language, func(t *testing.T) {
			tab := browse(t)
			s, _, web := kiosk(t, at(house, run.night))
			do(t, tab, chromedp.EmulateViewport(glass.width, glass.height), chromedp.Navigate(web.URL))
			eval[bool](t, tab, script+";true")
			for n, st := range stories() {
				if st.alike {
					continue
				}
				v := st.view
				v.Language, v.Revision = run.language, uint64(n+1)
				s.Show(v)
				arrived(t, tab, v.Revision)
				aid(t, tab, run.large, run.contrast)
				for _, found := range eval[[]string](t, tab, inquire, chromedp.EvalAwaitPromise) {
					rule, _, _ := strings.Cut(found, ":")
					if excused[rule] == "" {
						t.Errorf("%s: %s", st.name, found)
					}
				}
			}
		})
	}
}
