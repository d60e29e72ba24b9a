//go:build cgo && !nopdf

package document

import (
	"errors"

	"github.com/gen2brain/go-fitz"
)

// store is how much of the child's memory the library may keep fonts and pictures in, in bytes.
const store = 64 << 20

// render draws one page. The library ends the process over much that is wrong with a PDF, so nothing is deferred: the
// process ends after it in any case. What the library complains of goes to standard error.
func render(pdf []byte, page int, box Box) ([]byte, error) {
	fitz.MaxStore = store
	doc, err := fitz.NewFromMemory(pdf)
	switch {
	case errors.Is(err, fitz.ErrNeedsPassword):
		return nil, errEncrypted
	case err != nil:
		return nil, errNotPDF
	}
	switch n := doc.NumPage(); {
	case n < 1:
		return nil, errNoPages
	case page > n:
		return nil, errNoPage
	}
	size, err := doc.Bound(page - 1)
	if err != nil {
		return nil, errUndrawn
	}
	if size.Dx() < 1 || size.Dy() < 1 {
		return nil, errNoSize
	}
	// The size has lost its fractions: one more makes sure that the page does not outgrow the box.
	scale := min(float64(box.Width)/float64(size.Dx()+1), float64(box.Height)/float64(size.Dy()+1))
	if scale*float64(min(size.Dx(), size.Dy())) < 1 {
		return nil, errNoSize
	}
	picture, err := doc.ImagePNG(page-1, 72*scale) // a PDF's unit is 1/72 inch
	if err != nil {
		return nil, errUndrawn
	}
	return picture, nil
}
