package metrics

import (
	"time"

	"lockerd/internal/locker"
)

// Log is what the controller writes records to.
type Log interface {
	Load() (snapshot []byte, after []locker.Record, err error)
	Append(now locker.Now, events []locker.Event) ([]locker.Record, error)
}

// Counting is a log whose records are counted as they pass.
type Counting struct {
	Log
	Meter *Meter
}

// Append is the log's.
func (c Counting) Append(now locker.Now, events []locker.Event) ([]locker.Record, error) {
	began := time.Now()
	made, err := c.Log.Append(now, events)
	if at := time.Now(); err != nil {
		c.Meter.count(appendFailed, "")
	} else if len(made) > 0 {
		c.Meter.appended.add(at.Sub(began))
		c.Meter.happened(made, at)
	}
	return made, err
}

// kinds are events that are counted by their kind alone.
var kinds = map[string]counted{
	"session.started":    {sessions, ""},
	"code.refused":       {refusedCodes, ""},
	"photo.kept":         {photos, ""},
	"order.accepted":     {orders, "accepted"},
	"order.refused":      {orders, "refused"},
	"door.opened":        {openings, ""},
	"parcel.announced":   {parcelEvents, "announced"},
	"parcel.stored":      {parcelEvents, "stored"},
	"parcel.collected":   {parcelEvents, "collected"},
	"parcel.disputed":    {parcelEvents, "disputed"},
	"parcel.expired":     {parcelEvents, "expired"},
	"parcel.cancelled":   {parcelEvents, "cancelled"},
	"parcel.recalled":    {parcelEvents, "recalled"},
	"parcel.withdrawn":   {parcelEvents, "withdrawn"},
	"parcel.refused":     {parcelEvents, "refused"},
	"parcel.sent":        {parcelEvents, "sent"},
	"parcel.dispatched":  {parcelEvents, "dispatched"},
	"parcel.opened":      {parcelEvents, "opened"},
	"parcel.missing":     {parcelEvents, "missing"},
	"parcel.handed_over": {parcelEvents, "handed_over"},
}

// outcomes are how unlocks end.
var outcomes = []locker.Outcome{locker.Opened, locker.StillClosed, locker.OutcomeUnknown, locker.NotSent}

// whys are why sessions end.
var whys = []string{"finished", "timeout", "over", "next person", "restart", "removed"}

// begin has every counter there from the start: what appears with its first event has no increase that could be seen.
func (m *Meter) begin() {
	for _, c := range kinds {
		m.counts[c] = 0
	}
	for _, kind := range locker.Alarms() {
		m.counts[counted{alarms, kind}] = 0
	}
	for _, o := range outcomes {
		m.counts[counted{unlocks, string(o)}] = 0
	}
	for _, why := range whys {
		m.counts[counted{sessionsOver, why}] = 0
	}
	for _, name := range m.from.Plan.Scanners {
		m.counts[counted{scans, name}] = 0
	}
	m.counts[counted{records, ""}], m.counts[counted{appendFailed, ""}] = 0, 0
}

func (m *Meter) count(f *family, label string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts[counted{f, label}]++
}

// happened counts records that were safe on the disk at the given time.
func (m *Meter) happened(made []locker.Record, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range made {
		m.counts[counted{records, ""}]++
		kind := r.Event.Kind()
		if c, known := kinds[kind]; known {
			m.counts[c]++
		}
		if c := (counted{alarms, kind}); m.has(c) {
			m.counts[c]++
		}
		switch e := r.Event.(type) {
		case locker.SessionEnded:
			m.counts[counted{sessionsOver, e.Why}]++
		case locker.UnlockRequested:
			m.unlocks[e.Unlock] = &unlock{recorded: at}
		case locker.UnlockEnded:
			m.counts[counted{unlocks, string(e.Outcome)}]++
			m.ended(e, at)
		}
	}
}

func (m *Meter) has(c counted) bool {
	_, has := m.counts[c]
	return has
}

// unlock is how far an unlock has come: it is complete with its end and, if the door opened, its frame. Which of them is heard
// of first depends on the lines.
type unlock struct{ recorded, framed, opened time.Time }

// released takes what came of a release.
func (m *Meter) released(r locker.ReleaseEnded) {
	m.mu.Lock()
	defer m.mu.Unlock()
	u := m.unlocks[r.Unlock]
	if u == nil {
		return
	}
	if r.Frame.IsZero() {
		delete(m.unlocks, r.Unlock)
		return
	}
	u.framed = r.Frame
	m.framed.add(max(0, r.Frame.Sub(u.recorded)))
	m.complete(r.Unlock, u)
}

// ended takes how an unlock has ended.
func (m *Meter) ended(e locker.UnlockEnded, at time.Time) {
	u := m.unlocks[e.Unlock]
	switch {
	case u == nil:
	case e.Outcome != locker.Opened:
		delete(m.unlocks, e.Unlock)
	default:
		u.opened = at
		m.complete(e.Unlock, u)
	}
}

func (m *Meter) complete(name string, u *unlock) {
	if u.framed.IsZero() || u.opened.IsZero() {
		return
	}
	m.opened.add(max(0, u.opened.Sub(u.framed)))
	delete(m.unlocks, name)
}
