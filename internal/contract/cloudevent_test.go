package contract_test

import (
	"encoding/json"
	"testing"

	"lockerd/internal/contract"
	"lockerd/internal/contract/contracttest"
)

func TestCloudEvent(t *testing.T) {
	for _, c := range []struct{ event, subject string }{
		{`{"parcel":"p-1","door":7,"order":"o-1"}`, "parcel/p-1"},
		{`{"door":7,"order":"o-1"}`, "door/7"},
		{`{"order":"o-1","session":"s-1"}`, "order/o-1"},
		{`{"session":"s-1"}`, "session/s-1"},
		{`{}`, ""},
		{`{"door":"seven"}`, ""},
	} {
		r, err := contract.ParseEvent([]byte(contracttest.LineWith("a", 17, "", "door.closed", c.event)))
		if err != nil {
			t.Fatal(err)
		}
		got := r.CloudEvent("lockerd/v1")
		if got.ID != "demo-1/a/17" || got.Source != "lockerd/v1/demo-1" || got.Type != "lockerd.door.closed" || got.Subject != c.subject || got.Time.IsZero() {
			t.Errorf("want it about %q, got %+v", c.subject, got)
		}
		r.Known = false
		if text, err := json.Marshal(r.CloudEvent("lockerd/v1")); err != nil || json.Valid(text) && r.CloudEvent("x").Time != (contract.CloudEvent{}).Time {
			t.Errorf("want no time where none is known, got %s, %v", text, err)
		}
	}
}
