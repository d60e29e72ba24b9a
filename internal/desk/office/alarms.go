package office

import (
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"lockerd/internal/desk/books"
)

// alarmView is an alarm in words.
type alarmView struct {
	books.Alarm
	Text    template.HTML
	Because template.HTML // what else it says
}

func (v *visit) alarm(a books.Alarm) alarmView {
	key := "event." + strings.ReplaceAll(a.Kind, ".", "_")
	text := v.say(key, "door", a.Door)
	if !v.words.Has(key) {
		text = v.say("record.other", "kind", a.Kind)
	}
	view := alarmView{Alarm: a, Text: text}
	if a.What != "" {
		view.Because = v.word(groups[a.Kind], a.What)
	}
	return view
}

// groups are where the words for what a record says beside its kind are; of others it is shown as it is.
var groups = map[string]string{"door.blocked": "reason", "door.doubted": "doubt", "finding.raised": "finding", "finding.cleared": "finding", "unlock.ended": "outcome"}

// alarmsPage is the list of alarms.
type alarmsPage struct {
	Rows []alarmView
	All  bool
	Next string
}

func (o *Office) alarms(v *visit) error {
	q := v.r.URL.Query()
	p := alarmsPage{All: q.Has("all")}
	f := books.AlarmFilter{Seen: p.All}
	if at, name, ok := strings.Cut(q.Get("after"), ","); ok {
		millis, err := strconv.ParseInt(at, 10, 64)
		if err != nil {
			return errForm
		}
		f.After = &books.Place{At: time.UnixMilli(millis), Name: name}
	}
	found, err := o.Books.Alarms(v.r.Context(), f, mostRows)
	if err != nil {
		return err
	}
	for _, a := range found {
		p.Rows = append(p.Rows, v.alarm(a))
	}
	if len(found) == mostRows {
		last := found[len(found)-1].Place()
		q.Set("after", strconv.FormatInt(last.At.UnixMilli(), 10)+","+last.Name)
		p.Next = Prefix + "alarms?" + q.Encode()
	}
	return v.show(http.StatusOK, "alarms", "alarms", p)
}

// alarmSeen says that an alarm is worked off, and what came of it.
func (o *Office) alarmSeen(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	cabinet, _, _, err := books.AlarmNumber(v.field("alarm"))
	if err != nil {
		return err
	}
	if len([]rune(v.field("reason"))) > 200 {
		return errForm
	}
	if err := o.Books.Note(v.r.Context(), books.Deed{Who: v.person.Name, Place: v.from, What: "alarm.worked_off", Cabinet: cabinet,
		Subject: v.field("alarm"), Reason: v.field("reason")}); err != nil {
		return err
	}
	if err := o.Books.Seen(v.r.Context(), v.field("alarm"), v.person.Name); err != nil {
		return err
	}
	return v.to(Prefix + "alarms")
}
