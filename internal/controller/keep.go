package controller

import (
	"encoding/json"
	"errors"

	"lockerd/internal/locker"
)

// tidy lets the keeper look after what is kept.
func (c *Controller) tidy() {
	state := func() ([]byte, error) { return json.Marshal(c.state) }
	if err := c.parts.Keeper.Tidy(c.state.Trust(c.parts.Clock()), c.state.Seq, state); err != nil {
		c.breakDown(err)
	}
}

// confirmed notes what the cloud has.
func (c *Controller) confirmed(m mark) {
	if c.broken != nil {
		return // the cloud will say it again
	}
	err := c.parts.Keeper.Confirm(m.epoch, m.seq)
	if errors.Is(err, locker.ErrShortened) { // what is here is not all: it begins anew before anything else opens
		c.parts.Log.Error("ALARM: the journal is not what it was; see docs/operator.md", "err", err)
		c.outOfOrder(err)
		c.resume()
	} else if err != nil {
		c.parts.Log.Error("journal: confirm", "epoch", m.epoch, "seq", m.seq, "err", err)
	}
}
