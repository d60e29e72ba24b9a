// Package report exports what a cabinet has found when somebody walked from door to door, signed by the cabinet: whoever has its
// public key can check it, without the cabinet, its journal or its operator. A report is the journal's own record, byte by byte as it was
// hashed and sent, so that it can be held against the operator's copy as well. The package keeps nothing.
package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/credential"
	"lockerd/internal/locker"
)

// Report is an inventory's record, as the cabinet has signed it.
type Report struct {
	Record contract.Received
	Found  locker.InventoryEnded
}

// List are the reports in a cabinet's journal, the oldest first.
type List struct {
	Key     string `json:"key"` // public: what they are verified with
	Reports []Line `json:"reports"`
}

// Line is a report in a list of them.
type Line struct {
	Inventory   string    `json:"inventory"`
	Seq         uint64    `json:"seq"` // of its record
	At          time.Time `json:"at"`
	By          string    `json:"by"` // the technician's id
	Why         string    `json:"why"`
	Doors       int       `json:"doors"`
	Differences int       `json:"differences"`
}

// read reads a record's public line; what is no inventory's end is no report.
func read(public []byte) (r Report, err error) {
	if r.Record, err = contract.ParseEvent(public); err != nil {
		return r, err
	}
	if r.Record.Kind != r.Found.Kind() {
		return r, fmt.Errorf("report: a record of %s is none", r.Record.Kind)
	}
	return r, json.Unmarshal(r.Record.Event, &r.Found)
}

// Verify checks a report with the public key of its cabinet, in base64.
func Verify(signed []byte, key string) (Report, error) {
	payload, err := credential.VerifyReport(bare(signed), key)
	if err != nil {
		return Report{}, fmt.Errorf("report: %w", err)
	}
	return read(payload)
}

// Tell says in words what a report says: what differs from the books first, then where nobody has looked.
func (r Report) Tell(w io.Writer) error {
	var text bytes.Buffer
	is, x := r.Record, r.Found
	fmt.Fprintf(&text, "cabinet %s, inventory %s: record %s/%d of %s\n", is.Cabinet, x.Inventory, is.Epoch, is.Seq, when(is.At, is.Known))
	fmt.Fprintf(&text, "walked by %s from %s (%s): %d doors, %d differ from the books\n", x.By, when(x.Began, x.BeganKnown), x.Why, len(x.Doors), x.Differences)
	for _, differs := range []bool{true, false} {
		for _, c := range x.Doors {
			looked := c.Found == locker.FoundEmpty || c.Found == locker.FoundParcel || c.Found == locker.FoundOther
			if c.Differs != differs || !differs && looked && !c.Unseen {
				continue
			}
			fmt.Fprintf(&text, "door %d: %s in the books", c.Door, c.Believed)
			if c.Tracking != "" {
				fmt.Fprintf(&text, " (%s)", c.Tracking)
			}
			fmt.Fprintf(&text, ", found: %s", c.Found)
			if c.Unseen {
				fmt.Fprint(&text, ", which its contact does not confirm")
			}
			for _, s := range c.Stills {
				fmt.Fprintf(&text, "; still %s, SHA-256 %s", s.Photo, s.SHA256)
			}
			fmt.Fprintln(&text)
		}
	}
	_, err := w.Write(text.Bytes())
	return err
}

// when is a time, and whether its clock was known to be right.
func when(t time.Time, known bool) string {
	text := t.Format(time.DateTime) + " UTC"
	if !known {
		text += " by a clock that may be wrong"
	}
	return text
}

// ErrNone says that there is no report of that name, or no longer.
var ErrNone = errors.New("report: the journal has no inventory of that name (`lockerd report export` lists them)")

// VerifyCommand is `lockerd report verify`: it needs no cabinet.
type VerifyCommand struct {
	Key  string `required:"" help:"The cabinet's public key for reports, as export prints it at the cabinet."`
	JSON bool   `help:"Print the record as JSON, as the cabinet wrote it."`
	File string `arg:"" help:"The signed report, or the text of a receipt." type:"existingfile"`
}

// Run checks the file and says what it says.
func (c *VerifyCommand) Run() error {
	signed, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	if isReceipt(signed) {
		return tellReceipt(os.Stdout, signed, c.Key)
	}
	r, err := Verify(signed, c.Key)
	if err != nil {
		return err
	}
	if c.JSON {
		_, err := os.Stdout.Write(append(r.Record.Public, '\n'))
		return err
	}
	return r.Tell(os.Stdout)
}
