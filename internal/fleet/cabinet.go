package fleet

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	_ "embed"

	"golang.org/x/sync/errgroup"

	"lockerd/internal/cabinet"
	"lockerd/internal/credential"
	"lockerd/internal/sim"
)

const (
	doors       = 12 // of a cabinet
	mostParcels = 10 // doors are given anew only after a while
	badge       = "COURIER-ADA"
	family      = "8A"
	// brief is a day in which a cabinet waits for nobody as long as it otherwise does.
	brief = 2 * time.Minute
	// beginFor is how long a cabinet may take until it can be used.
	beginFor = 5 * time.Minute
)

//go:embed lockerd.toml.tmpl
var configText string

var configTemplate = template.Must(template.New("lockerd.toml").Parse(configText))

// one is a simulated cabinet: its metal, and the true cabinet that runs it.
type one struct {
	fleet   *Fleet
	name    string
	dir     string
	seed    uint64
	metal   *sim.Line
	scanner *sim.PTY
	kiosk   string // its address
	control cabinet.Client
	secrets *credential.Keys
}

func newOne(f *Fleet, i int) *one {
	name := fmt.Sprintf("%s-%04d", f.cfg.Name, i+1)
	return &one{fleet: f, name: name, dir: f.folder(name), seed: f.cfg.Seed + uint64(i),
		metal: sim.NewLine(0, sim.Board{Family: family, Address: 1, Locks: doors})}
}

// keys makes the cabinet's keys, or reads them, and returns the public one.
func (c *one) keys() ([]byte, error) {
	dir := filepath.Join(c.dir, "keys")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("fleet: %w", err)
	}
	if err := credential.Make(dir); err != nil {
		return nil, err
	}
	secrets, err := credential.Load(dir, c.fleet.cfg.Operator)
	if err != nil {
		return nil, err
	}
	c.secrets = secrets
	return base64.StdEncoding.DecodeString(secrets.Public())
}

// run is the cabinet's life. begun is called once people can use it, or it is clear that they never can.
func (c *one) run(ctx context.Context, begun func()) error {
	defer begun()
	if _, err := c.keys(); err != nil {
		return err
	}
	line, err := sim.OpenOwnPTY()
	if err != nil {
		return err
	}
	if c.scanner, err = sim.OpenOwnPTY(); err != nil {
		return errors.Join(err, line.Close())
	}
	defer c.scanner.Close() //nolint:errcheck // it is unplugged
	if c.kiosk, err = sim.FreeAddress(); err != nil {
		return errors.Join(err, line.Close())
	}
	path, err := c.configure(line.Path())
	if err != nil {
		return errors.Join(err, line.Close())
	}
	cfg, err := cabinet.Load(path)
	if err != nil {
		return errors.Join(err, line.Close())
	}
	c.control = cfg.Client()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return c.metal.Run(ctx, line) }) // it closes the line
	group.Go(func() error {
		return cabinet.New(cfg, cabinet.Options{Version: "fleet", Log: c.fleet.cfg.Log.With("cabinet", c.name)}).Run(ctx)
	})
	group.Go(func() error {
		defer begun()
		return c.inspect(ctx)
	})
	if err := group.Wait(); err != nil {
		return fmt.Errorf("fleet: %s: %w", c.name, err)
	}
	return nil
}

// configure writes the configuration: an ordinary one.
func (c *one) configure(line string) (path string, err error) {
	hash := c.secrets.Hash(badge)
	var text bytes.Buffer
	err = configTemplate.Execute(&text, map[string]any{"Cabinet": c.name, "Dir": c.dir, "Operator": c.fleet.cfg.Operator, "Issuer": c.fleet.cfg.Issuer,
		"Kiosk": c.kiosk, "Broker": c.fleet.cfg.Broker, "Packed": c.fleet.cfg.Packed, "Brief": c.fleet.cfg.Day < brief, "Line": line, "Scanner": c.scanner.Path(), "Family": family,
		"Locks": doors, "Doors": numbers(doors), "Badge": hex.EncodeToString(hash[:]), "Badges": strings.TrimSuffix(badge, "ADA")})
	if err != nil {
		return "", fmt.Errorf("fleet: write configuration: %w", err)
	}
	path = filepath.Join(c.dir, "lockerd.toml")
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		return "", fmt.Errorf("fleet: write configuration: %w", err)
	}
	return path, nil
}

func numbers(n int) (list []int) {
	for i := range n {
		list = append(list, i+1)
	}
	return list
}

// inspect waits until the cabinet knows its doors, and has somebody look into all of them: without that none is given to anybody.
func (c *one) inspect(ctx context.Context) error {
	end, taken := time.Now().Add(beginFor), make(map[int]bool)
	for {
		seen, err := c.control.Inspected(nil, "the builder of the fleet")
		for _, door := range seen.Taken {
			taken[door] = true
		}
		if err == nil && len(taken) == doors {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("its doors cannot be used: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

// last is the newest record of its journal.
func (c *one) last() (seq uint64, err error) {
	v, err := c.control.Verify()
	if err != nil {
		return 0, fmt.Errorf("fleet: %s: %w", c.name, err)
	}
	if v.Problem != "" {
		return 0, fmt.Errorf("fleet: %s: its journal: %s", c.name, v.Problem)
	}
	return v.Report.Last, nil
}
