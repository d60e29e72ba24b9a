package sync

import (
	"context"
	"net"
	"time"
)

// DialWith makes the link use another way to the broker.
func (l *Link) DialWith(dial func(context.Context) (net.Conn, error)) { l.dial = dial }

// PauseFirst sets how soon the link tries again, so that tests against a true broker do not wait.
func (l *Link) PauseFirst(d time.Duration) { l.firstPause = d }

// What the fuzz tests feed.
var (
	ReadOrder = readOrder
	NewWire   = newWire
)

// MaxOrder is the longest order that is read, OrderRoom how many may wait.
const (
	MaxOrder  = maxOrder
	OrderRoom = orderRoom
)
