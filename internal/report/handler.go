package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"lockerd/internal/locker"
)

// Path is where a cabinet lists its reports on its control socket; a report's name behind it exports one.
const Path = "/reports/"

// Journal is what reports are read from.
type Journal interface {
	Each(after uint64, each func(locker.Outgoing) error) error
}

// errFound ends the search.
var errFound = errors.New("found")

// Signer is the cabinet's key for reports.
type Signer interface {
	Report(payload []byte) (compact string, err error) // a JWS
	ReportKey() string                                 // its public half, in base64
}

// Handler answers on the control socket.
func Handler(memory Journal, keys Signer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path+"{$}", func(w http.ResponseWriter, _ *http.Request) {
		list := List{Key: keys.ReportKey(), Reports: []Line{}}
		err := each(memory, func(r Report) error {
			list.Reports = append(list.Reports, Line{r.Found.Inventory, r.Record.Seq, r.Record.At, r.Found.By, string(r.Found.Why), len(r.Found.Doors), r.Found.Differences})
			return nil
		})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(list) // whoever has gone needs none
	})
	mux.HandleFunc("GET "+Path+"{inventory}", func(w http.ResponseWriter, r *http.Request) {
		signed := ""
		err := each(memory, func(one Report) (err error) {
			if one.Found.Inventory != r.PathValue("inventory") {
				return nil
			}
			if signed, err = keys.Report(one.Record.Public); err != nil {
				return err
			}
			return errFound
		})
		switch {
		case errors.Is(err, errFound):
			_, _ = io.WriteString(w, signed+"\n")
		case err != nil:
			http.Error(w, err.Error(), http.StatusInternalServerError)
		default:
			http.Error(w, ErrNone.Error(), http.StatusNotFound)
		}
	})
	return mux
}

// each goes through the reports in a journal, the oldest first.
func each(memory Journal, do func(Report) error) error {
	return memory.Each(0, func(o locker.Outgoing) error {
		if o.Kind != (locker.InventoryEnded{}).Kind() {
			return nil
		}
		r, err := read(o.Public)
		if err != nil {
			return err
		}
		return do(r)
	})
}

// Ask is how a client reads an answer from the control socket.
type Ask func(path string, read func(io.Reader) error) error

// Print writes a report as the cabinet signs it; without a name, which reports there are and the key to verify them with.
func Print(w io.Writer, ask Ask, inventory string) error {
	if inventory != "" {
		return ask(Path+url.PathEscape(inventory), func(r io.Reader) error { _, err := io.Copy(w, r); return err })
	}
	var list List
	if err := ask(Path, func(r io.Reader) error { return json.NewDecoder(r).Decode(&list) }); err != nil {
		return err
	}
	for _, l := range list.Reports {
		fmt.Fprintf(w, "%s  %s  by %s, %s: %d doors, %d differ from the books\n", l.Inventory, l.At.Format(time.DateTime), l.By, l.Why, l.Doors, l.Differences)
	}
	_, err := fmt.Fprintf(w, "%d inventories; the key to verify them with: %s\n", len(list.Reports), list.Key)
	return err
}
