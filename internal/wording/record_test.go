package wording_test

import (
	"encoding/json"
	"testing"

	"lockerd/internal/locker"
	"lockerd/internal/wording"
)

// TestTheDoorOfARecord: of a parcel that goes behind another one it is that.
func TestTheDoorOfARecord(t *testing.T) {
	for _, e := range []locker.Event{locker.ParcelStored{Parcel: "p-1", Door: 7}, locker.DropMoved{Parcel: "p-1", From: 3, To: 7}} {
		line, err := json.Marshal(map[string]any{"event": e})
		if err != nil {
			t.Fatal(err)
		}
		if r := wording.ReadRecord(line); r.Door != 7 {
			t.Errorf("%s: want door 7, got %d", e.Kind(), r.Door)
		}
	}
}
