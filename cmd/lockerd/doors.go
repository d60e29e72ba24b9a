package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"lockerd/internal/cabinet"
)

type doorsCommand struct {
	Inspected inspectedCommand `cmd:"" help:"Say that somebody has looked into doors and found them empty."`
}

type inspectedCommand struct {
	configFlag
	By    string `required:"" help:"Who has looked: an id rather than a name, for it stays in the record."`
	Doors []int  `arg:"" optional:"" help:"The doors; none named means all, but for those that hold a parcel."`
}

func (c *inspectedCommand) Run() error {
	daemon, err := c.daemon()
	if err != nil {
		return err
	}
	what, err := daemon.Inspected(c.Doors, c.By)
	if err != nil {
		return err
	}
	return tellInspected(os.Stdout, what, len(c.Doors) > 0)
}

// tellInspected says what was taken. That a door which was named was not taken is an error; of all doors those that hold a parcel never are.
func tellInspected(to io.Writer, what cabinet.Inspected, named bool) error {
	fmt.Fprintf(to, "taken as empty: %d doors\n", len(what.Taken))
	var list []string
	for _, no := range what.NotTaken {
		list = append(list, fmt.Sprintf("door %d was not taken: %s", no.Door, no.Why))
	}
	if named && len(list) > 0 {
		return fmt.Errorf("doors inspected: %s", strings.Join(list, "; "))
	}
	for _, line := range list {
		fmt.Fprintln(to, line)
	}
	return nil
}
