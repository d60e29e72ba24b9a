package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"lockerd/internal/desk"
	"lockerd/internal/desk/orders"
	"lockerd/internal/form"
)

// mostTyped is how long an order may be that somebody types, in bytes: a configuration (config.put) is the longest.
const mostTyped = 128 << 10

type orderCommand struct {
	configFlag
	Cabinet string `arg:"" help:"The cabinet."`
}

// typedOrder is what is typed at it.
type typedOrder struct {
	Kind     string          `json:"kind"`
	Body     json.RawMessage `json:"body"`
	Personal json.RawMessage `json:"personal"`
	Tell     *desk.Contact   `json:"tell"`
}

// Run sends an order that stands in standard input, where no list of processes shows what is personal in it:
//
//	{"kind":"parcel.announce","body":{"tracking":"T1"},"personal":{"phone":"+491701234567"},"tell":{"mail":"ada@recipient.example"}}
func (c *orderCommand) Run(ctx context.Context, s *streams) error {
	var typed typedOrder
	if err := form.ReadAll(io.LimitReader(s.in, mostTyped), &typed); err != nil {
		return fmt.Errorf("order: standard input: %w", err)
	}
	o, err := orders.Read(c.Cabinet, typed.Kind, by, typed.Body, typed.Personal)
	if err != nil {
		return err
	}
	o.Tell = typed.Tell
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	id, err := d.office.Send(ctx, o)
	if err == nil {
		fmt.Fprintln(s.out, id)
	}
	return err
}
