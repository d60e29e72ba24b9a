package sync

import (
	"context"
	"net"
	"time"
)

// DialWith makes the link use another way to the broker.
func (l *Link) DialWith(dial func(context.Context) (net.Conn, error)) { l.dial = dial }

// Pause sets how soon the link tries again, the first time and after many, so that tests against a true broker do not wait:
// how often it tries is chance there.
func (l *Link) Pause(first, long time.Duration) { l.firstPause, l.longPause = first, long }

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
