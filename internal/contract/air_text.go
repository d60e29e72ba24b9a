package contract

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"time"
)

// What is long or left to chance in a JSON text is replaced, where a string would stand, by a token that no JSON has:
//
//	T-410    the time that many milliseconds after a base, as RFC 3339 with as many digits as it needs: "2026-11-24T11:22:32.61Z"
//	R32      the next 32 bytes of chance, in lower-case hex
//	B61      the next 61 bytes of chance, in padded base64
//	R32@5    the 32 bytes of chance from the sixth on: they were there before; B likewise
//
// What is between quotes is never looked into.

// Strings that are shorter than this are left to the dictionary.
const (
	leastHex    = 32 // digits
	leastBase64 = 40 // characters
)

// shorten appends a text with its tokens to dst, and their bytes to chance. Where expand would not make the same text of it, the caller
// has to notice.
func shorten(dst, chance, text []byte, base int64) (short, chanceNow []byte) {
	for len(text) > 0 {
		from := bytes.IndexByte(text, '"')
		if from < 0 {
			break
		}
		to := from + quoted(text[from:])
		dst = append(dst, text[:from]...)
		dst, chance = shortenString(dst, chance, text[from:to], base)
		text = text[to:]
	}
	return append(dst, text...), chance
}

// quoted is the length of the string, quotes included, that a text begins with.
func quoted(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// shortenString appends a string in quotes, or the token for it.
func shortenString(dst, chance, text []byte, base int64) (short, chanceNow []byte) {
	s := text[1 : len(text)-min(1, len(text)-1)]
	if len(s) < len("2026-11-24T11:22:33Z") {
		return append(dst, text...), chance
	}
	if s[4] == '-' && s[len(s)-1] == 'Z' {
		at, err := time.Parse(time.RFC3339Nano, string(s))
		if err == nil && at.Nanosecond()%int(time.Millisecond) == 0 && at.UTC().Format(time.RFC3339Nano) == string(s) {
			return strconv.AppendInt(append(dst, 'T'), at.UnixMilli()-base, 10), chance
		}
		return append(dst, text...), chance
	}
	if raw, err := hex.DecodeString(string(s)); err == nil && len(s) >= leastHex && hex.EncodeToString(raw) == string(s) {
		return token(dst, chance, 'R', raw)
	}
	if raw, err := base64.StdEncoding.Strict().DecodeString(string(s)); err == nil && len(s) >= leastBase64 {
		return token(dst, chance, 'B', raw)
	}
	return append(dst, text...), chance
}

// token appends a token for bytes of chance, and the bytes unless they are there already.
func token(dst, chance []byte, kind byte, raw []byte) (short, chanceNow []byte) {
	dst = strconv.AppendInt(append(dst, kind), int64(len(raw)), 10)
	if i := bytes.Index(chance, raw); i >= 0 {
		return strconv.AppendInt(append(dst, '@'), int64(i), 10), chance
	}
	return dst, append(chance, raw...)
}

// expander restores texts. It takes the bytes of chance one after the other.
type expander struct {
	chance []byte
	taken  int
	room   int // bytes that may still be made
}

var (
	errToken  = errors.New("a token that is none")
	errChance = errors.New("more bytes of chance than there are")
	errRoom   = errors.New("larger than may be")
)

// expand appends the text that shorten was given.
func (e *expander) expand(dst, short []byte, base int64) ([]byte, error) {
	before := len(dst)
	for i := 0; i < len(short); {
		switch c := short[i]; c {
		case '"':
			n := quoted(short[i:])
			dst = append(dst, short[i:i+n]...)
			i += n
		case 'T', 'R', 'B':
			n, err := e.token(&dst, short[i:], base)
			if err != nil {
				return nil, err
			}
			i += n
		default:
			dst = append(dst, c)
			i++
		}
		if len(dst)-before > e.room {
			return nil, errRoom
		}
	}
	e.room -= len(dst) - before
	return dst, nil
}

// token appends what the token means that a text begins with, and says how long the token is.
func (e *expander) token(dst *[]byte, short []byte, base int64) (int, error) {
	number, n := integer(short[1:])
	if n == 0 {
		return 0, errToken
	}
	if n++; short[0] == 'T' {
		at := time.UnixMilli(base + number).UTC()
		if year := at.Year(); year < 0 || year > 9999 {
			return 0, errToken
		}
		*dst = at.AppendFormat(append(*dst, '"'), time.RFC3339Nano+`"`)
		return n, nil
	}
	from := int64(-1)
	if n < len(short) && short[n] == '@' {
		var m int
		if from, m = integer(short[n+1:]); m == 0 || from < 0 {
			return 0, errToken
		}
		n += 1 + m
	}
	raw, err := e.take(number, from)
	if err != nil {
		return 0, err
	}
	*dst = append(*dst, '"')
	if short[0] == 'R' {
		*dst = hex.AppendEncode(*dst, raw)
	} else {
		*dst = base64.StdEncoding.AppendEncode(*dst, raw)
	}
	*dst = append(*dst, '"')
	return n, nil
}

// take returns bytes of chance: the next ones, or those from a place on.
func (e *expander) take(length, from int64) ([]byte, error) {
	next := from < 0
	if next {
		from = int64(e.taken)
	}
	if all := int64(len(e.chance)); length < 0 || from > all || length > all-from {
		return nil, errChance
	}
	if int(length) > e.room {
		return nil, errRoom
	}
	if next {
		e.taken += int(length)
	}
	return e.chance[from : from+length], nil
}

// integer reads the number that a text begins with, and how many bytes it has; 0 if there is none.
func integer(text []byte) (number int64, n int) {
	if n < len(text) && text[n] == '-' {
		n++
	}
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	number, err := strconv.ParseInt(string(text[:n]), 10, 64)
	if err != nil {
		return 0, 0
	}
	return number, n
}
