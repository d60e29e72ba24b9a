package main

import (
	"encoding/json"
	"fmt"
	"os"

	"lockerd/internal/locker"
)

type guardsCommand struct {
	Show  guardsShowCommand  `cmd:"" default:"withargs" help:"Say how many wrong codes each guard has counted, and what is locked."`
	Clear guardsClearCommand `cmd:"" help:"Let everybody try again at once: no wrong code counts any more, and nothing is locked."`
}

type guardsShowCommand struct {
	configFlag
	jsonFlag
}

func (c *guardsShowCommand) Run() error {
	daemon, err := c.daemon()
	if err != nil {
		return err
	}
	g, err := daemon.Guards()
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(g)
	}
	for _, k := range []struct {
		name string
		locker.Typing
	}{{"keypad", g.Keypad}, {"scanner", g.Scanner}, {"technicians", g.Technicians}} {
		is := "open"
		if k.Locked {
			is = fmt.Sprintf("locked for %s, the %d. time in a row", k.For, k.Step)
		}
		fmt.Printf("%-12s  %s; wrong: %d\n", k.name, is, k.Wrong)
	}
	return nil
}

type guardsClearCommand struct {
	configFlag
	By string `required:"" help:"Who says so: an id rather than a name, for it stays in the record."`
}

func (c *guardsClearCommand) Run() error {
	daemon, err := c.daemon()
	if err != nil {
		return err
	}
	return daemon.ClearGuards(c.By)
}
