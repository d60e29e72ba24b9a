package scanner

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A keyEvent is what Linux says of an input device: struct input_event without its time.
type keyEvent struct {
	kind, code uint16
	value      int32
}

// Kinds, codes and values of events; the numbers are those of linux/input-event-codes.h.
const (
	evSyn      = 0
	evKey      = 1
	evMsc      = 4
	evLED      = 17
	synDropped = 3
	ledCapsL   = 1
	pressed    = 1

	keyEnter, keyTab, keySpace = 28, 15, 57
	keyKeypadEnter             = 96
	keyCapsLock, keyNumLock    = 58, 69
	keyScrollLock              = 70
)

// held is a set of modifiers that are down.
type held uint8

const (
	shift held = 1 << iota
	ctrl
	alt
	altgr
)

// modifiers by their keys. Left and right are one, but for Alt: a scanner does not hold both.
var modifiers = map[uint16]held{42: shift, 54: shift, 29: ctrl, 97: ctrl, 56: alt, 100: altgr}

// garbled is SUB, ASCII's "this was no character": a scan with it is refused, and so not taken for what it is not.
const garbled = 0x1a

// A typist turns the keys of a scanner into the text that they type, as bytes: Enter as CR, Ctrl and a letter as the
// control character, Alt and digits on the number pad as the character with that number.
type typist struct {
	layout  layout
	dead    string // characters that a space bar is pressed after
	capsLED bool   // the scanner swaps capitals while the lamp is lit

	held   held
	caps   bool   // Caps Lock was pressed by the scanner
	lit    bool   // the lamp of Caps Lock
	accent bool   // the last key was a dead one
	number string // digits of the number pad that were typed while Alt is down
	lost   bool   // until the next report: the kernel had no room for all events
}

func newTypist(c *Config) *typist {
	return &typist{layout: layouts[c.layout()], dead: dead[c.layout()], capsLED: c.CapsLED}
}

// event takes one event and appends what it types.
func (t *typist) event(e keyEvent, to []byte) []byte {
	switch {
	case e.kind == evSyn && e.code == synDropped:
		// Which keys are down is not known any more. Scanners let go of all between characters.
		t.lost, t.held, t.number, t.accent = true, 0, "", false
		return append(to, garbled)
	case e.kind == evSyn:
		t.lost = false
	case t.lost: // the rest of a report that is not whole
	case e.kind == evLED && e.code == ledCapsL:
		t.lit = e.value != 0
	case e.kind == evKey:
		return t.key(e, to)
	}
	return to
}

func (t *typist) key(e keyEvent, to []byte) []byte {
	if m := modifiers[e.code]; m != 0 {
		return t.modifier(m, e.value, to)
	}
	if e.value != pressed { // let go, or repeated by the kernel because it was held: a scanner types once
		return to
	}
	switch e.code {
	case keyCapsLock:
		t.caps = !t.caps
		return to
	case keyNumLock, keyScrollLock:
		return to
	}
	if r, ok := pad[e.code]; ok && t.held == alt && digit(byte(r)) {
		t.number += string(r)
		return to
	}
	return t.character(e.code, to)
}

// modifier takes a modifier that goes down or up. When Alt comes up, a number that was typed meanwhile is a character.
func (t *typist) modifier(m held, value int32, to []byte) []byte {
	if value != 0 {
		t.held |= m
		return to
	}
	t.held &^= m
	if m != alt || t.number == "" {
		return to
	}
	n, err := strconv.ParseUint(t.number, 10, 7) // beyond ASCII it depends on the code page of a Windows PC
	t.number = ""
	if err != nil {
		return append(to, garbled)
	}
	return append(to, byte(n))
}

// character takes a key that makes one.
func (t *typist) character(code uint16, to []byte) []byte {
	after := t.accent
	t.accent = false
	switch code {
	case keyEnter, keyKeypadEnter:
		return append(to, '\r')
	case keyTab:
		return append(to, '\t')
	case keySpace:
		if after {
			return to
		}
		return append(to, ' ')
	}
	r := t.level(code)
	switch {
	case t.held == ctrl || t.held == ctrl|shift:
		return append(to, t.control(code, r))
	case r == 0 || t.held&^(shift|altgr) != 0 && t.held != ctrl|alt:
		return append(to, garbled)
	}
	t.accent = strings.ContainsRune(t.dead, r)
	return utf8.AppendRune(to, r)
}

// level is the character of a key with what is held down.
func (t *typist) level(code uint16) rune {
	if r, ok := pad[code]; ok {
		return r
	}
	key := t.layout[code]
	if t.held&altgr != 0 || t.held == ctrl|alt { // how Windows says AltGr
		return key[2]
	}
	swap := t.caps != (t.capsLED && t.lit)
	letter := unicode.IsLetter(key[0]) && unicode.ToUpper(key[0]) == key[1]
	if (t.held&shift != 0) != (swap && letter) {
		return key[1]
	}
	return key[0]
}

// control is the control character of a key with Ctrl: by what the key makes, or else by what it makes on an American
// keyboard, as scanners send GS as Ctrl and "]" in every layout.
func (t *typist) control(code uint16, r rune) byte {
	for _, r := range [2]rune{unicode.ToUpper(r), unicode.ToUpper(layouts["us"][code][0])} {
		if '@' <= r && r <= '_' {
			return byte(r) & 0x1f
		}
	}
	return garbled
}
