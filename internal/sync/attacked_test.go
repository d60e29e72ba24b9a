package sync_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	link "lockerd/internal/sync"
)

// moods are how a link may be for a while.
var moods = map[string]func(*broker){
	"fine":            func(*broker) {},
	"refuses":         func(b *broker) { b.refused = true },
	"breaks":          func(b *broker) { b.shut() },
	"refuses us":      func(b *broker) { b.greet = []byte{0x20, 2, 0, 5}; b.shut() },
	"half open":       func(b *broker) { b.gone = true },
	"a black hole":    func(b *broker) { b.gone = true; b.shut() },
	"does not ack":    func(b *broker) { b.mute = true },
	"takes no wishes": func(b *broker) { b.noSub = true; b.shut() },
	"denies":          func(b *broker) { b.granted = 0x80; b.shut() },
	"garbage":         func(b *broker) { b.greet = []byte("HTTP/1.1 400 Bad Request\r\n\r\n"); b.shut() },
}

// moody is a broker whose link is now so and now otherwise, and the cloud behind it.
type moody struct {
	*broker
	t    *testing.T
	name string
	have uint64 // what the cloud has, without a gap
}

// mood sets how the link is.
func (m *moody) mood(name string) {
	m.with(func() {
		b := m.broker
		if b.gone { // what it has swallowed comes on no connection any more
			b.shut()
		}
		b.refused, b.greet, b.gone, b.mute, b.noSub, b.granted = false, nil, false, false, false, 1
		m.name = name
		moods[name](b)
	})
}

// dialAny is a dial that a black hole lets wait for ever.
func (m *moody) dialAny(ctx context.Context) (net.Conn, error) {
	var hole bool
	if m.with(func() { hole = m.name == "a black hole" }); hole {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return m.dial(ctx)
}

// takes is the cloud's: it has what follows what it had, and whatever else comes it must have had before.
func (m *moody) takes(p *packets.PublishPacket) {
	if !strings.HasSuffix(p.TopicName, "/events") {
		return
	}
	var seq uint64
	if _, err := fmt.Sscanf(describe(p), "events %d", &seq); err != nil || seq > m.have+1 {
		m.t.Errorf("%s came, and the cloud has %d", describe(p), m.have)
	}
	m.have = max(m.have, seq)
}

// acks are sent by the cloud, by and by, where anybody hears them.
func (m *moody) acks(dice *rand.Rand) {
	var seq uint64
	var conn net.Conn
	m.with(func() {
		if m.name == "fine" && m.have > 0 {
			seq, conn = 1+dice.Uint64N(m.have), m.conn
			if dice.IntN(2) == 0 {
				seq = m.have
			}
		}
	})
	if conn != nil {
		_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = conn.Write(ack(seq))
		_ = conn.SetWriteDeadline(time.Time{}) // or what the broker answers a second later would end the connection
	}
}

// TestWhateverALinkDoes: for an hour a link is refused, cut, half open, deaf, or fine, as it comes. Nothing is passed over, the
// broker is not stormed, and three minutes after the last trouble the cloud has everything and the cabinet knows.
func TestWhateverALinkDoes(t *testing.T) {
	t.Parallel()
	names := slices.Sorted(maps.Keys(moods))
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
				dice := rand.New(rand.NewPCG(seed, 3))
				m := &moody{broker: b, t: t, name: "fine"}
				b.onPub = m.takes
				l.DialWith(m.dialAny)
				run(t, l)
				for end := time.Now().Add(time.Hour); time.Now().Before(end); {
					m.mood(names[dice.IntN(len(names))])
					for range 1 + dice.IntN(6) {
						c.grow(dice.IntN(8))
						l.Grown()
						pass(time.Duration(1+dice.IntN(15_000)) * time.Millisecond)
						m.acks(dice)
					}
				}
				if n, _ := b.counts(); n > 3600/2 {
					t.Errorf("the broker was asked for %d connections in an hour", n)
				}
				m.mood("fine")
				c.grow(3)
				l.Grown()
				for range 18 {
					pass(10 * time.Second)
					m.acks(dice)
				}
				pass(time.Second)
				if _, last := c.Last(); m.have != last || c.Confirmed() == 0 {
					t.Errorf("three minutes after the last trouble: the cloud has %d of %d, %d are confirmed", m.have, last, c.Confirmed())
				}
				b.write(ack(m.have))
				if pass(time.Second); c.Confirmed() != m.have {
					t.Errorf("the cabinet knows of %d, the cloud has %d", c.Confirmed(), m.have)
				}
			})
		})
	}
}
