package document

import "time"

// Limit lets a test's child take the limits upon itself, Confine shuts it in, and Wall does the second half of that alone.
var (
	Limit   = limit
	Confine = confine
	Wall    = wall
)

// WithinOf gives the renderer another time for a page.
func WithinOf(r *Renderer, d time.Duration) *Renderer {
	r.within = d
	return r
}
