package main

import (
	"context"
	"errors"
	"fmt"

	"lockerd/internal/desk"
	"lockerd/internal/desk/account"
)

type accountCommand struct {
	Add  accountAddCommand  `cmd:"" help:"Make an account, or have its person begin anew, and print an invitation once."`
	Bar  accountBarCommand  `cmd:"" help:"Let a person come in no more, and sign them out."`
	List accountListCommand `cmd:"" help:"List accounts."`
}

type accountAddCommand struct {
	configFlag
	Name string `arg:"" help:"The account: lower-case letters, digits, dots, dashes and underscores."`
	Role string `help:"What they may do: viewer sees, staff works, admin decides who else works here." enum:"viewer,staff,admin" required:""`
}

// Run invites somebody. Whoever may run this command has the keys of the desk anyway.
func (c *accountAddCommand) Run(ctx context.Context, s *streams) error {
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	if d.Pages.Public == "" {
		return errors.New("account: there are no pages: set pages.listen and pages.public first")
	}
	secret, err := account.New(d.books).Invite(ctx, c.Name, desk.Role(c.Role), by, "")
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "For %s alone, once, within three days:\n%s/desk/join/%s\n", c.Name, d.Pages.Public, secret)
	return nil
}

type accountBarCommand struct {
	configFlag
	Name string `arg:"" help:"The account, as account list prints it."`
}

// Run bars somebody.
func (c *accountBarCommand) Run(ctx context.Context, _ *streams) error {
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	p, err := d.books.Person(ctx, c.Name)
	if err != nil {
		return err
	}
	return account.New(d.books).Change(ctx, c.Name, p.Role, true, by, "")
}

type accountListCommand struct {
	configFlag
}

// Run lists accounts.
func (c *accountListCommand) Run(ctx context.Context, s *streams) error {
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	people, err := d.books.People(ctx)
	if err != nil {
		return err
	}
	table := newTable(s.out, "NAME", "ROLE", "STATE")
	for _, p := range people {
		state := "in use"
		switch {
		case !p.Barred.IsZero():
			state = "barred"
		case !p.Invited.IsZero():
			state = "invited until " + p.Invited.In(d.zone).Format("2006-01-02 15:04")
		}
		table.row(p.Name, p.Role, state)
	}
	return table.end()
}
