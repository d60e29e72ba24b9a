package cabinet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/pelletier/go-toml/v2"

	"lockerd/internal/durable"
	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
)

// errAnew ends a run so that another one begins, with what is configured then.
var errAnew = errors.New("to begin anew")

// installer changes the cabinet's wiring, and then restarts the cabinet.
type installer struct {
	*lockboard.Lines
	tell  func(context.Context, locker.Input) error
	cfg   *Config
	log   *slog.Logger
	asked chan change // of size 1
	end   context.CancelCauseFunc
}

// change is what is to be done to the wiring.
type change struct {
	name string
	do   func() error
}

// Install writes the wiring learnt at the kiosk. The previous one is kept for Undo.
func (i *installer) Install(s locker.Setup) {
	i.ask(change{"install", func() error { return i.cfg.install(i.cfg.learntWiring(i.Configs(), s)) }})
}

// Undo returns to the previous wiring.
func (i *installer) Undo() { i.ask(change{"undo", i.cfg.undo}) }

// ask hands over a change. The loop does not wait for the disk.
func (i *installer) ask(c change) {
	select {
	case i.asked <- c:
	default: // one is under way: the rules ask for none meanwhile
		i.log.Error("the wiring is being changed already", "change", c.name)
	}
}

// Run makes the changes until ctx ends; after one that succeeded, the run ends.
func (i *installer) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case c := <-i.asked:
			if err := c.do(); err != nil {
				i.log.Error("the wiring stays as it is", "change", c.name, "err", err)
				if err := i.tell(ctx, locker.InstallFailed{Why: err.Error()}); err != nil {
					return nil // lockerd ends
				}
				continue
			}
			i.log.Info("the wiring has changed; beginning anew", "change", c.name)
			i.end(errAnew)
		}
	}
}

// learntWiring is the wiring that results from a setup and the lines as they are driven now.
func (c *Config) learntWiring(lines []lockboard.Config, s locker.Setup) Wiring {
	var w Wiring
	for i, b := range c.Buses {
		b.Baud, b.Boards = lines[i].Baud, nil
		for _, k := range lines[i].Boards {
			if k, used := k.Learnt(b.Name, s.Doors); used || c.readsContacts(b.Name, k.Address) {
				b.Boards = append(b.Boards, Board{BoardConfig: k, Pulse: Duration(k.Pulse)})
			}
		}
		w.Buses = append(w.Buses, b)
	}
	for _, d := range s.Doors {
		if d.Lock != (locker.Lock{}) {
			w.Doors = append(w.Doors, Door{Number: d.Number, Size: d.Size, Column: d.Column, Low: d.Low, Zone: d.Zone,
				Bus: d.Lock.Bus, Board: d.Lock.Board, Channel: d.Lock.Channel, Contact: c.contactOf(d)})
		}
	}
	return w
}

// before is the file of the previous wiring. It is empty if that was the configuration file's.
func (c *Config) before() string { return c.SetupFile() + ".before" }

// canUndo says whether there is a previous wiring.
func (c *Config) canUndo() bool {
	_, err := os.Stat(c.before())
	return err == nil
}

const wiringHead = `# Written by lockerd: the wiring that was learnt at the kiosk on %s. It goes before the buses and doors of the
# configuration file. To go back: "undo" at the kiosk, or remove this file and start lockerd anew.

`

// install puts a wiring in force after checking that lockerd can start with it.
func (c *Config) install(w Wiring) error {
	trial := *c
	trial.Buses, trial.Doors = w.Buses, w.Doors
	if err := trial.Validate(); err != nil {
		return fmt.Errorf("what was learnt is no wiring:\n%w", err)
	}
	var text bytes.Buffer
	fmt.Fprintf(&text, wiringHead, time.Now().UTC().Format(time.DateTime))
	if err := toml.NewEncoder(&text).SetIndentTables(false).Encode(w); err != nil {
		return err
	}
	old, err := os.ReadFile(c.SetupFile())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := durable.Write(c.before(), 0o640, old); err != nil {
		return err
	}
	return durable.Write(c.SetupFile(), 0o640, text.Bytes())
}

// undo puts the previous wiring in force.
func (c *Config) undo() error {
	old, err := os.ReadFile(c.before())
	if err != nil {
		return err
	}
	if len(old) == 0 {
		err = os.Remove(c.SetupFile())
	} else {
		err = durable.Write(c.SetupFile(), 0o640, old)
	}
	return errors.Join(err, os.Remove(c.before()))
}
