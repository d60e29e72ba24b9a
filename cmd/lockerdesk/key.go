package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"lockerd/internal/desk/rest"
)

// keyCommand are the keys of the REST interface.
type keyCommand struct {
	Add    keyAddCommand    `cmd:"" help:"Make a key and show it, once."`
	List   keyListCommand   `cmd:"" help:"List the keys: what they may do, and when they were used."`
	Revoke keyRevokeCommand `cmd:"" help:"End a key for ever."`
}

type keyAddCommand struct {
	configFlag
	Name      string   `arg:"" help:"Whose key it is, for the audit."`
	Scope     []string `help:"What it may do, as parcels:read,parcels:write." required:""`
	PerMinute int      `help:"How many requests a minute." default:"600"`
}

// Run makes a key. Only its hash is kept.
func (c *keyAddCommand) Run(ctx context.Context, s *streams) error {
	if strings.TrimSpace(c.Name) == "" || len(c.Name) > 64 {
		return errors.New("key: a name has 1 to 64 bytes")
	}
	if err := rest.CheckScopes(c.Scope); err != nil {
		return err
	}
	if c.PerMinute < 1 {
		return errors.New("key: --per-minute is at least 1")
	}
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	secret, err := d.books.AddKey(ctx, c.Name, c.Scope, c.PerMinute)
	if err == nil {
		fmt.Fprintln(s.out, secret)
	}
	return err
}

type keyListCommand struct{ configFlag }

// Run lists the keys.
func (c *keyListCommand) Run(ctx context.Context, s *streams) error {
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	keys, err := d.books.Keys(ctx)
	if err != nil {
		return err
	}
	at := func(t time.Time) string {
		if t.IsZero() {
			return "-"
		}
		return t.In(d.zone).Format("2006-01-02 15:04")
	}
	table := newTable(s.out, "NAME", "ID", "MADE", "USED", "REVOKED", "A MINUTE", "SCOPES")
	for _, k := range keys {
		table.row(k.Name, k.ID, at(k.Made), at(k.Used), at(k.Revoked), k.PerMinute, strings.Join(k.Scopes, ","))
	}
	return table.end()
}

type keyRevokeCommand struct {
	configFlag
	Name string `arg:"" help:"Whose key it is."`
}

// Run ends a key.
func (c *keyRevokeCommand) Run(ctx context.Context, _ *streams) error {
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	return d.books.RevokeKey(ctx, c.Name)
}
