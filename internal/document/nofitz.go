//go:build !cgo || nopdf

package document

import "errors"

// errWithoutPDF is said where the program was built without the library.
var errWithoutPDF = errors.New("this lockerd was built without PDF")

func render([]byte, int, Box) ([]byte, error) { return nil, errWithoutPDF }
