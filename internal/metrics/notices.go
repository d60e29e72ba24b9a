package metrics

import (
	"encoding/json"
	"time"

	"lockerd/internal/locker"
)

// notices are the records that a recipient waits for and that the cloud has not confirmed. They are found in the journal, each
// page reading what is new since the one before.
type notices struct {
	read uint64 // up to this record
	list []notice
}

type notice struct {
	seq uint64
	at  time.Time
}

// noticeKinds are the kinds of events that have to reach a recipient.
var noticeKinds = map[string]bool{"parcel.stored": true, "code.resend_asked": true}

// readAtOnce is how many records are read in one go.
const readAtOnce = 500

// look brings the notices up to date.
func (n *notices) look(j Journal) error {
	confirmed := j.Confirmed()
	if _, last := j.Last(); last < n.read { // it begins anew, and shorter
		*n = notices{}
	}
	for len(n.list) > 0 && n.list[0].seq <= confirmed {
		n.list = n.list[1:]
	}
	n.read = max(n.read, confirmed)
	for {
		some, err := j.Outgoing(n.read, readAtOnce)
		if err != nil || len(some) == 0 {
			return err
		}
		for _, r := range some {
			if n.read = r.Seq; noticeKinds[r.Kind] {
				n.list = append(n.list, notice{r.Seq, madeAt(r)})
			}
		}
	}
}

// madeAt is when a record was made, as its clock had it.
func madeAt(r locker.Outgoing) time.Time {
	var line struct {
		At time.Time `json:"at"`
	}
	_ = json.Unmarshal(r.Public, &line) // the journal has checked it
	return line.At
}
