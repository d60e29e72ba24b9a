package contract

import (
	"encoding/json"
	"fmt"
	"time"
)

// A CloudEvent is a record as CloudEvents 1.0 has it, in its JSON format, for routers that know no other form. See docs/contract/README.md.
type CloudEvent struct {
	SpecVersion string          `json:"specversion"`
	ID          string          `json:"id"`
	Source      string          `json:"source"`
	Type        string          `json:"type"`
	Subject     string          `json:"subject,omitempty"`
	Time        time.Time       `json:"time,omitzero"` // absent where the cabinet did not know it
	ContentType string          `json:"datacontenttype"`
	Data        json.RawMessage `json:"data"`
}

// CloudEvent is the record in the form of CloudEvents. topics is the part before the cabinet in the names of its topics ("lockerd/v1").
func (r Received) CloudEvent(topics string) CloudEvent {
	e := CloudEvent{SpecVersion: "1.0", ID: fmt.Sprintf("%s/%s/%d", r.Cabinet, r.Epoch, r.Seq), Source: topics + "/" + r.Cabinet,
		Type: "lockerd." + r.Kind, Subject: subject(r.Event), ContentType: "application/json", Data: r.Event}
	if r.Known {
		e.Time = r.At
	}
	return e
}

// subject is what an event is about.
func subject(event json.RawMessage) string {
	var of struct {
		Parcel, Order, Session string
		Door                   int
	}
	_ = json.Unmarshal(event, &of) // of what cannot be read nothing is known
	switch {
	case of.Parcel != "":
		return "parcel/" + of.Parcel
	case of.Door != 0:
		return fmt.Sprintf("door/%d", of.Door)
	case of.Order != "":
		return "order/" + of.Order
	case of.Session != "":
		return "session/" + of.Session
	}
	return ""
}
