package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"lockerd/internal/desk/books"
	"lockerd/internal/desk/export"
)

type exportCommand struct {
	configFlag
	What   string `arg:"" help:"parcels, occupancy, days, locks, couriers or notices."`
	From   string `help:"The first day, as 2026-11-01." required:""`
	To     string `help:"The last day." required:""`
	Format string `help:"csv or parquet." default:"csv"`
	Out    string `help:"The file; - writes to standard output." default:"-"`
}

// Run writes an analysis of some days, by the operator's time zone. A file that cannot be written whole is removed.
func (c *exportCommand) Run(ctx context.Context, s *streams) error {
	columns, err := books.Columns(c.What)
	if err != nil {
		return err
	}
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	from, err := time.ParseInLocation(time.DateOnly, c.From, d.zone)
	if err != nil {
		return errors.New("export: --from is a day, as 2026-11-01")
	}
	to, err := time.ParseInLocation(time.DateOnly, c.To, d.zone)
	if err != nil {
		return errors.New("export: --to is a day, as 2026-11-30")
	}
	write := func(file io.Writer) error {
		w, err := export.New(c.Format, file, columns)
		if err != nil {
			return err
		}
		if err := d.books.Analysis(ctx, c.What, from, to.AddDate(0, 0, 1), w.Write); err != nil {
			return err
		}
		return w.Close()
	}
	if c.Out == "-" {
		return write(s.out)
	}
	file, err := os.OpenFile(c.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if err := errors.Join(write(file), file.Close()); err != nil {
		return errors.Join(err, os.Remove(c.Out))
	}
	return nil
}
