package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"lockerd/internal/cabinet"
	"lockerd/internal/credential"
)

type keysCommand struct {
	Make     keysMake     `cmd:"" default:"withargs" help:"Make the cabinet's keys, where there are none, and print its public key."`
	Operator keysOperator `cmd:"" help:"Make the operator's key pair: the private half into a file, the public half, for the configuration, onto the screen."`
	Issuer   keysIssuer   `cmd:"" help:"Make the key pair of an issuer of tokens and orders, in the same way."`
	Rotate   keysRotate   `cmd:"" help:"Put everything under a new master key (the daemon must be running)."`
	Accept   keysAccept   `cmd:"" help:"Have the journal take lookup.key and cabinet.key as they are now, since those of before are lost."`
}

type keysMake struct {
	jsonFlag
	Directory string `required:"" help:"Where the keys lie, or shall lie." type:"path"`
}

// Run makes what is missing.
func (c *keysMake) Run() error {
	if err := credential.Make(c.Directory); err != nil {
		return err
	}
	public, err := credential.Public(c.Directory)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(map[string]string{"cabinet": public})
	}
	fmt.Println(public)
	return nil
}

type keysOperator struct {
	File string `arg:"" help:"Where the private half goes: a new file, for the operator alone. No cabinet needs it." type:"path"`
}

func (c *keysOperator) Run() error {
	operator := credential.NewOperator()
	if err := writeSecret(c.File, operator.Secret()); err != nil {
		return fmt.Errorf("keys operator: %w", err)
	}
	fmt.Printf("[keys]\noperator = %q\n", operator.Public())
	return nil
}

type keysIssuer struct {
	ID   string `arg:"" help:"The key's name, short: it is part of every QR."`
	File string `arg:"" help:"Where the private half goes: a new file, for the issuer alone. No cabinet needs it." type:"path"`
}

func (c *keysIssuer) Run() error {
	seed := make([]byte, 32)
	_, _ = rand.Read(seed) // never fails
	signer, err := credential.NewSigner(c.ID, seed)
	if err != nil {
		return err
	}
	if err := writeSecret(c.File, signer.Secret()); err != nil {
		return fmt.Errorf("keys issuer: %w", err)
	}
	fmt.Printf("[[issuer]]\nid = %q\nkey = %q\nsigns = [%q, %q]\n", c.ID, signer.Issuer().Key,
		credential.SignsOrders, credential.SignsTokens)
	return nil
}

// writeSecret writes a new file that its owner alone may read.
func writeSecret(path, secret string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o400)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, secret+"\n")
	return errors.Join(err, f.Sync(), f.Close())
}

type keysRotate struct{ configFlag }

func (c *keysRotate) Run() error {
	cfg, err := cabinet.Read(c.Config)
	if err != nil {
		return err
	}
	if err := cfg.Client().RotateMaster(); err != nil {
		return err
	}
	if cfg.Keys.Directory == "" {
		fmt.Printf("everything is under %s now: put it in the place of %s\n", credential.NextFile, credential.MasterFile)
		return nil
	}
	fmt.Printf("everything is under a new %s now\n", credential.MasterFile)
	return nil
}

type keysAccept struct{ configFlag }

func (c *keysAccept) Run() error {
	cfg, err := cabinet.Read(c.Config)
	if err != nil {
		return err
	}
	return cfg.AcceptKeys()
}
