// Package duty says whom of the staff an alarm is told to, and when: the urgent at once and, while nobody works them off, to one after the
// other; what is not urgent in the hours in which people are awake. It owns nothing and tells nobody: post and push do.
package duty

import (
	"cmp"
	"errors"
	"fmt"
	"net/mail"
	"time"

	"lockerd/internal/desk/books"
)

// Pause is how long an address is left in peace after a message in which nothing was urgent, or before the next such one.
const Pause = 10 * time.Minute

// Config says when people are not disturbed, and who comes after whom.
type Config struct {
	// Quiet is from when until when, by the operator's zone, what is not urgent waits: as ["22:00", "06:00"]. Empty: it never does.
	Quiet []string `toml:"quiet"`
	// NextAfter is how many minutes after an urgent alarm has come, while nobody has worked it off, the next are told of it.
	NextAfter int `toml:"next_after_minutes"`
	// AwayAfter is how many minutes a cabinet may be away, or out of order, until the staff is told: a link by radio comes and goes. 0: 15.
	AwayAfter int `toml:"away_after_minutes"`
	// Next are who is told then, one after the other.
	Next []Step `toml:"next"`
}

// Step are addresses that are told at the same time.
type Step struct {
	// Mail are e-mail addresses.
	Mail []string `toml:"mail"`
	// ServicesFile is a file of services, as that of push.
	ServicesFile string `toml:"services_file"`
}

// longestWait is how many minutes the next may be put off.
const longestWait = 24 * 60

// Validate says what is wrong with the settings.
func (c Config) Validate() error {
	if _, err := c.hours(); err != nil {
		return err
	}
	if len(c.Next) > 0 && (c.NextAfter < 1 || c.NextAfter > longestWait) {
		return fmt.Errorf("alarms: next_after_minutes: 1 to %d", longestWait)
	}
	if c.AwayAfter < 0 || c.AwayAfter > longestWait {
		return fmt.Errorf("alarms: away_after_minutes: 1 to %d", longestWait)
	}
	for _, s := range c.Next {
		if len(s.Mail) == 0 && s.ServicesFile == "" {
			return errors.New("alarms: next: needs mail, services_file, or both")
		}
		for _, a := range s.Mail {
			if _, err := mail.ParseAddress(a); err != nil {
				return fmt.Errorf("alarms: next: mail: %q is no address: %w", a, err)
			}
		}
	}
	return nil
}

// hours reads Quiet: minutes of a day. Both 0: there are none.
func (c Config) hours() (quiet [2]int, err error) {
	if len(c.Quiet) == 0 {
		return quiet, nil
	}
	wrong := errors.New(`alarms: quiet: is from when until when, as ["22:00", "06:00"]`)
	if len(c.Quiet) != 2 {
		return quiet, wrong
	}
	for i, text := range c.Quiet {
		t, err := time.Parse("15:04", text)
		if err != nil {
			return quiet, wrong
		}
		quiet[i] = t.Hour()*60 + t.Minute()
	}
	if quiet[0] == quiet[1] {
		return quiet, errors.New("alarms: quiet: begins when it ends")
	}
	return quiet, nil
}

// Duty is who is told when.
type Duty struct {
	// Steps are who is told: the first at once, the others one after the other.
	Steps []Step
	quiet [2]int
	after time.Duration
	away  time.Duration
	zone  *time.Location
}

// New makes a duty of checked settings. first is who is told at once.
func New(c Config, first Step, zone *time.Location) Duty {
	quiet, _ := c.hours() // Validate has read them
	return Duty{Steps: append([]Step{first}, c.Next...), quiet: quiet, after: time.Duration(c.NextAfter) * time.Minute,
		away: time.Duration(cmp.Or(c.AwayAfter, 15)) * time.Minute, zone: zone}
}

// Patience is how long a cabinet may be away, or have a fault of which no record tells, until it is an alarm.
func (d Duty) Patience() time.Duration { return d.away }

// Tell says which alarms the addresses of a step (0: the first) are told of now. waiting are those that nobody has worked off and that
// they were not told of; told is when they were told of any last.
//
// Whoever is disturbed anyway is told of all that waits.
func (d Duty) Tell(step int, waiting []books.Alarm, told, now time.Time) (list []books.Alarm) {
	if step > 0 {
		for _, a := range waiting {
			if a.Urgent && now.Sub(a.Raised) >= time.Duration(step)*d.after {
				list = append(list, a)
			}
		}
		return list
	}
	calm := !d.IsQuiet(now) && now.Sub(told) >= Pause
	for _, a := range waiting {
		if a.Urgent || calm {
			return waiting
		}
	}
	return nil
}

// Waited is how long nobody has worked off what a step is told of, at least.
func (d Duty) Waited(step int) time.Duration { return time.Duration(step) * d.after }

// IsQuiet says that it is an hour in which what is not urgent waits.
func (d Duty) IsQuiet(now time.Time) bool {
	if d.zone != nil {
		now = now.In(d.zone)
	}
	minute, from, until := now.Hour()*60+now.Minute(), d.quiet[0], d.quiet[1]
	if from <= until {
		return from <= minute && minute < until
	}
	return minute >= from || minute < until
}
