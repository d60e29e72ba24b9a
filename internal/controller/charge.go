package controller

import "lockerd/internal/locker"

// Terminal takes payments. It does not block: what comes of them returns as inputs.
type Terminal interface {
	// Carry does what a record about a payment asks: begin it, leave it, ask what has become of it, or say that its end is written down.
	Carry(locker.Event)
}

// charge carries out a record of a payment at the terminal. Only the run that has recorded it tells the terminal an amount.
func (c *Controller) charge(e locker.Event) {
	if c.parts.Terminal == nil {
		return
	}
	switch e := e.(type) {
	case locker.ChargeBegun, locker.ChargeStopped, locker.ChargeFailed, locker.ChargeUncertain:
		c.parts.Terminal.Carry(e)
	case locker.FeePaid:
		if e.Charge != "" {
			c.parts.Terminal.Carry(e)
		}
	}
}
