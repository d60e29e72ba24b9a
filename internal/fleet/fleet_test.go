package fleet_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"os"
	"testing"
	"time"

	"lockerd/internal/credential"
	"lockerd/internal/fleet"
	"lockerd/internal/sync/cloudtest"
)

// TestADayOfAFleet: some cabinets in one process live a day in seconds at a true broker; every record comes, every recipient is told and
// fetches their parcel.
func TestADayOfAFleet(t *testing.T) {
	broker := cloudtest.StartMosquitto(t, "")
	dir, err := os.MkdirTemp("", "fleet-") // sockets lie in it: its path must be short
	fatal(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	operator := credential.NewOperator()
	var seed [32]byte
	_, _ = rand.Read(seed[:]) // never fails
	signer, err := credential.NewSigner("fleet", seed[:])
	fatal(t, err)
	relay, err := fleet.NewRelay("127.0.0.1:0", []string{broker.Addr})
	fatal(t, err)
	cfg := fleet.Config{N: 3, Name: "f", Dir: dir, Broker: "mqtt://" + relay.Addr(), Packed: true, Operator: operator.Public(),
		Issuer: signer.Issuer("orders", "tokens"), Day: 10 * time.Second, Parcels: 2, Log: slog.New(slog.DiscardHandler)}
	f, err := fleet.New(cfg)
	fatal(t, err)
	readers, err := f.Keys()
	fatal(t, err)
	cloud := fleet.NewOwn(operator, signer, readers, f.Told)
	fatal(t, cloud.Connect("mqtt://"+broker.Addr))
	defer cloud.Close()

	ctx, stop := context.WithCancel(context.Background())
	ready, ended := make(chan struct{}), make(chan error, 2)
	go func() { ended <- relay.Run(ctx) }()
	go func() { ended <- f.Run(ctx, func() { close(ready) }) }()
	defer func() {
		stop()
		for range 2 {
			if err := <-ended; err != nil {
				t.Errorf("want nil after a stop, got %v", err)
			}
		}
	}()
	select {
	case <-ready:
	case err := <-ended:
		ended <- nil
		t.Fatalf("the fleet does not start: %v", err)
	}
	cloudtest.Eventually(t, "all are connected", func() bool { return relay.Counts().Connected == cfg.N })
	cloudtest.Eventually(t, "all hear what is sent to them", func() bool { return len(f.Deaf()) == 0 })
	f.Live(ctx, cloud)
	var s fleet.Summary
	cloudtest.Eventually(t, "all records have come", func() bool {
		s, err = f.Summary()
		fatal(t, err)
		got := cloud.Received()
		for name, last := range s.Records {
			if got.Records[name] != last {
				return false
			}
		}
		return true
	})
	if s.Brought != 6 || s.Told != 6 || s.Fetched != 6 || s.Again != 0 || len(s.Missed) > 0 || len(s.Waits) != 6 {
		t.Errorf("want six parcels brought, told of once and fetched, got %+v", s)
	}
	if got := cloud.Received(); len(got.Wrong) > 0 {
		t.Errorf("want nothing wrong, got %v", got.Wrong)
	}
	if c := relay.Counts(); c.Sent == 0 || c.Received == 0 {
		t.Errorf("want bytes counted, got %+v", c)
	}
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
