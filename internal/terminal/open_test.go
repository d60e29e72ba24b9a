package terminal

import (
	"fmt"
	"testing"
	"time"

	"lockerd/internal/locker"
)

// TestItIsAskedOneAfterTheOther: an adapter that looks up one payment at a time is given its time for each.
func TestItIsAskedOneAfterTheOther(t *testing.T) {
	onBench(t, func(b *bench) {
		b.says(ready)
		var want []locker.Input
		for n := range 5 {
			id := fmt.Sprintf("c-8d41f0c2-%d", 11+n)
			b.carries(locker.ChargeUncertain{Charge: id})
			want = append(want, locker.ChargeEnded{Charge: id, Outcome: locker.ChargePaid, Amount: 1})
		}
		for n := range want {
			if time.Sleep(5 * time.Second); b.wire().ended() {
				t.Fatalf("want it given its time, it was ended with %d of %d answered", n, len(want))
			}
			b.says(fmt.Sprintf(`{"result":{"id":"c-8d41f0c2-%d","outcome":"paid","paid":1}}`, 11+n))
		}
		b.wasTold(append([]locker.Input{locker.TerminalReady{}}, want...)...)
	})
}
