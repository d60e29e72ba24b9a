package ui_test

import (
	"context"
	"errors"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/chromedp"
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
	path, err := exec.LookPath("chromium")
	if errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") == "" {
		return m.Run(), nil
	}
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "kiosk-browser-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx, stop := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(path), chromedp.UserDataDir(filepath.Join(dir, "profile")),
		chromedp.NoSandbox, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("headless", true), chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("hide-scrollbars", false),
		chromedp.Flag("force-prefers-reduced-motion", true))
	defer stop()
	theBrowser, stop = chromedp.NewContext(ctx)
	defer stop()
	return m.Run(), nil
}

// atMost is how long a tab is waited for, each time, before its test has failed.
const atMost = 3 * time.Minute

// started starts the browser, once: two tests that start it at the same time would wait for each other for ever.
var started = sync.OnceValue(func() error { return chromedp.Do(theBrowser) })

// browse opens a tab.
func browse(t *testing.T) context.Context {
	t.Helper()
	if theBrowser == nil {
		t.Skip("chromium is not installed: apt-get install chromium fonts-noto-core fonts-noto-cjk")
	}
	if err := started(); err != nil {
		t.Fatalf("start chromium: %v", err)
	}
	ctx, stop := chromedp.NewContext(theBrowser)
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

// wait waits until a script says true.
func wait(t *testing.T, ctx context.Context, script string) {
	t.Helper()
	if _, err := inPage(ctx, chromedp.Poll[bool](script, chromedp.WithPollingTimeout(0))); err != nil {
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
