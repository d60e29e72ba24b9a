package locker

import (
	"crypto/sha256"
	"fmt"
	"time"
)

// Condition is a further proof that a recipient must give besides the code or the token.
type Condition string

// Conditions.
const (
	ConditionPhone   Condition = "phone"   // the last four digits of their phone number
	ConditionPIN     Condition = "pin"     // a second factor, told to them by another way
	ConditionConfirm Condition = "confirm" // the cloud confirms who they are, or their age
)

// AllConditions are all conditions.
func AllConditions() []Condition { return []Condition{ConditionPhone, ConditionPIN, ConditionConfirm} }

// Conditions are those of a parcel. Phone and PIN are keyed hashes bound to the order that announced the parcel, so that two
// parcels of one person have different hashes.
type Conditions struct {
	Phone   Hash `json:"phone,omitzero"`
	PIN     Hash `json:"pin,omitzero"`
	Confirm bool `json:"confirm,omitempty"`
}

// bound binds a keyed hash to an order.
func bound(h Hash, order string) Hash {
	if h.IsZero() {
		return h
	}
	return sha256.Sum256(append(h[:], order...))
}

// left is the next unmet condition; empty if none.
func (c Conditions) left(met []Condition) Condition {
	has := func(what Condition) bool {
		for _, m := range met {
			if m == what {
				return true
			}
		}
		return false
	}
	switch {
	case !c.Phone.IsZero() && !has(ConditionPhone):
		return ConditionPhone
	case !c.PIN.IsZero() && !has(ConditionPIN):
		return ConditionPIN
	case c.Confirm && !has(ConditionConfirm):
		return ConditionConfirm
	}
	return ""
}

// conditionSteps are the screens that ask for them.
var conditionSteps = map[Condition]Step{
	ConditionPhone: StepLastDigits, ConditionPIN: StepSecond, ConditionConfirm: StepConfirm,
}

// claim handles somebody with a valid code or token: their door opens once the parcel's conditions are met.
func (d *decision) claim(p Parcel, token TokenUse, typed bool) {
	if !d.confirmsEnd(&p) {
		d.fresh()
	}
	switch {
	case p.Sender: // a code or a token that opens what is theirs to fetch: nobody fetches it
		d.refuse(NoticeSentCode, StepCode, typed)
	case p.State == ParcelTaken && !d.s.reopenable(&p, d.now.Up), p.State == ParcelTaken && p.Rented && sharerOf(p.People, d.shown).Person != p.Ender:
		d.refuse(NoticeUsedCode, StepCode, typed)
	case p.State == ParcelOverstays && p.Refused != "":
		d.refuse(NoticeRefused, StepCode, typed)
	case p.State == ParcelReturned, p.State == ParcelOverstays:
		d.refuse(NoticeExpired, StepCode, typed)
	case p.State == ParcelHeld:
		d.move(StepTrouble, NoticeNone, p.Door)
	case p.Wrong >= d.s.plan.WrongTries:
		d.refuse(NoticeAskOperator, StepCode, false)
	case d.s.door(p.Door) != nil && d.s.door(p.Door).Unlock.ID != "":
		d.move(StepCode, NoticeTryAgain, 0) // somebody else's unlock of the same door is under way
	case !d.s.usable(p.Door):
		d.move(StepTrouble, NoticeNone, p.Door)
	case p.kept():
		d.renterCame(p, token)
	case p.Ask == Conditions{}:
		d.pickup(p, token)
	default:
		d.emit(PickupClaimed{Session: d.s.Session.ID, Parcel: p.ID, Door: p.Door, Token: token, Asked: p.Ask.left(nil)})
		d.move(conditionSteps[p.Ask.left(nil)], NoticeNone, 0)
	}
}

// answer judges the answer to a condition of the parcel that the session claims.
func (d *decision) answer(h Hash, what Condition) {
	n := d.s.Session
	p := d.s.parcel(n.Parcel)
	if p == nil {
		d.endSession("the parcel is gone")
		return
	}
	wanted := p.Ask.Phone
	if what == ConditionPIN {
		wanted = p.Ask.PIN
	}
	if wanted.Equal(bound(h, p.Order)) {
		d.met(*p, what)
		return
	}
	d.emit(ConditionFailed{Session: n.ID, Parcel: p.ID, Condition: what})
	if d.s.parcel(p.ID).Wrong >= d.s.plan.WrongTries {
		d.refuse(NoticeAskOperator, StepCode, true)
		return
	}
	d.refuse(NoticeWrongAnswer, n.Step, true)
}

// met continues with the next condition, or opens the door.
func (d *decision) met(p Parcel, what Condition) {
	n := d.s.Session
	d.emit(ConditionMet{Session: n.ID, Parcel: p.ID, Condition: what})
	next := p.Ask.left(d.s.Session.Met)
	switch {
	case next != "":
		d.move(conditionSteps[next], NoticeNone, 0)
	case !d.s.usable(p.Door) || p.State != ParcelStoredAt && !d.s.reopenable(&p, d.now.Up):
		d.move(StepTrouble, NoticeNone, p.Door)
	default:
		d.pickup(p, n.Token)
	}
}

// waitsFor is how long a person who waits for the cloud's confirmation is presumed to stand there: proving an identity on a
// phone takes that long. A later confirmation opens nothing.
const waitsFor = 45 * time.Second

// confirmed handles the cloud's confirmation of the person who stands at the kiosk.
func (d *decision) confirmed(o ConfirmOrder) {
	if p := d.s.byTracking(o.Tracking); p != nil {
		d.met(*p, ConditionConfirm)
	}
}

// refusalToConfirm says why the cloud's confirmation has no effect: it applies to the person who showed the code, not to
// somebody who stands there when it arrives.
func (s *State) refusalToConfirm(o Order, now Now) string {
	n := s.Session
	switch {
	case !s.awaits(*o.Confirm):
		return "nobody waits for that at the cabinet"
	case now.Known && !o.signedAt().IsZero() && o.signedAt().Before(now.Wall.Add(n.Proven-now.Up-tolerance)):
		return "issued before whoever waits has shown their code: it is about somebody else"
	case s.mayHaveLeft(now):
		return fmt.Sprintf("too late: whoever it is about has waited for %s and may have gone; they are asked for their code again",
			(now.Up - n.Moved).Round(time.Second))
	}
	return ""
}

// awaits says that somebody at the kiosk waits for the cloud's confirmation for a parcel.
func (s *State) awaits(o ConfirmOrder) bool {
	n, p := s.Session, s.byTracking(o.Tracking)
	return p != nil && n.Parcel == p.ID && n.Step == StepConfirm && (o.Session == "" || o.Session == n.ID)
}

// mayHaveLeft says that the person who waits for the confirmation may have been replaced by somebody else: they have waited
// for long, somebody has shown another code, the screen asks whether anybody is there, or the confirmation itself was delayed in the cabinet.
func (s *State) mayHaveLeft(now Now) bool {
	end, _ := s.sessionEnd()
	return s.Session.Crowded || now.Up-s.Session.Moved > waitsFor || end-now.Up <= StillThere || now.Age >= s.plan.Times.Within
}

func (s *State) applyCondition(r Record, e Event) {
	switch e := e.(type) {
	case PickupClaimed:
		s.touch(e.Session, r)
		s.Session.Parcel, s.Session.Token, s.Session.Met = e.Parcel, e.Token, nil
		s.Session.Proven = r.Up
	case ConditionMet:
		s.touch(e.Session, r)
		s.Session.Met = append(s.Session.Met, e.Condition)
	case ConditionFailed:
		s.touch(e.Session, r)
		if p := s.changeParcel(e.Parcel); p != nil {
			p.Wrong++
		}
	case CodeResendAsked:
		s.touch(e.Session, r)
		s.Resent = append(s.recentResends(r.Up), r.Up)
	}
}

// ConfirmOrder says that the person who waits at the cabinet for a parcel is the right one, or is old enough.
type ConfirmOrder struct {
	Tracking string
	Session  string // that they wait in, as PickupClaimed has named it; empty: whichever waits
}

// PickupClaimed says that somebody has a valid code or token for a parcel with conditions. If Asked is ConditionConfirm they
// wait for the cloud's confirmation.
type PickupClaimed struct {
	Session string    `json:"session"`
	Parcel  string    `json:"parcel"`
	Door    int       `json:"door"`
	Token   TokenUse  `json:"token,omitzero"`
	Asked   Condition `json:"asked"`
}

// Kind is "pickup.claimed".
func (PickupClaimed) Kind() string { return "pickup.claimed" }

// ConditionMet says that one of a parcel's conditions is met in this session.
type ConditionMet struct {
	Session   string    `json:"session"`
	Parcel    string    `json:"parcel"`
	Condition Condition `json:"condition"`
}

// Kind is "pickup.condition_met".
func (ConditionMet) Kind() string { return "pickup.condition_met" }

// ConditionFailed says that an answer was wrong. After too many, only the operator gives the parcel out.
type ConditionFailed struct {
	Session   string    `json:"session"`
	Parcel    string    `json:"parcel"`
	Condition Condition `json:"condition"`
}

// Kind is "pickup.condition_failed".
func (ConditionFailed) Kind() string { return "pickup.condition_failed" }

// ConditionsReset says that a parcel's conditions may be answered again after too many wrong answers.
type ConditionsReset struct {
	Order  string `json:"order"`
	Parcel string `json:"parcel"`
}

// Kind is "pickup.conditions_reset".
func (ConditionsReset) Kind() string { return "pickup.conditions_reset" }
