// Package settings locates settings in the text of a TOML configuration, so that an error names the file, the line and the setting in
// the terms of the person who wrote it.
package settings

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// File is a file of settings, in TOML.
type File struct {
	path     string
	settings []setting
}

// Parse finds the settings of a file's text, as far as it can be parsed.
func Parse(path string, text []byte) File { return File{path, settings(text)} }

// About is the kind of thing that an error names first, as "door"; empty: none.
func About(message string) string {
	if m := called.FindStringSubmatch(message); m != nil {
		return m[1]
	}
	return ""
}

// Readable removes the byte order mark that some editors write, and rejects UTF-16.
func Readable(path string, data []byte) ([]byte, error) {
	for _, mark := range []string{"\xff\xfe", "\xfe\xff"} {
		if bytes.HasPrefix(data, []byte(mark)) {
			return nil, fmt.Errorf("%s: is written in UTF-16: save it as UTF-8", path)
		}
	}
	return bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), nil
}

// setting is a key of a file, or a table's header, and where it stands.
type setting struct {
	table  string // as "door" or "bus.board"; empty: before the first table
	nth    int    // which of the file's tables; all keys of one have the same
	key    string // empty: the header
	value  string
	number bool // the value is a number, or a list with one
	row    int
	column int
}

// settings are all of a file that can be parsed.
func settings(data []byte) []setting {
	var list []setting
	var p unstable.Parser
	p.Reset(data)
	table, nth := "", 0
	for p.NextExpression() {
		e := p.Expression()
		var keys []string
		var at unstable.Range
		for it := e.Key(); it.Next(); {
			if keys = append(keys, string(it.Node().Data)); len(keys) == 1 {
				at = it.Node().Raw
			}
		}
		if len(keys) == 0 {
			continue
		}
		start := p.Shape(at).Start
		s := setting{row: start.Line, column: start.Column}
		if e.Kind == unstable.KeyValue {
			s.table, s.nth, s.key, s.value = table, nth, strings.Join(keys, "."), string(e.Value().Data)
			s.number = e.Value().Kind == unstable.Integer
			for it := e.Value().Children(); it.Next(); {
				s.number = s.number || it.Node().Kind == unstable.Integer
			}
		} else {
			table = strings.Join(keys, ".")
			nth++
			s.table, s.nth = table, nth
		}
		list = append(list, s)
	}
	return list
}

// TimesWithoutUnit reports numbers in place of times in the struct that the file is read into: its reader would take them
// for nanoseconds.
func (f File) TimesWithoutUnit(into reflect.Type) error {
	var errs []error
	for _, s := range f.settings {
		if s.number && wantsUnit(into, strings.Split(strings.TrimPrefix(s.table+"."+s.key, "."), ".")) {
			errs = append(errs, fmt.Errorf("%s:%d:%d: %s: must be a time with its unit, as \"30s\"", f.path, s.row, s.column,
				strings.TrimPrefix(s.table+"."+s.key, ".")))
		}
	}
	return errors.Join(errs...)
}

// wantsUnit says that a key's value is a number in Go and a text in the file.
func wantsUnit(t reflect.Type, keys []string) bool {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if len(keys) == 0 {
		return t.Kind() == reflect.Int64 && reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
	}
	if t.Kind() != reflect.Struct {
		return false
	}
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("toml"), ","); name == keys[0] && len(f.Index) == 1 {
			return wantsUnit(f.Type, keys[1:])
		}
	}
	return false
}

// names is by which key a table of that kind is called in an error: `door 7`, `bus "main"`.
var names = map[string]string{"door": "number", "bus": "name", "bus.board": "address", "scanner": "name", "camera": "name", "courier": "id",
	"technician": "id", "supply": "name", "issuer": "id", "size": "name"}

// called finds who an error is about: "doors 1 and 2" are about the second.
var called = regexp.MustCompile(`\b(door|bus|board|scanner|camera|courier|technician|supply|issuer|size)s? (?:"?[\w.-]+"? and )?"?([\w.-]+)"?`)

// locate finds what an error names in the settings of its file: errors name things as the file does.
func locate(list []setting, message string) (s setting, found bool) {
	words := regexp.MustCompile(`[A-Za-z_]+`).FindAllString(message, -1)
	said := make(map[string]bool)
	for _, w := range words {
		said[w], said[w+"s"] = true, true // "time bounce" is times.bounce
	}
	in := 0 // the table that the error is about
	for _, m := range called.FindAllStringSubmatch(message, 2) {
		for _, c := range list {
			kind := c.table[strings.LastIndex(c.table, ".")+1:]
			within := c.nth > in || kind != "board" // a board is one of its bus
			if kind == m[1] && c.key == names[c.table] && c.value == m[2] && within && (in == 0 || kind == "board") {
				if in = c.nth; kind == "board" || !strings.Contains(message, "twice") {
					break
				}
				in, s, found = 0, c, true // the last one
			}
		}
		if found {
			return s, true
		}
	}
	best, mentioned := 0, 0
	for _, c := range list {
		score, where := 0, strings.Index(message, c.key)
		switch {
		case in != 0 && c.nth != in:
			continue
		case in != 0 && c.key == "":
			score = 1
		case c.key == "":
		case said[c.key] && c.key != names[c.table]:
			score = 2
		}
		if score > 0 && said[c.table] {
			score++
		}
		if c.table != "" && c.key != "" && strings.Contains(message, c.table+"."+c.key) {
			score += 2
		}
		// Of a door or a bus the last word is the complaint, of other settings the first.
		if score > best || score > 0 && score == best && (where < mentioned) == (in == 0) && where != mentioned {
			s, best, mentioned = c, score, where
		}
	}
	return s, best > 0
}

// Place is the position in the file of the setting that an error names, as "lockerd.toml:7:1".
func (f File) Place(message string) (at string, found bool) {
	s, found := locate(f.settings, message)
	return fmt.Sprintf("%s:%d:%d", f.path, s.row, s.column), found
}

// Placed adds the position in the file to an error of the TOML reader, in words.
func Placed(path string, err error) error {
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) {
		var list []error
		for _, e := range unknown.Errors {
			row, column := e.Position()
			list = append(list, fmt.Errorf("%s:%d:%d: there is no setting %q", path, row, column, strings.Join(e.Key(), ".")))
		}
		return errors.Join(list...)
	}
	var wrong *toml.DecodeError
	if errors.As(err, &wrong) {
		row, column := wrong.Position()
		return fmt.Errorf("%s:%d:%d: %s", path, row, column, inWords(strings.Join(wrong.Key(), "."), strings.TrimPrefix(wrong.Error(), "toml: ")))
	}
	return fmt.Errorf("%s: %s", path, inWords("", strings.TrimPrefix(err.Error(), "toml: ")))
}

// inTOML are the words of TOML for what Go calls otherwise, by how the type's name ends.
var inTOML = []struct{ ends, words string }{
	{"duration", `a time with its unit, as "30s"`}, {"Duration", `a time with its unit, as "30s"`}, {"time.Time", "a date and time, as 2026-12-01T00:00:00Z"}, {"locker.Hash", "a keyed hash of `lockerd hash`"},
	{"bool", "true or false"}, {"string", "a text in quotes"}, {"int64", "a whole number"}, {"int", "a whole number"}, {"struct", "a table"}, {"map", "a table"},
}

// mismatch is how the reader says that a value is of the wrong kind.
var mismatch = regexp.MustCompile(`^cannot (?:decode TOML ([a-z ]+) into|store (?:an? )?([a-z ]+) in(?:to)? an?)(?: struct field \S+ of type)? (.+)$`)

// inWords says what the reader says without the names of Go's types.
func inWords(key, message string) string {
	if key != "" && !strings.HasPrefix(message, key) {
		key += ": "
	} else {
		key = ""
	}
	m := mismatch.FindStringSubmatch(message)
	if m == nil {
		if i := strings.Index(message, "cannot be stored in"); i >= 0 {
			message = message[:i] + "is out of range"
		}
		return key + message
	}
	is, wants := m[1]+m[2], strings.TrimSpace(m[3])
	list := strings.HasPrefix(wants, "[]") || wants == "slice"
	want := "something else"
	for _, k := range inTOML {
		if strings.HasSuffix(wants, k.ends) {
			want = k.words
			break
		}
	}
	if list && want == "something else" {
		want = "a list of tables ([[...]])"
	} else if list {
		want = "a list, each " + want
	} else if want == "something else" {
		want = "a table ([...])"
	}
	return fmt.Sprintf("%smust be %s, and is of the kind %s", key, want, is)
}
