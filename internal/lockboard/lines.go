package lockboard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"lockerd/internal/locker"
)

// LinePlan is a line as it is configured.
type LinePlan struct {
	Config
	Supply *Supply // that its locks hang on
	Known  bool    // its speed is the configuration's word
	Family string  // that the configuration names for its boards; empty: none
}

// Lines are all lines with lock boards; to the controller they are one board. What hangs on them may change while they
// run, when somebody looks for boards.
type Lines struct {
	plans []LinePlan
	apart *apart
	tell  func(context.Context, locker.Input) error
	log   *slog.Logger
	asked chan struct{} // of size 1: boards are to be looked for

	mu      sync.Mutex // over what follows
	configs []Config
	buses   []*Bus
	survey  surveyProgress
	found   int // boards, in this search
}

// surveyProgress is how far the search for boards has come.
type surveyProgress struct {
	Bus string
	SurveyProgress
}

// surveyHighest is the highest address at which boards are looked for: more than sixteen on a line are not seen in the
// field, and each address costs a time-out in every family. `lockerd board scan --full` asks all.
const surveyHighest = 16

// lookingFor is why boards are lost while boards are looked for.
const lookingFor = "boards are being looked for"

// NewLines are the lines of plans. What the boards say is told, of contacts that are read elsewhere as of the lock of their door.
func NewLines(plans []LinePlan, elsewhere []Elsewhere, tell func(context.Context, locker.Input) error, log *slog.Logger) *Lines {
	l := &Lines{plans: plans, apart: newApart(elsewhere), tell: tell, log: log, asked: make(chan struct{}, 1)}
	for _, p := range plans {
		l.configs = append(l.configs, p.Config)
	}
	l.build()
	return l
}

// build makes the buses of the present configuration.
func (l *Lines) build() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buses = nil
	for i, c := range l.configs {
		l.buses = append(l.buses, New(c, l.plans[i].Supply, c.Open, l.told, l.log))
	}
}

// Bus finds a line by its name; nil where there is none.
func (l *Lines) Bus(name string) *Bus {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, c := range l.configs {
		if c.Name == name {
			return l.buses[i]
		}
	}
	return nil
}

// Release hands a release to its lock's line.
func (l *Lines) Release(r locker.Release) {
	l.apart.released(r)
	if bus := l.Bus(r.Lock.Bus); bus != nil {
		bus.Release(r)
	} else {
		l.log.Error("a release for a line that is not there", "unlock", r.Unlock, "lock", r.Lock.String())
	}
}

// Recheck tells every line to tell all states anew.
func (l *Lines) Recheck() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, bus := range l.buses {
		bus.Recheck()
	}
}

// Survey has boards looked for on every line. What was found is told as SurveyEnded.
func (l *Lines) Survey() {
	select {
	case l.asked <- struct{}{}:
	default: // they are being looked for
	}
}

// Run drives the lines until ctx ends.
func (l *Lines) Run(ctx context.Context) error {
	for {
		again, err := l.drive(ctx)
		if err != nil || !again {
			return err
		}
		if err := l.look(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
	}
}

// errAsked ends the buses so that boards can be looked for.
var errAsked = errors.New("boards are to be looked for")

// drive runs the buses until ctx ends, one of them fails, or boards are to be looked for.
func (l *Lines) drive(ctx context.Context) (again bool, err error) {
	group, inner := errgroup.WithContext(ctx)
	l.mu.Lock()
	buses := l.buses
	l.mu.Unlock()
	for _, bus := range buses {
		group.Go(func() error { return bus.Run(inner) })
	}
	group.Go(func() error {
		select {
		case <-inner.Done():
			return nil
		case <-l.asked:
			return errAsked
		}
	})
	if err := group.Wait(); !errors.Is(err, errAsked) {
		return false, err
	}
	return ctx.Err() == nil, nil
}

// look looks for boards on every line and has the buses know what was found.
func (l *Lines) look(ctx context.Context) error {
	for _, c := range l.configs { // which Run alone changes
		for _, b := range c.Boards {
			if err := l.tell(ctx, locker.BoardLost{Bus: c.Name, Board: b.Address, Why: lookingFor}); err != nil {
				return err
			}
		}
	}
	ended := locker.SurveyEnded{}
	for i := range l.configs {
		found, err := l.lookOn(ctx, i)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			l.log.Warn("boards were looked for", "bus", l.configs[i].Name, "err", err)
			ended.Failed = cmp.Or(ended.Failed, l.configs[i].Name+": "+err.Error())
		}
		for _, f := range l.adopt(i, found) {
			if !drivable(f) {
				ended.Failed = cmp.Or(ended.Failed, fmt.Sprintf("%s: board %d is of family %s and must be written into the configuration",
					l.configs[i].Name, f.Address, strings.Join(append([]string{f.Family}, f.Also...), " or ")))
				continue
			}
			ended.Found = append(ended.Found, locker.FoundBoard{Bus: l.configs[i].Name, Family: f.Family, Board: f.Address,
				Channels: f.Channels, Baud: f.Baud})
		}
	}
	l.build()
	l.mu.Lock()
	l.survey, l.found = surveyProgress{}, 0
	for _, bus := range l.buses {
		bus.AssumeLost(lookingFor)
	}
	l.mu.Unlock()
	return l.tell(ctx, ended)
}

// lookOn looks for boards on one line: at its speed where that is known, and of its family where one is named.
func (l *Lines) lookOn(ctx context.Context, i int) ([]Found, error) {
	c := l.configs[i]
	plan := SurveyPlan{Highest: surveyHighest, Within: c.AnswerWithin}
	if l.plans[i].Known {
		plan.Bauds = []int{c.Baud}
	}
	plan.Families = FamiliesOn(c.Port)
	if l.plans[i].Family != "" {
		plan.Families = []string{l.plans[i].Family}
	}
	return Survey(ctx, c.OpenAt, plan, func(p SurveyProgress) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.survey = surveyProgress{c.Name, p}
	})
}

// Progress is how far the search for boards has come: on which line, and how many boards it has found.
func (l *Lines) Progress() (at SurveyProgress, bus string, found int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.survey.SurveyProgress, l.survey.Bus, l.found
}

// Configs are the lines as they are driven now.
func (l *Lines) Configs() []Config {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.configs)
}

// adopt has the line drive the boards that were found, and gives them as it takes them. A line has one speed: that at
// which most boards answered.
func (l *Lines) adopt(i int, found []Found) []Found {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := &l.configs[i]
	c.Boards = slices.Clone(c.Boards)
	if !l.plans[i].Known && len(found) > 0 {
		at := make(map[int]int)
		for _, f := range found {
			if at[f.Baud]++; at[f.Baud] > at[c.Baud] {
				c.Baud = f.Baud
			}
		}
	}
	l.found += len(found)
	found = slices.Clone(found)
	for n := range found {
		f := &found[n]
		has := slices.IndexFunc(c.Boards, func(b BoardConfig) bool { return b.Address == f.Address })
		if has >= 0 && slices.Contains(f.Also, c.Boards[has].Family) {
			f.Family = c.Boards[has].Family // whoever wrote it has looked at the board
		}
		switch {
		case f.Baud != c.Baud:
		case has >= 0:
			c.Boards[has] = again(c.Boards[has], *f)
		case drivable(*f):
			c.Boards = append(c.Boards, provisional(*f))
		}
	}
	return found
}

// again is a board that a line has, as it was found. A door may be added on a lock that was not used before; and where a
// board of another family has its address now, that one is asked, about the same contacts.
func again(b BoardConfig, f Found) BoardConfig {
	if b.Family != f.Family && drivable(f) {
		fam, _ := FamilyNamed(f.Family)
		b.Family, b.Pulse, b.SwitchedOff = f.Family, 0, false
		if !fam.Senses {
			b.Presence = ""
		}
		b.Locks = min(b.Locks, fam.Locks)
	}
	if b.Family == f.Family {
		b.Locks = max(b.Locks, provisional(f).Locks)
	}
	return b
}

// drivable says that a board can be tried without anybody's word on it: it ends its pulses by itself, and tells of locks.
func drivable(f Found) bool {
	fam, _ := FamilyNamed(f.Family)
	return f.Channels > 0 && !fam.SwitchedOff
}

// provisional is a board of whose wiring nothing is known: what its contacts say is taken as it is.
func provisional(f Found) BoardConfig {
	fam, _ := FamilyNamed(f.Family)
	return BoardConfig{Address: f.Address, Family: f.Family, Locks: min(f.Channels, fam.Locks),
		Contact: Latch, ClosedWhen: Shorted}
}
