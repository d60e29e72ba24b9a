package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"lockerd/internal/cabinet"
)

type journalCommand struct {
	Verify journalVerify `cmd:"" help:"Check every record, its sealed part and its place in the chain."`
	Show   journalShow   `cmd:"" help:"Print records; with --json as they were hashed and sent, a line each. Personal parts are left out."`
	Backup journalBackup `cmd:"" help:"Make a backup now (the daemon must be running)."`
}

type journalVerify struct {
	configFlag
	jsonFlag
}

// Run asks the daemon, or looks itself if there is none.
func (c *journalVerify) Run() error {
	cfg, err := cabinet.Read(c.Config)
	if err != nil {
		return err
	}
	v, err := cfg.Verify()
	if err != nil {
		return err
	}
	if c.JSON {
		err := json.NewEncoder(os.Stdout).Encode(v)
		if v.Problem != "" {
			err = errors.New(v.Problem)
		}
		return err
	}
	r := v.Report
	fmt.Printf("cabinet %s: %d records, %d to %d, of %d epochs; %d with a personal part, %d of them erased; confirmed up to %d\n",
		r.Cabinet, r.Records, r.First, r.Last, len(r.Epochs), r.Sealed, r.Erased, r.Confirmed)
	if r.Halved {
		fmt.Println("one of the file's two meta pages is gone: the newest transaction may be missing")
	}
	if v.Problem != "" {
		return errors.New(v.Problem)
	}
	fmt.Println("ok: the chain is whole")
	return nil
}

type journalShow struct {
	configFlag
	jsonFlag
	After uint64 `help:"Begin after this record."`
}

func (c *journalShow) Run() error {
	cfg, err := cabinet.Read(c.Config)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	err = cfg.Records(c.After, func(line []byte) error {
		if c.JSON {
			_, err := out.Write(append(line, '\n'))
			return err
		}
		var r struct {
			Seq   uint64          `json:"seq"`
			At    string          `json:"at"`
			Known bool            `json:"known"`
			Kind  string          `json:"kind"`
			Event json.RawMessage `json:"event"`
		}
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		sure := " "
		if !r.Known {
			sure = "?" // the clock was not known to be right
		}
		_, err := fmt.Fprintf(out, "%7d  %s%s %-26s %s\n", r.Seq, r.At, sure, r.Kind, strings.TrimSpace(string(r.Event)))
		return err
	})
	return errors.Join(err, out.Flush())
}

type journalBackup struct{ configFlag }

func (c *journalBackup) Run() error {
	daemon, err := c.daemon()
	if err != nil {
		return err
	}
	return daemon.Backup()
}
