package locker_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// Several parcels of one person: one code, and one door after the other.

// phoneOf types the phone number of a person, whom the cabinet knows by it.
func (c *cabinet) phoneOf(who string) []locker.Event {
	c.t.Helper()
	return c.feed(locker.PhoneTyped{Revision: c.view().Revision, Mask: "•••67", Phone: locker.Box("phone of " + who), Person: hash(who),
		Offers: c.offers()})
}

// dropFor stores a small or medium parcel for somebody.
func (c *cabinet) dropFor(who, tracking, size string) (door int, code string) {
	c.t.Helper()
	if c.view().Courier == "" {
		c.scanLater("badge-ada")
	}
	c.scan(tracking)
	c.onScreen(locker.StepPhone)
	c.phoneOf(who)
	c.size(size)
	door = c.view().Door
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	stored := want[locker.ParcelStored](c.t, c.tap(locker.ActionNextParcel))
	return door, string(stored.Personal.Code)
}

// three is a cabinet with three parcels of one person, nobody at the kiosk.
func three(t *testing.T) (c *cabinet, doors []int, code string) {
	t.Helper()
	c = newCabinet(t)
	for i, size := range []string{"S", "M", "M"} {
		door, with := c.dropFor("lea", fmt.Sprintf("PARCEL-%d", i+1), size)
		if code == "" {
			code = with
		}
		if with != code {
			t.Fatalf("want one code for all of them, got %q and %q", code, with)
		}
		doors = append(doors, door)
	}
	c.tap(locker.ActionSignOut)
	return c, doors, code
}

// takes opens, empties and shuts the door that the screen is about.
func (c *cabinet) takes() (door int, events []locker.Event) {
	c.t.Helper()
	c.onScreen(locker.StepPickup)
	door = c.view().Door
	c.pass(3 * time.Second)
	want[locker.ParcelCollected](c.t, c.sense(door, locker.Open))
	c.pass(5 * time.Second)
	return door, c.sense(door, locker.Closed)
}

func TestOneCodeForAllParcelsOfAPerson(t *testing.T) {
	c, doors, code := three(t)
	if _, other := c.dropFor("max", "PARCEL-4", "S"); other == code {
		t.Fatal("somebody else's parcel has the same code")
	}
	c.tap(locker.ActionSignOut)
	want[locker.UnlockRequested](t, c.scan(code))
	var went []int
	for n := 1; n <= 3; n++ {
		if v := c.view(); v.Turn != n || v.Turns != 3 {
			t.Fatalf("want %d of 3 on the screen, got %d of %d", n, v.Turn, v.Turns)
		}
		door, events := c.takes()
		went = append(went, door)
		if n < 3 {
			if u := want[locker.UnlockRequested](t, events); u.Why != locker.WhyPickup || u.Door == door {
				t.Fatalf("want the next door opened, got %+v", u)
			}
		} else {
			wantNo[locker.UnlockRequested](t, events)
		}
	}
	slices.Sort(went)
	if want := slices.Sorted(slices.Values(doors)); !slices.Equal(went, want) {
		t.Fatalf("want doors %v, got %v", want, went)
	}
	c.onScreen(locker.StepThanks)
	c.notice(locker.NoticeNone)
	c.wait(c.plan.Times.Thanks + time.Minute)
	for _, door := range doors {
		if h := c.holds(door); h.Kind != locker.Empty || h.Proof != locker.ProofPickup {
			t.Fatalf("want door %d empty by the pickup, got %+v", door, h)
		}
	}
	if e := want[locker.CodeRefused](t, c.scan(code)); e.Why != locker.NoticeUsedCode {
		t.Fatalf("want the code used, got %q", e.Why)
	}
}

func TestTheNextDoorWaitsForTheOneBefore(t *testing.T) {
	c, _, code := three(t)
	c.scan(code)
	first := c.view().Door
	c.sense(first, locker.Open)
	c.pass(8 * time.Second)
	wantNo[locker.UnlockRequested](t, c.scan(code))
	if v := c.view(); v.Door != first {
		t.Fatalf("want the screen to stay with door %d, got %d", first, v.Door)
	}
	want[locker.UnlockRequested](t, c.sense(first, locker.Closed))
}

// TestWhoPushesADoorShutLaterMayBeAnybody: then the code is shown once more.
func TestWhoPushesADoorShutLaterMayBeAnybody(t *testing.T) {
	c, doors, code := three(t)
	c.scan(code)
	first := c.view().Door
	c.sense(first, locker.Open)
	c.pass(21 * time.Second)
	wantNo[locker.UnlockRequested](t, c.sense(first, locker.Closed))
	c.onScreen(locker.StepThanks)
	c.notice(locker.NoticeMore)
	c.pass(4 * time.Second)
	if u := want[locker.UnlockRequested](t, c.scan(code)); !slices.Contains(doors, u.Door) || u.Door == first || u.Why != locker.WhyPickup {
		t.Fatalf("want another of %v, got %+v", doors, u)
	}
	if v := c.view(); v.Turns == 3 { // another visit: two are left
		t.Fatalf("want the two that are left counted, got %d of %d", v.Turn, v.Turns)
	}
}

// TestADoorThatOpensTooLateOpensNoOther: its person may have gone away from it, closed as it was.
func TestADoorThatOpensTooLateOpensNoOther(t *testing.T) {
	c, _, code := three(t)
	c.scan(code)
	first := c.view().Door
	c.wait(c.plan.Times.Judge)
	c.onScreen(locker.StepPress)
	c.wait(10 * time.Second)
	want[locker.ParcelCollected](t, c.sense(first, locker.Open))
	c.pass(8 * time.Second)
	wantNo[locker.UnlockRequested](t, c.sense(first, locker.Closed))
	c.notice(locker.NoticeMore)
	c.pass(4 * time.Second)
	want[locker.UnlockRequested](t, c.scan(code))
}

// TestTwoPeopleSideBySide: while somebody else's door may be opened again, each door takes a code.
func TestTwoPeopleSideBySide(t *testing.T) {
	c, _, code := three(t)
	door, other := c.dropFor("max", "PARCEL-4", "S")
	c.tap(locker.ActionSignOut)
	c.scanLater(other)
	c.sense(door, locker.Open)
	c.pass(2 * time.Second)
	c.scan(code) // while max takes their time
	first := c.view().Door
	c.sense(first, locker.Open)
	c.pass(3 * time.Second)
	wantNo[locker.UnlockRequested](t, c.sense(first, locker.Closed))
	c.notice(locker.NoticeMore)
	c.pass(4 * time.Second)
	next := want[locker.UnlockRequested](t, c.scan(code)).Door
	c.sense(door, locker.Closed)
	c.sense(next, locker.Open)
	c.pass(3 * time.Second)
	wantNo[locker.UnlockRequested](t, c.sense(next, locker.Closed))
	c.wait(c.plan.Times.Thanks) // max is gone
	c.scan(code)
	c.takes()
}

// TestADoorThatSpringsBackOpensNoOther until it is shut.
func TestADoorThatSpringsBackOpensNoOther(t *testing.T) {
	c, _, code := three(t)
	c.scan(code)
	first := c.view().Door
	c.sense(first, locker.Open)
	c.pass(5 * time.Second)
	next := want[locker.UnlockRequested](t, c.sense(first, locker.Closed)).Door
	c.pass(time.Second)
	c.sense(first, locker.Open) // its latch did not catch
	c.sense(next, locker.Open)
	if v := c.view(); !slices.Contains(v.LeftOpen, first) || v.Door != next {
		t.Fatalf("want door %d told as open beside door %d, got %v and %d", first, next, v.LeftOpen, v.Door)
	}
	c.pass(5 * time.Second)
	third := want[locker.UnlockRequested](t, c.sense(next, locker.Closed)).Door
	if third == first || third == next {
		t.Fatalf("want the third door, got %d", third)
	}
}

// TestADoorThatTheyHaveHadOpensByTheirCodeOnly: what a sensor sees in it may be somebody else's, who stood beside them.
func TestADoorThatTheyHaveHadOpensByTheirCodeOnly(t *testing.T) {
	c, doors, code := three(t)
	for _, door := range doors {
		c.present(door, true)
	}
	c.scan(code)
	var went []int
	for n := range 3 {
		door := c.view().Door
		went = append(went, door)
		c.sense(door, locker.Open)
		c.present(door, false)
		c.pass(4 * time.Second)
		events := c.sense(door, locker.Closed)
		if n == 0 { // a toy was pushed in with it
			c.present(door, true)
		}
		if n < 2 {
			want[locker.UnlockRequested](t, events)
			c.wait(4 * time.Second)
			continue
		}
		wantNo[locker.UnlockRequested](t, events)
	}
	c.notice(locker.NoticeMore)
	if u := want[locker.UnlockRequested](t, c.scanLater(code)); u.Door != went[0] {
		t.Fatalf("want door %d opened by their code, got %d", went[0], u.Door)
	}
}

// TestADoorThatNobodyEmptiedOpensNoOther: its sensor sees the parcel still, so that whoever has pushed it shut may be anybody.
func TestADoorThatNobodyEmptiedOpensNoOther(t *testing.T) {
	c, doors, code := three(t)
	for _, door := range doors {
		c.present(door, true)
	}
	c.scan(code)
	first := c.view().Door
	c.sense(first, locker.Open)
	c.pass(8 * time.Second)
	wantNo[locker.UnlockRequested](t, c.sense(first, locker.Closed))
	c.notice(locker.NoticeMore)
	if u := want[locker.UnlockRequested](t, c.scanLater(code)); u.Door == first {
		t.Fatalf("want what they have not seen yet before door %d", first)
	}
}

func TestAPowerCutBetweenTwoDoors(t *testing.T) {
	c, doors, code := three(t)
	c.scan(code)
	first, _ := c.takes() // the second has been asked to open
	c.restart()
	for _, d := range c.plan.Doors {
		c.sense(d.Number, locker.Closed)
	}
	got := map[int]bool{first: true}
	c.scanLater(code)
	for range 2 {
		door, _ := c.takes()
		got[door] = true
	}
	if len(got) != len(doors) {
		t.Fatalf("want all of %v fetched, got %v", doors, got)
	}
}

// TestADoorThatCannotBeOpenedComesLast: the others are fetched, and it is said which one is left.
func TestADoorThatCannotBeOpenedComesLast(t *testing.T) {
	c, doors, code := three(t)
	c.feed(locker.OrderReceived{Order: locker.Order{ID: "b", Cabinet: "test", Block: &locker.BlockOrder{Door: doors[0], Reason: locker.BlockDamaged}}})
	c.scan(code)
	for range 2 {
		if door, _ := c.takes(); door == doors[0] {
			t.Fatalf("door %d is out of order", door)
		}
	}
	c.onScreen(locker.StepTrouble)
	if v := c.view(); v.Door != doors[0] {
		t.Fatalf("want door %d on the screen, got %d", doors[0], v.Door)
	}
}

// TestTheLostCodeOpensNoneOfThem: whoever knows a code knows it for all doors that it opens.
func TestTheLostCodeOpensNoneOfThem(t *testing.T) {
	c, doors, code := three(t)
	events := c.feed(locker.OrderReceived{Order: locker.Order{ID: "n", Cabinet: "test",
		NewCode: &locker.NewCodeOrder{Tracking: "PARCEL-2", Offers: c.offers()}}})
	changed := map[int]string{}
	for _, e := range events {
		if e, ok := e.(locker.ParcelCodeChanged); ok {
			changed[e.Door] = string(e.Personal.Code)
		}
	}
	fresh := changed[doors[0]]
	if len(changed) != 3 || fresh == "" || changed[doors[1]] != fresh || changed[doors[2]] != fresh {
		t.Fatalf("want one new code for the doors %v, got %v", doors, changed)
	}
	if e := want[locker.CodeRefused](t, c.scan(code)); e.Why != locker.NoticeReplaced {
		t.Fatalf("want it replaced, got %q", e.Why)
	}
	c.scanLater(fresh)
	for range 3 {
		c.takes()
	}
}

// TestAnOrderWhileAParcelJoinsAnother: a code that may be lost is not given to one more parcel, so it stays until that is in.
func TestAnOrderWhileAParcelJoinsAnother(t *testing.T) {
	c := newCabinet(t)
	c.dropFor("lea", "PARCEL-1", "S")
	c.scan("PARCEL-2")
	c.phoneOf("lea")
	c.size("M")
	order := func(id string) []locker.Event {
		return c.feed(locker.OrderReceived{Order: locker.Order{ID: id, Cabinet: "test",
			NewCode: &locker.NewCodeOrder{Tracking: "PARCEL-1", Offers: c.offers()}}})
	}
	if e := want[locker.OrderRefused](t, order("n1")); e.Code != locker.CodeParcelInUse {
		t.Fatalf("want it refused while another one gets its code, got %+v", e)
	}
	door := c.view().Door
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	c.tap(locker.ActionNextParcel)
	want[locker.ParcelCodeChanged](t, order("n2"))
}

// TestOneOfThemGoesToSomebodyElse, and the code of the others stays.
func TestOneOfThemGoesToSomebodyElse(t *testing.T) {
	c, doors, code := three(t)
	e := want[locker.ParcelRecipientChanged](t, c.feed(locker.OrderReceived{Order: locker.Order{ID: "n", Cabinet: "test",
		NewRecipient: &locker.NewRecipientOrder{Tracking: "PARCEL-2", Mask: "•••11", Person: hash("max"), Offers: c.offers()}}}))
	if string(e.Personal.Code) == code {
		t.Fatal("somebody else has the same code")
	}
	if _, next := c.dropFor("max", "PARCEL-4", "L"); next != string(e.Personal.Code) {
		t.Fatal("their next parcel has not the code of the one that they were given")
	}
	c.tap(locker.ActionSignOut)
	c.scan(code)
	for range 2 {
		if door, _ := c.takes(); door == doors[1] {
			t.Fatalf("door %d is somebody else's now", door)
		}
	}
	c.onScreen(locker.StepThanks)
	c.wait(c.plan.Times.Thanks + time.Minute)
	c.scan(string(e.Personal.Code))
	first, _ := c.takes()
	if second, _ := c.takes(); first != doors[1] && second != doors[1] {
		t.Fatalf("want door %d among theirs, got %d and %d", doors[1], first, second)
	}
}

// TestWhatIsAskedIsAskedOfOneParcel: a parcel with a condition has a code of its own.
func TestWhatIsAskedIsAskedOfOneParcel(t *testing.T) {
	c := newCabinet(t)
	_, code := c.dropFor("lea", "PARCEL-1", "S")
	c.announce("o1", locker.AnnounceOrder{Tracking: "WINE", Size: "M", Mask: "•••67", Person: hash("lea"), Ask: locker.Conditions{Confirm: true}})
	if e := want[locker.DropStarted](t, c.scan("WINE")); e.With != "" || string(e.Personal.Code) == code || e.Group == "" {
		t.Fatalf("want a code of its own for %q, got %+v", e.Group, e)
	}
}

// TestTheCloudNamesWhoseTheyAre, where nobody knows a phone.
func TestTheCloudNamesWhoseTheyAre(t *testing.T) {
	c := newCabinet(t)
	for i, group := range []string{"flat 7", "flat 7", "flat 8"} {
		c.announce(fmt.Sprint("o", i), locker.AnnounceOrder{Tracking: fmt.Sprint("P", i), Size: "S", Mask: "•••••", Group: group})
	}
	c.scan("badge-ada")
	codes := map[string]string{}
	for i := range 3 {
		e := want[locker.DropStarted](t, c.scan(fmt.Sprint("P", i)))
		codes[e.Tracking] = string(e.Personal.Code)
		if (e.With != "") != (i == 1) {
			t.Fatalf("want P1 with P0, got %+v", e)
		}
		c.sense(e.Door, locker.Open)
		c.sense(e.Door, locker.Closed)
	}
	if codes["P0"] != codes["P1"] || codes["P2"] == codes["P0"] {
		t.Fatalf("want one code for a flat, got %v", codes)
	}
}

// TestNothingInTheRecordsIsTheSameForAPersonLater: their next visit has another group, and another hash.
func TestNothingInTheRecordsIsTheSameForAPersonLater(t *testing.T) {
	c := newCabinet(t)
	seen := map[string]bool{}
	for i := range 2 {
		door, code := c.dropFor("lea", fmt.Sprint("P", i), "S")
		c.tap(locker.ActionSignOut)
		for _, r := range c.records {
			if e, ok := r.Event.(locker.RecipientGiven); ok && e.Person == hash("lea") {
				t.Fatal("the bare hash of a phone is in a record")
			}
			if e, ok := r.Event.(locker.DropStarted); ok {
				seen[e.Group+fmt.Sprint(e.Person)] = true
			}
		}
		c.scanLater(code)
		c.sense(door, locker.Open)
		c.sense(door, locker.Closed)
		c.wait(c.plan.Times.Thanks + time.Minute)
	}
	if len(seen) != 2 {
		t.Fatalf("want another name for them each time, got %d", len(seen))
	}
}

// TestForgottenInTheFirstOfThreeDoors: the code opens them again one after the other.
func TestForgottenInTheFirstOfThreeDoors(t *testing.T) {
	c, _, code := three(t)
	c.scan(code)
	var went, again []int
	for range 3 {
		door, _ := c.takes()
		went = append(went, door)
	}
	for range 3 {
		c.pass(4 * time.Second)
		u := want[locker.UnlockRequested](t, c.scan(code))
		if u.Why != locker.WhyReopen {
			t.Fatalf("want it opened again, got %+v", u)
		}
		again = append(again, u.Door)
		c.sense(u.Door, locker.Open)
		c.pass(2 * time.Second)
		wantNo[locker.UnlockRequested](t, c.sense(u.Door, locker.Closed))
	}
	if !slices.Equal(went, again) {
		t.Fatalf("want the doors %v again in their order, got %v", went, again)
	}
}

// TestATokenIsForOneParcel, whatever else lies there for its recipient.
func TestATokenIsForOneParcel(t *testing.T) {
	c, _, _ := three(t)
	c.feed(locker.Scanned{Token: &locker.Token{ID: "t1", Cabinet: "test", Parcel: "PARCEL-1", Issued: c.now.Wall, Expires: c.now.Wall.Add(time.Hour)}})
	_, events := c.takes()
	wantNo[locker.UnlockRequested](t, events)
	c.onScreen(locker.StepThanks)
}

// TestOneIsRefusedAndTheOtherIsStillThere: what a sensor sees behind the second door waits again, and the code opens that at once.
func TestOneIsRefusedAndTheOtherIsStillThere(t *testing.T) {
	c := newCabinet(t)
	first, code := c.dropFor("lea", "PARCEL-1", "S")
	second, _ := c.dropFor("lea", "PARCEL-2", "M")
	c.tap(locker.ActionSignOut)
	c.present(second, true)
	if u := want[locker.UnlockRequested](t, c.scan(code)); u.Door != first {
		t.Fatalf("want door %d first, got %d", first, u.Door)
	}
	c.sense(first, locker.Open)
	c.refuses(locker.ActionGoods)
	want[locker.ParcelRefused](t, c.sense(first, locker.Closed))
	want[locker.UnlockRequested](t, c.scanLater(code))
	c.sense(second, locker.Open)
	c.sense(second, locker.Closed)
	c.tap(locker.ActionRefuse)
	c.wait(55 * time.Second)
	c.tap(locker.ActionBack)
	c.onScreen(locker.StepThanks)
	c.wait(10 * time.Second)
	events := c.scan(code)
	want[locker.CollectionDisputed](t, events)
	if u := want[locker.UnlockRequested](t, events); u.Door != second {
		t.Errorf("want what is still there, got door %d", u.Door)
	}
}
