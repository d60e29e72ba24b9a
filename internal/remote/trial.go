package remote

import (
	"slices"
	"strings"
	"time"

	"lockerd/internal/locker"
)

// UsualTrial is how long a configuration may take to prove itself if its order does not say.
const UsualTrial = 5 * time.Minute

// DeadAfter is how long a board has not answered before a configuration is excused for its silence: a machine that is short of time loses
// boards for moments, above all after a start.
const DeadAfter = time.Minute

// Trial is what a configuration must prove, and until when. It begins anew with each start.
type Trial struct {
	Within time.Duration `json:"within"`
	// Silent are the boards that were dead before, so that it is not the configuration's fault if they still do not. One of which
	// nothing was known is none of them.
	Silent []string `json:"silent,omitempty"`
	Starts int      `json:"starts"` // with it on trial
}

// Seen is how the cabinet does.
type Seen struct {
	// Heard says that the cloud has confirmed a record of this run over the present connection.
	Heard bool
	// Silent are the boards that do not answer, as "main/1", and Dead those of them that have not for DeadAfter.
	Silent, Dead []string
	// Unheard are those of which nothing is known yet: this run has just begun.
	Unheard []string
}

// verdict is the result of a trial so far.
type verdict int

const (
	undecided verdict = iota
	kept
	failed
)

// judge judges a trial that has lasted for a time. Everything must be right at the same moment.
func (t *Trial) judge(lasted time.Duration, s Seen) (verdict, locker.ConfigEnd, string) {
	var lost []string
	for _, board := range slices.Concat(s.Silent, s.Unheard) {
		if !slices.Contains(t.Silent, board) {
			lost = append(lost, board)
		}
	}
	switch {
	case s.Heard && len(lost) == 0:
		return kept, "", ""
	case lasted < t.Within:
		return undecided, "", ""
	case len(lost) > 0:
		return failed, locker.ConfigNoBoards, strings.Join(lost, " ")
	}
	return failed, locker.ConfigNoLink, ""
}
