package cabinet

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	stdsync "sync"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"lockerd/internal/journal"
	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/metrics"
	"lockerd/internal/remote"
	"lockerd/internal/scanner"
	"lockerd/internal/sync"
	"lockerd/internal/ui"
)

// instruments are measurements: they reach the technician's screens without the rules, for reading only.
type instruments struct {
	cfg     *Config
	version string
	memory  *journal.Journal
	lines   *lockboard.Lines
	cloud   *sync.Link
	mark    *journal.Marker
	photos  remote.Photos
	before  uint64 // the newest record before this run
	meter   *metrics.Meter
	started time.Time
	poster  func() string // what is wrong with it; nil without one

	mu    stdsync.Mutex
	scans []ui.Scan // the newest last
	// logLines are the records that are shown, as of the record logged.
	logLines []ui.LogLine
	logged   uint64
}

const (
	scansShown = 20
	logRead    = 1000 // records that are looked at for the log
	tailShown  = 3    // characters of a parcel's number: to tell one from the next
)

// scanned notes that a scan came, but not its text: of what may be somebody's code or badge nothing.
func (i *instruments) scanned(name, text string, c scanner.Claim) {
	i.meter.Scanned(name)
	s := ui.Scan{At: time.Now(), Scanner: name, Own: c.Personal, Length: utf8.RuneCountInString(text)}
	if runes := []rune(text); c.Known {
		s.Tail = string(runes[max(0, len(runes)-tailShown):])
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.scans = append(i.scans, s)
	if len(i.scans) > scansShown {
		i.scans = slices.Delete(i.scans, 0, len(i.scans)-scansShown)
	}
}

// Measure reads the measurements that a step shows.
func (i *instruments) Measure(_ context.Context, step locker.Step) ui.Measured {
	i.mu.Lock()
	m := ui.Measured{Scans: slices.Clone(i.scans)}
	i.mu.Unlock()
	slices.Reverse(m.Scans)
	at, bus, found := i.lines.Progress()
	m.Survey = ui.Survey{Done: at.Done, Total: at.Total, Bus: bus, Baud: at.Baud, Family: at.Family, Address: at.Address, Found: found}
	for _, b := range i.cfg.Buses {
		for _, g := range i.lines.Bus(b.Name).Gauges() {
			m.Lines = append(m.Lines, line(b, g))
		}
	}
	g := i.cloud.Gauges()
	m.Link = ui.Link{Broker: i.cfg.Cloud.Broker, Since: g.Since, Backlog: g.Backlog, InFlight: g.InFlight,
		Confirmed: g.Confirmed, Connections: g.Connections, Unsigned: i.cfg.Cloud.AllowUnsigned,
		UnsignedAcks: i.cfg.Cloud.Unproven(), Faults: append(slices.Clip(g.Faults), i.mark.Faults()...)}
	switch step {
	case locker.StepLog:
		m.Log = i.log()
	case locker.StepAbout:
		m.Versions = i.versions()
	default: // neither
	}
	return m
}

// line is a board's gauge for the screen.
func line(b Bus, g lockboard.Gauge) ui.Line {
	l := ui.Line{Bus: b.Name, Port: b.Port, Board: g.Board, Family: g.Family, Asked: g.Asked, Answered: g.Answered,
		Silent: g.Silent, Garbled: g.Garbled, Refused: g.Refused, Reports: g.Reports, Last: g.Last, Took: g.Took, Damaged: g.Damaged,
		Lost: g.Lost, Why: g.Why, Refusal: string(g.RefusedWhy), RefusedOf: g.RefusedOf}
	for i, n := range g.Times {
		bin := ui.Bin{Count: n}
		if i < len(lockboard.TimeBounds) {
			bin.Most = lockboard.TimeBounds[i]
		}
		l.Times = append(l.Times, bin)
	}
	return l
}

// log is the newest records for the technician, the newest first. It is read again only when the journal has grown.
func (i *instruments) log() []ui.LogLine {
	_, last := i.memory.Last()
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.logged == last && i.logLines != nil {
		return i.logLines
	}
	records, err := i.memory.Outgoing(last-min(last, logRead), logRead)
	if err != nil {
		return []ui.LogLine{{Unreadable: err.Error()}}
	}
	i.logged, i.logLines = last, ui.LogOf(records)
	return i.logLines
}

func (i *instruments) versions() []ui.Fact {
	epoch, last := i.memory.Last()
	facts := []ui.Fact{
		{Name: "cabinet", Value: i.cfg.Cabinet}, {Name: "version", Value: i.version}, {Name: "go", Value: runtime.Version()},
		{Name: "started", Value: i.started.Format(time.DateTime)}, {Name: "journal", Value: string(i.memory.Origin())},
		{Name: "epoch", Value: epoch}, {Name: "records", Value: fmt.Sprint(last)},
	}
	if i.poster != nil {
		if problem := i.poster(); problem != "" {
			facts = append(facts, ui.Fact{Name: "poster", Value: problem})
		}
	}
	var kernel unix.Utsname
	if unix.Uname(&kernel) == nil {
		facts = append(facts, ui.Fact{Name: "kernel", Value: unix.ByteSliceToString(kernel.Release[:])})
	}
	if info, err := os.Stat(i.cfg.Journal); err == nil {
		facts = append(facts, ui.Fact{Name: "size", Value: fmt.Sprintf("%d kB", info.Size()>>10)})
	}
	return facts
}

// Photo opens the photo of a record.
func (i *instruments) Photo(_ context.Context, seq uint64) ([]byte, error) {
	return i.photos.BySeq(seq)
}
