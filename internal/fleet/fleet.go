// Package fleet is many simulated cabinets in one process: each has the true rules, journal and link to the cloud (internal/cabinet), true
// lock-board frames and a scanner on serial lines, and people who live a day in minutes. It knows nothing that its people do not see or
// are not told: what the operator's side does with what it is sent is not its business.
package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"lockerd/internal/credential"
)

// Config says how many cabinets there are, and how they live.
type Config struct {
	N      int    // cabinets, named Name-0001 and so on
	Name   string // what their names begin with
	Dir    string // where they live; a short path, since control sockets lie below it
	Broker string // mqtt://host:port, of a broker or of a Relay
	// Packed has cabinets send the packed form.
	Packed bool
	// Operator is the operator's public key, in base64; Issuer whose signatures count for orders, acks and tokens.
	Operator string
	Issuer   credential.Issuer
	// Day is how long a day lasts, and Parcels how many each cabinet gets in it.
	Day     time.Duration
	Parcels int
	Seed    uint64
	// Starting is how many cabinets begin at the same time, for a disk that has other work; 0: as many as there are processors.
	Starting int
	Log      *slog.Logger
}

// Validate says what is wrong with the settings.
func (c Config) Validate() error {
	switch {
	case c.N < 1 || c.N > 9999:
		return errors.New("fleet: a process has 1 to 9,999 cabinets")
	case c.Parcels < 0 || c.Parcels > mostParcels:
		return fmt.Errorf("fleet: a cabinet gets at most %d parcels a day", mostParcels)
	case c.Day < time.Second:
		return errors.New("fleet: a day lasts a second at least")
	case len(c.Dir) > 60:
		return errors.New("fleet: the folder's path is too long for the control sockets below it: choose one as /tmp/fleet")
	}
	return nil
}

// Size is that of all doors. Without it and a phone number in the announcement a courier would be asked for them.
const Size = "M"

// Phone is the number of a parcel's recipient: each has one of their own, for the parcels of one number are one person's, whose code
// opens their doors one after the other.
func Phone(tracking string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(tracking)) // never fails
	return fmt.Sprintf("+49170%010d", h.Sum32())
}

// Cloud is the operator's side, as couriers' companies see it: it can be told of a parcel. Whoever it tells of a parcel calls
// Fleet.Told. A Cloud of this package is one.
type Cloud interface {
	Announce(ctx context.Context, cabinet, tracking string) error
}

// Fleet is the cabinets. Run owns them; its other methods may be called from anywhere.
type Fleet struct {
	cfg      Config
	cabinets []*one
	began    time.Time

	mu      sync.Mutex
	parcels map[string]*parcel // by tracking number
	missed  []string           // what people could not do
}

// parcel is a parcel of the day.
type parcel struct {
	tracking string
	cabinet  *one
	shut     time.Time   // the courier has pushed its door shut; zero: not yet
	told     time.Time   // its recipient has heard of it
	again    int         // how often more
	code     chan string // what the recipient was told
	fetched  bool
}

// New makes a fleet, which Run starts.
func New(cfg Config) (*Fleet, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.Starting == 0 {
		cfg.Starting = runtime.NumCPU()
	}
	f := &Fleet{cfg: cfg, parcels: make(map[string]*parcel)}
	for i := range cfg.N {
		f.cabinets = append(f.cabinets, newOne(f, i))
	}
	return f, nil
}

// Names are the cabinets' names.
func (f *Fleet) Names() (list []string) {
	for _, c := range f.cabinets {
		list = append(list, c.name)
	}
	return list
}

// Keys makes the keys of all cabinets, and returns each one's public key by its name: an operator's side needs them before the first
// order with something personal.
func (f *Fleet) Keys() (map[string][]byte, error) {
	keys := make(map[string][]byte, len(f.cabinets))
	for _, c := range f.cabinets {
		key, err := c.keys()
		if err != nil {
			return nil, err
		}
		keys[c.name] = key
	}
	return keys, nil
}

// Run runs all cabinets until ctx is cancelled. ready is called once all of them have begun and somebody has looked into every door.
func (f *Fleet) Run(ctx context.Context, ready func()) error {
	group, ctx := errgroup.WithContext(ctx)
	starting := make(chan struct{}, f.cfg.Starting)
	var begun sync.WaitGroup
	for _, c := range f.cabinets {
		begun.Add(1)
		group.Go(func() error {
			select {
			case starting <- struct{}{}:
			case <-ctx.Done():
				begun.Done()
				return nil
			}
			return c.run(ctx, sync.OnceFunc(func() { <-starting; begun.Done() }))
		})
	}
	go func() { // ends once all have begun, or none will
		begun.Wait()
		if ctx.Err() == nil {
			ready()
		}
	}()
	return group.Wait()
}

// Deaf are the cabinets that do not hear what is sent to them, each with the reason: they are not connected, or the broker refuses what
// they ask of it, as one does that has a limit for subscriptions.
func (f *Fleet) Deaf() (list []string) {
	for _, c := range f.cabinets {
		cloud, err := c.control.Cloud()
		why := cloud.Why
		if err != nil {
			why = err.Error()
		}
		for _, fault := range cloud.Faults {
			why = fault.Kind + " " + fault.What + ": " + fault.Why
		}
		if why != "" {
			list = append(list, c.name+": "+why)
		}
	}
	return list
}

// Live has people live a day at every cabinet, and returns when it is over. What somebody could not do is in the summary, and is no
// error.
func (f *Fleet) Live(ctx context.Context, cloud Cloud) {
	f.began = time.Now()
	var all sync.WaitGroup
	for _, c := range f.cabinets {
		all.Go(func() { c.live(ctx, cloud) })
	}
	all.Wait()
}

// Told says that the recipient of a parcel was told its code, by whatever way the operator's side tells people.
func (f *Fleet) Told(tracking, code string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.parcels[tracking]
	if p == nil {
		f.missed = append(f.missed, "somebody was told of "+tracking+", which is no parcel")
		return
	}
	if !p.told.IsZero() {
		p.again++
		return
	}
	p.told = time.Now()
	p.code <- code
}

// miss notes what somebody could not do.
func (f *Fleet) miss(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.missed = append(f.missed, fmt.Sprintf(format, args...))
}

// Summary is what became of a day.
type Summary struct {
	Cabinets int
	Records  map[string]uint64 // the newest of each cabinet's journal
	Brought  int               // parcels whose door was pushed shut
	Told     int               // recipients who were told
	Again    int               // who were told once more
	Fetched  int
	Missed   []string // what people could not do
	Waits    []Wait
	Memory   uint64 // resident, of the whole process
}

// Wait is how long a recipient was not told of a parcel.
type Wait struct {
	Shut time.Time     // its door was pushed shut
	For  time.Duration // since then, until its recipient was told
}

// Percentile is the wait that a share (0 to 1) of some does not exceed; 0: there are none.
func Percentile(waits []Wait, share float64) time.Duration {
	if len(waits) == 0 {
		return 0
	}
	sorted := slices.SortedFunc(slices.Values(waits), func(a, b Wait) int { return cmp.Compare(a.For, b.For) })
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))].For
}

// Summary sums up. It reads all journals, while the cabinets run.
func (f *Fleet) Summary() (Summary, error) {
	s := Summary{Cabinets: len(f.cabinets), Records: make(map[string]uint64), Memory: resident()}
	for _, c := range f.cabinets {
		last, err := c.last()
		if err != nil {
			return s, err
		}
		s.Records[c.name] = last
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s.Missed = append([]string(nil), f.missed...)
	for _, p := range f.parcels {
		count := func(into *int, is bool) {
			if is {
				*into++
			}
		}
		count(&s.Brought, !p.shut.IsZero())
		count(&s.Told, !p.told.IsZero())
		count(&s.Fetched, p.fetched)
		s.Again += p.again
		if !p.told.IsZero() && !p.shut.IsZero() {
			s.Waits = append(s.Waits, Wait{p.shut, p.told.Sub(p.shut)})
		}
	}
	return s, nil
}

// Progress says how far the day is.
func (f *Fleet) Progress(to io.Writer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	brought, told, fetched := 0, 0, 0
	for _, p := range f.parcels {
		if !p.shut.IsZero() {
			brought++
		}
		if !p.told.IsZero() {
			told++
		}
		if p.fetched {
			fetched++
		}
	}
	fmt.Fprintf(to, "%6s  of %d parcels %d brought, %d told, %d fetched; %d troubles; %d MB\n", time.Since(f.began).Round(time.Second),
		len(f.cabinets)*f.cfg.Parcels, brought, told, fetched, len(f.missed), resident()>>20)
}

// resident is the memory of this process that is in use, in bytes.
func resident() uint64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseUint(fields[1], 10, 64) // the kernel writes numbers
	return pages * uint64(os.Getpagesize())
}

func (f *Fleet) folder(name string) string { return filepath.Join(f.cfg.Dir, name) }
