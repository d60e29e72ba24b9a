package scanner

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"
)

const (
	// lineGap is how long a text that has ended is held back for what may come after its end, at most: of a text of
	// several lines the next one begins at the pace of its characters.
	lineGap = 100 * time.Millisecond
	// restGap is how long after a truncated scan the rest of it may arrive.
	restGap = 5 * time.Second
)

// A hearing makes scans of what comes over an open line. A scan is what came until there was silence, and is whole where
// its end has come: then it must be one line. What ends without its end, from a scanner that sends one, was cut off.
type hearing struct {
	*Scanner
	ends  bool // the scanner sends an end after each text: it is set so, or has done so
	line  scan // the line that is coming
	whole said // the line before it, if it may be the first of several
	waits bool // there is one
	told  bool // it was passed on already
	more  bool // others came behind it
	cut   bool // what comes is the rest of a scan that was refused
}

// said is a text, or why it is none.
type said struct {
	text    string
	refused error // a Refusal
	length  int   // in bytes
}

// bytes takes what came.
func (h *hearing) bytes(ctx context.Context, list []byte) {
	for _, b := range list {
		if bytes.IndexByte(h.terminators, b) < 0 {
			if h.line.length > 0 || strings.IndexByte(frame, b) < 0 {
				h.line.add(b)
			}
			continue
		}
		h.ends = true
		if one, ok := h.take(); ok {
			h.ended(ctx, one)
		}
	}
}

// take takes the line that has come; false: there was nothing.
func (h *hearing) take() (said, bool) {
	text, err := h.text(&h.line)
	one := said{text, err, h.line.length}
	h.line = scan{}
	return one, !errors.Is(err, Empty)
}

// ended is a line whose end has come.
func (h *hearing) ended(ctx context.Context, one said) {
	switch {
	case h.cut:
		h.cut = false
		h.pass(ctx, said{refused: CutOff, length: one.length})
		return
	case h.waits && !begins(one.text) && !own(one.text) && !own(h.whole.text):
		h.whole.length += one.length
		h.more = true
		return
	}
	h.settle(ctx)
	h.whole, h.waits = one, true
	if h.told = one.refused == nil && single(one.text); h.told {
		h.pass(ctx, one)
	}
}

// begins says whether a line is certainly no further one of the text before it: its scanner sends identifiers.
func begins(line string) bool {
	bars, _ := Split(line)
	return bars != ""
}

// single says whether a text has certainly no further lines, and so need not wait for them: bars of lines have one, and
// people's own codes.
func single(text string) bool {
	bars, _ := Split(text)
	return bars.linear() || own(text)
}

// own says whether a text is a person's own code. Two of them, read together because the process was held up, are not lines of one text.
func own(text string) bool {
	_, rest := Split(text)
	return strings.HasPrefix(rest, CodePrefix) || signedToken.MatchString(rest)
}

// silence is that nothing has come for a while.
func (h *hearing) silence(ctx context.Context, quiet time.Duration) {
	if h.waits && quiet >= min(h.gap, lineGap) {
		h.cut = h.line.length > 0
		h.more = h.more || h.cut
		h.line = scan{}
		h.settle(ctx)
	}
	if h.line.length > 0 && quiet >= h.gap {
		h.unended(ctx)
	}
	if quiet >= restGap {
		h.cut = false
	}
}

// unended is a line after which silence came instead of its end.
func (h *hearing) unended(ctx context.Context) {
	one, ok := h.take()
	if !ok {
		return
	}
	if h.ends || h.cut {
		h.cut = true
		one.refused = CutOff
	}
	h.pass(ctx, one)
}

// settle passes on the text that waited, unless that has happened.
func (h *hearing) settle(ctx context.Context) {
	if h.more {
		h.whole.refused = SeveralLines
	}
	if h.waits && (h.more || !h.told) {
		h.pass(ctx, h.whole)
	}
	h.waits, h.told, h.more = false, false, false
}

// scan is what came of a line.
type scan struct {
	kept   [MaxText]byte
	length int // of what came; more than was kept if it is too long
}

func (c *scan) add(b byte) {
	if c.length < MaxText {
		c.kept[c.length] = b
	}
	c.length++
}

// frame are the characters that some scanners send around a text, and blanks: NUL, and of ASCII's transmissions SOH, STX,
// ETX and EOT.
const frame = "\x00\x01\x02\x03\x04 \t\r\n\v\f"

// text is what was scanned, without blanks and frame around it, or why it is refused.
func (s *Scanner) text(c *scan) (string, error) {
	if c.length > MaxText {
		return "", TooLong
	}
	text := strings.TrimSpace(s.substitutes.Replace(strings.Trim(string(c.kept[:c.length]), frame)))
	if err := legible(text); err != nil {
		return "", err
	}
	if bars, _ := Split(text); bars == "" && s.cfg.AIM == "always" {
		return "", NoIdentifier
	}
	return text, nil
}
