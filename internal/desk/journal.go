package desk

import (
	"fmt"
	"slices"
	"strings"

	"lockerd/internal/contract"
	"lockerd/internal/locker"
)

// KindTwin is the alarm of a record whose name another one has already: no cabinet writes such an event.
const KindTwin = "records.differ"

// told are the records with something that people are told: others have it, too, before it is final.
var told = []string{"parcel.announced", "parcel.code_changed", "parcel.recipient_changed", "parcel.shared", "parcel.stored"}

// doubt is the alarm of a record from which follows that a cabinet's journal is not what it was: restored, shortened, lost, or with a
// break; or which cannot be read whole. It says what to look at. nil: there is no doubt.
func doubt(k Known, r Record) *Alarm {
	var what []string
	if e, is := r.Event.(locker.EpochBegun); is && e.Reason != "" && e.Reason != locker.EpochNew {
		what = append(what, aged(e), look(k.Beyond))
	}
	if untrue(k.Parcel, r.Event) {
		what = append(what, "it says of a parcel's money what cannot be: nothing was counted; compare with what you were paid, and look at the cabinet")
	}
	if r.Unread != "" && (r.Event == nil || slices.Contains(told, r.Kind)) {
		what = append(what, r.Unread)
	}
	switch k.Problem {
	case "":
	case contract.ProblemChain:
		what = append(what, k.Problem, "compare its journal (lockerd journal verify) with the desk's records; somebody may have changed either")
	default:
		what = append(what, k.Problem, "is there a second cabinet of this name, or a copy of its disk?")
	}
	if len(what) == 0 {
		return nil
	}
	return &Alarm{Kind: OneLine(r.Kind), What: strings.Join(what, ": "), Urgent: true, At: r.At}
}

// aged says what happened to a journal.
func aged(e locker.EpochBegun) string {
	text := map[string]string{
		locker.EpochRestored: "its journal was damaged and a backup has taken its place",
		"shortened":          "its journal has lost its end, or its disk was put back to an earlier day",
		"lost":               "its journal is gone",
	}[e.Reason]
	if text == "" {
		text = "its journal begins anew (" + OneLine(e.Reason) + ")"
	}
	if e.Missing > 0 {
		text += fmt.Sprintf(", at least %d records", e.Missing)
	}
	return text
}

// look says into which doors somebody should look: those of the parcels whose newest records the cabinet does not know any more.
func look(doors []int) string {
	if len(doors) == 0 {
		return "no parcel is known to be concerned; compare its doors with lockerdesk parcels"
	}
	doors = slices.Clone(doors)
	slices.Sort(doors)
	names := make([]string, 0, len(doors))
	for _, d := range slices.Compact(doors) {
		names = append(names, fmt.Sprint(d))
	}
	return "this desk knows more than it does of what lies in door " + strings.Join(names, ", ") + ": look there, and compare with lockerdesk parcels"
}

// Twin is the alarm of a record that differs from the one of the same name in the books, and is therefore not taken.
func Twin(r Record) Alarm {
	return Alarm{Kind: KindTwin, At: r.At, Urgent: true,
		What: "another record of this name is here already: are there two cabinets of one name, or does a copy of its disk go on where it has been?"}
}
