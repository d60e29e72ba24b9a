package sync

import (
	"context"
	"maps"
	"net"
	"slices"
	"time"

	"lockerd/internal/contract"
)

// DialWith makes the link use another way to the broker.
func (l *Link) DialWith(dial func(context.Context) (net.Conn, error)) { l.dial = dial }

// Pause sets how soon the link tries again, the first time and after many, so that tests against a true broker do not wait:
// how often it tries is chance there.
func (l *Link) Pause(first, long time.Duration) { l.firstPause, l.longPause = first, long }

// What the fuzz tests feed.
var (
	ReadOrder = readOrder
	ReadAck   = readAck
	NewWire   = newWire
)

// DisbeliefOver is how long a fault of acks that do not count stands after the last of them.
const DisbeliefOver = disbeliefOver

// Kinds are the orders of this release.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds)) }

// MaxOrder is the longest order that is read, OrderRoom how many may wait.
const (
	MaxOrder  = contract.MaxOrder
	OrderRoom = orderRoom
)

// Window is the window, to be held against its laws.
type Window struct{ window }

// NewWindow is the window of a new connection.
func NewWindow(size int, doubts bool, confirmed uint64, now time.Time) Window {
	return Window{newWindow(size, doubts, confirmed, now)}
}

func (w *Window) Look(confirmed uint64, now time.Time) bool { return w.look(confirmed, now) }
func (w *Window) Ask(after, last uint64, now time.Time)     { w.ask(after, last, now) }
func (w *Window) Wish() (uint64, bool)                      { return w.wish() }
func (w *Window) Next() (uint64, int)                       { return w.next() }
func (w *Window) Fly(seq uint64) int                        { return w.fly(seq) }
func (w *Window) Land(seq uint64, round int)                { w.land(seq, round) }
func (w *Window) Owed() bool                                { return w.owed() }
func (w *Window) Due() time.Time                            { return w.due() }

// Doubt is the silence of the cloud after which records are sent again, and LongDoubt the longest one.
const (
	Doubt     = doubt
	LongDoubt = longDoubt
)

// HomeID is the name that Home Assistant knows a cabinet by.
func HomeID(cabinet string) string { return (&Link{cabinet: cabinet}).haID() }
