package main

import (
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
)

// A Broker is the operator's MQTT broker on loopback, with one door for the cabinet and one for the desk, so that the
// cabinet's link can be cut while the desk looks on.
type Broker struct {
	server *mqtt.Server
	link   *Link
	desk   net.Listener
}

// Account is a user of the broker.
type Account struct{ Name, Password string }

// NewBroker starts a broker that lets nobody in but these two, and the cabinet only to its own topics.
func NewBroker(cabinet, desk Account, log *slog.Logger) (*Broker, error) {
	b := &Broker{server: mqtt.New(&mqtt.Options{Logger: log})}
	// Many messages may wait for the desk: one that is dropped is a gap, and one that is held back can be overtaken.
	most := b.server.Options.Capabilities
	most.MaximumInflight, most.ReceiveMaximum, most.MaximumClientWritesPending = 65535, 65535, 65535

	if err := b.server.AddHook(&access{cabinet: cabinet, desk: desk}, nil); err != nil {
		return nil, fmt.Errorf("broker: set rules: %w", err)
	}
	outer, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("broker: listen for the cabinet: %w", err)
	}
	b.link = &Link{Listener: outer, conns: map[net.Conn]bool{}}
	if b.desk, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		outer.Close()
		return nil, fmt.Errorf("broker: listen for the desk: %w", err)
	}
	for id, l := range map[string]net.Listener{"cabinet": b.link, "desk": b.desk} {
		if err := b.server.AddListener(listeners.NewNet(id, l)); err != nil {
			return nil, fmt.Errorf("broker: listen: %w", err)
		}
	}
	if err := b.server.Serve(); err != nil {
		return nil, fmt.Errorf("broker: serve: %w", err)
	}
	return b, nil
}

// CabinetAddr is where the cabinet reaches the broker.
func (b *Broker) CabinetAddr() string { return b.link.Addr().String() }

// DeskAddr is where the desk reaches it.
func (b *Broker) DeskAddr() string { return b.desk.Addr().String() }

// Link is the line between the cabinet and the broker.
func (b *Broker) Link() *Link { return b.link }

// Close stops the broker.
func (b *Broker) Close() error { return b.server.Close() }

// access is who may do what: an operator's broker needs no more rules than these for each of its cabinets.
type access struct {
	mqtt.HookBase
	cabinet, desk Account
}

// Provides is mochi's.
func (a *access) Provides(b byte) bool {
	return b == mqtt.OnConnectAuthenticate || b == mqtt.OnACLCheck
}

// OnConnectAuthenticate lets in the two that have an account.
func (a *access) OnConnectAuthenticate(_ *mqtt.Client, pk packets.Packet) bool {
	who := Account{string(pk.Connect.Username), string(pk.Connect.Password)}
	return who == a.cabinet || who == a.desk
}

// OnACLCheck keeps the cabinet to its own topics, each in one direction.
func (a *access) OnACLCheck(cl *mqtt.Client, topic string, write bool) bool {
	name, own := strings.CutPrefix(topic, "lockerd/v1/"+a.cabinet.Name+"/")
	switch {
	case !own:
		return false
	case string(cl.Properties.Username) == a.desk.Name:
		return true
	case write:
		return name == "presence" || name == "state" || name == "events"
	}
	return name == "orders" || name == "acks"
}

// A Link is a listener whose line can be cut: what is connected is torn off, and whoever comes is turned away.
type Link struct {
	net.Listener
	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]bool
}

// Cut cuts the line, or mends it.
func (l *Link) Cut(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
	if !cut {
		return
	}
	for c := range l.conns {
		c.Close()
	}
}

// State says whether the line is cut and how many are connected through it.
func (l *Link) State() (cut bool, connected int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cut, len(l.conns)
}

// Accept is net.Listener's: it gives what comes through while the line is whole.
func (l *Link) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if w := l.through(c); w != nil {
			return w, nil
		}
	}
}

func (l *Link) through(c net.Conn) net.Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		c.Close()
		return nil
	}
	w := &linked{Conn: c, link: l}
	l.conns[w] = true
	return w
}

// linked is a connection that the link can forget.
type linked struct {
	net.Conn
	link *Link
	once sync.Once
}

// Close is net.Conn's.
func (c *linked) Close() error {
	c.once.Do(func() { go c.link.forget(c) }) // not here: Cut closes with the lock held
	return c.Conn.Close()
}

func (l *Link) forget(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
}
