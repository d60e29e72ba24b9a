package cabinet

import (
	"context"
	"errors"
	"log/slog"
	stdsync "sync"
	"time"

	"lockerd/internal/credential"
	"lockerd/internal/journal"
)

// errReadOnly is for keys that are systemd's while the next one is missing.
var errReadOnly = errors.New("the keys are systemd's credentials, which lockerd cannot change: lockerd-rotate-master does it " +
	"(it seals " + credential.NextFile + " beside " + credential.MasterFile + " and restarts lockerd; see docs/operator.md)")

// keyring rotates the master key. At every moment each file is under the present key or the next one, and both exist: a
// start finds the one it needs, and continues.
type keyring struct {
	keys      *credential.Keys
	directory string // where the keys lie, if lockerd may write there; empty: systemd's credentials
	memory    *journal.Journal
	log       *slog.Logger

	mu stdsync.Mutex // one rotation at a time
}

// rotateAgain is how long after a failed rotation it is tried again.
const rotateAgain = 10 * time.Minute

// Run completes a rotation that was interrupted, or that the operator began by putting the next key in place.
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

// ReadKeys reads the cabinet's keys. A missing directory counts as missing keys.
func (c *Config) ReadKeys() (*credential.Keys, error) {
	if c.KeyDirectory() == "" {
		return nil, &credential.LostKey{Name: credential.MasterFile,
			Why: "keys.directory is not set and systemd has passed no credentials ($CREDENTIALS_DIRECTORY)"}
	}
	return credential.Load(c.KeyDirectory(), c.Keys.Operator)
}

// JournalWith is the journal's configuration with the fingerprints of keys.
func (c *Config) JournalWith(keys *credential.Keys) journal.Config {
	j := c.journalConfig()
	j.Prints = keys.Prints()
	return j
}

// remember reads the keys and opens the journal.
func (c *Config) remember(log *slog.Logger) (*credential.Keys, *journal.Journal, error) {
	if c.unread != nil { // with other wiring the doors would be others
		return nil, nil, c.unread
	}
	keys, err := c.ReadKeys()
	if err != nil {
		return nil, nil, err
	}
	memory, err := journal.Open(c.JournalWith(keys), keys.Master, log, keys.Others()...)
	return keys, memory, err
}

// AcceptKeys makes the journal accept the present lookup.key and cabinet.key.
func (c *Config) AcceptKeys() error {
	keys, err := c.ReadKeys()
	if err != nil {
		return err
	}
	return journal.Accept(c.JournalWith(keys), keys.Master, keys.Others()...)
}
