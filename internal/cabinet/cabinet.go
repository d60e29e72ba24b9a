// Package cabinet assembles a parcel locker: it reads the configuration, starts the owners of all parts, and carries inputs and
// outputs between them and the rules. It is the only package that imports all others; the rules themselves are in package locker.
package cabinet

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"lockerd/internal/controller"
	"lockerd/internal/credential"
	"lockerd/internal/document"
	"lockerd/internal/journal"
	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/metrics"
	"lockerd/internal/remote"
	"lockerd/internal/scanner"
	"lockerd/internal/sync"
	"lockerd/internal/ui"
)

// Cabinet is a parcel locker that can be run. Several may run in one process, each with its own configuration.
type Cabinet struct {
	cfg *Config
	Options
	ring *remote.Ring
}

// Options are what the surrounding program sets.
type Options struct {
	Version string
	Log     *slog.Logger
	Clock   func() time.Time // the PC's; nil: time.Now
}

// New makes a cabinet from a configuration that Read has read. It opens nothing before it runs.
func New(cfg *Config, o Options) *Cabinet {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	c := &Cabinet{cfg: cfg, Options: o, ring: &remote.Ring{}}
	c.Log = slog.New(c.ring.Tee(o.Log.Handler()))
	return c
}

// Run runs the cabinet until ctx ends. An error means that it cannot do its job: systemd restarts it. After a change of the
// wiring at the kiosk, or of the configuration from afar, it starts over with it.
func (c *Cabinet) Run(ctx context.Context) error {
	for {
		if err := c.runOnce(ctx); !errors.Is(err, errAnew) {
			return err
		}
		cfg, err := Load(c.cfg.path)
		if err != nil {
			return err
		}
		c.cfg = cfg
		c.Log.Info("beginning anew")
	}
}

func (c *Cabinet) runOnce(ctx context.Context) error {
	keys, memory, err := c.cfg.remember(c.Log)
	if err != nil {
		keys, memory, err = c.wait(ctx, err)
	}
	if err != nil || memory == nil {
		return err
	}
	defer func() { _ = memory.Close() }() // all that was promised is on disk already
	if origin := memory.Origin(); origin != journal.Opened && origin != journal.New {
		c.Log.Error("ALARM: the journal is not what it was; see docs/operator.md", "origin", origin)
	}
	if again, err := c.cfg.afar.Begin(c.cfg.stands, c.cfg.spoilt); err != nil {
		c.Log.Error("which configuration is in force cannot be written", "err", err)
	} else if again {
		return errAnew
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	all, err := c.build(end, keys, memory)
	if err != nil {
		return err
	}
	if err := all.run(ctx); err != nil {
		return err
	}
	if errors.Is(context.Cause(ctx), errAnew) {
		return errAnew
	}
	return nil
}

// part is the log of a part.
func (c *Cabinet) part(name string) *slog.Logger { return c.Log.With("part", name) }

// build makes the owners of a cabinet that has its keys and its journal.
func (c *Cabinet) build(end context.CancelCauseFunc, keys *credential.Keys, memory *journal.Journal) (*owners, error) {
	cfg, all, loop := c.cfg, &owners{log: c.Log}, &loop{}
	issuers, err := credential.NewIssuers(cfg.Issuers)
	if err != nil {
		return nil, err
	}
	meter := c.meter(memory, loop.now)
	lines := newLines(cfg, meter.Heard(loop.submit), c.part("lockboard"))
	wiring := &installer{Lines: lines, tell: loop.submit, cfg: cfg, log: c.part("setup"), asked: make(chan change, 1), end: end}
	labels := scanner.NewLabels(cfg.Barcodes, keys.Hash)
	photos := remote.Photos{Journal: memory, Open: cfg.openPhoto}
	draws, kiosk := document.NewRenderer(RenderPage), (*ui.Server)(nil)
	brought := c.brought(all, loop, photos, keys.Box, draws, func(png []byte, tag string) { kiosk.ShowPoster(png, tag) })
	cloud := sync.New(cfg.Cabinet, c.Version, cfg.Cloud, cfg.Password, memory, orders{loop, labels, cfg, brought, keys.Offers},
		secrets{keys, issuers}, c.part("cloud"))
	meter.Watch(lines, cloud.Gauges)
	mark := journal.NewMarker(memory, c.part("upkeep"))
	_, before := memory.Last()
	gauges := &instruments{cfg: cfg, version: c.Version, memory: memory, lines: lines, cloud: cloud, mark: mark, meter: meter, started: time.Now(), photos: photos, before: before}
	technicians := credential.NewTechnicians(keys, loop.now, c.part("technicians"))
	people := &people{keys: keys, issuers: issuers, labels: labels, digits: cfg.CodeDigits(), loop: loop, technicians: technicians, saw: gauges.scanned}
	kiosk, err = ui.New(cfg.kioskConfig(keys), people, gauges, c.part("kiosk"))
	if err != nil {
		return nil, err
	}
	forget := journal.NewEraser(memory, cfg.removePhoto, loop.submit, c.part("eraser"))
	state := &bulletin{Cloud: cloud, link: cloud, unsigned: cfg.Cloud.AllowUnsigned, unsignedAcks: cfg.Cloud.Unproven(), faults: mark.Faults,
		config: cfg.summary, meter: meter}
	pulse := controller.NewPulse(cfg.Journal+".alive", c.Clock, c.part("pulse"))
	machine := remote.NewMachine(remote.Parts{Configs: cfg.afar, Look: gauges.seen, Ring: c.ring, Brought: brought, Tell: loop.do, Log: c.part("remote"),
		Report: func() locker.Report { return gauges.report(meter.Summary().Faults, loop.now()) }, Restart: func() { end(errAnew) }})
	loop.Controller = controller.New(cfg.Plan(), controller.Parts{
		Started: func() locker.Started { return controller.Begun(c.Version, pulse.Last(), cfg.afar.Stands()) }, Serve: pulse.Serve, Alive: meter.Alive(controller.Watchdog(c.Log)),
		Clock: controller.Clock(cfg.Clock, c.Clock), Journal: metrics.Counting{Log: memory, Meter: meter}, Keeper: memory, Board: lines, Installer: wiring,
		Log: c.part("controller"), Eraser: forget, Remote: machine, Cloud: state, Desk: technicians, Gate: issuers,
		Screen: append(screens{kiosk}, cfg.pins(all, loop, c.part("pins"))...),
		Camera: cfg.cameras(all, loop, c.part("camera")), Terminal: cfg.terminal(all, loop, c.part("terminal"))})
	all.add("controller", loop.Run)
	all.add("pulse", pulse.Run)
	all.add("kiosk", kiosk.Run)
	all.add("cloud", cloud.Run)
	all.add("lines", lines.Run)
	all.add("wiring", wiring.Run)
	all.add("eraser", forget.Run)
	all.add("machine", machine.Run)
	for _, s := range cfg.Scanners {
		open := func(context.Context) (scanner.Line, error) { return openScanner(s) }
		all.add("scanner "+s.Name, scanner.New(s, open, people.scanned(s.Name), loop.do, c.part("scanner")).Run)
	}
	cfg.poster(all, draws, brought.Playlists, gauges, c.part("poster"))
	ring := &keyring{keys: keys, directory: cfg.Keys.Directory, memory: memory, log: c.part("keys")}
	all.add("keyring", ring.Run)
	all.add("upkeep", memory.Upkeep(loop.now, c.part("upkeep")))
	all.add("mark", mark.Run)
	all.add("metrics", meter.Run)
	all.add("control", (&control{path: cfg.Socket, loop: loop, memory: memory, cfg: cfg, lines: lines, state: state, ring: ring,
		technicians: technicians, owners: all, log: c.part("control")}).Run)
	all.add("ready", ready(kiosk))
	return all, nil
}

// meter makes what lets others look at the cabinet; memory is nil where there is no journal.
func (c *Cabinet) meter(memory metrics.Journal, clock func() locker.Now) *metrics.Meter {
	return metrics.New(c.cfg.Metrics, metrics.Sources{Plan: c.cfg.Plan(), Version: c.Version, Clock: clock, Journal: memory,
		File: c.cfg.Journal, Photos: c.cfg.Photos.Directory}, c.part("metrics"))
}

// secrets are what the link to the cloud needs: the cabinet's keys, and whose signatures count.
type secrets struct {
	*credential.Keys
	*credential.Issuers
}

// loop is the controller, for parts that are made before it.
type loop struct{ *controller.Controller }

// submit hands an input to the loop. The method value loop.Submit would belong to a controller that does not exist yet.
func (l *loop) submit(ctx context.Context, in locker.Input) error { return l.Submit(ctx, in) }

// do hands an input to the loop and returns once its events are on disk.
func (l *loop) do(ctx context.Context, in locker.Input) error { return l.Do(ctx, in) }

// now is the time as judged by the rules.
func (l *loop) now() locker.Now { return l.Now() }

// ready tells systemd that the cabinet is up once the kiosk serves: the doors are being asked.
func ready(kiosk *ui.Server) func(context.Context) error {
	return func(context.Context) error {
		if kiosk.Addr() != "" {
			_, _ = daemon.SdNotify(false, daemon.SdNotifyReady)
		}
		return nil
	}
}

// openScanner opens a scanner, which is a keyboard or on a serial port.
func openScanner(s scanner.Config) (scanner.Line, error) {
	if s.Device != "" {
		return scanner.OpenKeys(s)
	}
	port, err := lockboard.OpenPort(s.Port, s.Baud)
	if err != nil {
		return nil, err // not a nil *Port, which would be a line
	}
	return port, nil
}
