package ui_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"lockerd/internal/locker"
	"lockerd/internal/ui"
	"lockerd/internal/ui/uitest"
)

// open shows a View in a new tab.
func open(t *testing.T, v locker.View) (context.Context, *ui.Server, *desk) {
	t.Helper()
	tab := uitest.Tab(t)
	s, d, web := kiosk(t, ui.Config{})
	s.Show(v)
	do(t, tab, chromedp.EmulateViewport(1080, 1920), chromedp.Navigate(web.URL))
	settled(t, tab, v.Revision)
	eval[bool](t, tab, countPosts)
	return tab, s, d
}

// arrived waits until a View is on the screen, with its pictures.
func arrived(t *testing.T, tab context.Context, revision uint64) {
	t.Helper()
	wait(t, tab, fmt.Sprintf(`document.documentElement.dataset.revision === "%d"
		&& [...document.images].every(i => i.complete && i.naturalWidth > 0)`, revision))
}

// settled waits until what is on the screen takes touches, too.
func settled(t *testing.T, tab context.Context, revision uint64) {
	t.Helper()
	arrived(t, tab, revision)
	wait(t, tab, `!document.querySelector("[data-young]")`)
}

// countPosts lets fence know of the page's posts under way.
const countPosts = `(() => {
	const post = window.fetch;
	window.underWay = window.posted = 0;
	window.fetch = async (...a) => {
		window.underWay++;
		window.posted++;
		try { return await post(...a); } finally { window.underWay--; }
	};
	return true;
})()`

// fence waits until every press has come, and gives those since the last fence.
func fence(t *testing.T, tab context.Context, d *desk) []ui.Press {
	t.Helper()
	wait(t, tab, `window.underWay === 0`)
	return d.take()
}

func want(t *testing.T, got []ui.Press, want ...ui.Press) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("presses: want %+v, got %+v", want, got)
	}
}

func click(sel string) chromedp.Action[chromedp.Void] { return chromedp.Click(chromedp.CSS(sel)) }

func TestTapIsOnePress(t *testing.T) {
	tab, s, d := open(t, base(locker.StepPress, locker.ActionTryAgain, locker.ActionBack))
	do(t, tab, click("#b-try_again"))
	want(t, fence(t, tab, d), ui.Press{Revision: 41, Action: locker.ActionTryAgain})

	v := base(locker.StepSize, locker.ActionSize, locker.ActionCancel)
	v.Revision, v.Sizes = 42, sizes(3, 0, 1)
	s.Show(v)
	settled(t, tab, 42)
	do(t, tab, click("#s-L"))
	want(t, fence(t, tab, d), ui.Press{Revision: 42, Action: locker.ActionSize, Size: "L"})

	v = base(locker.StepWeight, locker.ActionWeight, locker.ActionHeavier)
	v.Revision, v.Weights = 43, []int{2000, 31500}
	s.Show(v)
	settled(t, tab, 43)
	do(t, tab, click("#w-31500"))
	want(t, fence(t, tab, d), ui.Press{Revision: 43, Action: locker.ActionWeight, Weight: 31500})
}

func TestDoubleTapIsOnePress(t *testing.T) {
	tab, s, d := open(t, base(locker.StepDrop, locker.ActionDone, locker.ActionCancel))
	eval[bool](t, tab, `document.querySelector("#b-done").click(), document.querySelector("#b-done").click(),
		document.querySelector("#b-cancel").click(), true`)
	want(t, fence(t, tab, d), ui.Press{Revision: 41, Action: locker.ActionDone})

	v := base(locker.StepScan, locker.ActionDone) // the next screen has a button in the same place
	v.Revision = 42
	s.Show(v)
	settled(t, tab, 42)
	do(t, tab, click("#b-done"))
	want(t, fence(t, tab, d), ui.Press{Revision: 42, Action: locker.ActionDone})
}

func TestLanguageButton(t *testing.T) {
	v := base(locker.StepHome, locker.ActionPickup, locker.ActionLanguage)
	tab, s, d := open(t, v)
	do(t, tab, click("#l-ar"))
	want(t, fence(t, tab, d), ui.Press{Revision: 41, Action: locker.ActionLanguage, Language: "ar"})
	v.Language, v.Revision = "ar", 42
	s.Show(v)
	wait(t, tab, `document.documentElement.lang === "ar" && document.documentElement.dir === "rtl"
		&& document.querySelector("#l-ar").ariaPressed === "true"`)
}

func TestKeypad(t *testing.T) {
	tab, s, d := open(t, base(locker.StepCode, locker.ActionBack))
	typed := func() string { return eval[string](t, tab, `document.querySelector("#typed").textContent`) }
	do(t, tab, click("#k-1"), click("#k-2"), click("#k-3"))
	if !eval[bool](t, tab, `document.querySelector("#k-ok").disabled`) {
		t.Error("three digits can be sent")
	}
	do(t, tab, click("#k-9"), click("#k-delete"), click("#k-4"), click("#k-5"))
	if got := typed(); got != "1234 5" {
		t.Errorf("a code is shown in groups: got %q", got)
	}

	v := base(locker.StepCode, locker.ActionBack) // something else changes meanwhile
	v.Language, v.Revision = "ar", 41
	s.Show(v)
	wait(t, tab, `document.documentElement.lang === "ar"`)
	if got := typed(); got != "1234 5" {
		t.Errorf("half a code is lost when the language changes: got %q", got)
	}
	wait(t, tab, `!document.querySelector("[data-young]")`)
	do(t, tab, click("#k-ok"))
	presses := slices.DeleteFunc(fence(t, tab, d), func(p ui.Press) bool { return p.Present })
	want(t, presses, ui.Press{Revision: 41, Code: "12345"})
	if got := typed(); strings.ContainsAny(got, "0123456789") {
		t.Errorf("a sent code stays on the screen: %q", got)
	}
}

func TestPhysicalKeyboard(t *testing.T) {
	tab, s, d := open(t, base(locker.StepPIN, locker.ActionBack))
	do(t, tab, chromedp.KeyEvent("24688"+kb.Backspace))
	if got := eval[string](t, tab, `document.querySelector("#typed").textContent`); got != "••••" {
		t.Errorf("a PIN is shown as %q", got)
	}
	if eval[bool](t, tab, `document.body.innerHTML.includes("2468")`) {
		t.Error("the PIN is in the page for a screen reader to say aloud")
	}
	do(t, tab, chromedp.KeyEvent(kb.Enter))
	actions := func() []ui.Press {
		return slices.DeleteFunc(fence(t, tab, d), func(p ui.Press) bool { return p.Present })
	}
	want(t, actions(), ui.Press{Revision: 41, Code: "2468"})

	v := base(locker.StepPhone, locker.ActionBack)
	v.Revision = 42
	s.Show(v)
	settled(t, tab, 42)
	do(t, tab, chromedp.KeyEvent("+49151+23"))
	if got := eval[string](t, tab, `document.querySelector("#typed").textContent`); got != "+491 5123" {
		t.Errorf("a phone number is shown as %q: who types it must see it", got)
	}
	do(t, tab, chromedp.KeyEvent(kb.Escape))
	want(t, actions())
	do(t, tab, chromedp.KeyEvent("015123456"))
	eval[bool](t, tab, `[1, 2].every(() => document.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true })) || true)`)
	want(t, actions()) // the second one was too soon, however slow the machine
	wait(t, tab, `!document.querySelector("[data-young]")`)
	do(t, tab, chromedp.KeyEvent(kb.Enter))
	want(t, actions(), ui.Press{Revision: 42, Phone: "015123456"})

	v.Revision = 43
	s.Show(v)
	settled(t, tab, 43)
	do(t, tab, chromedp.KeyEvent(kb.Escape))
	want(t, actions(), ui.Press{Revision: 43, Action: locker.ActionBack})
}

func TestFocusFollowsTheQuestion(t *testing.T) {
	v := base(locker.StepPickup, locker.ActionNotOpen)
	v.Door, v.Opening = 14, true
	tab, s, _ := open(t, v)
	focused := func() string { return eval[string](t, tab, `document.activeElement.id`) }
	do(t, tab, chromedp.Focus(chromedp.CSS("#b-not_open")))

	v.Notice, v.Revision = locker.NoticeTryAgain, 42 // the same question
	v.Actions = append(v.Actions, locker.ActionFinish)
	s.Show(v)
	settled(t, tab, 42)
	if got := focused(); got != "b-not_open" {
		t.Errorf("the same question, drawn again: the focus went to %q", got)
	}
	v.Opening, v.DoorState, v.WasOpen, v.Revision = false, locker.Open, true, 43
	s.Show(v)
	settled(t, tab, 43)
	if got := focused(); got != "title" {
		t.Errorf("another question: the focus is on %q, want its title", got)
	}
}

// touch is a finger on no button.
const touch = `document.querySelector("#picture")
	.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }))`

func TestSomebodyIsHere(t *testing.T) {
	v := base(locker.StepScan, locker.ActionDone)
	tab, s, d := open(t, v)
	eval[bool](t, tab, touch+","+touch+","+touch+", true")
	want(t, fence(t, tab, d), ui.Press{Revision: 41, Present: true})

	v.EndsIn, v.Revision = 10*time.Second, 42
	s.Show(v)
	settled(t, tab, 42)
	wait(t, tab, `document.documentElement.dataset.cover === "still" && document.activeElement.id === "still"`)
	if !eval[bool](t, tab, `document.querySelector("#kiosk").inert`) {
		t.Error("what lies under the question can be touched")
	}
	do(t, tab, click("#still"))
	want(t, fence(t, tab, d), ui.Press{Revision: 42, Present: true})
	v.EndsIn = time.Minute
	s.Show(v)
	wait(t, tab, `document.documentElement.dataset.cover === "" && !document.querySelector("#kiosk").inert`)
}

// TestADoorThatWaitsForItsTurn: how long it still waits is counted down, and said no longer once that is over.
func TestADoorThatWaitsForItsTurn(t *testing.T) {
	v := named(t, "pickup-waits")
	v.Waits = time.Hour
	tab, s, _ := open(t, v)
	wait(t, tab, `/^Other doors open first. This one opens in (60:00|59:[0-9]{2}).$/.test(document.querySelector("#help").innerText.trim())`)
	v.Waits = time.Second
	s.Show(v)
	wait(t, tab, `document.querySelector("#help").innerText.trim() === "Please go to the door with this number."`)
}

func TestTouchWithoutSessionIsNoPress(t *testing.T) {
	v := base(locker.StepHome, locker.ActionPickup)
	v.EndsIn = 0
	tab, _, d := open(t, v)
	eval[bool](t, tab, touch)
	want(t, fence(t, tab, d))
}

// line is a connection to a server that can be cut: what is there ends, and what is new stays silent.
type line struct {
	http.Handler
	cut atomic.Bool
}

func (l *line) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if l.cut.Load() && r.URL.Path == "/events" {
		w.Header().Set("Content-Type", "text/event-stream")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		return
	}
	l.Handler.ServeHTTP(w, r)
}

func TestLostStreamShowsOneMoment(t *testing.T) {
	t.Parallel()
	tab := uitest.Tab(t)
	s, err := ui.New(ui.Config{Listen: "127.0.0.1:0"}, newDesk(), gauges{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	l := &line{Handler: s.Handler()}
	web := httptest.NewServer(l)
	t.Cleanup(web.Close)
	t.Cleanup(web.CloseClientConnections)

	do(t, tab, chromedp.EmulateViewport(1080, 1920), chromedp.Navigate(web.URL))
	covered := `document.documentElement.dataset.cover === "moment" && document.querySelector("#kiosk").inert
		&& document.querySelector(".moment").checkVisibility()`
	wait(t, tab, covered) // nothing to show yet

	v := base(locker.StepHome, locker.ActionPickup)
	s.Show(v)
	settled(t, tab, 41)
	clear := `document.documentElement.dataset.cover === "" && !document.querySelector("#kiosk").inert`
	wait(t, tab, clear)

	l.cut.Store(true)
	web.CloseClientConnections()
	wait(t, tab, covered)

	l.cut.Store(false)
	v.Revision = 42
	s.Show(v) // while the page was away
	wait(t, tab, clear)
	settled(t, tab, 42)
}

// TestAPageOfAnotherRelease: a lockerd that begins anew with other styles, or another script, finds the page of the one before in the
// browser, which stays. The page loads itself anew then, and only then.
func TestAPageOfAnotherRelease(t *testing.T) {
	t.Parallel()
	tab := uitest.Tab(t)
	var runs atomic.Pointer[http.Handler]
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*runs.Load()).ServeHTTP(w, r) }))
	t.Cleanup(web.Close)
	t.Cleanup(web.CloseClientConnections)
	begin := func(colour string, revision uint64) {
		s, err := ui.New(ui.Config{Listen: "127.0.0.1:0", Operator: ui.Operator{Colour: colour}}, newDesk(), gauges{}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		v := base(locker.StepHome, locker.ActionPickup)
		v.Revision = revision
		s.Show(v)
		h := s.Handler()
		runs.Store(&h)
		web.CloseClientConnections()
	}
	colour := func() string {
		return eval[string](t, tab, `getComputedStyle(document.documentElement).getPropertyValue("--deep").trim()`)
	}
	begin("#0e4a43", 41)
	do(t, tab, chromedp.EmulateViewport(1080, 1920), chromedp.Navigate(web.URL))
	arrived(t, tab, 41)
	eval[bool](t, tab, `window.stays = true`)
	begin("#0e4a43", 42)
	arrived(t, tab, 42)
	if !eval[bool](t, tab, `window.stays === true`) {
		t.Error("the same page was loaded anew")
	}
	begin("#7a1d10", 43)
	wait(t, tab, `window.stays === undefined && document.readyState === "complete"`)
	arrived(t, tab, 43)
	if got := colour(); got != "#7a1d10" {
		t.Errorf("want the operator's new colour, got %s", got)
	}
}

// complaints are what the browser says of a page by itself: of its policy that is broken, of a file that does not come.
type complaints struct {
	mu   sync.Mutex
	list []string
}

func complain(t *testing.T, tab context.Context) *complaints {
	t.Helper()
	c := &complaints{}
	if err := chromedp.Listen(tab, func(ev any) {
		if e, ok := ev.(*log.EventEntryAdded); ok {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.list = append(c.list, fmt.Sprintf("the browser complains: %s (%s, %s)", e.Entry.Text, e.Entry.Source, e.Entry.URL))
		}
	}); err != nil {
		t.Fatal(err)
	}
	return c
}

// all are those since they were asked for last.
func (c *complaints) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.list
	c.list = nil
	return list
}

// TestPageBreaksNoPolicy loads pages: what the stream brings to one is listened to in TestScreens, and TestEveryScreenRendersWhole reads
// all of them. LOCKERD_LONG loads all.
func TestPageBreaksNoPolicy(t *testing.T) {
	t.Parallel()
	tab := uitest.Undrawn(t, false)
	s, _, web := kiosk(t, ui.Config{})
	said := complain(t, tab)
	for n, st := range stories() {
		if st.alike || os.Getenv("LOCKERD_LONG") == "" && n%12 != 0 {
			continue
		}
		s.Show(st.view)
		do(t, tab, chromedp.Navigate(web.URL))
		arrived(t, tab, st.view.Revision)
		for _, text := range said.all() {
			t.Errorf("%s: %s", st.name, text)
		}
	}
}
