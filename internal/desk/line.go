package desk

import (
	"strings"
	"unicode"
)

// longestLine is how much of a text that somebody else has written stands in a line, in characters.
const longestLine = 200

// Plain is a text that a cabinet, a courier or a recipient has written as it may stand in a letter or on a terminal: it begins no line, turns nothing
// around, and drives no terminal.
func Plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// OneLine is Plain, and no longer than people read.
func OneLine(text string) string {
	if all := []rune(Plain(text)); len(all) > longestLine {
		return string(all[:longestLine]) + "…"
	}
	return Plain(text)
}
