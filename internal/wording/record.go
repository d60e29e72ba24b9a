package wording

import (
	"encoding/json"
	"fmt"
	"time"
)

// Record is what of a record is told beside the words for its kind. None of it is personal.
type Record struct {
	At   time.Time // by the cabinet's clock
	Door int       // 0: none
	What string    // who shares a rented door, a parcel's number, a board, an outcome; empty: the kind says all
	Why  string
	// Reason is why a parcel is not wanted.
	Reason string
}

// ReadRecord reads a record's public line. What cannot be read stays empty.
func ReadRecord(public []byte) Record {
	var line struct {
		At    time.Time      `json:"at"`
		Event map[string]any `json:"event"`
	}
	_ = json.Unmarshal(public, &line) // whoever keeps it has checked it
	word := func(names ...string) string {
		for _, n := range names {
			if text, ok := line.Event[n].(string); ok && text != "" {
				return text
			}
		}
		return ""
	}
	r := Record{At: line.At, Why: word("why"), Reason: word("reason"),
		What: word("sharer", "tracking", "scanner", "camera", "switch", "finding", "source", "of", "found", "result", "outcome", "courier", "technician", "by", "reason")}
	for _, n := range []string{"to", "door"} { // where it goes, or lies
		if door, ok := line.Event[n].(float64); ok {
			r.Door = int(door)
		}
	}
	if bus, board := word("bus"), line.Event["board"]; bus != "" && board != nil {
		r.What = fmt.Sprintf("%s/%v", bus, board)
	}
	return r
}
