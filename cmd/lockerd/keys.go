package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	stdsync "sync"
	"time"

	"lockerd/internal/credential"
	"lockerd/internal/journal"
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
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	if err := ask(cfg.Socket, "/keys/rotate", struct{}{}, nil); err != nil {
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
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	keys, err := cfg.keys()
	if err != nil {
		return err
	}
	return journal.Accept(cfg.journalWith(keys), keys.Master, keys.Others()...)
}

// errReadOnly is said where the keys are systemd's and the next one is not there.
var errReadOnly = errors.New("the keys are systemd's credentials, which lockerd cannot change: lockerd-rotate-master does it " +
	"(it seals " + credential.NextFile + " beside " + credential.MasterFile + " and restarts lockerd; see docs/operator.md)")

// keyring rotates the master key. At every moment each file is under the present key or the next one, and both are there:
// a start finds whichever it needs, and goes on.
type keyring struct {
	keys      *credential.Keys
	directory string // where the keys lie, if lockerd may write there; empty: systemd's credentials
	memory    *journal.Journal
	log       *slog.Logger

	mu stdsync.Mutex // one rotation at a time
}

// rotateAgain is how long after a rotation that failed it is tried again.
const rotateAgain = 10 * time.Minute

// Run finishes a rotation that was cut short, or that the operator began by putting the next key in place.
func (k *keyring) Run(ctx context.Context) error {
	if k.keys.NextProblem != nil {
		k.log.Error("the next master key is no key; the present one is good", "err", k.keys.NextProblem)
	}
	if k.keys.Next == nil {
		return nil
	}
	wait := time.NewTimer(0)
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-wait.C:
		}
		err := k.rotate()
		if err == nil {
			return nil
		}
		k.log.Error("the master key's rotation is not finished", "again_in", rotateAgain, "err", err)
		wait.Reset(rotateAgain)
	}
}

func (k *keyring) rotate() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	next := k.keys.Next
	if k.directory == "" && next == nil {
		return errReadOnly
	}
	if k.directory != "" {
		made, err := credential.MakeNext(k.directory)
		if err != nil {
			return err
		}
		next = &made
	}
	if err := k.memory.Rotate(*next); err != nil {
		return err
	}
	k.log.Info("everything is under another master key")
	if k.directory == "" {
		return nil
	}
	return credential.PlaceNext(k.directory)
}

func (c *control) rotate(w http.ResponseWriter, _ *http.Request) {
	if err := c.ring.rotate(); err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// keys reads the cabinet's keys. That there is no place for them is no other state than that they are not there.
func (c *config) keys() (*credential.Keys, error) {
	if c.keyDirectory() == "" {
		return nil, &credential.LostKey{Name: credential.MasterFile,
			Why: "keys.directory is not set and systemd has passed no credentials ($CREDENTIALS_DIRECTORY)"}
	}
	return credential.Load(c.keyDirectory(), c.Keys.Operator)
}

// journalWith is the journal's configuration with the prints of keys.
func (c *config) journalWith(keys *credential.Keys) journal.Config {
	j := c.journal()
	j.Prints = keys.Prints()
	return j
}

// remember reads the keys and opens the journal.
func (c *config) remember(log *slog.Logger) (*credential.Keys, *journal.Journal, error) {
	if c.unread != nil { // with other wiring the doors would be others
		return nil, nil, c.unread
	}
	keys, err := c.keys()
	if err != nil {
		return nil, nil, err
	}
	memory, err := journal.Open(c.journalWith(keys), keys.Master, log, keys.Others()...)
	return keys, memory, err
}
