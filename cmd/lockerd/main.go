// Command lockerd runs a parcel locker, and holds the tools for the hands of whoever looks after it.
// It wires the parts together; the rules are in internal/locker.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/posener/complete"
	"github.com/willabides/kongplete"
)

// version is set by the linker for a release.
var version = "dev"

// commandLine is what may be typed. The tool's field names are its commands.
type commandLine struct {
	Run        runCommand        `cmd:"" help:"Run the cabinet."`
	Check      checkCommand      `cmd:"" help:"Say in plain words what is wrong with the configuration and the machine."`
	Doors      doorsCommand      `cmd:"" help:"Say what somebody found behind doors."`
	Board      boardCommand      `cmd:"" help:"Look for lock boards, see what they say, and open doors."`
	Clock      clockCommand      `cmd:"" help:"Say how late it is, and that the PC's clock is right."`
	Journal    journalCommand    `cmd:"" help:"Look at what the cabinet remembers."`
	Technician technicianCommand `cmd:"" help:"Invite technicians, list them, and take their access."`
	Keys       keysCommand       `cmd:"" help:"Make the cabinet's keys and print its public key; put everything under a new master key."`
	Hash       hashCommand       `cmd:"" help:"Make the keyed hash of a courier's badge or PIN (read from standard input) for the configuration."`
	Order      orderCommand      `cmd:"" help:"Write orders as the cloud does."`
	Token      tokenCommand      `cmd:"" help:"Make the keys of an issuer, and tokens; say what a token is worth here."`
	Version    versionCommand    `cmd:"" help:"Print the version."`

	RenderPage renderPageCommand `cmd:"" hidden:""`
}

// configFlag is the configuration file that a command works with.
type configFlag struct {
	Config string `help:"The configuration file." default:"/etc/lockerd/lockerd.toml" type:"path" predictor:"path"`
}

type runCommand struct {
	configFlag
	Debug bool `help:"Log every frame on the lines, too."`
}

func (c *runCommand) Run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	log := newLog(c.Debug)
	for {
		cfg, err := loadConfig(c.Config)
		if err != nil {
			return err
		}
		if err := run(ctx, cfg, log); !errors.Is(err, errInstalled) {
			// Not whenever a run ends: systemd would end what begins anew.
			_, _ = daemon.SdNotify(false, daemon.SdNotifyStopping)
			return err
		}
		log.Info("beginning anew with other wiring")
	}
}

// newLog writes to standard error without the time: the journal of systemd has it.
func newLog(debug bool) *slog.Logger {
	level := slog.LevelInfo
	if debug {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey && len(groups) == 0 {
				return slog.Attr{}
			}
			return a
		}}))
}

type versionCommand struct{}

func (versionCommand) Run() error {
	fmt.Println("lockerd", release())
	return nil
}

// release is the version, with the revision that it was built from.
func release() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return version + "+" + s.Value[:12]
		}
	}
	return version
}

func main() {
	var cmd commandLine
	parser := kong.Must(&cmd, kong.Name("lockerd"), kong.Description("Runs a parcel locker."), kong.UsageOnError())
	kongplete.Complete(parser, kongplete.WithPredictor("path", complete.PredictFiles("*"))) // ends the process if a shell asks
	k, err := parser.Parse(os.Args[1:])
	parser.FatalIfErrorf(err)
	if err := k.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "lockerd:", err)
		os.Exit(1)
	}
}
