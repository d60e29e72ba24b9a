package uitest

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"testing"
)

//go:embed axe-core/axe.min.js.gz
var axePacked []byte

// Axe is axe-core's script.
func Axe(t testing.TB) string {
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

// Inquire lets axe-core look at the page, which has its script: by every rule that it has, of WCAG 2.2 and its own best practices, target
// size and level AAA's contrast among them, which it leaves out unless asked. AAA's rule of contrast is silent below AA's limit, which AA's
// rule reports: here it has no lower limit and stands for both, so that each text is looked at once. They differ in nothing else but shadows of
// texts: a page that has some is an error. It gives a promise of what was found, in words.
var Inquire = inquire(`rules: { "color-contrast": { enabled: false }, ...Object.fromEntries(` + looks + `.map(rule => [rule, { enabled: true }])) }`)

// InquireColours is Inquire by the rule alone whose answer changes with colours: all others read the document, or sizes.
var InquireColours = inquire(`runOnly: ["color-contrast-enhanced"]`)

const (
	looks = `["color-contrast-enhanced", "target-size"]`

	unlimited = `{ options: { contrastRatio: { normal: { minThreshold: 0 }, large: { minThreshold: 0 } } } }` // the rest of its options stays

	// shadowed says whether texts have shadows, by a page's style sheets; they are read once.
	shadowed = `(window.shadowed ??= { texts: document.querySelector("[style*=text-shadow]")
		|| [...document.styleSheets].some(s => [...s.cssRules].some(r => r.cssText.includes("text-shadow"))) }).texts`
)

func inquire(rules string) string {
	return `(` + shadowed + ` ? Promise.reject(new Error("a text has a shadow, which axe-core's rules of contrast take differently: ask both")) :
	axe.run(document, { resultTypes: ["violations"], elementRef: false, checks: { "color-contrast-enhanced": ` + unlimited + ` }, ` + rules + ` })
	.then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + v.help + ": " + n.target.join(" ") + ": "
		+ n.html.slice(0, 160) + ": "
		+ [...n.any, ...n.all, ...n.none].map(c => c.message).join("; ")))))`
}
