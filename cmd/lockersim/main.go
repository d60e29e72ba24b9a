// Command lockersim simulates a parcel locker: lock boards and a scanner on real serial lines, a mail server on loopback, and a bench, a web
// page on which people and tests operate the hardware. It owns everything around lockerd and lockerdesk and never looks into them: it writes
// ordinary configurations and starts an ordinary `lockerd run` (or, with --in-process, package cabinet) and an ordinary `lockerdesk run`.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/alecthomas/kong"
)

// Options are lockersim's flags.
type Options struct {
	Dir        string `help:"Where the cabinet lives. It is kept between runs." placeholder:"DIR" type:"path"`
	Kiosk      string `help:"The kiosk's address, on loopback." default:"127.0.0.1:8080"`
	Bench      string `help:"The bench's address, on loopback." default:"127.0.0.1:8081"`
	Lockerd    string `help:"The lockerd to start: the one beside lockersim, or in PATH." placeholder:"PATH" type:"path"`
	Lockerdesk string `help:"The lockerdesk to start as the operator's desk: the one beside lockersim, or in PATH." placeholder:"PATH" type:"path" xor:"desk"`
	NoDesk     bool   `help:"Start no lockerdesk: there is no cloud." xor:"desk"`
	Pages      string `help:"The address of the desk's pages for recipients, on loopback." default:"127.0.0.1:8082"`
	Bare       bool   `help:"A cabinet of which lockerd knows the ports alone, to be set up at the kiosk."`
	Server     string `help:"The serial server's address in a bare cabinet, on loopback." default:"127.0.0.1:4001"`
	Broker     string `help:"A broker of yours for the cabinet, as mqtt://127.0.0.1:1883, and a cloud of yours: there is no desk then." placeholder:"URL" xor:"desk"`
	Packed     bool   `help:"The cabinet says events and state to your broker in the packed form."`
	Clean      bool   `help:"Begin with a new cabinet: forget the journal, the keys and the desk."`
	NoDaemon   bool   `help:"Do not start lockerd; somebody else does." xor:"daemon"`

	InProcess bool `help:"Run the cabinet in this process instead of a lockerd of its own: it starts and ends quicker, and cannot be killed." xor:"daemon"`
}

func main() {
	var o struct {
		Run         Options     `cmd:"" default:"withargs" help:"A simulated cabinet: what is done without a command."`
		Conformance Conformance `cmd:"" help:"Hold a cabinet, anybody's, against the contract with the cloud, and print a report."`
		Terminal    Terminal    `cmd:"" help:"A payment terminal without metal, behind an adapter for lockerd to start: docs/terminals.md."`
		Fleet       Fleet       `cmd:"" help:"Many cabinets at a broker of yours, whose people live a day in minutes."`
	}
	command := kong.Parse(&o, kong.Name("lockersim"), kong.Description("A parcel locker without metal, for lockerd to run."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	do := func() error { return Run(ctx, o.Run, os.Stdout) }
	switch command.Command() {
	case "conformance":
		do = func() error { return o.Conformance.Run(ctx, os.Stdout, os.Stderr) }
	case "terminal":
		do = func() error { return o.Terminal.Run(os.Stdin, os.Stdout) }
	case "fleet":
		do = func() error { return o.Fleet.Run(ctx, os.Stdout) }
	}
	if err := do(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Run builds the cabinet and keeps it going until ctx is cancelled. It leaves no process behind.
func Run(ctx context.Context, o Options, stdout io.Writer) error {
	out := NewLines(stdout, logKept)
	log := slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelWarn, ReplaceAttr: withoutTime}))
	home, err := prepare(&o)
	if err != nil {
		return err
	}
	defer home.Close()
	bench, err := loopback(o.Bench)
	if err != nil {
		return err
	}
	defer bench.Close()

	cabinet := NewCabinet(home.plan, home.outlets(), home.scannerPort())
	link, err := NewLink()
	if err != nil {
		return err
	}
	mailbox, err := NewMailbox()
	if err != nil {
		return err
	}
	if o.Lockerdesk != "" {
		if o.Pages, err = pages(o.Pages); err != nil {
			return err
		}
	}
	desk, err := home.cloud(o, link, mailbox.Addr(), bench.Addr().String(), out)
	if err != nil {
		return err
	}
	b := &Bench{Cabinet: cabinet, Desk: desk, Mailbox: mailbox, Link: link, Log: out, Kiosk: o.Kiosk, Listen: bench.Addr().String(),
		Phone: home.phone(), Till: home.till}
	parts := []func(context.Context) error{
		cabinet.Run, link.Run, mailbox.Run, home.till.Run, func(ctx context.Context) error { return b.Run(ctx, bench) },
	}
	if desk != nil {
		parts = append(parts, desk.Run)
	}
	commission := home.commissioning(o.Kiosk, b.Phone, log)
	switch {
	case o.InProcess:
		inside := newInProcess(home.config, out)
		parts = append(parts, func(ctx context.Context) error {
			ctx, end := context.WithCancel(ctx)
			var asking sync.WaitGroup
			asking.Go(func() { commission(ctx, inside) })
			defer asking.Wait()
			defer end()
			return inside.Run(ctx)
		})
	case !o.NoDaemon:
		b.Daemon = NewDaemon("lockerd", o.Lockerd, home.config, out, func(d *Daemon) { commission(ctx, d) })
		parts = append(parts, b.Daemon.Run)
	}
	welcome(out, o, home, b.Listen)
	return together(ctx, parts)
}

// together runs all parts until ctx is cancelled or one of them cannot go on; then it stops the others and waits for
// them.
func together(ctx context.Context, parts []func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	errs := make([]error, len(parts))
	var all sync.WaitGroup
	for i, run := range parts {
		all.Go(func() {
			defer cancel()
			errs[i] = run(ctx)
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// loopback listens for the bench, which is for this machine alone.
func loopback(addr string) (net.Listener, error) {
	if err := onLoopback("bench", addr); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("lockersim: bench: %w", err)
	}
	return l, nil
}

// onLoopback refuses an address that other machines can reach.
func onLoopback(name, addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("lockersim: %s address: %w", name, err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("lockersim: %s address %s: must be on loopback, as 127.0.0.1:8081", name, addr)
	}
	return nil
}

// findProgram finds a program of ours to start.
func findProgram(name string) (string, error) {
	if self, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(self), name)
		if info, err := os.Stat(beside); err == nil && info.Mode().IsRegular() {
			return beside, nil
		}
	}
	found, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("lockersim: no %s beside lockersim or in PATH; say which with --%s PATH", name, name)
	}
	return found, nil
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// welcome says where everything is and what to try.
func welcome(out io.Writer, o Options, home *Home, bench string) {
	fmt.Fprintf(out, `
  A simulated parcel cabinet: %d doors, %d lock boards, a scanner. It lives in %s.

    kiosk   http://%s/   what people touch
    bench   http://%s/   the metal, the scanner, and the mailbox of everybody whom the operator writes to
`, len(home.plan.Doors), home.plan.boards(), home.dir, o.Kiosk, bench)
	if o.Lockerdesk != "" {
		fmt.Fprintf(out, `    desk    http://%[2]s/desk/   the operator's staff; "An account for you" on the bench lets you in
            lockerdesk --help, with --config %[1]s
`, filepath.Join(home.dir, "desk", "lockerdesk.toml"), o.Pages)
	}
	signIn := fmt.Sprintf("hold the kiosk's upper corner (left in English) for two seconds, PIN %s, then the code that her app\n"+
		"       shows on the bench", technician.PIN)
	if o.NoDaemon {
		signIn = "sign in at the kiosk"
		fmt.Fprintf(out, `
  Somebody else starts lockerd. The ports to name:

    lock boards   %s
    scanner       %s

  %s names them, too.
`, strings.Join(home.linePorts(), " "), home.scannerPort(), home.config)
	}
	if o.Bare {
		fmt.Fprintf(out, `
  Nobody has told lockerd what hangs on its two ports. To set the cabinet up:
    1. As a technician: %s. Touch "Set up".
    2. "Find boards": three answer.
    3. "Build the picture": three columns, each of S, S, M, L from the top, as the bench shows them.
    4. "Wire the doors": open a lock, touch on the kiosk the door that opened on the bench, push it shut on the bench.
       Two locks hold no door: "None moved", twice.
    5. "Save". Afterwards it is a cabinet like any other; or touch "Back to the wiring before".
`, signIn)
	}
	if o.NoDaemon {
		fmt.Fprint(out, "\n  Ctrl-C ends it all.\n\n")
		return
	}
	fmt.Fprintf(out, `
  To try:
    1. On the kiosk: Courier. Sign in as %s: PIN %s, or scan %s on the bench.
    2. On the bench: announce a parcel, then scan its tracking number; or scan any other, as JD014600006281230704.
    3. Push the open door shut on the bench, and touch "done" on the kiosk.
    4. The recipient's e-mail comes into the mailbox on the bench. Type its code on the kiosk, hold its QR before the
       scanner, or follow its link to the recipient's page.

    5. As a technician: %s.
       Each code is good once.

  Another courier: %s, PIN %s, badge %s. Ctrl-C ends it all.

`, couriers[0].Name, couriers[0].PIN, couriers[0].Badge, signIn, couriers[1].Name, couriers[1].PIN, couriers[1].Badge)
}
