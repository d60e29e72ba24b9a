package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	stdsync "sync"
	"sync/atomic"
	"time"

	"lockerd/internal/controller"
	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/sync"
)

// bulletin keeps the newest summary for the hand tools, and passes it on to the cloud.
type bulletin struct {
	controller.Cloud
	link *sync.Link // for its gauges
	// Orders that nobody signed are followed, records are freed by a word that nobody signed: the summary says it aloud.
	unsigned, unsignedAcks bool
	faults                 func() []locker.Fault // that the rules do not know of; nil: there are none

	mu     stdsync.Mutex
	newest locker.Summary
}

// Report takes a summary.
func (b *bulletin) Report(s locker.Summary) {
	s.Unsigned, s.UnsignedAcks = b.unsigned, b.unsignedAcks
	if b.faults != nil {
		s.Faults = append(slices.Clip(s.Faults), b.faults()...)
	}
	b.mu.Lock()
	b.newest = s
	b.mu.Unlock()
	b.Cloud.Report(s)
}

func (b *bulletin) summary() locker.Summary {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.newest
}

// cloudState is the answer to GET /cloud.
type cloudState struct {
	Since  time.Time      `json:"since,omitzero"` // it is connected
	Why    string         `json:"why,omitempty"`  // it is not
	Faults []locker.Fault `json:"faults"`
}

// showCloud tells how the link to the broker is: nobody else can try it meanwhile.
func (c *control) showCloud(w http.ResponseWriter, _ *http.Request) {
	g := c.state.link.Gauges()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(cloudState{Since: g.Since, Why: g.Why, Faults: g.Faults}) // who asked may have gone
}

// serveBoards adds what is about lock boards.
func (c *control) serveBoards(mux *http.ServeMux) {
	mux.HandleFunc("GET /lines", c.showLines)
	mux.HandleFunc("GET /lines/{bus}/watch", c.watchLine)
	mux.HandleFunc("POST /doors/{door}/open", c.openDoor)
}

// linesState is the answer to GET /lines.
type linesState struct {
	Buses []busState  `json:"buses"`
	Doors []doorState `json:"doors"`
}

type busState struct {
	Name   string            `json:"name"`
	Port   string            `json:"port"`
	Baud   int               `json:"baud"`
	Boards []lockboard.Gauge `json:"boards"`
}

type doorState struct {
	locker.DoorSummary
	Lock string `json:"lock"`
}

// showLines tells what is measured of every board, and how every door is.
func (c *control) showLines(w http.ResponseWriter, _ *http.Request) {
	state := linesState{Buses: []busState{}, Doors: []doorState{}}
	for _, b := range c.cfg.Buses {
		line := b.lockboard()
		state.Buses = append(state.Buses, busState{b.Name, line.Port, line.Baud, c.lines.bus(b.Name).Gauges()})
	}
	for _, s := range c.state.summary().Doors {
		shown := doorState{DoorSummary: s}
		if i := slices.IndexFunc(c.cfg.Doors, func(p door) bool { return p.Number == s.Door }); i >= 0 {
			shown.Lock = c.cfg.doorPlan(c.cfg.Doors[i]).Lock.String()
		}
		state.Doors = append(state.Doors, shown)
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(state); err != nil {
		c.log.Warn("state of the lines not delivered", "err", err)
	}
}

// watchHead is the first line of the answer to GET /lines/{bus}/watch; a passed follows for each piece.
type watchHead struct {
	Port     string    `json:"port"`
	Baud     int       `json:"baud"`
	Families []string  `json:"families"`
	Began    time.Time `json:"began"`
}

// passed is what passed on a line: what lockerd said, or a piece that it heard. Missed is how many pieces before this
// one came too fast for the reader.
type passed struct {
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
		bus := c.lines.bus(name)
		inner, leave := context.WithCancel(ctx)
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			bus.Watch(inner, tap)
		}()
		for ctx.Err() == nil && c.lines.bus(name) == bus {
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
	i := slices.IndexFunc(c.cfg.Buses, func(b bus) bool { return b.Name == name })
	if i < 0 {
		http.Error(w, fmt.Sprintf("there is no bus %q", name), http.StatusNotFound)
		return
	}
	out := http.NewResponseController(w)
	if err := out.SetReadDeadline(time.Time{}); err != nil { // the server's is for requests
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	line, lines := c.cfg.Buses[i].lockboard(), json.NewEncoder(w)
	head := watchHead{Port: line.Port, Baud: line.Baud, Families: []string{}, Began: time.Now()}
	for _, g := range c.lines.bus(name).Gauges() {
		if !slices.Contains(head.Families, g.Family) {
			head.Families = append(head.Families, g.Family)
		}
	}
	pieces, missed := make(chan passed, 256), atomic.Uint64{}
	go c.taps(r.Context(), name, func(host bool, at time.Time, b []byte) {
		select {
		case pieces <- passed{At: at, Host: host, Hex: hex.EncodeToString(b), Missed: missed.Swap(0)}:
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

// opening is the body of POST /doors/{door}/open.
type opening struct {
	By string `json:"by"`
}

// opened is the answer: the record of the unlock, and how it ended.
type opened struct {
	Unlock  string         `json:"unlock"`
	Outcome locker.Outcome `json:"outcome,omitempty"` // empty: not known yet
	Detail  string         `json:"detail,omitempty"`
}

// openPatience is how long is waited for how an unlock ended. The rules judge it after some seconds.
const openPatience = 30 * time.Second

// openDoor has the rules open a door: there is no other way to its board.
func (c *control) openDoor(w http.ResponseWriter, r *http.Request) {
	number, err := strconv.Atoi(r.PathValue("door"))
	var in opening
	if failed := readBody(w, r, &in); err != nil || failed != nil || in.By == "" {
		http.Error(w, "want POST /doors/NUMBER/open {\"by\": \"NAME\"}", http.StatusBadRequest)
		return
	}
	_, before := c.memory.Last()
	if err := c.loop.Do(r.Context(), locker.OpenAsked{Door: number, By: in.By}); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	ended, refusal, err := c.became(r.Context(), before, number, in.By)
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	case refusal != "":
		http.Error(w, refusal, http.StatusConflict)
	default:
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(ended); err != nil {
			c.log.Warn("outcome of an unlock not delivered", "unlock", ended.Unlock, "err", err)
		}
	}
}

// became reads in the journal what became of asking for a door.
func (c *control) became(ctx context.Context, after uint64, door int, by string) (o opened, refusal string, err error) {
	ctx, cancel := context.WithTimeout(ctx, openPatience)
	defer cancel()
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for {
		records, err := c.memory.Outgoing(after, 500)
		if err != nil {
			return o, "", err
		}
		for _, record := range records {
			after = record.Seq
			if done, why, err := o.follow(record, door, by); done || err != nil {
				return o, why, err
			}
		}
		if o.Unlock == "" {
			return o, "", fmt.Errorf("the rules said nothing of door %d", door) // they do so at once
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return o, "", nil
		}
	}
}

// follow takes a record; done says that it was the last one.
func (o *opened) follow(record locker.Outgoing, door int, by string) (done bool, refusal string, err error) {
	var asked locker.UnlockRequested
	var refused locker.UnlockRefused
	var ended locker.UnlockEnded
	switch record.Kind {
	case asked.Kind():
		if err = eventOf(record, &asked); asked.Door == door && asked.By == by && o.Unlock == "" {
			o.Unlock = asked.Unlock
		}
	case refused.Kind():
		if err = eventOf(record, &refused); refused.Door == door && refused.By == by && o.Unlock == "" {
			return true, refused.Why, err
		}
	case ended.Kind():
		if err = eventOf(record, &ended); ended.Unlock == o.Unlock && o.Unlock != "" {
			o.Outcome, o.Detail = ended.Outcome, ended.Detail
			return true, "", err
		}
	}
	return false, "", err
}
