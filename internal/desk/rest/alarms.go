package rest

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"lockerd/internal/desk/books"
)

// Alarm is a record that somebody has to look at.
type Alarm struct {
	Number  string    `json:"number" doc:"cabinet/epoch/seq"`
	Cabinet string    `json:"cabinet"`
	Place   string    `json:"place"`
	Kind    string    `json:"kind" doc:"docs/operator.md says what to do about each."`
	Door    int       `json:"door,omitempty"`
	What    string    `json:"what,omitempty"`
	Urgent  bool      `json:"urgent"`
	At      time.Time `json:"at" doc:"By the cabinet's clock."`
	Seen    time.Time `json:"seen,omitzero" doc:"When it was worked off."`
	SeenBy  string    `json:"seen_by,omitempty"`
}

func alarmOf(a books.Alarm) Alarm {
	return Alarm{Number: a.Number(), Cabinet: a.Cabinet, Place: a.Site, Kind: a.Kind, Door: a.Door, What: a.What, Urgent: a.Urgent, At: a.At,
		Seen: a.Seen, SeenBy: a.SeenBy}
}

func (a *API) alarmRoutes() {
	add(a, route{http.MethodGet, "/alarms", "listAlarms", "alarms", AlarmsRead, "Alarms, the newest first", "Those that nobody has worked off, or all."},
		func(ctx context.Context, in *struct {
			Paging
			Cabinet string `query:"cabinet" maxLength:"63"`
			All     bool   `query:"all" doc:"Also those that were worked off."`
		}) (*listed[Alarm], error) {
			after, err := in.after()
			if err != nil {
				return nil, err
			}
			found, err := a.books.Alarms(ctx, books.AlarmFilter{Cabinet: in.Cabinet, Seen: in.All, After: after}, in.Limit+1)
			return show(in.Paging, found, alarmOf, books.Alarm.Place), err
		})
	add(a, route{http.MethodPost, "/alarms/{cabinet}/{epoch}/{seq}/seen", "alarmIsSeen", "alarms", AlarmsWrite, "Say that an alarm is worked off", ""},
		func(ctx context.Context, in *struct {
			Cabinet string `path:"cabinet" maxLength:"63"`
			Epoch   string `path:"epoch" maxLength:"64"`
			Seq     uint64 `path:"seq"`
		}) (*struct{}, error) {
			return nil, a.books.Seen(ctx, in.Cabinet+"/"+in.Epoch+"/"+strconv.FormatUint(in.Seq, 10), callerOf(ctx).by())
		})
}
