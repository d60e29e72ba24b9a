package locker_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// cabinet plays the controller, the journal and the metal around the rules, so that a test reads as a story.
type cabinet struct {
	t       *testing.T
	plan    *locker.Config
	state   *locker.State
	now     locker.Now
	epoch   string
	records []locker.Record
	codes   int
	boot    string
	booted  time.Duration
	away    time.Duration       // how long the machine had been off at the newest restart
	random  bool                // a story that goes another way each time: no step of it is noted
	disk    locker.ConfigStands // which configuration the next start finds in force
}

// plan has two small doors, two medium ones (one low) and a large one, on two boards.
func plan() *locker.Config {
	door := func(number int, size string, board, channel int, low bool) locker.DoorPlan {
		return locker.DoorPlan{Number: number, Size: size, Column: board, Low: low,
			Lock: locker.Lock{Bus: "main", Board: board, Channel: channel}}
	}
	return &locker.Config{
		Cabinet: "test",
		Doors: []locker.DoorPlan{door(1, "S", 1, 1, false), door(2, "S", 1, 2, false), door(3, "M", 1, 3, true),
			door(4, "M", 2, 1, false), door(5, "L", 2, 2, false)},
		Sizes: []locker.Size{{Name: "S", Height: 80}, {Name: "M", Height: 190}, {Name: "L", Height: 410}},
		Couriers: []locker.Courier{
			{ID: "ada", Name: "Ada", Company: "Example Parcel", Badge: hash("badge-ada"), PIN: hash("135790")},
			{ID: "bob", Name: "Bob", Company: "Other Parcel", Badge: hash("badge-bob")},
		},
		Technicians: []locker.Technician{{ID: "grace", Name: "Grace", Role: locker.RoleChief},
			{ID: "lin", Name: "Lin", Role: locker.RoleService}},
		Issuers:   []locker.Issuer{{ID: "cloud", Key: "AAAA", Signs: []string{locker.SignsOrders, locker.SignsTokens}}},
		Languages: []string{"en", "ar"}, Scanners: []string{"front"}, Times: locker.DefaultTimes(),
		WrongTries: 5, FailedUnlocks: 3, BreakerDoors: 5, Resend: true,
	}
}

func hash(text string) locker.Hash { return sha256.Sum256([]byte(text)) }

// newCabinet is a cabinet just started, with a known clock, all doors closed and, as somebody has looked, empty.
func newCabinet(t *testing.T) *cabinet {
	t.Helper()
	c := bareCabinet(t, plan())
	for _, d := range c.plan.Doors {
		c.sense(d.Number, locker.Closed)
	}
	c.feed(locker.Inspected{By: "the builder"})
	return c
}

func bareCabinet(t *testing.T, p *locker.Config) *cabinet {
	t.Helper()
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	c := &cabinet{t: t, plan: p, state: locker.NewState(p), epoch: "0011223344556677",
		now: locker.Now{Wall: time.Date(2026, 11, 24, 18, 0, 0, 0, time.UTC), Known: true}}
	c.write([]locker.Event{locker.EpochBegun{Reason: locker.EpochNew}})
	for _, k := range p.Technicians {
		c.write(enrolment(k.ID))
	}
	c.boot = "boot"
	c.feed(locker.Started{Version: "test", Boot: c.boot})
	return c
}

// feed hands an input in, writes down what follows, and returns it.
func (c *cabinet) feed(in locker.Input) []locker.Event {
	c.t.Helper()
	before := c.view().Step
	now := c.state.Hear(c.now, in)
	events := locker.Decide(c.state, now, in)
	c.writeAt(now, events)
	if !c.random {
		walked(before, in, c.view().Step)
	}
	return events
}

func (c *cabinet) write(events []locker.Event) { c.writeAt(c.state.Trust(c.now), events) }

func (c *cabinet) writeAt(now locker.Now, events []locker.Event) {
	for _, e := range events {
		r := locker.Record{Epoch: c.epoch, Seq: c.state.Seq + 1, At: now.Wall.Truncate(time.Millisecond), Known: now.Known,
			Up: now.Up.Truncate(time.Millisecond), Event: e}
		if _, moves := e.(locker.Move); !moves {
			c.records = append(c.records, r)
		}
		c.state.Apply(r)
	}
}

// wait lets time pass, with a Tick at every deadline on the way.
func (c *cabinet) wait(d time.Duration) []locker.Event {
	c.t.Helper()
	var all []locker.Event
	end := c.now.Up + d
	for {
		after, ok := c.state.Deadline(c.state.Trust(c.now))
		if !ok || c.now.Up+after > end {
			break
		}
		c.pass(after)
		all = append(all, c.feed(locker.Tick{})...)
	}
	c.pass(end - c.now.Up)
	return append(all, c.feed(locker.Tick{})...)
}

func (c *cabinet) pass(d time.Duration) { c.now.Up += d; c.now.Wall = c.now.Wall.Add(d) }

func (c *cabinet) sense(door int, s locker.DoorState) []locker.Event {
	c.t.Helper()
	for _, d := range c.plan.Doors {
		if d.Number == door {
			return c.feed(locker.LockSensed{Lock: d.Lock, State: s, Evidence: locker.Evidence{Contact: "latch", Answers: 2}})
		}
	}
	c.t.Fatalf("there is no door %d", door)
	return nil
}

func (c *cabinet) tap(a locker.Action) []locker.Event {
	c.t.Helper()
	v := c.view()
	if !slices.Contains(v.Actions, a) {
		c.t.Fatalf("the screen %q has no button %q: %v", v.Step, a, v.Actions)
	}
	return c.feed(locker.Tapped{Revision: v.Revision, Action: a, Offers: c.offers()})
}

// says is an answer to what is wrong with the door at hand: at once where the screen has it, else behind that question.
func (c *cabinet) says(a locker.Action) []locker.Event {
	c.t.Helper()
	if v := c.view(); !slices.Contains(v.Actions, a) && slices.Contains(v.Actions, locker.ActionWrong) {
		if events := c.tap(locker.ActionWrong); c.view().Step != locker.StepWrong {
			return events // whether it is still them comes first
		}
	}
	return c.tap(a)
}

// press is a tap that says more than which button.
func (c *cabinet) press(in locker.Tapped) []locker.Event {
	c.t.Helper()
	in.Revision = c.view().Revision
	return c.feed(in)
}

func (c *cabinet) size(s string) []locker.Event {
	c.t.Helper()
	return c.feed(locker.Tapped{Revision: c.view().Revision, Action: locker.ActionSize, Size: s, Offers: c.offers()})
}

func (c *cabinet) scan(text string) []locker.Event {
	c.t.Helper()
	return c.feed(locker.Scanned{Tracking: text, Hash: hash(text), Code: isCode(text), Bare: true, Offers: c.offers()})
}

// scanLater is a scan that is not the one before, read again.
func (c *cabinet) scanLater(text string) []locker.Event {
	c.t.Helper()
	c.pass(c.plan.Times.SameScan + time.Second)
	return c.scan(text)
}

// isCode says that a text has the form of a pickup code in these stories.
func isCode(text string) bool { return strings.HasPrefix(text, "code-") }

func (c *cabinet) typed(text string) []locker.Event {
	c.t.Helper()
	return c.feed(locker.Typed{Revision: c.view().Revision, Hash: hash(text)})
}

func (c *cabinet) phone() []locker.Event {
	c.t.Helper()
	return c.feed(locker.PhoneTyped{Revision: c.view().Revision, Mask: "•••67", Phone: locker.Box("phone"),
		Offers: c.offers()})
}

// offers makes codes that a test can know: the boxes hold them in the clear.
func (c *cabinet) offers() []locker.Offer {
	c.codes++
	code := fmt.Sprintf("code-%d", c.codes)
	return []locker.Offer{{Hash: hash(code), Code: locker.Box(code)}}
}

func (c *cabinet) view() locker.View { return c.state.View(c.now) }

func (c *cabinet) onScreen(want locker.Step) {
	c.t.Helper()
	if v := c.view(); v.Step != want {
		c.t.Fatalf("want screen %q, got %q (notice %q, door %d)", want, v.Step, v.Notice, v.Door)
	}
}

func (c *cabinet) notice(want locker.Notice) {
	c.t.Helper()
	if v := c.view(); v.Notice != want {
		c.t.Fatalf("want notice %q, got %q on screen %q", want, v.Notice, v.Step)
	}
}

// drop stores a parcel of a size and returns its door and its code. Ada is signed in afterwards.
func (c *cabinet) drop(tracking, size string) (door int, code string) {
	c.t.Helper()
	c.dropTo(tracking, size)
	door = c.view().Door
	c.sense(door, locker.Open)
	c.sense(door, locker.Closed)
	stored, _ := find[locker.ParcelStored](c.tap(locker.ActionNextParcel))
	return door, string(stored.Personal.Code)
}

// dropTo goes as far as the door being asked to open.
func (c *cabinet) dropTo(tracking, size string) {
	c.t.Helper()
	if c.view().Courier == "" {
		c.scan("badge-ada")
	}
	c.scan(tracking)
	c.onScreen(locker.StepPhone)
	c.phone()
	c.onScreen(locker.StepSize)
	c.size(size)
	c.onScreen(locker.StepDrop)
}

// stored is a cabinet with one parcel, nobody at the kiosk.
func stored(t *testing.T) (c *cabinet, door int, code string) {
	c = newCabinet(t)
	door, code = c.drop("PARCEL-1", "S")
	c.tap(locker.ActionSignOut)
	return c, door, code
}

func find[E locker.Event](events []locker.Event) (E, bool) {
	for _, e := range events {
		if e, ok := e.(E); ok {
			return e, true
		}
	}
	var none E
	return none, false
}

func want[E locker.Event](t *testing.T, events []locker.Event) E {
	t.Helper()
	e, ok := find[E](events)
	if !ok {
		t.Fatalf("want a %s, got %s", e.Kind(), names(events))
	}
	return e
}

func wantNo[E locker.Event](t *testing.T, events []locker.Event) {
	t.Helper()
	if e, ok := find[E](events); ok {
		t.Fatalf("want no %s, got %s: %+v", e.Kind(), names(events), e)
	}
}

func names(events []locker.Event) string {
	var list []string
	for _, e := range events {
		list = append(list, e.Kind())
	}
	return "[" + strings.Join(list, " ") + "]"
}

// restart plays a power cut: what was recorded is all there is.
func (c *cabinet) restart() []locker.Event {
	c.t.Helper()
	return c.begin(c.plan)
}

// begin is a restart after which the cabinet is built as planned.
func (c *cabinet) begin(p *locker.Config) []locker.Event {
	c.t.Helper()
	shown := c.view().Step
	fresh := locker.NewState(c.plan)
	for _, r := range c.records {
		fresh.Apply(r)
	}
	if !bytes.Equal(lasting(c.t, fresh), lasting(c.t, c.state)) {
		c.t.Fatalf("folding the journal does not give the live state but for moves:\n%s\n%s", lasting(c.t, fresh), lasting(c.t, c.state))
	}
	snapshot, err := json.Marshal(fresh)
	if err != nil {
		c.t.Fatal(err)
	}
	if p != c.plan { // what is folded with another plan is read from a snapshot, as at every start
		fresh = &locker.State{}
		if err := json.Unmarshal(snapshot, fresh); err != nil {
			c.t.Fatal(err)
		}
		fresh.Adopt(p)
		c.plan = p
	}
	c.state, c.booted, c.now.Up = fresh, c.booted+c.now.Up, 0
	random := c.random
	c.random = true // the step that was shown is not in the journal
	events := c.feed(locker.Started{Version: "test", Boot: c.boot, Booted: c.booted, Alive: c.now.Wall.Add(-c.away), Stands: c.disk})
	if c.random = random; !random {
		walked(shown, locker.Started{}, c.view().Step)
	}
	return events
}

// reboot starts the machine anew: only its clock can tell how long it was away.
func (c *cabinet) reboot() []locker.Event {
	c.t.Helper()
	c.boot += "again"
	return c.restart()
}

// lasting is what of a state a start finds again.
func lasting(t interface{ Fatal(...any) }, s *locker.State) []byte {
	data, err := s.Lasting()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (c *cabinet) holds(door int) locker.Contents {
	for _, d := range c.state.Doors {
		if d.Number == door {
			return d.Holds
		}
	}
	return locker.Contents{}
}

func (c *cabinet) door(door int) locker.Door {
	for _, d := range c.state.Doors {
		if d.Number == door {
			return *d
		}
	}
	return locker.Door{}
}
