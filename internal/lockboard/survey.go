package lockboard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// SurveyPlan says where boards are looked for.
type SurveyPlan struct {
	// Families are the names of the protocols to try; none means all.
	Families []string
	// Bauds are the speeds to try, in bits per second; none means those with which boards of the families come. Of a
	// serial server's line, which has a speed of its own, only the first counts.
	Bauds []int
	// Lowest and Highest are the addresses to try, as far as a family has them; 0 as Highest means all. Boards come from
	// the factory with low ones: 0 to 8 is a quick look.
	Lowest, Highest int
	// Within is how long a board may take to begin an answer. 0 means 80 ms, and on a serial server's line 250 ms more:
	// who answers later is heard while others are asked, and then asked again for as long as boards of the family may take.
	Within time.Duration
}

// SurveyProgress is how far a survey has come: what is being asked, and how many of all questions are done.
type SurveyProgress struct {
	Baud    int
	Family  string
	Address int
	Done    int
	Total   int
}

// Found is a board that answered, twice.
type Found struct {
	Family string
	// Also are other families that the board may be of: relay boards answer each other's queries, so the answers cannot
	// tell which they are. What is printed on the board can.
	Also    []string
	Address int
	// Channels is how many the board tells of, which may be more than it has; 0 where it tells of none.
	Channels int
	Baud     int
}

// Shared is an address from which only damaged answers came, on a line that otherwise works. Two boards that both have
// it sound so.
type Shared struct {
	Family  string
	Address int
	Baud    int
}

// Error says it to the technician.
func (s *Shared) Error() string {
	return fmt.Sprintf("lockboard: survey at %d baud: only damaged answers from address %d (%s): "+
		"do two boards have this address?", s.Baud, s.Address, s.Family)
}

const (
	// surveyWithin is how long a board may take to begin an answer. Drivers wait 50 to 300 ms, for boards that begin
	// after some 5.
	surveyWithin = 80 * time.Millisecond
	// surveyQuiet is how long a line must be silent before the first question (lockertest waits as long), and
	// surveyPatience for how long that is waited for.
	surveyQuiet    = 300 * time.Millisecond
	surveyPatience = 3 * time.Second

	surveyAgree = 2 // answers that make a board
	surveyTries = 3 // damaged or missing ones that unmake it
	surveyNoise = 4 // addresses with damaged answers only: more are the line's fault
)

// Survey finds the boards on a line by asking for states alone, one question at a time, addresses ascending; it never
// says anything that could move a lock. open opens the line at a speed; progress is called before each address. Boards
// that were found come with an error too: where it is of a part of the survey, or of a Shared address.
func Survey(
	ctx context.Context, open func(ctx context.Context, baud int) (io.ReadWriteCloser, error), plan SurveyPlan,
	progress func(SurveyProgress),
) ([]Found, error) {
	s, err := newSurvey(plan, progress)
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(s.bauds); i++ {
		line, err := open(ctx, s.bauds[i])
		if err != nil {
			return s.found, errors.Join(append(s.errs, fmt.Errorf("lockboard: survey at %d baud: %w", s.bauds[i], err))...)
		}
		if overNetwork(line) {
			s.bauds = s.bauds[:1]
		}
		if err := s.look(ctx, newProber(line, s.bauds[i], plan.Within)); err != nil {
			s.errs = append(s.errs, fmt.Errorf("lockboard: survey at %d baud: %w", s.bauds[i], err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	s.relate()
	return s.found, errors.Join(s.errs...)
}

// survey is one run of Survey.
type survey struct {
	plan     SurveyPlan
	families []Family
	bauds    []int
	progress func(SurveyProgress)

	done  int
	found []Found
	errs  []error
}

func newSurvey(plan SurveyPlan, progress func(SurveyProgress)) (*survey, error) {
	s := &survey{plan: plan, bauds: slices.Clone(plan.Bauds), progress: progress}
	if len(plan.Families) == 0 {
		plan.Families = Families()
	}
	for _, name := range plan.Families {
		fam, ok := FamilyNamed(name)
		if !ok {
			return nil, fmt.Errorf("lockboard: survey: family %q is not known; there are %q", name, Families())
		}
		s.families = append(s.families, fam)
		if len(plan.Bauds) == 0 && !slices.Contains(s.bauds, fam.Baud) {
			s.bauds = append(s.bauds, fam.Baud)
		}
	}
	return s, nil
}

// addresses are those of a family that are asked.
func (s *survey) addresses(fam Family) (lowest, highest int) {
	lowest, highest = max(s.plan.Lowest, fam.Lowest), fam.Highest
	if s.plan.Highest > 0 {
		highest = min(highest, s.plan.Highest)
	}
	return lowest, highest
}

func (s *survey) total() (n int) {
	for _, fam := range s.families {
		lowest, highest := s.addresses(fam)
		n += max(0, highest-lowest+1)
	}
	return n * len(s.bauds)
}

// look asks all addresses of all families at one speed.
func (s *survey) look(ctx context.Context, p *prober) error {
	defer p.w.close()
	if err := p.settle(ctx); err != nil {
		return err
	}
	var shared []*Shared
	for _, fam := range s.families {
		if err := s.family(ctx, p, fam, &shared); err != nil {
			return err
		}
	}
	for _, each := range shared {
		s.errs = append(s.errs, each)
	}
	return nil
}

// family asks all addresses of one family.
func (s *survey) family(ctx context.Context, p *prober, fam Family, shared *[]*Shared) error {
	lowest, highest := s.addresses(fam)
	p.late = nil
	for address := lowest; address <= highest; address++ {
		s.progress(SurveyProgress{Baud: p.w.baud, Family: fam.Name, Address: address, Done: s.done, Total: s.total()})
		s.done++
		damaged, err := s.address(ctx, p, fam, address, p.within)
		if err != nil {
			return err
		}
		known := func(k *Shared) bool { return k.Address == address && kindred(k.Family, fam.Name) }
		if damaged && !slices.ContainsFunc(*shared, known) {
			*shared = append(*shared, &Shared{Family: fam.Name, Address: address, Baud: p.w.baud})
		}
		if len(*shared) > surveyNoise {
			return errors.New("damaged bytes come back whatever is asked: " +
				"look for noise, a missing termination, or an adapter that gives back parts of what it sends")
		}
	}
	if err := p.linger(ctx, fam, highest); err != nil {
		return err
	}
	if len(p.late) > 0 {
		clear(p.dead)
	}
	for _, address := range p.late {
		if _, err := s.address(ctx, p, fam, address, p.longest(fam)); err != nil {
			return err
		}
	}
	return nil
}

// address looks for a board of a family at an address. damaged says that something is there, and cannot be understood.
func (s *survey) address(
	ctx context.Context, p *prober, fam Family, address int, within time.Duration,
) (damaged bool, err error) {
	kin := slices.IndexFunc(s.found, func(f Found) bool {
		return f.Address == address && f.Baud == p.w.baud && kindred(f.Family, fam.Name)
	})
	if kin >= 0 && s.found[kin].Channels > 0 {
		return false, nil // which of them it is, no answer would tell
	}
	lives, damaged, err := p.lives(ctx, fam, address, within)
	if err != nil || !lives {
		return damaged, err
	}
	f := Found{Family: fam.Name, Address: address, Baud: p.w.baud}
	if f.Channels, err = p.channels(ctx, fam, address, within); err != nil {
		return false, err
	}
	switch {
	case kin < 0:
		s.found = append(s.found, f)
	case f.Channels > 0: // to the other family's query it only said that it cannot
		s.found[kin] = f
	}
	return false, nil
}

// kindred says whether the answers of two families are the same frames.
func kindred(a, b string) bool {
	x, _ := FamilyNamed(a)
	y, _ := FamilyNamed(b)
	return a == b || readsBits(x) && readsBits(y)
}

// readsBits says whether a family's queries are answered with bits: of relays or of inputs, by the same frames.
func readsBits(fam Family) bool {
	m, relays := fam.Codec.(modbus)
	return relays && !m.readsRegister()
}

// relate names for each board the other families that it may be of.
func (s *survey) relate() {
	for i := range s.found {
		f := &s.found[i]
		for _, fam := range s.families {
			if fam.Name != f.Family && kindred(fam.Name, f.Family) && f.Address >= fam.Lowest && f.Address <= fam.Highest {
				f.Also = append(f.Also, fam.Name)
			}
		}
	}
}
