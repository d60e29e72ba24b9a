package main_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	lockersim "lockerd/cmd/lockersim"
	"lockerd/internal/ui/uitest"
)

// TestPage uses the bench as people do, and leaves pictures in $LOCKERD_SCREENSHOTS or among the test's artifacts.
func TestPage(t *testing.T) {
	dir := os.Getenv("LOCKERD_SCREENSHOTS")
	if dir == "" {
		dir = t.ArtifactDir()
	}
	fatal(t, os.MkdirAll(dir, 0o755))
	s := newShop(t)
	s.port("main")
	limit, stop := context.WithTimeout(uitest.Tab(t), 2*time.Minute)
	t.Cleanup(stop)
	do := func(steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		fatal(t, chromedp.Do(limit, steps...))
	}
	shows := func(selector string) { t.Helper(); do(chromedp.WaitVisible(chromedp.CSS(selector))) }
	click := func(selector string) { t.Helper(); do(chromedp.Click(chromedp.CSS(selector))) }

	do(chromedp.EmulateViewport(1500, 1050), chromedp.Navigate(s.server.URL))
	shows("#door22")
	click("#door7")
	shows("#door7.chosen")
	click("#chosen button:nth-of-type(2)") // force open
	shows("#door7.open")
	until(t, "the metal is open", func() bool { return s.door(7).Open })
	click("#door7") // an open door is pushed shut
	shows("#door7:not(.open)")
	until(t, "the metal is shut", func() bool { return !s.door(7).Open })
	click("#link")
	shows("#link[aria-pressed=true]")
	click("#lens button:first-of-type") // cover
	until(t, "the lens is covered", func() bool { return get[lockersim.State](s, "state").Camera.Covered })
	click("#lens button[aria-pressed=true]")
	until(t, "the lens is free", func() bool { return !get[lockersim.State](s, "state").Camera.Covered })
	_, err := chromedp.Run(limit, chromedp.Poll[bool]("document.getElementById('camera').naturalWidth === 640"))
	fatal(t, err)
	for _, path := range []string{"doors/3/force", "doors/9/jam", "boards/2/mute", "doors/16/force"} {
		s.post(path, "")
	}
	fmt.Fprintln(s.bench.Log, "lockerd | level=INFO msg=event seq=3 kind=door.opened")
	shows("#door9.bad")
	shows("#log li")

	for _, view := range []struct {
		name          string
		width, height int64
	}{{"wide", 1500, 1050}, {"narrow", 420, 900}} {
		do(chromedp.EmulateViewport(view.width, view.height))
		wide, err := chromedp.Run(limit, chromedp.Evaluate[bool]("document.documentElement.scrollWidth > innerWidth"))
		fatal(t, err)
		if wide {
			t.Errorf("%s: the page is wider than the window", view.name)
		}
		png, err := chromedp.Run(limit, chromedp.CaptureScreenshot())
		fatal(t, err)
		fatal(t, os.WriteFile(filepath.Join(dir, "bench-"+view.name+".png"), png, 0o644))
	}
}
