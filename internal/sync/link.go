// Package sync keeps the journal and the cloud in step over MQTT: it sends records and receives orders and acks.
// It owns the connection to the broker; it stores nothing itself: the journal is the only queue, and a lost
// connection leaves nothing behind.
//
// docs/cloud.md describes the protocol.
package sync

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"lockerd/internal/locker"
)

// Journal is what the link reads.
type Journal interface {
	// Outgoing returns up to max records after a record, confirmed or not, the oldest first.
	Outgoing(after uint64, max int) ([]locker.Outgoing, error)
	// Confirmed is the newest record that the cloud certainly has, with all before it.
	Confirmed() uint64
	// Last is the newest record.
	Last() (epoch string, seq uint64)
	// Check judges an ack: nil if it confirms something new, else locker.ErrAcked, ErrNotOurs, ErrOtherRecord, or why the
	// journal cannot be read.
	Check(locker.Ack) error
}

// Controller receives what the cloud sends.
type Controller interface {
	// Do returns once the resulting events are on disk, or an error if they could not be recorded.
	Do(ctx context.Context, in locker.Input) error
	// Confirm says that the cloud has all records up to this one. It never blocks.
	Confirm(locker.Ack)
}

// Secrets opens boxes for this cabinet, makes boxes for the operator (libsodium sealed boxes), and verifies signatures.
type Secrets interface {
	// Order verifies a signed order and returns its issuer. The sender sees the error, so it repeats nothing of the order.
	Order(compact []byte) (payload []byte, issuer string, err error)
	// Ack verifies a signed ack, in the same way.
	Ack(compact []byte) (payload []byte, issuer string, err error)
	Open(box []byte) ([]byte, error)
	Box(plain []byte) locker.Box
	// Hash is the keyed hash of a badge or a PIN.
	Hash(text string) locker.Hash
}

// Times of the link. The cabinet's users see none of them.
const (
	firstPause = time.Second      // before the second attempt to connect
	longPause  = time.Minute      // the pause doubles up to this, until a connection works
	brief      = 5 * time.Second  // a connection that stood no longer works only if it brought something through
	dialWait   = 20 * time.Second // TCP and TLS, then once more for MQTT's own greeting
	ackWait    = 30 * time.Second // without any PUBACK though some are due: the connection is dead
	writeWait  = 10 * time.Second // a packet that cannot be written for so long: the same
	pingWait   = 10 * time.Second // for the broker to answer a ping
	statePause = time.Second      // between two states
	readAgain  = 10 * time.Second // after the journal could not be read
	lookPause  = time.Second      // between two looks whether the cloud has confirmed what it has
	doubt      = time.Minute      // the broker has it, the cloud says nothing: perhaps it was thrown away
	longDoubt  = 30 * time.Minute // the doubt doubles up to this
	leaveWait  = 2 * time.Second  // to say goodbye
	refusalGap = time.Second      // after an order in bad form, so that a flood fills neither disk nor log
)

// Link is the connection to the cloud. Run owns it; all other methods may be called from any goroutine and never block.
type Link struct {
	cabinet, version string
	cfg              Config
	readPassword     func() (string, error)
	password         string   // Run's, as it was read for the newest connection
	address          *address // Run's
	journal          Journal
	controller       Controller
	secrets          Secrets
	log              *slog.Logger
	dial             func(context.Context) (net.Conn, error) // tests put theirs here
	firstPause       time.Duration
	longPause        time.Duration

	wake chan struct{} // new records or a new state

	aside chan locker.Order // what anybody may have sent, to be refused

	backlog backlog // Run's
	twin    twin    // Run's

	mu       sync.Mutex
	reported *locker.Summary // the newest; nil before the first
	summary  *locker.Summary // the same with the link's own faults
	troubles troubles
	resend   *uint64 // the cloud wants everything after it once more, and no connection knows yet; nil: nothing
	gauges   Gauges
	untold   uint64 // orders that found no room aside

	sent, received atomic.Uint64 // bytes

	disbelief disbelief
}

// Gauges are measurements: they are neither events nor state.
type Gauges struct {
	Since       time.Time      // when the connection came up; zero while there is none
	Backlog     uint64         // records that are not confirmed
	InFlight    int            // messages that the broker has not acknowledged
	Confirmed   uint64         // the newest confirmed record
	Connections uint64         // that came up in this run
	Sent        uint64         // bytes to the broker in this run, as they are on the network: encrypted, with what connects
	Received    uint64         // and from it
	Why         string         // there is no connection; empty: none was tried, or there is one
	Faults      []locker.Fault // the link's own
}

// New makes a cabinet's link, which Run starts. readPassword reads the broker's password for each connection. An error in
// the configuration becomes a fault in the state: the cabinet works without the cloud.
func New(cabinet, version string, cfg Config, readPassword func() (string, error), j Journal, c Controller, s Secrets,
	log *slog.Logger) *Link {
	l := &Link{cabinet: cabinet, version: version, cfg: cfg, readPassword: readPassword, journal: j, controller: c, secrets: s,
		log: log, firstPause: firstPause, longPause: longPause, wake: make(chan struct{}, 1),
		aside: make(chan locker.Order, asideRoom)}
	l.dial = l.dialBroker
	return l
}

// Report takes the newest state; only the newest is published.
func (l *Link) Report(s locker.Summary) {
	l.mu.Lock()
	l.reported = &s
	l.compose()
	l.mu.Unlock()
	l.Grown()
}

// Resend sends everything after a record once more, as far as the journal still has it.
func (l *Link) Resend(after uint64) {
	l.mu.Lock()
	if l.resend == nil || after < *l.resend {
		l.resend = &after
	}
	l.mu.Unlock()
	l.Grown()
}

// Resume is Resend for a request of a run before, unless the cloud has confirmed its record, which follows what was asked for.
func (l *Link) Resume(after, asked uint64) {
	if l.journal.Confirmed() < asked {
		l.Resend(after)
	}
}

// Grown says that the journal has new records.
func (l *Link) Grown() {
	select {
	case l.wake <- struct{}{}:
	default: // it has been told and has not looked yet
	}
}

// Gauges reads the measurements.
func (l *Link) Gauges() Gauges {
	waiting, confirmed := l.waiting()
	l.mu.Lock()
	defer l.mu.Unlock()
	g := l.gauges
	g.Confirmed, g.Backlog = confirmed, waiting
	g.Sent, g.Received = l.sent.Load(), l.received.Load()
	return g
}

// Run keeps a connection to the broker until ctx is cancelled; then it disconnects and returns nil. An unreachable broker is
// no error: Run tries again with growing pauses, and the journal grows meanwhile.
func (l *Link) Run(ctx context.Context) error {
	if l.cfg.Broker == "" {
		<-ctx.Done()
		return nil
	}
	if l.cfg.AllowUnsigned || l.cfg.Unproven() {
		l.log.Warn("cloud: words count that nobody signed: for trials only", "allow_unsigned", l.cfg.AllowUnsigned,
			"allow_unsigned_acks", l.cfg.AllowUnsignedAcks, "confirm", l.cfg.Confirm)
	}
	var refusals sync.WaitGroup
	refusals.Go(func() { l.refuseAside(ctx) })
	defer refusals.Wait()
	pause := l.firstPause
	for {
		worked, err := l.connect(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if worked && !l.twin.told { // two who both came back at once would get nothing done, either of them
			pause = l.firstPause
		}
		// Between half the pause and all of it, so that a fleet does not return all at once after its broker was away.
		again := pause/2 + rand.N(pause/2+1)
		l.gauge(func(g *Gauges) { g.Why = err.Error() })
		l.log.Warn("cloud: no connection", "because", err, "again_in", again.Round(time.Millisecond))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(again):
		}
		pause = min(2*pause, l.longPause)
	}
}

// connect runs one connection from the first byte to the last. It returns why it ended, and whether it worked: one that
// breaks every minute and works in between is retried at once; a broker that rejects our first message is not.
func (l *Link) connect(ctx context.Context) (worked bool, err error) {
	what, err := l.prepare()
	l.usable(what, err)
	if err != nil {
		return false, err
	}
	c := newConnection(l)
	defer c.close()
	err = c.open(ctx)
	if what, again := refused(err); again {
		l.usable(what, err)
	}
	if err != nil {
		return false, err
	}
	l.trouble(func(t *troubles) { t.unusable = nil })
	c.up = time.Now()
	l.gauge(func(g *Gauges) { g.Since, g.Why = c.up, ""; g.Connections++ })
	defer l.gauge(func(g *Gauges) { g.Since, g.InFlight = time.Time{}, 0 })
	l.log.Info("cloud: connected", "broker", l.address.host, "confirmed", l.journal.Confirmed())

	// A hanging write must not prevent leaving.
	defer context.AfterFunc(ctx, func() { time.AfterFunc(leaveWait, func() { _ = c.raw.Close() }) })()
	alive, dead := context.WithCancel(ctx)
	var orders sync.WaitGroup
	orders.Go(func() { c.followOrders(ctx, alive) })
	defer orders.Wait() // at most as long as one Do takes
	defer dead()
	if err := c.serve(ctx); err != nil {
		stood := time.Since(c.up)
		c.twinSeen(stood, err)
		return c.out.arrived || stood > brief, err
	}
	c.leave()
	return true, nil
}

func (l *Link) gauge(set func(*Gauges)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	set(&l.gauges)
}

// takeResend takes the argument of Resend.
func (l *Link) takeResend() (after uint64, asked bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.resend == nil {
		return 0, false
	}
	after, l.resend = *l.resend, nil
	return after, true
}

func (l *Link) newest() *locker.Summary {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.summary
}

// clientID is the name that the broker knows us by.
func (l *Link) clientID() string {
	if l.cfg.ClientID != "" {
		return l.cfg.ClientID
	}
	return "lockerd-" + l.cabinet
}

// topic names one of the cabinet's topics.
func (l *Link) topic(name string) string { return l.cfg.Topics + "/" + l.cabinet + "/" + name }
