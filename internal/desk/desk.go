// Package desk holds the operator's rules: what follows at the operator's side from each record of a cabinet, and what people are
// told of it. It owns nothing and knows no broker, no disk and no clock: internal/desk/books keeps what it says, in the same
// transaction as the record.
package desk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/locker"
)

// Record is a record of a cabinet whose boxes were opened.
type Record struct {
	contract.Received
	Event locker.Event // nil: a kind that this release does not know. It counts in the chain and nothing follows from it
	Phone string       // the recipient's; empty if the record names none
	Code  string       // the pickup code; empty if the record has none
	// Unread is what of it cannot be read, and why, for the staff; empty: all can.
	Unread string
}

// Opener opens boxes that were made for the operator. credential.Operator is one.
type Opener interface {
	Open(sealed []byte) ([]byte, error)
}

// Read opens a record. What cannot be read of it is an error in words, and an alarm: the record itself counts.
func Read(r contract.Received, o Opener) (Record, error) {
	r.Epoch, r.Kind, r.Event = noNUL(r.Epoch), noNUL(r.Kind), printable(r.Event)
	record := Record{Received: r}
	var wrong error
	for _, box := range []struct {
		what   string
		sealed []byte
		into   *string
	}{{"phone", r.Phone, &record.Phone}, {"code", r.Code, &record.Code}} {
		if len(box.sealed) == 0 {
			continue
		}
		plain, err := o.Open(box.sealed)
		if err != nil {
			record.Unread = "its " + box.what + " cannot be read, and so nobody is told it: does the cabinet name this desk's key as keys.operator?"
			wrong = fmt.Errorf("desk: open the %s of %s/%d: %w: does the cabinet name this desk's key as keys.operator?", box.what, r.Epoch, r.Seq, err)
			continue
		}
		*box.into = string(plain)
	}
	if slices.Contains(locker.Kinds(), r.Kind) {
		event, err := locker.DecodeEvent(r.Kind, r.Event, locker.Personal{})
		if err != nil {
			record.Unread = "it cannot be read, and nothing follows from it: is lockerdesk older than the cabinet?"
			return record, fmt.Errorf("desk: read %s/%d: %w", r.Epoch, r.Seq, err)
		}
		record.Event = event
	}
	return record, wrong
}

// noNUL has another sign in the place of each NUL. PostgreSQL takes none in a text, and one record would hold up those of all cabinets.
func noNUL(text string) string { return strings.ReplaceAll(text, "\x00", "\uFFFD") }

// printable is noNUL for the texts in JSON.
func printable(text []byte) []byte {
	if !bytes.Contains(text, []byte(`\u0000`)) {
		return text
	}
	text = slices.Clone(text) // the public line stays as it was signed
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		if bytes.HasPrefix(text[i:], []byte(`\u0000`)) {
			copy(text[i:], `\ufffd`)
		}
		i++ // what the backslash stands before
	}
	return text
}

// Known is what the books hold of the subject of a record, as they were before it.
type Known struct {
	Parcel    *Parcel       // nil: no such parcel
	Announced *Announcement // nil: this desk did not announce it. Of a parcel that no order announced: the newest that names it and is not over
	Share     *Announcement // whom this desk has a rented door shared with, of a record that they share it; nil: nobody who is known here
	Problem   string        // what is wrong with the record itself, as contract.Judge says; empty: nothing
	Money     *Payment      // that the order tells of which is answered; nil: none
	Beyond    []int         // of a record that begins an epoch: the doors of parcels whose newest records the cabinet does not know any more
}

// Outcome is what follows from a record. What is nil or empty stays as it was.
type Outcome struct {
	Parcel    *Parcel       // as it is now
	Announced *Announcement // as it is now
	Share     *Announcement // likewise, whom a rented door is shared with
	Answer    *Answer       // to one of this desk's orders
	Alarm     *Alarm        // somebody is to look at it
	Notices   []Notice      // what people are told
	Errand    *Errand       // an order that follows by itself
	Payment   *Payment      // money that the cabinet has taken into account
	Asked     string        // the phone of somebody at the kiosk who has no code
}

// Subject names what Follow needs to know about.
type Subject struct {
	Parcel string // its id in the cabinet's events
	Order  string // of the announcement, or the order that is answered
	Share  string // the order by which one more person shares a rented door
	// Tracking is the number of a parcel that no order announced: an announcement of it may be on its way, or came too late.
	Tracking string
}

// Concerns says what a record is about.
func Concerns(e locker.Event) Subject {
	switch e := e.(type) {
	case locker.ParcelAnnounced:
		return Subject{Order: e.Order}
	case locker.AnnouncementDropped:
		return Subject{Order: e.Order}
	case locker.OrderAccepted:
		return Subject{Order: e.Order}
	case locker.OrderRefused:
		return Subject{Order: e.Order}
	case locker.ParcelStored:
		if e.Order == "" {
			return Subject{Parcel: e.Parcel, Tracking: e.Tracking}
		}
		return Subject{Parcel: e.Parcel, Order: e.Order}
	case locker.ParcelSent:
		return Subject{Parcel: e.Parcel, Order: e.Order}
	case locker.ParcelDispatched:
		return Subject{Parcel: e.Parcel}
	case locker.ParcelKept:
		return Subject{Parcel: e.Parcel, Order: e.Order}
	case locker.ParcelOpened:
		return Subject{Parcel: e.Parcel}
	case locker.ParcelShared:
		return Subject{Parcel: e.Parcel, Order: e.Announced, Share: e.Order}
	case locker.ParcelUnshared:
		return Subject{Parcel: e.Parcel, Order: e.Announced}
	case locker.ParcelMissing:
		return Subject{Parcel: e.Parcel}
	case locker.ParcelRefused:
		return Subject{Parcel: e.Parcel}
	case locker.ParcelStoredAgain:
		return Subject{Parcel: e.Parcel}
	case locker.ParcelWithdrawn:
		return Subject{Parcel: e.Parcel}
	case locker.PickupPeriodBegan:
		return Subject{Parcel: e.Parcel}
	case locker.ParcelCollected:
		return Subject{Parcel: e.Parcel}
	case locker.CollectionDisputed:
		return Subject{Parcel: e.Parcel}
	case locker.ParcelExpired:
		return Subject{Parcel: e.Parcel}
	case locker.ParcelRecalled:
		return Subject{Parcel: e.Parcel}
	case locker.ParcelCancelled:
		return Subject{Parcel: e.Parcel, Order: e.Order}
	case locker.ParcelHandedOver:
		return Subject{Parcel: e.Parcel, Order: e.Order}
	case locker.ParcelExtended:
		return Subject{Parcel: e.Parcel, Order: e.Order}
	case locker.PickupPeriodResumed:
		return Subject{Parcel: e.Parcel}
	case locker.ParcelCodeChanged:
		return Subject{Parcel: e.Parcel, Order: e.Order}
	case locker.ParcelRecipientChanged:
		return Subject{Parcel: e.Parcel, Order: e.Order}
	}
	return Subject{Parcel: concernsFee(e)}
}

// Follow says what follows from a record.
func Follow(k Known, r Record) Outcome {
	var o Outcome
	switch e := r.Event.(type) {
	case nil:
		o.Alarm = doubt(k, r)
		return o
	case locker.OrderAccepted:
		o.Answer = &Answer{Order: e.Order, Accepted: true}
	case locker.OrderRefused:
		o.Answer = &Answer{Order: e.Order, Why: e.Why, Unkept: e.Unkept}
		o.Announced = k.Announced.refused(e)
		o.settled(k, r, e)
	case locker.ParcelAnnounced:
		o.expected(k, r, e)
	case locker.AnnouncementDropped:
		o.dropped(k, r, e)
	case locker.ParcelStored:
		o.Parcel = stored(r, e, k.Announced)
		o.Announced = k.Announced.over()
		o.tell(ToldStored)
	case locker.ParcelSent:
		o.sent(k, r, e)
	case locker.ParcelDispatched, locker.ParcelMissing:
		o.collected(k, r)
	case locker.ParcelKept:
		o.keptBy(k, r, e)
	case locker.ParcelShared, locker.ParcelUnshared:
		o.shares(k, r)
	case locker.CodeResendAsked:
		o.Asked = r.Phone
	default:
		if !o.livedRented(k, r) {
			o.lived(k, r)
		}
	}
	if o.Alarm = doubt(k, r); o.Alarm != nil {
		return o
	}
	o.Alarm = alarm(r)
	if _, refused := r.Event.(locker.OrderRefused); refused && o.Payment != nil && o.Alarm != nil {
		if o.Alarm.What = tooMuch + OneLine(o.Payment.Reference); o.Payment.Refund { // it is counted here: nobody has to look
			o.Alarm = nil
		}
	}
	return o
}

// worthTelling is how much more time its recipient is told of that a parcel has since it could not be fetched.
const worthTelling = time.Hour

// lived follows a record about a parcel that this desk knows. One that it does not know was stored before the desk began, or in an
// epoch that it never saw: there is nobody to tell.
func (o *Outcome) lived(k Known, r Record) {
	if k.Parcel == nil || untrue(k.Parcel, r.Event) {
		return
	}
	p := *k.Parcel
	switch e := r.Event.(type) {
	case locker.PickupPeriodBegan:
		if !p.Until.IsZero() && e.Until.After(p.Until) {
			o.tell(ToldExtended)
		}
		p.began(e.Until)
	case locker.ParcelExtended:
		if !e.Until.IsZero() {
			p.began(e.Until)
		}
		p.dearer(e.Price)
		o.tell(ToldExtended)
	case locker.PickupPeriodResumed:
		p.began(e.Until)
		p.stood(r.At, time.Duration(e.Stood)*time.Millisecond)
		if e.Stood >= worthTelling.Milliseconds() {
			o.tell(ToldExtended)
		}
	case locker.ParcelCodeChanged:
		p.changed(r.Code, e.Tokens, e.Again)
		o.tell(ToldStored)
	case locker.ParcelRecipientChanged:
		p.changed(r.Code, e.Tokens, e.Again)
		p.isFor(k.Announced, r.Phone)
		o.Announced = k.Announced.over()
		o.tell(ToldStored)
	case locker.ParcelCollected:
		p.end(Collected, r.At)
		o.tell(ToldCollected)
	case locker.CollectionDisputed:
		p.disputed()
	case locker.ParcelExpired:
		p.Status = Expired
		o.tell(ToldExpired)
	case locker.ParcelRecalled:
		o.takenBack(&p, r)
	case locker.ParcelRefused:
		o.refused(&p)
	case locker.ParcelStoredAgain:
		o.storedAgain(&p, e)
	case locker.ParcelWithdrawn:
		o.withdrawn(&p, r)
	case locker.ParcelCancelled:
		p.cancelled()
	case locker.ParcelHandedOver:
		p.end(HandedOver, r.At)
		o.tell(ToldHandedOver)
	default:
		if !o.fee(&p, r) {
			return
		}
	}
	o.Parcel = &p
}

func (o *Outcome) tell(what Told) { o.Notices = append(o.Notices, Notice{What: what}) }

// Answer is what a cabinet says to one of this desk's orders.
type Answer struct {
	Order    string
	Accepted bool
	Why      string // it was refused, in words
	Unkept   bool   // it was refused to whoever has sent it, which anybody can: what the cabinet has said before stands
}

// Alarm is a record that somebody has to look at.
type Alarm struct {
	Kind   string // of the record
	Door   int    // 0: none
	What   string // a board, a scanner, a finding; empty if the kind says all
	Urgent bool   // it does not wait for a quiet hour to end
	At     time.Time
}

// What alarms say of a payment.
const (
	tooMuch = "more was paid than was owed: reference "
	unclear = "nobody knows whether it was paid: payment "
)

// urgent are the alarms behind which somebody may be breaking in, or a whole cabinet has stopped.
var urgent = []string{"board.lost", "breaker.tripped", "door.forced", "switch.alarm"}

// alarm says whether a record is one. Its words are the event's own fields, none of which is personal.
func alarm(r Record) *Alarm {
	failed := false
	if e, ok := r.Event.(locker.UnlockEnded); ok {
		failed = e.Outcome != locker.Opened
	}
	if e, ok := r.Event.(locker.InventoryEnded); ok {
		failed = e.Differences > 0
	}
	if e, ok := r.Event.(locker.OrderRefused); ok && inVain(e) {
		return nil
	}
	over := ""
	if e, ok := r.Event.(locker.FeePaid); ok && e.Over > 0 {
		failed, over = true, tooMuch+e.Reference
	}
	if e, ok := r.Event.(locker.ChargeUncertain); ok && named(e.Charge) {
		over = unclear + e.Charge
	}
	if !failed && !slices.Contains(locker.Alarms(), r.Kind) {
		return nil
	}
	var about struct {
		Door    int    `json:"door"`
		Bus     string `json:"bus"`
		Board   int    `json:"board"`
		Name    string `json:"name"`
		Source  string `json:"source"`
		Finding string `json:"finding"`
		Why     string `json:"why"`
		Outcome string `json:"outcome"`
	}
	_ = json.Unmarshal(r.Received.Event, &about) // a field of another type stays empty
	what := firstOf(over, about.Finding, about.Source, about.Name, about.Why, about.Outcome)
	if about.Bus != "" {
		what = locker.Board{Bus: about.Bus, Board: about.Board}.String()
	}
	return &Alarm{Kind: r.Kind, Door: about.Door, What: OneLine(what), Urgent: slices.Contains(urgent, r.Kind), At: r.At}
}

func firstOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
