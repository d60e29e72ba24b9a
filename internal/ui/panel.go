package ui

import (
	"cmp"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"

	"lockerd/internal/locker"
)

// panel is what a technician's screen shows in the picture's place.
type panel struct {
	Wide   bool // it needs the whole width of a wide screen
	Table  bool // its facts stand one below the other
	Groups []group
	Plan   *plan
	Key    []sign        // what the marks in the plan mean
	Tabs   []tab         // of which one shows one group alone
	Show   template.HTML // what the tabs are for
	Stills []still
}

// group is a part of a panel under a title of its own.
type group struct {
	Class string // of the tab that shows it; empty: every one does
	Title template.HTML
	Rows  []row
}

// tab is a button that shows one group of a panel alone: it is the page's own, and no press.
type tab struct {
	Name string
	Text template.HTML
}

// row is one thing and what is to be said of it.
type row struct {
	Head  template.HTML
	Note  template.HTML
	Tone  string // "good" or "bad", with a pictogram each
	Facts []fact
	Bars  *bars

	Button *button
}

// fact is a name and a value.
type fact struct{ Name, Value template.HTML }

// still is a photo to look at.
type still struct {
	Seq        uint64
	What, When template.HTML
}

// panels make the technician's screens.
var panels = map[locker.Step]func(*screen, Measured) *panel{
	locker.StepMenu:          func(s *screen, m Measured) *panel { return &panel{Groups: []group{s.alarms(m.Link.Faults), s.tests()}} },
	locker.StepDoors:         func(s *screen, _ Measured) *panel { return &panel{Wide: true, Plan: s.doorsPlan(), Key: s.doorsKey()} },
	locker.StepDoor:          func(s *screen, _ Measured) *panel { return s.oneDoor() },
	locker.StepScans:         func(s *screen, m Measured) *panel { return s.scans(m.Scans) },
	locker.StepLines:         func(s *screen, m Measured) *panel { return s.lines(m) },
	locker.StepLog:           func(s *screen, m Measured) *panel { return s.log(m.Log) },
	locker.StepPhotos:        func(s *screen, _ Measured) *panel { return s.stills() },
	locker.StepAbout:         func(s *screen, m Measured) *panel { return s.about(m.Versions) },
	locker.StepInventoryOver: func(s *screen, _ Measured) *panel { return s.inventory() },
	locker.StepSetup:         func(s *screen, _ Measured) *panel { return s.setup() },
}

// verbatim is a text that is no language's: it reads from left to right.
func verbatim(text string) template.HTML {
	return template.HTML(`<bdi dir="ltr">` + template.HTMLEscapeString(text) + `</bdi>`)
}

func number[T int | uint64](n T) template.HTML { return verbatim(strconv.FormatUint(uint64(n), 10)) }

// when is a time on the cabinet's wall: without the day if that is today.
func when(t time.Time) template.HTML {
	if t.IsZero() {
		return verbatim("–")
	}
	t = t.Local()
	if t.Format(time.DateOnly) == time.Now().Format(time.DateOnly) {
		return verbatim(t.Format(time.TimeOnly))
	}
	return verbatim(t.Format(time.DateTime))
}

// word is a word of the rules in the screen's language; one that has no translation is shown as it is.
func (s *screen) word(group, word string) template.HTML {
	key := group + "." + strings.ReplaceAll(word, " ", "_")
	if !s.words.Has(key) {
		return verbatim(word)
	}
	return s.Say(key)
}

// fact is a row's fact, named by the catalogue.
func (s *screen) fact(key string, value template.HTML) fact { return fact{s.Say(key), value} }

// none is a row that says that there is nothing.
func (s *screen) none(key string) []row { return []row{{Note: s.Say(key)}} }

// alarms are what somebody should look at, the link's among them: one row a kind and thing, with all the doors that it is
// true of.
func (s *screen) alarms(link []locker.Fault) group {
	g := group{Title: s.Say("panel.alarms")}
	faults := slices.Concat(s.Faults, link)
	doors := make(map[string][]int)
	for _, f := range faults {
		if f.Door > 0 {
			doors[alarm(f)] = append(doors[alarm(f)], f.Door)
		}
	}
	said := make(map[string]bool)
	for _, f := range faults {
		kind := alarm(f)
		if said[kind] && f.Door > 0 {
			continue
		}
		said[kind] = true
		g.Rows = append(g.Rows, s.alarm(f, doors[kind]))
	}
	if g.Rows == nil {
		g.Rows = []row{{Head: s.Say("panel.no_alarms"), Tone: "good"}}
	}
	return g
}

// alarm is what alarms about doors are told together by.
func alarm(f locker.Fault) string {
	if f.Kind == "finding" {
		return "finding." + f.Why
	}
	return "fault." + f.Kind
}

func (s *screen) alarm(f locker.Fault, doors []int) row {
	a := args{"what": verbatim(f.What)}
	if f.Door > 0 {
		a = args{"count": len(doors), "doors": s.doorList(doors, len(doors))}
	}
	key := alarm(f)
	switch {
	case f.Kind == "finding" && f.Door > 0:
		return row{Head: s.words.Say("panel.doors", a), Note: s.word("finding", f.Why), Tone: "bad"}
	case f.Kind == "finding":
		return row{Head: s.words.Say("panel.board", a), Note: s.word("finding", f.Why), Tone: "bad"}
	case !s.words.Has(key):
		return row{Head: verbatim(f.Kind), Note: verbatim(f.What), Tone: "bad"}
	case f.Kind == "board_lost" && f.Why != "":
		return row{Head: s.words.Say(key, a), Note: s.lost(f.Why), Tone: "bad"}
	}
	return row{Head: s.words.Say(key, a), Tone: "bad"}
}

// results are what the self test may find, the troubles first.
var results = []locker.TestResult{
	locker.TestNotOpened, locker.TestNotClosed, locker.TestUnreachable, locker.TestOccupied, locker.TestNoContact,
	locker.TestSkipped, locker.TestOK,
}

// tests is what the self test has found.
func (s *screen) tests() group {
	g := group{Title: s.Say("panel.tests")}
	for _, result := range results {
		if doors := s.tested(result); doors != nil {
			tone := "bad"
			if result == locker.TestOK || result == locker.TestSkipped {
				tone = "good"
			}
			list := s.words.Say("panel.doors", args{"count": len(doors), "doors": s.doorList(doors, len(doors))})
			g.Rows = append(g.Rows, row{Head: s.Say("result." + string(result)), Note: list, Tone: tone})
		}
	}
	if g.Rows == nil {
		g.Rows = s.none("panel.no_tests")
	}
	return g
}

func (s *screen) tested(result locker.TestResult) (doors []int) {
	for _, t := range s.Tests {
		if t.Result == result {
			doors = append(doors, t.Door)
		}
	}
	return doors
}

// addProgress says how far the self test is.
func (s *screen) addProgress() {
	all := len(s.Doors)
	at := strconv.Itoa(min(len(s.Tests)+1, all)) + " / " + strconv.Itoa(all)
	fine, passed := len(s.tested(locker.TestOK)), len(s.tested(locker.TestSkipped))
	s.Chips = append(s.Chips, chip{s.Say("panel.progress"), at}, chip{s.Say("result.ok"), strconv.Itoa(fine)},
		chip{s.Say("panel.trouble"), strconv.Itoa(len(s.Tests) - fine - passed)})
}

// basis is what a door's state rests on, in a word or two.
func (s *screen) basis(d locker.DoorDetail) template.HTML {
	switch {
	case d.Silent:
		return s.Say("basis.silent")
	case d.Blind:
		return s.Say("basis.blind")
	case d.Evidence.Answers == 0:
		return s.Say("basis.none")
	}
	return s.words.Say("basis.answers", args{
		"contact": s.word("contact", d.Evidence.Contact), "answers": d.Evidence.Answers,
	})
}

// oneDoor is everything that is known of a door.
func (s *screen) oneDoor() *panel {
	i := slices.IndexFunc(s.Details, func(d locker.DoorDetail) bool { return d.Number == s.Door })
	if i < 0 {
		return &panel{}
	}
	d := s.Details[i]
	state := row{Facts: []fact{s.fact("door_fact.state", s.Say("state."+string(d.State)))}}
	switch {
	case d.Silent:
		state.Facts = append(state.Facts, s.fact("door_fact.board", s.Say("basis.silent")))
	case d.Blind:
		state.Facts = append(state.Facts, s.fact("door_fact.contact", s.Say("door_fact.blind")))
	case d.Evidence.Answers == 0:
		state.Facts = append(state.Facts, s.fact("door_fact.contact", s.Say("basis.none")))
	}
	if e := d.Evidence; e.Answers > 0 {
		state.Facts = append(state.Facts,
			s.fact("door_fact.contact", s.word("contact", e.Contact)),
			s.fact("door_fact.answers", number(e.Answers)),
			s.fact("door_fact.first", when(e.First)), s.fact("door_fact.last", when(e.Last)))
	}
	if d.Failed > 0 {
		state.Facts = append(state.Facts, s.fact("door_fact.failed", number(d.Failed)))
	}
	holds := row{Facts: []fact{s.fact("door_fact.holds", s.word("holds", string(d.Holds)))}}
	if d.Why != "" {
		holds.Facts = append(holds.Facts, s.fact("door_fact.why", s.word("doubt", string(d.Why))))
	}
	if d.Presence != "" {
		holds.Facts = append(holds.Facts, s.fact("door_fact.sensor", s.word("presence", string(d.Presence))))
	}
	if d.Tracking != "" {
		holds.Facts = append(holds.Facts, s.fact("door_fact.parcel", verbatim(d.Tracking)))
	}
	aside := row{Facts: []fact{s.fact("door_fact.aside", s.Say("door_fact.no"))}}
	if d.Blocked != "" {
		aside = row{Tone: "bad", Facts: []fact{
			s.fact("door_fact.aside", s.word("reason", string(d.Blocked))),
			s.fact("door_fact.by", s.by(d.BlockedBy)),
		}}
	}
	rows := []row{state, holds, aside}
	for _, f := range d.Findings {
		rows = append(rows, row{Tone: "bad", Head: s.word("finding", string(f))})
	}
	return &panel{Table: true, Groups: []group{{Rows: rows}}}
}

// by is who did something: "rules", "recipient", or a kind of person or order and its id.
func (s *screen) by(who string) template.HTML {
	kind, id, _ := strings.Cut(who, ":")
	if !s.words.Has("by." + kind) {
		return verbatim(who)
	}
	return s.words.Say("by."+kind, args{"who": id})
}

// mostStills is how many stills are shown: as many as somebody wants to look through, and a browser to load.
const mostStills = 12

func (s *screen) stills() *panel {
	p := &panel{Wide: true}
	for _, photo := range s.Photos[:min(len(s.Photos), mostStills)] {
		what := s.words.Say("photo.what", args{"door": photo.Door, "moment": s.word("moment", string(photo.Moment))})
		p.Stills = append(p.Stills, still{Seq: photo.Seq, What: what, When: when(photo.At)})
	}
	if p.Stills == nil {
		p.Groups = []group{{Rows: s.none("panel.nothing")}}
	}
	return p
}

func (s *screen) scans(scans []Scan) *panel {
	var rows []row
	for _, c := range scans {
		key := "scanned.text"
		switch {
		case c.Own:
			key = "scanned.own"
		case c.Tail == "":
			key = "scanned.short"
		}
		text := s.words.Say(key, args{"count": c.Length, "tail": verbatim("…" + c.Tail)})
		rows = append(rows, row{Head: text, Note: verbatim(c.Scanner) + " " + when(c.At)})
	}
	if rows == nil {
		rows = s.none("panel.nothing")
	}
	return &panel{Wide: true, Groups: []group{{Rows: rows}}}
}

func (s *screen) about(versions []Fact) *panel {
	r := row{}
	if !s.Clock.IsZero() {
		r.Facts = append(r.Facts, fact{s.word("about_fact", "clock"), when(s.Clock)})
	}
	for _, f := range versions {
		r.Facts = append(r.Facts, fact{s.word("about_fact", f.Name), verbatim(cmp.Or(f.Value, "–"))})
	}
	return &panel{Wide: true, Table: true, Groups: []group{{Rows: []row{r}}}}
}
