package locker_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// bench plays the controller without a disk: what a step costs is what the rules cost. It checks nothing that the
// stories check, only that what is measured is what it is said to be.
type bench struct {
	b       testing.TB
	plan    *locker.Config
	state   *locker.State
	now     locker.Now
	codes   []string // by place in the plan: of the parcel that lies there
	shows   bool     // build what a screen and the cloud are shown, as the controller does
	inputs  int
	parcel  int
	events  []locker.Event // that the newest input made
	picture locker.Picture
	view    locker.View
	sum     locker.Summary
}

// benchPlan is a cabinet of 24 doors to a board: half of them small, a third medium, the rest large.
func benchPlan(doors int) *locker.Config {
	p := plan()
	p.Doors = nil
	for i := range doors {
		size := []string{"S", "M", "S", "L", "S", "M"}[i%6]
		p.Doors = append(p.Doors, locker.DoorPlan{Number: i + 1, Size: size, Column: 1 + i/8, Low: i%8 == 6,
			Lock: locker.Lock{Bus: "main", Board: 1 + i/24, Channel: 1 + i%24}})
	}
	return p
}

// newBench is a cabinet just started, its doors closed and known to be empty.
func newBench(b testing.TB, doors int) *bench {
	c := &bench{b: b, plan: benchPlan(doors), codes: make([]string, doors),
		now: locker.Now{Wall: time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC), Known: true}}
	if err := c.plan.Validate(); err != nil {
		b.Fatal(err)
	}
	c.state = locker.NewState(c.plan)
	c.write(locker.EpochBegun{Reason: locker.EpochNew})
	c.feed(locker.Started{Version: "bench"})
	for _, d := range c.plan.Doors {
		c.write(locker.DoorClosed{Door: d.Number})
	}
	c.feed(locker.Inspected{By: "the builder"})
	return c
}

// feed is the controller's step.
func (c *bench) feed(in locker.Input) {
	c.inputs++
	now := c.state.Trust(c.now)
	c.events = locker.Decide(c.state, now, in)
	c.write(c.events...)
	if _, due := in.(locker.Tick); c.shows && (due || len(c.events) > 0) {
		c.show(now, len(c.events) > 0)
	}
	if c.shows {
		c.state.Deadline(now)
	}
}

func (c *bench) show(now locker.Now, changed bool) {
	_ = c.state.Roster()
	c.view = c.picture.View(c.state, now)
	if changed {
		c.sum = c.picture.Summary(c.state, now)
	}
}

func (c *bench) write(events ...locker.Event) {
	for _, e := range events {
		r := locker.Record{Epoch: "0011223344556677", Seq: c.state.Seq + 1, At: c.now.Wall, Known: c.now.Known, Up: c.now.Up,
			Event: e}
		c.state.Apply(r)
		if c.shows {
			c.state.Wants(r)
		}
	}
}

func (c *bench) pass(d time.Duration) { c.now.Up += d; c.now.Wall = c.now.Wall.Add(d) }

func (c *bench) tap(a locker.Action) {
	c.pass(2 * time.Second)
	c.feed(locker.Tapped{Revision: c.state.Revision, Action: a})
}

func (c *bench) sense(place int, s locker.DoorState) {
	c.pass(3 * time.Second)
	c.feed(locker.LockSensed{Lock: c.plan.Doors[place].Lock, State: s, Evidence: locker.Evidence{Contact: "latch", Answers: 2}})
}

// sent tells that a door's unlock has left.
func (c *bench) sent(place int) {
	u := c.state.Doors[place].Unlock.ID
	if u == "" {
		c.b.Fatalf("door %d was not asked to open", place+1)
	}
	c.feed(locker.ReleaseEnded{Unlock: u, Sent: true})
}

// offer is a code that nobody has.
func (c *bench) offer() (string, []locker.Offer) {
	c.parcel++
	code := fmt.Sprintf("code-%d", c.parcel)
	return code, []locker.Offer{{Hash: hash(code), Code: locker.Box(code)}}
}

// put lays a parcel behind a door, by its records alone.
func (c *bench) put(place int) {
	code, offers := c.offer()
	door, parcel := c.plan.Doors[place].Number, fmt.Sprintf("p-%d", c.parcel)
	c.write(locker.SessionStarted{Session: "s-" + parcel}, locker.CourierSignedIn{Session: "s-" + parcel, Courier: "ada"},
		locker.DropStarted{Session: "s-" + parcel, Parcel: parcel, Tracking: "T" + parcel, Door: door, CodeHash: offers[0].Hash},
		locker.ParcelStored{Parcel: parcel, Tracking: "T" + parcel, Door: door},
		locker.SessionEnded{Session: "s-" + parcel},
		locker.PickupPeriodBegan{Parcel: parcel, Until: c.now.Wall.Add(72 * time.Hour)})
	c.codes[place] = code
	if c.shows {
		c.show(c.state.Trust(c.now), true)
	}
}

// fetch is one pickup with all its inputs, from the scan to the door that is free again.
func (c *bench) fetch(place int) {
	code := c.codes[place]
	c.feed(locker.Scanned{Tracking: code, Hash: hash(code), Code: true, Bare: true})
	c.sent(place)
	c.sense(place, locker.Open)
	c.sense(place, locker.Closed)
	c.tap(locker.ActionFinish)
	c.pass(c.plan.Times.Thanks)
	c.feed(locker.Tick{})
	if got := c.state.Doors[place].Holds.Kind; got != locker.Empty {
		c.b.Fatalf("door %d is %s after the pickup", place+1, got)
	}
}

// bring is one parcel put in with all its inputs; the courier is signed in. It returns its place.
func (c *bench) bring() int {
	code, offers := c.offer()
	c.pass(5 * time.Second)
	c.feed(locker.Scanned{Tracking: "T" + code, Hash: hash("T" + code), Offers: offers})
	c.pass(5 * time.Second)
	c.feed(locker.PhoneTyped{Revision: c.state.Revision, Mask: "•••67", Phone: locker.Box("phone"), Offers: offers})
	c.pass(2 * time.Second)
	size := []string{"S", "M", "S", "L", "S", "M"}[c.parcel%6]
	c.feed(locker.Tapped{Revision: c.state.Revision, Action: locker.ActionSize, Size: size, Offers: offers})
	place := c.state.Session.Door - 1
	if place < 0 {
		c.b.Fatalf("no door of size %s was given: %q", size, c.state.Session.Step)
	}
	c.sent(place)
	c.sense(place, locker.Open)
	c.sense(place, locker.Closed)
	c.codes[place] = code
	return place
}

// day is an ordinary one: a courier brings so many parcels, and all are fetched.
func (c *bench) day(parcels int) {
	c.feed(locker.Scanned{Hash: hash("badge-ada")})
	var places []int
	for range parcels {
		places = append(places, c.bring())
	}
	c.tap(locker.ActionDone)
	c.tap(locker.ActionFinish)
	for _, place := range places {
		c.pass(20 * time.Minute)
		c.feed(locker.Tick{})
		c.fetch(place)
	}
	c.pass(24*time.Hour - c.now.Up%(24*time.Hour))
}

// BenchmarkPickup holds what a pickup costs in a cabinet whose doors are all full against the same with 24 doors. The
// cabinets take turns, so that whatever else the machine does is the same for all; of each the median counts.
func BenchmarkPickup(b *testing.B) {
	sizes := []int{24, 240, 2400}
	var cabinets []*bench
	for _, doors := range sizes {
		c := newBench(b, doors)
		for place := range doors {
			c.put(place)
		}
		c.shows = true
		cabinets = append(cabinets, c)
	}
	took := make([][]time.Duration, len(sizes))
	const turn = 8 // pickups at once, so that a cabinet does not start with nothing of it in the processor's caches
	for round := 0; b.Loop(); round++ {
		for i, c := range cabinets {
			for n := range turn {
				place := (round*turn + n) * 7 % sizes[i]
				before := time.Now()
				c.fetch(place)
				took[i] = append(took[i], time.Since(before))
				c.put(place)
			}
		}
	}
	median := func(i int) float64 { slices.Sort(took[i]); return float64(took[i][len(took[i])/2]) }
	least := median(0)
	b.ReportMetric(0, "ns/op") // of all three together: says nothing
	b.ReportMetric(least/1000, "µs/24-doors")
	b.ReportMetric(median(1)/least, "x/240-doors")
	b.ReportMetric(median(2)/least, "x/2400-doors")
}

// BenchmarkDay is an ordinary day of 24 doors and 20 parcels, as the simulation lives it: Decide and Apply, and nothing
// shown.
func BenchmarkDay(b *testing.B) {
	c := newBench(b, 24)
	c.day(20)
	c.inputs = 0
	b.ReportAllocs()
	for b.Loop() {
		c.day(20)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(c.inputs), "ns/input")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "days/s")
	b.ReportMetric(float64(c.inputs)/float64(b.N), "inputs/day")
}

// BenchmarkTick is a look at the deadlines of a full cabinet of which none has come.
func BenchmarkTick(b *testing.B) {
	for _, doors := range []int{24, 2400} {
		b.Run(fmt.Sprint(doors), func(b *testing.B) {
			c := newBench(b, doors)
			for place := range doors {
				c.put(place)
			}
			b.ReportAllocs()
			for b.Loop() {
				if events := locker.Decide(c.state, c.now, locker.Tick{}); len(events) > 0 {
					b.Fatalf("a tick of nothing made %v", events)
				}
			}
		})
	}
}

// TestATickOfNothingIsCheap: it comes at every deadline and before every input.
func TestATickOfNothingIsCheap(t *testing.T) {
	c := newBench(t, 24)
	for place := range 24 {
		c.put(place)
	}
	if n := testing.AllocsPerRun(100, func() { locker.Decide(c.state, c.now, locker.Tick{}) }); n > 2 {
		t.Fatalf("want 2 allocations at the most, got %v", n)
	}
}
