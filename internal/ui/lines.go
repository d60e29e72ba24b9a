package ui

import (
	"html/template"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bars are how long a board's answers took: a bar for each bin, the tallest as high as there is room.
type bars struct {
	Title template.HTML
	Text  template.HTML // the same in words
	Bins  []drawnBin
}

// Width is the drawing's.
func (b *bars) Width() int { return len(b.Bins) * binWide }

// drawnBin is a bar, in a drawing of binWide a bin and binHigh.
type drawnBin struct {
	X, Y, Height int
	Middle       int
	Label        string // of its upper bound in milliseconds
}

const (
	binWide = 40
	binHigh = 60
)

// lines are the boards, and the link to the cloud.
func (s *screen) lines(m Measured) *panel {
	boards := group{Title: s.Say("panel.boards")}
	for _, l := range m.Lines {
		boards.Rows = append(boards.Rows, s.board(l))
	}
	if boards.Rows == nil {
		boards.Rows = s.none("panel.nothing")
	}
	return &panel{Wide: true, Groups: []group{boards, s.link(m.Link)}}
}

// board is what was measured of one.
func (s *screen) board(l Line) row {
	name := l.Bus + "/" + strconv.Itoa(l.Board)
	r := row{Head: verbatim(name + " · " + l.Family), Note: verbatim(l.Port), Tone: "good", Bars: s.bars(l.Times)}
	if l.Lost {
		r.Tone = "bad"
		r.Facts = append(r.Facts, s.fact("line.lost", s.lost(l.Why)))
	}
	if l.Refusal != "" {
		r.Facts = append(r.Facts, s.fact("line.refusal", s.refusal(l)))
	}
	for _, f := range s.Faults {
		if f.Kind == "finding" && f.What == name {
			r.Tone = "bad"
			r.Facts = append(r.Facts, s.fact("line.finding", s.word("finding", f.Why)))
		}
	}
	for _, f := range []struct {
		key   string
		value template.HTML
	}{
		{"asked", number(l.Asked)}, {"answered", number(l.Answered)}, {"silent", number(l.Silent)},
		{"garbled", number(l.Garbled)}, {"refused", number(l.Refused)}, {"reports", number(l.Reports)}, {"damaged", percent(l.Damaged)},
		{"last", when(l.Last)}, {"took", verbatim(milliseconds(l.Took, 1) + " ms")},
	} {
		r.Facts = append(r.Facts, s.fact("line."+f.key, f.value))
	}
	return r
}

func percent(share float64) template.HTML {
	return verbatim(strconv.FormatFloat(100*share, 'f', 1, 64) + " %")
}

func milliseconds(d time.Duration, digits int) string {
	return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', digits, 64)
}

// losses are why a board is lost, by how the line's word begins; what follows is shown as it is.
var losses = []struct{ begins, key string }{
	{"no answer for ", "lost.no_answer"},
	{"no good answer for ", "lost.no_good_answer"},
	{"its answers come too late: ", "lost.late"},
	{"the line is too disturbed: ", "lost.disturbed"},
	{"port gone: ", "lost.port_gone"},
}

// lost is why a board is lost, in the screen's language.
func (s *screen) lost(why string) template.HTML {
	for _, l := range losses {
		if rest, ok := strings.CutPrefix(why, l.begins); ok {
			return s.words.Say(l.key, args{"what": verbatim(rest)})
		}
	}
	return verbatim(why)
}

// refusals are why boards refuse, as package lockboard names it.
var refusals = []string{"no_function", "no_address", "bad_value", "failed", "busy", "too_few", "other"}

// refusal is why a board refused last, in the screen's language.
func (s *screen) refusal(l Line) template.HTML {
	why := l.Refusal
	if !slices.Contains(refusals, why) {
		why = "other"
	}
	return s.words.Say("refusal."+why, args{"what": verbatim(l.RefusedOf)})
}

// bars draws how long answers took; nil where there was none.
func (s *screen) bars(bins []Bin) *bars {
	most, all := uint64(0), uint64(0)
	for _, b := range bins {
		most, all = max(most, b.Count), all+b.Count
	}
	if all == 0 {
		return nil
	}
	drawn := &bars{Title: s.Say("line.times")}
	for i, b := range bins {
		high := int((b.Count*binHigh + most - 1) / most) // a single one is seen, too
		key, sign, bound := "line.up_to", "≤", b.Most
		if b.Most == 0 && i > 0 {
			key, sign, bound = "line.over", ">", bins[i-1].Most
		}
		limit := milliseconds(bound, 0)
		drawn.Bins = append(drawn.Bins, drawnBin{X: i*binWide + 4, Y: binHigh - high, Height: high,
			Middle: i*binWide + binWide/2, Label: sign + limit})
		word := s.words.Say(key, args{"time": verbatim(limit + " ms"), "share": percent(float64(b.Count) / float64(all))})
		if i == 0 {
			drawn.Text = word
			continue
		}
		drawn.Text = s.words.Say("list.more", args{"list": drawn.Text, "next": word})
	}
	return drawn
}

func (s *screen) link(l Link) group {
	g := group{Title: s.Say("panel.link")}
	if l.Broker == "" {
		g.Rows = s.none("link.none")
		return g
	}
	r := row{Head: s.Say("link.up"), Note: verbatim(l.Broker), Tone: "good"}
	if l.Since.IsZero() {
		r.Head, r.Tone = s.Say("link.down"), "bad"
	}
	r.Facts = []fact{
		s.fact("link.since", when(l.Since)), s.fact("link.backlog", number(l.Backlog)),
		s.fact("link.in_flight", number(l.InFlight)), s.fact("link.confirmed", number(l.Confirmed)),
		s.fact("link.connections", number(l.Connections)),
	}
	g.Rows = []row{r}
	for _, f := range l.Faults {
		g.Rows = append(g.Rows, s.alarm(f, nil))
	}
	if l.Unsigned {
		g.Rows = append(g.Rows, row{Head: s.Say("link.unsigned"), Tone: "bad"})
	}
	if l.UnsignedAcks {
		g.Rows = append(g.Rows, row{Head: s.Say("link.unsigned_acks"), Tone: "bad"})
	}
	return g
}
