package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"lockerd/internal/sim"
)

// parcels is how many wait in a cabinet whose unlocks are measured. A run has several such cabinets: three runs are 280
// rounds.
var (
	parcels = some(48, 16)
	batches = some(2, 1)
)

// cold is how long after a door was closed its line is polled calmly again, and a little more.
var cold = time.Duration(some(11500, 1000)) * time.Millisecond

// overhead is what a record adds to its event's JSON, in bytes: the rest of its public line and its hash.
const overhead = 290

// measureScan takes the time from a scan's last byte to the first byte of the unlock while the line rests. A door's
// line is asked at full speed for ten seconds after it has moved, so the doors are on many lines, used in turn.
func measureScan(t *testing.T, f *figures) {
	var a against
	for range batches {
		st, doors := stocked(t, shape{lines: 16, boards: 1, locks: parcels / 16})
		after(cold)
		a.scans(st, doors, nil)
		st.kill()
	}
	a.tell(f, "scan to unlock, line idle", most("≤ 1.5x", 1.5), most("≤ 2x", 2))
}

// measureUsed is the same on one line in use: the door before was shut moments ago.
func measureUsed(t *testing.T, f *figures) {
	var a against
	var waited []time.Duration
	for range batches {
		st, doors := stocked(t, shape{lines: 1, boards: 2, locks: parcels / 2})
		a.scans(st, doors, &waited)
		st.kill()
	}
	a.tell(f, "scan to unlock, line in use", goal{}, goal{})
	p50, _ := a.at(0.50)
	p95, peer := a.at(0.95)
	f.add("scan to unlock, line in use, p50 in milliseconds", "%.2f ms", most("≤ 2.5 ms", 2.5), milliseconds(p50))
	f.add("scan to unlock, line in use, p95 in milliseconds", "%.2f ms", most("≤ 8 ms", 8), milliseconds(p95))
	f.ms("  peer, p95", peer)
	f.add("  of which had to wait for the line", "%.0f", goal{}, float64(len(waited)))
	if len(waited) == 0 {
		return
	}
	slices.Sort(waited)
	f.ms("  of which after the line fell silent, p50", at(waited, 0.50))
	f.ms("  of which after the line fell silent, p99", at(waited, 0.99))
}

// stocked is a running cabinet with a parcel behind every door.
func stocked(t *testing.T, s shape) (st *stand, doors []int) {
	t.Helper()
	st = newStand(t, s)
	h := st.past(1)
	for range parcels {
		doors = append(doors, h.store())
	}
	h.close()
	st.launch()
	st.told()
	return st, doors
}

// scans collects every parcel, and has the peer do its part between them. The first is not counted: it tells how many
// bytes an unlock writes. free is for how long the line was silent before an unlock that had to wait for it; nil: the
// line rests before every scan.
func (a *against) scans(st *stand, doors []int, free *[]time.Duration) {
	st.t.Helper()
	var p *peer
	for i, door := range doors {
		line, _, _ := st.shape.place(door)
		if p != nil {
			began := scanned(st.t, p.scanner, code(i))
			a.peer = append(a.peer, p.line.unlocked(st.t).at.Sub(began))
		}
		if free == nil {
			st.taps[line].idle(st.t)
		} else {
			after(rand.N(100 * time.Millisecond))
		}
		seen := len(st.cloud.all())
		began := scanned(st.t, st.scanner, "LD1:"+code(i+1))
		u := st.taps[line].unlocked(st.t)
		st.open(door)
		st.push(door)
		if p == nil {
			p = startPeer(st.t, st.written(seen), "scanner", "")
			continue
		}
		a.ours = append(a.ours, u.at.Sub(began))
		if free != nil && u.free.After(began) {
			*free = append(*free, u.at.Sub(u.free))
		}
	}
}

// scanned holds a code before a scanner and says when its last byte was there.
func scanned(t *testing.T, scanner *sim.PTY, text string) (began time.Time) {
	t.Helper()
	if _, err := scanner.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	after(5 * time.Millisecond) // it was heard
	began = time.Now()
	if _, err := scanner.Write([]byte("\r")); err != nil {
		t.Fatal(err)
	}
	return began
}

// written is how many bytes of records came with the first unlock after so many events, and before it.
func (st *stand) written(seen int) (size int) {
	st.t.Helper()
	for _, h := range st.cloud.all()[seen:] {
		if h.Kind == "session.ended" || h.Kind == "door.emptied" {
			continue // of the one before
		}
		size += len(h.Event) + overhead
		if h.Kind == "unlock.requested" {
			break
		}
	}
	return size
}

// measureOrder takes the time from an order's publication to the first byte of the unlock, line idle, against a program
// that subscribes, writes as many bytes and sends the frame.
func measureOrder(t *testing.T, f *figures) {
	rounds := batches * parcels
	st := newStand(t, shape{lines: 16, boards: 1, locks: parcels / 16})
	st.past(1).close()
	st.launch()
	st.told()
	after(cold)
	var a against
	var p *peer
	for i := range rounds + 1 {
		door := 1 + i%parcels
		line, _, _ := st.shape.place(door)
		if p != nil {
			began := time.Now()
			if token := st.cloud.client.Publish("peer/orders", 1, false, make([]byte, 200)); token.Wait() && token.Error() != nil {
				t.Fatal(token.Error())
			}
			a.peer = append(a.peer, p.line.unlocked(t).at.Sub(began))
		}
		st.taps[line].idle(t)
		seen := len(st.cloud.all())
		began := time.Now()
		st.cloud.order(fmt.Sprint("open-", i), "door.unlock", map[string]any{"door": door, "reason": "figures"}, "", nil)
		u := st.taps[line].unlocked(t)
		st.open(door)
		st.push(door)
		if p == nil {
			p = startPeer(t, st.written(seen), "broker", st.broker.Addr)
			continue
		}
		a.ours = append(a.ours, u.at.Sub(began))
	}
	a.tell(f, "order to unlock", most("≤ 1.3x", 1.3), goal{})
}
