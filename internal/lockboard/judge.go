package lockboard

import (
	"fmt"
	"time"

	"lockerd/internal/locker"
)

// A board is judged by so many exchanges at a time. A finding is raised by one such window and cleared by another, with
// room between the two so that it does not flutter.
const (
	judgeWindow = 500  // exchanges
	errorsBad   = 0.01 // share of damaged or missing answers: it wears, its wire is loose, the line is not terminated
	errorsGood  = 0.002
	slowBad     = 2.0 // times as long as in the first window, and slowLeast more: its processor, or the serial server
	slowGood    = 1.5
	slowLeast   = 15 * time.Millisecond
	// addressRun is how many damaged answers in a row make the finding, and how many good ones end it. At a bit error rate
	// of 1e-2 a quarter of the longest answers still comes through, so noise alone makes such a run once a day at most.
	addressRun = 32
	// refusedRun is how many refusals in a row make the finding, and grantedRun how many other answers end it: more than a
	// board has locks that may be refused one by one.
	refusedRun = 3
	grantedRun = 64
)

// judge watches how well a board answers.
type judge struct {
	exchanges, damaged, answers int
	late                        int           // of the missing ones: they came, but too late
	missed                      int           // in a row; they count once there is an answer, and not where the board is lost
	broken, whole               int           // damaged and good answers in a row
	refused, granted            int           // answers in a row that are refusals, and that are not
	took                        time.Duration // of all answers of this window
	usual                       time.Duration // of an answer in the first window
	bad                         map[locker.Finding]bool
}

// share is how much of the present window was damaged or missing. What came too late is a matter of speed.
func (j *judge) share() float64 {
	if j.exchanges == 0 {
		return 0
	}
	return float64(max(0, j.damaged-j.late)) / float64(j.exchanges)
}

// note takes an exchange with the board and gives what is to be told. A board that is lost is judged by nothing but
// damage, since what it does not say is told already.
func (j *judge) note(b *board, req Request, a answer, refused bool) (told []locker.Input) {
	find := func(f locker.Finding, bad bool, detail string) {
		if was, told := j.bad[f]; told && was == bad {
			return // the first time it is told in any case: a run before may have found it
		}
		if j.bad == nil {
			j.bad = make(map[locker.Finding]bool)
		}
		j.bad[f] = bad
		told = append(told, locker.BoardJudged{Bus: b.bus, Board: b.cfg.Address, Finding: f, Bad: bad, Detail: detail})
	}
	j.address(a.verdict, find)
	if !b.fam.Single || req.Op != QueryAll { // else each lock is asked by itself
		j.refusals(a.verdict, refused, b.refusal, find)
	}
	if b.lost != "" {
		j.missed = 0
		return told
	}
	switch a.verdict {
	case silent:
		j.missed++
		return told
	case answered:
		j.answers++
		j.took += a.took
	case garbled:
		j.damaged++
	}
	j.exchanges += j.missed + 1
	j.damaged += j.missed
	j.missed = 0
	if j.exchanges < judgeWindow {
		return told
	}
	if j.whole > 0 {
		find(locker.FindingAddress, false, "")
	}
	if j.granted > 0 {
		find(locker.FindingRefuses, false, "")
	}
	switch share := j.share(); {
	case share >= errorsBad:
		find(locker.FindingErrors, true, fmt.Sprintf("%.1f %% of its answers are damaged or missing", 100*share))
	case share <= errorsGood:
		find(locker.FindingErrors, false, "")
	}
	if late := float64(j.late) / float64(j.exchanges); late >= errorsBad {
		find(locker.FindingSlow, true, fmt.Sprintf("%.1f %% of its answers come later than the %s that they may take: "+
			"give them more (answer_within)", 100*late, b.within))
	} else if j.answers > 0 {
		j.speed(j.took/time.Duration(j.answers), find)
	}
	j.exchanges, j.damaged, j.answers, j.late, j.took = 0, 0, 0, 0, 0
	return told
}

// address judges whether another board answers too: then nothing but damage comes, where noise lets something through.
func (j *judge) address(v verdict, find func(locker.Finding, bool, string)) {
	switch v {
	case garbled:
		j.broken, j.whole = j.broken+1, 0
	case answered:
		j.broken, j.whole = 0, j.whole+1
	case silent:
	}
	switch {
	case j.broken >= addressRun:
		find(locker.FindingAddress, true,
			fmt.Sprintf("%d damaged answers in a row: do two boards have this address?", addressRun))
	case j.whole >= addressRun && j.bad[locker.FindingAddress]:
		find(locker.FindingAddress, false, "")
	}
}

// refusals judges whether the board does what it is asked: it may be of another family, or have fewer locks.
func (j *judge) refusals(v verdict, refused bool, newest Refused, find func(locker.Finding, bool, string)) {
	switch {
	case v != answered:
	case refused:
		j.refused, j.granted = j.refused+1, 0
	default:
		j.refused, j.granted = 0, j.granted+1
	}
	switch {
	case j.refused >= refusedRun:
		find(locker.FindingRefuses, true, newest.String())
	case j.granted >= grantedRun && j.bad[locker.FindingRefuses]:
		find(locker.FindingRefuses, false, "")
	}
}

// speed compares how long an answer takes with how long it used to.
func (j *judge) speed(mean time.Duration, find func(locker.Finding, bool, string)) {
	switch {
	case j.usual == 0:
		j.usual = mean
	case mean > time.Duration(slowBad*float64(j.usual)) && mean > j.usual+slowLeast:
		find(locker.FindingSlow, true, fmt.Sprintf("an answer takes %s; it used to be %s",
			mean.Round(time.Millisecond), j.usual.Round(time.Millisecond)))
	case mean < time.Duration(slowGood*float64(j.usual)):
		find(locker.FindingSlow, false, "")
	}
}
