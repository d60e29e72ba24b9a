package controller

import (
	"encoding/json"
	"errors"
	"time"

	"lockerd/internal/locker"
)

// breakDown puts the cabinet out of order.
func (c *Controller) breakDown(err error) {
	c.deadline.Stop()
	c.parts.Log.Error("out of order: the journal cannot be written; nothing opens until it can", "err", err)
	c.outOfOrder(err)
}

// outOfOrder reports why nothing opens, and when the journal is tried again.
func (c *Controller) outOfOrder(err error) {
	c.broken, c.retry = err, time.Now().Add(Retry)
	c.parts.Serve(false)
	now := c.state.Trust(c.parts.Clock())
	c.parts.Screen.Show(c.state.OutOfOrder(now))
	sum := c.state.Summary(now)
	sum.Service = "out_of_order"
	sum.Faults = append(sum.Faults, locker.Fault{Kind: "journal_unwritable", Why: err.Error()})
	c.parts.Cloud.Report(sum)
}

// resume begins as after a restart. What a failed write left on disk, all of it or nothing, has happened and is read from
// there; its requests are never acted on.
func (c *Controller) resume() {
	if err := c.begin(true); err != nil {
		c.parts.Log.Warn("still out of order", "err", err)
		if c.retry = time.Now().Add(Retry); err.Error() != c.broken.Error() {
			c.outOfOrder(err)
		}
		return
	}
	c.broken = nil
	c.parts.Log.Info("in order again: the journal can be written")
	c.repeat() // before the boards say what is so now
	c.parts.Board.Recheck()
}

func (c *Controller) tidy() {
	state := func() ([]byte, error) { return json.Marshal(c.state) }
	if err := c.parts.Keeper.Tidy(c.state.Trust(c.parts.Clock()), c.state.Seq, state); err != nil {
		c.breakDown(err)
	}
}

func (c *Controller) confirmed(a locker.Ack) {
	if c.broken != nil {
		return // the cloud will say it again
	}
	err := c.parts.Keeper.Confirm(a)
	if errors.Is(err, locker.ErrShortened) { // what is here is not all: it begins anew before anything else opens
		c.parts.Log.Error("ALARM: the journal is not what it was; see docs/operator.md", "err", err)
		c.outOfOrder(err)
		c.resume()
	} else if err != nil {
		c.parts.Log.Error("journal: confirm", "epoch", a.Epoch, "seq", a.Seq, "err", err)
	}
}
