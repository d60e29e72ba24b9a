package ui_test

import (
	"context"
	"errors"
	"log"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"lockerd/internal/ui/uitest"
)

// theBrowser is the one browser of this test binary; nil if there is none.
var theBrowser context.Context

func TestMain(m *testing.M) {
	code, err := runWithBrowser(m)
	if err != nil {
		log.Fatal(err)
	}
	os.Exit(code)
}

func runWithBrowser(m *testing.M) (int, error) {
	dir, err := os.MkdirTemp("", "kiosk-browser-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	browser, stop, err := uitest.Browser(dir, chromedp.Flag("force-prefers-reduced-motion", true))
	if err != nil {
		return 0, err
	}
	defer stop()
	theBrowser = browser
	return m.Run(), nil
}

// atMost is how long a tab is waited for, each time, before its test has failed.
const atMost = 3 * time.Minute

// started starts the browser, once: two tests that start it at the same time would wait for each other for ever.
var started = sync.OnceValue(func() error { return chromedp.Do(theBrowser) })

// browse opens a tab.
func browse(t *testing.T) context.Context {
	t.Helper()
	needBrowser(t)
	return opened(t)
}

// browseUndrawn opens a tab that lays pages out and draws none of them, which half of the processor time goes into; where pictures
// are wanted, or the browser cannot, it is one like others.
func browseUndrawn(t *testing.T) context.Context {
	t.Helper()
	needBrowser(t)
	if shots(t) != "" {
		return opened(t)
	}
	held := true
	tab, err := chromedp.CallBrowser(theBrowser, target.CreateTarget, target.CreateTargetParams{URL: "about:blank", EnableBeginFrameControl: &held})
	if err != nil {
		t.Logf("a tab without frames: %v", err)
		return opened(t)
	}
	return opened(t, chromedp.WithTargetID(tab.TargetID))
}

func needBrowser(t *testing.T) {
	t.Helper()
	if theBrowser == nil {
		t.Skip(uitest.Missing)
	}
	if err := started(); err != nil {
		t.Fatalf("start the browser: %v", err)
	}
}

func opened(t *testing.T, options ...chromedp.ContextOption) context.Context {
	t.Helper()
	ctx, stop := chromedp.NewContext(theBrowser, options...)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil { // opens it without a limit: it would end with the limit of whoever did
		t.Fatalf("open a tab: %v", err)
	}
	return ctx
}

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
		if !errors.As(err, &said) || said.Message != "Cannot find context with specified id" {
			return v, err
		}
		time.Sleep(5 * time.Millisecond)
	}
}
