// Package embedded is an MQTT broker within lockerdesk, for few cabinets: the first day needs no other. It lets in whom lockerdesk enrol
// has given a password, each under its own name alone, and the desk by a way that does not leave the process.
//
// It keeps nothing on the disk, and nothing is lost by that: a cabinet keeps a record until the desk's signed ack names it and sends it
// again after each connection; an order lies in the books until the cabinet has answered, and is published again when it comes back;
// presence and state come anew with each connection. So cabinets come in while the desk listens, and only then. That nobody is connected when the broker starts is all that is known then, and it
// says so under each cabinet's presence.
package embedded

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
	"golang.org/x/time/rate"
)

// Amounts and times of the broker.
const (
	mostPacket  = 128 << 10 // bytes: an order has up to 81,920, a message of records less
	mostClients = 1_000     // more cabinets need a broker of their own
	mostPending = 4_096     // messages on their way to a client that does not read
	look        = 2 * time.Second
	sayEvery    = 10 * time.Second // lines about refusals in the log
	dialWait    = 20 * time.Second
)

// The ways in.
const (
	inside  = "inside"
	outside = "outside"
)

// Broker is the broker. Run owns it; Dial may be called from anywhere.
type Broker struct {
	cfg    Config
	topics string
	log    *slog.Logger
	server *mqtt.Server
	dialed chan net.Conn // the desk's
	ear    ear

	refusals atomic.Int64 // since the last line about them
	say      rate.Sometimes
}

// New makes a broker, which Run starts. topics is the part of each topic before the cabinet's name.
func New(cfg Config, topics string, log *slog.Logger) *Broker {
	b := &Broker{cfg: cfg, topics: topics, log: log, dialed: make(chan net.Conn), say: rate.Sometimes{Interval: sayEvery}}
	b.ear.open = make(chan struct{})
	return b
}

// String is the owner's name.
func (b *Broker) String() string { return "embedded broker" }

// Dial connects the desk, within the process. It waits for Run for a while.
func (b *Broker) Dial() (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case b.dialed <- far:
		return newEager(near), nil
	case <-time.After(dialWait):
		return nil, errors.Join(errors.New("embedded broker: not running"), near.Close(), far.Close())
	}
}

// ear says whether the desk listens.
type ear struct {
	mu   sync.Mutex
	desk *mqtt.Client  // that listens; nil: none
	open chan struct{} // closed while one does
}

func (e *ear) listens(desk *mqtt.Client) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.desk == nil {
		close(e.open)
	}
	e.desk = desk
}

// deaf says that a connection of the desk's has ended, and whether it was the one that listened.
func (e *ear) deaf(desk *mqtt.Client) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.desk != desk {
		return false
	}
	e.desk, e.open = nil, make(chan struct{})
	return true
}

// client is the desk that listens; nil: none.
func (e *ear) client() *mqtt.Client {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.desk
}

// opened is closed while a desk listens.
func (e *ear) opened() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.open
}

// dismiss ends the connections of all cabinets: the desk's has ended, and what waits for it would come out of order. Each sends again what
// is not acknowledged, once it is back.
func (b *Broker) dismiss() {
	for _, cl := range b.server.Clients.GetByListener(outside) {
		cl.Stop(packets.ErrServerBusy)
	}
}

// refused tells of somebody who was not let in. A name that has not shown its password stays unsaid: it may be a password in the wrong
// place.
func (b *Broker) refused(from, why string) {
	b.refusals.Add(1)
	b.say.Do(func() { b.log.Warn("not let in", "from", from, "why", why, "times", b.refusals.Swap(0)) })
}

// Run serves until ctx is cancelled; then it returns nil. An address that cannot be had, or a certificate that cannot be read, is an error.
func (b *Broker) Run(ctx context.Context) error {
	var secure *tls.Config
	if b.cfg.Certificate != "" {
		c := &certificate{cfg: b.cfg}
		if _, err := c.get(nil); err != nil {
			return err
		}
		secure = &tls.Config{GetCertificate: c.get, MinVersion: tls.VersionTLS12}
	}
	outer, err := net.Listen("tcp", b.cfg.Listen)
	if err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	life, end := context.WithCancel(ctx)
	defer end()
	hook := &access{broker: b, life: life}
	b.server = b.newServer()
	if err := b.start(hook, &entrance{name: outside, listener: outer, accept: b.outer(life, outer, secure), log: b.log},
		&entrance{name: inside, accept: b.inner(life), log: b.log}); err != nil {
		return errors.Join(err, outer.Close())
	}
	b.log.Info("the broker listens", "address", outer.Addr().String(), "tls", secure != nil)
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			_ = b.server.Close() // nothing is kept in it
			return nil
		case <-tick.C:
			b.reload(hook)
		}
	}
}

func (b *Broker) newServer() *mqtt.Server {
	able := mqtt.NewDefaultServerCapabilities()
	able.MaximumClients, able.MaximumPacketSize, able.MaximumClientWritesPending = mostClients, mostPacket, mostPending
	able.MaximumInflight, able.ReceiveMaximum = mostPending, mostPending
	able.MaximumMessageExpiryInterval = 0 // what is retained stays, and an order says itself how long it is meant
	able.SharedSubAvailable, able.WildcardSubAvailable = 0, 1
	// mochi's own lines have payloads in them, and strangers can have it write as many as they like.
	return mqtt.New(&mqtt.Options{Capabilities: able, Logger: slog.New(slog.DiscardHandler), InlineClient: true, SysTopicResendInterval: 3600})
}

// start starts the server, with all cabinets gone.
func (b *Broker) start(hook *access, ways ...*entrance) error {
	b.reload(hook)
	if err := b.server.AddHook(hook, nil); err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	for _, way := range ways {
		if err := b.server.AddListener(way); err != nil {
			return fmt.Errorf("broker: %w", err)
		}
	}
	for _, name := range hook.names() {
		if err := b.server.Publish(hook.topic(name, "presence"), []byte(`{"online":false}`), true, 1); err != nil {
			return fmt.Errorf("broker: %w", err)
		}
	}
	if err := b.server.Serve(); err != nil {
		return fmt.Errorf("broker: %w", err)
	}
	return nil
}

// reload reads the password file, and ends the connections of those who have another password now, or none.
func (b *Broker) reload(hook *access) {
	gone, err := hook.load()
	if err != nil {
		b.log.Error("the password file cannot be read whole", "file", b.cfg.Passwords, "err", err)
	}
	for _, name := range gone {
		if cl, is := b.server.Clients.Get(name); is {
			cl.Stop(packets.ErrNotAuthorized)
			b.log.Warn("a cabinet's password was changed: it has to connect anew", "cabinet", name)
		}
	}
}

// outer waits for connections from outside, while the desk listens.
func (b *Broker) outer(life context.Context, l net.Listener, secure *tls.Config) func() (net.Conn, error) {
	g := newGate()
	return func() (net.Conn, error) {
		for {
			select {
			case <-b.ear.opened():
			case <-life.Done():
				return nil, net.ErrClosed
			}
			c, err := l.Accept()
			if err != nil {
				return nil, err
			}
			from := address(c)
			if g.enter(from) {
				return g.receive(c, from, secure), nil
			}
			_ = c.Close()
			b.refused(c.RemoteAddr().String(), "too many connections")
		}
	}
}

// inner waits for the desk's.
func (b *Broker) inner(life context.Context) func() (net.Conn, error) {
	return func() (net.Conn, error) {
		select {
		case c := <-b.dialed:
			return c, nil
		case <-life.Done():
			return nil, net.ErrClosed
		}
	}
}

// entrance is a listener of mochi's. A connection whose packets break the broker ends alone.
type entrance struct {
	name     string
	listener net.Listener // nil: none
	accept   func() (net.Conn, error)
	log      *slog.Logger
	closed   atomic.Bool
}

var _ listeners.Listener = (*entrance)(nil)

// Init is mochi's.
func (e *entrance) Init(*slog.Logger) error { return nil }

// ID is mochi's.
func (e *entrance) ID() string { return e.name }

// Address is mochi's.
func (e *entrance) Address() string { return e.name }

// Protocol is mochi's.
func (e *entrance) Protocol() string { return "tcp" }

// Serve takes connections until the entrance is closed.
func (e *entrance) Serve(establish listeners.EstablishFn) {
	for !e.closed.Load() {
		c, err := e.accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // out of file descriptors: some will be closed
			e.log.Error("a connection cannot be taken", "err", err)
			time.Sleep(time.Second)
		default:
			go e.attend(c, establish)
		}
	}
}

func (e *entrance) attend(c net.Conn, establish listeners.EstablishFn) {
	defer func() {
		_ = c.Close() // it is over
		if broken := recover(); broken != nil {
			e.log.Error("a connection has broken the broker's code", "from", c.RemoteAddr().String(), "panic", broken, "stack", string(debug.Stack()))
		}
	}()
	_ = establish(e.name, c) // the hooks have said what there is to say
}

// Close is mochi's.
func (e *entrance) Close(clients listeners.CloseFn) {
	e.closed.Store(true)
	if e.listener != nil {
		_ = e.listener.Close() // Serve ends by it
	}
	clients(e.name)
}
