package controller

import (
	"slices"
	"time"

	"lockerd/internal/locker"
)

// unheard is what a muted source has reported: the newest word about each thing that it speaks of, and how much in all.
type unheard struct {
	newest []locker.Input
	count  int
}

// note keeps the newest word. What is measured of a board's line is several things.
func (u *unheard) note(in locker.Input) {
	u.newest = slices.DeleteFunc(u.newest, func(old locker.Input) bool {
		a, of := old.(locker.BoardJudged)
		b, is := in.(locker.BoardJudged)
		return !of || !is || a.Finding == b.Finding
	})
	u.newest = append(u.newest, in)
}

// reword replaces an older word of a source that may be heard again from this one on.
func (c *Controller) reword(in locker.Input) {
	source := c.state.Source(in)
	if u := c.unheard[source]; len(u.newest) > 0 {
		u.note(in)
		c.unheard[source] = u
	}
}

// unhear keeps the newest report of a muted source, and counts: it is recorded nowhere else. What was decided along with it, as that its
// source is muted from now on, or something that was due, says nothing of what it reports.
func (c *Controller) unhear(in locker.Input, alone bool) {
	source := c.state.Source(in)
	u := c.unheard[source]
	if alone {
		u.count++
	}
	if source != locker.SourcePage { // who tapped may have gone
		u.note(in)
	}
	c.unheard[source] = u
}

// hear repeats the newest reports of a source that is heard again.
func (c *Controller) hear(source string) {
	u := c.unheard[source]
	delete(c.unheard, source)
	c.again = append(c.again, locker.Unrecorded{Source: source, Count: u.count})
	c.again = append(c.again, u.newest...)
}

// repeat tells the rules again what sources have said that are heard again. What cannot be recorded waits until the journal can be written.
func (c *Controller) repeat() {
	for len(c.again) > 0 && c.broken == nil {
		if err := c.step(c.again[0], time.Now()); err != nil {
			c.breakDown(err)
			return
		}
		c.again = c.again[1:]
	}
}
