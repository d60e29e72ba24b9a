package cloudtest

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"lockerd/internal/contract"
)

// A Keeper is a receiver of one cabinet's records that knows the contract and nothing else: it takes each once and in order, keeps aside what comes
// too early, and acknowledges what it has taken. What the rules call a problem fails the test.
type Keeper struct {
	t       *testing.T
	cabinet string
	sign    func(word string) string

	mu     sync.Mutex
	ledger *contract.Ledger
	due    chan string // the topic of acks: something is to be acknowledged
	taken  []contract.Received
	aside  map[uint64]contract.Received
	seen   int
	early  int
	ended  bool
}

// NewKeeper connects a keeper to a broker until the test ends. sign signs its acks.
func NewKeeper(t *testing.T, broker, cabinet string, sign func(word string) string) *Keeper {
	t.Helper()
	k := &Keeper{t: t, cabinet: cabinet, sign: sign, ledger: contract.NewLedger(cabinet), aside: map[uint64]contract.Received{}, due: make(chan string, 1)}
	client := subscribe(t, "keeper", broker, k.hear)
	var acks sync.WaitGroup
	acks.Go(func() { k.acknowledge(client) })
	t.Cleanup(func() {
		k.mu.Lock()
		k.ended = true
		k.mu.Unlock()
		close(k.due)
		acks.Wait()
	})
	return k
}

// acknowledge says what was taken, from time to time: not where messages are heard, which must not wait for a broker that is away.
func (k *Keeper) acknowledge(client mqtt.Client) {
	for topic := range k.due {
		if word := k.Word(); word != "" {
			client.Publish(topic, 1, false, k.sign(word))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (k *Keeper) hear(_ mqtt.Client, m mqtt.Message) {
	if !strings.HasSuffix(m.Topic(), "/"+k.cabinet+"/events") {
		return
	}
	records, err := contract.Unpack(m.Payload())
	if err != nil {
		k.t.Errorf("keeper: %v", err)
	}
	for _, r := range records {
		k.Take(r)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ended {
		return
	}
	select {
	case k.due <- strings.TrimSuffix(m.Topic(), "events") + "acks":
	default: // it is due
	}
}

// Take takes a record in plain form, or does not.
func (k *Keeper) Take(payload []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r, err := contract.ParseEvent(payload)
	if err != nil {
		k.t.Errorf("keeper: %v", err)
		return
	}
	k.judge(r)
	for next, waits := k.aside[r.Seq+1]; waits; next, waits = k.aside[next.Seq+1] {
		delete(k.aside, next.Seq)
		k.judge(next)
	}
}

func (k *Keeper) judge(r contract.Received) {
	problem, err := k.ledger.Take(r)
	switch {
	case problem != "":
		k.t.Errorf("keeper: record %d was taken with a problem: %s", r.Seq, problem)
	case err == nil:
		k.taken = append(k.taken, r)
	case errors.Is(err, contract.ErrDiffers), errors.Is(err, contract.ErrStranger):
		k.t.Errorf("keeper: record %d: %v", r.Seq, err)
	case errors.Is(err, contract.ErrSeen):
		k.seen++
	default: // too early, or before the beginning
		k.early++
		k.aside[r.Seq] = r
	}
}

// Word is what the keeper has to say of the newest record that it took; empty: none.
func (k *Keeper) Word() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	epoch, seq, hash := k.ledger.Head()
	if epoch == "" {
		return ""
	}
	return Word(k.cabinet, epoch, seq, hash)
}

// Taken are the records that were taken, in order.
func (k *Keeper) Taken() []contract.Received {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.taken[:len(k.taken):len(k.taken)]
}

// Dropped says how many records came once more, and how many too early.
func (k *Keeper) Dropped() (seen, early int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.seen, k.early
}
