package contract

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"lockerd/internal/form"
)

// CheckBody says what is wrong with the body of an order before it is signed; nil: a cabinet reads it. What stands in a cabinet's plan or
// state (that there is such a door) is for the cabinet to judge.
func CheckBody(kind string, body []byte) error {
	order, known := Orders[kind]
	if !known {
		return fmt.Errorf("contract: there is no order %q; the kinds are %s", kind, strings.Join(slices.Sorted(maps.Keys(Orders)), ", "))
	}
	v := reflect.New(reflect.TypeOf(order.Body))
	if err := form.Read(body, v.Interface()); err != nil {
		return fmt.Errorf("contract: body of %s: %w", kind, err)
	}
	return Check("body: ", v.Elem().Interface())
}
