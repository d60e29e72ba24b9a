package conformance

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// acker acknowledges what was taken, as a cloud does, unless it is held.
type acker struct {
	t *tries

	mu       sync.Mutex
	held     bool
	said     heard // what was acknowledged last
	arrivals int   // how many records had come then
}

func newAcker(t *tries) *acker { return &acker{t: t} }

// start acknowledges from time to time until the function that it gives is called.
func (a *acker) start(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		for tick := time.NewTicker(ackEvery); ; {
			select {
			case <-ctx.Done():
				tick.Stop()
				return
			case <-tick.C:
				a.acknowledge(false)
			}
		}
	})
	return func() { cancel(); done.Wait() }
}

// acknowledge confirms the newest record where something came since; anyway: whatever is held.
func (a *acker) acknowledge(anyway bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var head heard
	came := 0
	a.t.rx.with(func() { head, _ = a.t.rx.head(); came = len(a.t.rx.arrivals) })
	if head.Kind == "" || !anyway && (a.held || came == a.arrivals) {
		return
	}
	a.said, a.arrivals = head, came
	a.t.publish("acks", jws(a.t.IssuerSeed, header(a.t.Issuer, typAck), word(a.t.Cabinet, head.Epoch, head.Seq, head.Hash)))
}

// hold stops the acks, or lets them come again. It returns the record that was acknowledged last.
func (a *acker) hold(on bool) heard {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.held = on
	return a.said
}

// word is the content of an ack.
func word(cabinet, epoch string, seq uint64, hash [32]byte) []byte {
	return fmt.Appendf(nil, `{"cabinet":%q,"epoch":%q,"seq":%d,"hash":"%x"}`, cabinet, epoch, seq, hash)
}
