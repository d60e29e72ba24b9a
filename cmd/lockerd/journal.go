package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"lockerd/internal/journal"
	"lockerd/internal/locker"
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
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	var v verification
	err = get(cfg.Socket, "/journal/verify", func(body io.Reader) error { return json.NewDecoder(body).Decode(&v) })
	if errors.Is(err, errNoDaemon) {
		v, err = verifyOffline(cfg)
	}
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

// verification is the answer to GET /journal/verify.
type verification struct {
	Report  journal.Report `json:"report"`
	Problem string         `json:"problem,omitempty"`
}

func verified(r journal.Report, err error) verification {
	v := verification{Report: r}
	if err != nil {
		v.Problem = err.Error()
	}
	return v
}

func verifyOffline(cfg *config) (verification, error) {
	keys, err := cfg.keys()
	if err != nil {
		return verification{}, err
	}
	return verified(journal.Verify(cfg.Journal, cfg.Cabinet, keys.Master, keys.Others()...)), nil
}

type journalShow struct {
	configFlag
	jsonFlag
	After uint64 `help:"Begin after this record."`
}

func (c *journalShow) Run() error {
	out := bufio.NewWriter(os.Stdout)
	err := records(c.Config, c.After, func(line []byte) error {
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

// records goes through the public lines after a record: the daemon's, or the file's if there is no daemon.
func records(config string, after uint64, fn func(line []byte) error) error {
	cfg, err := readConfig(config)
	if err != nil {
		return err
	}
	err = get(cfg.Socket, "/journal/records?after="+strconv.FormatUint(after, 10), func(body io.Reader) error {
		lines := bufio.NewScanner(body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if err := fn(lines.Bytes()); err != nil {
				return err
			}
		}
		return lines.Err()
	})
	if !errors.Is(err, errNoDaemon) {
		return err
	}
	keys, err := cfg.keys()
	if err != nil {
		return err
	}
	return journal.Read(cfg.Journal, cfg.Cabinet, keys.Master, after, func(o locker.Outgoing) error { return fn(o.Public) },
		keys.Others()...)
}

type journalBackup struct{ configFlag }

func (c *journalBackup) Run() error {
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	return ask(cfg.Socket, "/journal/backup", struct{}{}, nil)
}
