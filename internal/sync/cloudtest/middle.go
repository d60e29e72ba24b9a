package cloudtest

import (
	"net"
	"sync"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// A Middle is a man in the middle between a cabinet and its broker who reads MQTT: its hooks let pass, drop, double, change and invent.
// Without one, everything passes.
type Middle struct {
	fromCabinet, toCabinet hook

	to     string
	listen net.Listener
	mu     sync.Mutex // over the hooks, and what is below
	conns  map[net.Conn]bool
	closed bool
}

// Wire is where a hook's packet came from, and where it goes.
type Wire struct {
	middle   *Middle
	from, to net.Conn
	invented uint16
}

// first is the lowest id of an invented message; a cabinet numbers its own from 1.
const first = 60000

// Pass lets packets go on.
func (w *Wire) Pass(all ...packets.ControlPacket) {
	for _, p := range all {
		_ = p.Write(w.to)
	}
}

// Later lets a packet go on after a while: what comes meanwhile overtakes it.
func (w *Wire) Later(after time.Duration, p packets.ControlPacket) {
	time.AfterFunc(after, func() {
		w.middle.mu.Lock()
		defer w.middle.mu.Unlock()
		w.Pass(p)
	})
}

// Taken tells whoever has sent a message that it was taken, as its broker or cabinet would.
func (w *Wire) Taken(p *packets.PublishPacket) {
	if p.Qos == 0 {
		return
	}
	ack := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
	ack.MessageID = p.MessageID
	_ = ack.Write(w.from)
}

// Invent sends a message that nobody has sent. What is said to it comes to nobody.
func (w *Wire) Invent(p *packets.PublishPacket) {
	other := *p
	w.invented++
	if other.Qos > 0 {
		other.MessageID = first + w.invented%1000
	}
	_ = other.Write(w.to)
}

// hook takes a packet in the place of whom it is for.
type hook func(w *Wire, p packets.ControlPacket)

// Twist has those who connect from now on meet hooks on the way from the cabinet and to it; nil: everything passes.
func (m *Middle) Twist(from, to func(w *Wire, p packets.ControlPacket)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fromCabinet, m.toCabinet = from, to
}

func (m *Middle) hooks() (from, to hook) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.fromCabinet, m.toCabinet
}

// NewMiddle stands before a host and port until the test ends.
func NewMiddle(t *testing.T, to string) *Middle {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &Middle{to: to, listen: l, conns: map[net.Conn]bool{}}
	var serving sync.WaitGroup
	serving.Go(m.serve)
	t.Cleanup(func() {
		_ = l.Close()
		m.mu.Lock()
		m.closed = true
		for c := range m.conns {
			_ = c.Close()
		}
		m.mu.Unlock()
		serving.Wait()
	})
	return m
}

// Addr is where it listens, host and port.
func (m *Middle) Addr() string { return m.listen.Addr().String() }

func (m *Middle) serve() {
	var pumps sync.WaitGroup
	defer pumps.Wait()
	for {
		near, err := m.listen.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", m.to)
		if err != nil || !m.keep(near, far) {
			_ = near.Close()
			continue
		}
		from, to := m.hooks()
		pumps.Go(func() { m.pump(&Wire{middle: m, from: near, to: far}, from) })
		pumps.Go(func() { m.pump(&Wire{middle: m, from: far, to: near}, to) })
	}
}

func (m *Middle) keep(pair ...net.Conn) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range pair {
		m.conns[c] = true
	}
	if m.closed {
		for _, c := range pair {
			_ = c.Close()
		}
	}
	return !m.closed
}

func (m *Middle) pump(w *Wire, hook func(*Wire, packets.ControlPacket)) {
	defer w.from.Close()
	defer w.to.Close()
	for {
		p, err := packets.ReadPacket(w.from)
		if err != nil {
			return
		}
		if ack, is := p.(*packets.PubackPacket); is && ack.MessageID >= first {
			continue // of what was invented
		}
		m.mu.Lock()
		if hook == nil {
			w.Pass(p)
		} else {
			hook(w, p)
		}
		m.mu.Unlock()
	}
}
