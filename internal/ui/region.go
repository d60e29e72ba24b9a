package ui

import (
	"html/template"
	"strings"

	"lockerd/internal/locker"
)

// regions are the parts of the page that are swapped on their own. Each is drawn from a substance of its own and from nothing
// else: while that is the same, so is the region.
var regions = []struct {
	name string
	of   func(*screen) any
}{
	{"brand", func(s *screen) any { return s.brandRegion() }},
	{"question", func(s *screen) any { return s.questionRegion() }},
	{"facts", func(s *screen) any { return factsRegion{s.Posted, s.Chips, s.Count, s.Privacy, s.Progress} }},
	{"picture", func(s *screen) any {
		return pictureRegion{voice{s.words}, s.Panel, s.Plan, s.Poster, s.Visit, s.Cabinet, s.Picture, s.Code}
	}},
	{"notice", func(s *screen) any { return noticeRegion{s.Notice} }},
	{"controls", func(s *screen) any {
		return controlsRegion{voice{s.words}, s.Others, s.Keypad, s.Cards, s.Buttons, s.Asks()}
	}},
	{"bar", func(s *screen) any { return barRegion{s.Corner, s.Tongues} }},
	{"aids", func(s *screen) any { return voice{s.words} }},
	{"shade", func(s *screen) any { return shadeRegion{voice{s.words}, s.Moments} }},
}

// voice says texts that are the same on every screen.
type voice struct{ words *catalogue }

// Say is a text of the screen's language.
func (v voice) Say(key string) template.HTML { return v.words.Say(key, counts) }

// The substances of the regions, by their names.
type (
	brandRegion struct {
		voice
		Brand brand
	}
	questionRegion struct {
		voice
		Plate       int // the door's number; 0: none
		Mark        string
		Title, Help template.HTML
		Statement   bool   // it is about what is posted, and to be read with it
		Call        *brand // who can help, and what to tell them; nil: nobody is stuck
	}
	factsRegion struct {
		Posted   *posted
		Chips    []chip
		Count    template.HTML
		Privacy  template.HTML
		Progress *progress
	}
	pictureRegion struct {
		voice
		Panel   *panel
		Plan    *plan
		Poster  string
		Visit   *visit
		Cabinet *cabinet
		Picture string
		Code    *qrCode
	}
	noticeRegion   struct{ Notice line }
	controlsRegion struct {
		voice
		Others  []moment
		Keypad  *keypad
		Cards   []card
		Buttons []button
		Asks    bool
	}
	barRegion struct {
		Corner  bool
		Tongues []tongue
	}
	shadeRegion struct {
		voice
		Moments []moment
	}
)

func (s *screen) brandRegion() brandRegion {
	b := brandRegion{voice{s.words}, s.Brand}
	if s.Call {
		b.Brand.Reference = "" // it is said large
	}
	return b
}

func (s *screen) questionRegion() questionRegion {
	q := questionRegion{voice: voice{s.words}, Mark: s.Mark, Title: s.Title, Help: s.Help, Statement: s.Step == locker.StepAgree && s.Posted != nil}
	if s.Plate {
		q.Plate = s.Door
	}
	if s.Call {
		q.Call = &s.Brand
	}
	return q
}

// piece is a part of a region that changes by itself, as one door among many: it is drawn and sent by itself, too, and the
// region has a hole in its place. Pieces can be compared.
type piece interface {
	// ID is its element's, another one for each piece of a screen: a letter, a dash and a number.
	ID() string
	template() string
}

func (d drawnDoor) template() string { return "door" }
func (d planDoor) template() string  { return "slot" }

// hole keeps a piece of the picture, and is what stands there until it is put in. No text can be taken for one: templates
// escape what is foreign.
func (s *screen) hole(p piece) template.HTML {
	s.pieces = append(s.pieces, p)
	return template.HTML("<!--" + p.ID() + "-->")
}

// whole is a region with its pieces in their holes.
func (r *region) whole() string {
	if len(r.pieces) == 0 {
		return r.html
	}
	pairs := make([]string, 0, 2*len(r.pieces))
	for _, p := range r.pieces {
		pairs = append(pairs, "<!--"+p.id+"-->", p.html)
	}
	return strings.NewReplacer(pairs...).Replace(r.html)
}
