package truth_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"lockerd/internal/truth"
)

// planted are bugs in the rules: a text of a file is replaced by another, and a question has to find it.
var planted = []struct {
	name, file, was, is string
	question            truth.Question
	quick               bool // in every run, not in long ones alone
}{
	{"a door is given whatever is in it", "door.go", "d.State == Closed && d.Holds.Kind == Empty && ", "d.State == Closed && ",
		truth.QuestionEntitled, true},
	{"a restart pulses what was under way once more", "machine.go", `d.endSession("restart")`,
		`for _, x := range d.s.Doors {
			if x.Last.Outcome == OutcomeUnknown || x.Number == 1 {
				d.unlock(x.Number, UnlockRequested{Why: WhyPickup})
			}
		}
		d.endSession("restart")`, truth.QuestionPulse, false},
	{"an unlock that was not sent is asked for again under its name", "unlock.go", "	u := door.Unlock\n	d.emit(UnlockEnded{",
		"	u := door.Unlock\n	if outcome == NotSent {\n		plan, _ := d.s.planned(door.Number)\n" +
			"		defer func() {\n			d.emit(UnlockRequested{Unlock: u.ID, Door: door.Number, Lock: plan.Lock, Why: u.Why, Session: u.Session, Parcel: u.Parcel, Within: 2000})\n		}()\n	}\n	d.emit(UnlockEnded{",
		truth.QuestionPulse, false},
	{"the code is in clear in the event", "parcel_events.go", "Personal Personal `json:\"-\"`", "Personal Personal `json:\"personal\"`",
		truth.QuestionClear, false},
	{"what was paid by card counts each time it is said", "charge_events.go", "return c.ID == id", "return false", truth.QuestionEntitled, false},
	{"a decision changes the state", "decide.go", "d.s = d.s.clone()", "_ = 0", truth.QuestionReplay, false},
	{"a snapshot forgets whether a door was seen closed", "door.go", "`json:\"seen_closed\"`", "`json:\"-\"`", truth.QuestionReplay, false},
	{"a session without a door never ends", "session_end.go", "return n.Touched + t.Idle, true", "return 0, false", truth.QuestionSession, false},
	{"a session goes on for as long as somebody touches the screen", "decide.go", "ok && d.now.Up >= d.s.sessionOver()", "ok && d.now.Up >= d.s.sessionOver()+1000*time.Hour",
		truth.QuestionSession, false},
	{"a keypad stays locked", "decide.go", "k.Locked && d.now.Up >= k.Since+k.For", "k.Locked && d.now.Up >= k.Since+1000*k.For",
		truth.QuestionSession, false},
	{"a sender is asked for one thing only", "parcel_declared.go", "len(a.Weights) > 0 && n.AtMost == 0", "false", truth.QuestionEntitled, false},
	{"what is sent needs nobody to see it", "parcel_taken.go", "return without(s.plan.Watch, ", "return without(s.plan.Watch[:0], ", truth.QuestionEntitled, false},
	{"couriers take back what waits", "parcel_recall.go", "p.overdue() && c.recalls(p)", "p.State != ParcelTaken && c.recalls(p)",
		truth.QuestionEntitled, true},
	{"parcels expire a day early", "decide.go", "!d.now.Wall.Before(p.Until) &&", "!d.now.Wall.Before(p.Until.Add(-24*time.Hour)) &&",
		truth.QuestionEarly, false},
	{"a clock is believed whatever it says", "clock.go", "if jump := t.jumped(now); jump != 0 {", "if jump := t.jumped(now); jump != 0 && t.Jump > 0 {",
		truth.QuestionEarly, false},
	{"a code opens the next door", "parcel_pickup.go", "d.unlock(p.Door, ", "d.unlock(1+p.Door%len(d.s.plan.Doors), ",
		truth.QuestionEntitled, false},
	{"parcels that were fetched are never forgotten", "parcel_status.go", "	s.dropParcel(id)\n", "	_ = id\n",
		truth.QuestionBounded, false},
	{"a deadline stays due", "deadline.go", "return max(0, next-now.Up), found", "return 0, found", truth.QuestionSession, false},
	{"a closing proves that a door is empty", "door_sensed.go", "d.emit(DoorClosed{Door: door.Number, Evidence: ev})",
		"d.emit(DoorClosed{Door: door.Number, Evidence: ev})\n	if door.Holds.Kind == Doubtful {\n		d.emit(DoorEmptied{Door: door.Number, Proof: ProofPickup})\n	}",
		truth.QuestionEmpty, false},
	{"a replaced code goes on opening", "parcel_changed.go", "p.Code, p.Tokens = e.CodeHash, later(p.Tokens, e.Tokens)", "p.Tokens = later(p.Tokens, e.Tokens)",
		truth.QuestionEntitled, true},
	{"tokens of before a code was replaced go on opening", "token.go", "case p.outdated(t):", "case p == nil:", truth.QuestionEntitled, false},
	{"booked doors are given to anybody", "door.go", "&& !s.forOther(d)", "", truth.QuestionEntitled, false},
	{"a power cut takes time from recipients", "parcel_stopped.go", "p.Stop = Stop{Why: StopPower, Up: s.Absence.Began - away(s.Absence.Alive)}", "_ = away",
		truth.QuestionEarly, true},
	{"an extension may shorten", "parcel_extended.go", "by = until.Sub(ends)", "by = until.Sub(ends)\n		until = until.Add(-72 * time.Hour)", truth.QuestionEarly, false},
	{"any closing ends a rental", "parcel_rented.go", "	d.move(StepKeep, NoticeNone, was.Number)", "	d.rentalEnds(*p, d.s.Session.Visit)", truth.QuestionEmpty, false},
	{"a rented door is proven empty by a visit", "parcel_rented_events.go", "		d.Holds.Why = p.Doubt\n", "		d.Holds = Contents{Kind: Empty, Proof: ProofPickup}\n", truth.QuestionEmpty, true},
	{"an overdue rented door opens to its people no more", "parcel_apply.go", "if p.Expired = true; !p.Rented {", "if p.Expired = true; true {", truth.QuestionFetch, false},
	{"the code is spent when it is asked for", "parcel_pickup.go", "	d.move(StepPickup, NoticeNone, p.Door)\n",
		"	d.emit(ParcelCollected{Parcel: p.ID, Door: p.Door})\n	d.move(StepPickup, NoticeNone, p.Door)\n",
		truth.QuestionFetch, false},
}

// TestPlantedBugs plants bugs of many kinds in the rules: each is found, by the question that is there for it.
func TestPlantedBugs(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the rules anew for each bug")
	}
	for _, bug := range planted {
		t.Run(bug.name, func(t *testing.T) {
			replaced(t, bug.file, bug.was, bug.is) // the rules still say what is to be replaced
			if !bug.quick && os.Getenv("LOCKERD_LONG") == "" {
				t.Skip("one build of the rules each: make long")
			}
			args := []string{"-days", "12000", "-shorten", "1ms", "-seed", "11"}
			if bug.question == truth.QuestionBounded {
				args = append(args, "-life", "365", "-doors", "24")
			}
			for _, q := range truth.Questions() {
				if q != bug.question {
					args = append(args, "-ignore", string(q))
				}
			}
			start := time.Now()
			out, err := exec.CommandContext(t.Context(), plant(t, bug.file, bug.was, bug.is), args...).Output()
			if err == nil {
				t.Fatalf("not found:\n%s", out)
			}
			found := regexp.MustCompile(`(?m)^FOUND (.*)$`).FindSubmatch(out)
			if found == nil {
				t.Fatalf("%v\n%s", err, out)
			}
			t.Logf("| %s | %s | %s |", bug.name, found[1], time.Since(start).Round(100*time.Millisecond))
		})
	}
}

// replaced is a file of the rules with a text replaced, and where it is.
func replaced(t *testing.T, file, was, is string) (source string, content []byte) {
	t.Helper()
	source, err := filepath.Abs(filepath.Join("..", "locker", file))
	if err != nil {
		t.Fatal(err)
	}
	content, err = os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(content, []byte(was)) {
		t.Fatalf("%s no longer says %q: plant the bug elsewhere", file, was)
	}
	return source, bytes.ReplaceAll(content, []byte(was), []byte(is))
}

// plant builds the simulation with a text of the rules replaced, and says where it is.
func plant(t *testing.T, file, was, is string) string {
	t.Helper()
	dir := t.TempDir()
	source, content := replaced(t, file, was, is)
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{source: filepath.Join(dir, file)}})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{file: content, "overlay.json": overlay} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(dir, "simulate")
	build := []string{"build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", program, "lockerd/internal/truth/simulate"}
	if out, err := exec.CommandContext(t.Context(), "go", build...).CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", slices.Concat(build), err, out)
	}
	return program
}
