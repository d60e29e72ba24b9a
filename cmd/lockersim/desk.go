package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"golang.org/x/crypto/nacl/box"

	"lockerd/internal/contract"
	"lockerd/internal/credential"
	"lockerd/internal/locker"
)

// Numbers of the desk.
const (
	deskWait  = 5 * time.Second        // for any answer of the broker
	deskAgain = time.Second            // until the broker is tried again
	deskPause = 200 * time.Millisecond // records that come within it share one acknowledgement
	deskMend  = time.Minute            // between two wishes for what is missing
	orderLife = 10 * time.Minute       // an order that the cabinet gets later than this is not meant any more
	deskStore = time.Second            // until a disk that cannot be written is tried again
)

// DeskConfig says which cabinet the desk is for and how it reaches the broker.
type DeskConfig struct {
	Cabinet  string
	Broker   string // "tcp://127.0.0.1:1883"
	User     string
	Password string
	Store    string    // a file with every payload that was taken, one JSON line each
	Public   *[32]byte // the operator's key pair: codes and phone numbers come in boxes for it
	Private  *[32]byte
	Reader   *[32]byte // the cabinet's public key: phone numbers go out in boxes for it
	Signer   *credential.Signer
	Away     bool // the cloud is somebody else's: nothing comes here
}

var errAway = errors.New("the cabinet is at a broker of yours (--broker): the cloud is yours, too")

// A Desk plays the operator's cloud for one cabinet. It keeps each event before it acknowledges it, drops what it has
// had, checks the hash chain, opens the boxes, and sends orders. Run owns all of that; the rest only looks or asks.
type Desk struct {
	cfg    DeskConfig
	log    *slog.Logger
	ledger *contract.Ledger
	store  *store
	held   []mqtt.Message   // events that found no room on the disk, the oldest first
	again  <-chan time.Time // they are to be tried again
	inbox  chan mqtt.Message
	orders chan outgoing
	ack    <-chan time.Time
	mend   <-chan time.Time // the beginning of an epoch is to be asked for
	mended time.Time        // when it was asked for last
	now    View
	view   atomic.Pointer[View]
}

// View is what the desk knows. Its slices only grow, so an old View stays what it was.
type View struct {
	Broker    bool              `json:"broker"`   // the desk reaches the broker
	Presence  json.RawMessage   `json:"presence"` // as retained
	State     json.RawMessage   `json:"state"`    // as retained
	Epoch     string            `json:"epoch"`    // of the newest record
	Seq       uint64            `json:"seq"`      // of the newest record
	Acked     uint64            `json:"acked"`    // what the cabinet was told to be kept here
	Again     int               `json:"again"`    // records that came again and were dropped
	Early     int               `json:"early"`    // records that came too early and were not taken
	Problems  []string          `json:"problems"` // what is wrong with the chain
	Refused   string            `json:"refused"`  // the newest message that could not be read
	Store     string            `json:"store"`    // why nothing can be kept, and so nothing is acknowledged; empty: it can
	Events    []DeskEvent       `json:"-"`
	Announced []string          `json:"announced"` // tracking numbers of parcels that are to come
	Codes     map[string]Pickup `json:"-"`         // by tracking number; never changed, only replaced
}

// DeskEvent is a record as the desk shows it, boxes opened.
type DeskEvent struct {
	Epoch   string          `json:"epoch"`
	Seq     uint64          `json:"seq"`
	At      time.Time       `json:"at"`
	Known   bool            `json:"known"`
	Kind    string          `json:"kind"`
	Event   json.RawMessage `json:"event"`
	Phone   string          `json:"phone,omitempty"`
	Code    string          `json:"code,omitempty"`
	Problem string          `json:"problem,omitempty"`
}

// Pickup is what the operator would write to a recipient.
type Pickup struct {
	Tracking string `json:"tracking"`
	Parcel   string `json:"parcel"`
	Door     int    `json:"door"`
	Phone    string `json:"phone"`
	Code     string `json:"code"`
	QR       string `json:"qr"`     // the text of the QR code
	Token    string `json:"token"`  // the text of the QR of a signed token, which opens as well
	Status   string `json:"status"` // "stored", "collected", "expired", "taken back", "handed over"
}

type outgoing struct {
	payload []byte
	done    chan error
}

// NewDesk opens the store and replays what it holds.
func NewDesk(cfg DeskConfig, log *slog.Logger) (*Desk, error) {
	d := &Desk{
		cfg: cfg, log: log, ledger: contract.NewLedger(cfg.Cabinet), inbox: make(chan mqtt.Message), orders: make(chan outgoing),
	}
	store, payloads, err := openStore(cfg.Store)
	if err != nil {
		return nil, err
	}
	d.store = store
	for _, p := range payloads {
		r, err := contract.ParseEvent(p)
		if err == nil {
			err = d.take(r)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("desk: replay %s: %w", cfg.Store, err), store.close())
		}
	}
	d.now.Acked = d.now.Seq
	d.show()
	return d, nil
}

// View is what the desk knows now.
func (d *Desk) View() View { return *d.view.Load() }

func (d *Desk) show() {
	v := d.now
	v.Events, v.Problems = slices.Clip(v.Events), slices.Clip(v.Problems)
	d.view.Store(&v)
}

// Run keeps a connection to the broker until ctx is cancelled. Each connection has a client object of its own: what was
// promised on an old one is worth nothing on the next.
func (d *Desk) Run(ctx context.Context) error {
	defer func() { _ = d.store.close() }() // what was kept is on the disk
	if d.cfg.Away {
		<-ctx.Done()
		return nil
	}
	for ctx.Err() == nil {
		if err := d.connected(ctx); err != nil && ctx.Err() == nil {
			d.log.Warn("desk without broker", "err", err)
		}
		d.now.Broker, d.now.Store, d.held, d.again = false, "", nil, nil // what was held comes again: the broker has no answer to it
		d.show()
		select {
		case <-ctx.Done():
		case o := <-d.orders:
			o.done <- errors.New("desk: no connection to the broker")
		case <-time.After(deskAgain):
		}
	}
	return nil
}

// connected is the life of one connection.
func (d *Desk) connected(ctx context.Context) error {
	life, end := context.WithCancel(ctx)
	lost := make(chan error, 1)
	client := mqtt.NewClient(mqtt.NewClientOptions().AddBroker(d.cfg.Broker).
		SetClientID("desk-" + d.cfg.Cabinet).SetUsername(d.cfg.User).SetPassword(d.cfg.Password).
		SetCleanSession(false).   // what comes while we are away waits at the broker
		SetAutoAckDisabled(true). // a record is acknowledged once it is kept
		SetAutoReconnect(false).SetConnectRetry(false).SetConnectTimeout(deskWait).SetWriteTimeout(deskWait).
		SetConnectionLostHandler(func(_ mqtt.Client, err error) { lost <- err }).
		SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) {
			select {
			case d.inbox <- m:
			case <-life.Done():
			}
		}))
	defer client.Disconnect(100)
	defer end() // first, so that no handler holds up the disconnect
	// The session is persistent: messages may come before connect or subscribe is answered, and paho hands them over
	// one after the other. So nothing here waits without reading the inbox as well.
	if err := d.await(ctx, client.Connect(), lost); err != nil {
		return fmt.Errorf("desk: connect: %w", err)
	}
	wanted := map[string]byte{d.topic("events"): 1, d.topic("state"): 1, d.topic("presence"): 1}
	if err := d.await(ctx, client.SubscribeMultiple(wanted, nil), lost); err != nil {
		return fmt.Errorf("desk: subscribe: %w", err)
	}
	d.now.Broker = true
	d.show()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-lost:
			return err
		case m := <-d.inbox:
			d.receive(m)
		case <-d.again:
			d.retry()
		case <-d.ack:
			if err := d.acknowledge(ctx, client, lost); err != nil {
				return err
			}
		case <-d.mend:
			if err := d.askForAll(ctx, client, lost); err != nil {
				return err
			}
		case o := <-d.orders:
			o.done <- d.await(ctx, client.Publish(d.topic("orders"), 1, false, o.payload), lost)
		}
	}
}

// askForAll asks for everything that the cabinet still has. From where on it would do is not known here.
func (d *Desk) askForAll(ctx context.Context, client mqtt.Client, lost chan error) error {
	now := time.Now()
	d.mend, d.mended = nil, now
	order, err := d.write(newOrderID(), now, Order{Kind: "resend", Body: json.RawMessage(`{"after":0}`)})
	if err != nil {
		return err
	}
	if err := d.await(ctx, client.Publish(d.topic("orders"), 1, false, order), lost); err != nil {
		return fmt.Errorf("desk: ask for what is missing: %w", err)
	}
	return nil
}

// await waits for the broker's answer, and takes what comes meanwhile.
func (d *Desk) await(ctx context.Context, token mqtt.Token, lost chan error) error {
	timeout := time.After(deskWait)
	for {
		select {
		case <-token.Done():
			return token.Error()
		case m := <-d.inbox:
			d.receive(m)
		case err := <-lost:
			lost <- err // for whoever owns the connection
			return err
		case <-timeout:
			return errors.New("no answer")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// receive deals with one message. A record that cannot be kept is held, and all that come after it, and is acknowledged
// neither to the broker nor to the cabinet.
func (d *Desk) receive(m mqtt.Message) {
	defer d.show()
	switch m.Topic() {
	case d.topic("state"):
		state, err := contract.UnpackState(m.Payload())
		if err != nil {
			state = m.Payload()
		}
		d.now.State = document(state)
	case d.topic("presence"):
		d.now.Presence = document(m.Payload())
		d.acknowledgeSoon() // a cabinet that comes back may not have heard the last one
	case d.topic("events"):
		if d.held = append(d.held, m); len(d.held) == 1 {
			d.retry()
		}
		return
	}
	m.Ack()
}

// retry takes what is held, as far as the disk lets it.
func (d *Desk) retry() {
	d.again = nil
	defer d.show()
	for len(d.held) > 0 {
		if err := d.events(d.held[0].Payload()); err != nil {
			if d.now.Store == "" {
				d.log.Error("the desk's disk cannot be written: nothing is acknowledged until it can", "err", err)
			}
			d.now.Store, d.again = err.Error(), time.After(deskStore)
			return
		}
		d.held[0].Ack()
		d.held = d.held[1:]
	}
	if d.now.Store != "" {
		d.log.Warn("the desk's disk can be written again")
		d.now.Store = ""
	}
}

// event deals with a record. An error means that it could not be kept.
func (d *Desk) event(payload []byte) error {
	r, err := contract.ParseEvent(payload)
	if err != nil {
		d.now.Refused = err.Error()
		d.log.Warn("event cannot be read", "err", err)
		return nil // it will not be better next time
	}
	switch _, err := d.ledger.Judge(r); {
	case err == nil:
		if err := d.store.keep(payload); err != nil {
			return err
		}
		if err := d.take(r); err != nil {
			return err
		}
		d.acknowledgeSoon()
	case errors.Is(err, contract.ErrSeen):
		d.now.Again++
		if said := fmt.Sprintf("%s/%d: %v", r.Epoch, r.Seq, err); errors.Is(err, contract.ErrDiffers) && !slices.Contains(d.now.Problems, said) {
			d.now.Problems = append(d.now.Problems, said)
		}
		d.acknowledgeSoon() // the cabinet does not know that we have it
	case errors.Is(err, contract.ErrTooEarly):
		d.now.Early++
		d.log.Warn("event comes too early", "epoch", r.Epoch, "seq", r.Seq, "have", d.now.Seq)
	case errors.Is(err, contract.ErrMidway):
		d.now.Early++
		if d.mend == nil {
			d.mend = time.After(time.Until(d.mended.Add(deskMend)))
			d.log.Warn("the beginning of an epoch is missing", "epoch", r.Epoch, "seq", r.Seq)
		}
	default:
		d.now.Refused = err.Error()
	}
	return nil
}

// take puts a record into the ledger and, if it is new, on show.
func (d *Desk) take(r contract.Received) error {
	problem, err := d.ledger.Take(r)
	if err != nil {
		return err
	}
	if problem != "" {
		d.now.Problems = append(d.now.Problems, fmt.Sprintf("%s/%d: %s", r.Epoch, r.Seq, problem))
	}
	d.now.Epoch, d.now.Seq, _ = d.ledger.Head()
	e := DeskEvent{
		Epoch: r.Epoch, Seq: r.Seq, At: r.At, Known: r.Known, Kind: r.Kind, Event: r.Event, Problem: problem,
		Phone: d.open(r.Phone), Code: d.open(r.Code),
	}
	d.now.Events = append(d.now.Events, e)
	d.now.Codes, d.now.Announced = withPickup(d.now.Codes, e, d.token), withAnnounced(d.now.Announced, e)
	return nil
}

// token is the signed token that the operator would send beside the code. It has the parcel's id, so that it is the same
// whenever the desk is asked.
func (d *Desk) token(parcel string, at time.Time) string {
	const lifetime = 72 * time.Hour // as long as a parcel waits
	text, err := d.cfg.Signer.Token(locker.Token{ID: parcel, Cabinet: d.cfg.Cabinet, Parcel: parcel, Expires: at.Add(lifetime)})
	if err != nil {
		d.log.Warn("no token could be made", "err", err)
	}
	return text
}

// open opens a box for the operator.
func (d *Desk) open(sealed []byte) string {
	if len(sealed) == 0 {
		return ""
	}
	plain, ok := box.OpenAnonymous(nil, sealed, d.cfg.Public, d.cfg.Private)
	if !ok {
		return "(not for this operator's key)"
	}
	return string(plain)
}

func (d *Desk) acknowledgeSoon() {
	if d.ack == nil {
		d.ack = time.After(deskPause)
	}
}

// acknowledge tells the cabinet up to where everything is kept here.
func (d *Desk) acknowledge(ctx context.Context, client mqtt.Client, lost chan error) error {
	d.ack = nil
	epoch, seq, hash := d.ledger.Head()
	if epoch == "" {
		return nil
	}
	payload, err := json.Marshal(struct {
		Cabinet string `json:"cabinet"`
		Epoch   string `json:"epoch"`
		Seq     uint64 `json:"seq"`
		Hash    string `json:"hash"`
	}{d.cfg.Cabinet, epoch, seq, hex.EncodeToString(hash[:])})
	if err != nil {
		return fmt.Errorf("desk: write acknowledgement: %w", err)
	}
	signed, err := d.cfg.Signer.Ack(payload)
	if err != nil {
		return err
	}
	if err := d.await(ctx, client.Publish(d.topic("acks"), 1, false, signed), lost); err != nil {
		return fmt.Errorf("desk: acknowledge: %w", err)
	}
	d.now.Acked = seq
	d.show()
	return nil
}

// Order is an order as somebody at the desk fills it in: docs/cloud.md has the kinds and what each of them takes. Personal
// leaves the desk only in a box that the cabinet alone can open.
type Order struct {
	Kind     string          `json:"kind"`
	Body     json.RawMessage `json:"body"`
	Personal json.RawMessage `json:"personal"`
}

// Send sends an order and says under which id. What becomes of it is an event with that id.
func (d *Desk) Send(ctx context.Context, o Order) (id string, err error) {
	if d.cfg.Away {
		return "", errAway
	}
	id = newOrderID()
	payload, err := d.write(id, time.Now(), o)
	if err != nil {
		return "", err
	}
	done := make(chan error, 1)
	select {
	case d.orders <- outgoing{payload, done}:
	case <-ctx.Done():
		return "", ctx.Err()
	}
	select {
	case err := <-done:
		return id, err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func newOrderID() string { return "order-" + strings.ToLower(rand.Text()[:12]) }

// write makes an order and signs it.
func (d *Desk) write(id string, now time.Time, o Order) ([]byte, error) {
	m := map[string]any{
		"id": id, "cabinet": d.cfg.Cabinet, "kind": o.Kind,
		"issued": now.UTC().Format(time.RFC3339), "expires": now.Add(orderLife).UTC().Format(time.RFC3339),
	}
	if !json.Valid(o.Body) {
		return nil, fmt.Errorf("desk: order %q: the body is not JSON", o.Kind)
	}
	m["body"] = o.Body
	if len(o.Personal) > 0 {
		sealed, err := box.SealAnonymous(nil, o.Personal, d.cfg.Reader, rand.Reader)
		if err != nil {
			return nil, fmt.Errorf("desk: seal personal part: %w", err)
		}
		m["personal"] = base64.StdEncoding.EncodeToString(sealed)
	}
	payload, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("desk: write order: %w", err)
	}
	signed, err := d.cfg.Signer.Order(payload)
	return []byte(signed), err
}

func (d *Desk) topic(name string) string { return "lockerd/v1/" + d.cfg.Cabinet + "/" + name }
