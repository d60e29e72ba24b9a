package cabinet

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"lockerd/internal/controller"
	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/metrics"
	"lockerd/internal/sync"
)

// bulletin has the newest summary kept for the hand tools and the metrics, and passes it on to the cloud.
type bulletin struct {
	controller.Cloud
	link *sync.Link // for its gauges
	// Orders that nobody signed are followed, records are freed by a word that nobody signed: the summary says it aloud.
	unsigned, unsignedAcks bool
	faults                 func() []locker.Fault        // that the rules do not know of; nil: there are none
	config                 func() *locker.ConfigSummary // in force; nil: nobody says
	meter                  *metrics.Meter               // keeps the newest
}

// Report takes a summary.
func (b *bulletin) Report(s locker.Summary) {
	s.Unsigned, s.UnsignedAcks = b.unsigned, b.unsignedAcks
	if b.config != nil {
		s.Config = b.config()
	}
	if b.faults != nil {
		s.Faults = append(slices.Clip(s.Faults), b.faults()...)
	}
	b.meter.Report(s)
	b.Cloud.Report(s)
}

// serveBoards adds what is about lock boards.
func (c *control) serveBoards(mux *http.ServeMux) {
	mux.HandleFunc("GET /lines", c.showLines)
	mux.HandleFunc("GET /lines/{bus}/watch", unhurried(c.watchLine))
	mux.HandleFunc("POST /doors/{door}/open", c.openDoor)
}

// LinesState is the answer to GET /lines.
type LinesState struct {
	Buses []BusState  `json:"buses"`
	Doors []DoorState `json:"doors"`
}

type BusState struct {
	Name   string            `json:"name"`
	Port   string            `json:"port"`
	Baud   int               `json:"baud"`
	Boards []lockboard.Gauge `json:"boards"`
}

type DoorState struct {
	locker.DoorSummary
	Lock string `json:"lock"`
}

// showLines tells what is measured of every board, and how every door is.
func (c *control) showLines(w http.ResponseWriter, _ *http.Request) {
	state := LinesState{Buses: []BusState{}, Doors: []DoorState{}}
	for _, b := range c.cfg.Buses {
		line := b.Lockboard()
		state.Buses = append(state.Buses, BusState{b.Name, line.Port, line.Baud, c.lines.Bus(b.Name).Gauges()})
	}
	for _, s := range c.state.meter.Summary().Doors {
		shown := DoorState{DoorSummary: s}
		if i := slices.IndexFunc(c.cfg.Doors, func(p Door) bool { return p.Number == s.Door }); i >= 0 {
			shown.Lock = c.cfg.doorPlan(c.cfg.Doors[i]).Lock.String()
		}
		state.Doors = append(state.Doors, shown)
	}
	c.answer(w, state)
}

// WatchHead is the first line of the answer to GET /lines/{bus}/watch; a Passed follows for each piece.
type WatchHead struct {
	Port     string    `json:"port"`
	Baud     int       `json:"baud"`
	Families []string  `json:"families"`
	Began    time.Time `json:"began"`
}

// Passed is what passed on a line: what lockerd said, or a piece that it heard. Missed is how many pieces before this
// one came too fast for the reader.
type Passed struct {
	At     time.Time `json:"at"`
	Host   bool      `json:"host"`
	Hex    string    `json:"hex"`
	Missed uint64    `json:"missed,omitempty"`
}

// taps tells a line's pieces until ctx ends. Boards may be looked for meanwhile, and the line then has another bus.
func (c *control) taps(ctx context.Context, name string, tap lockboard.Tap) {
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for ctx.Err() == nil {
		bus := c.lines.Bus(name)
		inner, leave := context.WithCancel(ctx)
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			bus.Watch(inner, tap)
		}()
		for ctx.Err() == nil && c.lines.Bus(name) == bus {
			select {
			case <-ctx.Done():
			case <-again.C:
			}
		}
		leave()
		<-gone
	}
}

// watchLine streams what passes on a line. A reader that is too slow misses pieces: the line does not wait.
func (c *control) watchLine(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("bus")
	i := slices.IndexFunc(c.cfg.Buses, func(b Bus) bool { return b.Name == name })
	if i < 0 {
		http.Error(w, fmt.Sprintf("there is no bus %q", name), http.StatusNotFound)
		return
	}
	out := http.NewResponseController(w)
	line, lines := c.cfg.Buses[i].Lockboard(), json.NewEncoder(w)
	head := WatchHead{Port: line.Port, Baud: line.Baud, Families: []string{}, Began: time.Now()}
	for _, g := range c.lines.Bus(name).Gauges() {
		if !slices.Contains(head.Families, g.Family) {
			head.Families = append(head.Families, g.Family)
		}
	}
	pieces, missed := make(chan Passed, 256), atomic.Uint64{}
	go c.taps(r.Context(), name, func(host bool, at time.Time, b []byte) {
		select {
		case pieces <- Passed{At: at, Host: host, Hex: hex.EncodeToString(b), Missed: missed.Swap(0)}:
		default:
			missed.Add(1)
		}
	})
	for err := lines.Encode(head); err == nil && out.Flush() == nil; {
		select {
		case p := <-pieces:
			err = lines.Encode(p)
		case <-r.Context().Done():
			return
		}
	}
}
