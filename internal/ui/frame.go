package ui

import (
	"context"
	"time"

	"lockerd/internal/locker"
)

// frame is the screen as it goes to the browser: what it says about itself, and its regions. Times are in milliseconds
// from when it is sent; the page counts them down by itself.
type frame struct {
	Revision  uint64            `json:"revision,string"`
	Page      string            `json:"page"` // names the page that it is for: one of another release, or with other colours, loads itself anew
	Step      locker.Step       `json:"step"` // empty before the first View
	Session   bool              `json:"session"`
	Language  string            `json:"lang"`
	Direction string            `json:"dir"`
	Theme     string            `json:"theme"` // "day" or "night"
	Locked    int64             `json:"locked"`
	Ends      int64             `json:"ends"`
	Asks      int64             `json:"asks"` // how long before that "are you still there?" is asked; 0: the screen itself says it
	Forgot    int64             `json:"forgot"`
	Opens     int64             `json:"opens"`
	Regions   map[string]string `json:"regions"` // HTML by name, with a hole for each piece
	// Pieces are those that changed, by their region's name and their own id.
	Pieces map[string]map[string]string `json:"pieces,omitempty"`

	drawn map[string]*region
}

// held is what one screen was sent, and keeps.
type held struct {
	regions map[string]*region
	pieces  map[string]string // HTML by id: kept while the picture shows something else
}

// since is the frame with only what the screen does not hold yet; from now on it does.
func (f frame) since(h *held) frame {
	f.Regions, f.Pieces = make(map[string]string), make(map[string]map[string]string)
	for name, r := range f.drawn {
		last := h.regions[name]
		if last == r {
			continue
		}
		if last == nil || last.html != r.html {
			f.Regions[name] = r.html
		}
		for _, p := range r.pieces {
			if h.pieces[p.id] == p.html {
				continue
			}
			if f.Pieces[name] == nil {
				f.Pieces[name] = make(map[string]string)
			}
			f.Pieces[name][p.id], h.pieces[p.id] = p.html, p.html
		}
	}
	h.regions = f.drawn
	return f
}

// draw is the regions of what is shown now. Nobody may change them.
func (s *Server) draw(ctx context.Context) (shown, map[string]*region, error) {
	s.canvas.mu.Lock()
	defer s.canvas.mu.Unlock()
	now := s.now()
	v := now.screen()
	fresh := time.Duration(0)
	if gauged(v) { // whoever asks for new ones gets new ones, all others these
		fresh = measureEvery * aliveEvery * 3 / 4
	}
	if s.canvas.isOf(now, fresh) {
		return now, s.canvas.drawn, nil
	}
	sc := newScreen(v, s.pages.language(v), s.pages, &s.cfg, s.measure(context.WithoutCancel(ctx), v)) // the others wait for it, too
	sc.hang(now.poster)
	err := s.canvas.draw(now, sc)
	return now, s.canvas.drawn, err
}

// screen is the view that is shown: before the first, one that says no more than "one moment".
func (n shown) screen() *locker.View {
	if n.view == nil {
		return &locker.View{Languages: Languages()}
	}
	return n.view
}

// frame is what is shown now, for a screen that it is sent to at once, and of what it is.
func (s *Server) frame(ctx context.Context) (frame, shown, error) {
	now, drawn, err := s.draw(ctx)
	if err != nil {
		return frame{}, now, err
	}
	v := now.screen()
	c := s.pages.language(v)
	age := time.Since(now.at) // a screen that connects late has less time left
	left := func(d time.Duration) int64 { return max(0, d-age).Milliseconds() }
	ends, asks := v.EndsIn, locker.StillThere
	if v.OverIn > 0 {
		ends = min(ends, v.OverIn)
	}
	if v.Step == locker.StepThanks || 0 < v.OverIn && v.OverIn <= v.EndsIn {
		asks = 0 // the screen itself says it; and no touch puts that other end off
	}
	return frame{
		Revision: v.Revision, Page: s.pages.print, Step: v.Step, Session: v.Session,
		Language: c.Code, Direction: c.Direction(), Theme: s.theme(),
		Locked: left(v.LockedFor), Ends: left(ends), Asks: asks.Milliseconds(), Forgot: left(v.ForgotFor), Opens: left(v.Waits),
		drawn: drawn,
	}, now, nil
}

func (s *Server) theme() string {
	if s.cfg.Dark(time.Now()) {
		return "night"
	}
	return "day"
}
