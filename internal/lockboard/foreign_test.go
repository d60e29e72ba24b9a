package lockboard_test

import (
	"encoding/hex"
	"os"
	"slices"
	"strings"
	"testing"

	"lockerd/internal/lockboard"
)

// What lockerd neither says nor speaks is nobody's answer, and no board that is played obeys it, in whatever family.
func TestForeignFrames(t *testing.T) {
	t.Parallel()
	for words, b := range foreign(t) {
		for _, fam := range families(t) {
			if r, n := fam.Peer.DecodeRequest(b); n > 0 {
				t.Errorf("%s: %s: a board takes it for %+v", fam.Name, words, r)
			}
			for _, g := range goldens(t, fam.Name) {
				if g.kind != "request" {
					continue
				}
				forLengths(g.req, func(r lockboard.Request) {
					if got, err := fam.Decode(b, r); err == nil && slices.ContainsFunc(got, r.AnsweredBy) {
						t.Errorf("%s: %s passes as the answer to %+v", fam.Name, words, r)
					}
				}, 7, len(b))
			}
		}
	}
}

// foreign reads the file of such frames, each under its line.
func foreign(t *testing.T) map[string][]byte {
	t.Helper()
	text, err := os.ReadFile("testdata/foreign.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string][]byte)
	for line := range strings.Lines(string(text)) {
		tail, ok := strings.CutPrefix(line, "foreign : ")
		if !ok {
			continue
		}
		digits, source, ok := strings.Cut(tail, "[")
		b, err := hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
		if name, _, _ := strings.Cut(source, "]"); err != nil || !ok || !strings.Contains(string(text), "\n# ["+name+"] ") {
			t.Fatalf("%q: want bytes and a source that is explained: %v", line, err)
		}
		all[strings.TrimSpace(line)] = b
	}
	return all
}
