package sync

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"lockerd/internal/locker"
)

// window is what is on its way on one connection, and how far that has come. Messages leave in order and are counted as
// delivered in order: a PUBACK counts once all before it have come.
//
// On a new connection all after the newest confirmed record is sent, and then what is new. Where the cloud's word
// counts, a broker that acknowledges while the cloud says nothing may have thrown records away: after doubt they are
// sent again from the newest confirmed one, no further ahead of the cloud than the window (the first time through they
// may be as far ahead as they like), until the cloud has caught up.
type window struct {
	flights []flight
	sent    uint64    // the newest record sent
	landed  uint64    // the newest record that the broker acknowledged
	moved   time.Time // when the broker last acknowledged something, or began to owe it

	confirmed uint64 // the newest confirmed record when last looked
	heard     time.Time
	patience  time.Duration // how long the cloud may say nothing
	again     uint64        // up to here records are sent again
	asked     uint64        // up to here they are sent once more because the cloud has asked, confirmed or not

	shown   *locker.Summary // the state that was published
	showAt  time.Time       // not before this
	retryAt time.Time       // the journal could not be read: not before this
}

// flight is a message on its way. Presence and state have no record: their seq is 0.
type flight struct {
	token mqtt.Token
	epoch string
	seq   uint64
}

// serve sends until ctx is cancelled (nil) or the connection is of no more use (why).
func (c *connection) serve(ctx context.Context) error {
	w := &c.out
	w.confirmed = c.journal.Confirmed()
	w.sent, w.heard, w.patience = w.confirmed, time.Now(), doubt
	c.fly(flight{token: c.present(true)})
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		now := time.Now()
		if err := c.land(now); err != nil {
			return err
		}
		c.listen(now)
		c.resendAsked()
		c.show(now)
		c.send(now)
		c.gauge(func(g *Gauges) { g.InFlight = len(w.flights) })
		timer.Reset(time.Until(c.due()))
		select {
		case <-ctx.Done():
			return nil
		case err := <-c.lost:
			return fmt.Errorf("sync: %w", err)
		case <-c.wake:
		case <-w.first():
		case <-timer.C:
		}
	}
}

// first is done when the first message on its way has arrived; nil, and never, if there is none.
func (w *window) first() <-chan struct{} {
	if len(w.flights) == 0 {
		return nil
	}
	return w.flights[0].token.Done()
}

// fly notes a message that was just handed over.
func (c *connection) fly(f flight) {
	if len(c.out.flights) == 0 {
		c.out.moved = time.Now()
	}
	c.out.flights = append(c.out.flights, f)
}

// land takes from the front what the broker has acknowledged.
func (c *connection) land(now time.Time) error {
	w := &c.out
	var newest flight
	for len(w.flights) > 0 {
		f := w.flights[0]
		select {
		case <-f.token.Done():
		default:
			if now.Sub(w.moved) >= ackWait {
				return errSilent
			}
			c.vouch(newest)
			return nil
		}
		if err := f.token.Error(); err != nil {
			return fmt.Errorf("sync: publish: %w", err)
		}
		w.flights, w.moved = w.flights[1:], now
		if f.seq != 0 {
			w.landed, newest = max(w.landed, f.seq), f
		}
	}
	c.vouch(newest)
	return nil
}

// vouch takes the broker's word where that is enough.
func (c *connection) vouch(f flight) {
	if f.seq != 0 && c.cfg.Confirm == ConfirmBroker {
		c.controller.Confirm(f.epoch, f.seq)
	}
}

// listen judges the cloud's silence.
func (c *connection) listen(now time.Time) {
	w := &c.out
	if confirmed := c.journal.Confirmed(); confirmed > w.confirmed {
		w.confirmed, w.heard, w.patience = confirmed, now, doubt
	}
	switch {
	case w.landed <= w.confirmed:
		w.heard = now // nothing is owed
	case c.cfg.Confirm == ConfirmCloud && now.Sub(w.heard) >= w.patience:
		c.log.Warn("cloud: no ack for what the broker has: sending again",
			"from", w.confirmed+1, "to", w.sent, "silent", now.Sub(w.heard).Round(time.Second))
		w.again, w.sent = max(w.again, w.sent), w.confirmed
		w.heard, w.patience = now, min(2*w.patience, longDoubt)
	}
}

// resendAsked goes back to where the cloud wants to begin anew. A connection that ends meanwhile leaves the wish to the
// next one.
func (c *connection) resendAsked() {
	w := &c.out
	after, asked := c.resendAfter()
	switch {
	case asked && w.asked == 0 && after < w.sent:
		c.log.Info("cloud: sending again as asked", "after", after, "to", w.sent)
		w.asked, w.sent = w.sent, after
	case asked && w.sent >= w.asked && len(w.flights) == 0:
		w.asked = 0
		c.resent()
	}
}

// show publishes the newest state if it is new.
func (c *connection) show(now time.Time) {
	w := &c.out
	s := c.newest()
	if s == w.shown || now.Before(w.showAt) || len(w.flights) >= c.cfg.Window {
		return
	}
	payload, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("sync: state: %v", err)) // nothing in it can fail
	}
	c.fly(flight{token: c.publish("state", true, payload)})
	w.shown, w.showAt = s, now.Add(statePause)
}

// send fills the window from the journal.
func (c *connection) send(now time.Time) {
	w := &c.out
	if now.Before(w.retryAt) {
		return
	}
	for {
		if w.sent >= w.asked {
			w.sent = max(w.sent, w.confirmed)
		}
		room := c.room()
		if room <= 0 {
			return
		}
		records, err := c.journal.Outgoing(w.sent, room)
		if err != nil {
			c.log.Error("cloud: the journal cannot be read", "after", w.sent, "because", err)
			w.retryAt = now.Add(readAgain)
			return
		}
		if len(records) == 0 {
			return
		}
		for _, r := range records {
			c.fly(flight{token: c.publish("events", false, wireForm(r)), epoch: r.Epoch, seq: r.Seq})
			w.sent = r.Seq
		}
	}
}

// room is how many records may be sent now.
func (c *connection) room() int {
	w := &c.out
	room := c.cfg.Window - len(w.flights)
	if w.sent < w.again { // once more, and not far ahead of the cloud
		ahead := w.sent - w.confirmed
		room = min(room, c.cfg.Window-int(min(ahead, uint64(c.cfg.Window))))
	}
	return room
}

// due is when to look again though nothing happened.
func (c *connection) due() time.Time {
	w := &c.out
	at := time.Now().Add(time.Hour)
	earlier := func(t time.Time) {
		if t.Before(at) {
			at = t
		}
	}
	if len(w.flights) > 0 {
		earlier(w.moved.Add(ackWait))
	}
	if c.newest() != w.shown && len(w.flights) < c.cfg.Window {
		earlier(w.showAt)
	}
	if !w.retryAt.IsZero() && time.Now().Before(w.retryAt) {
		earlier(w.retryAt)
	}
	if c.cfg.Confirm == ConfirmCloud && w.landed > w.confirmed {
		earlier(w.heard.Add(w.patience))
		if w.sent < w.again {
			earlier(time.Now().Add(time.Second)) // the cloud's word reaches the journal by itself
		}
	}
	return at
}

// wireForm is a record as it is published: the public line, and on a second one the boxes if there are any.
func wireForm(r locker.Outgoing) []byte {
	personal := r.Personal.Boxes()
	if personal.IsZero() {
		return r.Public
	}
	boxes, err := json.Marshal(personal)
	if err != nil {
		panic(fmt.Sprintf("sync: boxes: %v", err)) // two strings of base64
	}
	line := make([]byte, 0, len(r.Public)+1+len(boxes))
	return append(append(append(line, r.Public...), '\n'), boxes...)
}
