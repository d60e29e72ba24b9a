package fleet

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// How people behave.
const (
	aLook    = 50 * time.Millisecond // between two looks at the doors
	aMoment  = 5 * time.Second       // until somebody for whom no door opened tries again
	aHand    = 200 * time.Millisecond
	tries    = 3                // after which they leave
	rounds   = 10               // that somebody comes by again, after which they give up
	dayRound = 12               // in a day
	least    = 4 * time.Second  // in between
	tellWait = 10 * time.Minute // until a recipient who hears nothing gives up
)

// event is something that somebody does at a cabinet.
type event struct {
	at     time.Duration // after the day began
	parcel *parcel
}

// live is a day at one cabinet. One person stands there at a time, as in front of every cabinet; who comes meanwhile waits.
func (c *one) live(ctx context.Context, cloud Cloud) {
	dice := rand.New(rand.NewPCG(c.seed, 15))
	var day []event
	for i := range c.fleet.cfg.Parcels {
		p := &parcel{tracking: fmt.Sprintf("F%s%03d", strings.ToUpper(strings.ReplaceAll(c.name, "-", "")), i+1), cabinet: c, code: make(chan string, 1)}
		c.fleet.mu.Lock()
		c.fleet.parcels[p.tracking] = p
		c.fleet.mu.Unlock()
		day = append(day, event{time.Duration(dice.Float64() * 0.7 * float64(c.fleet.cfg.Day)), p})
	}
	place := make(chan struct{}, 1) // before the cabinet
	ended := make(chan struct{})
	for _, e := range day {
		before := time.Duration(dice.Float64() * 0.1 * float64(c.fleet.cfg.Day))
		after := time.Duration(dice.Float64() * 0.2 * float64(c.fleet.cfg.Day))
		go func() {
			defer func() { ended <- struct{}{} }()
			c.way(ctx, cloud, place, e, before, after)
		}()
	}
	for range day {
		<-ended
	}
}

// way is a parcel's way: announced, brought some time later, its recipient told, and fetched after a while.
func (c *one) way(ctx context.Context, cloud Cloud, place chan struct{}, e event, before, after time.Duration) {
	p := e.parcel
	if !sleep(ctx, e.at) {
		return
	}
	if err := cloud.Announce(ctx, c.name, p.tracking); err != nil {
		c.fleet.miss("%s: nobody can announce %s: %v", c.name, p.tracking, err)
		return
	}
	if !sleep(ctx, before) {
		return
	}
	// A courier for whose parcel no door opens leaves, and comes by again. The cabinet may not have heard of it yet, or has refused to hear of
	// it while the parcel was in the courier's hands: it is announced once more, while nobody stands there.
	for round := 0; !c.visit(ctx, place, func() bool { return c.bring(ctx, p) }); round++ {
		if err := cloud.Announce(ctx, c.name, p.tracking); err != nil {
			c.fleet.miss("%s: nobody can announce %s once more: %v", c.name, p.tracking, err)
		}
		if round == rounds || !sleep(ctx, c.pause()) {
			c.fleet.miss("%s: %s cannot be brought", c.name, p.tracking)
			return
		}
	}
	select {
	case <-ctx.Done():
		return
	case <-time.After(tellWait):
		c.fleet.miss("%s: nobody tells the recipient of %s", c.name, p.tracking)
		return
	case code := <-p.code:
		if !sleep(ctx, after) {
			return
		}
		// Somebody for whom no door opens, since the one before them has left the kiosk in the middle, comes by again.
		for round := 0; !c.visit(ctx, place, func() bool { return c.opens(ctx, func() { c.scan("LD1:" + code) }, nil) }); round++ {
			if round == rounds || !sleep(ctx, c.pause()) {
				c.fleet.miss("%s: %s cannot be fetched", c.name, p.tracking)
				return
			}
		}
		c.fleet.mu.Lock()
		p.fetched = true
		c.fleet.mu.Unlock()
	}
}

// pause is how long it takes until somebody comes by again.
func (c *one) pause() time.Duration { return max(least, c.fleet.cfg.Day/dayRound) }

// visit has somebody stand before the cabinet, and says whether they could do what they came for. While the day is ending they can.
func (c *one) visit(ctx context.Context, place chan struct{}, what func() bool) bool {
	select {
	case place <- struct{}{}:
	case <-ctx.Done():
		return true
	}
	defer func() { <-place }()
	return what() || ctx.Err() != nil
}

// bring is a courier's visit: badge, parcel, door, "done". A courier who gets no door takes the parcel away again.
func (c *one) bring(ctx context.Context, p *parcel) bool {
	signIn := func() {
		c.scan(badge)
		sleep(ctx, aHand)
		c.scan(p.tracking)
	}
	var shut time.Time
	if !c.opens(ctx, signIn, func() { shut = time.Now() }) || !c.press(ctx, "drop", "done") {
		c.leave(ctx)
		return false
	}
	c.fleet.mu.Lock()
	defer c.fleet.mu.Unlock()
	p.shut = shut
	return true
}

// leave has a courier who has scanned a parcel that gets no door say so, and sign out: until then the parcel counts as in their hands.
func (c *one) leave(ctx context.Context) {
	for range tries {
		g := c.look(ctx, func(g glass) bool { return g.shows("sign_out") || g.shows("back") || g.Step == "home" })
		if g.Step == "home" || c.touch(ctx, g.Revision, g.either("sign_out", "back")) == nil && g.shows("sign_out") {
			return
		}
		if !sleep(ctx, aHand) {
			return
		}
	}
}

// opens has somebody ask for a door, wait until one springs open, and push it shut.
func (c *one) opens(ctx context.Context, ask, shut func()) bool {
	for range tries {
		ask()
		for end := time.Now().Add(aMoment); time.Now().Before(end); {
			for door := 1; door <= doors; door++ {
				if !c.metal.IsOpen(1, door) {
					continue
				}
				if !sleep(ctx, 2*aHand) { // what was brought lies in it, or is taken out
					return false
				}
				c.metal.Push(1, door)
				if shut != nil {
					shut()
				}
				return true
			}
			if !sleep(ctx, aLook) {
				return false
			}
		}
	}
	return false
}

// scan holds a text before the scanner.
func (c *one) scan(text string) {
	if _, err := c.scanner.Write([]byte(text + "\r")); err != nil {
		c.fleet.miss("%s: the scanner is gone: %v", c.name, err)
	}
}

// press waits until the kiosk shows a button of a step, and touches it.
func (c *one) press(ctx context.Context, step, action string) bool {
	ctx, cancel := context.WithTimeout(ctx, 6*aMoment)
	defer cancel()
	for ctx.Err() == nil {
		g := c.look(ctx, func(g glass) bool { return g.Step == step && g.shows(action) })
		if g.Revision != "" && c.touch(ctx, g.Revision, action) == nil {
			return true
		}
		sleep(ctx, aHand)
	}
	return false
}

// glass is what somebody sees on the kiosk's screen.
type glass struct {
	Revision, Step string
	Regions        map[string]string // as HTML, by name
}

// shows says that there is a button. A touch where there is none does nothing.
func (g glass) shows(action string) bool {
	button := `data-action="` + action + `"`
	for _, text := range g.Regions {
		if strings.Contains(text, button) {
			return true
		}
	}
	return false
}

// either is the first of two buttons that there is.
func (g glass) either(first, second string) string {
	if g.shows(first) {
		return first
	}
	return second
}

// look watches the screen until it is as wanted; without a revision: it never is.
func (c *one) look(ctx context.Context, wanted func(glass) bool) glass {
	ctx, cancel := context.WithTimeout(ctx, 6*aMoment)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+c.kiosk+"/events", nil)
	if err != nil {
		return glass{}
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return glass{}
	}
	defer answer.Body.Close()
	lines, regions := bufio.NewScanner(answer.Body), make(map[string]string)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, is := strings.CutPrefix(lines.Text(), "data: ")
		var g glass
		if !is || json.Unmarshal([]byte(data), &g) != nil {
			continue
		}
		maps.Copy(regions, g.Regions) // what has not changed is not sent again
		if g.Regions = regions; wanted(g) {
			return g
		}
	}
	return glass{}
}

// touch touches a button of the screen of a revision.
func (c *one) touch(ctx context.Context, revision, action string) error {
	body, err := json.Marshal(map[string]string{"revision": revision, "action": action})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+c.kiosk+"/press", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", "http://"+c.kiosk)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body) // so that the connection can be used again
	if answer.StatusCode != http.StatusAccepted {
		return fmt.Errorf("fleet: press: %s", answer.Status)
	}
	return nil
}

// sleep says whether ctx goes on after a while.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
