package ui_test

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"

	"lockerd/internal/ui/uitest"
)

// axe is axe-core's script.
func axe(t *testing.T) string { return uitest.Axe(t) }

// inspect reports what axe-core finds on the page, which has its script.
func inspect(t *testing.T, tab context.Context, name string) {
	t.Helper()
	for _, found := range eval[[]string](t, tab, uitest.Inquire, chromedp.EvalAwaitPromise) {
		t.Errorf("%s: %s", name, found)
	}
}
