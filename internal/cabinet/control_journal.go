package cabinet

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"lockerd/internal/journal"
	"lockerd/internal/locker"
)

// WaitingParcel is a parcel that lies behind a door, with what is sealed to the operator.
type WaitingParcel struct {
	Parcel   string     `json:"parcel"`
	Tracking string     `json:"tracking"`
	Door     int        `json:"door"`
	Since    time.Time  `json:"since"`
	Code     locker.Box `json:"code,omitempty"`
	Phone    locker.Box `json:"phone,omitempty"`
}

// codes tells of the parcels that lie behind doors. Which do is the rules' word; which they are, and their codes, sealed, the journal's.
func (c *control) codes(w http.ResponseWriter, _ *http.Request) {
	behind := make(map[int]WaitingParcel)
	if err := c.memory.Each(0, func(o locker.Outgoing) error { return follow(behind, o) }); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	list := []WaitingParcel{}
	for _, d := range c.state.meter.Summary().Doors {
		if p := behind[d.Door]; p.Parcel != "" && d.HoldsParcel() {
			list = append(list, p)
		}
	}
	c.answer(w, list)
}

// follow notes what a record says of the parcels behind doors.
func follow(behind map[int]WaitingParcel, o locker.Outgoing) error {
	var public struct {
		At    time.Time
		Event WaitingParcel // what each of these records names
	}
	err := json.Unmarshal(o.Public, &public)
	e, p := public.Event, behind[public.Event.Door]
	if p.Parcel != e.Parcel { // of the one before there nothing counts
		p = e
	}
	switch o.Kind {
	case (locker.ParcelStored{}).Kind():
		p.Since, p.Code, p.Phone = public.At, o.Personal.Code, o.Personal.Phone
	case (locker.ParcelStoredAgain{}).Kind():
		for door, x := range behind {
			if x.Parcel == e.Parcel {
				delete(behind, door)
				p, p.Door = x, e.Door
			}
		}
	case (locker.ParcelCodeChanged{}).Kind():
		p.Code = o.Personal.Code
	case (locker.ParcelRecipientChanged{}).Kind():
		p.Code, p.Phone = o.Personal.Code, o.Personal.Phone
	case (locker.ParcelSent{}).Kind(), (locker.ParcelKept{}).Kind(): // which have no recipient
		p = WaitingParcel{}
	default:
		return nil
	}
	behind[e.Door] = p
	return err
}

// Verification is the answer to GET /journal/verify.
type Verification struct {
	Report  journal.Report `json:"report"`
	Problem string         `json:"problem,omitempty"`
}

func verified(r journal.Report, err error) Verification {
	v := Verification{Report: r}
	if err != nil {
		v.Problem = err.Error()
	}
	return v
}

// Verify has the running cabinet check its journal, or checks the file if none runs.
func (c *Config) Verify() (Verification, error) {
	v, err := c.Client().Verify()
	if !errors.Is(err, ErrNotRunning) {
		return v, err
	}
	keys, err := c.ReadKeys()
	if err != nil {
		return Verification{}, err
	}
	return verified(journal.Verify(c.Journal, c.Cabinet, keys.Master, keys.Others()...)), nil
}

func (c *control) verify(w http.ResponseWriter, _ *http.Request) {
	if err := c.memory.Settle(); err != nil { // a disk that takes nothing can be read all the same
		c.log.Warn("what the cloud has confirmed last is not in the report", "err", err)
	}
	c.answer(w, verified(c.memory.Verify()))
}

// records streams public lines up to the newest one there was when it began.
func (c *control) records(w http.ResponseWriter, r *http.Request) {
	after, err := strconv.ParseUint(r.URL.Query().Get("after"), 10, 64)
	if err != nil {
		http.Error(w, "want ?after=SEQ", http.StatusBadRequest)
		return
	}
	err = c.memory.Each(after, func(o locker.Outgoing) error {
		_, err := w.Write(append(o.Public, '\n'))
		return err
	})
	if err != nil {
		c.log.Error("records", "after", after, "err", err)
		panic(http.ErrAbortHandler) // the reader must not take it for the end
	}
}

func (c *control) backup(w http.ResponseWriter, _ *http.Request) {
	if err := c.memory.Backup(); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (c *control) rotate(w http.ResponseWriter, _ *http.Request) {
	if err := c.ring.rotate(); err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// Records goes through the public lines after a record: the running cabinet's, or the file's if none runs.
func (c *Config) Records(after uint64, each func(line []byte) error) error {
	err := c.Client().Records(after, each)
	if !errors.Is(err, ErrNotRunning) {
		return err
	}
	keys, err := c.ReadKeys()
	if err != nil {
		return err
	}
	return journal.Read(c.Journal, c.Cabinet, keys.Master, after, func(o locker.Outgoing) error { return each(o.Public) },
		keys.Others()...)
}
