package main

import (
	"context"
	"fmt"
	"log/slog"

	"golang.org/x/sync/errgroup"

	"lockerd/internal/desk/books"
	"lockerd/internal/desk/broker"
	"lockerd/internal/desk/embedded"
	"lockerd/internal/desk/fees"
	"lockerd/internal/desk/office"
	"lockerd/internal/desk/pages"
	"lockerd/internal/desk/post"
	"lockerd/internal/desk/push"
	"lockerd/internal/desk/rest"
	"lockerd/internal/desk/round"
	"lockerd/internal/desk/stills"
	"lockerd/internal/desk/webhook"
)

type runCommand struct {
	configFlag
}

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
	seat, err := d.books.Sit(ctx, d.Broker.Client, s.log)
	if err != nil {
		return err
	}
	gateway, err := d.SMS.Open()
	if err != nil {
		return err
	}
	mail := post.New(d.Mail, gateway, d.books, seat.First, d.duty(), d.writer(), s.log)
	hooks := webhook.New(d.Webhooks, d.books, s.log)
	pusher, err := push.New(d.duty(), d.books, seat.First, s.log)
	if err != nil {
		return err
	}
	errands := fees.New(&d.Fees, d.books, d.office, s.log)
	tell := func() { errands.Wake(); mail.Wake(); hooks.Wake(); pusher.Wake() }
	owners, way := d.broker(s.log)
	link := broker.New(way, d.books, seat, d.keys.operator, d.keys.signer, d.office, tell, s.log)
	d.sent = link.Wake
	seat.Tell(func() { link.Wake(); errands.Wake() }, mail.Wake) // another process, as lockerdesk announce, may have put orders into the books
	front := pages.New(d.Pages, d.books, d.office, d.writer(), s.log)
	front.Mount(stills.Prefix, stills.New(d.books, d.keys.operator, s.log).Handler())
	front.Mount(rest.Base+"/", rest.New(d.books, d.office, &d.Fees, d.Pages.Public, d.Webhooks, s.log).Handler())
	rounds, err := round.New(round.Parts{Books: d.books, Orders: d.office, Operator: d.Operator.Name, Language: d.Operator.Language, Zone: d.zone,
		Public: d.Pages.Public, Token: d.signIn, Log: s.log})
	if err != nil {
		return err
	}
	front.Mount(round.Prefix, rounds.Handler())
	if !d.Desk.Off {
		room, err := office.New(d.Desk, office.Parts{Books: d.books, Orders: d.office, Fees: &d.Fees, Operator: d.Operator.Name, Language: d.Operator.Language,
			Zone: d.zone, Public: d.Pages.Public, Opener: d.keys.operator, Log: s.log})
		if err != nil {
			return err
		}
		front.Mount(office.Prefix, room.Handler())
		owners = append(owners, room)
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, owner := range append(owners, seat, link, errands, mail, hooks, pusher, front,
		books.NewKeeper(d.books, d.Books.retention(), seat.First, s.log)) {
		group.Go(func() error {
			if err := owner.Run(ctx); err != nil {
				return fmt.Errorf("%s: %w", owner, err)
			}
			return nil
		})
	}
	return group.Wait()
}
