package main_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"golang.org/x/crypto/nacl/box"

	"lockerd/internal/contract/contracttest"
	"lockerd/internal/credential"
)

// played is a cabinet that a test plays: it keeps to docs/cloud.md over a true broker, has no metal and takes no time. It keeps its
// records, sends them in order from the oldest that was not acknowledged, and follows each order once.
type played struct {
	t        *testing.T
	name     string
	broker   string
	operator [32]byte
	issuers  *credential.Issuers
	poke     chan struct{}

	mu       sync.Mutex
	client   mqtt.Client
	lines    []string          // the payloads of all its records
	sent     int               // up to here, in this connection
	acked    int               // up to here
	codes    map[string]string // by tracking number; of who shares a door with their id behind it
	expects  map[string]string // the order that announced a number
	followed map[string]int    // how often each order came
	ahead    int               // acks of what it never wrote
}

// again is how long it waits for an ack before it sends once more. A true cabinet has more patience.
const again = 2 * time.Second

// plays starts a cabinet. operator is the desk's public key, in base64.
func plays(t *testing.T, name, broker, operator string, issuers *credential.Issuers) *played {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(operator)
	fatal(t, err)
	p := &played{t: t, name: name, broker: broker, operator: [32]byte(key), issuers: issuers, poke: make(chan struct{}, 1),
		codes: map[string]string{}, expects: map[string]string{}, followed: map[string]int{}}
	p.write("journal.epoch_begun", `{"reason":"new"}`, "")
	if err := p.connect(); err != nil {
		t.Fatalf("%s: connect: %v", name, err)
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() { defer close(ended); p.run(done) }()
	t.Cleanup(func() { close(done); <-ended; p.client.Disconnect(0) })
	return p
}

// connect makes a connection with a client of its own: one that reconnects by itself holds up whoever publishes meanwhile.
func (p *played) connect() error {
	if p.client != nil {
		p.client.Disconnect(0)
	}
	o := mqtt.NewClientOptions().AddBroker("tcp://"+p.broker).SetClientID("lockerd-"+p.name).SetCleanSession(false).
		SetAutoReconnect(false).SetConnectRetry(false).SetConnectTimeout(again).SetWriteTimeout(again).
		SetBinaryWill(p.topic("presence"), []byte(`{"online":false}`), 1, true)
	o.SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) {
		if strings.HasSuffix(m.Topic(), "/acks") {
			p.hear(m.Payload())
			return
		}
		p.order(m.Payload())
	})
	o.SetOnConnectHandler(func(c mqtt.Client) {
		go func() { // paho waits for this handler
			c.SubscribeMultiple(map[string]byte{p.topic("acks"): 1, p.topic("orders"): 1}, nil).Wait()
			c.Publish(p.topic("presence"), 1, true, `{"online":true}`)
			p.mu.Lock()
			p.sent = p.acked
			p.mu.Unlock()
		}()
	})
	p.client = mqtt.NewClient(o)
	token := p.client.Connect()
	if !token.WaitTimeout(time.Minute) {
		return errors.New("no answer")
	}
	return token.Error()
}

func (p *played) topic(name string) string { return "lockerd/v1/" + p.name + "/" + name }

// run sends what was not sent, and again what was not acknowledged for a while.
func (p *played) run(done chan struct{}) {
	moved, acked := time.Now(), 0
	for {
		select {
		case <-done:
			return
		case <-p.poke:
		case <-time.After(50 * time.Millisecond):
		}
		p.mu.Lock()
		if p.acked != acked || p.acked == len(p.lines) {
			moved, acked = time.Now(), p.acked
		}
		if time.Since(moved) > again {
			p.sent, moved = p.acked, time.Now()
		}
		from := p.sent
		lines := slices.Clone(p.lines[from:])
		p.sent = len(p.lines)
		p.mu.Unlock()
		if !p.client.IsConnectionOpen() {
			_ = p.connect() // or the next time; either starts over
			continue
		}
		for _, line := range lines {
			p.client.Publish(p.topic("events"), 1, false, line)
		}
	}
}

// write writes a record; code is in a box to the operator.
func (p *played) write(kind, event, code string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.record(kind, event, code)
}

// record is write for whoever holds mu.
func (p *played) record(kind, event, code string) {
	prev := ""
	if len(p.lines) > 0 {
		prev, _, _ = strings.Cut(p.lines[len(p.lines)-1], "\n")
	}
	line := strings.Replace(contracttest.LineWith("e1", len(p.lines)+1, prev, kind, event), `"cabinet":"demo-1"`, fmt.Sprintf(`"cabinet":%q`, p.name), 1)
	if code != "" {
		sealed, err := box.SealAnonymous(nil, []byte(code), &p.operator, rand.Reader)
		if err != nil {
			p.t.Error(err)
		}
		line += "\n" + fmt.Sprintf(`{"code":%q}`, base64.StdEncoding.EncodeToString(sealed))
	}
	p.lines = append(p.lines, line)
	select {
	case p.poke <- struct{}{}:
	default:
	}
}

// hear hears an ack.
func (p *played) hear(message []byte) {
	payload, _, err := p.issuers.Ack(message)
	var a struct {
		Cabinet string
		Seq     int
	}
	if err != nil || json.Unmarshal(payload, &a) != nil || a.Cabinet != p.name {
		p.t.Errorf("%s: an ack that no cabinet takes: %v", p.name, err)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if a.Seq > len(p.lines) {
		p.ahead++
	}
	p.acked = max(p.acked, min(a.Seq, len(p.lines)))
	p.sent = max(p.sent, p.acked)
}

// order follows an order, if it is new.
func (p *played) order(message []byte) {
	payload, _, err := p.issuers.Order(message)
	var o struct {
		ID, Kind string
		Body     struct {
			Tracking, From, Until, Sharer string
			After                         int
		}
	}
	if err != nil || json.Unmarshal(payload, &o) != nil {
		p.t.Errorf("%s: an order that no cabinet takes: %v", p.name, err)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.followed[o.ID]++
	if p.followed[o.ID] > 1 {
		return
	}
	p.record("order.accepted", fmt.Sprintf(`{"order":%q,"kind":%q}`, o.ID, o.Kind), "")
	switch o.Kind {
	case "parcel.announce":
		if o.Body.From == "" {
			p.record("parcel.announced", fmt.Sprintf(`{"order":%q,"tracking":%q}`, o.ID, o.Body.Tracking), "")
			return
		}
		p.expects[o.Body.Tracking] = o.ID
		p.record("parcel.announced", fmt.Sprintf(`{"order":%q,"tracking":%q,"from":%q,"until":%q}`, o.ID, o.Body.Tracking, o.Body.From, o.Body.Until), p.newCode(o.Body.Tracking))
	case "parcel.share":
		p.record("parcel.shared", fmt.Sprintf(`{"order":%q,"announced":%q,"tracking":%q,"sharer":%q,"may_end":true}`, o.ID, p.expects[o.Body.Tracking], o.Body.Tracking, o.Body.Sharer),
			p.newCode(o.Body.Tracking+"/"+o.Body.Sharer))
	case "resend":
		p.sent = min(p.sent, max(o.Body.After, p.acked)) // all before was acknowledged by the very books that ask
	}
}

// brings has an announced parcel put in.
func (p *played) brings(tracking, order string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.record("parcel.stored", fmt.Sprintf(`{"parcel":"p-%s","tracking":%q,"door":7,"size":"M","order":%q}`, tracking, tracking, order), p.newCode(tracking))
	p.record("parcel.period_began", fmt.Sprintf(`{"parcel":"p-%s","until":%q}`, tracking, time.Now().Add(72*time.Hour).UTC().Format(time.RFC3339)), "")
}

// newCode is a parcel's code, which is nobody else's.
func (p *played) newCode(tracking string) string {
	code := fmt.Sprintf("%s%05d", strings.Repeat(p.name[len(p.name)-1:], 3), len(p.codes))
	p.codes[tracking] = code
	return code
}

// sends has a parcel put in by its sender.
func (p *played) sends(tracking, order string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.record("parcel.sent", fmt.Sprintf(`{"parcel":"p-%s","tracking":%q,"door":7,"size":"M","company":"Example Parcel","order":%q}`, tracking, tracking, order), "")
	p.record("parcel.announcement_dropped", fmt.Sprintf(`{"order":%q,"why":"stored"}`, order), "")
}

// keeps has something put behind a rented door.
func (p *played) keeps(tracking, order string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.record("parcel.kept", fmt.Sprintf(`{"parcel":"p-%s","tracking":%q,"door":7,"size":"M","company":"Example Parcel","order":%q,"first":true}`, tracking, tracking, order), "")
	p.record("parcel.announcement_dropped", fmt.Sprintf(`{"order":%q,"why":"stored"}`, order), "")
	p.record("parcel.period_began", fmt.Sprintf(`{"parcel":"p-%s","until":%q}`, tracking, time.Now().Add(72*time.Hour).UTC().Format(time.RFC3339)), "")
}

// dispatched has a courier take along what a sender has put in.
func (p *played) dispatched(tracking string) {
	p.write("parcel.dispatched", fmt.Sprintf(`{"parcel":"p-%s","door":7,"courier":"c1"}`, tracking), "")
}

// fetched has a parcel collected.
func (p *played) fetched(tracking string) {
	p.write("parcel.collected", fmt.Sprintf(`{"parcel":"p-%s","door":7}`, tracking), "")
}

// know says how far it is: records, those that were acknowledged, and whether it has heard of an order.
func (p *played) know(order string) (records, acked int, heard bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.lines), p.acked, p.followed[order] > 0
}
