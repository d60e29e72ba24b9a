package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"lockerd/internal/desk/broker"
	"lockerd/internal/desk/embedded"
	"lockerd/internal/desk/pages"
	"lockerd/internal/desk/post"
)

type runCommand struct {
	configFlag
}

// outside is how often orders are looked for that another process, as lockerdesk announce, has put into the books.
const outside = 2 * time.Second

// owner is a part of the desk.
type owner interface {
	Run(context.Context) error
	String() string
}

// broker is how the desk reaches its broker, and the broker itself if it is a part of the desk.
func (d *desktop) broker(log *slog.Logger) ([]owner, broker.Config) {
	if d.Broker.Embedded.Listen == "" {
		return nil, d.Broker.Config
	}
	own := embedded.New(d.Broker.Embedded, d.Broker.Topics, log)
	way := d.Broker.Config
	way.Dial = own.Dial
	return []owner{own}, way
}

// Run runs the desk until it is told to stop. Each part is one owner; the first that cannot do its job ends all, and systemd starts
// them again.
func (c *runCommand) Run(ctx context.Context, s *streams) error {
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	mail := post.New(d.Mail, d.books, d.writer(), s.log)
	owners, way := d.broker(s.log)
	link := broker.New(way, d.books, d.keys.operator, d.keys.signer, d.office, mail.Wake, s.log)
	d.sent = link.Wake
	front := pages.New(d.Pages, d.books, d.writer(), s.log)
	group, ctx := errgroup.WithContext(ctx)
	for _, owner := range append(owners, link, mail, front) {
		group.Go(func() error {
			if err := owner.Run(ctx); err != nil {
				return fmt.Errorf("%s: %w", owner, err)
			}
			return nil
		})
	}
	group.Go(func() error {
		tick := time.NewTicker(outside)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
				link.Wake()
			}
		}
	})
	return group.Wait()
}
