package metrics

import (
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
)

// render makes the page as of now. One goroutine at a time may call it.
func (m *Meter) render() []byte {
	p := make(page)
	sum := m.Summary()
	p.put(build, 1, m.from.Version, runtime.Version())
	p.truth(inOrder, sum.Service == "ok")
	p.put(loopAge, m.loopAge().Seconds())
	now := m.from.Clock()
	p.truth(clockKnown, now.Known)
	p.put(clockJump, now.Jump.Seconds())
	m.faults(p)
	m.doors(p, sum)
	m.counted(p)
	p.spread(appendTime, m.appended.spread())
	p.spread(frameTime, m.framed.spread())
	p.spread(openedTime, m.opened.spread())
	m.boards(p)
	m.journal(p, now)
	m.cloud(p)
	m.disks(p)
	temperatures(p, "/sys/class")
	process(p, "/proc/self")
	return p.text()
}

// loopAge is how long ago the controller's loop was seen running.
func (m *Meter) loopAge() time.Duration { return time.Since(m.began) - time.Duration(m.beat.Load()) }

// FaultKinds are all kinds of faults, as locker.Fault lists them: those that there are none of are shown, too.
var FaultKinds = []string{
	"board_lost", "scanner_lost", "camera_lost", "terminal_lost", "payment_uncertain", "tamper", "mains", "door_blocked", "door_left_open", "door_doubtful",
	"clock_unknown", "clock_doubted", "typing_locked", "journal_unwritable", "breaker", "finding", "setup", "parcel_overdue",
	"parcel_refused", "parcel_held", "parcel_closed", "source_muted", "cloud_unusable", "cloud_refused", "cloud_backlog", "cloud_twin",
	"cloud_unproven", "cloud_disagrees", "mark_unwritten", "key_lost",
}

// faults are counted by their kind, and say which scanners and cameras are lost.
func (m *Meter) faults(p page) {
	n, lost := make(map[string]int), make(map[[2]string]bool)
	for _, kind := range FaultKinds {
		n[kind] = 0
	}
	for _, f := range m.every() {
		n[f.Kind]++
		lost[[2]string{f.Kind, f.What}] = true
	}
	for _, kind := range slices.Sorted(maps.Keys(n)) {
		p.put(faults, float64(n[kind]), kind)
	}
	for _, name := range m.from.Plan.Scanners {
		p.truth(scannerUp, !lost[[2]string{"scanner_lost", name}], name)
	}
	for _, name := range m.from.Plan.Cameras {
		p.truth(cameraUp, !lost[[2]string{"camera_lost", name}], name)
	}
}

var (
	states   = []locker.DoorState{locker.Closed, locker.Open, locker.Unknown}
	contents = []string{"empty", "reserved", "parcel", "overdue", "refused", "sent", "kept", "held", "closed", "collected", "doubtful"}
)

// doors are counted by their sizes: one series each would be 2,400 of a large cabinet.
func (m *Meter) doors(p page, sum locker.Summary) {
	n := make(map[[3]string]int)
	for _, d := range sum.Doors {
		n[[3]string{d.Size, "is", string(d.State)}]++
		n[[3]string{d.Size, "holds", d.Contents}]++
		n[[3]string{"", "blocked", string(d.Blocked)}]++
	}
	for _, size := range m.from.Plan.Sizes {
		for _, s := range states {
			p.put(doors, float64(n[[3]string{size.Name, "is", string(s)}]), size.Name, string(s))
		}
		for _, c := range contents {
			p.put(doorsHolding, float64(n[[3]string{size.Name, "holds", c}]), size.Name, c)
		}
		p.put(doorsFree, float64(sum.Free[size.Name]), size.Name)
	}
	for _, why := range append(locker.BlockReasons(), locker.BlockRestless) {
		p.put(doorsBlocked, float64(n[[3]string{"", "blocked", string(why)}]), string(why))
	}
	waiting := sum.Parcels - sum.Overdue - sum.Refused - sum.Sent - sum.Kept - sum.Held - sum.Closed
	p.put(parcels, float64(waiting), "waiting")
	p.put(parcels, float64(sum.Overdue), "overdue")
	p.put(parcels, float64(sum.Refused), "refused")
	p.put(parcels, float64(sum.Sent), "sent")
	p.put(parcels, float64(sum.Kept), "kept")
	p.put(parcels, float64(sum.Held), "held")
	p.put(parcels, float64(sum.Closed), "closed")
}

func (m *Meter) counted(p page) {
	m.mu.Lock()
	defer m.mu.Unlock()
	byLabel := func(a, b counted) int { return strings.Compare(a.label, b.label) }
	for _, c := range slices.SortedFunc(maps.Keys(m.counts), byLabel) {
		if n := float64(m.counts[c]); len(c.labels) > 0 {
			p.put(c.family, n, c.label)
		} else {
			p.put(c.family, n)
		}
	}
}

// boardBounds are lockboard.TimeBounds in seconds.
var boardBounds = func() (list []float64) {
	for _, b := range lockboard.TimeBounds {
		list = append(list, b.Seconds())
	}
	return list
}()

func (m *Meter) boards(p page) {
	if m.lines == nil {
		return
	}
	for _, line := range m.lines.Configs() {
		bus := m.lines.Bus(line.Name)
		p.truth(lineShut, bus.Shut(), line.Name)
		for _, g := range bus.Gauges() {
			at := []string{line.Name, strconv.Itoa(g.Board)}
			p.truth(boardLost, g.Lost, append(at, g.Family)...)
			p.put(exchanges, float64(g.Answered), append(at, "answered")...)
			p.put(exchanges, float64(g.Silent), append(at, "silent")...)
			p.put(exchanges, float64(g.Garbled), append(at, "garbled")...)
			p.put(lateAnswers, float64(g.Late), at...)
			p.put(refusals, float64(g.Refused), at...)
			p.put(reports, float64(g.Reports), at...)
			p.put(damage, g.Damaged, at...)
			p.put(interval, g.Interval.Seconds(), at...)
			p.spread(boardAnswers, spread{boardBounds, g.Times[:], g.Spent.Seconds()}, at...)
		}
	}
}

func (m *Meter) journal(p page, now locker.Now) {
	if m.from.Journal == nil {
		return
	}
	_, last := m.from.Journal.Last()
	has := m.from.Journal.Confirmed()
	p.put(journalLast, float64(last))
	p.put(confirmed, float64(has))
	p.put(backlog, float64(last-min(has, last)))
	if info, err := os.Stat(m.from.File); err == nil {
		p.put(journalSize, float64(info.Size()))
	}
	age := func(at time.Time) float64 { return max(0, now.Wall.Sub(at).Seconds()) }
	if err := m.notices.look(m.from.Journal); err != nil {
		m.log.Warn("metrics: the journal cannot be read", "err", err)
		return
	}
	oldest := 0.0
	if len(m.notices.list) > 0 {
		oldest = age(m.notices.list[0].at)
	}
	p.put(oldestNotice, oldest)
	switch first, err := m.from.Journal.Outgoing(has, 1); {
	case err != nil:
	case len(first) == 0:
		p.put(oldestRecord, 0)
	default:
		p.put(oldestRecord, age(madeAt(first[0])))
	}
}

func (m *Meter) cloud(p page) {
	g := m.link()
	p.truth(cloudUp, !g.Since.IsZero())
	p.put(cloudSince, float64(g.Connections))
	p.put(cloudBytes, float64(g.Sent), "sent")
	p.put(cloudBytes, float64(g.Received), "received")
	p.put(inFlight, float64(g.InFlight))
}
