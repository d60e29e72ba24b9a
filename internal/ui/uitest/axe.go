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
// size and level AAA's contrast among them, which it leaves out unless asked. Of contrast it takes both rules: AAA's is silent below AA's
// limit of 4.5:1, which AA's rule reports. It gives a promise of what was found, in words.
var Inquire = inquire(`rules: Object.fromEntries(` + looks + `.map(rule => [rule, { enabled: true }]))`)

// InquireLooks is Inquire by the rules alone whose answers change with colours and sizes: all others read the document.
var InquireLooks = inquire(`runOnly: ` + looks)

const looks = `["color-contrast", "color-contrast-enhanced", "target-size"]`

func inquire(rules string) string {
	return `axe.run(document, { resultTypes: ["violations"], elementRef: false, ` + rules + ` })
	.then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + v.help + ": " + n.target.join(" ") + ": "
		+ n.html.slice(0, 160) + ": "
		+ [...n.any, ...n.all, ...n.none].map(c => c.message).join("; "))))`
}
