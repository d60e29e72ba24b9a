package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"lockerd/internal/desk/books"
	"lockerd/internal/desk/round"
)

type courierCommand struct {
	Put  courierPutCommand  `cmd:"" help:"Let a courier sign in at cabinets by a page of their own, or have one begin anew, and print its address once."`
	End  courierEndCommand  `cmd:"" help:"End a courier's page, and let them sign in nowhere any more."`
	List courierListCommand `cmd:"" help:"List couriers who have a page."`
}

// register decides who has a page.
func (d *desktop) register() round.Register { return round.Register{Books: d.books, Orders: d.office} }

type courierPutCommand struct {
	configFlag
	ID       string   `arg:"" help:"The courier's id at the cabinets; no name."`
	Company  string   `help:"Whose courier it is: they see its parcels, and those that anybody may bring." required:""`
	Cabinet  []string `help:"A cabinet of the round; once for each." required:""`
	Days     int      `help:"For how long, in days." default:"180"`
	Language string   `help:"The page's language: en, de, ar or zh; empty: as the browser asks."`
}

// Run asks for the courier's name, which goes to the cabinets in boxes that only they open, and is kept nowhere here.
func (c *courierPutCommand) Run(ctx context.Context, s *streams) error {
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	if d.Pages.Public == "" {
		return errors.New("courier: there are no pages: set pages.listen and pages.public first")
	}
	name, given := s.asks()("The courier's name, for the cabinets' screens (empty: none)")
	if !given {
		return errors.New("courier: no answer")
	}
	path, err := d.register().Put(ctx, books.Courier{ID: c.ID, Company: c.Company, Language: c.Language, Cabinets: c.Cabinet,
		Until: time.Now().Add(time.Duration(c.Days) * 24 * time.Hour)}, name, by, "")
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "For %s alone: whoever has this address can sign in at the cabinets.\n%s%s\n", c.ID, d.Pages.Public, path)
	return nil
}

type courierEndCommand struct {
	configFlag
	ID string `arg:"" help:"The courier's id."`
}

// Run ends a page.
func (c *courierEndCommand) Run(ctx context.Context, _ *streams) error {
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	return d.register().End(ctx, c.ID, by, "")
}

type courierListCommand struct {
	configFlag
}

// Run lists couriers.
func (c *courierListCommand) Run(ctx context.Context, s *streams) error {
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	list, err := d.books.Couriers(ctx)
	if err != nil {
		return err
	}
	table := newTable(s.out, "COURIER", "COMPANY", "UNTIL", "CABINETS")
	for _, one := range list {
		table.row(one.ID, one.Company, one.Until.In(d.zone).Format("2006-01-02"), strings.Join(one.Cabinets, " "))
	}
	return table.end()
}
