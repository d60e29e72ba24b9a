package ui

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"
)

// canvas draws what is shown: once for all screens, only when one of them asks, and of it only what has changed.
type canvas struct {
	pages *pages

	mu     sync.Mutex
	shows  <-chan struct{}       // what is drawn: shown.over; nil: nothing yet
	at     time.Time             // when it was drawn
	drawn  map[string]*region    // by name; a new map each time
	pieces map[string]drawnPiece // the newest of each, by id
}

// region is one as it was drawn. It is never changed.
type region struct {
	of     any    // its substance
	html   string // with a hole for each piece
	pieces []drawnPiece
}

type drawnPiece struct {
	of       piece
	id, html string
}

// isOf says that the canvas holds this, and that it is no older than fresh; 0: however old it is.
func (c *canvas) isOf(now shown, fresh time.Duration) bool {
	return c.shows == now.over && (fresh == 0 || time.Since(c.at) < fresh)
}

// draw draws a screen. Whoever calls it holds mu.
func (c *canvas) draw(now shown, s *screen) error {
	drawn := make(map[string]*region, len(regions))
	for _, r := range regions {
		var pieces []piece
		if r.name == "picture" {
			pieces = s.pieces
		}
		region, err := c.region(r.name, r.of(s), pieces)
		if err != nil {
			return fmt.Errorf("ui: draw %s of %s: %w", r.name, s.Step, err)
		}
		drawn[r.name] = region
	}
	c.drawn, c.shows, c.at = drawn, now.over, time.Now()
	return nil
}

// region is a region as it was, or drawn anew as far as it must be.
func (c *canvas) region(name string, of any, pieces []piece) (*region, error) {
	r := &region{of: of}
	last, same := c.drawn[name], false
	if last != nil && reflect.DeepEqual(last.of, of) {
		r.html, same = last.html, len(last.pieces) == len(pieces)
	} else {
		html, err := c.pages.draw(name, of)
		if err != nil {
			return nil, err
		}
		r.html = html
	}
	for i, p := range pieces {
		if same && last.pieces[i].of == p {
			continue
		}
		if same {
			r.pieces, same = append(make([]drawnPiece, 0, len(pieces)), last.pieces[:i]...), false
		}
		drawn, err := c.piece(p)
		if err != nil {
			return nil, err
		}
		r.pieces = append(r.pieces, drawn)
	}
	if same {
		return last, nil
	}
	return r, nil
}

func (c *canvas) piece(p piece) (drawnPiece, error) {
	id := p.ID()
	if last, ok := c.pieces[id]; ok && last.of == p {
		return last, nil
	}
	html, err := c.pages.draw(p.template(), p)
	if err != nil {
		return drawnPiece{}, err
	}
	c.pieces[id] = drawnPiece{of: p, id: id, html: html}
	return c.pieces[id], nil
}

// draw executes a template.
func (p *pages) draw(name string, of any) (string, error) {
	var b bytes.Buffer
	if err := p.templates.ExecuteTemplate(&b, name, of); err != nil {
		return "", err
	}
	return strings.TrimSpace(b.String()), nil
}
