package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/orders"
	"lockerd/internal/locker"
)

// by is who stands in the books for an order of the command line.
const by = "lockerdesk (command line)"

type announceCommand struct {
	configFlag
	Cabinet  string `arg:"" help:"The cabinet."`
	Tracking string `arg:"" help:"The parcel's number."`
	Language string `help:"The recipient's language; empty: the operator's."`
	Size     string `help:"The door's size; empty: the courier chooses."`
	Low      bool   `help:"The recipient needs a door that can be reached from a wheelchair."`
	Company  string `help:"Only couriers of this company may bring it, or collect it from its sender, or clear a rented door."`
	From     string `help:"Who brings it: courier; sender, who gets a code that opens an empty door; or renter, whose code opens that door again and again." enum:"courier,sender,renter" default:"courier"`
	Hours    int    `help:"For how many hours a renter has the door."`
	Days     int    `help:"For how many days it is expected; 0: as long as the cabinet's setting says, a sender or a renter for 14."`
	Tariff   string `help:"What time costs its recipient: one of fees.tariffs of the configuration."`
	Due      string `help:"What its recipient pays in any case, as 12.50, in fees.currency."`
}

// Run announces a parcel. A running desk publishes the order within seconds. Who it is for, or from, is asked for: no list of processes shows it, and
// no shell remembers it.
func (c *announceCommand) Run(ctx context.Context, s *streams) error {
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	a := orders.Announcement{Tracking: c.Tracking, Size: c.Size, Low: c.Low, Company: c.Company, Sends: c.From == locker.FromSender, Hours: c.Hours}
	if a.Fee, err = d.Fees.Typed(c.Tariff, c.Due); err != nil {
		return err
	}
	if err := c.bringer(a); err != nil {
		return err
	}
	if c.Days < 0 || c.Days > orders.MostDays {
		return fmt.Errorf("announce: --days: 0 to %d", orders.MostDays)
	}
	if c.Days > 0 {
		a.Until = time.Now().AddDate(0, 0, c.Days)
	}
	if a.Contact, err = c.whom(s); err != nil {
		return err
	}
	id, err := d.office.Announce(ctx, c.Cabinet, by, a)
	if err == nil {
		fmt.Fprintln(s.out, id)
	}
	return err
}

// bringer says what is wrong about who brings the parcel.
func (c *announceCommand) bringer(a orders.Announcement) error {
	switch rents := c.From == locker.FromRenter; {
	case a.Sends && (a.Company == "" || a.Fee != nil):
		return errors.New("announce: what a sender brings needs --company, whose couriers collect it, and costs its recipient nothing")
	case rents != (c.Hours != 0), c.Hours < 0, c.Hours > contract.MaxHours:
		return fmt.Errorf("announce: --hours: of a renter, who needs it, and of nobody else: 1 to %d", contract.MaxHours)
	case rents && a.Company == "":
		return errors.New("announce: what is rented needs --company, whose couriers clear it once its time is over")
	}
	return nil
}

// whom asks who is told of the parcel.
func (c *announceCommand) whom(s *streams) (contact desk.Contact, err error) {
	contact.Language = c.Language
	who, phone := "recipient", "the courier asks for it"
	if c.From == locker.FromSender || c.From == locker.FromRenter {
		who, phone = c.From, "none"
	}
	ask := s.asks()
	for _, q := range []struct {
		question string
		into     *string
	}{
		{"The " + who + "'s e-mail address (empty: none)", &contact.Mail},
		{"The " + who + "'s phone number (empty: " + phone + ")", &contact.Phone},
		{"The " + who + "'s name, for the greeting (empty: none)", &contact.Name},
	} {
		answer, given := ask(q.question)
		if !given { // half of an answer would tell nobody
			return contact, fmt.Errorf("announce: no answer to %q", q.question)
		}
		*q.into = answer
	}
	return contact, nil
}

type unlockCommand struct {
	configFlag
	Cabinet string `arg:"" help:"The cabinet."`
	Door    int    `arg:"" help:"The door."`
	Reason  string `help:"Why: it stands in the cabinet's log." required:""`
}

// Run has a door opened within a minute, or not at all.
func (c *unlockCommand) Run(ctx context.Context, s *streams) error {
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	id, err := d.office.Unlock(ctx, c.Cabinet, by, c.Door, c.Reason)
	if err == nil {
		fmt.Fprintln(s.out, id)
	}
	return err
}

// most is how many rows a list has.
const most = 100

type parcelsCommand struct {
	configFlag
	Cabinet string `arg:"" optional:"" help:"Of this cabinet alone."`
}

// Run lists parcels. Codes and addresses stay in the books.
func (c *parcelsCommand) Run(ctx context.Context, s *streams) error {
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	list, err := d.books.Search(ctx, books.ParcelFilter{Cabinet: c.Cabinet}, most)
	if err != nil {
		return err
	}
	table := newTable(s.out, "CABINET", "DOOR", "NUMBER", "STATUS", "STORED", "UNTIL")
	for _, p := range list {
		until := "-"
		if !p.Until.IsZero() {
			until = p.Until.In(d.zone).Format("2006-01-02 15:04")
		}
		table.row(p.Cabinet, p.Door, p.Tracking, p.Status, p.Stored.In(d.zone).Format("2006-01-02 15:04"), until)
	}
	return table.end()
}

type alarmsCommand struct {
	configFlag
	Seen string `help:"Say that an alarm has been worked off: its number, as the list prints it (cabinet/epoch/seq)."`
	By   string `help:"Who has." default:"command line"`
}

// Run lists open alarms; while there are any, the exit status is 1.
func (c *alarmsCommand) Run(ctx context.Context, s *streams) error {
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	if c.Seen != "" {
		return d.books.Seen(ctx, c.Seen, c.By)
	}
	list, err := d.books.Alarms(ctx, books.AlarmFilter{}, most)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return nil
	}
	table := newTable(s.out, "NUMBER", "AT", "KIND", "DOOR", "WHAT")
	for _, a := range list {
		table.row(a.Number(), a.At.In(d.zone).Format("2006-01-02 15:04:05"), a.Kind, a.Door, a.What)
	}
	if err := table.end(); err != nil {
		return err
	}
	return errFinding
}
