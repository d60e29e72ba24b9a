package locker

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// Event is something that we hold to be true, in the past tense. Its JSON is the same in the journal and on the wire, and
// readable for ever: a field that changes its meaning is a new kind.
type Event interface {
	// Kind is the event's name in the journal and on the wire.
	Kind() string
}

// Private is an event with a part about a person. The journal seals that part under the subject's key.
type Private interface {
	Event
	Subject() string // whose key: a parcel's id, or an order's
	Private() Personal
	withPersonal(Personal) Event
}

// Forgetting is an event after which nothing personal of its subject is needed any more: once the cloud has confirmed it,
// the subject's key is destroyed.
type Forgetting interface {
	Event
	Forgets() string
}

// Reasons of a new epoch.
const (
	EpochNew       = "new"       // a cabinet's first journal
	EpochRestored  = "restored"  // a backup took the place of a damaged journal
	EpochShortened = "shortened" // the newest records may be missing
	EpochLost      = "lost"      // the journal was damaged and there was no good backup
)

// EpochBegun is the first event of every new, restored or shortened journal.
type EpochBegun struct {
	Reason   string `json:"reason"`
	Previous string `json:"previous,omitempty"`
}

// RunStarted says that the process began: sessions of before are over, no door is known, nothing of before is released.
type RunStarted struct {
	Version string `json:"version"`
}

// ClockSet says that the time of day has become known.
type ClockSet struct{}

// BoardSilent and BoardAnswered: whether a board's doors can be used.
type BoardSilent struct {
	Bus   string `json:"bus"`
	Board int    `json:"board"`
	Why   string `json:"why"`
}

// BoardAnswered says that a board came back.
type BoardAnswered struct {
	Bus   string `json:"bus"`
	Board int    `json:"board"`
}

// ScannerGone and ScannerReturned: whether a scanner can be used.
type ScannerGone struct {
	Scanner string `json:"scanner"`
	Why     string `json:"why"`
}

// ScannerReturned says that a scanner came back.
type ScannerReturned struct {
	Scanner string `json:"scanner"`
}

// DoorOpened says that a door was seen open. Unlock is the unlock that explains it, if one does.
type DoorOpened struct {
	Door     int      `json:"door"`
	Unlock   string   `json:"unlock,omitempty"`
	Evidence Evidence `json:"evidence"`
}

// DoorClosed says that a door was seen closed.
type DoorClosed struct {
	Door     int      `json:"door"`
	Evidence Evidence `json:"evidence"`
}

// DoorForced is an alarm: a door that was closed is open and no unlock explains it.
type DoorForced struct {
	Door int `json:"door"`
}

// DoorLeftOpen is an alarm: a door has stood open for long.
type DoorLeftOpen struct {
	Door int `json:"door"`
}

// DoorBlocked sets a door aside; nobody is given it. Blocked as jammed it is also an alarm.
type DoorBlocked struct {
	Door int         `json:"door"`
	Why  BlockReason `json:"why"`
	By   string      `json:"by"` // "recipient", "courier:<id>", "rules", "technician:<name>", "order:<id>"
}

// DoorUnblocked puts a door back into service.
type DoorUnblocked struct {
	Door int    `json:"door"`
	By   string `json:"by"`
}

// DoorEmptied says that a door is proven empty, by what and by whom.
type DoorEmptied struct {
	Door  int    `json:"door"`
	Proof Proof  `json:"proof"`
	By    string `json:"by,omitempty"`
}

// DoorDoubted says that a door that was held to be empty no longer is.
type DoorDoubted struct {
	Door int    `json:"door"`
	Why  string `json:"why"`
}

// UnlockRequested is the intent: it is on disk before the frame is on the wire, and it is acted on once, in its own run.
type UnlockRequested struct {
	Unlock  string `json:"unlock"`
	Door    int    `json:"door"`
	Lock    Lock   `json:"lock"`
	Why     Why    `json:"why"`
	Session string `json:"session,omitempty"`
	Parcel  string `json:"parcel,omitempty"`
	Order   string `json:"order,omitempty"`
	// Again marks the one new unlock that "it did not open" allows.
	Again bool `json:"again,omitempty"`
	// Within is how long the release may wait for the wire; after it, it is dropped unsent. In milliseconds.
	Within int64 `json:"within_ms"`
}

// UnlockEnded says how an unlock ended.
type UnlockEnded struct {
	Unlock  string  `json:"unlock"`
	Door    int     `json:"door"`
	Outcome Outcome `json:"outcome"`
	Detail  string  `json:"detail,omitempty"`
}

// SessionStarted says that somebody began to use the kiosk.
type SessionStarted struct {
	Session  string `json:"session"`
	Language string `json:"language"`
}

// SessionMoved says that the kiosk asks another question.
type SessionMoved struct {
	Session string `json:"session"`
	Step    Step   `json:"step"`
	Notice  Notice `json:"notice,omitempty"`
	Door    int    `json:"door,omitempty"`
}

// SessionKept says that somebody is still there.
type SessionKept struct {
	Session string `json:"session"`
}

// SessionEnded says that a session is over, and why: "finished", "timeout", "next person", "restart".
type SessionEnded struct {
	Session string `json:"session"`
	Why     string `json:"why"`
}

// LanguageChosen changes the session's language.
type LanguageChosen struct {
	Session  string `json:"session"`
	Language string `json:"language"`
}

// CourierSignedIn says who works at the kiosk.
type CourierSignedIn struct {
	Session string `json:"session"`
	Courier string `json:"courier"`
	Company string `json:"company"`
	By      string `json:"by"` // "badge", "pin"
}

// CodeRefused says that a code or a PIN was not good. Typed ones count towards a lock-out.
type CodeRefused struct {
	Session string `json:"session"`
	Why     Notice `json:"why"`
	Typed   bool   `json:"typed"`
}

// TypingLocked is an alarm: too many wrong codes; nothing can be typed for a while. Scans go on.
type TypingLocked struct {
	Step int   `json:"step"`   // how often in a row, from 1
	For  int64 `json:"for_ms"` // in milliseconds
}

// TypingUnlocked says that codes can be typed again.
type TypingUnlocked struct{}

// OrderAccepted says that an order was understood and is being followed.
type OrderAccepted struct {
	Order string `json:"order"`
	Of    string `json:"of"` // the kind of order
}

// OrderRefused says that an order will not be followed.
type OrderRefused struct {
	Order string `json:"order"`
	Of    string `json:"of"` // the kind of order
	Why   string `json:"why"`
}

// ParcelAnnounced says that a parcel will be brought.
type ParcelAnnounced struct {
	Order    string   `json:"order"`
	Tracking string   `json:"tracking"`
	Size     string   `json:"size,omitempty"`
	Mask     string   `json:"mask,omitempty"`
	Personal Personal `json:"-"`
}

// AnnouncementDropped says that an announced parcel is no longer expected.
type AnnouncementDropped struct {
	Order string `json:"order"`
	Why   string `json:"why"` // "replaced", "stored", "too old"
}

// ParcelScanned says that a courier holds a parcel before the cabinet.
type ParcelScanned struct {
	Session   string `json:"session"`
	Tracking  string `json:"tracking"`
	Announced string `json:"announced,omitempty"` // the order that told of it
	Size      string `json:"size,omitempty"`
}

// RecipientGiven says whose parcel it is.
type RecipientGiven struct {
	Session  string   `json:"session"`
	Mask     string   `json:"mask"`
	Personal Personal `json:"-"`
}

// DropStarted says that a door is reserved for a parcel. CodeHash will open it once the parcel is stored.
type DropStarted struct {
	Session  string   `json:"session"`
	Parcel   string   `json:"parcel"`
	Tracking string   `json:"tracking"`
	Door     int      `json:"door"`
	CodeHash Hash     `json:"code_hash"`
	Personal Personal `json:"-"`
}

// DropMoved says that the courier asked for another door.
type DropMoved struct {
	Parcel string `json:"parcel"`
	From   int    `json:"from"`
	To     int    `json:"to"`
}

// DropCancelled says that the parcel was not put in, or was taken out again.
type DropCancelled struct {
	Parcel string `json:"parcel"`
	Door   int    `json:"door"`
}

// DropAbandoned is an alarm: the courier went and nobody knows whether the parcel is behind the door.
type DropAbandoned struct {
	Parcel   string `json:"parcel"`
	Tracking string `json:"tracking"`
	Door     int    `json:"door"`
}

// ParcelStored says that a parcel lies behind a door for its recipient. Its personal part brings the code and the phone.
type ParcelStored struct {
	Parcel   string   `json:"parcel"`
	Tracking string   `json:"tracking"`
	Door     int      `json:"door"`
	Size     string   `json:"size"`
	Courier  string   `json:"courier"`
	Company  string   `json:"company"`
	Mask     string   `json:"mask"`
	Order    string   `json:"order,omitempty"` // the order that announced it
	Personal Personal `json:"-"`
}

// PickupPeriodBegan sets until when a parcel's code is good. It waits for a known clock.
type PickupPeriodBegan struct {
	Parcel string    `json:"parcel"`
	Until  time.Time `json:"until"`
}

// ParcelCollected says that the entitled person's door was seen to open. The code is spent.
type ParcelCollected struct {
	Parcel string `json:"parcel"`
	Door   int    `json:"door"`
	Unlock string `json:"unlock"`
}

// CollectionDisputed says that the recipient says the door did not open though its contact says so: the parcel is still theirs.
type CollectionDisputed struct {
	Parcel string `json:"parcel"`
	Door   int    `json:"door"`
}

// ParcelExpired says that a parcel was not fetched in time: its code no longer opens.
type ParcelExpired struct {
	Parcel string `json:"parcel"`
	Door   int    `json:"door"`
}

// Kind names; see Event.
func (EpochBegun) Kind() string          { return "journal.epoch_begun" }
func (RunStarted) Kind() string          { return "run.started" }
func (ClockSet) Kind() string            { return "clock.set" }
func (BoardSilent) Kind() string         { return "board.lost" }
func (BoardAnswered) Kind() string       { return "board.back" }
func (ScannerGone) Kind() string         { return "scanner.lost" }
func (ScannerReturned) Kind() string     { return "scanner.back" }
func (DoorOpened) Kind() string          { return "door.opened" }
func (DoorClosed) Kind() string          { return "door.closed" }
func (DoorForced) Kind() string          { return "door.forced" }
func (DoorLeftOpen) Kind() string        { return "door.left_open" }
func (DoorBlocked) Kind() string         { return "door.blocked" }
func (DoorUnblocked) Kind() string       { return "door.unblocked" }
func (DoorEmptied) Kind() string         { return "door.emptied" }
func (DoorDoubted) Kind() string         { return "door.doubted" }
func (UnlockRequested) Kind() string     { return "unlock.requested" }
func (UnlockEnded) Kind() string         { return "unlock.ended" }
func (SessionStarted) Kind() string      { return "session.started" }
func (SessionMoved) Kind() string        { return "session.moved" }
func (SessionKept) Kind() string         { return "session.kept" }
func (SessionEnded) Kind() string        { return "session.ended" }
func (LanguageChosen) Kind() string      { return "session.language" }
func (CourierSignedIn) Kind() string     { return "courier.signed_in" }
func (CodeRefused) Kind() string         { return "code.refused" }
func (TypingLocked) Kind() string        { return "typing.locked" }
func (TypingUnlocked) Kind() string      { return "typing.unlocked" }
func (OrderAccepted) Kind() string       { return "order.accepted" }
func (OrderRefused) Kind() string        { return "order.refused" }
func (ParcelAnnounced) Kind() string     { return "parcel.announced" }
func (AnnouncementDropped) Kind() string { return "parcel.announcement_dropped" }
func (ParcelScanned) Kind() string       { return "parcel.scanned" }
func (RecipientGiven) Kind() string      { return "parcel.recipient_given" }
func (DropStarted) Kind() string         { return "drop.started" }
func (DropMoved) Kind() string           { return "drop.moved" }
func (DropCancelled) Kind() string       { return "drop.cancelled" }
func (DropAbandoned) Kind() string       { return "drop.abandoned" }
func (ParcelStored) Kind() string        { return "parcel.stored" }
func (PickupPeriodBegan) Kind() string   { return "parcel.period_began" }
func (ParcelCollected) Kind() string     { return "parcel.collected" }
func (CollectionDisputed) Kind() string  { return "parcel.disputed" }
func (ParcelExpired) Kind() string       { return "parcel.expired" }

// Subject, Private: see the interface Private.
func (e ParcelAnnounced) Subject() string               { return "order:" + e.Order }
func (e ParcelAnnounced) Private() Personal             { return e.Personal }
func (e ParcelAnnounced) withPersonal(p Personal) Event { e.Personal = p; return e }
func (e RecipientGiven) Subject() string                { return "session:" + e.Session }
func (e RecipientGiven) Private() Personal              { return e.Personal }
func (e RecipientGiven) withPersonal(p Personal) Event  { e.Personal = p; return e }
func (e DropStarted) Subject() string                   { return "parcel:" + e.Parcel }
func (e DropStarted) Private() Personal                 { return e.Personal }
func (e DropStarted) withPersonal(p Personal) Event     { e.Personal = p; return e }
func (e ParcelStored) Subject() string                  { return "parcel:" + e.Parcel }
func (e ParcelStored) Private() Personal                { return e.Personal }
func (e ParcelStored) withPersonal(p Personal) Event    { e.Personal = p; return e }

// Forgets: see the interface Forgetting.
func (e AnnouncementDropped) Forgets() string { return "order:" + e.Order }
func (e SessionEnded) Forgets() string        { return "session:" + e.Session }
func (e DropCancelled) Forgets() string       { return "parcel:" + e.Parcel }
func (e DropAbandoned) Forgets() string       { return "parcel:" + e.Parcel }
func (e ParcelStored) Forgets() string        { return "parcel:" + e.Parcel }

var kinds = func() map[string]reflect.Type {
	m := make(map[string]reflect.Type)
	for _, e := range []Event{
		EpochBegun{}, RunStarted{}, ClockSet{}, BoardSilent{}, BoardAnswered{}, ScannerGone{}, ScannerReturned{},
		DoorOpened{}, DoorClosed{}, DoorForced{}, DoorLeftOpen{}, DoorBlocked{}, DoorUnblocked{}, DoorEmptied{}, DoorDoubted{},
		UnlockRequested{}, UnlockEnded{}, SessionStarted{}, SessionMoved{}, SessionKept{}, SessionEnded{}, LanguageChosen{},
		CourierSignedIn{}, CodeRefused{}, TypingLocked{}, TypingUnlocked{}, OrderAccepted{}, OrderRefused{},
		ParcelAnnounced{}, AnnouncementDropped{}, ParcelScanned{}, RecipientGiven{}, DropStarted{}, DropMoved{}, DropCancelled{},
		DropAbandoned{}, ParcelStored{}, PickupPeriodBegan{}, ParcelCollected{}, CollectionDisputed{}, ParcelExpired{},
	} {
		m[e.Kind()] = reflect.TypeOf(e)
	}
	return m
}()

// Kinds lists the names of all events, in no order.
func Kinds() []string {
	names := make([]string, 0, len(kinds))
	for k := range kinds {
		names = append(names, k)
	}
	return names
}

// DecodeEvent reads an event of the given kind from its JSON and, where it has one that could still be opened, its
// personal part. A kind it does not know is an error: the journal is of a newer release.
func DecodeEvent(kind string, data []byte, personal Personal) (Event, error) {
	t, ok := kinds[kind]
	if !ok {
		return nil, fmt.Errorf("locker: decode event: kind %q is not known to this release", kind)
	}
	v := reflect.New(t)
	if err := json.Unmarshal(data, v.Interface()); err != nil {
		return nil, fmt.Errorf("locker: decode event %s: %w", kind, err)
	}
	e := v.Elem().Interface().(Event)
	if p, ok := e.(Private); ok {
		return p.withPersonal(personal), nil
	}
	return e, nil
}
