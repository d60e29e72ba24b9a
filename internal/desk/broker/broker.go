// Package broker is lockerdesk's connection to the MQTT broker: it takes what cabinets send, acknowledges what is in the books, and
// sends orders. It owns the connection and stores nothing: what came in counts once the books have it, and what is to go out lies in
// the books until a cabinet has answered it.
package broker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"lockerd/internal/credential"
	"lockerd/internal/desk/books"
)

// Times and amounts of the connection.
const (
	answerWait    = 20 * time.Second       // for any answer of the broker
	firstPause    = time.Second            // until the broker is tried again; doubles
	longPause     = time.Minute            // up to this
	ackPause      = 200 * time.Millisecond // records that come within it share an acknowledgement
	storeAgain    = time.Second            // until books that cannot be written are tried again
	mendPause     = time.Minute            // between two requests for a cabinet's missing records
	batch         = 512                    // messages that share a transaction
	inFlight      = 100                    // orders that are published before the first is acknowledged
	mostStrangers = 10_000                 // cabinets that are remembered not to be this lockerdesk's
	askPause      = time.Minute            // until it is looked up once more whether an unknown cabinet is enrolled
	orderLife     = time.Hour              // how long a request for missing records is meant
)

// Config says how the broker is reached.
type Config struct {
	// Address is mqtt://host:1883 or mqtts://host:8883.
	Address string `toml:"address"`
	// User and PasswordFile are for brokers that ask for a name and a password.
	User         string `toml:"user"`
	PasswordFile string `toml:"password_file"`
	// CA is a file of certificates (PEM) that the broker's is checked against, in place of the system's.
	CA string `toml:"ca"`
	// Topics is the part of each topic before the cabinet's name.
	Topics string `toml:"topics"`
	// Client is the client id: a second lockerdesk needs another one.
	Client string `toml:"client"`
	// Dial connects to a broker in this process; nil: Address says where it is.
	Dial func() (net.Conn, error) `toml:"-"`
}

// Validate says what is wrong with the settings.
func (c Config) Validate() error {
	u, err := url.Parse(c.Address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "mqtt" && u.Scheme != "mqtts":
		return errors.New("broker: address: begins with mqtt:// or mqtts:// and names a host")
	case c.Topics == "" || strings.ContainsAny(c.Topics, "+#") || strings.HasSuffix(c.Topics, "/"):
		return errors.New(`broker: topics: is the part before the cabinet's name, as "lockerd/v1"`)
	case c.Client == "":
		return errors.New("broker: client: is the name that the broker knows this desk by")
	case u.Scheme == "mqtt" && c.CA != "":
		return errors.New("broker: ca: needs mqtts://")
	}
	return nil
}

// Books are where what comes in is kept, and what is to go out. books.Books are such.
type Books interface {
	TakeAll(ctx context.Context, batches []books.Batch) ([]books.Taken, error)
	Presence(ctx context.Context, cabinet string, payload []byte) error
	State(ctx context.Context, cabinet string, payload []byte, seq uint64) error
	Unpublished(ctx context.Context, most int) ([]books.Order, error)
	Published(ctx context.Context, id string) error
	PublishAgain(ctx context.Context, cabinet string) error
	Cabinet(ctx context.Context, name string) (books.Cabinet, error)
	Newest(ctx context.Context, cabinet string) (seq uint64, err error)
	Unfit(ctx context.Context, cabinet string) error
}

// Seat says which cabinets this lockerdesk answers for: others answer for the others. A books.Seat is one.
type Seat interface {
	Owns(cabinet string) bool
	Missed(most int) []string
	Heard(ctx context.Context, cabinet string) error
}

// Orders sends an order of the desk's own. orders.Office is one.
type Orders interface {
	Resend(ctx context.Context, cabinet string, after uint64, life time.Duration) error
}

// Broker keeps the connection. Run owns it; Wake may be called from anywhere.
type Broker struct {
	cfg      Config
	books    Books
	operator *credential.Operator
	signer   *credential.Signer
	orders   Orders
	seat     Seat
	told     func() // there is something to tell people
	log      *slog.Logger
	wake     chan struct{}
}

// New makes a connection, which Run starts. The signer signs acks; told is called when the books have new notices or alarms.
func New(cfg Config, b Books, seat Seat, operator *credential.Operator, signer *credential.Signer, orders Orders, told func(), log *slog.Logger) *Broker {
	return &Broker{cfg: cfg, books: b, seat: seat, operator: operator, signer: signer, orders: orders, told: told, log: log, wake: make(chan struct{}, 1)}
}

// Wake says that there are orders to publish, or new cabinets to answer for. It never blocks.
func (b *Broker) Wake() {
	select {
	case b.wake <- struct{}{}:
	default: // it has been told and has not looked yet
	}
}

// String is the owner's name.
func (b *Broker) String() string { return "broker" }

// Run keeps a connection until ctx is cancelled; then it returns nil. Each connection has a client object of its own: what was promised
// on an old one is worth nothing on the next.
func (b *Broker) Run(ctx context.Context) error {
	pause := firstPause
	for ctx.Err() == nil {
		began := time.Now()
		if err := b.connect(ctx); err != nil && ctx.Err() == nil {
			b.log.Warn("no connection to the broker", "err", err, "again_in", pause)
		}
		if time.Since(began) > longPause {
			pause = firstPause
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, longPause)
	}
	return nil
}

// options are those of one connection. The password is read for each, so that it can be changed.
func (b *Broker) options() (*mqtt.ClientOptions, error) {
	address := strings.Replace(strings.Replace(b.cfg.Address, "mqtts://", "ssl://", 1), "mqtt://", "tcp://", 1)
	o := mqtt.NewClientOptions().AddBroker(address).SetClientID(b.cfg.Client).SetUsername(b.cfg.User).
		SetCleanSession(false).   // what comes while we are away waits at the broker
		SetAutoAckDisabled(true). // a record is acknowledged once it is in the books
		SetAutoReconnect(false).SetConnectRetry(false).SetConnectTimeout(answerWait).SetWriteTimeout(answerWait)
	if b.cfg.Dial != nil {
		return o.SetCustomOpenConnectionFn(func(*url.URL, mqtt.ClientOptions) (net.Conn, error) { return b.cfg.Dial() }), nil
	}
	if b.cfg.PasswordFile != "" {
		password, err := os.ReadFile(b.cfg.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("broker: password: %w", err)
		}
		o.SetPassword(strings.TrimRight(string(password), "\r\n"))
	}
	if b.cfg.CA != "" {
		pem, err := os.ReadFile(b.cfg.CA)
		if err != nil {
			return nil, fmt.Errorf("broker: ca: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("broker: ca: %s holds no certificate in PEM", b.cfg.CA)
		}
		o.SetTLSConfig(&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12})
	}
	return o, nil
}

// connect is the life of one connection.
func (b *Broker) connect(ctx context.Context) error {
	o, err := b.options()
	if err != nil {
		return err
	}
	life, end := context.WithCancel(ctx)
	c := &connection{Broker: b, inbox: make(chan mqtt.Message), lost: make(chan error, 1), owed: map[string]books.Head{},
		mended: map[string]time.Time{}, strangers: map[string]time.Time{}}
	o.SetConnectionLostHandler(func(_ mqtt.Client, err error) { c.lost <- err })
	o.SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) {
		select {
		case c.inbox <- m:
		case <-life.Done():
		}
	})
	c.client = mqtt.NewClient(o)
	defer c.client.Disconnect(100)
	defer end() // first, so that no handler holds up the disconnect
	// The session outlives connections: messages may come before connect or subscribe is answered, and paho hands them over one after
	// the other. So nothing here waits without taking them as well.
	if err := c.await(ctx, c.client.Connect()); err != nil {
		return fmt.Errorf("broker: connect to %s: %w", b.cfg.Address, err)
	}
	if err := c.subscribe(ctx, "events", "state", "presence"); err != nil {
		return err
	}
	b.log.Info("connected to the broker", "broker", b.cfg.Address)
	return c.serve(ctx)
}
