package locker_test

import (
	"encoding/json"
	"testing"

	"lockerd/internal/locker"
)

func TestACabinetWithoutDoors(t *testing.T) {
	p := plan()
	p.Doors = nil
	if err := p.Validate(); err != nil {
		t.Fatalf("want it valid: a technician builds it at the kiosk; got %v", err)
	}
	p.Technicians = nil
	if p.Validate() == nil {
		t.Fatal("want it refused: nobody could build it")
	}
	p = plan()
	p.Doors, p.Sizes = nil, nil
	if p.Validate() == nil {
		t.Fatal("want it refused: there is nothing to build it of")
	}
}

// TestASnapshotOfBefore loads: of a release that knew no commissioning, habits and sensors.
func TestASnapshotOfBefore(t *testing.T) {
	const before = `{"epoch":"00112233","seq":7,"up":0,"known":true,"revision":1,"session":{},
		"typing":{"wrong":0,"step":0,"last":0,
		"locked":false,"for":0,"since":0},"tech_pin":{"wrong":0,"step":0,"last":0,"locked":false,"for":0,"since":0},
		"doors":[{"number":1,"state":"closed","since":0,"evidence":{},"seen_closed":true,"left_open":false,"failed":0,
		"holds":{"kind":"doubtful","why":"never looked into"},"unlock":{},"last":{}}],"parcels":[],
		"announced":null,"spent":null,
		"silent":[{"bus":"main","board":1}],"scanners_gone":null,"cameras_gone":null,"alarms":null,"photos":null,
		"couriers":null,
		"removed":null,"orders":null}`
	s := &locker.State{}
	if err := json.Unmarshal([]byte(before), s); err != nil {
		t.Fatal(err)
	}
	s.Adopt(plan())
	if h := s.Doors[0].Holds; h.Why != locker.DoubtNever || len(s.Doors) != 5 || s.Silent[0].Board != 1 {
		t.Fatalf("got %+v", s)
	}
	for _, e := range locker.Decide(s, locker.Now{}, locker.Started{Version: "test"}) {
		if d, doubted := e.(locker.DoorDoubted); doubted {
			t.Fatalf("that a door's lock was not known is no reason to doubt: %+v", d)
		}
	}
}
