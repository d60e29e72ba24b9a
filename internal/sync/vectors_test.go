package sync_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"testing"
	"time"

	"lockerd/internal/contract/contracttest"
	"lockerd/internal/credential"
	"lockerd/internal/locker"
	link "lockerd/internal/sync"
)

// vectorKeys are what a cabinet has of the keys of docs/contract.
func vectorKeys(t *testing.T) *keys {
	t.Helper()
	k := contracttest.Read[contracttest.Keys](t, "keys.json")
	issuers, err := credential.NewIssuers([]credential.Issuer{
		{ID: k.Issuer, Key: base64.StdEncoding.EncodeToString(k.IssuerPublic), Signs: []string{"orders"}}})
	if err != nil {
		t.Fatal(err)
	}
	return &keys{Issuers: issuers, public: (*[32]byte)(k.CabinetPublic), private: (*[32]byte)(k.CabinetPrivate),
		operator: (*[32]byte)(k.OperatorPublic), opening: (*[32]byte)(k.OperatorPrivate)}
}

// situations are codes of refusals that say nothing of an order's form: the vectors' cabinet is one that nobody has looked at.
var situations = []locker.RefusalCode{locker.CodeDoorOut}

// TestVectorOrders: what the link reads and the rules decide of each order of docs/contract has the code that stands there.
func TestVectorOrders(t *testing.T) {
	k := vectorKeys(t)
	for _, v := range contracttest.Lines[contracttest.Order](t, "orders.jsonl") {
		o := link.ReadOrder([]byte(v.Message), v.Retained, false, k)
		if o.ID != v.ID {
			t.Errorf("%s: want the id %q, got %q", v.Name, v.ID, o.ID)
		}
		code := locker.CodeOf(o.Refusal)
		if o.ID != "" { // without one there is no answer
			code = decided(t, o, v.At)
		}
		if slices.Contains(situations, code) {
			code = ""
		}
		if string(code) != v.Code {
			t.Errorf("%s: want the code %q, got %q (%s)", v.Name, v.Code, code, o.Refusal)
		}
	}
}

// decided is the code of a cabinet's answer to an order; "" if it follows it.
func decided(t *testing.T, o locker.Order, at time.Time) locker.RefusalCode {
	t.Helper()
	state := locker.NewState(&locker.Config{Cabinet: "demo-1", Resend: true, Times: locker.DefaultTimes(), BreakerDoors: 5,
		Issuers: []locker.Issuer{{ID: "example", Signs: []string{credential.SignsOrders}}},
		Doors:   []locker.DoorPlan{{Number: 7, Size: "M", Lock: locker.Lock{Bus: "main", Board: 1, Channel: 1}}}, Sizes: []locker.Size{{Name: "M", Height: 190}}})
	for _, e := range locker.Decide(state, locker.Now{Wall: at, Known: true, Up: time.Hour}, locker.OrderReceived{Order: o}) {
		switch e := e.(type) {
		case locker.OrderAccepted:
			return ""
		case locker.OrderRefused:
			return e.Code
		}
	}
	t.Errorf("order %s is not answered", o.ID)
	return ""
}

// TestVectorAcks: each ack of docs/contract counts or does not, as it says there.
func TestVectorAcks(t *testing.T) {
	k := vectorKeys(t)
	for _, v := range contracttest.Lines[contracttest.Ack](t, "acks.jsonl") {
		a, err := link.ReadAck([]byte(v.Message), "demo-1", false, k)
		if (err == nil) != v.Counts || v.Counts && (a.Epoch != v.Epoch || a.Seq != v.Seq || fmt.Sprintf("%x", a.Hash) != v.Hash) {
			t.Errorf("%s: want it to count: %t, got %+v, %v", v.Name, v.Counts, a, err)
		}
	}
}
