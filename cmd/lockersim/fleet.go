package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"lockerd/internal/credential"
	"lockerd/internal/fleet"
)

// Fleet are the flags of lockersim fleet.
type Fleet struct {
	N       int           `short:"n" help:"How many cabinets." default:"10"`
	Broker  []string      `help:"The broker, or the nodes of its cluster, as 127.0.0.1:1883,127.0.0.1:1884: connections are spread over them." placeholder:"HOST:PORT" required:""`
	Parcels int           `help:"How many parcels each cabinet gets in the day." default:"4"`
	Day     time.Duration `help:"How long the day lasts." default:"2m"`
	Plain   bool          `help:"Send the plain form instead of the packed one."`
	Dir     string        `help:"Where the cabinets live; a new folder in /tmp, which is removed, if none is given." type:"path"`
	Seed    uint64        `help:"Another number is another day." default:"1"`
}

// progressEvery is how often a fleet says how far it is.
const progressEvery = 5 * time.Second

// settleFor is how long records may take to come after the day is over.
const settleFor = 2 * time.Minute

// Run has a fleet live a day at a broker, with an operator's side in memory, and says what came of it. Anything lost is an error.
func (o Fleet) Run(ctx context.Context, out io.Writer) error {
	if o.Dir == "" {
		dir, err := os.MkdirTemp("", "fleet-")
		if err != nil {
			return fmt.Errorf("lockersim: %w", err)
		}
		defer os.RemoveAll(dir) //nolint:errcheck // a folder in /tmp
		o.Dir = dir
	}
	operator := credential.NewOperator()
	seed := make([]byte, 32)
	_, _ = rand.Read(seed) // never fails
	signer, err := credential.NewSigner("fleet", seed)
	if err != nil {
		return err
	}
	relay, err := fleet.NewRelay("127.0.0.1:0", o.Broker)
	if err != nil {
		return err
	}
	f, err := fleet.New(fleet.Config{N: o.N, Name: "fleet", Dir: o.Dir, Broker: "mqtt://" + relay.Addr(), Packed: !o.Plain, Operator: operator.Public(),
		Issuer: signer.Issuer("orders", "tokens"), Day: o.Day, Parcels: o.Parcels, Seed: o.Seed,
		Log: slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelError, ReplaceAttr: withoutTime}))})
	if err != nil {
		return err
	}
	readers, err := f.Keys()
	if err != nil {
		return err
	}
	cloud := fleet.NewOwn(operator, signer, readers, f.Told)
	if err := cloud.Connect("mqtt://" + o.Broker[0]); err != nil {
		return err
	}
	defer cloud.Close()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ready, ended := make(chan struct{}), make(chan error, 2)
	go func() { ended <- relay.Run(ctx) }()
	go func() { ended <- f.Run(ctx, func() { close(ready) }) }()
	fmt.Fprintf(out, "%d cabinets begin in %s\n", o.N, o.Dir)
	began := time.Now()
	select {
	case <-ready:
	case err := <-ended:
		return err
	case <-ctx.Done():
		return nil
	}
	fmt.Fprintf(out, "%d cabinets can be used after %s; %d are connected\n", o.N, time.Since(began).Round(time.Millisecond), relay.Counts().Connected)
	if deaf := f.Deaf(); len(deaf) > 0 {
		fmt.Fprintf(out, "%d of them hear of no order yet, such as %s\n", len(deaf), deaf[0])
	}
	day(ctx, f, cloud, out)
	err = summary(ctx, f, relay, cloud, out)
	stop()
	return errors.Join(err, <-ended, <-ended)
}

// day has people live, and says how far they are.
func day(ctx context.Context, f *fleet.Fleet, cloud fleet.Cloud, out io.Writer) {
	over := make(chan struct{})
	var telling sync.WaitGroup
	telling.Go(func() {
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-over:
				return
			case <-tick.C:
				f.Progress(out)
			}
		}
	})
	f.Live(ctx, cloud)
	close(over)
	telling.Wait()
}

// summary waits until all records have come, and says what came of the day.
func summary(ctx context.Context, f *fleet.Fleet, relay *fleet.Relay, cloud *fleet.Own, out io.Writer) error {
	var s fleet.Summary
	var got fleet.Received
	records, missing := uint64(0), uint64(0)
	for end := time.Now().Add(settleFor); ; {
		var err error
		if s, err = f.Summary(); err != nil {
			return err
		}
		got = cloud.Received()
		records, missing = 0, 0
		for name, last := range s.Records {
			records += last
			missing += last - min(last, got.Records[name])
		}
		if missing == 0 || ctx.Err() != nil || time.Now().After(end) {
			break
		}
		time.Sleep(time.Second)
	}
	c := relay.Counts()
	n := uint64(max(s.Cabinets, 1))
	fmt.Fprintf(out, `
  cabinets   %d, of which %d are connected; %d connections in all
  records    %d; %d lost; %d came again and were dropped, %d came before one that was missing
  parcels    %d brought, %d recipients told, %d of them more than once, %d fetched
  told after %s (median), %s (99 %%), from the shutting of the door on
  traffic    %d bytes to the broker and %d from it, a cabinet and day
  memory     %d kB a cabinet, with its metal and people
`, s.Cabinets, c.Connected, c.Connections, records, missing, got.Again, got.Early, s.Brought, s.Told, s.Again, s.Fetched,
		fleet.Percentile(s.Waits, 0.5).Round(time.Millisecond), fleet.Percentile(s.Waits, 0.99).Round(time.Millisecond), c.Sent/n, c.Received/n, s.Memory/n>>10)
	var errs []error
	if missing > 0 {
		errs = append(errs, fmt.Errorf("lockersim: %d records are lost", missing))
	}
	for _, what := range append(s.Missed, got.Wrong...) {
		errs = append(errs, errors.New("lockersim: "+strings.TrimSpace(what)))
	}
	return errors.Join(errs...)
}
