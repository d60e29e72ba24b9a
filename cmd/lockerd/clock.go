package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"lockerd/internal/cabinet"
)

type clockCommand struct {
	Show    clockShowCommand    `cmd:"" default:"withargs" help:"Say how late it is, and whether that is believed."`
	Correct clockCorrectCommand `cmd:"" help:"Say that the PC's clock is right, where the cabinet held it to be later."`
}

type clockShowCommand struct {
	configFlag
	jsonFlag
}

func (c *clockShowCommand) Run() error {
	daemon, err := c.daemon()
	if err != nil {
		return err
	}
	s, err := daemon.Clock()
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(s)
	}
	fmt.Printf("the PC's clock   %s\nthe cabinet      %s, %s\n", s.Read.Format(time.RFC3339), s.Held.Format(time.RFC3339), clockInWords(s))
	return nil
}

func clockInWords(s cabinet.ClockState) string {
	jump := time.Duration(s.JumpMS) * time.Millisecond
	switch {
	case s.JumpMS != 0:
		return fmt.Sprintf("since the PC's clock has jumped by %s and is not believed: a signed order or a technician's sign-in settles it, "+
			"or lockerd clock correct", jump)
	case !s.Claims:
		return "not known to be right: the PC's clock is not in step with a time server"
	case !s.Known:
		return "not known to be right: the PC's clock is behind what the journal holds; if it is right, lockerd clock correct"
	}
	return "known to be right"
}

type clockCorrectCommand struct {
	configFlag
	By   string    `required:"" help:"Who says so: an id rather than a name, for it stays in the record."`
	Time time.Time `arg:"" help:"How late it is, to the hour: 2026-11-28T09:00:00Z."`
}

func (c *clockCorrectCommand) Run() error {
	daemon, err := c.daemon()
	if err != nil {
		return err
	}
	return daemon.CorrectClock(c.Time, c.By)
}
