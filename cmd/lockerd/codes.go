package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"text/tabwriter"
	"time"

	"lockerd/internal/credential"
	"lockerd/internal/locker"
)

type codesCommand struct {
	List codesList `cmd:"" help:"Print the pickup codes of the parcels that wait, for whoever has the operator's private key."`
}

type codesList struct {
	configFlag
	jsonFlag
	Key string `required:"" help:"The file with the operator's private key (lockerd keys operator)." type:"path"`
}

// waitingParcel is a parcel that lies behind a door, with what is sealed to the operator.
type waitingParcel struct {
	Parcel   string     `json:"parcel"`
	Tracking string     `json:"tracking"`
	Door     int        `json:"door"`
	Since    time.Time  `json:"since"`
	Code     locker.Box `json:"code,omitempty"`
	Phone    locker.Box `json:"phone,omitempty"`
}

// told is a parcel with its code in the clear.
type told struct {
	Door     int       `json:"door"`
	Tracking string    `json:"tracking"`
	Code     string    `json:"code,omitempty"`  // empty: the cabinet made none, or has destroyed it since the cloud has it
	Phone    string    `json:"phone,omitempty"` // empty: the courier gave none
	Since    time.Time `json:"since"`
}

// Run opens here what the cabinet itself cannot open. The private key never leaves this process.
func (c *codesList) Run() error {
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	secret, err := os.ReadFile(c.Key)
	if err != nil {
		return fmt.Errorf("operator's key: %w", err)
	}
	operator, err := credential.ReadOperator(string(secret))
	if err != nil {
		return err
	}
	if operator.Public() != cfg.Keys.Operator {
		return fmt.Errorf("%s is not the other half of keys.operator in %s: it opens nothing here", c.Key, c.Config)
	}
	var waiting []waitingParcel
	err = get(cfg.Socket, "/codes", func(r io.Reader) error { return json.NewDecoder(r).Decode(&waiting) })
	if err != nil {
		return needsDaemon(err)
	}
	list := []told{}
	for _, w := range waiting {
		list = append(list, told{w.Door, w.Tracking, unsealed(operator, w.Code), unsealed(operator, w.Phone), w.Since})
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(list)
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "DOOR\tPARCEL\tCODE\tPHONE\tSINCE")
	for _, p := range list {
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\n", p.Door, p.Tracking, cmp.Or(p.Code, "(not here)"), cmp.Or(p.Phone, "-"),
			p.Since.Local().Format(time.DateTime))
	}
	return table.Flush()
}

// unsealed is what lies in a box; nothing where there is none, or it is for another key.
func unsealed(operator *credential.Operator, sealed locker.Box) string {
	if len(sealed) == 0 {
		return ""
	}
	plain, err := operator.Open(sealed)
	if err != nil {
		return "(sealed to another key)"
	}
	return string(plain)
}

// codes tells of the parcels that lie behind doors. Which do is the rules' word; what the courier's visit sealed to the operator
// stands with the newest parcel of each door in the journal, and stays sealed on the way.
func (c *control) codes(w http.ResponseWriter, _ *http.Request) {
	newest := make(map[int]waitingParcel)
	_, last := c.memory.Last()
	for after := uint64(0); after < last; {
		page, err := c.memory.Outgoing(after, 500)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		if len(page) == 0 {
			break
		}
		for _, o := range page {
			if after = o.Seq; o.Kind != (locker.ParcelStored{}).Kind() {
				continue
			}
			p, err := storedParcel(o)
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			newest[p.Door] = p
		}
	}
	list := []waitingParcel{}
	for _, d := range c.state.summary().Doors {
		if p, ok := newest[d.Door]; ok && d.HoldsParcel() {
			list = append(list, p)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(list) // who asked may have gone
}

// storedParcel reads the record of a parcel that was stored.
func storedParcel(o locker.Outgoing) (waitingParcel, error) {
	var public struct {
		At    time.Time
		Event locker.ParcelStored
	}
	if err := json.Unmarshal(o.Public, &public); err != nil {
		return waitingParcel{}, fmt.Errorf("read record %d: %w", o.Seq, err)
	}
	e := public.Event
	return waitingParcel{Parcel: e.Parcel, Tracking: e.Tracking, Door: e.Door, Since: public.At, Code: o.Personal.Code, Phone: o.Personal.Phone}, nil
}
