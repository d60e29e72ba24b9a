package ui_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"lockerd/internal/locker"
	"lockerd/internal/ui"
	"lockerd/internal/ui/uitest"
)

// box is where an element lies on the glass, in pixels.
type box struct{ X, Y, Width, Height float64 }

func (b box) meets(o box) bool {
	return b.X < o.X+o.Width && o.X < b.X+b.Width && b.Y < o.Y+o.Height && o.Y < b.Y+b.Height
}

func where(t *testing.T, tab context.Context, id string) box {
	t.Helper()
	return eval[box](t, tab, fmt.Sprintf(`(() => { const b = document.getElementById(%q).getBoundingClientRect();
		return { X: b.x, Y: b.y, Width: b.width, Height: b.height }; })()`, id))
}

// tapAgain has a finger come down on a button as it is drawn and 120 ms later, as if it lay where the finger is. Where the page's
// own clock was so late that the touch would be no double tap any more, there is no second one.
const tapAgain = `(() => {
	window.tappedAgain = false;
	new MutationObserver((_, o) => {
		const b = document.getElementById(%q);
		if (!b) return;
		o.disconnect();
		const touch = () => {
			b.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
			b.dispatchEvent(new MouseEvent("click", { bubbles: true, detail: 1 }));
		};
		const drawn = performance.now();
		touch();
		setTimeout(() => {
			if (performance.now() - drawn < 200) touch();
			window.tappedAgain = true;
		}, 120);
	}).observe(document.getElementById("controls"), { childList: true });
	return true;
})()`

// confirmations are the questions that one button asks, and the answer that another one gives to them.
var confirmations = []struct{ from, asks, question, yes string }{
	{"wrong-courier", "b-cancel", "cancel", "b-cancel_yes"},
	{"drop-press", "b-cancel", "cancel", "b-cancel_yes"},
	{"pickup-open", "b-wrong", "wrong", "b-not_open"},
	{"pickup-open", "b-wrong", "wrong", "b-finish"},
	{"drop-closed", "b-wrong", "wrong-courier", "b-cancel"},
	{"drop-closed", "b-wrong", "wrong-courier", "b-not_open"},
	{"drop-closed", "b-wrong", "wrong-courier", "b-occupied"},
	{"drop-closed", "b-wrong", "wrong-courier", "b-larger"},
	{"menu-calm", "b-open_empty", "open-empty", "b-open_empty_yes"},
	{"menu-calm", "b-open_all", "open-all", "b-open_all_yes"},
	{"setup-half-many", "b-discard", "discard", "b-discard_yes"},
	{"setup-half-many", "b-undo", "undo", "b-undo_yes"},
	{"setup-half-many", "w-main-1", "rewire", "b-rewire_yes"},
	{"setup-half-many", "b-save", "save", "b-save_empty"},
}

func named(t *testing.T, name string) locker.View {
	t.Helper()
	all := stories()
	i := slices.IndexFunc(all, func(s story) bool { return s.name == name })
	if i < 0 {
		t.Fatalf("there is no story %q", name)
	}
	return all[i].view
}

// TestADoubleTapConfirmsNothing: two touches 120 ms apart, on one spot, ask a question and do not answer it, wherever the
// answer lies; and the answer does not lie where the finger is, however slow it is.
func TestADoubleTapConfirmsNothing(t *testing.T) {
	t.Parallel()
	for _, glass := range glasses {
		t.Run(glass.name, func(t *testing.T) {
			tab := uitest.Tab(t)
			s, d, web := kiosk(t, ui.Config{})
			do(t, tab, chromedp.EmulateViewport(glass.width, glass.height), chromedp.Navigate(web.URL))
			eval[bool](t, tab, countPosts)
			revision := uint64(100)
			show := func(name, language string) {
				revision++
				v := named(t, name)
				v.Revision, v.Language = revision, language
				s.Show(v)
				arrived(t, tab, revision)
			}
			for i, c := range confirmations {
				language := ui.Languages()[i%len(ui.Languages())]
				show(c.from, language)
				wait(t, tab, `!document.querySelector("[data-young]")`)
				asks := where(t, tab, c.asks)
				do(t, tab, click("#"+c.asks))
				fence(t, tab, d)
				eval[bool](t, tab, fmt.Sprintf(tapAgain, c.yes))
				show(c.question, language)
				wait(t, tab, `window.tappedAgain`)
				if took := fence(t, tab, d); len(took) > 0 {
					t.Errorf("%s of %q took a touch within 200 ms of being drawn: %v", c.yes, c.question, took)
				}
				yes := where(t, tab, c.yes)
				if yes.meets(asks) {
					t.Errorf("%s: %s of %q lies under the finger that touched %s of %q: %+v, %+v", language, c.yes, c.question, c.asks,
						c.from, yes, asks)
				}
				for _, f := range eval[[]string](t, tab, faults+"(false)") {
					t.Errorf("%s of %q: %s", language, c.question, f)
				}
			}
		})
	}
}

// slowly has the page take half a second over the next screen, as on a machine with other work, before a frame can show it.
const slowly = `(() => {
	const style = window.getComputedStyle;
	window.getComputedStyle = (...a) => {
		window.getComputedStyle = style;
		for (const began = performance.now(); performance.now() - began < 500;);
		return style(...a);
	};
	return true;
})()`

// TestADoubleTapConfirmsNothingLate: the time in which a new answer takes no touch begins when it can be seen.
func TestADoubleTapConfirmsNothingLate(t *testing.T) {
	v := named(t, "setup-half-many")
	tab, s, d := open(t, v)
	eval[bool](t, tab, slowly)
	eval[bool](t, tab, fmt.Sprintf(tapAgain, "b-save_empty"))
	v = named(t, "save")
	v.Revision = 100
	s.Show(v)
	arrived(t, tab, 100)
	wait(t, tab, `window.tappedAgain`)
	want(t, slices.DeleteFunc(fence(t, tab, d), func(p ui.Press) bool { return p.Present }))
	settled(t, tab, 100)
	do(t, tab, click("#b-save_empty"))
	want(t, fence(t, tab, d), ui.Press{Revision: 100, Action: "save_empty"})
}

// TestYesToANumberIsNotWhereOKWas: what a courier types goes nowhere before they have seen it whole, and can be changed.
func TestYesToANumberIsNotWhereOKWas(t *testing.T) {
	v := base(locker.StepPhone, locker.ActionNoPhone, locker.ActionBack, locker.ActionLanguage)
	tab, s, d := open(t, v)
	for _, glass := range glasses {
		do(t, tab, chromedp.EmulateViewport(glass.width, glass.height))
		do(t, tab, chromedp.KeyEvent("4915112345667"))
		ok := where(t, tab, "k-ok")
		do(t, tab, click("#k-ok"))
		wait(t, tab, `document.activeElement.id === "check-title" && !document.querySelector("[data-young]")`)
		if got := eval[string](t, tab, `document.getElementById("number").textContent`); got != "491 511 234 5667" {
			t.Errorf("want the number in groups, got %q", got)
		}
		if yes := where(t, tab, "k-yes"); yes.meets(ok) {
			t.Errorf("%s: yes lies under the finger that touched OK", glass.name)
		}
		do(t, tab, click("#k-change"))
		wait(t, tab, `!document.querySelector(".checking, [data-young]")`)
		do(t, tab, chromedp.KeyEvent("\b\b88"))
		do(t, tab, click("#k-ok"))
		wait(t, tab, `document.querySelector(".checking") && !document.querySelector("[data-young]")`)
		presses := func() []ui.Press {
			return slices.DeleteFunc(fence(t, tab, d), func(p ui.Press) bool { return p.Present })
		}
		want(t, presses())
		do(t, tab, click("#k-yes"))
		want(t, presses(), ui.Press{Revision: v.Revision, Phone: "4915112345688"})
		v.Revision++
		s.Show(v)
		settled(t, tab, v.Revision)
	}
}

// TestALanguageTouchEatsNoTouch: the screen asks the same question still, and the next touch answers it.
func TestALanguageTouchEatsNoTouch(t *testing.T) {
	v := base(locker.StepPress, locker.ActionTryAgain, locker.ActionFinish, locker.ActionLanguage)
	tab, s, d := open(t, v)
	do(t, tab, click("#l-de"))
	v.Language = "de" // of the same revision
	s.Show(v)
	wait(t, tab, `document.documentElement.lang === "de" && !document.querySelector("[data-young]")`)
	do(t, tab, click("#b-try_again"))
	want(t, fence(t, tab, d), ui.Press{Revision: 41, Action: locker.ActionLanguage, Language: "de"},
		ui.Press{Revision: 41, Action: locker.ActionTryAgain})
}

// TestTheSameErrorTwiceIsSaidTwice: seen by a blink, and heard since the notice is another node of its live region.
func TestTheSameErrorTwiceIsSaidTwice(t *testing.T) {
	v := base(locker.StepCode, locker.ActionBack, locker.ActionLanguage)
	v.Notice = locker.NoticeWrongCode
	tab, s, _ := open(t, v)
	eval[bool](t, tab, `(() => {
		window.said = [];
		const notice = document.getElementById("notice");
		new MutationObserver(() => window.said.push(notice.textContent.trim())).observe(notice, { childList: true });
		window.first = notice.querySelector("p");
		return true;
	})()`)
	v.Revision = 42
	s.Show(v)
	settled(t, tab, 42)
	wait(t, tab, `window.said.length >= 2`)
	said := eval[[]string](t, tab, `window.said`)
	if first, last := said[0], said[len(said)-1]; first != "" || last == "" {
		t.Errorf("want it taken away and said anew, got %q", said)
	}
	if eval[bool](t, tab, `document.contains(window.first)`) {
		t.Error("the first notice is still there: nobody reads it aloud twice")
	}
	v.LockedFor = 0 // another view of the same revision says nothing anew
	s.Show(v)
	v.Stored = 3
	s.Show(v)
	wait(t, tab, `document.querySelector("#facts").textContent.includes("3")`)
	if n := eval[int](t, tab, `window.said.length`); n != len(said) {
		t.Errorf("want nothing said when nothing happened, got %d", n-len(said))
	}
}

// tapAsItComes has a finger come down on a button as soon as another question is there.
const tapAsItComes = `(() => {
	window.tapped = false;
	new MutationObserver((_, o) => {
		o.disconnect();
		const b = document.getElementById(%q);
		b.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
		b.dispatchEvent(new MouseEvent("click", { bubbles: true, detail: 1 }));
		window.tapped = true;
	}).observe(document.documentElement, { attributes: true, attributeFilter: ["data-revision"] });
	return true;
})()`

// TestTheSameButtonsOfAnotherQuestion take no touch that meant the one before: nobody agrees to a statement, or passes a door over, that
// came under their finger.
func TestTheSameButtonsOfAnotherQuestion(t *testing.T) {
	for _, c := range []struct {
		story  string
		action locker.Action
		next   func(*locker.View)
	}{
		{"agree", locker.ActionAgree, func(v *locker.View) {
			v.Posted = []locker.NoticeText{{Language: "en", Text: "I pay for what my parcel weighs more than I say."}}
		}},
		{"recall", locker.ActionSkip, func(v *locker.View) { v.Door = 15 }},
		{"pay-card", locker.ActionCard, func(v *locker.View) { v.Fee.Amount = 350 }},
	} {
		v := named(t, c.story)
		tab, s, d := open(t, v)
		button := "b-" + string(c.action)
		do(t, tab, click("#"+button))
		want(t, fence(t, tab, d), ui.Press{Revision: v.Revision, Action: c.action})
		eval[bool](t, tab, fmt.Sprintf(tapAsItComes, button))
		c.next(&v)
		v.Revision++
		s.Show(v)
		wait(t, tab, `window.tapped`)
		want(t, fence(t, tab, d))
		if focus := eval[string](t, tab, `document.activeElement.id`); focus != "title" {
			t.Errorf("%s: another question: the focus is on %q, want its title", c.story, focus)
		}
		settled(t, tab, v.Revision)
		do(t, tab, click("#"+button))
		want(t, fence(t, tab, d), ui.Press{Revision: v.Revision, Action: c.action})
	}
}

// TestAFingerThatWasDownBefore the question came meant another one, wherever it is lifted.
func TestAFingerThatWasDownBefore(t *testing.T) {
	v := named(t, "recall")
	tab, s, d := open(t, v)
	finger := func(event string) {
		eval[bool](t, tab, `document.getElementById("b-skip").dispatchEvent(new `+event+`)`)
	}
	finger(`PointerEvent("pointerdown", { bubbles: true })`)
	v.Door, v.Revision = 15, v.Revision+1
	s.Show(v)
	settled(t, tab, v.Revision)
	finger(`MouseEvent("click", { bubbles: true, detail: 1 })`)
	want(t, fence(t, tab, d))
	finger(`PointerEvent("pointerdown", { bubbles: true })`)
	v.Revision++ // the same question
	s.Show(v)
	settled(t, tab, v.Revision)
	finger(`MouseEvent("click", { bubbles: true, detail: 1 })`)
	want(t, fence(t, tab, d), ui.Press{Revision: v.Revision, Action: locker.ActionSkip})
}

// TestAStatementIsReadWithItsQuestion: whoever hears the screen hears what they are to agree to, and the next one as well.
func TestAStatementIsReadWithItsQuestion(t *testing.T) {
	v := named(t, "agree")
	tab, _, _ := open(t, v)
	if heard := eval[string](t, tab, heardWithTitle); !strings.Contains(heard, v.Posted[0].Text) {
		t.Errorf("want the statement heard with its question, got %q", heard)
	}
}

// heardWithTitle is what the question is described by.
const heardWithTitle = `document.getElementById("title").getAttribute("aria-describedby").split(" ").map(id => document.getElementById(id).textContent).join(" ")`
