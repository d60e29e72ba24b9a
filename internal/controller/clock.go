package controller

import "lockerd/internal/locker"

// Now is a reading of the clocks as judged by the rules. Before the first state is loaded no time is known.
func (c *Controller) Now() locker.Now {
	now := c.parts.Clock()
	if t := c.times.Load(); t != nil {
		return t.Trust(now)
	}
	now.Read, now.Claimed, now.Known = now.Wall, now.Known, false
	return now
}
