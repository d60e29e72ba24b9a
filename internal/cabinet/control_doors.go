package cabinet

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"lockerd/internal/locker"
)

// inspection is the body of POST /doors/inspected.
type inspection struct {
	Doors []int  `json:"doors"`
	By    string `json:"by"`
}

// Inspected is the answer: for which doors the statement was accepted, and for which not.
type Inspected struct {
	Taken    []int                `json:"taken"`
	NotTaken []locker.LookRefused `json:"not_taken"`
}

func (c *control) inspected(w http.ResponseWriter, r *http.Request) {
	var in inspection
	if err := readBody(w, r, &in); err != nil || in.By == "" {
		http.Error(w, "want {\"doors\": [...], \"by\": \"NAME\"}", http.StatusBadRequest)
		return
	}
	_, before := c.memory.Last()
	if err := c.loop.Do(r.Context(), locker.Inspected{Doors: in.Doors, By: in.By}); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	what, err := c.lookedInto(before, in.By)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	c.answer(w, what)
}

// lookedInto reads in the journal what was accepted.
func (c *control) lookedInto(after uint64, by string) (what Inspected, err error) {
	what = Inspected{Taken: []int{}, NotTaken: []locker.LookRefused{}}
	err = c.memory.Each(after, func(record locker.Outgoing) error { return what.follow(record, by) })
	return what, err
}

func (what *Inspected) follow(record locker.Outgoing, by string) error {
	var emptied locker.DoorEmptied
	var refused locker.LookRefused
	var err error
	switch record.Kind {
	case emptied.Kind():
		if err = eventOf(record, &emptied); emptied.By == by {
			what.Taken = append(what.Taken, emptied.Door)
		}
	case refused.Kind():
		if err = eventOf(record, &refused); refused.By == by {
			what.NotTaken = append(what.NotTaken, refused)
		}
	}
	return err
}

// eventOf reads the event of a record's public line.
func eventOf(record locker.Outgoing, into any) error {
	public := struct {
		Event any `json:"event"`
	}{into}
	return json.Unmarshal(record.Public, &public)
}

// opening is the body of POST /doors/{door}/open.
type opening struct {
	By string `json:"by"`
}

// Opened is the answer: the record of the unlock, and how it ended.
type Opened struct {
	Unlock  string         `json:"unlock"`
	Outcome locker.Outcome `json:"outcome,omitempty"` // empty: not known yet
	Detail  string         `json:"detail,omitempty"`
}

// openPatience is how long to wait for the end of an unlock. The rules judge it after some seconds.
const openPatience = 30 * time.Second

// openDoor asks the rules to open a door: there is no other way to its board.
func (c *control) openDoor(w http.ResponseWriter, r *http.Request) {
	number, err := strconv.Atoi(r.PathValue("door"))
	var in opening
	if failed := readBody(w, r, &in); err != nil || failed != nil || in.By == "" {
		http.Error(w, "want POST /doors/NUMBER/open {\"by\": \"NAME\"}", http.StatusBadRequest)
		return
	}
	_, before := c.memory.Last()
	if err := c.loop.Do(r.Context(), locker.OpenAsked{Door: number, By: in.By}); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	ended, refusal, err := c.became(r.Context(), before, number, in.By)
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	case refusal != "":
		http.Error(w, refusal, http.StatusConflict)
	default:
		c.answer(w, ended)
	}
}

// became reads in the journal the result of asking for a door.
func (c *control) became(ctx context.Context, after uint64, door int, by string) (o Opened, refusal string, err error) {
	ctx, cancel := context.WithTimeout(ctx, openPatience)
	defer cancel()
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for {
		records, err := c.memory.Outgoing(after, 500)
		if err != nil {
			return o, "", err
		}
		for _, record := range records {
			after = record.Seq
			if done, why, err := o.follow(record, door, by); done || err != nil {
				return o, why, err
			}
		}
		if o.Unlock == "" {
			return o, "", fmt.Errorf("the rules said nothing of door %d", door) // they do so at once
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return o, "", nil
		}
	}
}

// follow processes a record; done says that it was the last one.
func (o *Opened) follow(record locker.Outgoing, door int, by string) (done bool, refusal string, err error) {
	var asked locker.UnlockRequested
	var refused locker.UnlockRefused
	var ended locker.UnlockEnded
	switch record.Kind {
	case asked.Kind():
		if err = eventOf(record, &asked); asked.Door == door && asked.By == by && o.Unlock == "" {
			o.Unlock = asked.Unlock
		}
	case refused.Kind():
		if err = eventOf(record, &refused); refused.Door == door && refused.By == by && o.Unlock == "" {
			return true, refused.Why, err
		}
	case ended.Kind():
		if err = eventOf(record, &ended); ended.Unlock == o.Unlock && o.Unlock != "" {
			o.Outcome, o.Detail = ended.Outcome, ended.Detail
			return true, "", err
		}
	}
	return false, "", err
}
