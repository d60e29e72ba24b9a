package sync_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	link "lockerd/internal/sync"
)

// world is a window with all that is around it: the journal, a broker that may throw away what it has acknowledged, and
// a cloud that may say anything. It is a value: a copy of it can be played on.
type world struct {
	t      *rapid.T
	w      link.Window
	now    time.Time
	size   int
	doubts bool // the cloud's word counts, not the broker's

	gone, last uint64 // the journal holds the records between them
	confirmed  uint64
	air        []flown
	broker     []uint64 // acknowledged, not with the cloud yet
	have       uint64   // what the cloud has

	before uint64          // the newest record sent on this connection
	most   uint64          // the highest of them
	back   bool            // the window has a reason to go back
	doubt  uint64          // up to here they were sent when the cloud was last doubted
	unsent map[uint64]bool // asked for, and not sent since, or lost on the way
}

type flown struct {
	seq   uint64
	round int
	asked bool // what was asked for is on its way
}

func (x *world) copy() *world {
	c := *x
	c.air, c.broker, c.unsent = slices.Clone(x.air), slices.Clone(x.broker), maps.Clone(x.unsent)
	return &c
}

// step is what the loop does whenever it wakes.
func (x *world) step() {
	if x.w.Look(x.confirmed, x.now) {
		x.back, x.doubt = true, max(x.doubt, x.most)
	}
	for {
		after, room := x.w.Next()
		if room == 0 {
			return
		}
		from := max(after, x.gone) + 1
		if from > x.last {
			return
		}
		for seq := from; seq <= min(x.last, from+uint64(room)-1); seq++ {
			x.send(seq)
		}
	}
}

// send holds the order of records against the laws.
func (x *world) send(seq uint64) {
	if seq <= x.before && !x.back {
		x.t.Fatalf("record %d was sent again after %d though nobody asked or was doubted", seq, x.before)
	}
	for passed := x.before + 1; passed < seq; passed++ {
		if passed > x.gone && (passed > x.confirmed || x.unsent[passed]) {
			x.t.Fatalf("record %d was passed over: %d came after %d; confirmed %d", passed, seq, x.before, x.confirmed)
		}
	}
	if seq <= x.doubt && seq > x.confirmed+uint64(x.size) {
		x.t.Fatalf("record %d was sent again far ahead of the cloud, which has confirmed %d", seq, x.confirmed)
	}
	x.air = append(x.air, flown{seq, x.w.Fly(seq), x.unsent[seq]})
	x.before, x.most, x.back = seq, max(x.most, seq), false
	delete(x.unsent, seq)
	if len(x.air) > x.size {
		x.t.Fatalf("%d messages are on their way, of at most %d", len(x.air), x.size)
	}
}

// land is the broker's PUBACK for the oldest n on their way.
func (x *world) land(n int) {
	for _, f := range x.air[:n] {
		x.w.Land(f.seq, f.round)
		x.broker = append(x.broker, f.seq)
		if !x.doubts {
			x.confirmed = max(x.confirmed, f.seq)
		}
	}
	x.air = x.air[n:]
}

// deliver gives the cloud what the broker has: it takes what follows what it has, or the oldest that there is.
func (x *world) deliver(n int) {
	for _, seq := range x.broker[:n] {
		if seq == max(x.have, x.gone)+1 {
			x.have = seq
		}
	}
	x.broker = x.broker[n:]
}

// ack is the cloud's word. The journal ignores what it does not know.
func (x *world) ack(seq uint64) {
	if x.doubts && seq <= x.last {
		x.confirmed = max(x.confirmed, seq)
	}
}

func (x *world) ask(after uint64) {
	x.w.Ask(after, x.last, x.now)
	x.back = true
	for seq := after + 1; seq <= x.last; seq++ {
		x.unsent[seq] = true
	}
}

// pass lets time pass. The loop wakes when it is due. What the broker has by then may all be for nobody.
func (x *world) pass(d time.Duration, nobody bool) {
	end := x.now.Add(d)
	for due := x.w.Due(); !due.IsZero() && due.Before(end); due = x.w.Due() {
		if !due.After(x.now) {
			x.t.Fatal("it wants to look again at once, for ever")
		}
		x.now = due
		x.step()
		for nobody && len(x.air) > 0 {
			x.land(len(x.air))
			x.broker = nil
			x.step()
		}
	}
	x.now = end
	x.step()
}

// cut ends the connection; the next one begins with what is left of what was asked for.
func (x *world) cut() {
	for _, f := range x.air {
		if f.asked {
			x.unsent[f.seq] = true
		}
	}
	after, open := x.w.Wish()
	x.air, x.before, x.most, x.back, x.doubt = nil, 0, 0, false, 0
	x.w = link.NewWindow(x.size, x.doubts, x.confirmed, x.now)
	if open {
		x.w.Ask(after, x.last, x.now)
	}
}

// alive plays on in a world in which all is well from now: the broker acknowledges at once and keeps what it takes, the
// cloud acknowledges what it gets after some time, and asks for what it has lost. Then everything leaves.
func (x *world) alive(lag time.Duration) {
	x.last++ // an alarm
	if x.have < x.confirmed {
		x.ask(x.have)
	}
	all := time.Duration(x.last/uint64(x.size)+3) * (lag + time.Second)
	end := x.now.Add(link.LongDoubt + all)
	listened := false
	var word uint64 // the cloud's, on its way
	var comes time.Time
	for x.step(); ; x.step() {
		busy := len(x.air) > 0
		x.land(len(x.air))
		if x.deliver(len(x.broker)); x.have > x.confirmed && x.have > word {
			if word <= x.confirmed {
				comes = x.now.Add(lag)
			}
			word = x.have
		}
		if busy {
			continue
		}
		due := x.w.Due()
		if word > x.confirmed && (due.IsZero() || !comes.After(due)) {
			if !listened { // something new: from here it is soon done
				listened, end = true, comes.Add(link.Doubt+all)
			}
			x.now = comes
			if x.ack(word); x.w.Owed() { // it wakes nobody, but it is looked for
				x.now = x.now.Add(time.Second)
				continue
			}
		}
		if due.IsZero() || x.calm() {
			break
		}
		if x.now = due; x.now.After(end) {
			x.t.Fatalf("it still waits though all is well: confirmed %d of %d, the cloud has %d, %d asked for is unsent",
				x.confirmed, x.last, x.have, len(x.unsent))
		}
	}
	if !x.calm() {
		x.t.Fatalf("it has come to rest: confirmed %d of %d, the cloud has %d, %d asked for is unsent",
			x.confirmed, x.last, x.have, len(x.unsent))
	}
}

// calm says that everything has left and come.
func (x *world) calm() bool {
	maps.DeleteFunc(x.unsent, func(seq uint64, _ bool) bool { return seq <= x.gone })
	return x.confirmed == x.last && (x.have == x.last || !x.doubts) && len(x.unsent) == 0
}

func TestWindowKeepsItsLaws(t *testing.T) {
	t.Parallel()
	for range 20 { // histories by the hundred
		rapid.Check(t, keepsItsLaws)
	}
}

func keepsItsLaws(t *rapid.T) {
	x := &world{t: t, now: time.Unix(1e9, 0), size: rapid.IntRange(1, 5).Draw(t, "size"),
		doubts: rapid.IntRange(0, 3).Draw(t, "mode") > 0, unsent: make(map[uint64]bool)}
	x.w = link.NewWindow(x.size, x.doubts, 0, x.now)
	number := func(least, most uint64, of string) uint64 { return rapid.Uint64Range(least, most).Draw(t, of) }
	some := func(list int) int { return rapid.IntRange(0, list).Draw(t, "some") }
	t.Repeat(map[string]func(*rapid.T){
		"grow":            func(*rapid.T) { x.last += number(1, 12, "records"); x.step() },
		"PUBACKs":         func(*rapid.T) { x.land(some(len(x.air))); x.step() },
		"all is landed":   func(*rapid.T) { x.land(len(x.air)); x.step() },
		"deliver":         func(*rapid.T) { x.deliver(some(len(x.broker))) },
		"thrown away":     func(*rapid.T) { x.broker = x.broker[some(len(x.broker)):] },
		"ack":             func(*rapid.T) { x.ack(x.have) },
		"ack of anything": func(*rapid.T) { x.ack(number(0, x.last+9, "seq")) },
		"the cloud loses": func(*rapid.T) { x.have = number(0, x.have, "kept") },
		"resend":          func(*rapid.T) { x.ask(number(0, x.last+9, "after")); x.step() },
		"a while":         func(*rapid.T) { x.pass(time.Duration(number(0, 90, "seconds"))*time.Second, false) },
		"silence": func(t *rapid.T) {
			x.pass(time.Duration(number(1, 240, "minutes"))*time.Minute, rapid.Bool().Draw(t, "nobody"))
		},
		"cut":   func(*rapid.T) { x.cut(); x.step() },
		"prune": func(*rapid.T) { x.gone = number(x.gone, max(x.gone, x.confirmed), "gone") },
		"": func(t *rapid.T) {
			for _, lag := range []time.Duration{0, time.Second, 30 * time.Second} {
				x.copy().alive(lag)
			}
		},
	})
}
