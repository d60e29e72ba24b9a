package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"lockerd/internal/locker"
)

type doorsCommand struct {
	Inspected inspectedCommand `cmd:"" help:"Say that somebody has looked into doors and found them empty."`
}

type inspectedCommand struct {
	configFlag
	By    string `required:"" help:"Who has looked: an id rather than a name, for it stays in the record."`
	Doors []int  `arg:"" optional:"" help:"The doors; none named means all, but for those that hold a parcel."`
}

func (c *inspectedCommand) Run() error {
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	var what inspected
	if err := ask(cfg.Socket, "/doors/inspected", inspection{Doors: c.Doors, By: c.By}, &what); err != nil {
		return needsDaemon(err)
	}
	return what.tell(os.Stdout, len(c.Doors) > 0)
}

// inspection is the body of POST /doors/inspected.
type inspection struct {
	Doors []int  `json:"doors"`
	By    string `json:"by"`
}

// inspected is the answer: of which doors the word was taken, and of which not.
type inspected struct {
	Taken    []int                `json:"taken"`
	NotTaken []locker.LookRefused `json:"not_taken"`
}

// tell says it. That a door which was named was not taken is an error; of all doors those that hold a parcel never are.
func (what inspected) tell(to io.Writer, named bool) error {
	fmt.Fprintf(to, "taken as empty: %d doors\n", len(what.Taken))
	var list []string
	for _, no := range what.NotTaken {
		list = append(list, fmt.Sprintf("door %d was not taken: %s", no.Door, no.Why))
	}
	if named && len(list) > 0 {
		return fmt.Errorf("doors inspected: %s", strings.Join(list, "; "))
	}
	for _, line := range list {
		fmt.Fprintln(to, line)
	}
	return nil
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
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(what); err != nil {
		c.log.Warn("what was taken of a look is not delivered", "err", err)
	}
}

// lookedInto reads in the journal what was taken of somebody's word.
func (c *control) lookedInto(after uint64, by string) (what inspected, err error) {
	what = inspected{Taken: []int{}, NotTaken: []locker.LookRefused{}}
	for {
		records, err := c.memory.Outgoing(after, 500)
		if err != nil || len(records) == 0 {
			return what, err
		}
		for _, record := range records {
			after = record.Seq
			if err := what.follow(record, by); err != nil {
				return what, err
			}
		}
	}
}

func (what *inspected) follow(record locker.Outgoing, by string) error {
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
