package ui_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/chromedp"

	"lockerd/internal/ui/uitest"
)

func TestMain(m *testing.M) { os.Exit(uitest.Main(m)) }

// atMost is how long a tab is waited for, each time, before its test has failed.
const atMost = 3 * time.Minute

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	for _, step := range steps {
		limited, stop := context.WithTimeout(ctx, atMost)
		err := chromedp.Do(limited, step)
		stop()
		if err != nil {
			t.Fatal(err)
		}
	}
}

// eval runs a script in the page.
func eval[T any](t *testing.T, ctx context.Context, script string, opts ...chromedp.EvaluateOption) T {
	t.Helper()
	v, err := inPage(ctx, chromedp.Evaluate[T](script, opts...))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return v
}

// often is how often a page is asked: not at each frame, for there are tabs without.
const often = 5 * time.Millisecond

// wait waits until a script says true.
func wait(t *testing.T, ctx context.Context, script string) {
	t.Helper()
	if _, err := inPage(ctx, chromedp.Poll[bool](script, chromedp.WithPollingInterval(often), chromedp.WithPollingTimeout(0))); err != nil {
		t.Fatalf("wait for %s: %v", script, err)
	}
}

// inPage does something in the page that a tab shows. chromedp hears of a new page after the browser has dropped the old one:
// what was asked of the old one has not been done, and is asked again.
func inPage[T any](ctx context.Context, do chromedp.Action[T]) (T, error) {
	ctx, stop := context.WithTimeout(ctx, atMost)
	defer stop()
	for {
		v, err := chromedp.Run(ctx, do)
		var said *cdproto.Error
		if !errors.As(err, &said) || said.Message != "Cannot find context with specified id" && said.Message != "Inspected target navigated or closed" {
			return v, err
		}
		time.Sleep(5 * time.Millisecond)
	}
}
