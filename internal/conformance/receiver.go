package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/contract/schema"
)

// heard is a record that came, whatever was thought of it.
type heard struct {
	contract.Received
	phone string // of its second line, opened
	told  struct {
		Order, Of, Code, Tracking, Reason, Unlock, Outcome, Why, By, Status string
		Door                                                                int
		Missing                                                             uint64
	}
}

func (h heard) name() string { return fmt.Sprintf("%s %s/%d", h.Kind, h.Epoch, h.Seq) }

// arrival is a record's coming, each time that it comes.
type arrival struct {
	epoch string
	seq   uint64
	hash  [32]byte
}

// stated is a state as it came.
type stated struct {
	Cabinet string `json:"cabinet"`
	Epoch   string `json:"epoch"`
	Seq     uint64 `json:"seq"`
	Doors   []struct {
		Door  int    `json:"door"`
		State string `json:"state"`
	} `json:"doors"`
	Faults []struct {
		Kind string `json:"kind"`
		What string `json:"what"`
	} `json:"faults"`
	raw []byte
}

// receiver takes what the cabinet says and judges it as it comes.
type receiver struct {
	k       Knowledge
	schemas *schema.Schemas

	mu       sync.Mutex
	news     chan struct{} // closed, and replaced, with each message
	book     *book
	past     *memory
	taken    []heard            // in order, each once
	unique   map[[32]byte]heard // all that came, by its hash
	order    [][32]byte         // their hashes as they first came
	arrivals []arrival
	early    map[[32]byte]bool // came before what they follow
	midway   []heard           // came before their epoch's beginning
	dropped  int               // of the beginning: they were asked for once more

	presences []contract.Presence
	said      [][]byte // presence as it came
	states    []stated
	plain     int
	packed    int
}

func newReceiver(k Knowledge, b *book) (*receiver, error) {
	schemas, err := schema.Published()
	if err != nil {
		return nil, err
	}
	return &receiver{k: k, schemas: schemas, book: b, past: newMemory(), news: make(chan struct{}), unique: map[[32]byte]heard{}, early: map[[32]byte]bool{}}, nil
}

// with does something under the lock.
func (r *receiver) with(do func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	do()
}

// await waits until something is so, and says whether it came to be in time. is is called under the lock.
func (r *receiver) await(ctx context.Context, within time.Duration, is func() bool) bool {
	late := time.NewTimer(within)
	defer late.Stop()
	for {
		r.mu.Lock()
		so, news := is(), r.news
		r.mu.Unlock()
		if so {
			return true
		}
		select {
		case <-news:
		case <-late.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// quiet waits until nothing has come for a while, at most for as long as patience.
func (r *receiver) quiet(ctx context.Context, pause, patience time.Duration) {
	for end := time.Now().Add(patience); time.Now().Before(end) && ctx.Err() == nil; {
		was := -1
		r.with(func() { was = len(r.arrivals) + len(r.states) })
		if !r.await(ctx, pause, func() bool { return len(r.arrivals)+len(r.states) != was }) {
			return
		}
	}
}

// hear takes a message.
func (r *receiver) hear(topic string, payload []byte, qos byte, retained bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer func() { close(r.news); r.news = make(chan struct{}) }()
	switch topic[strings.LastIndexByte(topic, '/')+1:] {
	case "presence":
		r.presence(payload, qos)
	case "state":
		r.state(payload, qos)
	case "events":
		r.events(payload, qos, retained)
	}
}

func (r *receiver) presence(payload []byte, qos byte) {
	if len(payload) == 0 {
		return // somebody has deleted what was retained
	}
	var p contract.Presence
	if err := errors.Join(r.schemas.Check("presence", payload), json.Unmarshal(payload, &p)); err != nil {
		r.book.fail("presence/form", "%.300v", err)
		return
	}
	if qos != 1 {
		r.book.fail("presence/form", "%s came at QoS %d", payload, qos)
	}
	r.presences, r.said = append(r.presences, p), append(r.said, payload)
	if !p.Online {
		return
	}
	r.book.came("presence/form", "%s", payload)
	r.book.pass("presence/form")
	if strings.HasPrefix(p.Contract, "1.") {
		r.book.pass("presence/contract")
	} else {
		r.book.fail("presence/contract", "%s names contract %q", payload, p.Contract)
	}
}

func (r *receiver) state(payload []byte, qos byte) {
	if len(payload) == 0 {
		return
	}
	plain, err := contract.UnpackState(payload)
	if err != nil {
		r.book.fail("state/form", "%v", err)
		return
	}
	s := stated{raw: plain}
	if err := errors.Join(r.schemas.Check("state", plain), json.Unmarshal(plain, &s)); err != nil {
		r.book.fail("state/form", "%.300v", err)
		return
	}
	if qos != 1 {
		r.book.fail("state/form", "the state of %s/%d came at QoS %d", s.Epoch, s.Seq, qos)
	}
	r.states = append(r.states, s)
	r.book.pass("state/form")
}

func (r *receiver) events(payload []byte, qos byte, retained bool) {
	records, err := contract.Unpack(payload)
	if err != nil {
		r.book.fail("events/form", "a message of %d bytes: %v", len(payload), err)
		return
	}
	if payload[0] == '{' {
		r.plain++
	} else {
		r.packed++
	}
	switch {
	case qos != 1:
		r.book.fail("events/delivery", "a message came at QoS %d", qos)
	case retained:
		r.book.fail("events/delivery", "a message was retained")
	default:
		r.book.pass("events/delivery")
	}
	for _, record := range records {
		r.record(record)
	}
}

// record reads a record in plain form and judges it.
func (r *receiver) record(payload []byte) {
	rec, err := contract.ParseEvent(payload)
	if err != nil {
		r.book.fail("events/form", "%v", err)
		return
	}
	if err := r.schemas.Check("record", rec.Public); err != nil {
		r.book.fail("events/form", "%s %s/%d: %.300v", rec.Kind, rec.Epoch, rec.Seq, err)
	}
	r.book.pass("events/form")
	h := heard{Received: rec}
	_ = json.Unmarshal(rec.Event, &h.told) // a kind may have a field of these names and another type
	r.boxes(&h)
	r.arrivals = append(r.arrivals, arrival{rec.Epoch, rec.Seq, rec.Hash})
	if known, had := r.unique[rec.Hash]; !had || known.phone == "" { // a resend may bring the boxes with it
		if !had {
			r.order = append(r.order, rec.Hash)
		}
		r.unique[rec.Hash] = h
	}
	r.judge(h)
}

// boxes opens the second line.
func (r *receiver) boxes(h *heard) {
	for _, b := range []struct {
		name   string
		sealed []byte
	}{{"phone", h.Phone}, {"code", h.Code}} {
		if len(b.sealed) == 0 {
			continue
		}
		plain, ok := r.k.open(b.sealed)
		if !ok {
			r.book.fail("boxes/open", "the %s of %s is not for the operator's key", b.name, h.name())
			continue
		}
		r.book.pass("boxes/open")
		if b.name == "phone" {
			h.phone = plain
		}
	}
}

// judge takes a record or not, by the rules of receiving.
func (r *receiver) judge(h heard) {
	problem, err := contract.Judge(r.k.Cabinet, r.past, h.Received)
	switch {
	case errors.Is(err, contract.ErrStranger):
		r.book.fail("events/cabinet", "%s names the cabinet %q", h.name(), h.Cabinet)
	case errors.Is(err, contract.ErrDiffers):
		r.book.fail("events/same", "%s came before with other bytes", h.name())
	case errors.Is(err, contract.ErrSeen):
		r.book.pass("events/same")
	case errors.Is(err, contract.ErrTooEarly):
		r.early[h.Hash] = true
	case errors.Is(err, contract.ErrMidway):
		r.midway = append(r.midway, h)
		r.dropped++
	default:
		r.take(h, problem)
		r.aside(h)
	}
}

// aside takes what follows a record and came before it: the rule is broken, and all the others can still be judged.
func (r *receiver) aside(after heard) {
	for hash := range r.early {
		next := r.unique[hash]
		if _, taken := r.past.Find(hash); !taken && next.Epoch == after.Epoch && next.Seq == after.Seq+1 {
			r.judge(next)
			return
		}
	}
}

// take takes a record, with a problem where there is one.
func (r *receiver) take(h heard, problem string) {
	r.past.take(h.Received)
	r.taken = append(r.taken, h)
	r.book.pass("events/cabinet")
	switch {
	case problem == contract.ProblemChain:
		r.book.fail("events/chain", "the prev of %s is not the hash of the line before", h.name())
	case problem != "":
		r.book.fail("events/epochs", "%s: %s", h.name(), problem)
	case h.Kind == "journal.epoch_begun":
		r.book.came("events/epochs", "%s", h.Public)
		r.book.pass("events/epochs")
	default:
		r.book.pass("events/chain")
	}
}

// begin takes what came midway from the first record of a resend on: the beginning of its epoch is no longer there.
func (r *receiver) begin() (from string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.midway
	if len(r.taken) > 0 || len(all) == 0 {
		return ""
	}
	first := len(all) - 1
	for first > 0 && all[first-1].Epoch == all[first].Epoch && all[first-1].Seq+1 == all[first].Seq {
		first--
	}
	r.midway = nil
	r.take(all[first], "")
	for _, h := range all[first+1:] {
		r.judge(h)
	}
	return all[first].name()
}

// head is the newest record that was taken.
func (r *receiver) head() (h heard, any bool) {
	if len(r.taken) == 0 {
		return h, false
	}
	return r.taken[len(r.taken)-1], true
}

// find are the records of a kind that came and are so. The caller holds the lock.
func (r *receiver) find(kind string, is func(heard) bool) (all []heard) {
	for _, hash := range r.order {
		if h := r.unique[hash]; h.Kind == kind && is(h) {
			all = append(all, h)
		}
	}
	return all
}

// of are the records of a kind that name an order. The caller holds the lock.
func (r *receiver) of(kind, order string) []heard {
	return r.find(kind, func(h heard) bool { return h.told.Order == order })
}

// answers are the answers to an order. The caller holds the lock.
func (r *receiver) answers(order string) []heard {
	return append(r.of("order.accepted", order), r.of("order.refused", order)...)
}

// finish judges what only the end can tell: what stays missing, and what came too early.
func (r *receiver) finish() {
	for _, hash := range r.order {
		if !r.early[hash] {
			continue
		}
		h := r.unique[hash]
		if newest, _ := r.past.Newest(h.Epoch); h.Seq > newest {
			r.book.fail("events/gaps", "%s/%d never came, but %s did", h.Epoch, newest+1, h.name())
		} else {
			r.book.fail("events/order", "%s came before the one that it follows", h.name())
		}
	}
	if len(r.taken) == 0 {
		return
	}
	r.book.pass("events/order")
	first, last := r.taken[0], r.taken[len(r.taken)-1]
	r.book.came("events/gaps", "%d records, %s/%d to %s/%d", len(r.taken), first.Epoch, first.Seq, last.Epoch, last.Seq)
	r.book.pass("events/gaps")
}
