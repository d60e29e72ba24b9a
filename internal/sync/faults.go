package sync

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"lockerd/internal/locker"
)

// troubles are problems of the link that it can detect itself. The rules do not know them: the link adds them to the state
// that it publishes.
type troubles struct {
	unusable *unusable // nil: as far as is known the cloud can be used as it is configured
	refused  []string  // topics that the broker does not let us listen to
	backlog  uint64    // so many records wait though we are connected; 0: all is well
	twin     bool      // somebody else connects with our name

	unproven  trouble // acks come that do not count; what is why
	disagrees trouble // the cloud has another record by a name of ours; what is the name
}

// trouble is a problem that messages cause, and that ends when none has come for a while.
type trouble struct {
	what string // of the first; "": there is none
	at   time.Time
}

func (t trouble) over(now time.Time) bool { return t.what != "" && now.Sub(t.at) >= disbeliefOver }

// faults are the troubles as faults of the state.
func (l *Link) faults() []locker.Fault {
	var list []locker.Fault
	if l.troubles.unusable != nil {
		list = append(list, l.troubles.unusable.fault())
	}
	for _, topic := range l.troubles.refused {
		list = append(list, locker.Fault{Kind: "cloud_refused", What: topic, Why: "the broker refuses the subscription",
			Do: "see that its access list lets the cabinet read " + l.topic(topic) + ", and that it takes as many subscriptions"})
	}
	if n := l.troubles.backlog; n != 0 {
		list = append(list, locker.Fault{Kind: "cloud_backlog", Why: fmt.Sprintf("%d records wait, connected", n),
			Do: "see whether the cloud gets the cabinet's events, and acknowledges them"})
	}
	if l.troubles.twin {
		list = append(list, locker.Fault{Kind: "cloud_twin", What: l.clientID(),
			Why: "the broker ends each connection at once, as when another one comes with the same client id",
			Do:  "see whether a second cabinet has this one's name, as after a disk was copied"})
	}
	if t := l.troubles.unproven; t.what != "" {
		list = append(list, locker.Fault{Kind: "cloud_unproven", What: t.what, Why: "acks come that do not count",
			Do: "see that the cloud signs its acks with a key that is listed here, and who else writes to " + l.topic("acks")})
	}
	if t := l.troubles.disagrees; t.what != "" {
		list = append(list, locker.Fault{Kind: "cloud_disagrees", What: t.what, Why: "the cloud acknowledges another record by that name",
			Do: "see whether a second cabinet has this one's name, whether its disk was put back, and whether the cloud hashes " +
				"what it got as it came"})
	}
	return list
}

// trouble changes the troubles, and reports new and ended ones in the log and in the state.
func (l *Link) trouble(change func(*troubles)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.faults()
	change(&l.troubles)
	now := l.faults()
	if slices.Equal(before, now) {
		return
	}
	same := func(list []locker.Fault, f locker.Fault) bool {
		return slices.ContainsFunc(list, func(o locker.Fault) bool { return o.Kind == f.Kind && o.What == f.What })
	}
	for _, f := range now {
		if !same(before, f) {
			l.log.Error("cloud: fault", "kind", f.Kind, "what", f.What, "because", f.Why, "do", f.Do)
		}
	}
	for _, f := range before {
		if !same(now, f) {
			l.log.Info("cloud: fault is over", "kind", f.Kind, "what", f.What)
		}
	}
	l.compose()
	l.Grown()
}

// compose makes the published state from the reported one and the link's own faults.
func (l *Link) compose() {
	l.gauges.Faults = l.faults()
	if l.reported == nil {
		return
	}
	s := *l.reported
	s.Faults = append(slices.Clip(s.Faults), l.gauges.Faults...)
	l.summary = &s
}

// backlog judges whether unconfirmed records increase while the link is connected. It counts connected time only, over any
// number of connections.
type backlog struct {
	at        time.Time     // of the last look; zero: not since we are connected, or nothing waited
	passed    time.Duration // of the present period
	low       uint64        // the fewest records that waited in this period; 0: it has not begun
	confirmed uint64        // the newest confirmed record at its beginning
	base      uint64        // the fewest that waited on this connection
}

const (
	backlogPeriod = 5 * time.Minute  // after which it is judged: acks are due within half a minute
	backlogLook   = 10 * time.Second // how often it is looked at
	backlogSlack  = 64               // so many more are no growth: records come in bursts
)

// join begins a connection. The records that were made without one do not count as a fault.
func (b *backlog) join(waiting uint64) { b.at, b.base = time.Time{}, waiting }

// look receives the number of unconfirmed records and the newest confirmed one. It says whether they are a fault, once that
// is known.
func (b *backlog) look(waiting, confirmed uint64, now time.Time) (fault, known bool) {
	if waiting == 0 {
		*b = backlog{}
		return false, true
	}
	if b.low == 0 {
		b.low, b.confirmed = waiting, confirmed
	}
	if !b.at.IsZero() {
		b.passed += now.Sub(b.at)
	}
	b.at, b.low, b.base = now, min(b.low, waiting), min(b.base, waiting)
	if b.passed < backlogPeriod {
		return false, false
	}
	fault = confirmed == b.confirmed || b.low > b.base+backlogSlack
	b.passed, b.low = 0, 0
	return fault, true
}

// waiting is the number of records that the cloud has not confirmed, and the newest confirmed one.
func (l *Link) waiting() (waiting, confirmed uint64) {
	confirmed = l.journal.Confirmed()
	_, last := l.journal.Last()
	return last - min(confirmed, last), confirmed
}

// watch looks for faults that show during a connection.
func (c *connection) watch(now time.Time) {
	b := &c.backlog
	waiting, confirmed := c.waiting()
	if waiting == 0 || b.at.IsZero() || now.Sub(b.at) >= backlogLook {
		if fault, known := b.look(waiting, confirmed, now); known {
			c.trouble(func(t *troubles) {
				if t.backlog = 0; fault {
					t.backlog = waiting
				}
			})
		}
	}
	if c.twin.told && now.Sub(c.up) >= twinGone {
		c.twinSeen(twinGone, nil)
	}
	c.tellDisbelief(now)
}

// watching is when to check again even if nothing happens; zero: never.
func (c *connection) watching() (at time.Time) {
	if b := &c.backlog; !b.at.IsZero() {
		at = b.at.Add(backlogLook)
	}
	if c.twin.told {
		at = earlier(at, c.up.Add(twinGone))
	}
	return earlier(at, c.disbeliefDue())
}

// twin detects another client with our client id. A broker allows one connection per id: each of the two clients ends the
// other's, and MQTT 3.1.1 does not say why. The sign is that working connections are repeatedly ended by the broker within
// seconds.
type twin struct {
	thrown int // connections in a row
	told   bool
}

const (
	twinTimes = 5               // so many such connections in a row are no chance
	twinGone  = 5 * time.Minute // a connection that stands as long has nobody beside it: longer than either would wait
)

// stood takes how long a connection has stood, and why it ended if it has.
func (w *twin) stood(d time.Duration, worked bool, why error) {
	var slow net.Error
	cutByThem := !errors.Is(why, errChoked) && (!errors.As(why, &slow) || !slow.Timeout())
	switch {
	case d >= twinGone || d > brief && !w.told:
		w.thrown, w.told = 0, false
	case worked && d <= brief && cutByThem:
		if w.thrown++; w.thrown >= twinTimes {
			w.told = true
		}
	}
}

// twinSeen takes how long this connection has stood, and why it ended if it has.
func (c *connection) twinSeen(d time.Duration, why error) {
	c.twin.stood(d, c.out.arrived, why)
	told := c.twin.told
	c.trouble(func(t *troubles) { t.twin = told })
}
