package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"lockerd/internal/cabinet"
	"lockerd/internal/lockboard"
)

type boardCommand struct {
	Scan  boardScan  `cmd:"" help:"Look for lock boards on a port, by asking for states alone; no lock moves."`
	State boardState `cmd:"" help:"Show every board and door as the running daemon sees them."`
	Watch boardWatch `cmd:"" help:"Show what passes on a line, as bytes and in words (the daemon must be running)."`
	Trace boardTrace `cmd:"" help:"Write what passes on a line to a file (the daemon must be running)."`
	Open  boardOpen  `cmd:"" help:"Open a door, once; it is recorded (the daemon must be running)."`
}

type boardScan struct {
	configFlag
	jsonFlag
	Port      string        `arg:"" help:"A serial device, as /dev/serial/by-id/..., tcp://host:port or modbus-tcp://host." file:""`
	Family    []string      `help:"Only boards of these families, named as in the configuration." placeholder:"FAMILY"`
	Baud      []int         `help:"Only at these speeds; otherwise at 9600 and 19200. Of a serial server: its own."`
	Full      bool          `help:"Ask all addresses, not only 0 to 8: some minutes."`
	Within    time.Duration `help:"How long a board may take to begin an answer: 80ms, over TCP 330ms."`
	Direction string        `help:"Who turns the line round." enum:"adapter,kernel,rts" default:"adapter"`
}

// quickHighest is the highest address of a quick look: boards come from the factory with low ones.
const quickHighest = 8

// Run opens the port itself.
func (c *boardScan) Run() error {
	if err := c.ours(); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	plan := lockboard.SurveyPlan{Families: c.Family, Bauds: c.Baud, Within: c.Within}
	if len(c.Family) == 0 {
		plan.Families = lockboard.FamiliesOn(c.Port)
	}
	if !c.Full {
		plan.Highest = quickHighest
	}
	open := func(ctx context.Context, baud int) (io.ReadWriteCloser, error) {
		return lockboard.OpenLine(ctx, lockboard.LineConfig{Port: c.Port, Baud: baud, Direction: c.Direction})
	}
	progress, wipe := showProgress(os.Stderr)
	found, err := lockboard.Survey(ctx, open, plan, progress)
	wipe()
	if errors.Is(err, lockboard.ErrInUse) {
		return fmt.Errorf("%w; %s", err, stopFirst)
	}
	if c.JSON {
		return errors.Join(json.NewEncoder(os.Stdout).Encode(found), err)
	}
	return c.print(os.Stdout, found, err)
}

// stopFirst is what to do where lockerd has the line.
const stopFirst = "if it is lockerd: stop it (systemctl stop lockerd), or look for boards at the kiosk, as a technician"

// ours says why the port is not ours. A serial device has a lock that says so; of a serial server's line only the
// daemon knows.
func (c *boardScan) ours() error {
	if !strings.Contains(c.Port, "://") {
		return nil
	}
	cfg, err := cabinet.Read(c.Config)
	if err != nil {
		return nil // a cabinet that is not set up yet runs no daemon
	}
	state, err := cfg.Client().Lines()
	if errors.Is(err, cabinet.ErrNotRunning) {
		return nil
	}
	for _, b := range state.Buses {
		if b.Port == c.Port {
			return fmt.Errorf("bus %s is this line, and lockerd drives it; %s", b.Name, stopFirst)
		}
	}
	return err
}

// showProgress writes how far a survey is on a line of its own, where somebody can see it.
func showProgress(to *os.File) (progress func(lockboard.SurveyProgress), wipe func()) {
	if info, err := to.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return func(lockboard.SurveyProgress) {}, func() {}
	}
	progress = func(p lockboard.SurveyProgress) {
		fmt.Fprintf(to, "\r\033[K%3d %%  %d baud, %s, address %d", 100*p.Done/max(p.Total, 1), p.Baud, p.Family, p.Address)
	}
	return progress, func() { fmt.Fprint(to, "\r\033[K") }
}

// print shows what was found. A scan that found boards may still have something to say.
func (c *boardScan) print(out io.Writer, found []lockboard.Found, err error) error {
	if len(found) == 0 {
		if err == nil {
			err = errors.New("no board answered: do they have power, are A and B the right way round, is the ground connected?")
			if !c.Full {
				err = fmt.Errorf("%w Only addresses up to %d were asked: --full asks all", err, quickHighest)
			}
		}
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "FAMILY\tADDRESS\tCHANNELS\tBAUD\t")
	for _, f := range found {
		channels := fmt.Sprint(f.Channels)
		if f.Channels == 0 {
			channels = "?"
		}
		also := ""
		if len(f.Also) > 0 {
			also = "or " + strings.Join(f.Also, ", ") + ": their answers are the same; look at the board"
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%d\t%s\n", f.Family, f.Address, channels, f.Baud, also)
	}
	return errors.Join(table.Flush(), err)
}

type boardState struct {
	configFlag
	jsonFlag
}

func (c *boardState) Run() error {
	daemon, err := c.daemon()
	if err != nil {
		return err
	}
	state, err := daemon.Lines()
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(state)
	}
	return printLines(os.Stdout, state)
}

// printLines prints a table of the boards and one of the doors.
func printLines(out io.Writer, s cabinet.LinesState) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "BUS\tBOARD\tFAMILY\tLOCKS\tASKED\tANSWERED\tSILENT\tLATE\tGARBLED\tREFUSED\tTOOK\tLAST\t")
	for _, b := range s.Buses {
		for _, g := range b.Boards {
			last := "never"
			if !g.Last.IsZero() {
				last = g.Last.Local().Format(time.DateTime)
			}
			fmt.Fprintf(table, "%s\t%d\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\n", b.Name, g.Board, g.Family, g.Locks, g.Asked,
				g.Answered, g.Silent, g.Late, g.Garbled, g.Refused, g.Took.Round(time.Millisecond), last, because(g))
		}
	}
	fmt.Fprintln(table, "\nDOOR\tLOCK\tSTATE\tCONTENTS\tSET ASIDE\t")
	for _, d := range s.Doors {
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t\n", d.Door, d.Lock, d.State, d.Contents, d.Blocked)
	}
	return table.Flush()
}

// because is why nothing, or not all, is known of a board's doors.
func because(g lockboard.Gauge) string {
	var why []string
	if g.Lost {
		why = append(why, "LOST: "+g.Why)
	}
	if g.Refusal != "" {
		why = append(why, "REFUSED: "+g.Refusal)
	}
	return strings.Join(why, "; ")
}

type boardOpen struct {
	configFlag
	Door int    `arg:"" help:"The door's number."`
	By   string `required:"" help:"Who opens it: an id rather than a name, for it stays in the record."`
}

// Run asks the daemon: the rules record the unlock before the board is told.
func (c *boardOpen) Run() error {
	daemon, err := c.daemon()
	if err != nil {
		return err
	}
	o, err := daemon.Open(c.Door, c.By)
	switch {
	case err != nil:
		return err
	case o.Outcome == "":
		return fmt.Errorf("unlock %s: how it ended is not known yet: lockerd journal show", o.Unlock)
	}
	fmt.Printf("door %d: %s (unlock %s) %s\n", c.Door, o.Outcome, o.Unlock, o.Detail)
	return nil
}
