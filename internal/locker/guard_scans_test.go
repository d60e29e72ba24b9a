package locker_test

import (
	"fmt"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// guess scans so many wrong codes.
func (c *cabinet) guess(n int) (all []locker.Event) {
	c.t.Helper()
	for i := range n {
		all = append(all, c.scan(fmt.Sprintf("code-wrong-%d", i))...)
	}
	return all
}

// TestGuessingByScanner: a phone shows one code after the other. Five wrong ones, and none is looked at for a while, the
// right one neither; typing, tokens and badges go on.
func TestGuessingByScanner(t *testing.T) {
	c, door, code := stored(t)
	if e := want[locker.TypingLocked](t, c.guess(5)); !e.Scans || e.Technician || e.Step != 1 {
		t.Fatalf("want the scanner's guard, got %+v", e)
	}
	c.notice(locker.NoticeScansLocked)
	if got := c.guess(100); len(got) != 0 {
		t.Fatalf("want no more of it looked at or written down, got %s", names(got))
	}
	wantNo[locker.UnlockRequested](t, c.scan(code))
	c.restart()
	wantNo[locker.UnlockRequested](t, c.scan(code))

	want[locker.CourierSignedIn](t, c.scan("badge-ada"))
	c.tap(locker.ActionSignOut)
	if u := want[locker.UnlockRequested](t, c.show(c.parcelToken("t1"))); u.Door != door {
		t.Fatalf("want the token's door, got %+v", u)
	}
	c.feed(locker.ReleaseEnded{Why: "port gone"})
	c.wait(4 * time.Minute)
	c.onScreen(locker.StepHome)
	want[locker.UnlockRequested](t, c.scan(code))
}

// TestGuessingByScannerGetsSlower, as at the keypad; and a code typed is not held up by it.
func TestGuessingByScannerGetsSlower(t *testing.T) {
	c, _, code := stored(t)
	for step, lockout := range []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute, 30 * time.Minute} {
		if e := want[locker.TypingLocked](t, c.guess(5)); e.For != lockout.Milliseconds() {
			t.Fatalf("step %d: want %s, got %d ms", step+1, lockout, e.For)
		}
		c.wait(lockout)
	}
	c.guess(5)
	want[locker.UnlockRequested](t, c.typed(code))
}

// TestGuessingInTheMiddle: whoever has a door open already has no more tries for that.
func TestGuessingInTheMiddle(t *testing.T) {
	c, door, code := stored(t)
	c.scan(code)
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.onScreen(locker.StepThanks)
	want[locker.TypingLocked](t, c.guess(5))
	c.onScreen(locker.StepThanks) // the owner of the door is not sent away
}

// TestProductsAreNoGuesses: what has not the form of a code is counted as none, and looked up as none.
func TestProductsAreNoGuesses(t *testing.T) {
	c, _, code := stored(t)
	for i := range 20 {
		text := fmt.Sprintf("a can of beans %d", i)
		wantNo[locker.TypingLocked](t, c.feed(locker.Scanned{Tracking: text, Hash: hash(text)}))
	}
	wantNo[locker.UnlockRequested](t, c.feed(locker.Scanned{Tracking: code, Hash: hash(code)}))
	want[locker.UnlockRequested](t, c.scan(code))
}

// TestScannerLockAfterAPowerCut: it begins anew, and ends.
func TestScannerLockAfterAPowerCut(t *testing.T) {
	c, _, code := stored(t)
	c.wait(20 * time.Hour)
	c.guess(5)
	c.restart()
	wantNo[locker.UnlockRequested](t, c.scan(code))
	c.wait(time.Minute)
	want[locker.UnlockRequested](t, c.scan(code))
}

// TestACouriersDigitsOpenNothing: whoever has a badge, or has found a session left open, tries no codes by it, however many.
func TestACouriersDigitsOpenNothing(t *testing.T) {
	c, _, code := stored(t)
	c.scan("badge-bob")
	for range 300 {
		c.pass(10 * time.Millisecond)
		c.guess(1)
	}
	wantNo[locker.UnlockRequested](t, c.scan(code))
	if v := c.view(); v.Courier != "Bob" {
		t.Fatalf("want Bob still at work, got %q", v.Courier)
	}
	c.tap(locker.ActionBack)
	c.tap(locker.ActionSignOut)
	want[locker.UnlockRequested](t, c.scan(code))
}

// TestACouriersDigitsAreNoGuesses: routes and short numbers on parcels are scanned all day. With a code's prefix they are.
func TestACouriersDigitsAreNoGuesses(t *testing.T) {
	c := newCabinet(t)
	c.scan("badge-ada")
	for i := range 20 {
		text := fmt.Sprintf("4209021%d", i)
		wantNo[locker.TypingLocked](t, c.feed(locker.Scanned{Hash: hash(text), Code: true, Bare: true}))
		c.notice(locker.NoticeUnreadable)
	}
	for range 4 {
		wantNo[locker.TypingLocked](t, c.feed(locker.Scanned{Hash: hash("x"), Code: true}))
	}
	want[locker.TypingLocked](t, c.feed(locker.Scanned{Hash: hash("x"), Code: true}))
	c.onScreen(locker.StepScan)
}
