package cabinet

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/pprof"
	"slices"
	stdsync "sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// owner is a part of the cabinet with its own goroutine, the only one that touches what it owns. Its name is in its error,
// in the log and in profiles (label "owner").
type owner struct {
	name string
	run  func(context.Context) error
}

func (o owner) String() string { return o.name }

// owners are all that run together.
type owners struct {
	log *slog.Logger
	all []owner

	mu    stdsync.Mutex
	since map[string]time.Time // by name: those that run
}

func (o *owners) add(name string, run func(context.Context) error) {
	o.all = append(o.all, owner{name, run})
}

// run starts every owner and waits for all of them: the first error stops the others.
func (o *owners) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	o.since = make(map[string]time.Time, len(o.all))
	for _, owner := range o.all {
		o.since[owner.name] = time.Now()
	}
	for _, owner := range o.all {
		group.Go(func() (err error) {
			defer o.ended(owner)
			pprof.Do(ctx, pprof.Labels("owner", owner.name), func(ctx context.Context) { err = owner.run(ctx) })
			if err != nil {
				return fmt.Errorf("%s: %w", owner, err)
			}
			return nil
		})
	}
	return group.Wait()
}

func (o *owners) ended(owner owner) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.since, owner.name)
	o.log.Debug("an owner has ended", "owner", owner.name)
}

// OwnerState is a line of the answer to GET /owners.
type OwnerState struct {
	Owner string    `json:"owner"`
	Since time.Time `json:"since"`
}

// running are the running owners by name.
func (o *owners) running() []OwnerState {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := []OwnerState{}
	for _, owner := range o.all {
		if since, runs := o.since[owner.name]; runs {
			list = append(list, OwnerState{owner.name, since})
		}
	}
	slices.SortFunc(list, func(a, b OwnerState) int { return a.Since.Compare(b.Since) })
	return list
}
