package desk

import (
	"encoding/json"
	"slices"

	"lockerd/internal/contract"
	"lockerd/internal/locker"
)

// Trouble is something about a cabinet of which no record tells.
type Trouble struct {
	Name   string // the same for as long as it lasts
	Kind   string // of the alarm
	What   string // for the staff: what it is, and what to do
	Urgent bool
}

// The alarms of troubles.
const (
	KindAway    = "cabinet.away"    // it has no connection
	KindFault   = "cabinet.fault"   // it says what is wrong in its state
	KindUnheard = "payment.unheard" // it has not heard in time of money for a parcel
	KindMissed  = "order.unheard"   // it has not heard in time of an order that nobody waits for
)

// unrecorded are the faults of a state that come with no record: where there is no journal, or none that can be written, and what a
// cabinet's link finds about its broker and its cloud.
var unrecorded = []string{"key_lost", "journal_unwritable", "mark_unwritten",
	"cloud_refused", "cloud_backlog", "cloud_twin", "cloud_unproven", "cloud_disagrees", "cloud_unusable"}

// Unheard is the trouble of money of which a cabinet was told in vain: it was away for as long as the order counts. Whoever has paid is asked to
// pay again until somebody says it once more.
func Unheard(m Payment) Trouble {
	what := "was paid"
	if m.Refund {
		what = "was given back"
	}
	return Trouble{Name: "payment/" + m.Order, Kind: KindUnheard,
		What: "it was told in vain what " + what + " for parcel " + OneLine(m.Parcel) + ": say it once more: reference " + OneLine(m.Reference)}
}

// Missable are the orders that nobody waits for, and that must be followed all the same: somebody was erased, or is to open nothing any more.
var Missable = []string{"courier.remove", "issuer.remove", "person.erase", "tokens.revoke"}

// Missed is the trouble of such an order where the cabinet was away for as long as it counts.
func Missed(order, kind string) Trouble {
	return Trouble{Name: "order/" + order, Kind: KindMissed, What: "it was away for as long as " + kind + " counts, and has not followed it: order it once more: " + order}
}

// Troubles reads them from a cabinet's retained presence and state. Of one that was never seen there is none: it may not stand yet. Nor
// does what one said last count while it is away.
func Troubles(presence, state []byte) (list []Trouble) {
	var p contract.Presence
	if len(presence) == 0 || json.Unmarshal(presence, &p) != nil {
		return nil
	}
	if !p.Online {
		return []Trouble{{Name: KindAway, Kind: KindAway, What: "it has no connection: has it power, and a network? Whoever stands there can use it all the same"}}
	}
	told := make(map[string]bool) // of each kind one: a cabinet that lies cannot fill the list
	var s locker.Summary
	if len(state) == 0 || json.Unmarshal(state, &s) != nil {
		return nil
	}
	for _, f := range s.Faults {
		if slices.Contains(unrecorded, f.Kind) && !told[f.Kind] {
			told[f.Kind] = true
			what := f.Kind
			for _, part := range []string{f.What, f.Why, f.Do} {
				if part != "" {
					what += ": " + OneLine(part)
				}
			}
			list = append(list, Trouble{Name: f.Kind, Kind: KindFault, What: what, Urgent: s.Service != "ok"})
		}
	}
	return list
}
