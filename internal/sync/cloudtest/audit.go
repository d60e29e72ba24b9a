package cloudtest

import (
	"bytes"
	"encoding/json"
	"path"
	"sync"
	"testing"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"lockerd/internal/contract"
	"lockerd/internal/contract/schema"
	"lockerd/internal/form"
)

// audit holds what a test's cabinet and cloud say to each other against the contract (docs/contract/schema.json): all that the cabinet sends,
// with no field that is not known, and of what is sent to it each order that it accepts. Tests may send it what they like.
type audit struct {
	schemas *schema.Schemas

	mu       sync.Mutex
	orders   map[string][]byte // by their ids
	problems []error
}

// newAudit begins an audit; at its end the test fails where something was not as the contract says.
func newAudit(t *testing.T) *audit {
	t.Helper()
	schemas, err := schema.Strict()
	if err != nil {
		t.Fatal(err)
	}
	a := &audit{schemas: schemas, orders: map[string][]byte{}}
	t.Cleanup(func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		for i, err := range a.problems {
			if i == 5 {
				t.Errorf("not of the contract: and %d more", len(a.problems)-i)
				break
			}
			t.Errorf("not of the contract: %v", err)
		}
	})
	return a
}

// sent notes an order that is sent to a cabinet.
func (a *audit) sent(topic string, message []byte) {
	payload, err := schema.Unsigned(message)
	var o contract.Order
	if path.Base(topic) != "orders" || err != nil || form.Read(payload, &o) != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.orders[o.ID] = payload
}

// came judges a message of a cabinet.
func (a *audit) came(topic string, payload []byte) {
	if len(payload) == 0 {
		return // somebody has deleted what was retained
	}
	records, err := [][]byte{payload}, error(nil)
	switch path.Base(topic) {
	case "state":
		records[0], err = contract.UnpackState(payload)
	case "events":
		records, err = contract.Unpack(payload)
	}
	a.judge(err)
	for _, r := range records {
		a.plain(topic, r)
	}
}

// plain judges a message in plain form.
func (a *audit) plain(topic string, payload []byte) {
	a.judge(a.schemas.FromCabinet(path.Base(topic), payload))
	public, _, _ := bytes.Cut(payload, []byte{'\n'})
	var r struct {
		Kind  string
		Event struct{ Order string }
	}
	if path.Base(topic) != "events" || json.Unmarshal(public, &r) != nil || r.Kind != "order.accepted" {
		return
	}
	a.mu.Lock()
	order := a.orders[r.Event.Order]
	a.mu.Unlock()
	if order != nil {
		a.judge(a.schemas.ToCabinet("orders", order))
	}
}

func (a *audit) judge(err error) {
	if err == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.problems = append(a.problems, err)
}

// audited is a client whose messages are held against the contract.
type audited struct {
	mqtt.Client
	audit *audit
}

// Publish publishes, and notes what.
func (c audited) Publish(topic string, qos byte, retained bool, payload any) mqtt.Token {
	switch p := payload.(type) {
	case string:
		c.audit.sent(topic, []byte(p))
	case []byte:
		c.audit.sent(topic, p)
	}
	return c.Client.Publish(topic, qos, retained, payload)
}
