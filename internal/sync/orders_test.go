package sync_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"lockerd/internal/locker"
	link "lockerd/internal/sync"
)

// unlock is a signed order to open a door; plainUnlock is what was signed.
func unlock(id string) string { return sign(plainUnlock(id)) }

func plainUnlock(id string) string {
	return fmt.Sprintf(`{"id":%q,"cabinet":"demo-1","kind":"door.unlock","issued":"2026-11-24T11:22:33Z",`+
		`"expires":"2026-11-24T11:27:33Z","body":{"door":7,"reason":"the recipient called"}}`, id)
}

func TestOrderIsAcknowledgedOnceRecorded(t *testing.T) {
	t.Parallel()
	scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		var broken atomic.Bool
		broken.Store(true)
		c.do = func(locker.OrderReceived) error {
			if broken.Load() {
				return errors.New("no space left on device")
			}
			return nil
		}
		run(t, l)
		pass(0)
		b.write(order(7, unlock("o1")))
		pass(10 * time.Second)
		if _, tried := c.orders(); tried < 2 || len(b.acked) != 0 {
			t.Fatalf("while nothing can be recorded: want it tried again and not acknowledged, got %d tries, %v", tried, b.acked)
		}
		if b.count != 1 {
			t.Errorf("while nothing can be recorded: want the connection kept, got %d", b.count)
		}
		b.cut() // a broker sends what was not acknowledged again on the next connection
		pass(time.Minute)
		b.write(order(1, unlock("o1")))
		broken.Store(false)
		pass(time.Minute)
		done, _ := c.orders()
		if len(done) != 1 || done[0].ID != "o1" || done[0].Unlock == nil || done[0].Unlock.Door != 7 {
			t.Fatalf("want the order once, got %+v", done)
		}
		equal(t, "acknowledged", []uint16{1}, b.acked)
	})
}

func TestFloodOfOrders(t *testing.T) {
	t.Parallel()
	scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		gate := make(chan struct{})
		c.do = func(locker.OrderReceived) error { <-gate; return nil }
		run(t, l)
		pass(0)
		for i := range 3000 {
			b.write(order(uint16(i+1), unlock(fmt.Sprint("o", i))))
		}
		pass(0)
		close(gate)
		pass(0)
		done, _ := c.orders()
		if over := len(done) - link.OrderRoom; over < 0 || over > 1 || len(b.acked) != len(done) {
			t.Fatalf("want %d orders followed and acknowledged, got %d and %d", link.OrderRoom, len(done), len(b.acked))
		}
		for i, o := range done {
			if want := fmt.Sprint("o", i); want != o.ID {
				t.Fatalf("order %d: want %s, got %s", i, want, o.ID)
			}
		}
		pass(time.Minute)
		if b.count != 2 {
			t.Errorf("want a new connection for those that found no room, got %d", b.count)
		}
	})
}

func TestFloodOfRubbishIsSlowed(t *testing.T) {
	t.Parallel()
	scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		run(t, l)
		pass(0)
		for i := range 100 {
			b.write(order(uint16(i+1), sign(fmt.Sprintf(`{"id":"o%d","kind":"door.open"}`, i))))
		}
		pass(10 * time.Second)
		if done, _ := c.orders(); len(done) < 5 || len(done) > 12 {
			t.Errorf("want about one refusal a second on disk, got %d in ten", len(done))
		}
	})
}

// Whatever a broker sends, the link lives, and works with the next broker.
func TestHostileBroker(t *testing.T) {
	t.Parallel()
	long := bytes.Repeat([]byte("x"), 1<<20)
	suback := func(id byte) []byte { return []byte{0x90, 12, 0, id, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1} }
	for name, raw := range map[string][]byte{
		"a packet of 256 MB that is none":      {0x40, 0xff, 0xff, 0xff, 0x7f, 1},
		"a length of five digits":              {0x30, 0xff, 0xff, 0xff, 0xff, 0x7f},
		"more answers than questions":          suback(1),
		"the same later":                       suback(2),
		"kind 0":                               {0x00, 0},
		"kind 15":                              {0xf0, 0},
		"a publish without a topic":            {0x30, 0},
		"a topic longer than its packet":       {0x32, 4, 0xff, 0xff, 'x', 'y'},
		"QoS 3":                                {0x36, 5, 0, 1, 'x', 0, 1},
		"QoS 2":                                message("orders", 2, false, 1, []byte(unlock("q2"))),
		"PUBREC, PUBREL, PUBCOMP":              {0x50, 2, 0, 1, 0x62, 2, 0, 1, 0x70, 2, 0, 1},
		"a connect, a subscribe":               {0x10, 0, 0x82, 0},
		"a second greeting":                    {0x20, 2, 0, 0},
		"pings nobody asked for":               bytes.Repeat([]byte{0xd0, 0}, 1000),
		"PUBACKs from the future":              bytes.Repeat(puback(4711), 1000),
		"another topic":                        message("presence", 1, true, 3, []byte("x")),
		"an order of a megabyte":               message("orders", 1, false, 5, long),
		"an ack of a megabyte":                 message("acks", 0, false, 0, long),
		"a retained order":                     message("orders", 1, true, 6, []byte(unlock("kept"))),
		"an empty order":                       message("orders", 1, false, 6, nil),
		"a flood of QoS 0":                     bytes.Repeat(message("orders", 0, false, 0, []byte("{}")), 3000),
		"a flood of acks that are none":        bytes.Repeat(message("acks", 1, false, 8, []byte("{")), 3000),
		"the hangup in the middle of an order": order(9, unlock("cut"))[:30],
	} {
		t.Run(name, func(t *testing.T) {
			scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
				run(t, l)
				pass(0)
				b.write(raw)
				pass(time.Second)
				b.cut()
				pass(2 * time.Hour)
				b.take()
				c.grow(1)
				l.Grown()
				b.write(order(100, unlock("good")))
				pass(time.Second)
				equal(t, "the next record", events(1, 1), b.take())
				done, _ := c.orders()
				if !slices.ContainsFunc(done, func(o locker.Order) bool { return o.ID == "good" && o.Refusal == "" }) {
					t.Errorf("want the next order followed, got %v", done)
				}
			})
		})
	}
}

// forged is an order that nobody whom we know has signed, though it says so.
func forged(i int) string { return signBy(stranger, plainUnlock(fmt.Sprint("forged", i))) }

// before counts what was done before an order.
func before(done []locker.Order, id string) int {
	return slices.IndexFunc(done, func(o locker.Order) bool { return o.ID == id && o.Refusal == "" })
}

// A thousand forged orders do not keep a true one waiting: they are told apart before anything waits, and what is said of
// them is said by and by.
func TestForgedOrdersDelayNobody(t *testing.T) {
	t.Parallel()
	scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		c.do = func(locker.OrderReceived) error { time.Sleep(5 * time.Millisecond); return nil } // a disk
		run(t, l)
		pass(0)
		for i := range 5000 {
			b.write(order(uint16(i+1), forged(i)))
		}
		b.write(order(6000, unlock("true")))
		pass(100 * time.Millisecond)
		done, _ := c.orders()
		if n := before(done, "true"); n < 0 || n > 1 {
			t.Fatalf("want the true order followed within 100 ms, and at most one other recorded before it; got %d, of %d",
				n, len(done))
		}
		if len(b.acked) != 5001 || b.count != 1 {
			t.Errorf("want all acknowledged on one connection, got %d on %d", len(b.acked), b.count)
		}
		pass(9 * time.Second)
		if done, _ := c.orders(); len(done) < 5 || len(done) > 12 || !done[len(done)-1].Unproven {
			t.Errorf("want about one refusal a second on disk, got %d in nine", len(done))
		}
		if n := strings.Count(c.log.String(), "\n"); n > 30 {
			t.Errorf("want a log that can be read, got %d lines", n)
		}
		pass(time.Hour)
		if log := c.log.String(); !strings.Contains(log, "not_told=") {
			t.Errorf("want it in the log how many were thrown away, got\n%s", log)
		}
	})
}

// A single order that is signed with the wrong key is answered, on whichever connection.
func TestForgedOrderIsAnswered(t *testing.T) {
	t.Parallel()
	scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		run(t, l)
		pass(0)
		b.write(order(1, forged(1)))
		b.write(order(2, forged(2)))
		pass(0)
		b.cut()
		pass(10 * time.Second)
		done, _ := c.orders()
		if len(done) != 2 || done[1].ID != "forged2" || done[1].Refusal != "the signature is wrong" || !done[1].Unproven {
			t.Errorf("want both refused, got %+v", done)
		}
	})
}

// How long it takes to tell a forged order from a true one: a thousand may take 100 ms.
func BenchmarkForgedOrder(b *testing.B) {
	k, message := newKeys(b), []byte(forged(1))
	for b.Loop() {
		if o := link.ReadOrder(message, false, false, k); !o.Unproven {
			b.Fatal("taken for true")
		}
	}
}

func TestLongOrderDoesNotEndTheConnection(t *testing.T) {
	t.Parallel()
	scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		run(t, l)
		pass(0)
		b.write(order(5, `{"id":"big","cabinet":"`+strings.Repeat("x", 1<<20)+`"}`))
		pass(2 * time.Second)
		b.write(order(6, unlock("next")))
		pass(2 * time.Second)
		done, _ := c.orders()
		if len(done) != 2 || done[0].ID != "big" || done[0].Refusal != "longer than 81920 bytes" || done[1].ID != "next" {
			t.Errorf("want the long one refused and the next one followed, got %+v", done)
		}
		equal(t, "acknowledged", []uint16{5, 6}, b.acked)
		if b.count != 1 {
			t.Errorf("want one connection, got %d", b.count)
		}
	})
}

// FuzzWire: no bytes make paho's reader panic behind our guard, or take more than the longest packet.
func FuzzWire(f *testing.F) {
	f.Add([]byte{0x20, 2, 0, 0})
	f.Add(order(1, unlock("o")))
	f.Add([]byte{0x90, 4, 0, 1, 1, 1, 0x40, 2, 0, 1})
	f.Add(order(1, strings.Repeat("x", 100_000)))
	f.Add([]byte{0x30, 0xff, 0xff, 0x7f, 0, 1, 'x'})
	f.Fuzz(func(t *testing.T, raw []byte) {
		w := link.NewWire(&stream{Reader: bytes.NewReader(raw)})
		for {
			p, err := packets.ReadPacket(w)
			if err != nil {
				return
			}
			if p, ok := p.(*packets.PublishPacket); ok && len(p.Payload) > 88<<10 {
				t.Fatalf("a payload of %d bytes came through", len(p.Payload))
			}
		}
	})
}

// stream is a connection of which only Read is used.
type stream struct {
	net.Conn
	*bytes.Reader
}

func (s *stream) Read(p []byte) (int, error) { return s.Reader.Read(p) }
