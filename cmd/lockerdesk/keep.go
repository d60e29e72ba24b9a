package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"lockerd/internal/contract"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/orders"
)

type eraseCommand struct {
	configFlag
	Tracking string `help:"A parcel's number." xor:"who" required:""`
	Mail     bool   `help:"By the person's e-mail address, which is asked for." xor:"who" required:""`
	Phone    bool   `help:"By the person's phone number, which is asked for." xor:"who" required:""`
	Reason   string `help:"Why, for the audit: nothing personal." default:"asked for"`
}

// Run has cabinets destroy the keys of a person's data, and erases it here. Of a parcel that lies in a cabinet nothing can be erased yet:
// then the exit status is 1.
func (c *eraseCommand) Run(ctx context.Context, s *streams) error {
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	var whom string
	if c.Mail || c.Phone {
		if whom, _ = s.asks()("Whose, as it was announced"); whom == "" {
			return errors.New("erase: no answer")
		}
	}
	found, err := d.books.Of(ctx, func(tracking string, is desk.Contact) bool {
		return c.Tracking != "" && sameTracking(tracking, c.Tracking) || c.Mail && strings.EqualFold(is.Mail, whom) || c.Phone && d.SMS.Same(is.Phone, whom)
	})
	if err != nil {
		return err
	}
	var whose books.Whose
	lies := make(map[string]bool) // numbers of parcels that lie in a cabinet
	for _, p := range found.Parcels {
		if p.Status.Lies() {
			lies[p.Cabinet+"/"+p.Tracking] = true
			fmt.Fprintf(s.out, "%s: %s lies there: erase it once it has ended\n", p.Cabinet, desk.Plain(p.Tracking))
			continue
		}
		id, err := d.office.Send(ctx, orders.Order{Cabinet: p.Cabinet, Kind: "person.erase", By: by, Body: contract.Erase{Parcel: p.ID}})
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%s: %s is erased; the cabinet's order: %s\n", p.Cabinet, desk.Plain(p.Tracking), id)
		whose.Parcels = append(whose.Parcels, p)
	}
	for _, a := range found.Announcements {
		if lies[a.Cabinet+"/"+a.Tracking] {
			continue
		}
		if err := d.unexpect(ctx, s, a); err != nil {
			return err
		}
		whose.Announcements = append(whose.Announcements, a)
	}
	for _, x := range found.Shares {
		if err := d.unshare(ctx, s, x); err != nil {
			return err
		}
		whose.Shares = append(whose.Shares, x)
	}
	if err := d.books.Erase(ctx, whose, books.Deed{Who: by, What: "person.erased", Subject: c.Tracking, Reason: c.Reason}); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "erased here: %d parcels, %d announcements\n", len(whose.Parcels), len(whose.Announcements))
	switch {
	case len(found.Parcels)+len(found.Announcements)+len(found.Shares) == 0:
		return errors.New("erase: nothing is known of them: is it spelt as it was announced?")
	case len(lies) > 0:
		return errFinding
	}
	return nil
}

// unexpect has a cabinet forget a person whose parcel it expects: it knows a phone, or has made a code.
func (d *desktop) unexpect(ctx context.Context, s *streams, a desk.Announcement) error {
	if may, err := d.books.MayDrop(ctx, a); !may {
		return err // by its number the cabinet would forget somebody else
	}
	id, err := d.office.Send(ctx, orders.Order{Cabinet: a.Cabinet, Kind: "person.erase", By: by, Body: contract.Erase{Tracking: a.Tracking}})
	if err == nil {
		fmt.Fprintf(s.out, "%s: %s is expected no more; the cabinet's order: %s\n", a.Cabinet, desk.Plain(a.Tracking), id)
	}
	return err
}

// unshare has a cabinet take somebody's code for a rented door away. The door is another's, and stays.
func (d *desktop) unshare(ctx context.Context, s *streams, x books.Share) error {
	if !x.Code {
		return nil
	}
	id, err := d.office.Send(ctx, orders.Order{Cabinet: x.Cabinet, Kind: "parcel.unshare", By: by, Body: contract.Unshare{Tracking: x.Tracking, Person: x.Person}})
	if err == nil {
		fmt.Fprintf(s.out, "%s: %s is shared with them no more; the cabinet's order: %s\n", x.Cabinet, desk.Plain(x.Tracking), id)
	}
	return err
}

// sameTracking says that two texts are one parcel's number: a scanner reads no blanks, and capital letters.
func sameTracking(a, b string) bool {
	return strings.EqualFold(strings.ReplaceAll(a, " ", ""), strings.ReplaceAll(b, " ", ""))
}

type backupCommand struct {
	configFlag
	File string `arg:"" help:"Where the copy goes. It replaces nothing." type:"path"`
}

// Run copies books in a file, while they are used.
func (c *backupCommand) Run(ctx context.Context, _ *streams) error {
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	return d.books.Copy(ctx, c.File)
}
