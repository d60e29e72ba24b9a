package main

import (
	"os"

	"lockerd/internal/report"
)

type reportCommand struct {
	Export reportExport         `cmd:"" help:"Print an inventory, signed by the cabinet; without its name, which there are and the key to verify them with."`
	Verify report.VerifyCommand `cmd:"" help:"Check a signed inventory with the public key alone, and say what was found."`
}

type reportExport struct {
	configFlag
	Inventory string `arg:"" optional:"" help:"Its name."`
}

func (c *reportExport) Run() error {
	daemon, err := c.daemon()
	if err != nil {
		return err
	}
	return report.Print(os.Stdout, daemon.Get, c.Inventory)
}
