package contract

import (
	"crypto/sha256"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"lockerd/internal/locker"
)

// MaxDoor is the highest number that a door may have.
const MaxDoor = 9999

// A Form is what a field's tag says of its text or number: `form:"text 1..64"`. The schemas are made from the same tags.
type Form struct {
	Kind        string // "text", "tracking", "ids" (a list of texts that is not empty), "digits", "phone", "door", "time" (of day, as "08:00"), or "given" (anything that is not left out); "hash" and "version" of a cabinet's messages; empty: anything
	Least, Most int    // characters; 0 where the kind says it already
}

// FormOf reads a field's tag. A tag that nobody can read is a mistake of ours: it panics.
func FormOf(f reflect.StructField) Form {
	tag := f.Tag.Get("form")
	kind, limits, has := strings.Cut(tag, " ")
	if !has {
		return Form{Kind: kind}
	}
	least, most, _ := strings.Cut(limits, "..")
	a, err := strconv.Atoi(least)
	b, err2 := strconv.Atoi(most)
	if err != nil || err2 != nil {
		panic(fmt.Sprintf("contract: field %s: form %q", f.Name, tag))
	}
	return Form{kind, a, b}
}

// enums are the types of which an order may have these values only.
var enums = map[reflect.Type][]string{
	reflect.TypeFor[locker.BlockReason](): texts(locker.BlockReasons()),
	reflect.TypeFor[locker.Condition]():   texts(locker.AllConditions()),
	reflect.TypeFor[locker.Right]():       texts(locker.Rights()),

	reflect.TypeFor[locker.UploadMethod](): {string(locker.UploadPut), string(locker.UploadTus)},
}

// Enum are the values that a type may have in an order; nil where any goes.
func Enum(typ reflect.Type) []string { return enums[typ] }

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// Check says what is first wrong with the form of a message to a cabinet, a struct of this package that form.Read has filled, after
// in ("body: ", "personal: "); nil: nothing. Fields are named, values never repeated.
func Check(in string, message any) error {
	v := reflect.ValueOf(message)
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if err := FormOf(field).check(in+name, v.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

// check judges a value, or each entry of a list.
func (f Form) check(name string, v reflect.Value) error {
	if f.Kind == "ids" && v.Kind() == reflect.Slice && v.Len() == 0 {
		return fmt.Errorf("%s: must name at least one", name)
	}
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct {
		for i, entry := range v.Seq2() {
			if err := Check(fmt.Sprintf("%s: %d: ", name, i.Int()+1), entry.Interface()); err != nil {
				return err
			}
		}
		return nil
	}
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.String {
		for _, entry := range v.Seq2() {
			if err := f.check(name, entry); err != nil {
				return err
			}
		}
		return nil
	}
	if values, closed := enums[v.Type()]; closed {
		return oneOf(name, v.String(), values)
	}
	switch f.Kind {
	case "":
		return nil
	case "text", "ids":
		return f.text(name, v.String())
	case "tracking":
		return f.text(name, strings.Map(ordinary, v.String()))
	case "digits":
		return f.digits(name, v.String())
	case "phone":
		if _, ok := locker.MaskPhone(v.String()); v.String() != "" && !ok {
			return fmt.Errorf("%s: must be 5 to 15 digits, with or without a leading +", name)
		}
		return nil
	case "time":
		if v.String() != "" && !isTime(v.String()) {
			return fmt.Errorf("%s: must be a time of day, as \"08:00\"", name)
		}
		return nil
	case "given":
		if v.IsZero() {
			return fmt.Errorf("%s: must be given", name)
		}
		return nil
	case "door":
		if v.Int() < 1 || v.Int() > MaxDoor {
			return fmt.Errorf("%s: there is no such number", name)
		}
		return nil
	}
	panic("contract: form " + f.Kind)
}

// oneOf says which values there are where a text is none of them.
func oneOf(name, text string, values []string) error {
	for _, v := range values {
		if v == text {
			return nil
		}
	}
	return fmt.Errorf("%s: is one of %s", name, strings.Join(values, ", "))
}

func (f Form) text(name, value string) error {
	switch ok := len(value) >= f.Least && Plain(value, f.Most); {
	case ok:
		return nil
	case f.Least == 0:
		return fmt.Errorf("%s: must have at most %d printable characters", name, f.Most)
	}
	return fmt.Errorf("%s: must have %d to %d printable characters", name, f.Least, f.Most)
}

// digits may always be left out.
func (f Form) digits(name, value string) error {
	if value == "" || len(value) >= f.Least && len(value) <= f.Most && strings.Trim(value, "0123456789") == "" {
		return nil
	}
	return fmt.Errorf("%s: must be %d to %d digits", name, f.Least, f.Most)
}

// isTime says that a text is a time of day as clocks with 24 hours show it.
func isTime(text string) bool {
	_, err := time.Parse("15:04", text)
	return err == nil && len(text) == len("15:04")
}

// ordinary makes a blank of whatever a scanner or a copied number has for one: it is normalised later.
func ordinary(r rune) rune {
	if unicode.In(r, unicode.Zs, unicode.Cf) {
		return ' '
	}
	return r
}

// IsHash says that a text is 32 bytes in hex as in a record's prev: there is only one spelling.
func IsHash(text string) bool {
	return len(text) == 2*sha256.Size && strings.Trim(text, "0123456789abcdef") == ""
}

// Plain says that a text is printable (unicode.IsPrint) and has at most so many characters.
func Plain(s string, longest int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= longest &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
