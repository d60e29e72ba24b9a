package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"lockerd/internal/conformance"
)

// Conformance are the flags of `lockersim conformance`.
type Conformance struct {
	Broker   string        `help:"The broker, as mqtt://127.0.0.1:1883 or mqtts://broker.example:8883." placeholder:"URL"`
	Cabinet  string        `help:"The cabinet's name." placeholder:"NAME"`
	Keys     string        `help:"A file with what a cloud has to know: operator/cloud.json of a simulated cabinet, or one like it. It may name the broker and the cabinet, too." placeholder:"FILE" type:"path" required:""`
	CA       string        `name:"ca" help:"Who vouches for the broker's certificate (PEM)." placeholder:"FILE" type:"path"`
	Topics   string        `help:"The topics before the cabinet's name." default:"lockerd/v1"`
	Listen   string        `help:"Have the cabinet connect here instead of to the broker: then its link is cut, too." placeholder:"ADDRESS"`
	Door     int           `help:"A door that may be opened, once. Push it shut." placeholder:"N"`
	NewEpoch bool          `help:"Also have the cabinet believe that its journal is an older copy. Its doors have to be looked into afterwards."`
	Quick    bool          `help:"Leave out what takes minutes."`
	Only     []string      `help:"Rules, by how their ids begin, as acks/ or orders/once." placeholder:"RULE"`
	Patience time.Duration `help:"How long an answer may take." default:"30s"`
	JSON     string        `name:"json" help:"Write the report there as JSON, too." placeholder:"FILE" type:"path"`
}

// errBroken says that the report names a broken rule: the exit status is 1.
var errBroken = errors.New("lockersim: the cabinet does not keep the contract")

// Run tries the cabinet and prints the report. It is an error, too, where a rule is broken.
func (c Conformance) Run(ctx context.Context, out, progress io.Writer) error {
	k, err := conformance.ReadKnowledge(c.Keys)
	if err != nil {
		return err
	}
	if c.Broker != "" {
		k.Broker = c.Broker
	}
	if c.Cabinet != "" {
		k.Cabinet = c.Cabinet
	}
	report, err := conformance.Run(ctx, conformance.Config{
		Knowledge: k, Topics: strings.TrimSuffix(c.Topics, "/"), CAFile: c.CA, Listen: c.Listen, Door: c.Door, NewEpoch: c.NewEpoch, Quick: c.Quick,
		Only: c.Only, Patience: c.Patience, Progress: func(what string) { fmt.Fprintf(progress, "lockersim: trying %s\n", what) },
	})
	if err != nil {
		return err
	}
	if c.JSON != "" {
		text, err := json.MarshalIndent(report, "", "  ")
		if err == nil {
			err = os.WriteFile(c.JSON, append(text, '\n'), 0o600)
		}
		if err != nil {
			return fmt.Errorf("lockersim: write report: %w", err)
		}
	}
	if err := report.Write(out); err != nil {
		return fmt.Errorf("lockersim: write report: %w", err)
	}
	if report.Count(conformance.Failed) > 0 {
		return errBroken
	}
	return nil
}
