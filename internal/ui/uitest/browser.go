// Package uitest starts a browser for the tests of several packages.
package uitest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// Browser starts a browser that nobody sees, with a profile in dir, and gives a context for its first tab, and its end. Without an
// error and without a context there is none on this machine, and the tests that need one are left out; in CI that is an error.
// The headless shell goes first: it is the same engine in a third of the start's processor time, and can hold its frames back.
func Browser(dir string, options ...chromedp.ExecAllocatorOption) (ctx context.Context, stop func(), err error) {
	path, err := exec.LookPath("chromium-headless-shell")
	if err != nil {
		path, err = exec.LookPath("chromium")
	}
	if err != nil && os.Getenv("CI") == "" {
		return nil, func() {}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	all, end := chromedp.NewExecAllocator(context.Background(), append([]chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.UserDataDir(filepath.Join(dir, "profile")),
		chromedp.NoSandbox, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("headless", true), chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("hide-scrollbars", false),
	}, options...)...)
	ctx, shut := chromedp.NewContext(all)
	return ctx, func() { shut(); end() }, nil
}

// Missing says how to get a browser.
const Missing = "no browser is installed: apt-get install chromium-headless-shell fonts-noto-core fonts-noto-cjk"

// Tab is Browser for one test.
func Tab(t *testing.T, options ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	ctx, stop, err := Browser(t.TempDir(), options...)
	if err != nil {
		t.Fatalf("%v: %s", err, Missing)
	}
	if ctx == nil {
		t.Skip(Missing)
	}
	t.Cleanup(stop)
	return ctx
}
