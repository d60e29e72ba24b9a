package main

import (
	"context"
	"fmt"
	"strings"

	"lockerd/internal/desk/books"
	"lockerd/internal/desk/rest"
	"lockerd/internal/desk/webhook"
)

// webhookCommand are the addresses that records are told to.
type webhookCommand struct {
	Put    webhookPutCommand    `cmd:"" help:"Tell an address of records; a new one's secret is shown, once."`
	List   webhookListCommand   `cmd:"" help:"List the addresses, and how they fare."`
	Remove webhookRemoveCommand `cmd:"" help:"Tell an address nothing more."`
}

type webhookPutCommand struct {
	configFlag
	Name  string   `arg:"" help:"What it is called."`
	URL   string   `arg:"" help:"Where it is, as https://shop.example/hook."`
	Kinds []string `help:"What it is told: kinds of records (parcel.stored), groups (parcel.*), * or alarms." default:"parcel.*,alarms"`
}

// Run adds a webhook, or changes one.
func (c *webhookPutCommand) Run(ctx context.Context, s *streams) error {
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	if !cabinetName.MatchString(c.Name) {
		return fmt.Errorf("webhook: a name has up to 63 letters, digits, dots, dashes and underscores")
	}
	if err := d.Webhooks.CheckURL(c.URL); err != nil {
		return err
	}
	if err := rest.CheckKinds(c.Kinds); err != nil {
		return err
	}
	secret, err := d.books.PutHook(ctx, books.Hook{Name: c.Name, URL: c.URL, Kinds: c.Kinds})
	if err == nil && secret != nil {
		fmt.Fprintln(s.out, webhook.Shown(secret))
	}
	return err
}

type webhookListCommand struct{ configFlag }

// Run lists the webhooks; while one is disabled, the exit status is 1.
func (c *webhookListCommand) Run(ctx context.Context, s *streams) error {
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	hooks, err := d.books.Hooks(ctx)
	if err != nil {
		return err
	}
	var finding error
	table := newTable(s.out, "NAME", "URL", "KINDS", "WAITING", "STATE")
	for _, h := range hooks {
		state := "ok"
		switch {
		case !h.Disabled.IsZero():
			state, finding = "disabled: "+h.Why, errFinding
		case !h.Failing.IsZero():
			state = "failing: " + h.Why
		}
		table.row(h.Name, h.URL, strings.Join(h.Kinds, ","), h.Waiting, state)
	}
	if err := table.end(); err != nil {
		return err
	}
	return finding
}

type webhookRemoveCommand struct {
	configFlag
	Name string `arg:"" help:"What it is called."`
}

// Run removes a webhook.
func (c *webhookRemoveCommand) Run(ctx context.Context, _ *streams) error {
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	return d.books.RemoveHook(ctx, c.Name)
}
