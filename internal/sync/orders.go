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

// pending is an order that waits to be followed.
type pending struct {
	mqtt.Message
	order locker.Order
}

// queue accepts an order if there is room. Messages that anybody may have sent are recognised first and never delay valid
// ones: they are acknowledged, otherwise the broker would hold back what follows, and set aside. A valid order without room
// is not acknowledged, and none after it is accepted: once the earlier ones are done the connection ends, and the broker
// sends the others again on the next one, in order. Only paho's one goroutine calls this.
func (c *connection) queue(m mqtt.Message) {
	select {
	case <-c.choked:
		return
	default:
	}
	o := readOrder(m.Payload(), m.Retained(), c.cfg.AllowUnsigned, c.secrets)
	if o.ID == "" || o.Unproven {
		m.Ack()
		c.setAside(o)
		return
	}
	select {
	case c.orders <- pending{m, o}:
	default:
		close(c.choked)
	}
}

// setAside keeps an order to be refused later, if there is room.
func (l *Link) setAside(o locker.Order) {
	select {
	case l.aside <- o:
	default:
		l.mu.Lock()
		l.untold++
		l.mu.Unlock()
	}
}

// refuseAside records the refusals of messages that anybody may have sent, one by one with a pause after each, so that a
// flood fills neither disk nor log, until ctx is cancelled.
func (l *Link) refuseAside(ctx context.Context) {
	for {
		var o locker.Order
		select {
		case <-ctx.Done():
			return
		case o = <-l.aside:
		}
		l.mu.Lock()
		untold := l.untold
		l.untold = 0
		l.mu.Unlock()
		if untold > 0 {
			l.log.Warn("cloud: more orders that anybody may have sent than are answered", "not_told", untold)
		}
		if o.ID == "" {
			l.log.Warn("cloud: order without a usable id", "because", o.Refusal)
		} else {
			l.log.Warn("cloud: anybody may have sent this order", "order", o.ID, "because", o.Refusal)
			if err := l.controller.Do(ctx, locker.OrderReceived{Order: o}); err != nil && ctx.Err() == nil {
				l.log.Error("cloud: a refusal could not be recorded", "order", o.ID, "because", err)
			}
		}
		if !rest(ctx, refusalGap) {
			return
		}
	}
}

// followOrders follows the orders one by one until the connection ends. An order is acknowledged once its events are on
// disk. An order that could not be recorded is not acknowledged and tried again here: the broker would send it again only on
// the next connection, and dropping this one would interrupt presence and events just when the cloud should learn of the
// fault. If the connection ends first, the broker does send it again.
func (c *connection) followOrders(ctx, alive context.Context) {
	choked := c.choked
	for {
		select {
		case <-alive.Done():
			return
		case p := <-c.orders:
			c.follow(ctx, alive, p)
			continue
		default:
		}
		select {
		case <-alive.Done():
			return
		case p := <-c.orders:
			c.follow(ctx, alive, p)
		case <-choked: // and none waits: those that found no room come again on the next connection
			choked = nil
			rest(alive, refusalGap) // for the last acknowledgement to leave
			c.lose(errChoked)
		}
	}
}

func (c *connection) follow(ctx, alive context.Context, p pending) {
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		err := c.controller.Do(ctx, locker.OrderReceived{Order: p.order})
		if err == nil {
			break
		}
		if !rest(alive, 0) {
			return
		}
		c.log.Error("cloud: an order could not be recorded", "order", p.order.ID, "again_in", pause, "because", err)
		if !rest(alive, pause) {
			return
		}
	}
	p.Ack()
	if p.order.Refusal != "" { // those who may give orders give bad ones
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
