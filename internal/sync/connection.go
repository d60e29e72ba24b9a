package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/eclipse/paho.mqtt.golang/packets"
	"lockerd/internal/contract"
)

// Why a connection ended when paho gave no reason, and why one that seems open is given up.
var (
	errLost   = errors.New("connection lost")
	errSilent = errors.New("sync: publish: no acknowledgement")
)

// connection is one connection to the broker. Its paho client ends with it: tokens, packet identifiers and messages in
// flight mean nothing to the next one.
type connection struct {
	*Link
	client mqtt.Client
	raw    *wire // nil before it was dialled
	up     time.Time
	lost   chan error
	orders chan pending
	choked chan struct{} // closed once an order found no room
	out    traffic

	listening subscription
}

// orderRoom is how many orders may wait. Brokers allow fewer unacknowledged ones (Mosquitto 20, mochi 1,024).
const orderRoom = 1024

// asideRoom is how many messages that anybody may have sent wait to be refused: at most 100 refusals an hour are recorded.
const asideRoom = 100

func newConnection(l *Link) *connection {
	return &connection{
		Link:   l,
		lost:   make(chan error, 1),
		orders: make(chan pending, orderRoom),
		choked: make(chan struct{}),
	}
}

// open dials, connects and subscribes.
func (c *connection) open(ctx context.Context) error {
	// Orders that waited arrive before our subscriptions are answered, so they have no handler of their own.
	if err := c.greet(ctx, func(_ mqtt.Client, m mqtt.Message) { c.receive(m) }); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, dialWait)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = c.raw.Close() })()
	return c.subscribe(ctx) // fails too after a refusal whose code paho does not know: it takes that for success
}

// greet dials and sends CONNECT. Messages that wait at the broker arrive at receive.
func (c *connection) greet(ctx context.Context, receive mqtt.MessageHandler) error {
	ctx, cancel := context.WithTimeout(ctx, 2*dialWait)
	defer cancel()
	dialling, dialled := context.WithTimeout(ctx, dialWait)
	raw, err := c.dial(dialling)
	dialled()
	if err != nil {
		return fmt.Errorf("sync: dial: %w", err)
	}
	c.raw = newWire(raw)
	// Closing the connection is the only way to end paho's handshake early.
	defer context.AfterFunc(ctx, func() { _ = raw.Close() })()

	c.client = mqtt.NewClient(c.options().SetDefaultPublishHandler(receive))
	if err := await(ctx, c.client.Connect()); err != nil {
		return fmt.Errorf("sync: connect: %w", err)
	}
	return nil
}

func (c *connection) options() *mqtt.ClientOptions {
	o := mqtt.NewClientOptions()
	o.Servers = []*url.URL{{Scheme: "mqtt", Host: c.address.host}} // only a name: the connection is there already
	o.SetCustomOpenConnectionFn(func(*url.URL, mqtt.ClientOptions) (net.Conn, error) { return c.raw, nil })
	o.SetProtocolVersion(4) // 3.1.1; without it paho dials again for 3.1, after any refusal
	o.SetClientID(c.clientID())
	o.SetUsername(c.cfg.Username).SetPassword(c.password)
	o.SetCleanSession(false) // so that orders wait at the broker while we are away
	o.SetAutoReconnect(false).SetConnectRetry(false)
	o.SetStore(nothing{})
	o.SetAutoAckDisabled(true)
	o.SetOrderMatters(true)
	o.SetConnectTimeout(dialWait).SetKeepAlive(time.Duration(c.cfg.KeepAlive)).SetPingTimeout(pingWait)
	o.SetWriteTimeout(writeWait) // also bounds Publish when the connection ends under it
	o.SetBinaryWill(c.topic("presence"), []byte(`{"online":false}`), 1, true)
	o.SetConnectionLostHandler(func(_ mqtt.Client, err error) {
		if err == nil {
			err = errLost
		}
		c.lose(err)
	})
	return o
}

// lose says that the connection is over, and why: the first reason counts.
func (c *connection) lose(err error) {
	select {
	case c.lost <- err:
	default:
	}
}

// await waits for a token of paho's.
func await(ctx context.Context, t mqtt.Token) error {
	select {
	case <-t.Done():
		return t.Error()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// receive is called by paho for every message, in order; it never blocks.
func (c *connection) receive(m mqtt.Message) {
	switch m.Topic() {
	case c.topic("acks"):
		c.hear(m.Payload())
		m.Ack()
	case c.topic("orders"):
		c.queue(m)
	default:
		c.log.Warn("cloud: message on a topic that we did not ask for", "bytes", len(m.Payload()))
		m.Ack()
	}
}

// publish hands a message to paho. It waits at most writeWait.
func (c *connection) publish(name string, retained bool, payload []byte) mqtt.Token {
	return c.client.Publish(c.topic(name), 1, retained, payload)
}

func (c *connection) present(online bool) mqtt.Token {
	p, err := json.Marshal(contract.Presence{Online: online, At: time.Now().UTC().Truncate(time.Millisecond),
		Version: c.version, Contract: contract.Version})
	if err != nil {
		panic(fmt.Sprintf("sync: presence: %v", err)) // texts, a bool and a time
	}
	return c.publish("presence", true, p)
}

// leave disconnects properly, so that the broker does not publish the will. It waits at most leaveWait.
func (c *connection) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), leaveWait)
	defer cancel()
	if err := await(ctx, c.present(false)); err != nil {
		c.log.Warn("cloud: left without a goodbye", "because", err)
		return
	}
	c.client.Disconnect(uint(leaveWait / time.Millisecond))
}

// close ends the connection, whatever its state; paho's goroutines end with it.
func (c *connection) close() {
	if c.raw != nil {
		_ = c.raw.Close()
	}
	if c.client != nil {
		c.client.Disconnect(0)
	}
}

// nothing is a store that keeps nothing: unacknowledged messages are in the journal, and messages that paho resends by
// itself would be out of order.
type nothing struct{}

func (nothing) Open()                             {}
func (nothing) Put(string, packets.ControlPacket) {}
func (nothing) Get(string) packets.ControlPacket  { return nil }
func (nothing) All() []string                     { return nil }
func (nothing) Del(string)                        {}
func (nothing) Close()                            {}
func (nothing) Reset()                            {}
