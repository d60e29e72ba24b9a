package ui_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"lockerd/internal/locker"
	"lockerd/internal/ui"
)

func TestTheHiddenCornerMustBeHeld(t *testing.T) {
	t.Parallel()
	tab, _, d := open(t, base(locker.StepHome, locker.ActionPickup, locker.ActionTechnician))
	down := finger(input.DispatchTouchEventTypeTouchStart, &input.TouchPoint{X: 40, Y: 40})
	up := finger(input.DispatchTouchEventTypeTouchEnd)
	do(t, tab, click("#b-technician"), down, up)
	eval[bool](t, tab, `setTimeout(() => window.later = true, 2000), true`) // begun later, it rings later
	wait(t, tab, `window.later`)
	want(t, fence(t, tab, d))

	do(t, tab, down)
	wait(t, tab, `window.posted > 0`) // it comes while the finger is still there
	do(t, tab, up)
	want(t, fence(t, tab, d), ui.Press{Revision: 41, Action: locker.ActionTechnician})
}

// finger is what a touchscreen reports.
func finger(kind input.DispatchTouchEventType, at ...*input.TouchPoint) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, tab *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, tab, input.DispatchTouchEvent,
			input.DispatchTouchEventParams{Type: kind, TouchPoints: append([]*input.TouchPoint{}, at...)})
		return chromedp.Void{}, err
	}
}

func TestTheHiddenCornerByKeyboard(t *testing.T) {
	tab, s, d := open(t, base(locker.StepOutOfOrder, locker.ActionTechnician))
	do(t, tab, chromedp.Focus(chromedp.CSS("#b-technician")), chromedp.KeyEvent(kb.Enter))
	want(t, fence(t, tab, d), ui.Press{Revision: 41, Action: locker.ActionTechnician})

	v := base(locker.StepOutOfOrder) // nobody is a technician here
	v.Revision = 42
	s.Show(v)
	settled(t, tab, 42)
	if eval[bool](t, tab, `!!document.querySelector("#b-technician")`) {
		t.Error("there is a corner that leads nowhere")
	}
}

func TestDoorsAndReasons(t *testing.T) {
	v := base(locker.StepDoors, locker.ActionDoor, locker.ActionBack)
	v.Technician, v.Details = "Grace", details()
	tab, s, d := open(t, v)
	do(t, tab, click("#d-7"))
	want(t, fence(t, tab, d), ui.Press{Revision: 41, Action: locker.ActionDoor, Door: 7})

	v = base(locker.StepBlock, locker.ActionReason, locker.ActionBack)
	v.Revision, v.Technician, v.Door = 42, "Grace", 7
	s.Show(v)
	settled(t, tab, 42)
	do(t, tab, click("#r-dirty"))
	want(t, fence(t, tab, d), ui.Press{Revision: 42, Action: locker.ActionReason, Reason: locker.BlockDirty})
}

// service is a View of a technician's screen.
func service(step locker.Step) locker.View {
	v := base(step, locker.ActionBack)
	v.Technician, v.Details = "Grace", details()
	v.Photos = []locker.Photo{{Seq: 7, Door: 3}, {Seq: goneStill, Door: 3}}
	return v
}

func TestStillsAreForTechniciansOnly(t *testing.T) {
	s, _, web := kiosk(t, ui.Config{})
	somebody := service(locker.StepHome)
	somebody.Technician = ""
	for _, tt := range []struct {
		name, seq string
		view      locker.View
		want      int
	}{
		{"a technician", "7", service(locker.StepPhotos), http.StatusOK},
		{"nobody signed in", "7", somebody, http.StatusNotFound},
		{"a still that is not to choose from", "8", service(locker.StepPhotos), http.StatusNotFound},
		{"a still that cannot be read", fmt.Sprint(goneStill), service(locker.StepPhotos), http.StatusNotFound},
		{"no number", "-7", service(locker.StepPhotos), http.StatusNotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s.Show(tt.view)
			res, body := get(t, web.URL+"/photo/"+tt.seq)
			jpeg := res.header.Get("Content-Type") == "image/jpeg" && strings.HasPrefix(body, "\xff\xd8")
			if res.status != tt.want || jpeg != (tt.want == http.StatusOK) {
				t.Errorf("want %d, got %d, %s", tt.want, res.status, res.header.Get("Content-Type"))
			}
			if got := res.header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("a browser may keep it: %q", got)
			}
		})
	}
	t.Run("another site's page", func(t *testing.T) {
		s.Show(service(locker.StepPhotos))
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, web.URL+"/photo/7", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("want 403, got %d", res.StatusCode)
		}
	})
}

// counted are instruments whose link grows with every look.
type counted struct {
	gauges
	looks atomic.Uint64
}

func (c *counted) Measure(ctx context.Context, step locker.Step) ui.Measured {
	m := c.gauges.Measure(ctx, step)
	m.Link.Backlog = 1000 + c.looks.Add(1)
	return m
}

func TestGaugesAreReadWhileTheyAreShown(t *testing.T) {
	c := &counted{gauges: gauges{connected}}
	s, _, web := kioskWith(t, ui.Config{}, c)
	somebody := service(locker.StepLines)
	somebody.Technician = ""
	for _, v := range []locker.View{service(locker.StepDoors), somebody} {
		s.Show(v)
		if _, page := get(t, web.URL); strings.Contains(page, "100") || c.looks.Load() > 0 {
			t.Errorf("step %s of %q: the gauges were read", v.Step, v.Technician)
		}
	}
}

// TestTheLinksFaultsAreShown: in words of each language, among the alarms and beside the gauges of the link.
func TestTheLinksFaultsAreShown(t *testing.T) {
	s, _, web := kioskWith(t, ui.Config{}, gauges{troubled})
	for _, step := range []locker.Step{locker.StepMenu, locker.StepLines} {
		for _, language := range []string{"en", "de", "ar", "zh"} {
			v := service(step)
			v.Language, v.Faults = language, nil
			s.Show(v)
			_, page := get(t, web.URL)
			for _, f := range troubled.Faults {
				words := texts(t, language)["fault."+f.Kind][""]
				if shown := html.UnescapeString(page); words == "" || !appears(shown, words) || !strings.Contains(shown, f.What) {
					t.Errorf("%s, %s: %s is not told as %q", step, language, f.Kind, words)
				}
				if strings.Contains(page, f.Kind) {
					t.Errorf("%s, %s: %s is told by its name alone", step, language, f.Kind)
				}
			}
		}
	}
}

func TestShownGaugesAreReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &counted{gauges: gauges{connected}}
		s, g := watch(t, ui.Config{}, c)
		s.Show(service(locker.StepLines))
		time.Sleep(10*time.Second + time.Millisecond)
		if looks := c.looks.Load(); looks < 5 || looks > 6 {
			t.Errorf("want a look every two seconds, got %d in ten", looks)
		}
		if n := g.said(`"regions":{"picture":`); n < 4 { // the first came with all the others
			t.Errorf("want each reading alone, got %d", n)
		}
		s.Show(service(locker.StepDoors))
		synctest.Wait()
		before := c.looks.Load()
		time.Sleep(10 * time.Second)
		if got := c.looks.Load() - before; got != 0 {
			t.Errorf("another screen: the gauges were read %d times", got)
		}
	})
}

func TestAPushedUpPanelStaysSoUntilTheNextScreen(t *testing.T) {
	v := service(locker.StepLog)
	tab, s, _ := open(t, v)
	top := func() int { return eval[int](t, tab, `Math.round(document.querySelector("#picture").scrollTop)`) }
	eval[bool](t, tab, `document.querySelector("#picture").scrollTop = 100, true`)
	v.Language, v.Revision = "de", 42 // all of it is drawn anew
	s.Show(v)
	settled(t, tab, 42)
	if got := top(); got != 100 {
		t.Errorf("a drawn panel went back by itself: it stands at %d", got)
	}
	v = service(locker.StepDoors)
	v.Revision, v.Details = 43, slices.Repeat(details(), 5)
	s.Show(v)
	settled(t, tab, 43)
	if got := top(); got != 0 {
		t.Errorf("the next screen begins at %d", got)
	}
}
