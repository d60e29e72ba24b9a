package desk

import (
	"strings"
	"time"
)

// Told is what a notice is about.
type Told string

// What recipients are told.
const (
	ToldStored     Told = "stored"      // a parcel waits: place, door, code, QR code, until when
	ToldExtended   Told = "extended"    // it waits longer
	ToldLastDay    Told = "last_day"    // a day is left
	ToldExpired    Told = "expired"     // it was not fetched in time
	ToldCollected  Told = "collected"   // it was fetched: somebody who did not fetch it should know
	ToldTakenBack  Told = "taken_back"  // a courier took it back
	ToldRefused    Told = "refused"     // it was refused at the cabinet: somebody who did not refuse it should know
	ToldWithdrawn  Told = "withdrawn"   // its courier has taken it out again
	ToldHandedOver Told = "handed_over" // the operator gave it out
)

// What senders are told.
const (
	ToldToSend     Told = "to_send"     // the cabinet expects their parcel: place, code, QR code, until when
	ToldSendSoon   Told = "send_soon"   // a day is left
	ToldNotSent    Told = "not_sent"    // it is expected no more: their code opens nothing
	ToldSent       Told = "sent"        // it is in: their receipt
	ToldUnsure     Told = "sent_unsure" // it may be in: nobody saw the door fall shut
	ToldDispatched Told = "dispatched"  // a courier has it
	ToldMissing    Told = "missing"     // a courier has found nothing
)

// What renters, and those who share their door, are told.
const (
	ToldToRent        Told = "to_rent"        // a door can be rented: place, code, QR code, until when
	ToldRentSoon      Told = "rent_soon"      // a day is left to begin
	ToldNotRented     Told = "not_rented"     // it cannot be rented any more: their code opens nothing
	ToldShared        Told = "shared"         // a door is shared with them: the same, with their own code
	ToldUnshared      Told = "unshared"       // it is not any more: their code opens nothing
	ToldKept          Told = "kept"           // something was put in: which door, code, QR code, until when
	ToldKeptUnsure    Told = "kept_unsure"    // the same, but nobody saw the door fall shut
	ToldNewCode       Told = "new_code"       // their code was replaced
	ToldRentExtended  Told = "rent_extended"  // its time ends later
	ToldRentLastDay   Told = "rent_last_day"  // its time is nearly over
	ToldOverdue       Told = "overdue"        // it is over: their code opens on, and what it costs goes on
	ToldEnded         Told = "ended"          // somebody has ended it: whoever did not should know
	ToldRentCancelled Told = "rent_cancelled" // the operator has: the codes open nothing
	ToldCleared       Told = "cleared"        // a courier has taken out what was there
)

// Notice is something that somebody is told, once. It holds no words and no address: they are taken from the books when it is sent, so that it
// says what is true then.
type Notice struct {
	What   Told
	Sharer string // whom, of those who share a rented door; empty: the recipient, the sender or the renter
}

// Moot says that a notice would no longer be true, because the parcel's life went on before it was sent.
func (n Told) Moot(p Parcel) bool {
	switch n {
	case ToldStored, ToldExtended, ToldLastDay:
		return p.Status != Waiting
	case ToldExpired:
		return p.Status != Expired
	case ToldCollected:
		return p.Status != Collected
	case ToldTakenBack:
		return p.Status != TakenBack
	case ToldRefused:
		return p.Status != NotWanted
	case ToldWithdrawn:
		return p.Status != Withdrawn
	case ToldHandedOver:
		return p.Status != HandedOver
	case ToldToSend, ToldSendSoon:
		return p.Status != ToSend
	case ToldNotSent:
		return p.Status != NotSent
	case ToldSent, ToldUnsure: // a receipt is one, too, once it is on its way
		return p.Status != ToCollect && p.Status != Dispatched
	case ToldDispatched:
		return p.Status != Dispatched
	case ToldMissing:
		return p.Status != Missing
	default:
		return n.mootOfDoor(p)
	}
}

// mootOfDoor is Moot for what is said of a rented door.
func (n Told) mootOfDoor(p Parcel) bool {
	switch n {
	case ToldToRent, ToldRentSoon:
		return p.Status != ToRent
	case ToldNotRented:
		return p.Status != NotRented
	case ToldShared:
		return p.Status != ToRent && !p.InUse()
	case ToldUnshared:
		return p.Status != Unshared
	case ToldKept, ToldKeptUnsure, ToldNewCode:
		return !p.InUse()
	case ToldRentExtended, ToldRentLastDay:
		return p.Status != Kept
	case ToldOverdue:
		return !p.InUse() || p.Status != Expired
	case ToldEnded:
		return p.Status != Collected && p.Status != HandedOver
	case ToldCleared:
		return p.Status != TakenBack
	case ToldRentCancelled:
		return p.Status != Cancelled
	default:
		return true
	}
}

// LastDay is how long before its end the recipient of a waiting parcel, or the sender or renter who is expected, is reminded.
const LastDay = 24 * time.Hour

// Reminder is what the recipient of a waiting parcel, or the people of a rented door, are to be reminded of at a time; empty: nothing. Of a parcel
// that was stored less than a day before its end they are not: its first notice has just said so.
func (p Parcel) Reminder(now time.Time) Told {
	at, status, what := p.Until.Add(-p.warned()), Waiting, ToldLastDay
	if p.Rented {
		status, what = Kept, ToldRentLastDay
	}
	if p.Status != status || p.Until.IsZero() || now.Before(at) || !now.Before(p.Until) || !p.Stored.Before(at) {
		return ""
	}
	return what
}

// Late says that a reminder is none any more: there is more time since it was made, or none is left.
func (n Told) Late(p Parcel, now time.Time) bool {
	switch n {
	case ToldLastDay, ToldRentLastDay:
		return p.Reminder(now) != n
	case ToldSendSoon, ToldRentSoon:
		return !now.Before(p.Until)
	default:
		return false
	}
}

// Times between tries to tell somebody something.
const (
	firstAgain = 30 * time.Second // after the first; doubles
	longAgain  = time.Hour        // up to this
	mostTries  = 60               // some two days
)

// Again is how long to wait after so many tries have failed; false: it is not tried again.
func Again(failed int) (time.Duration, bool) {
	return min(longAgain, firstAgain<<min(max(failed-1, 0), 10)), failed < mostTries
}

// Alarms is what a program that wants alarms asks for beside kinds of records.
const Alarms = "alarms"

// Wanted says whether somebody who asks for some kinds of records ("parcel.stored", "parcel.*", "*", or "alarms") is told of one.
func Wanted(kinds []string, kind string, alarm bool) bool {
	for _, k := range kinds {
		group, all := strings.CutSuffix(k, "*")
		if k == kind || all && strings.HasPrefix(kind, group) || k == Alarms && alarm {
			return true
		}
	}
	return false
}
