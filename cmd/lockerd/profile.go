package main

import (
	"errors"
	"fmt"
	"os"
	"time"
)

type profileCommand struct {
	configFlag
	Kind string        `arg:"" enum:"cpu,heap,goroutine,allocs,block,mutex,threadcreate" help:"What of: cpu, heap, goroutine, allocs, block, mutex or threadcreate."`
	File string        `arg:"" help:"Where it goes, for go tool pprof; there must be no such file yet." type:"path"`
	For  time.Duration `help:"For how long, of cpu." default:"10s"`
}

// Run takes a profile of the running daemon. The label "owner" says whose work it was.
func (c *profileCommand) Run() error {
	daemon, err := c.daemon()
	if err != nil {
		return err
	}
	file, err := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(daemon.Profile(c.Kind, c.For, file), file.Close()); err != nil {
		return errors.Join(fmt.Errorf("profile: %w", err), os.Remove(c.File))
	}
	return nil
}
