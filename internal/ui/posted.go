package ui

import "lockerd/internal/locker"

// posted is the operator's notice in one language.
type posted struct {
	Text            string
	Code, Direction string // of the language that it is in, which need not be the screen's
}

// post is the notice in the screen's language; if it has none in that, in the first of the cabinet's languages that it has, and else in the
// first of its own.
func (s *screen) post() *posted {
	if len(s.View.Posted) == 0 {
		return nil
	}
	best := s.View.Posted[0]
	in := func(language string) bool {
		for _, t := range s.View.Posted {
			if t.Language == language {
				best = t
				return true
			}
		}
		return false
	}
	if !in(s.words.Code) {
		for _, language := range s.Languages {
			if in(language) {
				break
			}
		}
	}
	return postedIn(s.all, best)
}

func postedIn(all map[string]*catalogue, t locker.NoticeText) *posted {
	p := &posted{t.Text, t.Language, "auto"} // the text itself tells the direction of a language that the kiosk does not speak
	if c := all[t.Language]; c != nil {
		p.Direction = c.Direction()
	}
	return p
}
