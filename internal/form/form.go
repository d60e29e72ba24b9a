// Package form parses the JSON that is signed or typed: orders, tokens, acks, touches at the kiosk, and requests of the command line.
// It parses strictly, by encoding/json/v2, so that two readers of the same bytes cannot understand different things; it never judges
// the content.
package form

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Reasons why a text is refused. They repeat nothing of it: it may be somebody's code.
var (
	ErrMissing  = errors.New("missing")
	ErrUTF8     = errors.New("not UTF-8")
	ErrObject   = errors.New("must be an object")
	ErrTwice    = errors.New("a field stands there twice")
	ErrUnknown  = errors.New("a field that is not known")
	ErrReadable = errors.New("cannot be read")
	ErrMore     = errors.New("something follows its end")
)

// Read reads exactly one JSON object into v, a pointer to a struct or a map. Names must match the fields exactly. A field
// that v does not have, one that occurs twice at any depth, invalid UTF-8 and anything after the object are errors. Its
// errors are the ones above, or name a field of v that has the wrong type.
func Read(data []byte, v any) error {
	if !utf8.Valid(data) {
		return ErrUTF8
	}
	switch text := bytes.TrimSpace(data); {
	case len(text) == 0:
		return ErrMissing
	case text[0] != '{' && jsontext.Value(text).IsValid():
		return ErrObject
	}
	d := jsontext.NewDecoder(bytes.NewReader(data))
	if err := json.UnmarshalDecode(d, v, json.RejectUnknownMembers(true)); err != nil {
		return reason(err)
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return ErrMore
	}
	return nil
}

// ReadAll is Read of all that r gives; an error of r is returned as it is.
func ReadAll(r io.Reader, v any) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return Read(data, v)
}

// reason reduces a library's error to one without the values that it may repeat.
func reason(err error) error {
	var wrong *json.SemanticError
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		return ErrTwice
	case errors.Is(err, json.ErrUnknownName):
		return ErrUnknown
	case errors.As(err, &wrong):
		for name := range wrong.JSONPointer.Tokens() { // the outermost: it is one of v's own
			return fmt.Errorf("%s: of the wrong type", name)
		}
	}
	return ErrReadable
}

// Text is the value of a field of an object, if it is a text; "" otherwise. The rest of the object may be invalid: it serves
// to answer the sender of an invalid one.
func Text(data []byte, field string) string {
	d := jsontext.NewDecoder(bytes.NewReader(data))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return ""
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return ""
		}
		if name.String() != field {
			if err := d.SkipValue(); err != nil {
				return ""
			}
			continue
		}
		value, err := d.ReadToken()
		if err != nil || value.Kind() != '"' {
			return ""
		}
		return value.String()
	}
	return ""
}
