package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sync/errgroup"

	"lockerd/internal/controller"
	"lockerd/internal/credential"
	"lockerd/internal/journal"
	"lockerd/internal/lockboard"
	"lockerd/internal/locker"
	"lockerd/internal/scanner"
	"lockerd/internal/sync"
	"lockerd/internal/ui"
)

// run is the whole cabinet, until ctx ends. An error means that it cannot do its job: systemd starts it again.
func run(ctx context.Context, cfg *config, log *slog.Logger) error {
	keys, memory, err := cfg.remember(log)
	if err != nil {
		cfg, keys, memory, err = wait(ctx, cfg, err, log)
	}
	if err != nil || memory == nil {
		return err
	}
	defer func() { _ = memory.Close() }() // all that was promised is on disk already
	if origin := memory.Origin(); origin != journal.Opened && origin != journal.New {
		log.Error("ALARM: the journal is not what it was; see docs/operator.md", "origin", origin)
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	c, err := build(end, cfg, keys, memory, log)
	if err != nil {
		return err
	}
	if err := c.run(ctx); err != nil {
		return err
	}
	if errors.Is(context.Cause(ctx), errInstalled) {
		return errInstalled
	}
	return nil
}

// cabinet is everything that runs.
type cabinet struct {
	log    *slog.Logger
	owners []func(context.Context) error
}

// run starts every owner and waits for all of them: the first error stops the others.
func (c *cabinet) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, owner := range c.owners {
		group.Go(func() error { return owner(ctx) })
	}
	return group.Wait()
}

func build(
	end context.CancelCauseFunc, cfg *config, keys *credential.Keys, memory *journal.Journal, log *slog.Logger,
) (*cabinet, error) {
	issuers, err := credential.NewIssuers(cfg.Issuers)
	if err != nil {
		return nil, err
	}
	c := &cabinet{log: log}
	loop := &loop{}
	lines := newLines(cfg, loop.submit, log.With("part", "lockboard"))
	wiring := &installer{lines: lines, cfg: cfg, log: log.With("part", "setup"), asked: make(chan change, 1), end: end}
	parts := controller.Parts{
		Started: begun(), Clock: newClock(cfg.Clock), Journal: memory, Keeper: memory, Board: lines, Installer: wiring,
		Alive: newWatchdog(log), Log: log.With("part", "controller"),
	}
	labels := &labels{keys, scanner.NewRecogniser(cfg.Barcodes)}
	cloud := sync.New(cfg.Cabinet, release(), cfg.Cloud, cfg.password, memory, orders{loop, labels},
		secrets{keys, issuers}, log.With("part", "cloud"))
	mark := &marker{memory: memory, log: log.With("part", "upkeep")}
	gauges := &instruments{cfg: cfg, memory: memory, lines: lines, cloud: cloud, mark: mark, started: time.Now()}
	technicians := newTechnicians(keys, loop.now, log.With("part", "technicians"))
	desk := &desk{keys: keys, issuers: issuers, labels: labels, digits: cfg.codeDigits(), loop: loop,
		technicians: technicians, saw: gauges.scanned}
	kiosk, err := ui.New(cfg.kiosk(), desk, gauges, log.With("part", "kiosk"))
	if err != nil {
		return nil, err
	}
	kiosk.ListenWith(listenAt(log.With("part", "kiosk")))
	forget := &eraser{memory: memory, photos: cfg.Photos.Directory, submit: loop.submit, log: log.With("part", "eraser"),
		asked: make(chan toErase, 1)}
	parts.Eraser = forget
	state := &bulletin{Cloud: cloud, link: cloud, unsigned: cfg.Cloud.AllowUnsigned, unsignedAcks: cfg.Cloud.Unproven(), faults: mark.faults}
	parts.Screen, parts.Cloud = append(screens{kiosk}, c.pins(cfg, loop, log.With("part", "pins"))...), state
	parts.Desk = technicians
	parts.Camera = c.cameras(cfg, loop, loop.now, log.With("part", "camera"))
	loop.Controller = controller.New(cfg.plan(), parts)
	c.owners = append(c.owners, loop.Run, kiosk.Run, cloud.Run, lines.Run, wiring.Run, forget.Run)

	for _, s := range cfg.Scanners {
		open := func(context.Context) (scanner.Line, error) { return openScanner(s) }
		c.owners = append(c.owners, scanner.New(s, open, desk.scanned(s.Name), loop.Submit, log.With("part", "scanner")).Run)
	}
	c.poster(cfg, kiosk, gauges, log.With("part", "poster"))
	ring := &keyring{keys: keys, directory: cfg.Keys.Directory, memory: memory, log: log.With("part", "keys")}
	tools := &control{path: cfg.Socket, loop: loop, memory: memory, cfg: cfg, lines: lines, state: state, ring: ring,
		technicians: technicians, log: log.With("part", "control")}
	c.owners = append(c.owners, tools.Run, c.ready(kiosk), ring.Run, upkeep(cfg, memory, loop.now, log.With("part", "upkeep")),
		mark.Run)
	return c, nil
}

// secrets are what the link to the cloud needs: the cabinet's keys, and whose signatures count.
type secrets struct {
	*credential.Keys
	*credential.Issuers
}

// loop is the controller, for those who are made before it.
type loop struct{ *controller.Controller }

// submit hands an input in. The method value loop.Submit would be of the controller that there is not yet.
func (l *loop) submit(ctx context.Context, in locker.Input) error { return l.Submit(ctx, in) }

// now is how late it is, as the rules judge it.
func (l *loop) now() locker.Now { return l.Now() }

// ready tells systemd once the kiosk serves: the doors are being asked.
func (c *cabinet) ready(kiosk *ui.Server) func(context.Context) error {
	return func(context.Context) error {
		if kiosk.Addr() != "" {
			_, _ = daemon.SdNotify(false, daemon.SdNotifyReady)
		}
		return nil
	}
}

// newWatchdog pings systemd's watchdog as often as it asks for. It is called from the controller's loop: a loop that is stuck
// does not ping.
func newWatchdog(log *slog.Logger) func() {
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("systemd's watchdog is not asked for rightly", "err", err)
	}
	if every == 0 {
		return func() {}
	}
	return func() { _, _ = daemon.SdNotify(false, daemon.SdNotifyWatchdog) }
}

// openScanner opens a scanner, which is a keyboard or on a serial port.
func openScanner(s scanner.Config) (scanner.Line, error) {
	if s.Device != "" {
		return scanner.OpenKeys(s)
	}
	return openPort(s.Port, s.Baud)
}

// openPort opens a serial port. A port that could not be opened is nil, not a nil *Port.
func openPort(path string, baud int) (scanner.Line, error) {
	port, err := lockboard.OpenPort(path, baud)
	if err != nil {
		return nil, err
	}
	return port, nil
}
