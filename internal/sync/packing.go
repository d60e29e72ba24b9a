package sync

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/locker"
)

// Times and sizes of the packed form.
const (
	mostPacked = 64                    // records in a message
	settle     = 50 * time.Millisecond // from a record that does not wait to its message: for those that come with it, and the state
)

// waits are the kinds whose records wait for others, up to Config.Gather: the steps of a visit, which nobody follows while it goes on.
// Everything else leaves at once, whatever may be invented: notices, alarms, answers to orders.
var waits = map[string]bool{
	"session.started": true, "session.moved": true, "session.ended": true, "courier.signed_in": true,
	"parcel.scanned": true, "sending.claimed": true, "sending.declared": true, "parcel.consented": true, "renter.claimed": true, "parcel.low_door_asked": true, "drop.started": true, "drop.moved": true, "parcel.period_began": true, "parcel.announcement_dropped": true,
	"unlock.requested": true, "unlock.ended": true, "door.opened": true, "door.closed": true, "door.emptied": true,
	"look.passed": true, "photo.kept": true, "clock.set": true,
}

// packing is what waits for company on one connection.
type packing struct {
	leaveAt time.Time // when the records that wait leave; zero: none do
	stateAt time.Time // when a state leaves that no records have taken along; zero: none waits
}

// gather says that records wait for more of them, and notes until when.
func (c *connection) gather(records []locker.Outgoing, now time.Time) bool {
	p := &c.out.packing
	if p.leaveAt.IsZero() {
		p.leaveAt = now.Add(time.Duration(c.cfg.Gather))
	}
	for _, r := range records {
		if !waits[r.Kind] {
			p.leaveAt = earlier(p.leaveAt, now.Add(settle))
			break
		}
	}
	return now.Before(p.leaveAt)
}

// sendPacked fills the window with messages of many records.
func (c *connection) sendPacked(now time.Time) {
	w := &c.out
	for {
		after, room := w.next()
		if room == 0 {
			return
		}
		most := mostPacked
		if after < w.again { // no further ahead of the cloud than the window
			most = min(most, room)
		}
		records, err := c.outgoing(after, most, now)
		switch {
		case err != nil:
			return
		case len(records) == 0:
			w.packing.leaveAt = time.Time{}
			return
		case len(records) < most && after >= w.asked && c.gather(records, now):
			return
		}
		if len(records) < most {
			w.packing.leaveAt = time.Time{}
		}
		c.raw.hold()
		last := records[len(records)-1]
		c.fly(flight{token: c.publish("events", false, packed(records)), epoch: last.Epoch, seq: last.Seq, hash: last.Hash})
		messages := 1
		if c.stateDue(now) { // on the way out anyway
			c.publishState(now)
			messages++
		}
		c.release(messages)
	}
}

// packed is a message of records.
func packed(records []locker.Outgoing) []byte {
	lines := make([][]byte, len(records))
	for i, r := range records {
		lines[i] = wireForm(r)
	}
	return contract.Pack(lines)
}

// alike says that two states tell the same, but as of which record and when.
func alike(a, b locker.Summary) bool {
	a.Seq, a.At, a.Newest = b.Seq, b.At, b.Newest
	return reflect.DeepEqual(a, b)
}

// stateForm is a state as published.
func (c *connection) stateForm(s locker.Summary) []byte {
	s.At = s.At.Truncate(time.Millisecond)
	payload, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("sync: state: %v", err)) // nothing in it can fail
	}
	if c.cfg.Form == FormPacked {
		return contract.PackState(payload)
	}
	return payload
}
