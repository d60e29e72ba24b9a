// Package remote carries out what the operator orders about the machine itself: another configuration, on trial until it has proven
// itself; a restart; a report; photos to be uploaded; pictures to be fetched and shown.
// It owns a folder with what these need to survive a power cut. It decides nothing: which order counts, and when a moment is quiet, is in
// package locker.
package remote

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"lockerd/internal/durable"
	"lockerd/internal/locker"
)

// mostTexts is how many texts of configurations are kept, besides those in use.
const mostTexts = 8

// mostStarts is how often lockerd may start with a configuration on trial. A power cut is no proof against it; a configuration with
// which lockerd ends again and again is one.
const mostStarts = 3

// standing is the one file that says which configuration is in force. It is replaced atomically: a power cut leaves the old one or the
// new one.
type standing struct {
	Current locker.Configured `json:"current,omitzero"` // without an order: the file of the cabinet
	Before  locker.Configured `json:"before,omitzero"`  // what a roll-back returns to
	// Base is the hash of the cabinet's file when Current was put in force. If somebody has changed the file since, the file counts.
	Base  string            `json:"base,omitempty"`
	Trial *Trial            `json:"trial,omitempty"` // of Current; nil: it has proven itself
	Gone  locker.ConfigGone `json:"gone,omitzero"`
}

// Configs are the configurations that came from afar, in a folder of their own. Their texts are files named by their hash.
type Configs struct {
	dir  string
	base string

	mu sync.Mutex
	at standing
}

// Hash is how a text is named: its SHA-256 in hex.
func Hash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// OpenConfigs reads which configuration is in force. base is the text of the cabinet's own file. A folder that is not there is none. A
// *fs.PathError says that the disk does not give it.
func OpenConfigs(dir string, base []byte) (*Configs, error) {
	c := &Configs{dir: dir, base: Hash(base)}
	data, err := os.ReadFile(c.file())
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("remote: read which configuration is in force: %w", err)
	}
	if json.Unmarshal(data, &c.at) != nil { // damaged: then the cabinet's own file counts
		c.at = standing{}
	}
	return c, nil
}

func (c *Configs) file() string            { return filepath.Join(c.dir, "standing.json") }
func (c *Configs) text(hash string) string { return filepath.Join(c.dir, hash+".toml") }

// Standing calls use with the configurations from afar that may be used, the one in force first, until one is accepted. It returns
// which that is; the zero value is the cabinet's own file.
func (c *Configs) Standing(use func(of locker.Configured, text []byte) error) (locker.Configured, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at.Base != c.base {
		return locker.Configured{}, nil
	}
	var errs []error
	for _, of := range []locker.Configured{c.at.Current, c.at.Before} {
		if of.Order == "" {
			break // the cabinet's own
		}
		text, err := c.read(of.SHA256)
		if err == nil {
			err = use(of, text)
		}
		if err == nil {
			return of, errors.Join(errs...)
		}
		errs = append(errs, err)
	}
	return locker.Configured{}, errors.Join(errs...)
}

// read reads a text and checks that it is the one.
func (c *Configs) read(hash string) ([]byte, error) {
	text, err := os.ReadFile(c.text(hash))
	if err != nil {
		return nil, fmt.Errorf("remote: read configuration: %w", err)
	}
	if Hash(text) != hash {
		return nil, fmt.Errorf("remote: read configuration %.8s: damaged", hash)
	}
	return text, nil
}

// Begin counts a start with the configuration that is used. It returns true when another one is in force now: then the cabinet must be
// configured again. why is why the one in force could not be used.
func (c *Configs) Begin(used locker.Configured, why error) (again bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch at := c.at; {
	case at.Current.Order != used.Order && at.Base != c.base:
		return false, c.put(standing{Gone: gone(at.Current, locker.ConfigByHand, "")})
	case at.Current.Order != used.Order:
		return false, c.back(used, locker.ConfigUnusable, fmt.Sprint(why))
	case at.Trial == nil:
		return false, nil
	case at.Trial.Starts >= mostStarts:
		return true, c.back(at.Before, locker.ConfigNoStart, fmt.Sprintf("after %d starts", at.Trial.Starts))
	default:
		trial := *at.Trial
		trial.Starts++
		at.Trial = &trial
		return false, c.put(at)
	}
}

// Stage keeps the text of a configuration that is offered.
func (c *Configs) Stage(text []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return fmt.Errorf("remote: keep configuration: %w", err)
	}
	if err := durable.Write(c.text(Hash(text)), 0o600, text); err != nil {
		return fmt.Errorf("remote: keep configuration: %w", err)
	}
	return c.prune()
}

// prune removes the oldest texts that are not in use.
func (c *Configs) prune() error {
	type text struct {
		path string
		at   time.Time
	}
	var texts []text
	paths, _ := filepath.Glob(filepath.Join(c.dir, "*.toml"))
	for _, path := range paths {
		info, err := os.Stat(path)
		used := strings.HasPrefix(filepath.Base(path), c.at.Current.SHA256+".") || strings.HasPrefix(filepath.Base(path), c.at.Before.SHA256+".")
		if err == nil && !used {
			texts = append(texts, text{path, info.ModTime()})
		}
	}
	slices.SortFunc(texts, func(a, b text) int { return b.at.Compare(a.at) })
	var errs []error
	for _, t := range texts[min(mostTexts, len(texts)):] {
		errs = append(errs, os.Remove(t.path))
	}
	return errors.Join(errs...)
}

// Apply puts a configuration in force, on trial, from the next start on. One that is in force stays, and so does what it would be rolled
// back to: itself would be nothing to return to.
func (c *Configs) Apply(of locker.Configured, trial Trial) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.read(of.SHA256); err != nil {
		return err
	}
	if of.Order == c.at.Current.Order && c.at.Base == c.base {
		return nil
	}
	before := c.at.Current
	if c.at.Base != c.base {
		before = locker.Configured{}
	}
	return c.put(standing{Current: locker.Configured{Order: of.Order, Version: of.Version, SHA256: of.SHA256}, Before: before, Base: c.base, Trial: &trial})
}

// Keep ends the trial of the configuration in force: it has proven itself.
func (c *Configs) Keep() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.at
	at.Trial = nil
	return c.put(at)
}

// RollBack puts the configuration before in force, from the next start on.
func (c *Configs) RollBack(why locker.ConfigEnd, detail string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.back(c.at.Before, why, detail)
}

func (c *Configs) back(to locker.Configured, why locker.ConfigEnd, detail string) error {
	return c.put(standing{Current: to, Base: c.base, Gone: gone(c.at.Current, why, detail)})
}

func gone(of locker.Configured, why locker.ConfigEnd, detail string) locker.ConfigGone {
	return locker.ConfigGone{Order: of.Order, Version: of.Version, Why: why, Detail: Short(detail)}
}

// put replaces the file; only then is what it says true.
func (c *Configs) put(at standing) error {
	data, err := json.Marshal(at)
	if err == nil {
		err = durable.Write(c.file(), 0o600, data)
	}
	if err != nil {
		return fmt.Errorf("remote: write which configuration is in force: %w", err)
	}
	c.at = at
	return nil
}

// Stands says which configuration is in force, and which was rolled back last.
func (c *Configs) Stands() locker.ConfigStands {
	c.mu.Lock()
	defer c.mu.Unlock()
	in := locker.ConfigStands{Config: c.at.Current, Gone: c.at.Gone}
	in.Config.Trial = c.at.Trial != nil
	return in
}

// InForce is the hash of the configuration in force.
func (c *Configs) InForce() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return cmp.Or(c.at.Current.SHA256, c.base)
}

// Trial is the trial of the configuration in force; nil: there is none.
func (c *Configs) Trial() *Trial {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at.Trial
}

// Short keeps an error within what an event should hold.
func Short(text string) string {
	const most = 500
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}
