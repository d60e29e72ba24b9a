package sync

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"lockerd/internal/locker"
)

// traffic is what is in flight on one connection. Messages leave in order and count as delivered in order: a PUBACK counts
// once all before it have come.
type traffic struct {
	window
	flights []flight
	arrived bool      // the broker has acknowledged something
	moved   time.Time // when it last acknowledged something, or began to owe it

	announced bool // Home Assistant was told of the cabinet

	shown   *locker.Summary // the state that was published
	showAt  time.Time       // not before this
	retryAt time.Time       // the journal could not be read: not before this
	packing packing
}

// flight is a message in flight. Presence and state have no record: their seq is 0.
type flight struct {
	token mqtt.Token
	epoch string
	seq   uint64
	hash  [32]byte
	round int
}

// serve sends until ctx is cancelled (nil) or the connection is unusable (why).
func (c *connection) serve(ctx context.Context) error {
	w := &c.out
	w.window = newWindow(c.cfg.Window, c.cfg.Confirm == ConfirmCloud, c.journal.Confirmed(), time.Now())
	defer c.leaveWish()
	waiting, _ := c.waiting()
	c.backlog.join(waiting)
	if c.cfg.Form == FormPacked {
		w.packing.leaveAt = time.Now() // what happened meanwhile has waited long enough
	}
	c.fly(flight{token: c.present(true)})
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		now := time.Now()
		if err := c.land(now); err != nil {
			return err
		}
		if err := c.subscribeAgain(now); err != nil {
			return err
		}
		c.listen(now)
		c.watch(now)
		c.show(now)
		c.announce()
		c.send(now)
		c.gauge(func(g *Gauges) { g.InFlight = len(w.flights) })
		timer.Reset(time.Until(c.due(now)))
		select {
		case <-ctx.Done():
			if !w.packing.leaveAt.IsZero() { // what waits for company leaves without
				w.packing.leaveAt = now
				c.send(now)
			}
			return nil
		case err := <-c.lost:
			return fmt.Errorf("sync: %w", err)
		case <-c.wake:
		case <-w.first():
		case <-c.listening.answered():
		case <-timer.C:
		}
	}
}

// first is closed when the first message in flight has arrived; nil, which never happens, if there is none.
func (w *traffic) first() <-chan struct{} {
	if len(w.flights) == 0 {
		return nil
	}
	return w.flights[0].token.Done()
}

// fly notes a message that was just handed to paho.
func (c *connection) fly(f flight) {
	if len(c.out.flights) == 0 {
		c.out.moved = time.Now()
	}
	f.round = c.out.fly(f.seq)
	c.out.flights = append(c.out.flights, f)
}

// land removes messages from the front that the broker has acknowledged.
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
		w.flights, w.moved, w.arrived = w.flights[1:], now, true
		w.land(f.seq, f.round)
		if f.seq != 0 {
			newest = f
		}
	}
	c.vouch(newest)
	return nil
}

// vouch counts the broker's acknowledgement, if that is enough.
func (c *connection) vouch(f flight) {
	if f.seq != 0 && c.cfg.Confirm == ConfirmBroker {
		c.controller.Confirm(locker.Ack{Epoch: f.epoch, Seq: f.seq, Hash: f.hash})
	}
}

// listen processes new acks of the cloud, or their absence.
func (c *connection) listen(now time.Time) {
	w := &c.out
	owed, silent := w.sent, now.Sub(w.heard).Round(time.Second)
	if w.look(c.journal.Confirmed(), now) {
		c.log.Warn("cloud: no ack for what the broker has: sending again", "from", w.confirmed+1, "to", owed, "silent", silent)
	}
	if after, asked := c.takeResend(); asked {
		_, last := c.journal.Last()
		c.log.Info("cloud: sending again as asked", "after", after, "to", last)
		w.ask(after, last, now)
	}
}

// leaveWish hands the unfinished part of a resend to the next connection.
func (c *connection) leaveWish() {
	if after, open := c.out.wish(); open {
		c.Resend(after)
	}
}

// show publishes the newest state if it is new. In the packed form it waits for records to take it along, but for the first one.
func (c *connection) show(now time.Time) {
	w := &c.out
	if s := c.newest(); c.cfg.Form == FormPacked && w.shown != nil && s != w.shown && alike(*s, *w.shown) {
		w.shown = s
	}
	if !c.stateDue(now) {
		return
	}
	if c.cfg.Form == FormPacked && w.shown != nil {
		if w.packing.stateAt.IsZero() {
			w.packing.stateAt = now.Add(time.Duration(c.cfg.Gather))
		}
		if now.Before(w.packing.stateAt) || !w.packing.leaveAt.IsZero() {
			return
		}
	}
	c.publishState(now)
}

// stateDue says that a state may leave.
func (c *connection) stateDue(now time.Time) bool {
	w := &c.out
	return c.newest() != w.shown && !now.Before(w.showAt) && len(w.flights) < c.cfg.Window
}

func (c *connection) publishState(now time.Time) {
	w, s := &c.out, c.newest()
	c.fly(flight{token: c.publish("state", true, c.stateForm(*s))})
	w.shown, w.showAt, w.packing.stateAt = s, now.Add(statePause), time.Time{}
}

// send fills the window from the journal, by the quarter: while most of it is on its way nobody waits for the next record, and
// each look into the journal and each write is for many.
func (c *connection) send(now time.Time) {
	w := &c.out
	if now.Before(w.retryAt) || w.flying > c.cfg.Window-c.cfg.Window/4 {
		return
	}
	if c.cfg.Form == FormPacked {
		c.sendPacked(now)
		return
	}
	for {
		after, room := w.next()
		if room == 0 {
			return
		}
		records, err := c.outgoing(after, room, now)
		if err != nil || len(records) == 0 {
			return
		}
		c.sendAll(records)
	}
}

// outgoing reads the journal, or not for a while.
func (c *connection) outgoing(after uint64, most int, now time.Time) ([]locker.Outgoing, error) {
	records, err := c.journal.Outgoing(after, most)
	if err != nil {
		c.log.Error("cloud: the journal cannot be read", "after", after, "because", err)
		c.out.retryAt = now.Add(readAgain)
	}
	return records, err
}

// sendAll publishes records, to leave together.
func (c *connection) sendAll(records []locker.Outgoing) {
	c.raw.hold()
	for _, r := range records {
		c.fly(flight{token: c.publish("events", false, wireForm(r)), epoch: r.Epoch, seq: r.Seq, hash: r.Hash})
	}
	c.release(len(records))
}

// release lets leave so many messages that are held.
func (c *connection) release(messages int) {
	if err := c.raw.release(messages); err != nil {
		c.lose(err)
	}
}

// due is when to check again even if nothing happens, after all was checked at a time.
func (c *connection) due(now time.Time) time.Time {
	w := &c.out
	at := earlier(now.Add(time.Hour), w.due())
	at = earlier(at, c.listening.due())
	at = earlier(at, c.watching())
	if w.owed() {
		at = earlier(at, now.Add(lookPause))
	}
	if len(w.flights) > 0 {
		at = earlier(at, w.moved.Add(ackWait))
	}
	if w.packing.leaveAt.After(now) {
		at = earlier(at, w.packing.leaveAt)
	}
	if c.newest() != w.shown && len(w.flights) < c.cfg.Window && w.packing.leaveAt.IsZero() {
		due := w.showAt
		if w.packing.stateAt.After(due) {
			due = w.packing.stateAt
		}
		at = earlier(at, due)
	}
	if now.Before(w.retryAt) {
		at = earlier(at, w.retryAt)
	}
	return at
}

// wireForm is a record as published: the public line, and a second line with the boxes if there are any.
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
