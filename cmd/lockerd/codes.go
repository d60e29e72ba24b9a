package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"lockerd/internal/cabinet"
	"lockerd/internal/credential"
	"lockerd/internal/locker"
)

type codesCommand struct {
	List codesList `cmd:"" help:"Print the pickup codes of the parcels that wait, for whoever has the operator's private key."`
}

type codesList struct {
	configFlag
	jsonFlag
	Key string `required:"" help:"The file with the operator's private key (lockerd keys operator)." type:"path"`
}

// told is a parcel with its code in the clear.
type told struct {
	Door     int       `json:"door"`
	Tracking string    `json:"tracking"`
	Code     string    `json:"code,omitempty"`  // empty: the cabinet made none, or has destroyed it since the cloud has it
	Phone    string    `json:"phone,omitempty"` // empty: the courier gave none
	Since    time.Time `json:"since"`
}

// Run opens here what the cabinet itself cannot open. The private key never leaves this process.
func (c *codesList) Run() error {
	cfg, err := cabinet.Read(c.Config)
	if err != nil {
		return err
	}
	secret, err := os.ReadFile(c.Key)
	if err != nil {
		return fmt.Errorf("operator's key: %w", err)
	}
	operator, err := credential.ReadOperator(string(secret))
	if err != nil {
		return err
	}
	if operator.Public() != cfg.Keys.Operator {
		return fmt.Errorf("%s is not the other half of keys.operator in %s: it opens nothing here", c.Key, c.Config)
	}
	waiting, err := cfg.Client().Waiting()
	if err != nil {
		return err
	}
	list := []told{}
	for _, w := range waiting {
		list = append(list, told{w.Door, w.Tracking, unsealed(operator, w.Code), unsealed(operator, w.Phone), w.Since})
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(list)
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "DOOR\tPARCEL\tCODE\tPHONE\tSINCE")
	for _, p := range list {
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\n", p.Door, p.Tracking, cmp.Or(p.Code, "(not here)"), cmp.Or(p.Phone, "-"),
			p.Since.Local().Format(time.DateTime))
	}
	return table.Flush()
}

// unsealed is what lies in a box; nothing where there is none, or it is for another key.
func unsealed(operator *credential.Operator, sealed locker.Box) string {
	if len(sealed) == 0 {
		return ""
	}
	plain, err := operator.Open(sealed)
	if err != nil {
		return "(sealed to another key)"
	}
	return string(plain)
}
