// Package push tells the staff of alarms through whatever they look at, by shoutrrr's services: chat, push, SMS. It owns no alarm: the
// books say which service was told of which. A service's address holds its secret, so it appears in no log.
package push

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/duty"
	"lockerd/internal/desk/shout"
)

// Times and amounts.
const (
	look   = 15 * time.Second // between two looks at the alarms, if nobody wakes it
	most   = 50               // alarms of one message
	shown  = 10               // of them in words: the rest are counted
	oldest = 24 * time.Hour   // a service that is new is not told of what was before
)

// Config says what is told.
type Config struct {
	// ServicesFile has the address of a service in each line, as shoutrrr reads it; # begins a comment. The addresses hold secrets: only the user that runs
	// lockerdesk may read the file.
	ServicesFile string `toml:"services_file"`
}

// services reads the file. Its errors repeat nothing of it.
func (c Config) services() (list []service, err error) {
	if c.ServicesFile == "" {
		return nil, nil
	}
	lines, err := shout.Lines(c.ServicesFile)
	if err != nil {
		return nil, fmt.Errorf("push: services_file: %w", err)
	}
	for _, l := range lines {
		if !shout.Known(l.Text) {
			return nil, fmt.Errorf("push: services_file: line %d is no address of a service that shoutrrr knows", l.Number)
		}
		kind, _, _ := strings.Cut(l.Text, ":")
		id := sha256.Sum256([]byte(l.Text))
		list = append(list, service{id: hex.EncodeToString(id[:8]), name: fmt.Sprintf("%s (line %d)", kind, l.Number), address: l.Text})
	}
	return list, nil
}

// Validate says what is wrong with the settings.
func (c Config) Validate() error {
	_, err := c.services()
	return err
}

// service is one address.
type service struct {
	step    int    // of the duty
	id      string // in the books
	name    string // in the log
	address string
	told    time.Time // last
	failed  int       // tries since it was told last
	again   time.Time // not before
}

// Books know the alarms. books.Books are such.
type Books interface {
	Untold(ctx context.Context, service string, since time.Time, most int) ([]books.Alarm, error)
	AlarmsTold(ctx context.Context, service string, alarms []books.Alarm) error
}

// Pusher tells the services. Run owns it; Wake may be called from anywhere.
type Pusher struct {
	books    Books
	services []service
	duty     duty.Duty
	first    func() bool
	log      *slog.Logger
	wake     chan struct{}
}

// New makes a pusher, which Run starts, to the services of a duty's steps. first says whether this lockerdesk, of several, tells the staff.
func New(d duty.Duty, b Books, first func() bool, log *slog.Logger) (*Pusher, error) {
	p := &Pusher{books: b, duty: d, first: first, log: log, wake: make(chan struct{}, 1)}
	for step, s := range d.Steps {
		list, err := Config{ServicesFile: s.ServicesFile}.services()
		if err != nil {
			return nil, err
		}
		for _, one := range list {
			if one.step = step; step > 0 { // the same address may be told at several steps
				one.id, one.name = fmt.Sprintf("%s/%d", one.id, step), fmt.Sprintf("%s of step %d", one.name, step+1)
			}
			p.services = append(p.services, one)
		}
	}
	return p, nil
}

// String is the owner's name.
func (p *Pusher) String() string { return "push" }

// Wake says that there may be alarms. It never blocks.
func (p *Pusher) Wake() {
	select {
	case p.wake <- struct{}{}:
	default: // it has been told and has not looked yet
	}
}

// Run tells until ctx is cancelled; then it returns nil. A service that does not answer is no error: it is tried again.
func (p *Pusher) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		p.round(ctx)
		select {
		case <-ctx.Done():
		case <-p.wake:
		case <-time.After(look):
		}
	}
	return nil
}

// round tells all services, side by side: one that does not answer holds up no other.
func (p *Pusher) round(ctx context.Context) {
	var all sync.WaitGroup
	for i := range p.services {
		all.Go(func() {
			if !p.first() {
				return
			}
			if err := p.tell(ctx, &p.services[i]); err != nil && ctx.Err() == nil {
				p.log.Error("the staff cannot be told of alarms", "service", p.services[i].name, "err", err)
			}
		})
	}
	all.Wait()
}

// tell tells one service of what it was not told of.
func (p *Pusher) tell(ctx context.Context, s *service) error {
	now := time.Now()
	if now.Before(s.again) {
		return nil
	}
	waiting, err := p.books.Untold(ctx, s.id, now.Add(-oldest), most)
	if err != nil {
		return err
	}
	alarms := p.duty.Tell(s.step, waiting, s.told, now)
	if len(alarms) == 0 {
		return nil
	}
	text := message(alarms)
	if s.step > 0 {
		text = fmt.Sprintf("Nobody has worked this off for %d minutes and more:\n", int(p.duty.Waited(s.step).Minutes())) + text
	}
	if err := shout.Send(s.address, text); err != nil {
		s.failed++
		wait, _ := desk.Again(s.failed) // for ever: alarms that are a day old are told no more
		s.again = now.Add(wait)
		return fmt.Errorf("push: %w", err)
	}
	s.told, s.failed = now, 0
	return p.books.AlarmsTold(ctx, s.id, alarms)
}

// message is some alarms in a few lines, the urgent first.
func message(alarms []books.Alarm) string {
	var b strings.Builder
	for i, a := range alarms {
		if i == shown {
			fmt.Fprintf(&b, "and %d more: lockerdesk alarms\n", len(alarms)-shown)
			break
		}
		if a.Urgent {
			b.WriteString("URGENT ")
		}
		fmt.Fprintf(&b, "%s: %s, %s\n", a.Cabinet, a.Words(), a.At.Format("2006-01-02 15:04:05Z"))
	}
	return b.String()
}
