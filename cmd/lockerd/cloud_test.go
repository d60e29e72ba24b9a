package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"golang.org/x/crypto/nacl/box"

	"lockerd/internal/contract"
	"lockerd/internal/credential"
	"lockerd/internal/sync/cloudtest"
)

// happened is an event as the cloud keeps it.
type happened struct {
	Epoch    string          `json:"epoch"`
	Seq      uint64          `json:"seq"`
	At       time.Time       `json:"at"`
	Prev     string          `json:"prev"`
	Kind     string          `json:"kind"`
	Event    json.RawMessage `json:"event"`
	personal map[string]string
	hash     [32]byte
	fields   map[string]any // of the event; nil: not read yet
}

// field is a field of the event as text.
func (h happened) field(name string) string {
	m := h.fields
	if m == nil {
		_ = json.Unmarshal(h.Event, &m)
	}
	if m[name] == nil {
		return ""
	}
	return fmt.Sprint(m[name])
}

// cloud is the operator: it drops what it has seen by (epoch, seq), checks the chain, decrypts, and confirms.
type cloud struct {
	t               *testing.T
	client          mqtt.Client
	public, private *[32]byte

	mu      sync.Mutex
	events  []happened
	seen    map[string]bool
	doubles int
	again   []happened // what came once more
	wrong   []string
	state   string
	online  string
	quiet   bool              // confirm nothing
	said    map[string][]byte // all that the cabinet said, by topic

	messages atomic.Int64 // how many came
}

func newCloud(t *testing.T, broker string, public, private *[32]byte) *cloud {
	t.Helper()
	c := &cloud{t: t, public: public, private: private, seen: map[string]bool{}, said: map[string][]byte{}}
	c.client = cloudtest.Subscribe(t, broker, c.take)
	return c
}

func (c *cloud) take(client mqtt.Client, m mqtt.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.messages.Add(1)
	switch {
	case strings.HasSuffix(m.Topic(), "/state"):
		state, err := contract.UnpackState(m.Payload())
		if err != nil {
			c.wrong = append(c.wrong, err.Error())
		}
		c.state = string(state)
		c.said[m.Topic()] = append(c.said[m.Topic()], state...)
	case strings.HasSuffix(m.Topic(), "/presence"):
		c.online = string(m.Payload())
		c.said[m.Topic()] = append(c.said[m.Topic()], m.Payload()...)
	default:
		records, err := contract.Unpack(m.Payload())
		if err != nil {
			c.wrong = append(c.wrong, err.Error())
		}
		for i, r := range records {
			c.said[m.Topic()] = append(c.said[m.Topic()], r...)
			c.event(client, r, i == len(records)-1)
		}
	}
}

// event takes a record in plain form. One ack is for all of a message.
func (c *cloud) event(client mqtt.Client, payload []byte, last bool) {
	public, personal, _ := bytes.Cut(payload, []byte("\n"))
	var h happened
	if err := json.Unmarshal(public, &h); err != nil {
		c.wrong = append(c.wrong, err.Error())
		return
	}
	name := fmt.Sprint(h.Epoch, "/", h.Seq)
	h.hash = sha256.Sum256(public)
	_ = json.Unmarshal(h.Event, &h.fields) // a test asks for them again and again
	if c.seen[name] {
		c.doubles++
		c.again = append(c.again, h)
		c.again[len(c.again)-1].personal = c.decrypt(personal)
		if last {
			c.ack(client, h)
		}
		return
	}
	c.seen[name] = true
	h.personal = c.decrypt(personal)
	if n := len(c.events); n > 0 && c.events[n-1].Epoch == h.Epoch {
		if last := c.events[n-1]; h.Seq != last.Seq+1 || h.Prev != hex.EncodeToString(last.hash[:]) {
			c.wrong = append(c.wrong, fmt.Sprintf("record %s does not follow %d", name, last.Seq))
		}
	}
	c.events = append(c.events, h)
	if last {
		c.ack(client, h)
	}
}

func (c *cloud) decrypt(personal []byte) map[string]string {
	if len(personal) == 0 {
		return nil
	}
	var boxes, plain = map[string]string{}, map[string]string{}
	if err := json.Unmarshal(personal, &boxes); err != nil {
		c.wrong = append(c.wrong, err.Error())
	}
	for name, text := range boxes {
		sealed, _ := base64.StdEncoding.DecodeString(text)
		open, ok := box.OpenAnonymous(nil, sealed, c.public, c.private)
		if !ok {
			c.wrong = append(c.wrong, name+" cannot be decrypted")
		}
		plain[name] = string(open)
	}
	return plain
}

func (c *cloud) ack(client mqtt.Client, h happened) {
	if !c.quiet {
		client.Publish("lockerd/v1/rig/acks", 1, false, signedAck(issuer, wordFor("rig", h)))
	}
}

// wordFor is what is said of a record once it is kept.
func wordFor(cabinet string, h happened) string {
	return cloudtest.Word(cabinet, h.Epoch, h.Seq, h.hash)
}

func signedAck(by *credential.Signer, word string) string {
	signed, err := by.Ack([]byte(word))
	if err != nil {
		panic(err)
	}
	return signed
}

// hush stops the cloud's acks, or lets them come again.
func (c *cloud) hush(quiet bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.quiet = quiet
}

// say publishes where acks come from.
func (c *cloud) say(ack string) {
	c.t.Helper()
	token := c.client.Publish("lockerd/v1/rig/acks", 1, false, ack)
	if !token.WaitTimeout(10*time.Second) || token.Error() != nil {
		c.t.Fatalf("ack: %v", token.Error())
	}
}

// order sends an order; personal is encrypted to the cabinet's key.
func (c *cloud) order(id, kind string, body map[string]any, cabinet string, personal map[string]string) {
	c.t.Helper()
	order := map[string]any{"id": id, "cabinet": "rig", "kind": kind, "issued": time.Now().UTC(),
		"expires": time.Now().Add(time.Hour).UTC(), "body": body}
	if personal != nil {
		plain, _ := json.Marshal(personal)
		key, _ := base64.StdEncoding.DecodeString(cabinet)
		sealed, err := box.SealAnonymous(nil, plain, (*[32]byte)(key), nil)
		if err != nil {
			c.t.Fatal(err)
		}
		order["personal"] = base64.StdEncoding.EncodeToString(sealed)
	}
	data, _ := json.Marshal(order)
	c.publish(c.sign(issuer, data))
}

// issuer signs the cabinet's orders.
var issuer = newSigner("cloud", 1)

func newSigner(id string, seed byte) *credential.Signer {
	key := sha256.Sum256([]byte{seed}) // not the byte itself: such keys are refused
	s, err := credential.NewSigner(id, key[:])
	if err != nil {
		panic(err)
	}
	return s
}

// issuerTOML is what a cabinet's configuration says of the operator.
func issuerTOML() string {
	i := issuer.Issuer("orders", "tokens")
	return fmt.Sprintf("[[issuer]]\nid = %q\nkey = %q\nsigns = [\"orders\", \"tokens\"]\n", i.ID, i.Key)
}

func (c *cloud) sign(by *credential.Signer, order []byte) string {
	c.t.Helper()
	signed, err := by.Order(order)
	if err != nil {
		c.t.Fatal(err)
	}
	return signed
}

// publish sends a message to where orders come from.
func (c *cloud) publish(message string) {
	c.t.Helper()
	token := c.client.Publish("lockerd/v1/rig/orders", 1, false, message)
	if !token.WaitTimeout(10*time.Second) || token.Error() != nil {
		c.t.Fatalf("order: %v", token.Error())
	}
}

// all is every event so far.
func (c *cloud) all() []happened {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]happened(nil), c.events...)
}

// heard is all that the cabinet said, by topic.
func (c *cloud) heard() map[string][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.said)
}

// summary is the retained state.
func (c *cloud) summary() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// stateSeq is the newest record that the retained state takes into account.
func (c *cloud) stateSeq() uint64 {
	var state struct{ Seq uint64 }
	_ = json.Unmarshal([]byte(c.summary()), &state)
	return state.Seq
}

func (c *cloud) count(kind string) (n int) {
	for _, h := range c.all() {
		if h.Kind == kind {
			n++
		}
	}
	return n
}

// last is the newest event of a kind whose field has a value; any if the field is "".
func (c *cloud) last(kind, field, value string) (found happened, ok bool) {
	for _, h := range c.all() {
		if h.Kind == kind && (field == "" || h.field(field) == value) {
			found, ok = h, true
		}
	}
	return found, ok
}

// run is how the newest run began, once so many have. It counts first: what comes meanwhile would be taken for the run before's.
func (c *cloud) run(number int) (began happened, ok bool) {
	if c.count("run.started") < number {
		return began, false
	}
	return c.last("run.started", "", "")
}

// doorIs says that the newest word of a door is that it opened, or closed.
func (c *cloud) doorIs(door int, kind string) bool {
	newest := ""
	for _, h := range c.all() {
		if (h.Kind == "door.opened" || h.Kind == "door.closed") && h.field("door") == fmt.Sprint(door) {
			newest = h.Kind
		}
	}
	return newest == kind
}

// await waits for what the cabinet says. It reads everything anew when something has come, and at times for what is no message.
func (c *cloud) await(what string, is func(*cloud) bool) {
	c.t.Helper()
	heard, at := int64(-1), time.Time{}
	eventually(c.t, what, func() bool {
		n := c.messages.Load()
		if n == heard && time.Since(at) < 200*time.Millisecond {
			return false
		}
		heard, at = n, time.Now()
		return is(c)
	})
}

// complete waits until the newest record that the retained state speaks of has come, and checks everything.
func (c *cloud) complete() {
	c.t.Helper()
	c.await("every record", func(c *cloud) bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		var state struct {
			Epoch string
			Seq   uint64
		}
		if json.Unmarshal([]byte(c.state), &state) != nil || len(c.events) == 0 {
			return false
		}
		last := c.events[len(c.events)-1]
		return last.Epoch == state.Epoch && last.Seq >= state.Seq
	})
	c.check()
}

// check holds that nothing was out of order, doubled after the drop rule, or not to be decrypted.
func (c *cloud) check() {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range c.wrong {
		c.t.Error(w)
	}
}
