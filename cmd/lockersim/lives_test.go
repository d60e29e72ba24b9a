package main_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	lockersim "lockerd/cmd/lockersim"
	"lockerd/internal/sim"
	"lockerd/internal/ui/uitest"
)

// TestLives plays each life that the bench's page offers, as a visitor with two windows does: what the step says on the bench, what it
// says to touch at the kiosk. A step is done when the cabinet's record of it has come. All of them take minutes: they are for LOCKERD_LONG.
func TestLives(t *testing.T) {
	if testing.Short() {
		t.Skip("builds lockerdesk, and plays for minutes")
	}
	t.Parallel()
	bin := t.TempDir()
	if said, err := exec.Command("go", "build", "-o", bin, "../lockerd", "../lockerdesk").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	kiosk, bench, pages := address(t), address(t), address(t)
	goes(t, func(ctx context.Context) error {
		return lockersim.Run(ctx, lockersim.Options{Dir: filepath.Join(t.TempDir(), "home"), Kiosk: kiosk, Bench: bench, Pages: pages,
			Lockerd: filepath.Join(bin, "lockerd"), Lockerdesk: filepath.Join(bin, "lockerdesk")}, t.Output())
	})
	v := &player{t: t, bench: uitest.Tab(t), kiosk: uitest.Tab(t)}
	until(t, "Grace has enrolled: the cabinet is ready", func() bool {
		return chromedp.Do(v.bench, chromedp.Navigate("http://"+bench+"/")) == nil &&
			uitest.Eval[bool](t, v.bench, `(document.getElementById("phone")?.innerText ?? "").includes("Her app shows")`)
	})
	uitest.Do(t, v.kiosk, chromedp.EmulateViewport(1080, 1920), chromedp.Navigate("http://"+kiosk+"/"))
	lives := uitest.Eval[[]string](t, v.bench, `[...document.getElementById("life").options].map((o) => o.text)`)
	if len(lives) < 10 {
		t.Fatalf("the page offers %d lives", len(lives))
	}
	if os.Getenv("LOCKERD_LONG") == "" {
		lives = lives[:2]
	}
	for i, life := range lives {
		t.Run(life, func(t *testing.T) { v.play(t, i) })
	}
}

// player is a visitor of the bench.
type player struct {
	t            *testing.T
	bench, kiosk context.Context
}

// step is what the page says is to be done now.
type step struct {
	At  int    // how many are done
	Of  int    // how many there are
	Say string // empty: all are done
	// Wrong is why the bench could not do it.
	Wrong string
}

const stepNow = `(() => {
	const now = document.querySelector("#steps .now");
	return { At: document.querySelectorAll("#steps .done").length, Of: document.querySelectorAll("#steps li").length, Say: now?.querySelector("span").textContent ?? "",
		Wrong: now ? document.getElementById("lived").textContent : "" };
})()`

func (v *player) play(t *testing.T, life int) {
	uitest.Eval[bool](t, v.bench, fmt.Sprintf(`(() => { const l = document.getElementById("life"); l.selectedIndex = %d; l.onchange(); return true; })()`, life))
	touch := regexp.MustCompile(`Touch “(.+)”`)
	for {
		now := uitest.Eval[step](t, v.bench, stepNow)
		if now.Say == "" {
			return
		}
		if found := touch.FindStringSubmatch(now.Say); found != nil {
			v.touch(t, found[1])
		}
		for end := time.Now().Add(2 * time.Minute); !v.tries(t, now.At); {
			if time.Now().After(end) {
				t.Fatalf("step %d of %d, %q: never done; the bench answers %q, the kiosk shows\n%s\nand the log ends\n%s", now.At+1, now.Of, now.Say,
					uitest.Eval[step](t, v.bench, stepNow).Wrong, uitest.Eval[string](t, v.kiosk, `document.body.innerText`),
					uitest.Eval[string](t, v.bench, `[...document.querySelectorAll("#log li")].slice(-20).map((l) => l.textContent).join("\n")`))
			}
		}
	}
}

// tries does what the page says, once, and says whether that was done a moment later. A mail has to come first, and a scan may come in
// pieces: people try again, but not at once, for the same code held up twice is another matter.
func (v *player) tries(t *testing.T, at int) bool {
	t.Helper()
	uitest.Eval[bool](t, v.bench, `(() => { $("lived").textContent = ""; document.querySelector("#steps .now button")?.click(); return true; })()`)
	for range 100 {
		now := uitest.Eval[step](t, v.bench, stepNow)
		if now.At > at {
			return true
		}
		time.Sleep(100 * time.Millisecond)
		if now.Wrong != "" {
			return false
		}
	}
	return false
}

// touch touches what the kiosk offers by that name, until it has another screen: what has only just appeared cannot be touched yet.
func (v *player) touch(t *testing.T, name string) {
	t.Helper()
	shown := ""
	for touched, end := false, time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		found := uitest.Eval[string](t, v.kiosk, fmt.Sprintf(`(() => {
			const b = [...document.querySelectorAll("button")].find((b) => b.checkVisibility() && b.innerText.trim().split("\n")[0] === %q);
			if (!b || b.disabled) return b ? "taken" : "";
			if (b.closest("[data-young]")) return "young";
			b.click();
			return "touched";
		})()`, name))
		if touched && found == "" {
			return
		}
		touched = touched || found == "touched"
		if shown == "" && time.Until(end) < 55*time.Second { // later it may be another screen
			shown = uitest.Eval[string](t, v.kiosk, `document.body.innerText`)
		}
		if time.Now().After(end) {
			t.Fatalf("want a screen with %q, that goes when it is touched, got\n%s", name, shown)
		}
	}
}

func address(t *testing.T) string {
	t.Helper()
	a, err := sim.FreeAddress()
	fatal(t, err)
	return a
}
