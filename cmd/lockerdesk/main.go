// Command lockerdesk is the operator's side of parcel lockers: it takes what cabinets send, tells recipients and staff, shows recipients
// their parcels, and sends orders. It only parses the command line and puts the parts of internal/desk together; it has no other way to a
// door than signed orders.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"lockerd/internal/manual"
)

// version is set by the linker for a release.
var version = "dev"

// commandLine is what may be typed. The fields' names are the commands.
type commandLine struct {
	Version kong.VersionFlag `help:"Print the version."`

	Init     initCommand     `cmd:"" help:"Make keys and a configuration; never over those that are there."`
	Enrol    enrolCommand    `cmd:"" help:"Add a cabinet, and print what its configuration needs."`
	Run      runCommand      `cmd:"" help:"Run the desk."`
	Announce announceCommand `cmd:"" help:"Tell a cabinet of a parcel that will be brought, and the desk of its recipient."`
	Unlock   unlockCommand   `cmd:"" help:"Have a door opened."`
	Order    orderCommand    `cmd:"" help:"Send any order of the contract, which stands in standard input."`
	Parcels  parcelsCommand  `cmd:"" help:"List the newest parcels."`
	Key      keyCommand      `cmd:"" help:"Keys of the interface for programs."`
	Webhook  webhookCommand  `cmd:"" help:"Addresses that records are told to."`
	Erase    eraseCommand    `cmd:"" help:"Erase what is known of a person, here and at the cabinets."`
	Backup   backupCommand   `cmd:"" help:"Copy the books, while they are used."`
	Export   exportCommand   `cmd:"" help:"Write what the books tell of some days, as CSV or Parquet."`
	Alarms   alarmsCommand   `cmd:"" help:"List the alarms that nobody has worked off, or say that one is."`
	Account  accountCommand  `cmd:"" help:"Who may work at the desk in the browser."`
	Courier  courierCommand  `cmd:"" help:"Couriers who have a page."`
	Describe manual.Command  `cmd:"" hidden:""`
}

// configFlag is the configuration file that a command works with.
type configFlag struct {
	Config string `help:"The configuration file." default:"/etc/lockerdesk/lockerdesk.toml" type:"path"`
}

func main() { os.Exit(command(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// streams are what a command reads and writes.
type streams struct {
	in  io.Reader
	out io.Writer // what was asked for
	ask io.Writer // questions
	log *slog.Logger
}

// asks makes a function that asks a question, whose answer is the next line of standard input, without blanks at its ends; false: there is
// none. What is personal or a secret is asked for, not an argument: no list of processes shows it.
func (s *streams) asks() func(question string) (answer string, given bool) {
	in := bufio.NewScanner(s.in)
	return func(question string) (string, bool) {
		fmt.Fprintf(s.ask, "%s: ", question)
		given := in.Scan()
		return strings.TrimSpace(in.Text()), given
	}
}

// command carries out a command line and returns the exit status: 0, 1 for a failure, 2 for a wrong command line.
func command(args []string, in io.Reader, out, errs io.Writer) int {
	var line commandLine
	status := -1
	parser, err := kong.New(&line, kong.Name("lockerdesk"), kong.Description("The operator's side of parcel lockers."), kong.Writers(out, errs),
		kong.Exit(func(code int) { status = code }), kong.Vars{"version": version}, kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(errs, "lockerdesk:", err)
		return 2
	}
	chosen, err := parser.Parse(args)
	if status >= 0 {
		return status // help or the version was asked for
	}
	if err != nil {
		fmt.Fprintln(errs, "lockerdesk:", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	chosen.BindTo(ctx, (*context.Context)(nil))
	chosen.Bind(&streams{in: in, out: out, ask: errs, log: slog.New(slog.NewTextHandler(errs, nil))})
	if err := chosen.Run(); err != nil {
		fmt.Fprintln(errs, "lockerdesk:", err)
		return 1
	}
	return 0
}

// errFinding says that a command has done what it could, and that somebody should look.
var errFinding = errors.New("see above")
