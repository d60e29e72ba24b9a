package cabinet

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"lockerd/internal/camera"
	"lockerd/internal/locker"
	"lockerd/internal/remote"
	"lockerd/internal/settings"
	"lockerd/internal/sync"
)

// notFromAfar are the settings that an order may not change: what would cut the cabinet off for good, find other keys or another
// journal, send a file of the cabinet to somebody, trust more than before, or take away what limits a stolen key of the operator's.
var notFromAfar = []string{"cabinet", "journal", "backups", "mark", "socket", "setup", "clock", "keys", "issuer", "technician", "kiosk.listen",
	"photos.directory", "cloud.password_file", "cloud.ca_file", "cloud.certificate", "cloud.key", "cloud.confirm", "cloud.allow_unsigned",
	"cloud.allow_unsigned_acks", "cloud.upload_hosts", "cloud.picture_hosts", "rules.breaker_doors", "times.breaker", "rules.wrong_tries", "rules.code_digits", "times.lockouts",
	"times.late", "terminal"}

// withRemote is the configuration that is in force: the newest of those from afar that can be used, or this one, whose text is given.
func (c *Config) withRemote(text []byte) (*Config, error) {
	afar, err := remote.OpenConfigs(c.remoteFolder(), text)
	c.unread = errors.Join(c.unread, err)
	inForce := c
	used, spoilt := afar.Standing(func(of locker.Configured, text []byte) error {
		other, err := parse("version "+of.Version, text)
		if err == nil {
			inForce, other.path = other, c.path
		}
		return err
	})
	inForce.afar, inForce.stands, inForce.spoilt = afar, used, spoilt
	return inForce, nil
}

// remoteFolder is the folder of what orders brought.
func (c *Config) remoteFolder() string { return filepath.Join(filepath.Dir(c.Journal), "remote") }

// FromAfar is the version of the configuration from afar that is used in place of the file; empty: it is the file.
func (c *Config) FromAfar() string { return c.stands.Version }

// summary names the configuration in force.
func (c *Config) summary() *locker.ConfigSummary {
	stands := c.afar.Stands().Config
	return &locker.ConfigSummary{Version: stands.Version, Hash: c.afar.InForce()[:16], Trial: stands.Trial}
}

// offered checks a configuration from afar as a start would, and keeps it. A refusal is a text; an error says that the disk did not
// take it.
func (c *Config) offered(text string) (refusal string, err error) {
	other, err := parse("toml", []byte(text))
	if err == nil {
		err = c.refuses(other)
		if err != nil {
			err = other.Located(err)
		}
	}
	if err != nil {
		return remote.Short(err.Error()), nil
	}
	return "", c.afar.Stage([]byte(text))
}

// refuses says what an offered configuration may not change, and why the cloud could not be used with it.
func (c *Config) refuses(other *Config) error {
	errs := []error{settings.Fixed(c, other, notFromAfar...)}
	if other.Cloud.Broker == "" {
		errs = append(errs, errors.New("cloud.broker: without one nobody could send orders any more"))
	} else if err := sync.Check(other.Cabinet, other.Cloud, other.Password); err != nil {
		errs = append(errs, fmt.Errorf("cloud: %w", err))
	}
	for _, d := range c.Doors {
		if !slices.ContainsFunc(other.Doors, func(o Door) bool {
			return o.Number == d.Number && o.Bus == d.Bus && o.Board == d.Board && o.Channel == d.Channel && o.Contact.lock() == d.Contact.lock()
		}) {
			errs = append(errs, fmt.Errorf("door %d: whoever takes a door away, or wires it otherwise, must stand there", d.Number))
		}
	}
	for _, k := range other.Cameras {
		if k.PasswordFile != "" && !slices.ContainsFunc(c.Cameras, func(o camera.Config) bool { return o.PasswordFile == k.PasswordFile }) {
			errs = append(errs, fmt.Errorf("camera %q: password_file: no camera uses this file so far", k.Name))
		}
	}
	return errors.Join(errs...)
}

// seen is what a configuration on trial must show: the cloud's confirmation of a record of this run, and its boards.
func (i *instruments) seen() (s remote.Seen) {
	g := i.cloud.Gauges()
	s.Heard = !g.Since.IsZero() && g.Confirmed > i.before
	for _, b := range i.boards() {
		at := locker.Board{Bus: b.Bus, Board: b.Board}.String()
		if b.Lost {
			s.Silent = append(s.Silent, at)
			if time.Since(i.started) >= remote.DeadAfter && time.Since(b.Last) >= remote.DeadAfter {
				s.Dead = append(s.Dead, at)
			}
		} else if b.Answered == 0 {
			s.Unheard = append(s.Unheard, at)
		}
	}
	return s
}

func (i *instruments) boards() (list []locker.BoardReport) {
	for _, b := range i.cfg.Buses {
		for _, g := range i.lines.Bus(b.Name).Gauges() {
			list = append(list, g.Report(b.Name))
		}
	}
	return list
}

// report is the cabinet's report on itself, without its log.
func (i *instruments) report(faults []locker.Fault, now locker.Now) locker.Report {
	epoch, last := i.memory.Last()
	g := i.cloud.Gauges()
	r := locker.Report{Version: i.version, Started: i.started, Config: i.cfg.stands, Boards: i.boards(),
		Link:    locker.LinkReport{Since: g.Since, Why: g.Why, Connections: g.Connections, InFlight: g.InFlight},
		Journal: locker.JournalReport{Epoch: epoch, Last: last, Confirmed: g.Confirmed, Origin: string(i.memory.Origin())},
		Clock:   locker.ClockReport{Read: now.Read, Known: now.Known, Claims: now.Claimed, Jump: now.Jump.Milliseconds()},
		Faults:  append(slices.Clip(faults), g.Faults...)}
	for _, k := range i.cfg.Cameras {
		r.Cameras = append(r.Cameras, k.Name)
	}
	return remote.Measure(r, i.cfg.Journal, i.cfg.Photos.Directory)
}
