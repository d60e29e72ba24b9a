package locker

import (
	"fmt"
	"slices"
	"time"
)

// boards is what is believed of the boards.
type boards struct {
	Silent []SilentBoard `json:"silent"`
}

func (b boards) clone() boards { return boards{slices.Clone(b.Silent)} }

// Board is a board on a line.
type Board struct {
	Bus   string `json:"bus"`
	Board int    `json:"board"`
}

func (b Board) String() string { return fmt.Sprintf("%s/%d", b.Bus, b.Board) }

// SilentBoard is a board that does not answer, and why.
type SilentBoard struct {
	Bus   string `json:"bus"`
	Board int    `json:"board"`
	Why   string `json:"why,omitempty"` // for the technician: "no answer for 8s", "port gone"
}

// BoardLost says that a board has not answered for so long that nothing is known of its doors.
type BoardLost struct {
	Bus   string
	Board int
	Why   string // for the technician: "no answer for 8s", "port gone"
}

func (BoardLost) input() {}

// BoardBack says that a board answers again; its locks' states follow as LockSensed.
type BoardBack struct {
	Bus   string
	Board int
}

func (BoardBack) input() {}

// BoardSilent and BoardAnswered: whether a board's doors can be used.
type BoardSilent struct {
	Bus   string `json:"bus"`
	Board int    `json:"board"`
	Why   string `json:"why"`
}

// Kind is "board.lost".
func (BoardSilent) Kind() string { return "board.lost" }

// BoardAnswered says that a board came back.
type BoardAnswered struct {
	Bus   string `json:"bus"`
	Board int    `json:"board"`
}

// Kind is "board.back".
func (BoardAnswered) Kind() string { return "board.back" }

func (d *decision) boardLost(in BoardLost) {
	if why, silent := d.s.silence(Board{Bus: in.Bus, Board: in.Board}); silent && (why == in.Why || in.Why == "") {
		return
	}
	d.emit(BoardSilent(in))
}

// silent says that a door's board does not answer.
func (s *State) silent(number int) bool {
	p := s.built(number)
	return p != nil && s.mute(p)
}

// mute is the same of a door of the plan.
func (s *State) mute(p *DoorPlan) bool {
	if len(s.Silent) == 0 {
		return false
	}
	return slices.ContainsFunc(p.boards(), func(b Board) bool {
		_, silent := s.silence(b)
		return silent
	})
}

// silence says whether and why a board does not answer.
func (x *boards) silence(b Board) (why string, silent bool) {
	i := slices.IndexFunc(x.Silent, func(o SilentBoard) bool { return o.Bus == b.Bus && o.Board == b.Board })
	if i < 0 {
		return "", false
	}
	return x.Silent[i].Why, true
}

// spoken are the silent boards but one.
func (x *boards) spoken(b Board) []SilentBoard {
	return without(x.Silent, func(o SilentBoard) bool { return o.Bus == b.Bus && o.Board == b.Board })
}

// forget lets the doors of a silent board be unknown.
func (s *State) forget(b Board, up time.Duration) {
	s.Setup.forgetContacts(b)
	for _, number := range s.index.on[b] {
		if p, built := s.planned(number); !built || p.contactBoard() == b { // a lock's board knows nothing of a contact elsewhere
			s.changeDoor(number).unknown(up)
		}
	}
}

func (s *State) applyBoard(r Record, e Event) {
	s.moved.everything()
	switch e := e.(type) {
	case BoardSilent:
		b := Board{Bus: e.Bus, Board: e.Board}
		s.Silent = append(s.spoken(b), SilentBoard(e))
		s.forget(b, r.Up)
		if p, built := s.planned(s.Session.Door); built && p.contactBoard() == b {
			s.attend(s.Session.Door, r)
		}
	case BoardAnswered:
		s.Silent = s.spoken(Board(e))
	}
}
