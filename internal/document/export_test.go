package document

import "time"

// Limit lets a test's child take the limits upon itself.
var Limit = limit

// WithinOf gives the renderer another time for a page.
func WithinOf(r *Renderer, d time.Duration) *Renderer {
	r.within = d
	return r
}
