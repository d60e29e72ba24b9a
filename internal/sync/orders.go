package sync

import (
	"context"
	"errors"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"lockerd/internal/locker"
)

// errChoked ends a connection on which an order found no room.
var errChoked = errors.New("more orders than fit: asking for them anew")

// followOrders takes the orders one by one until the connection is no longer alive. An order is acknowledged once what
// follows from it is on disk. One that could not be recorded is not acknowledged: it is tried again here, as the broker
// would send it again only on the next connection, and dropping this one would take presence and events with it just
// when the cloud should learn of the fault. If the connection ends first, the broker does send it again.
func (c *connection) followOrders(ctx, alive context.Context) {
	choked := c.choked
	for {
		select {
		case <-alive.Done():
			return
		case m := <-c.orders:
			c.follow(ctx, alive, m)
			continue
		default:
		}
		select {
		case <-alive.Done():
			return
		case m := <-c.orders:
			c.follow(ctx, alive, m)
		case <-choked: // and none waits: those that found no room come again on the next connection
			choked = nil
			rest(alive, refusalGap) // for the last acknowledgement to leave
			c.lose(errChoked)
		}
	}
}

func (c *connection) follow(ctx, alive context.Context, m mqtt.Message) {
	o := readOrder(m.Payload(), m.Retained(), c.cfg.AllowUnsigned, c.secrets)
	switch {
	case o.ID == "":
		c.log.Warn("cloud: order without a usable id", "because", o.Refusal, "bytes", len(m.Payload()))
		m.Ack()
		rest(alive, refusalGap)
		return
	case o.Unproven:
		c.log.Warn("cloud: anybody may have sent this order", "order", o.ID, "because", o.Refusal)
	}
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		err := c.controller.Do(ctx, locker.OrderReceived{Order: o})
		if err == nil {
			break
		}
		if !rest(alive, 0) {
			return
		}
		c.log.Error("cloud: an order could not be recorded", "order", o.ID, "again_in", pause, "because", err)
		if !rest(alive, pause) {
			return
		}
	}
	m.Ack()
	if o.Refusal != "" {
		rest(alive, refusalGap)
	}
}

// rest waits; false if ctx ended meanwhile.
func rest(ctx context.Context, d time.Duration) bool {
	if d == 0 {
		return ctx.Err() == nil
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
