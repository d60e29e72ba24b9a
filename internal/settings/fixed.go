package settings

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// Fixed reports the settings, named as the file names them ("cloud.confirm", or a whole table), that two structs of the same type
// read from TOML do not share.
func Fixed(present, offered any, names ...string) error {
	var errs []error
	for _, name := range names {
		a, known := field(reflect.ValueOf(present), strings.Split(name, "."))
		b, _ := field(reflect.ValueOf(offered), strings.Split(name, "."))
		switch {
		case !known:
			errs = append(errs, fmt.Errorf("%s: there is no such setting", name))
		case !reflect.DeepEqual(a.Interface(), b.Interface()):
			errs = append(errs, fmt.Errorf("%s: may not be changed from afar", name))
		}
	}
	return errors.Join(errs...)
}

// field is the field of a struct that a setting is read into.
func field(v reflect.Value, keys []string) (reflect.Value, bool) {
	v = reflect.Indirect(v)
	if len(keys) == 0 {
		return v, true
	}
	if v.Kind() != reflect.Struct {
		return v, false
	}
	for _, f := range reflect.VisibleFields(v.Type()) {
		if name, _, _ := strings.Cut(f.Tag.Get("toml"), ","); name == keys[0] && len(f.Index) == 1 {
			return field(v.FieldByIndex(f.Index), keys[1:])
		}
	}
	return v, false
}
