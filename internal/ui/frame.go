package ui

import (
	"context"
	"sync"
	"time"

	"lockerd/internal/locker"
)

// regions are the parts of the page that are swapped on their own.
var regions = []string{"brand", "question", "facts", "picture", "notice", "controls", "bar", "aids", "shade"}

// frame is the screen as it goes to the browser: what it says about itself, and its regions. Times are in milliseconds
// from when it is sent; the page counts them down by itself.
type frame struct {
	Revision  uint64            `json:"revision,string"`
	Step      locker.Step       `json:"step"` // empty before the first View
	Session   bool              `json:"session"`
	Language  string            `json:"lang"`
	Direction string            `json:"dir"`
	Theme     string            `json:"theme"` // "day" or "night"
	Locked    int64             `json:"locked"`
	Ends      int64             `json:"ends"`
	Asks      int64             `json:"asks"` // how long before that "are you still there?" is asked; 0: the screen itself says it
	Forgot    int64             `json:"forgot"`
	Regions   map[string]string `json:"regions"` // HTML by name
}

// since is the frame with only those regions that differ from the last one's.
func (f frame) since(last frame) frame {
	changed := make(map[string]string)
	for name, html := range f.Regions {
		if was, sent := last.Regions[name]; !sent || was != html {
			changed[name] = html
		}
	}
	f.Regions = changed
	return f
}

// drawing is the regions of what is shown, drawn once for all screens; those with gauges once for each time they are read.
type drawing struct {
	mu      sync.Mutex
	at      time.Time // zero: not yet
	regions map[string]string
}

// draw is the regions of what is shown now. Nobody may change them.
func (s *Server) draw(ctx context.Context, now shown, v *locker.View, c *catalogue) (map[string]string, error) {
	d := now.drawn
	d.mu.Lock()
	defer d.mu.Unlock()
	const fresh = measureEvery * aliveEvery * 3 / 4 // whoever asks for new ones gets new ones, all others these
	if !d.at.IsZero() && (!gauged(v) || time.Since(d.at) < fresh) {
		return d.regions, nil
	}
	sc := newScreen(v, c, s.pages, &s.cfg, s.measure(context.WithoutCancel(ctx), v)) // the others wait for it, too
	sc.hang(now.poster)
	regions, err := s.pages.regions(sc)
	if err != nil {
		return nil, err
	}
	d.regions, d.at = regions, time.Now()
	return regions, nil
}

// frame is what is shown now, for a screen that it is sent to at once.
func (s *Server) frame(ctx context.Context, now shown) (frame, error) {
	v := now.view
	if v == nil {
		v = &locker.View{Languages: Languages()}
	}
	c := s.pages.language(v)
	drawn, err := s.draw(ctx, now, v, c)
	if err != nil {
		return frame{}, err
	}
	age := time.Since(now.at) // a screen that connects late has less time left
	left := func(d time.Duration) int64 { return max(0, d-age).Milliseconds() }
	asks := locker.StillThere
	if v.Step == locker.StepThanks || 0 < v.OverIn && v.OverIn <= v.EndsIn {
		asks = 0 // the screen itself says it; and no touch puts that other end off
	}
	return frame{
		Revision: v.Revision, Step: v.Step, Session: v.Session,
		Language: c.code, Direction: c.direction(), Theme: s.theme(),
		Locked: left(v.LockedFor), Ends: left(v.EndsIn), Asks: asks.Milliseconds(), Forgot: left(v.ForgotFor),
		Regions: drawn,
	}, nil
}

func (s *Server) theme() string {
	if s.cfg.Dark(time.Now()) {
		return "night"
	}
	return "day"
}
