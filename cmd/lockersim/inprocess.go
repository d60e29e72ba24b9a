package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"lockerd/internal/cabinet"
	"lockerd/internal/credential"
)

// inProcess runs the cabinet of a configuration in this process: it starts and ends quicker than lockerd, by the same code.
type inProcess struct {
	config string
	log    *slog.Logger
}

func newInProcess(config string, out io.Writer) *inProcess {
	return &inProcess{config, slog.New(slog.NewTextHandler(prefixed{out}, &slog.HandlerOptions{ReplaceAttr: withoutTime}))}
}

// prefixed says whose line it is; a handler writes one line at a time.
type prefixed struct{ io.Writer }

func (p prefixed) Write(line []byte) (int, error) {
	if _, err := fmt.Fprintf(p.Writer, "lockerd | %s", line); err != nil {
		return 0, err
	}
	return len(line), nil
}

// Run runs the cabinet until ctx ends.
func (p *inProcess) Run(ctx context.Context) error {
	cfg, err := cabinet.Load(p.config)
	if err != nil {
		return err
	}
	return cabinet.New(cfg, cabinet.Options{Version: "in process", Log: p.log}).Run(ctx)
}

// Inspect says that somebody has looked into every door of the new cabinet and found it empty.
func (p *inProcess) Inspect(ctx context.Context) error {
	return p.ask(ctx, func(c cabinet.Client) error {
		_, err := c.Inspected(nil, inspector)
		return err
	})
}

// Invite invites the technician.
func (p *inProcess) Invite(ctx context.Context) (in credential.Invitation, err error) {
	err = p.ask(ctx, func(c cabinet.Client) (err error) {
		in, err = c.Invite(technician.ID)
		return err
	})
	return in, err
}

// ask asks again and again for as long as a cabinet takes to start.
func (p *inProcess) ask(ctx context.Context, what func(cabinet.Client) error) error {
	ctx, cancel := context.WithTimeout(ctx, toolFor)
	defer cancel()
	for {
		cfg, err := cabinet.Read(p.config)
		if err == nil {
			err = what(cfg.Client())
		}
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("lockersim: ask the cabinet: %w", err)
		case <-time.After(toolEvery):
		}
	}
}
