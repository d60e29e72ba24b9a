// Command lockerd runs a parcel locker, and contains the tools for operators and technicians.
// It only parses the command line: package cabinet assembles the parts, and package locker holds the rules.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/coreos/go-systemd/v22/daemon"

	"lockerd/internal/cabinet"
	"lockerd/internal/manual"
)

// version is set by the linker for a release.
var version = "dev"

// commandLine is what may be typed. The tool's field names are its commands. What shells and man know of it is made from
// this: see package manual.
type commandLine struct {
	Version kong.VersionFlag `help:"Print the version."`

	Setup      setupCommand      `cmd:"" help:"Ask a few questions and write a configuration; never over one that is there."`
	Run        runCommand        `cmd:"" help:"Run the cabinet."`
	Check      checkCommand      `cmd:"" help:"Say in plain words what is wrong with the configuration and the machine."`
	Doors      doorsCommand      `cmd:"" help:"Say what somebody found behind doors."`
	Board      boardCommand      `cmd:"" help:"Look for lock boards, see what they say, and open doors."`
	Clock      clockCommand      `cmd:"" help:"Say how late it is, and that the PC's clock is right."`
	Journal    journalCommand    `cmd:"" help:"Look at what the cabinet remembers."`
	Technician technicianCommand `cmd:"" help:"Invite technicians, list them, and take their access."`
	Guards     guardsCommand     `cmd:"" help:"Say how the guards against guessing stand, and clear them."`
	Keys       keysCommand       `cmd:"" help:"Make keys: the cabinet's, the operator's, an issuer's; put everything under a new master key."`
	Codes      codesCommand      `cmd:"" help:"Print pickup codes where no cloud sends them."`
	Hash       hashCommand       `cmd:"" help:"Make the keyed hash of a courier's badge or PIN (read from standard input) for the configuration."`
	Order      orderCommand      `cmd:"" help:"Write orders as the cloud does."`
	Report     reportCommand     `cmd:"" help:"Export what was found behind doors, signed by the cabinet, and verify it."`
	Profile    profileCommand    `cmd:"" help:"Take a profile of what the daemon does, for its makers."`
	Token      tokenCommand      `cmd:"" help:"Make tokens, and say what one is worth here."`

	RenderPage renderPageCommand `cmd:"" hidden:""`
	Describe   manual.Command    `cmd:"" hidden:""`
}

// configFlag is the configuration file that a command works with.
type configFlag struct {
	Config string `help:"The configuration file." default:"/etc/lockerd/lockerd.toml" type:"path"`
}

// daemon is the running cabinet of the configuration.
func (c configFlag) daemon() (client cabinet.Client, err error) {
	cfg, err := cabinet.Read(c.Config)
	if err != nil {
		return client, err
	}
	return cfg.Client(), nil
}

// jsonFlag is on every command that says how something is.
type jsonFlag struct {
	JSON bool `help:"Print it for a program."`
}

type runCommand struct {
	configFlag
	Debug bool `help:"Log every frame on the lines, too."`
}

func (c *runCommand) Run() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	log := newLog(c.Debug)
	cfg, err := cabinet.Load(c.Config)
	if err != nil {
		return err
	}
	err = cabinet.New(cfg, cabinet.Options{Version: release(), Log: log, Clock: readClock}).Run(ctx)
	_, _ = daemon.SdNotify(false, daemon.SdNotifyStopping)
	return err
}

// readClock is what the PC's clock says.
var readClock = time.Now

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

func newParser(cmd *commandLine) *kong.Kong {
	return kong.Must(cmd, kong.Name("lockerd"), kong.Description("Runs a parcel locker."),
		kong.Vars{"version": "lockerd " + release()})
}

// How lockerd ends. 0: it did what it was asked for.
const (
	exitFailed = 1
	exitUsage  = 2 // it was asked for nothing that it knows
)

func main() {
	var cmd commandLine
	k, err := newParser(&cmd).Parse(os.Args[1:])
	if err != nil {
		usage(os.Stderr, err)
		os.Exit(exitUsage)
	}
	if err := k.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "lockerd:", err)
		os.Exit(exitFailed)
	}
}

// usage says in a few lines what was wrong and what may be typed instead.
func usage(w io.Writer, err error) {
	fmt.Fprintln(w, "lockerd:", err)
	var parse *kong.ParseError
	if !errors.As(err, &parse) {
		return
	}
	at := parse.Context.Model.Node
	if selected := parse.Context.Selected(); selected != nil {
		at = selected
	} else {
		for _, part := range parse.Context.Path {
			if part.Command != nil {
				at = part.Command
			}
		}
	}
	if at.Parent == nil {
		fmt.Fprintln(w, "usage: lockerd COMMAND [flags]")
	} else {
		fmt.Fprintln(w, "usage: lockerd", at.Summary())
	}
	if commands := manual.Commands(at); len(commands) > 0 {
		fmt.Fprintf(w, "commands: %s\n", strings.Join(commands, ", "))
	}
	fmt.Fprintf(w, "`%s --help` says more\n", at.FullPath())
}
