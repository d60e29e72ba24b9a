// Package checkup checks everything that a cabinet would use before it runs: its configuration, keys, ports, disks and broker. It uses
// the same functions as the running cabinet, asks no board and pulses no lock.
package checkup

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"lockerd/internal/cabinet"
	"lockerd/internal/controller"
	"lockerd/internal/credential"
	"lockerd/internal/journal"
	"lockerd/internal/lockboard"
	"lockerd/internal/scanner"
)

// Of checks a cabinet's configuration and its machine, prints a line per item as it goes, and returns all findings. The
// error says how many things are wrong.
func Of(cfg *cabinet.Config, out io.Writer) ([]Finding, error) {
	k := &checkup{out: out}
	err := k.run(cfg)
	return k.said, err
}

// checkup prints a line per item and counts those that are wrong.
type checkup struct {
	out   io.Writer
	wrong int
	said  []Finding
}

// Finding is the result for one item.
type Finding struct {
	Is   string `json:"is"` // "ok", "note", "wrong", or "not_yet": it will be there once lockerd has started
	What string `json:"what"`
	Why  string `json:"why,omitempty"` // it is wrong, or not there yet
}

func (k *checkup) tell(mark string, f Finding) {
	line := mark + f.What
	if f.Why != "" {
		line += ": " + f.Why
	}
	fmt.Fprintln(k.out, line)
	k.said = append(k.said, f)
}

func (k *checkup) say(err error, format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	if err != nil {
		k.wrong++
		k.tell("WRONG  ", Finding{"wrong", what, err.Error()})
		return
	}
	k.tell("ok     ", Finding{Is: "ok", What: what})
}

func (k *checkup) note(format string, args ...any) {
	k.tell("NOTE   ", Finding{Is: "note", What: fmt.Sprintf(format, args...)})
}

// later reports something that cannot exist before the first start.
func (k *checkup) later(why, format string, args ...any) {
	k.tell("later  ", Finding{"not_yet", fmt.Sprintf(format, args...), why})
}

func (k *checkup) run(cfg *cabinet.Config) error {
	k.say(nil, "configuration of cabinet %s: %d doors, %d couriers", cfg.Cabinet, len(cfg.Doors), len(cfg.Couriers))
	if version := cfg.FromAfar(); version != "" {
		k.note("version %s from afar is in force; change this file, and it counts again", version)
	}
	if running, err := cfg.Client().Owners(); err == nil {
		names := make([]string, len(running))
		for i, owner := range running {
			names[i] = owner.Owner
		}
		k.say(nil, "lockerd runs: %s", strings.Join(names, ", "))
	}
	k.keys(cfg)
	k.codes(cfg)
	k.disk(cfg)
	k.retention(cfg)
	k.lines(cfg)
	for _, s := range cfg.Scanners {
		k.scanner(s)
	}
	k.cameras(cfg)
	k.pins(cfg)
	k.terminal(cfg)
	k.poster(cfg)
	k.kiosk(cfg)
	k.metrics(cfg)
	k.operator(cfg)
	k.cloud(cfg)
	if cfg.Clock == "ntp" && !controller.InStep() {
		k.note("the clock is not in step with a time server: parcels do not expire until it is")
	}
	if k.wrong > 0 {
		return fmt.Errorf("check: %d things are wrong", k.wrong)
	}
	return nil
}

// scanner checks a scanner. A keyboard can be identified even while the daemon reads it.
func (k *checkup) scanner(s scanner.Config) {
	if s.Device == "" {
		k.say(device(s.Port), "scanner %s: %s", s.Name, s.Port)
		return
	}
	id, err := scanner.Identify(s.Device)
	switch {
	case err == nil:
		k.say(nil, "scanner %s: %s, %s", s.Name, s.Device, id)
	case errors.Is(err, os.ErrPermission):
		k.say(fmt.Errorf("%w: the user must be in the group input", err), "scanner %s: %s", s.Name, s.Device)
	default:
		k.say(err, "scanner %s: %s", s.Name, s.Device)
	}
}

// lines checks the lines with lock boards, and reports what their boards cannot report.
func (k *checkup) lines(cfg *cabinet.Config) {
	if _, err := os.Stat(cfg.SetupFile()); err == nil {
		k.note("buses and doors are those learnt at the kiosk: %s", cfg.SetupFile())
	}
	if len(cfg.Doors) == 0 {
		k.note("there are no doors yet: set them up at the kiosk, in the technician's menu")
	}
	for _, b := range cfg.Buses {
		if _, server, network := strings.Cut(b.Port, "://"); network {
			if !strings.Contains(server, ":") {
				server += ":502"
			}
			k.say(answers(server), "bus %s: serial server %s", b.Name, server)
		} else {
			k.say(device(b.Port), "bus %s: %s", b.Name, b.Port)
		}
		line := b.Lockboard()
		for _, board := range line.Boards {
			k.board(b.Name, board)
			k.note("bus %s, board %d (%s): an answer may take %s", b.Name, board.Address, board.Family, line.Within(board.Family))
		}
	}
}

func (k *checkup) board(bus string, b lockboard.BoardConfig) {
	fam, _ := lockboard.FamilyNamed(b.Family)
	var blind []int
	for channel := 1; channel <= b.Locks; channel++ {
		if b.Blind(channel) {
			blind = append(blind, channel)
		}
	}
	if len(blind) > 0 {
		k.note("bus %s, board %d: nothing is known of the doors of locks %v: they are given to nobody", bus, b.Address, blind)
	}
	if fam.SwitchedOff {
		k.note("bus %s, board %d: this computer ends its pulses: where it fails in between, a lock burns", bus, b.Address)
	}
}

func (k *checkup) keys(cfg *cabinet.Config) {
	keys, err := cfg.ReadKeys()
	if err == nil {
		// If the daemon has the journal open, it has opened it with these keys; any other problem the journal reports
		// itself.
		if lost, ok := cabinet.LostKey(journal.Try(cfg.JournalWith(keys), keys.Master, keys.Others()...)); ok {
			err = lost
		}
	}
	k.say(err, "keys in %s", cfg.KeyDirectory())
	if err != nil {
		k.note("without its keys the cabinet is out of order and opens nothing: docs/operator.md says what to do")
		return
	}
	if keys.Next != nil {
		k.note("%s is there: the master key is being rotated, or is to be put in the place of %s", credential.NextFile,
			credential.MasterFile)
	}
	if keys.NextProblem != nil {
		k.say(keys.NextProblem, "the next master key")
	}
	if cfg.Keys.Directory == "" {
		k.note("without a TPM systemd's credentials lie on this disk: whoever takes the whole PC has the keys as well")
		return
	}
	k.note("the keys lie on this disk: whoever takes the whole PC has them as well")
	info, err := os.Stat(cfg.Keys.Directory)
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		err = fmt.Errorf("others can read it (%s): chmod 700", info.Mode().Perm())
	}
	k.say(err, "permissions of %s", cfg.Keys.Directory)
}

// codes reports the odds of guessing a pickup code, and who may sign tokens and orders.
func (k *checkup) codes(cfg *cabinet.Config) {
	k.guesses(cfg)
	issuers, err := credential.NewIssuers(cfg.Issuers)
	if err == nil && !issuers.Sign(credential.SignsTokens) {
		k.note("nobody may sign tokens ([[issuer]]): a QR with a signed token opens nothing")
	}
}

// device says whether a path is a character device that may be used. It is not opened: that would disturb the line.
func device(path string) error {
	info, err := os.Stat(path)
	if far := WithinReach(path); err != nil && far != nil {
		return far
	}
	switch {
	case errors.Is(err, os.ErrNotExist):
		return errors.New("there is no such device: is it plugged in? (ls /dev/serial/by-id)")
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%w: the user lockerd does not get to it: its folders must let them through", err)
	case err != nil:
		return err
	case info.Mode()&os.ModeCharDevice == 0:
		return errors.New("is not a serial device")
	}
	if err := unix.Access(path, unix.R_OK|unix.W_OK); err != nil {
		return fmt.Errorf("%w: the user must be in the group dialout", err)
	}
	return nil
}

// hidden are the folders that the service sees differently from everybody else (PrivateTmp and ProtectHome in
// lockerd.service).
var hidden = regexp.MustCompile(`^/(tmp|var/tmp|home|root|run/user)/`)

// WithinReach says whether lockerd.service can reach the path of a device.
func WithinReach(path string) error {
	if found := hidden.FindString(path); found != "" {
		return fmt.Errorf("there is no such device for the service, which sees nothing of %s: name a path elsewhere, as /dev/serial/by-id/... or in /run", found)
	}
	return nil
}

// answers says whether the address accepts a connection.
func answers(address string) error {
	conn, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return err
	}
	return conn.Close()
}
