// Package uitest starts a browser for the tests of several packages.
package uitest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// browser starts a browser that nobody sees, with a profile in dir, and gives a context for it, and its end. Without an
// error and without a context there is none on this machine, and the tests that need one are left out; in CI that is an error.
// The headless shell goes first: it is the same engine in a third of the start's processor time, and can hold its frames back.
func browser(dir string, options ...chromedp.ExecAllocatorOption) (ctx context.Context, stop func(), err error) {
	path, err := exec.LookPath("chromium-headless-shell")
	if err != nil {
		path, err = exec.LookPath("chromium")
	}
	if err != nil && os.Getenv("CI") == "" {
		return nil, func() {}, nil
	}
	if err != nil {
		return nil, func() {}, err
	}
	all, end := chromedp.NewExecAllocator(context.Background(), append([]chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(filepath.Join(dir, "profile")),
		chromedp.NoSandbox, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("headless", true), chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("hide-scrollbars", false),
	}, options...)...)
	ctx, shut := chromedp.NewContext(all)
	stop = func() { shut(); end() }
	if err := chromedp.Do(ctx); err != nil { // starts it without a limit: it would end with the limit of whoever did
		stop()
		return nil, func() {}, fmt.Errorf("start the browser: %w", err)
	}
	return ctx, stop, nil
}

// missing says how to get a browser.
const missing = "no browser is installed: apt-get install chromium-headless-shell fonts-noto-core fonts-noto-cjk"

// shared is the browser of all tests of a package whose TestMain is Main's.
var shared struct {
	sync.Mutex
	dir  string // empty: TestMain is not Main's
	ctx  context.Context
	stop func() // nil: nobody has needed it yet
	err  error
}

// Main runs the tests of a package with one browser for all, which the first one that needs it starts: a start takes a second of
// processor time, a tab a tenth of it. What moves without an end stands still in it. It returns the exit status.
func Main(m *testing.M) int {
	dir, err := os.MkdirTemp("", "browser-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "uitest:", err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }() // what is left is the system's to clean
	shared.dir = dir
	status := m.Run()
	if shared.stop != nil {
		shared.stop()
	}
	return status
}

// Shared is the browser that Main keeps.
func Shared(t *testing.T) context.Context {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.dir == "" {
		t.Fatal("TestMain of this package does not run uitest.Main")
	}
	if shared.stop == nil {
		shared.ctx, shared.stop, shared.err = browser(shared.dir, chromedp.Flag("force-prefers-reduced-motion", true))
	}
	return there(t, shared.ctx, shared.err)
}

func there(t *testing.T, ctx context.Context, err error) context.Context {
	t.Helper()
	if err != nil {
		t.Fatalf("%v: %s", err, missing)
	}
	if ctx == nil {
		t.Skip(missing)
	}
	return ctx
}

// Tab opens a tab of the browser that Main keeps, for one test.
func Tab(t *testing.T, options ...chromedp.ContextOption) context.Context {
	t.Helper()
	ctx, stop := chromedp.NewContext(Shared(t), options...)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx); err != nil { // without a limit, too
		t.Fatalf("open a tab: %v", err)
	}
	return ctx
}

// Undrawn is Tab for a test that looks at no frame: the tab lays pages out and draws none of them, which half of the processor time goes
// into; where pictures are wanted, or the browser cannot, it draws. apart gives it cookies of its own.
func Undrawn(t *testing.T, apart bool) context.Context {
	t.Helper()
	browser := Shared(t)
	if os.Getenv("LOCKERD_SCREENSHOTS") != "" {
		return drawn(t, apart)
	}
	held, of := true, target.CreateTargetParams{URL: "about:blank"}
	of.EnableBeginFrameControl = &held
	if apart {
		cookies, err := chromedp.CallBrowser(browser, target.CreateBrowserContext, target.CreateBrowserContextParams{})
		if err != nil {
			t.Fatalf("cookies of its own: %v", err)
		}
		t.Cleanup(func() {
			_, _ = chromedp.CallBrowser(browser, target.DisposeBrowserContext, target.DisposeBrowserContextParams(cookies))
		})
		of.BrowserContextID = cookies.BrowserContextID
	}
	tab, err := chromedp.CallBrowser(browser, target.CreateTarget, of)
	if err != nil {
		t.Logf("a tab without frames: %v", err)
		return drawn(t, apart)
	}
	ctx := Tab(t, chromedp.WithTargetID(tab.TargetID))
	Do(t, ctx, func(ctx context.Context, tab *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: atOnce})
		return chromedp.Void{}, err
	})
	return ctx
}

// atOnce lets a page without frames go on as if each were drawn at once.
const atOnce = `window.requestAnimationFrame = (then) => setTimeout(() => then(performance.now()));`

func drawn(t *testing.T, apart bool) context.Context {
	t.Helper()
	if apart {
		return Tab(t, chromedp.WithNewBrowserContext())
	}
	return Tab(t)
}

// Own starts a browser of the test's own, and gives its first tab.
func Own(t *testing.T, options ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	ctx, stop, err := browser(t.TempDir(), options...)
	t.Cleanup(stop)
	return there(t, ctx, err)
}
