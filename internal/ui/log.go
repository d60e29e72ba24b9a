package ui

import (
	"html/template"
	"slices"
	"strconv"
	"strings"

	"lockerd/internal/locker"
	"lockerd/internal/wording"
)

// logGroup is records that a technician looks for together.
type logGroup struct {
	name  string // in the catalogues, and of the button that shows it alone
	kinds []string
}

// logGroups are the records that are shown, what asks for somebody first. What is not here are steps of a session, the
// technician's own most of all.
var logGroups = []logGroup{
	{"alarms", locker.Alarms()},
	{"doors", []string{
		"door.opened", "door.closed", "door.said_open", "door.unknown", "door.unblocked", "door.emptied", "door.presence",
		"door.wired", "door.tested", "unlock.requested", "unlock.ended", "board.back", "scanner.back", "camera.back", "terminal.back",
		"switch.cleared", "finding.cleared", "source.unmuted", "sequence.started", "sequence.ended",
		"inventory.started", "inventory.door", "inventory.ended",
	}},
	{"visits", []string{
		"courier.signed_in", "technician.signed_in", "technician.seconded", "code.refused", "typing.unlocked",
		"parcel.scanned", "parcel.low_door_asked", "drop.started", "drop.moved", "drop.cancelled", "parcel.stored",
		"parcel.in_hand", "parcel.stored_again", "parcel.withdrawn",
		"parcel.collected", "parcel.expired", "parcel.period_resumed", "parcel.told", "fee.asked", "fee.charging", "fee.stopping", "fee.declined", "fee.linked", "fee.paid", "fee.refunded",
		"parcel.recalled", "parcel.refused", "parcel.sent", "parcel.dispatched", "parcel.handed_over", "pickup.claimed", "sending.claimed",
		"renter.claimed", "parcel.opened", "parcel.kept", "parcel.not_taken", "parcel.consented", "sending.declared",
		"pickup.condition_met", "pickup.condition_failed", "code.resend_asked", "token.spent", "photo.kept",
	}},
	{"cloud", []string{
		"order.accepted", "parcel.announced", "parcel.announcement_dropped", "parcel.cancelled", "parcel.extended",
		"parcel.code_changed", "parcel.recipient_changed", "parcel.shared", "parcel.unshared", "doors.booked", "doors.unbooked", "issuer.put", "issuer.removed",
		"pickup.conditions_reset", "courier.put", "courier.removed", "tokens.revoked", "guards.cleared", "technician.invited",
		"technician.enrolled", "technician.forgotten", "clock.set", "clock.corrected", "run.started",
		"config.accepted", "config.applied", "config.kept", "restart.ended", "report.made", "evidence.uploaded",
		"playlist.shown", "notice.put", "notice.removed",
		"journal.epoch_begun", "person.erased", "setup.saved", "setup.undone",
	}},
}

// logShown is how many records a technician is shown.
const logShown = 120

// LogOf selects the records that a technician sees. The input is in order, the oldest first; the result is the newest first.
func LogOf(records []locker.Outgoing) []LogLine {
	lines := make([]LogLine, 0, logShown)
	for _, r := range slices.Backward(records) {
		if len(lines) == logShown {
			break
		}
		if Logged(r.Kind) {
			lines = append(lines, logLine(r))
		}
	}
	return lines
}

// logLine is a record as the screen tells of it: no more of it than can be shown to a technician.
func logLine(r locker.Outgoing) LogLine {
	said := wording.ReadRecord(r.Public)
	return LogLine{Seq: r.Seq, At: said.At, Kind: r.Kind, Why: said.Why, What: said.What, Door: said.Door}
}

// Logged says that a technician's screen shows records of a kind.
func Logged(kind string) bool {
	return slices.ContainsFunc(logGroups, func(g logGroup) bool { return slices.Contains(g.kinds, kind) })
}

// log is the newest records in words, by what they are about.
func (s *screen) log(lines []LogLine) *panel {
	p := &panel{Wide: true, Show: s.Say("log_group.show"), Tabs: []tab{{"all", s.Say("log_group.all")}}}
	for _, l := range lines {
		if l.Unreadable != "" {
			text := s.words.Say("log_group.unreadable", args{"what": verbatim(l.Unreadable)})
			p.Groups = append(p.Groups, group{Rows: []row{{Head: text, Tone: "bad"}}})
		}
	}
	for _, g := range logGroups {
		p.Tabs = append(p.Tabs, tab{g.name, s.Say("log_group." + g.name)})
		shown := group{Class: g.name, Title: s.Say("log_group." + g.name)}
		for _, l := range lines {
			if slices.Contains(g.kinds, l.Kind) {
				shown.Rows = append(shown.Rows, s.logged(l, g.name == "alarms"))
			}
		}
		if shown.Rows == nil {
			shown.Rows = s.none("log_group.nothing")
		}
		p.Groups = append(p.Groups, shown)
	}
	return p
}

// logged is a record in words.
func (s *screen) logged(l LogLine, alarm bool) row {
	text := s.words.Say("event."+strings.ReplaceAll(l.Kind, ".", "_"), args{"door": l.Door})
	r := row{Head: text, Note: when(l.At) + " " + verbatim("#"+strconv.FormatUint(l.Seq, 10))}
	if why := s.logWhy(l); why != "" {
		r.Note = why + " · " + r.Note
	}
	if alarm {
		r.Tone = "bad"
	}
	return r
}

// logWhy is what else a record says that tells somebody something.
func (s *screen) logWhy(l LogLine) template.HTML {
	switch {
	case l.Kind == "door.blocked":
		return s.word("reason", l.Why)
	case l.Kind == "door.doubted":
		return s.word("doubt", l.Why)
	case strings.HasPrefix(l.Kind, "finding."):
		return s.word("finding", l.What)
	case l.Kind == "door.tested":
		return s.word("result", l.What)
	case l.Kind == "inventory.door":
		return s.word("found", l.What)
	case l.Kind == "code.refused":
		return s.word("notice", l.Why)
	case l.Kind == "board.lost" && l.Why != "":
		return verbatim(l.What) + " · " + s.lost(l.Why)
	case l.What != "":
		return verbatim(l.What)
	}
	return ""
}
