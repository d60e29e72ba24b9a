package locker

import (
	"slices"
	"strings"
	"time"
)

// Summary is the retained state that the cloud sees: nothing about people.
type Summary struct {
	Cabinet string    `json:"cabinet"`
	Epoch   string    `json:"epoch"`
	Seq     uint64    `json:"seq"` // the newest record that it takes into account
	At      time.Time `json:"at"`
	Known   bool      `json:"clock_known"`
	// Newest is the newest time that was known to be right, where the clock is behind it: what an order names that corrects it.
	Newest  time.Time      `json:"newest,omitzero"`
	Version string         `json:"version"`
	Service string         `json:"service" enum:"ok,out_of_order"` // "ok", "out_of_order"
	Doors   []DoorSummary  `json:"doors"`
	Free    map[string]int `json:"free"`              // by size
	Parcels int            `json:"parcels"`           // all that lie there; of them
	Overdue int            `json:"overdue"`           // are to be taken back,
	Refused int            `json:"refused,omitempty"` // likewise, since their recipients do not want them,
	Sent    int            `json:"sent,omitempty"`    // were put in by their senders, for a courier to collect,
	Kept    int            `json:"kept,omitempty"`    // stay behind rented doors,
	Held    int            `json:"held"`              // may lie there, as a restored backup says,
	Closed  int            `json:"closed"`            // are given out by the operator alone
	Faults  []Fault        `json:"faults"`
	// Unsigned says that orders are followed that nobody signed. The rules do not know it: whoever reports fills it in.
	Unsigned bool `json:"unsigned_orders,omitempty"`
	// UnsignedAcks says the same of what frees records.
	UnsignedAcks bool `json:"unsigned_acks,omitempty"`
	// Config is which configuration is in force. Whoever reports fills it in.
	Config *ConfigSummary `json:"config,omitempty"`
}

// ConfigSummary names a configuration.
type ConfigSummary struct {
	Version string `json:"version,omitempty"` // as the operator calls it; empty: the file of the cabinet
	Hash    string `json:"hash"`              // the first 16 hex digits of its SHA-256
	Trial   bool   `json:"trial,omitempty"`   // it has not proven itself yet
}

// DoorSummary is a door in the Summary.
type DoorSummary struct {
	Door  int       `json:"door"`
	Size  string    `json:"size"`
	State DoorState `json:"state"`
	// Contents is one of "empty", "reserved", "parcel", "overdue", "refused", "sent", "kept", "held", "closed", "collected", "doubtful".
	Contents string      `json:"contents" enum:"empty,reserved,parcel,overdue,refused,sent,kept,held,closed,collected,doubtful"`
	Blocked  BlockReason `json:"blocked,omitempty"`
	Booked   string      `json:"booked,omitempty"` // the id of the order that booked it
}

// Fault is something that somebody should look at.
type Fault struct {
	// Kind is one of board_lost, scanner_lost, camera_lost, terminal_lost, payment_uncertain, tamper, mains, door_blocked, door_left_open, door_doubtful,
	// clock_unknown, clock_doubted (a clock that claims to be right has jumped; What is its reading), typing_locked, journal_unwritable, breaker, finding, setup (a
	// commissioning is under way), parcel_overdue, parcel_refused, parcel_held, parcel_closed, source_muted. Whoever reports adds the link's
	// own, cloud_unusable, cloud_refused, cloud_backlog, cloud_twin, cloud_unproven and cloud_disagrees, mark_unwritten, and
	// key_lost where there is no controller.
	Kind string `json:"kind"`
	Door int    `json:"door,omitempty"`
	What string `json:"what,omitempty"` // "bus1/2", "front"
	// Why is why a board is lost, in words for the technician; of a finding it is the Finding.
	Why string `json:"why,omitempty"`
	// Do is what to do about it, in words.
	Do string `json:"do,omitempty"`
}

// Summary is the state that the cloud sees.
func (s *State) Summary(now Now) Summary { return new(Picture).Summary(s, now) }

// Summary is what the cloud sees of a state.
func (p *Picture) Summary(s *State, now Now) Summary {
	p.draw(s)
	sum := Summary{Cabinet: s.plan.Cabinet, Epoch: s.Epoch, Seq: s.Seq, At: now.Wall, Known: now.Known, Version: s.Version,
		Service: "ok", Free: make(map[string]int, len(s.plan.Sizes)), Doors: slices.Clip(p.told),
		Faults: []Fault{}}
	if now.Read.Before(s.Newest.Add(-tolerance)) {
		sum.Newest = s.Newest
	}
	if s.broken() {
		sum.Service = "out_of_order"
	}
	for i, size := range s.plan.Sizes {
		sum.Free[size.Name] = p.free[i]
	}
	sum.Parcels = s.lying
	if s.odd > 0 {
		for _, p := range s.Parcels {
			sum.count(p, s.plan.WrongTries)
		}
	}
	sum.Faults = s.faults(now, sum.Faults)
	return sum
}

// What DoorSummary.Contents says of a parcel that is not just waiting to be fetched.
const (
	contentsOverdue = "overdue" // nobody fetched it in time, or it was cancelled: it is to be taken back
	contentsRefused = "refused" // its recipient does not want it: likewise
	contentsSent    = "sent"    // its sender has put it in: a courier is to collect it
	contentsKept    = "kept"    // it stays behind a rented door
	contentsHeld    = "held"    // a backup says that it is there; nobody knows what became of it since
	contentsClosed  = "closed"  // what it asks was answered wrongly too often: the operator alone gives it out
)

// HoldsParcel says that a parcel is known to lie behind the door, whether or not its recipient may still fetch it.
func (d DoorSummary) HoldsParcel() bool {
	return slices.Contains([]string{string(Occupied), contentsOverdue, contentsRefused, contentsSent, contentsKept, contentsHeld, contentsClosed}, d.Contents)
}

func (s *State) contents(d *Door) string {
	if s.odd == 0 || d.Holds.Kind != Occupied {
		return string(d.Holds.Kind)
	}
	if p := s.parcel(d.Holds.Parcel); p != nil && p.Door == d.Number {
		if kind := p.kind(s.plan.WrongTries); kind != "" {
			return kind
		}
	}
	return string(d.Holds.Kind)
}

// count counts a parcel that lies there and does not just wait to be fetched.
func (s *Summary) count(p *Parcel, tries int) {
	switch p.kind(tries) {
	case contentsOverdue:
		s.Overdue++
	case contentsRefused:
		s.Refused++
	case contentsSent:
		s.Sent++
	case contentsKept:
		s.Kept++
	case contentsHeld:
		s.Held++
	case contentsClosed:
		s.Closed++
	}
}

// What to do about faults, in words for whoever looks after the cabinet from afar.
const (
	doRecall    = "have a courier take it back at the kiosk, or announce its number anew"
	doRefuse    = "have a courier take it back at the kiosk, or give it to its recipient once more: parcel.new_code"
	doHeld      = "say what became of it: parcel.handed_over, or parcel.cancel and have it taken back; or have somebody look: door.looked"
	doClosed    = "give it out yourself: pickup.reset lets its recipient answer again, door.unlock opens its door"
	doDoubt     = "the next courier who needs the door is asked to look into it; or have somebody look: door.looked"
	doLook      = "have somebody look into it: at the technician's menu, or by door.looked"
	doTerminal  = "look whether it has power and a network, and at lockerd's log"
	doWatch     = "look whether it is covered or unplugged: nothing is taken from senders until it sees again"
	doUncertain = "look at the provider whether it was paid, and say so with fee.paid"
	doMuted     = "have somebody look at it: what it says is not recorded for now"
)

// parcelFaults are the parcels that do not come away by themselves.
func (s *State) parcelFaults(list []Fault) []Fault {
	if s.odd == 0 {
		return list
	}
	for _, p := range s.Parcels {
		switch f := (Fault{Door: p.Door, What: p.ID}); p.kind(s.plan.WrongTries) {
		case contentsOverdue:
			f.Kind, f.Do = "parcel_overdue", doRecall
			list = append(list, f)
		case contentsRefused:
			f.Kind, f.Do = "parcel_refused", doRefuse
			list = append(list, f)
		case contentsHeld:
			f.Kind, f.Do = "parcel_held", doHeld
			list = append(list, f)
		case contentsClosed:
			f.Kind, f.Do = "parcel_closed", doClosed
			list = append(list, f)
		}
	}
	return list
}

func (s *State) doorFaults(list []Fault) []Fault {
	for turn := s.faulty.next(0); turn >= 0; turn = s.faulty.next(turn + 1) {
		d := s.at(turn)
		if d.Blocked != "" {
			list = append(list, Fault{Kind: "door_blocked", Door: d.Number, What: string(d.Blocked)})
		}
		if d.LeftOpen {
			list = append(list, Fault{Kind: "door_left_open", Door: d.Number})
		}
		if d.Holds.Kind == Doubtful {
			f := Fault{Kind: "door_doubtful", Door: d.Number, What: string(d.Holds.Why), Do: doLook}
			if s.heals(d) {
				f.Do = doDoubt
			}
			list = append(list, f)
		}
	}
	return list
}

func (s *State) faults(now Now, list []Fault) []Fault {
	for _, b := range s.Silent {
		list = append(list, Fault{Kind: "board_lost", What: Board{b.Bus, b.Board}.String(), Why: b.Why})
	}
	for _, n := range s.Scanners {
		list = append(list, Fault{Kind: "scanner_lost", What: n})
	}
	for _, n := range s.Cameras {
		f := Fault{Kind: "camera_lost", What: n}
		if slices.Contains(s.plan.Watch, n) {
			f.Do = doWatch
		}
		list = append(list, f)
	}
	if s.plan.Terminal && s.Terminal == TerminalOut {
		list = append(list, Fault{Kind: "terminal_lost", Why: s.TerminalWhy, Do: doTerminal})
	}
	for _, c := range s.Charges {
		if c.Uncertain {
			list = append(list, Fault{Kind: "payment_uncertain", What: c.ID, Do: doUncertain})
		}
	}
	for _, n := range s.Switches {
		list = append(list, Fault{Kind: string(n)})
	}
	list = s.doorFaults(list)
	list = s.parcelFaults(list)
	for _, x := range s.Sources {
		if x.Muted && !strings.HasPrefix(x.Name, SourcePage) {
			list = append(list, Fault{Kind: "source_muted", What: x.Name, Do: doMuted})
		}
	}
	for _, f := range s.Findings {
		fault := Fault{Kind: "finding", Door: f.Door, Why: string(f.Finding)}
		if f.Door == 0 {
			fault.What = Board{f.Bus, f.Board}.String()
		}
		list = append(list, fault)
	}
	if s.Setup.Under {
		list = append(list, Fault{Kind: "setup"})
	}
	if s.Breaker.Tripped {
		list = append(list, Fault{Kind: "breaker"})
	}
	if s.Typing.Locked || s.Scans.Locked {
		list = append(list, Fault{Kind: "typing_locked"})
	}
	if !now.Known {
		list = append(list, Fault{Kind: "clock_unknown"})
	}
	if now.Jump != 0 {
		list = append(list, Fault{Kind: "clock_doubted", What: now.Read.UTC().Format(time.RFC3339)})
	}
	return list
}
