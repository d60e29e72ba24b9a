package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"

	"lockerd/internal/cabinet"
	"lockerd/internal/checkup"
)

type checkCommand struct {
	configFlag
	jsonFlag
}

// Run says what is fine and what is not. The daemon may be running meanwhile: nothing is opened that it owns.
func (c *checkCommand) Run() error {
	cfg, err := cabinet.Read(c.Config)
	if err != nil {
		return err
	}
	if !c.JSON {
		_, err := checkup.Of(cfg, os.Stdout)
		return err
	}
	findings, err := checkup.Of(cfg, io.Discard)
	return errors.Join(json.NewEncoder(os.Stdout).Encode(findings), err)
}
