package truth

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// Profile says how often what goes wrong. Shares are of each time that it could; rates are per cabinet and day.
type Profile struct {
	Name    string
	Sensors bool    // each compartment has a presence sensor
	Parcels float64 // brought per day

	DeadPulse, LatePulse, NotSent float64 // of releases
	Bounce, SlowContact           float64 // of movements of a door
	WalkOff                       float64 // of people
	Cuts, Boards, Contacts        float64 // per day
	SensorFaults, Thefts          float64 // per day
	Stalls, Jumps                 float64 // of the machine, and of its clock, per day
	Covers                        float64 // of the camera that is to see what people send, per day
	Restored, Clock               float64 // of starts after a power cut
}

// Profiles are those that there are.
func Profiles() []Profile {
	plain := Profile{Name: "plain", Parcels: 20, DeadPulse: 0.001, LatePulse: 0.0005, NotSent: 0.0005, WalkOff: 0.02, Cuts: 0.02}
	sensors := plain
	sensors.Name, sensors.Sensors = "sensors", true
	trouble := Profile{Name: "trouble", Parcels: 20, DeadPulse: 0.02, LatePulse: 0.01, NotSent: 0.01, Bounce: 0.01,
		SlowContact: 0.005, WalkOff: 0.05, Cuts: 0.1, Boards: 0.1, Contacts: 0.03, Thefts: 0.05, Clock: 0.2, Stalls: 0.1, Jumps: 0.1, Covers: 0.3}
	both := trouble
	both.Name, both.Sensors, both.SensorFaults = "trouble with sensors", true, 0.02
	restored := trouble
	restored.Name, restored.Restored = "restored", 0.1
	return []Profile{plain, sensors, trouble, both, restored}
}

// Options say what is lived.
type Options struct {
	Seed     uint64
	Days     int // cabinet-days in all
	Life     int // days of one cabinet; 0: three weeks
	Doors    int // of one cabinet; 0: 24
	Profiles []Profile
	Workers  int // 0: one per core
	// Ignored are questions, or kinds of them ("spent: the owner had gone"), that are counted and end no world.
	Ignored []string
	// Stories is how many different ones are told before the run ends; 0: one.
	Stories int
	Shorten time.Duration // how long a story may be shortened; 0: 20 s
	Tell    io.Writer     // progress; nil: none
}

// Summary is what a run came to.
type Summary struct {
	Days    float64
	Inputs  uint64
	Events  uint64
	Largest int // bytes of the largest snapshot: what a state comes to
	Took    time.Duration
	Workers int
	Counts  map[string]int
	Stories []Story
	Found   map[string]Found
}

// Found is when a question was broken first.
type Found struct {
	Times int
	Days  float64 // cabinet-days lived until then
	After time.Duration
	Seed  uint64
}

// Run lives cabinet after cabinet, on all cores.
func Run(ctx context.Context, o Options) Summary {
	o = o.filled()
	r := &running{o: o, start: time.Now(), sum: Summary{Counts: map[string]int{}, Workers: o.Workers, Found: map[string]Found{}}}
	var all sync.WaitGroup
	next := make(chan int)
	for range o.Workers {
		all.Go(func() {
			for i := range next {
				r.one(i)
			}
		})
	}
	for i := 0; ctx.Err() == nil && !r.enough(i); i++ {
		next <- i
	}
	close(next)
	all.Wait()
	r.sum.Took = time.Since(r.start)
	return r.sum
}

func (o Options) filled() Options {
	if o.Life == 0 {
		o.Life = 21
	}
	if o.Doors == 0 {
		o.Doors = 24
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if len(o.Profiles) == 0 {
		o.Profiles = Profiles()
	}
	if o.Stories == 0 {
		o.Stories = 1
	}
	if o.Shorten == 0 {
		o.Shorten = 20 * time.Second
	}
	return o
}

type running struct {
	o     Options
	start time.Time
	mu    sync.Mutex
	sum   Summary
	told  time.Time
}

// enough says that no further cabinet is needed after so many: which are lived does not depend on how fast they are, as
// long as nothing is broken.
func (r *running) enough(lives int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.sum.Stories) >= r.o.Stories {
		return true
	}
	if len(r.sum.Found) == 0 {
		return lives*r.o.Life >= r.o.Days
	}
	return r.sum.Days >= float64(r.o.Days)
}

// one lives one cabinet's weeks and adds up what came of them.
func (r *running) one(i int) {
	ignored := map[Question]bool{}
	for _, q := range r.o.Ignored {
		ignored[Question(q)] = true
	}
	w := newWorldTelling(mix(r.o.Seed, uint64(i)), r.o.Profiles[i%len(r.o.Profiles)], r.o.Life, r.o.Doors, nil, ignored, false)
	w.live()
	fresh := r.add(w)
	if fresh {
		s := shorten(w, r.o.Shorten)
		r.mu.Lock()
		r.sum.Stories = append(r.sum.Stories, s)
		if r.o.Tell != nil { // a long run need not end before the first of its stories is read
			fmt.Fprint(r.o.Tell, s)
		}
		r.mu.Unlock()
	}
}

// add adds a world up. True: what is broken in it was not seen before.
func (r *running) add(w *world) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.sum
	s.Days += min(float64(w.at)/float64(day), float64(w.days))
	s.Inputs += w.inputs
	s.Events += w.rec
	s.Largest = max(s.Largest, w.largest)
	for what, n := range w.counts {
		s.Counts[what] += n
	}
	if r.o.Tell != nil && time.Since(r.told) > 2*time.Second {
		r.told = time.Now()
		fmt.Fprintf(r.o.Tell, "%.0f of %d cabinet-days, %.0f a second; %d stories\n", s.Days, r.o.Days,
			s.Days/time.Since(r.start).Seconds(), len(s.Stories))
	}
	if w.broken == nil {
		return false
	}
	key := w.broken.key()
	f, seen := s.Found[key]
	if !seen {
		f = Found{Days: s.Days, After: time.Since(r.start), Seed: w.seed}
	}
	f.Times++
	s.Found[key] = f
	return !seen
}

// String is the summary for people.
func (s Summary) String() string {
	var b strings.Builder
	perCore := s.Days / s.Took.Seconds() / float64(s.Workers)
	fmt.Fprintf(&b, "%.0f cabinet-days in %s: %.0f a second and core (%d workers), %.0f inputs and %.0f events a day\n",
		s.Days, s.Took.Round(time.Millisecond), perCore, s.Workers, float64(s.Inputs)/s.Days, float64(s.Events)/s.Days)
	fmt.Fprintf(&b, "largest snapshot: %d bytes\n", s.Largest)
	fmt.Fprintf(&b, "false door.forced alarms per 1,000 pickups: %.2f\n", 1000*float64(s.Counts["forced, but by nobody"])/float64(max(1, s.Counts["pickups"])))
	fmt.Fprintf(&b, "technician visits per 1,000 parcels: %.2f\n", 1000*float64(s.Counts["technician visits"])/float64(max(1, s.Counts["parcels"])))
	var names []string
	for n := range s.Counts {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		fmt.Fprintf(&b, "%8d  %s\n", s.Counts[n], n)
	}
	for key, f := range s.Found {
		fmt.Fprintf(&b, "FOUND %s: %d times, first after %.0f cabinet-days and %s, seed %d\n", key, f.Times, f.Days, f.After.Round(time.Millisecond), f.Seed)
	}
	for _, t := range s.Stories {
		b.WriteString(t.String())
	}
	return b.String()
}
