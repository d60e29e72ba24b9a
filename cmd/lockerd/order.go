package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"lockerd/internal/contract"
)

type orderCommand struct {
	Sign orderSignCommand `cmd:"" help:"Sign an order to be published as it is printed. Its body is read from standard input."`
}

type orderSignCommand struct {
	Key     string        `required:"" help:"The file with the issuer's private key." type:"path"`
	Cabinet string        `required:"" help:"The cabinet that it is for."`
	Kind    string        `required:"" help:"What kind of order: docs/cloud.md lists them."`
	ID      string        `help:"Its id, never used before; one by chance if none is given."`
	For     time.Duration `help:"How long it is meant." default:"5m"`
}

// Run reads the body from standard input: what stands on a command line everybody can read.
func (c *orderSignCommand) Run() error {
	signer, err := readSigner(c.Key)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(io.LimitReader(os.Stdin, contract.MaxOrder))
	if err != nil {
		return fmt.Errorf("order: read body: %w", err)
	}
	if err := contract.CheckBody(c.Kind, body); err != nil {
		return fmt.Errorf(`order: standard input is the order's body in JSON, like {"door":7}: %w`, err)
	}
	if c.ID == "" {
		c.ID = "order-" + strings.ToLower(rand.Text()[:12])
	}
	now := time.Now().UTC().Truncate(time.Second)
	payload, err := json.Marshal(map[string]any{"id": c.ID, "cabinet": c.Cabinet, "kind": c.Kind, "issued": now,
		"expires": now.Add(c.For), "body": json.RawMessage(body)})
	if err != nil {
		return fmt.Errorf("order: write: %w", err)
	}
	signed, err := signer.Order(payload)
	if err != nil {
		return err
	}
	fmt.Println(signed)
	return nil
}
