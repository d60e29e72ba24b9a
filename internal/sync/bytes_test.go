package sync_test

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"testing"
	"time"

	link "lockerd/internal/sync"
)

// meagre is a connection that ends after so many bytes, in the middle of whatever they are.
type meagre struct {
	net.Conn
	sends, hears *atomic.Int64 // bytes that are left, to the broker and from it
}

func (m meagre) Write(p []byte) (int, error) {
	left := max(0, m.sends.Add(-int64(len(p)))+int64(len(p)))
	if int64(len(p)) <= left {
		return m.Conn.Write(p)
	}
	n, _ := m.Conn.Write(p[:left])
	_ = m.Close()
	return n, io.ErrClosedPipe
}

func (m meagre) Read(p []byte) (int, error) {
	n, err := m.Conn.Read(p[:min(len(p), 1)])
	if m.hears.Add(-int64(n)) < 0 {
		_ = m.Close()
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}

// TestClosedAtEveryByte: each connection lasts for one byte more than the one before, through CONNECT, SUBSCRIBE and records in one direction, and
// CONNACK, SUBACK, PUBACKs and acks in the other. No record is passed over, none comes in another order, and all come in the end.
func TestClosedAtEveryByte(t *testing.T) {
	t.Parallel()
	const plenty = 1 << 20
	for name, most := range map[string]int64{"what the cabinet says": 1200, "what the broker says": 100} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
				m := &moody{broker: b, t: t, name: "fine"}
				b.onPub = m.takes
				dice := rand.New(rand.NewPCG(1, uint64(most)))
				var lasts atomic.Int64
				l.DialWith(func(ctx context.Context) (net.Conn, error) {
					conn, err := b.dial(ctx)
					if err != nil || lasts.Load() > most {
						return conn, err
					}
					ends := meagre{conn, new(atomic.Int64), new(atomic.Int64)}
					ends.sends.Store(plenty)
					ends.hears.Store(plenty)
					if name == "what the cabinet says" {
						ends.sends.Store(lasts.Load())
					} else {
						ends.hears.Store(lasts.Load())
					}
					lasts.Add(1)
					return ends, nil
				})
				c.grow(8)
				run(t, l)
				for range 3000 {
					c.grow(1)
					l.Grown()
					pass(time.Minute)
					if m.acks(dice); lasts.Load() > most {
						break
					}
				}
				if lasts.Load() <= most {
					t.Fatalf("want %d connections that end early, got %d", most, lasts.Load())
				}
				for range 60 {
					pass(time.Minute)
					b.write(ack(m.have)) // not by acks: its deadline ends the connection
				}
				if _, last := c.Last(); m.have != last || last == 0 {
					t.Errorf("the cloud has %d of %d records", m.have, last)
				}
				b.write(ack(m.have))
				if pass(time.Second); c.Confirmed() != m.have {
					t.Errorf("the cabinet knows of %d, the cloud has %d", c.Confirmed(), m.have)
				}
				if faults := l.Gauges().Faults; len(faults) != 0 {
					t.Errorf("want no fault that stays, got %+v", faults)
				}
			})
		})
	}
}
