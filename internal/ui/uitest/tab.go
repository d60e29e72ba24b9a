package uitest

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// patience is how long a tab has for each step, before its test has failed.
const patience = 30 * time.Second

// Do has a tab do some steps, one after the other.
func Do(t *testing.T, tab context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	limited, stop := context.WithTimeout(tab, patience)
	defer stop()
	if err := chromedp.Do(limited, steps...); err != nil {
		t.Fatal(err)
	}
}

// Eval runs a script in a tab, and gives its value.
func Eval[T any](t *testing.T, tab context.Context, script string, options ...chromedp.EvaluateOption) T {
	t.Helper()
	limited, stop := context.WithTimeout(tab, patience)
	defer stop()
	v, err := chromedp.Run(limited, chromedp.Evaluate[T](script, options...))
	if err != nil {
		t.Fatalf("%.80s: %v", script, err)
	}
	return v
}

// Wait waits until a script says true.
func Wait(t *testing.T, tab context.Context, what, script string) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		limited, stop := context.WithTimeout(tab, patience)
		is, err := chromedp.Run(limited, chromedp.Evaluate[bool](script)) // a page that is just left says nothing
		stop()
		if err == nil && is {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: not in %s: %v", what, patience, err)
		}
	}
}

// Picture takes a picture of a whole page, of this name, where LOCKERD_SCREENSHOTS names a folder for them. The glass is as high as the page for
// that moment: what lies beyond it Chromium draws beside its place where a page is read from right to left.
func Picture(t *testing.T, tab context.Context, name string) {
	t.Helper()
	dir := os.Getenv("LOCKERD_SCREENSHOTS")
	if dir == "" {
		return
	}
	size := Eval[[3]int64](t, tab, `[innerWidth, innerHeight, document.documentElement.scrollHeight]`)
	Do(t, tab, chromedp.EmulateViewport(size[0], max(size[1], size[2])))
	limited, stop := context.WithTimeout(tab, patience)
	defer stop()
	png, err := chromedp.Run(limited, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	Do(t, tab, chromedp.EmulateViewport(size[0], size[1]))
}
