package lockboard

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Said is a frame, or what came instead of one, in words.
type Said struct {
	At       time.Time // of its first byte
	FromHost bool
	Bytes    []byte
	Words    string // "board 3: query all", "-> shorted 1-7, open 8"
}

// Watcher puts what passes on a line into words. It knows no wiring: a contact is shorted or open, and not a door
// closed.
type Watcher struct {
	families []Family

	fam   Family // of what was asked last
	asked Request
	sent  []byte

	got         []byte // since, or since the line fell quiet
	first, last time.Time
}

// NewWatcher makes a watcher for a line with boards of the named families.
func NewWatcher(families []string) (*Watcher, error) {
	w := &Watcher{}
	for _, name := range families {
		fam, ok := FamilyNamed(name)
		if !ok {
			return nil, fmt.Errorf("lockboard: watch: family %q is not known", name)
		}
		w.families = append(w.families, fam)
	}
	return w, nil
}

// Hear takes a piece, as a Tap does, and gives what has become whole. What is heard is whole once the line falls quiet:
// call Quiet when nothing has come for 25 ms, on a serial server's line 60 ms.
func (w *Watcher) Hear(fromHost bool, at time.Time, b []byte) (said []Said) {
	if fromHost || len(w.got) > 0 && at.Sub(w.last) > quietTimeNetwork {
		said = w.Quiet()
	}
	if fromHost {
		return append(said, Said{At: at, FromHost: true, Bytes: bytes.Clone(b), Words: w.request(b)})
	}
	if len(w.got) == 0 {
		w.first = at
	}
	w.got, w.last = append(w.got, b...), at
	return said
}

// Quiet gives what has been heard, if anything.
func (w *Watcher) Quiet() []Said {
	if len(w.got) == 0 {
		return nil
	}
	s := Said{At: w.first, Bytes: w.got, Words: w.answer(w.got)}
	w.got = nil
	return []Said{s}
}

// request puts what we say into words.
func (w *Watcher) request(b []byte) string {
	w.asked, w.sent = Request{}, bytes.Clone(b)
	for _, fam := range w.families {
		r, n := fam.Peer.DecodeRequest(b)
		if n != len(b) {
			continue
		}
		w.fam, w.asked = fam, r
		words := fmt.Sprintf("board %d: %s", r.Board, r.Op)
		switch {
		case r.Op == Unlock && r.Channel == 0:
			words += " of ALL locks"
		case r.Channel > 0:
			words += fmt.Sprintf(" of lock %d", r.Channel)
		}
		if r.Pulse > 0 {
			words += " for " + r.Pulse.String()
		}
		return words
	}
	return "not understood"
}

// answer puts what was heard into words. What we said ourselves may have come back before it.
func (w *Watcher) answer(got []byte) string {
	rest, echoed := got, false
	if len(w.sent) > 0 {
		rest, echoed = bytes.CutPrefix(got, w.sent)
	}
	w.sent = nil // it comes back once
	whole, isWhole := w.frames(got)
	switch after, isAfter := w.frames(rest); {
	case echoed && len(rest) == 0 && isWhole: // of an unlock, as some families answer it
		return whole + ", or our own come back"
	case echoed && len(rest) == 0:
		return "our own come back"
	case echoed && isAfter:
		return "our own come back, then " + after
	case isWhole:
		return whole
	case echoed:
		return "our own come back, then not understood"
	}
	return "not understood"
}

// frames puts frames into words, in the family that was asked, or in any.
func (w *Watcher) frames(b []byte) (words string, ok bool) {
	if w.asked.Op != 0 {
		if frames, err := w.fam.Decode(b, w.asked); err == nil {
			return w.words(w.fam, frames), true
		}
	}
	for _, fam := range w.families {
		if frames, err := fam.Decode(b, Request{}); err == nil {
			return w.words(fam, frames), true
		}
	}
	return "", false
}

func (w *Watcher) words(fam Family, frames []Frame) string {
	if len(frames) == 0 {
		return "bytes between frames"
	}
	var all []string
	for _, f := range frames {
		all = append(all, w.frame(fam, f))
	}
	return strings.Join(all, "; ")
}

// frame puts one frame into words.
func (w *Watcher) frame(fam Family, f Frame) string {
	what := "-> "
	switch {
	case f.Op == Report:
		what = fmt.Sprintf("board %d reports: ", f.Board)
	case !w.asked.AnsweredBy(f):
		what = fmt.Sprintf("-> not asked: board %d, %s: ", f.Board, f.Op)
	}
	switch {
	case f.Failed && f.Code != 0:
		return what + fmt.Sprintf("refused (%02X)", f.Code)
	case f.Failed:
		return what + "failed"
	case fam.NoContacts:
		return what + "it lives"
	case f.Op == QueryAll:
		return what + contacts(fam, f)
	case f.ShortedAt(f.Channel):
		return what + fmt.Sprintf("lock %d shorted", f.Channel)
	}
	return what + fmt.Sprintf("lock %d open", f.Channel)
}

// contacts are the states of all contacts, and what is sensed.
func contacts(fam Family, f Frame) string {
	n := min(f.Channels, fam.Locks)
	var parts []string
	for _, part := range []struct {
		name string
		is   func(channel int) bool
	}{
		{"shorted", f.ShortedAt},
		{"open", func(channel int) bool { return !f.ShortedAt(channel) }},
		{"something behind", f.PresentAt},
	} {
		if list := ranges(n, part.is); list != "" {
			parts = append(parts, part.name+" "+list)
		}
	}
	return strings.Join(parts, ", ")
}

// ranges writes the channels that are so: "1-7,9".
func ranges(n int, is func(channel int) bool) string {
	var parts []string
	for from := 1; from <= n; from++ {
		if !is(from) {
			continue
		}
		to := from
		for to < n && is(to+1) {
			to++
		}
		part := strconv.Itoa(from)
		if to > from {
			part += "-" + strconv.Itoa(to)
		}
		parts = append(parts, part)
		from = to
	}
	return strings.Join(parts, ",")
}
