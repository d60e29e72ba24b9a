package cabinet

import (
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"lockerd/internal/credential"
	"lockerd/internal/journal"
	"lockerd/internal/locker"
	"lockerd/internal/metrics"
)

// TestWhoGivesCodesOutByHand is told which parcel lies where, and the code that opens it now: also of one that its courier has put behind another
// door, or that has another code or recipient by order.
func TestWhoGivesCodesOutByHand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := credential.Make(dir); err != nil {
		t.Fatal(err)
	}
	keys, err := credential.Load(dir, credential.NewOperator().Public())
	if err != nil {
		t.Fatal(err)
	}
	memory, err := journal.Open(journal.Config{Path: filepath.Join(dir, "journal.db"), Cabinet: "demo-1"}, keys.Master, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = memory.Close() })
	at := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	stored := func(parcel string, door int, code, phone string) locker.Event {
		return locker.ParcelStored{Parcel: parcel, Tracking: "T-" + parcel, Door: door, Personal: locker.Personal{Code: locker.Box(code), Phone: locker.Box(phone)}}
	}
	if _, err := memory.Append(locker.Now{Wall: at, Known: true}, []locker.Event{locker.RunStarted{Version: "test"},
		stored("p-1", 1, "one", "11"), stored("p-2", 2, "two", "22"), locker.ParcelCollected{Parcel: "p-2", Door: 2},
		locker.ParcelInHand{Parcel: "p-1", Door: 1}, locker.DropMoved{Parcel: "p-1", From: 1, To: 2}, locker.ParcelStoredAgain{Parcel: "p-1", Tracking: "T-p-1", Door: 2},
		stored("p-3", 1, "three", "33"),
		stored("p-4", 4, "four", "44"), locker.ParcelCodeChanged{Parcel: "p-4", Door: 4, Personal: locker.Personal{Code: locker.Box("new four")}},
		stored("p-5", 5, "five", "55"), locker.ParcelRecipientChanged{Parcel: "p-5", Door: 5, Recipients: 1, Personal: locker.Personal{Code: locker.Box("new five"), Phone: locker.Box("66")}},
		stored("p-6", 6, "six", "66"), locker.ParcelSent{Parcel: "p-7", Door: 6},
		stored("p-8", 7, "eight", "88"), locker.ParcelCodeChanged{Parcel: "p-9", Door: 7, Personal: locker.Personal{Code: locker.Box("new nine")}}, // stored in a record that is gone
	}); err != nil {
		t.Fatal(err)
	}
	c := &control{memory: memory, state: &bulletin{meter: new(metrics.Meter)}, log: slog.New(slog.DiscardHandler)}
	var doors []locker.DoorSummary
	for door := range 7 {
		doors = append(doors, locker.DoorSummary{Door: door + 1, Contents: string(locker.Occupied)})
	}
	c.state.meter.Report(locker.Summary{Doors: doors})
	w := httptest.NewRecorder()
	c.codes(w, nil)
	var got []WaitingParcel
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	var want []WaitingParcel
	for _, p := range []struct {
		parcel      string
		door        int
		code, phone string
	}{{"p-3", 1, "three", "33"}, {"p-1", 2, "one", "11"}, {"p-4", 4, "new four", "44"}, {"p-5", 5, "new five", "66"}} {
		want = append(want, WaitingParcel{Parcel: p.parcel, Tracking: "T-" + p.parcel, Door: p.door, Since: at, Code: locker.Box(p.code), Phone: locker.Box(p.phone)})
	}
	want = append(want, WaitingParcel{Parcel: "p-9", Door: 7, Code: locker.Box("new nine")})
	if !reflect.DeepEqual(got, want) {
		t.Errorf("want %+v, got %+v", want, got)
	}
}
