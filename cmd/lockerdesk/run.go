package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"lockerd/internal/desk/broker"
	"lockerd/internal/desk/pages"
	"lockerd/internal/desk/post"
)

type runCommand struct {
	configFlag
}

// outside is how often orders are looked for that another process, as lockerdesk announce, has put into the books.
const outside = 2 * time.Second

// Run runs the desk until it is told to stop. Each part is one owner; the first that cannot do its job ends all, and systemd starts
// them again.
func (c *runCommand) Run(ctx context.Context, s *streams) error {
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	mail := post.New(d.Mail, d.books, d.writer(), s.log)
	link := broker.New(d.Broker, d.books, d.keys.operator, d.keys.signer, d.office, mail.Wake, s.log)
	d.sent = link.Wake
	front := pages.New(d.Pages, d.books, d.writer(), s.log)
	group, ctx := errgroup.WithContext(ctx)
	for _, owner := range []interface {
		Run(context.Context) error
		String() string
	}{link, mail, front} {
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
