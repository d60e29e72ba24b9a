package sync

import (
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/form"
	"lockerd/internal/locker"
)

// maxAck is the longest ack, in bytes: one of a cabinet's longest name, signed, has some 500.
const maxAck = 1 << 10

// readAck reads an ack for a cabinet. Errors say why it does not count, and repeat nothing of it.
func readAck(message []byte, cabinet string, allowUnsigned bool, s Secrets) (locker.Ack, error) {
	var a locker.Ack
	payload := message
	switch {
	case len(message) > maxAck:
		return a, fmt.Errorf("longer than %d bytes", maxAck)
	case isSigned(message):
		var err error
		if payload, _, err = s.Ack(message); err != nil {
			return a, err
		}
		a.Signed = true
	case !allowUnsigned:
		return a, errUnsigned
	}
	var said contract.Ack
	if err := form.Read(payload, &said); err != nil {
		return locker.Ack{}, err
	}
	switch {
	case said.Cabinet != cabinet:
		return locker.Ack{}, errors.New("for another cabinet")
	case said.Epoch == "" || said.Seq == nil || !contract.IsHash(said.Hash):
		return locker.Ack{}, errors.New("must name an epoch, a seq, and that record's hash in 64 small hex digits")
	}
	a.Epoch, a.Seq = said.Epoch, *said.Seq
	_, _ = hex.Decode(a.Hash[:], []byte(said.Hash))
	return a, nil
}

// hear processes an ack at once. It is never retried: an ack that counts comes again. It is checked here, in paho's one
// goroutine, so that invalid acks never delay valid messages.
func (c *connection) hear(message []byte) {
	a, err := readAck(message, c.cabinet, c.cfg.AllowUnsignedAcks, c.secrets)
	if err != nil {
		c.disbelieve(err, &c.troubles.unproven, err.Error())
		return
	}
	switch err := c.journal.Check(a); {
	case err == nil:
		c.controller.Confirm(a)
	case errors.Is(err, locker.ErrAcked):
	case errors.Is(err, locker.ErrOtherRecord):
		c.disbelieve(err, &c.troubles.disagrees, fmt.Sprintf("%s/%d", a.Epoch, a.Seq))
	default: // of an epoch that was lost with a journal, or the journal cannot be read
		c.disbelieve(err, nil, "")
	}
}

// disbelief counts acks that do not count, so that any number of them costs one log line a minute.
type disbelief struct {
	count  uint64 // since it was told
	all    uint64 // in this run
	why    error  // of the newest
	toldAt time.Time
}

const (
	disbeliefGap  = time.Minute // between two lines of the log
	disbeliefOver = time.Hour   // without another one, and the fault is over
)

// disbelieve notes an ack that does not count, and the trouble that it indicates (or nil): the first of many is reported.
func (l *Link) disbelieve(why error, is *trouble, what string) {
	l.mu.Lock()
	d := &l.disbelief
	d.count, d.all, d.why = d.count+1, d.all+1, why
	first, fresh := d.count == 1, false
	if is != nil {
		fresh, is.at = is.what == "", time.Now()
	}
	l.mu.Unlock()
	if fresh {
		l.trouble(func(*troubles) { is.what = what })
	}
	if first {
		l.Grown()
	}
}

// tellDisbelief reports from time to time what did not count, and when that has ended for long enough.
func (l *Link) tellDisbelief(now time.Time) {
	l.mu.Lock()
	d := &l.disbelief
	due := d.count > 0 && now.Sub(d.toldAt) >= disbeliefGap
	told := *d
	if due {
		d.count, d.toldAt = 0, now
	}
	over := l.troubles.unproven.over(now) || l.troubles.disagrees.over(now)
	l.mu.Unlock()
	if due {
		l.log.Warn("cloud: acks that do not count", "because", told.why, "since_last_told", told.count, "in_this_run", told.all)
	}
	if over {
		l.trouble(func(t *troubles) {
			for _, x := range []*trouble{&t.unproven, &t.disagrees} {
				if x.over(now) {
					*x = trouble{}
				}
			}
		})
	}
}

// disbeliefDue is when to check again even if nothing happens; zero: never.
func (l *Link) disbeliefDue() (at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.disbelief.count > 0 {
		at = l.disbelief.toldAt.Add(disbeliefGap)
	}
	for _, t := range []trouble{l.troubles.unproven, l.troubles.disagrees} {
		if t.what != "" {
			at = earlier(at, t.at.Add(disbeliefOver))
		}
	}
	return at
}
