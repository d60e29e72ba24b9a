package locker

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Config is the cabinet as built, and the site's settings of the rules. It does not change during a run.
type Config struct {
	Cabinet  string // the cabinet's name, as in the topics
	Doors    []DoorPlan
	Sizes    []Size // smallest first
	Couriers []Courier
	// Technicians may look after the cabinet at the kiosk.
	Technicians []Technician
	// Issuers are the keys of the configuration whose signatures count.
	Issuers   []Issuer
	Languages []string // as "en"; the first is the default
	// Scanners and Cameras are the names of the configured devices.
	Scanners, Cameras []string
	// Terminal says that there is a payment terminal.
	Terminal bool
	// Resend says that there is a cloud that can send a code once more.
	Resend bool
	// Undo says that there is a previous wiring to return to.
	Undo  bool
	Times Times
	// WrongTries is how many wrong codes in a row lock typing.
	WrongTries int
	// FailedUnlocks is how many unlocks in a row may fail to open a door before it is set aside as jammed.
	FailedUnlocks int
	// NeedsPhone says that an unannounced parcel is not accepted without its recipient's phone number.
	NeedsPhone bool
	// NoCodes says that pickup codes cannot reach their recipients: no parcel is accepted.
	NoCodes bool
	// Watch are the cameras that are to see what people send: while one of them gives no picture, nobody's parcel is taken; empty: none.
	Watch []string
	// Consent is what is done with a parcel whose recipient is not known to agree that it goes in: ConsentAsked or ConsentNeeded; empty: nothing.
	Consent string
	// NoRefusals says that recipients are not offered to refuse a parcel at the kiosk.
	NoRefusals bool
	// NoLooks says that couriers are not asked to look into doors with unknown contents.
	NoLooks bool
	// BreakerDoors is how many doors may be opened within Times.Breaker while nobody is seen at the cabinet.
	BreakerDoors int
}

// DoorPlan is one door as a person sees it, and the lock that holds it.
type DoorPlan struct {
	Number int // as printed on the door
	Size   string
	Column int  // from 1, left to right; within a column the doors stand from top to bottom in the order of the list
	Low    bool // can be reached from a wheelchair
	// Zone is what is particular about its place, as "cold" or "outdoors": a word of the operator's; empty: nothing.
	Zone string
	Lock Lock
	// Contact is the channel that reads the door's contact, if that is not the lock's own; its states are reported as the
	// lock's.
	Contact Lock
	// ClosedWhen is the state of the contact while the lock is closed: "shorted" (or empty) or "open".
	ClosedWhen string
	// Blind says that the lock has no contact: the door's state is never known, so it is given to nobody.
	Blind bool
	// Draw is what its lock takes of its power supply.
	Draw Draw
}

// Size is a size of compartment.
type Size struct {
	Name   string // as printed: "S"
	Height int    // of the door, in millimetres: for the picture of the cabinet and the order of sizes
	Keep   int    // how many free doors of it are kept for parcels that were announced, or that doors are booked for
}

// Courier is somebody who may drop off. Badge and PIN are keyed hashes.
type Courier struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Company string `json:"company"`
	Badge   Hash   `json:"badge"`
	PIN     Hash   `json:"pin"`
	// PINDigits and BadgeCharacters are the lengths of PIN and badge; 0: unknown.
	PINDigits       int `json:"pin_digits,omitempty"`
	BadgeCharacters int `json:"badge_characters,omitempty"`
	// Rights are what they may do; none named: drop off, and take back their own parcels.
	Rights []Right `json:"rights,omitempty"`
	// From and Until bound when they may work; zero: no bound.
	From  time.Time `json:"from,omitzero"`
	Until time.Time `json:"until,omitzero"`
}

// Times are the durations that the rules use.
type Times struct {
	Idle         time.Duration // a session without a touch ends
	IdleDoorOpen time.Duration // the same while its door stands open or opens
	// Session, SessionCourier and SessionTechnician are how long a session of a recipient, a courier or a technician may
	// last whatever is touched, since it began or its code, badge, PIN or token was shown last.
	Session, SessionCourier, SessionTechnician time.Duration

	Thanks     time.Duration   // "forgot something?" is offered
	Within     time.Duration   // a release may wait for the line; after it, it is dropped unsent
	Judge      time.Duration   // a released door that is still closed did not open
	Late       time.Duration   // after which an opening is no longer explained by an unlock
	Bounce     time.Duration   // an opening so soon after the closing is the one before, going on
	DoorWarn   time.Duration   // a door left open: on the screen
	DoorReport time.Duration   // a door left open: an event
	Pickup     time.Duration   // the pickup period of a parcel
	Announced  time.Duration   // an announced parcel is forgotten
	Lockouts   []time.Duration // typing is locked: the first time, the second, and so on
	SameScan   time.Duration   // the same code within this time is the same scan
	Breaker    time.Duration   // of BreakerDoors
}

// DefaultTimes are values seen in the field: door left open 30 s and 5 min, reopening 60 s, lock-outs of 1, 5 and 30 min,
// pickup within 3 days.
func DefaultTimes() Times {
	return Times{
		Idle:         60 * time.Second,
		IdleDoorOpen: 150 * time.Second,
		Session:      15 * time.Minute, SessionCourier: time.Hour, SessionTechnician: 4 * time.Hour,
		Thanks:     60 * time.Second,
		Within:     2 * time.Second,
		Judge:      7 * time.Second,
		Late:       60 * time.Second,
		Bounce:     3 * time.Second,
		DoorWarn:   30 * time.Second,
		DoorReport: 5 * time.Minute,
		Pickup:     72 * time.Hour,
		Announced:  30 * 24 * time.Hour,
		Lockouts:   []time.Duration{time.Minute, 5 * time.Minute, 30 * time.Minute},
		SameScan:   3 * time.Second,
		Breaker:    10 * time.Minute,
	}
}

// Validate reports everything that is wrong with the configuration, in terms of the configuration file.
func (c *Config) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.Cabinet == "" {
		bad("the cabinet has no name")
	}
	chief := slices.ContainsFunc(c.Technicians, func(k Technician) bool { return k.Role == RoleChief })
	if len(c.Doors) == 0 && (!chief || len(c.Sizes) == 0) {
		bad("the cabinet has no doors; to build it at the kiosk, list the sizes and a technician whose role is %q", RoleChief)
	}
	sizes := make(map[string]bool)
	for _, s := range c.Sizes {
		if s.Name == "" || s.Height <= 0 {
			bad("size %q: needs a name and a height above 0", s.Name)
		}
		if has := c.count(s.Name); s.Keep < 0 || s.Keep > 0 && s.Keep > has && len(c.Doors) > 0 {
			bad("size %q: keep is %d: at least 0, and at most its %d doors", s.Name, s.Keep, has)
		}
		if sizes[s.Name] {
			bad("size %q is listed twice", s.Name)
		}
		sizes[s.Name] = true
	}
	c.validateDoors(sizes, bad)
	c.validatePeople(bad)
	if len(c.Languages) == 0 {
		bad("no language is listed")
	}
	if c.WrongTries < 1 || c.FailedUnlocks < 2 {
		bad("wrong_tries must be at least 1 and failed_unlocks at least 2")
	}
	if c.BreakerDoors < 1 {
		bad("breaker_doors must be at least 1")
	}
	for _, name := range c.Watch {
		if !slices.Contains(c.Cameras, name) {
			bad("rules: sending_seen_by = %q: no camera has that name", name)
		}
	}
	if c.Consent != "" && c.Consent != ConsentAsked && c.Consent != ConsentNeeded {
		bad("rules: consent = %q: is %q or %q, or missing", c.Consent, ConsentAsked, ConsentNeeded)
	}
	c.Times.validate(bad)
	return errors.Join(errs...)
}

// maxZone is the longest name of a zone, in bytes.
const maxZone = 16

// count is how many doors of a size there are.
func (c *Config) count(size string) (doors int) {
	for _, d := range c.Doors {
		if d.Size == size {
			doors++
		}
	}
	return doors
}

// hasZone says that a door lies in a zone.
func (c *Config) hasZone(zone string) bool {
	return slices.ContainsFunc(c.Doors, func(d DoorPlan) bool { return d.Zone == zone })
}

// hasLow says that a door can be reached from a wheelchair, and not all can.
func (c *Config) hasLow() bool {
	low := func(d DoorPlan) bool { return d.Low }
	return slices.ContainsFunc(c.Doors, low) && slices.ContainsFunc(c.Doors, func(d DoorPlan) bool { return !d.Low })
}

// Reach is which heights can be reached from a wheelchair, in millimetres above the floor; from 0 to 0: no door is low because
// of its height.
type Reach struct {
	From int
	To   int
}

// Holds says that a door with its handle at a height can be reached; 0: its height is not known.
func (r Reach) Holds(height int) bool { return height > 0 && r.From <= height && height <= r.To }

func (c *Config) validateDoors(sizes map[string]bool, bad func(string, ...any)) {
	numbers, locks := make(map[int]bool), make(map[Lock]int)
	for _, d := range c.Doors {
		if d.Number < 1 {
			bad("door %d: numbers begin at 1", d.Number)
		}
		if numbers[d.Number] {
			bad("door %d is listed twice", d.Number)
		}
		numbers[d.Number] = true
		switch {
		case d.Size == "":
			bad("door %d has no size", d.Number)
		case !sizes[d.Size]:
			bad("door %d: size %q is not one of the sizes", d.Number, d.Size)
		}
		if d.Column < 1 {
			bad("door %d: columns are counted from 1", d.Number)
		}
		if d.Zone != "" && !trackable(d.Zone) || len(d.Zone) > maxZone {
			bad("door %d: zone %q: at most %d printable characters", d.Number, d.Zone, maxZone)
		}
		if d.Lock.Bus == "" || d.Lock.Board < 0 || d.Lock.Channel < 1 {
			bad("door %d: lock %s: needs a bus, a board and a channel from 1", d.Number, d.Lock)
		}
		if d.ClosedWhen != "" && d.ClosedWhen != ContactShorted && d.ClosedWhen != ContactOpen {
			bad("door %d: closed when %q: is %q or %q", d.Number, d.ClosedWhen, ContactShorted, ContactOpen)
		}
		if d.Contact != (Lock{}) && (d.Contact.Bus == "" || d.Contact.Board < 0 || d.Contact.Channel < 1 || d.Contact == d.Lock) {
			bad("door %d: contact %s: needs a bus, a board and a channel from 1, and not its lock's", d.Number, d.Contact)
		}
		if other, taken := locks[d.Lock]; taken {
			bad("doors %d and %d are on the same lock %s", other, d.Number, d.Lock)
		}
		locks[d.Lock] = d.Number
	}
}

func (c *Config) validatePeople(bad func(string, ...any)) {
	ids, hashes := make(map[string]bool), make(map[Hash]string)
	for _, k := range c.Technicians {
		if k.ID == "" || ids[k.ID] {
			bad("technician %q: needs an id of their own", k.ID)
		}
		if k.Role != RoleService && k.Role != RoleChief {
			bad("technician %q: role %q: is %q or %q", k.ID, k.Role, RoleService, RoleChief)
		}
		ids[k.ID] = true
	}
	for _, k := range c.Couriers {
		if k.ID == "" || ids[k.ID] {
			bad("courier %q: every courier needs an id of their own, which no technician has either", k.ID)
		}
		ids[k.ID] = true
		if k.Badge.IsZero() && k.PIN.IsZero() {
			bad("courier %q has neither badge nor PIN", k.ID)
		}
		k.validateRights(bad)
		for _, h := range []Hash{k.Badge, k.PIN} {
			if other, taken := hashes[h]; taken && !h.IsZero() {
				bad("%q and %q have the same badge or PIN", other, k.ID)
			}
			hashes[h] = k.ID
		}
	}
}

func (t Times) validate(bad func(string, ...any)) {
	for _, d := range []struct {
		name string
		is   time.Duration
	}{
		{"idle", t.Idle}, {"idle_door_open", t.IdleDoorOpen}, {"session", t.Session},
		{"session_courier", t.SessionCourier}, {"session_technician", t.SessionTechnician}, {"thanks", t.Thanks}, {"within", t.Within}, {"judge", t.Judge},
		{"late", t.Late}, {"bounce", t.Bounce}, {"door_warn", t.DoorWarn}, {"door_report", t.DoorReport}, {"pickup", t.Pickup},
		{"announced", t.Announced}, {"same_scan", t.SameScan}, {"breaker", t.Breaker},
	} {
		if d.is <= 0 {
			bad("time %s: must be above 0", d.name)
		}
	}
	for i, is := range []time.Duration{t.Idle, t.IdleDoorOpen} {
		if name := []string{"idle", "idle_door_open"}[i]; is < idleLeast {
			bad("time %s (%s): must be at least %s: for %s before a session ends people are asked whether they are still there",
				name, is, idleLeast, StillThere)
		}
	}
	if t.Judge <= t.Within {
		bad("time judge (%s) must be longer than within (%s): a door is judged after its release has left", t.Judge, t.Within)
	}
	if least := min(t.Session, t.SessionCourier, t.SessionTechnician); least < overNotice+t.IdleDoorOpen {
		bad("times session, session_courier and session_technician must be at least %s: what is in hand takes so long", overNotice+t.IdleDoorOpen)
	}
	if len(t.Lockouts) == 0 {
		bad("time lockouts: at least one step")
	}
}
