package fleet

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"golang.org/x/crypto/nacl/box"

	"lockerd/internal/contract"
	"lockerd/internal/credential"
	"lockerd/internal/locker"
)

// Own is an operator's side in memory, for a fleet at a broker behind which there is none: it takes records by the rules of receiving,
// acknowledges them, announces parcels, and tells recipients. A true one is cmd/lockerdesk.
type Own struct {
	topics   string
	operator *credential.Operator
	signer   *credential.Signer
	told     func(tracking, code string)
	readers  map[string][]byte // the cabinets' public keys
	client   mqtt.Client

	mu      sync.Mutex
	ledgers map[string]*contract.Ledger
	again   int // records that came more than once
	early   int // that came before one that was missing
	wrong   []string
}

// wait is for any answer of the broker.
const wait = 20 * time.Second

// NewOwn makes one; readers are the cabinets' public keys by their names (Fleet.Keys), told is the fleet's.
func NewOwn(operator *credential.Operator, signer *credential.Signer, readers map[string][]byte, told func(tracking, code string)) *Own {
	return &Own{topics: "lockerd/v1", operator: operator, signer: signer, readers: readers, told: told, ledgers: make(map[string]*contract.Ledger)}
}

// Connect connects to a broker, and stays connected until Close.
func (o *Own) Connect(broker string) error {
	options := mqtt.NewClientOptions().AddBroker(strings.Replace(broker, "mqtt://", "tcp://", 1)).SetClientID("lockersim-fleet").SetCleanSession(false).
		SetConnectRetry(true).SetConnectRetryInterval(time.Second).SetMaxReconnectInterval(time.Second)
	options.SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) { o.take(m) })
	options.SetOnConnectHandler(func(c mqtt.Client) { c.Subscribe(o.topics+"/+/events", 1, nil) })
	o.client = mqtt.NewClient(options)
	if token := o.client.Connect(); !token.WaitTimeout(wait) || token.Error() != nil {
		return fmt.Errorf("fleet: connect to %s: %w", broker, token.Error())
	}
	return nil
}

// Close ends the connection.
func (o *Own) Close() { o.client.Disconnect(100) }

// take takes the records of a message.
func (o *Own) take(m mqtt.Message) {
	cabinet, _, _ := strings.Cut(strings.TrimPrefix(m.Topic(), o.topics+"/"), "/")
	lines, err := contract.Unpack(m.Payload())
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil {
		o.wrong = append(o.wrong, fmt.Sprintf("%s: %v", cabinet, err))
	}
	l := o.ledgers[cabinet]
	if l == nil {
		l = contract.NewLedger(cabinet)
		o.ledgers[cabinet] = l
	}
	for _, line := range lines {
		r, err := contract.ParseEvent(line)
		if err != nil {
			o.wrong = append(o.wrong, fmt.Sprintf("%s: %v", cabinet, err))
			return
		}
		o.judge(l, cabinet, r)
	}
	o.acknowledge(l, cabinet)
}

func (o *Own) judge(l *contract.Ledger, cabinet string, r contract.Received) {
	switch problem, err := l.Take(r); {
	case errors.Is(err, contract.ErrSeen):
		o.again++
		return
	case errors.Is(err, contract.ErrTooEarly):
		o.early++
		return
	case err != nil || problem != "":
		o.wrong = append(o.wrong, fmt.Sprintf("%s/%d: %s%v", cabinet, r.Seq, problem, err))
		return
	}
	if r.Kind != "parcel.stored" {
		return
	}
	event, err := locker.DecodeEvent(r.Kind, r.Event, locker.Personal{})
	code, failed := o.operator.Open(r.Code)
	stored, is := event.(locker.ParcelStored)
	if err != nil || failed != nil || !is {
		o.wrong = append(o.wrong, fmt.Sprintf("%s/%d: %v %v", cabinet, r.Seq, err, failed))
		return
	}
	go o.told(stored.Tracking, string(code))
}

func (o *Own) acknowledge(l *contract.Ledger, cabinet string) {
	epoch, seq, hash := l.Head()
	if epoch == "" {
		return
	}
	payload, err := json.Marshal(contract.Ack{Cabinet: cabinet, Epoch: epoch, Seq: &seq, Hash: hex.EncodeToString(hash[:])})
	if err == nil {
		var signed string
		signed, err = o.signer.Ack(payload)
		o.client.Publish(o.topics+"/"+cabinet+"/acks", 1, false, signed)
	}
	if err != nil {
		o.wrong = append(o.wrong, fmt.Sprintf("%s: ack: %v", cabinet, err))
	}
}

// Announce tells a cabinet of a parcel.
func (o *Own) Announce(_ context.Context, cabinet, tracking string) error {
	body, err := json.Marshal(contract.Announce{Tracking: tracking, Size: Size})
	if err != nil {
		return fmt.Errorf("fleet: announce: %w", err)
	}
	personal, err := json.Marshal(contract.Recipient{Phone: Phone(tracking)})
	if err != nil {
		return fmt.Errorf("fleet: announce: %w", err)
	}
	reader := o.readers[cabinet]
	if len(reader) != 32 {
		return fmt.Errorf("fleet: announce: the key of %s is not known", cabinet)
	}
	sealed, err := box.SealAnonymous(nil, personal, (*[32]byte)(reader), rand.Reader)
	if err != nil {
		return fmt.Errorf("fleet: announce: %w", err)
	}
	now := time.Now().UTC().Truncate(time.Second)
	payload, err := json.Marshal(contract.Order{ID: "fleet-" + strings.ToLower(rand.Text()[:16]), Cabinet: cabinet, Kind: "parcel.announce", Issued: now,
		Expires: now.Add(time.Hour), Body: body, Personal: sealed})
	if err != nil {
		return fmt.Errorf("fleet: announce: %w", err)
	}
	signed, err := o.signer.Order(payload)
	if err != nil {
		return err
	}
	token := o.client.Publish(o.topics+"/"+cabinet+"/orders", 1, false, signed)
	if !token.WaitTimeout(wait) {
		return fmt.Errorf("fleet: announce: the broker does not answer")
	}
	return token.Error()
}

// Received is what came.
type Received struct {
	Records map[string]uint64 // the newest of each cabinet, before which none is missing
	Again   int               // records that came more than once, which is no harm
	Early   int               // records that came before one that was missing
	Wrong   []string
}

// Received sums up.
func (o *Own) Received() Received {
	o.mu.Lock()
	defer o.mu.Unlock()
	r := Received{Records: make(map[string]uint64), Again: o.again, Early: o.early, Wrong: append([]string(nil), o.wrong...)}
	for name, l := range o.ledgers {
		_, seq, _ := l.Head()
		r.Records[name] = seq
	}
	return r
}
