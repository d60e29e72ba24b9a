// Package conformance holds a cabinet against the contract with the cloud (docs/cloud.md), whoever has built it: it is that cabinet's cloud for
// some minutes, sends what is good and what is not, and says of each rule what came. It knows the contract and nothing else of a cabinet.
package conformance

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"lockerd/internal/relay"
)

// Config says which cabinet is tried, and how far. The cabinet is one for trials: parcels are announced there, and all its records confirmed.
type Config struct {
	Knowledge
	Topics string // before the cabinet's name; "lockerd/v1" if empty
	CAFile string // PEM: who vouches for the broker's certificate; the system's authorities if empty

	// Listen is an address through which the cabinet reaches the broker, so that its link can be cut; empty: nothing is cut.
	Listen string
	// Door may be opened, and is pushed shut by somebody; 0: none is.
	Door int
	// NewEpoch has the cabinet believe that its journal is an older copy: somebody has to look into its doors afterwards.
	NewEpoch bool
	// Quick leaves out what takes more than a minute by the cabinet's own clocks.
	Quick bool
	// Only are rules, by how their ids begin; none: all.
	Only []string
	// Patience is how long an answer may take; 30 seconds if zero.
	Patience time.Duration
	// Progress is told what is tried next; nil: nobody is.
	Progress func(string)
}

// Times by the contract.
const (
	willWithin = 80 * time.Second // of the broker, for a cabinet of the factory's keep-alive: 45 seconds at most, and some
	silence    = time.Minute      // without an ack, and what is not acknowledged is sent again
	gathers    = time.Minute      // of a cabinet in the packed form: what waits for company, by the factory's setting
	ackEvery   = 500 * time.Millisecond
	settles    = 1500 * time.Millisecond // without anything new: nothing more is on its way
)

// tries is a run.
type tries struct {
	Config
	ctx    context.Context
	rx     *receiver
	book   *book // under rx's lock
	client mqtt.Client
	link   *relay.Relay // nil: the cabinet does not come through us
	acker  *acker
	orders map[string]string // the kinds of those that were sent, by their ids; "" where no answer is due
	number int
	prefix string // of ids
}

// Run tries a cabinet. An error says that it could not be tried; what is wrong with it stands in the report.
func Run(ctx context.Context, cfg Config) (Report, error) {
	if err := cfg.check(); err != nil {
		return Report{}, err
	}
	if cfg.Topics == "" {
		cfg.Topics = "lockerd/v1"
	}
	if cfg.Patience == 0 {
		cfg.Patience = 30 * time.Second
	}
	if cfg.Progress == nil {
		cfg.Progress = func(string) {}
	}
	began := time.Now()
	t := &tries{Config: cfg, ctx: ctx, book: newBook(cfg.Only), orders: map[string]string{}, prefix: "try-" + strings.ToLower(rand.Text()[:8])}
	rx, err := newReceiver(cfg.Knowledge, t.book)
	if err != nil {
		return Report{}, err
	}
	t.rx = rx
	if cfg.Listen != "" {
		if err := t.relay(); err != nil {
			return Report{}, err
		}
		defer t.link.Close()
	}
	if t.client, err = t.connect("", t.rx.hear); err != nil {
		return Report{}, err
	}
	defer t.client.Disconnect(250)
	t.acker = newAcker(t)
	stop := t.acker.start(ctx)
	defer stop()
	if err := t.all(); err != nil {
		return Report{}, err
	}
	return t.report(began), ctx.Err()
}

// all are the tries, one after the other.
func (t *tries) all() error {
	for _, part := range []struct {
		what string
		ids  string
		try  func()
	}{
		{"orders", "orders/", t.tryOrders},
		{"boxes", "boxes/", t.tryBoxes},
		{"once", "orders/once", t.tryOnce},
		{"what is not followed", "orders/", t.tryBad},
		{"a resend", "orders/resend", t.tryResend},
		{"a door", "doors/", t.tryDoor},
		{"acks", "acks/", t.tryAcks},
		{"a link that is away", "", t.tryAway},
		{"the state", "state/", t.tryState},
		{"a new epoch", "epochs/", t.tryEpoch},
		{"what is retained", "", t.tryRetained},
	} {
		if part.what == "orders" {
			t.Progress("from the beginning")
			if err := t.beginning(); err != nil {
				return err
			}
		}
		if t.ctx.Err() == nil && t.wants(part.ids) {
			t.Progress(part.what)
			part.try()
		}
	}
	t.rx.quiet(t.ctx, settles, t.Patience)
	return nil
}

func (t *tries) wants(ids string) bool { return ids == "" || t.book.wants(ids) }

// report is what is said of the cabinet.
func (t *tries) report(began time.Time) (r Report) {
	t.rx.with(func() {
		t.rx.finish()
		t.judgeAnswers()
		r = Report{Cabinet: t.Cabinet, Broker: t.address(), Began: began, Took: time.Since(began).Seconds(),
			Records: len(t.rx.taken), Plain: t.rx.plain, Packed: t.rx.packed, Results: t.book.results()}
		for _, p := range t.rx.presences {
			if p.Online {
				r.Version, r.Contract = p.Version, p.Contract
			}
		}
	})
	return r
}

// address is the broker's, without a password that somebody may have put there.
func (t *tries) address() string {
	u, err := url.Parse(t.Broker)
	if err != nil {
		return "(unreadable)"
	}
	u.User = nil
	return u.String()
}

// relay listens for the cabinet.
func (t *tries) relay() error {
	u, err := url.Parse(t.Broker)
	if err != nil || u.Host == "" || u.Port() == "" {
		return errors.New("conformance: with --listen the broker's URL has a host and a port, as mqtt://127.0.0.1:1883")
	}
	t.link, err = relay.Listen(t.Listen, u.Host)
	return err
}

// connect is a client that listens to the cabinet, as one that has never been here. It takes at QoS 2, so that what comes has the QoS with which
// it was sent.
func (t *tries) connect(more string, hear func(topic string, payload []byte, qos byte, retained bool)) (mqtt.Client, error) {
	broker := strings.NewReplacer("mqtt://", "tcp://", "mqtts://", "ssl://").Replace(t.Broker)
	o := mqtt.NewClientOptions().AddBroker(broker).SetClientID(t.prefix + more).SetUsername(t.User).SetPassword(t.Password)
	o.SetCleanSession(true).SetAutoReconnect(false).SetConnectTimeout(t.Patience)
	if t.CAFile != "" {
		pem, err := os.ReadFile(t.CAFile)
		if err != nil {
			return nil, fmt.Errorf("conformance: read authority: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("conformance: %s has no certificate", t.CAFile)
		}
		o.SetTLSConfig(&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12})
	}
	o.SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) { hear(m.Topic(), m.Payload(), m.Qos(), m.Retained()) })
	client := mqtt.NewClient(o)
	if token := client.Connect(); !token.WaitTimeout(t.Patience) || token.Error() != nil {
		return nil, fmt.Errorf("conformance: connect to %s: %w", t.address(), orSilent(token.Error()))
	}
	topics := map[string]byte{}
	for _, name := range []string{"presence", "state", "events"} {
		topics[t.topic(name)] = 2
	}
	if token := client.SubscribeMultiple(topics, nil); !token.WaitTimeout(t.Patience) || token.Error() != nil {
		client.Disconnect(0)
		return nil, fmt.Errorf("conformance: subscribe: %w", orSilent(token.Error()))
	}
	return client, nil
}

func orSilent(err error) error {
	if err == nil {
		return errors.New("the broker does not answer")
	}
	return err
}

func (t *tries) topic(name string) string { return t.Topics + "/" + t.Cabinet + "/" + name }

// publish sends something to the cabinet. A broker that does not take it is found out by what does not come.
func (t *tries) publish(topic string, message []byte) {
	t.client.Publish(t.topic(topic), 1, false, message).WaitTimeout(t.Patience)
}
