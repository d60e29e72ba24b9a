//go:build cgo && !nopdf

package document_test

import "testing"

func needsPDF(*testing.T) {}
