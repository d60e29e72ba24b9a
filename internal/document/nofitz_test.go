//go:build !cgo || nopdf

package document_test

import (
	"strings"
	"testing"
)

func needsPDF(t *testing.T) { t.Skip("built without PDF") }

func TestBuiltWithoutPDF(t *testing.T) {
	if _, err := draw(t, poster(), 1, square); err == nil || !strings.Contains(err.Error(), "was built without PDF") {
		t.Errorf("want that it was built without PDF, got %v", err)
	}
}
