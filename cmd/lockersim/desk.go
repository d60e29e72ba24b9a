package main

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"lockerd/internal/credential"
	"lockerd/internal/sim"
)

// A Desk is the operator's side: an ordinary lockerdesk, which is the broker as well, with its books and keys in a folder of the home.
// Whatever is done with it is done by its own commands.
type Desk struct {
	*Daemon
	Pages string // the address of recipients' pages
}

// DeskState is how the desk's process is, and where its pages are.
type DeskState struct {
	DaemonState
	Pages string `json:"pages"`
}

// enrolment is what lockerdesk enrol has printed for the cabinet.
type enrolment struct {
	Keys struct {
		Operator string `toml:"operator"`
	} `toml:"keys"`
	Issuers []credential.Issuer `toml:"issuer"`
	Cloud   struct {
		Broker string `toml:"broker"`
	} `toml:"cloud"`
	certificate []byte // PEM
	password    string // empty: as before
}

// openDesk makes the desk of a home, as docs/desk.md says, or finds that of the last run. The cabinet reaches its broker through the link.
func (h *Home) openDesk(o Options, link *Link, mailbox string, out io.Writer) (*Desk, enrolment, error) {
	dir := filepath.Join(h.dir, "desk")
	d := &Desk{Daemon: NewDaemon("lockerdesk", o.Lockerdesk, filepath.Join(dir, "lockerdesk.toml"), out, func(*Daemon) {}), Pages: o.Pages}
	broker, err := sim.FreeAddress()
	if err != nil {
		return nil, enrolment{}, err
	}
	if _, err := os.Stat(d.config); err != nil {
		if _, err := d.command(nil, "init", "--dir", dir, "--state", filepath.Join(dir, "state"), "--name", "Example Parcels", "--hotline", "+49 30 1234567",
			"--host", "127.0.0.1", "--mail", mailbox, "--from", "Example Parcels <parcels@operator.example>", "--staff", "staff@operator.example",
			"--public", "http://"+o.Pages); err != nil {
			return nil, enrolment{}, err
		}
	}
	link.To(broker)
	if err := settle(d.config, map[string]any{
		"broker.address": "mqtts://" + link.Addr(), "broker.embedded.listen": broker,
		"mail.server": mailbox, "mail.plain": true, // on this machine
		"pages.listen": o.Pages, "pages.public": "http://" + o.Pages, "pages.extend_hours": 24, "pages.extend_days": 7,
		"fees": map[string]any{"currency": "EUR", "link": "https://pay.example.org/?order={order}&amount={amount}&currency={currency}"}, // nobody's
	}); err != nil {
		return nil, enrolment{}, err
	}
	e, err := d.enrol(h)
	return d, e, err
}

// settle changes settings in a configuration file: where everything listens is another place in each run.
func settle(path string, settings map[string]any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("lockersim: desk: %w", err)
	}
	all := map[string]any{}
	if err := toml.Unmarshal(text, &all); err != nil {
		return fmt.Errorf("lockersim: desk: %s: %w", path, err)
	}
	for name, value := range settings {
		table := all
		steps := strings.Split(name, ".")
		for _, step := range steps[:len(steps)-1] {
			under, is := table[step].(map[string]any)
			if !is {
				return fmt.Errorf("lockersim: desk: %s has no %s", path, name)
			}
			table = under
		}
		table[steps[len(steps)-1]] = value
	}
	if text, err = toml.Marshal(all); err != nil {
		return fmt.Errorf("lockersim: desk: %w", err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return fmt.Errorf("lockersim: desk: %w", err)
	}
	return nil
}

// enrol enrols the cabinet, and puts its password and the broker's certificate where it finds them.
func (d *Desk) enrol(h *Home) (e enrolment, err error) {
	args := []string{"enrol", "--config", d.config, cabinetName, "--place", "Example Street 5, in the courtyard", "--key", h.secrets.Public()}
	password := h.passwordFile()
	if _, err := os.Stat(password); err != nil {
		args = append(args, "--again")
	}
	printed, err := d.command(nil, args...)
	if err != nil {
		return e, err
	}
	text, _, _ := strings.Cut(printed, "\n# for its ")
	if err := toml.Unmarshal([]byte(text), &e); err != nil || len(e.Issuers) != 1 {
		return e, fmt.Errorf("lockersim: what lockerdesk enrol prints cannot be read: %w", err)
	}
	if block, _ := pem.Decode([]byte(printed)); block != nil {
		e.certificate = pem.EncodeToMemory(block)
	}
	if found := regexp.MustCompile(`mqtt\.password.*\n(\S+)\n`).FindStringSubmatch(printed); found != nil {
		e.password = found[1]
	}
	err = os.WriteFile(h.certificateFile(), e.certificate, 0o600)
	if e.password != "" {
		err = errors.Join(err, os.WriteFile(password, []byte(e.password+"\n"), 0o600))
	}
	if err != nil {
		return e, fmt.Errorf("lockersim: keep what lockerdesk enrol prints: %w", err)
	}
	return e, nil
}

// command runs one of the desk's commands with something in standard input, and gives what it printed.
func (d *Desk) command(in []byte, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), toolFor)
	defer cancel()
	var out, says bytes.Buffer
	cmd := exec.CommandContext(ctx, d.path, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &says
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("lockersim: lockerdesk %s: %w: %s", args[0], err, bytes.TrimSpace(says.Bytes()))
	}
	return out.String(), nil
}

// Order gives an order, in the form of lockerdesk order, and says under which id.
func (d *Desk) Order(order []byte) (id string, err error) {
	out, err := d.command(order, "order", "--config", d.config, cabinetName)
	return strings.TrimSpace(out), err
}

// guest is the account of whoever handles the bench.
const guest = "visitor"

// Invite makes the visitor's account at the desk in the browser, or has them begin anew, and gives the address that lets them in, once.
func (d *Desk) Invite() (link string, err error) {
	out, err := d.command(nil, "account", "add", guest, "--role", "admin", "--config", d.config)
	if err != nil {
		return "", err
	}
	lines := strings.Fields(out)
	return lines[len(lines)-1], nil
}

// State is how the desk is.
func (d *Desk) State() DeskState { return DeskState{d.Daemon.State(), d.Pages} }

// pages is where recipients' pages are: an address that is free if the usual one is not, or somebody else's cabinet would be asked.
func pages(wanted string) (string, error) {
	if err := onLoopback("pages", wanted); err != nil {
		return "", err
	}
	l, err := net.Listen("tcp", wanted)
	if err != nil {
		return "", fmt.Errorf("lockersim: pages: %w", err)
	}
	return l.Addr().String(), l.Close()
}
