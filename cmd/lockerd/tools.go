package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
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
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	return needsDaemon(ask(cfg.Socket, "/doors/inspected", inspection{Doors: c.Doors, By: c.By}, nil))
}

type hashCommand struct {
	configFlag
}

// Run reads the secret from standard input: it must not stand on a command line, where everybody can read it.
func (c *hashCommand) Run() error {
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	keys, err := cfg.keys()
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(os.Stdin, 4096))
	if err != nil {
		return err
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if secret == "" {
		return errors.New("hash: nothing on standard input: type the badge's text or the PIN, then Ctrl-D")
	}
	hash, err := keys.Hash(secret).MarshalText()
	if err != nil {
		return err
	}
	fmt.Println(string(hash))
	return nil
}
