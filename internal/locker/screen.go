package locker

import (
	"slices"
	"time"
)

// actions are the buttons of the present screen, the primary one first. The rules accept no others.
func (s *State) actions() []Action {
	n := s.Session
	door := s.door(n.Door)
	still := door != nil && door.Unlock.ID == "" // nothing is on its way
	switch n.Step {
	case "", StepHome:
		return s.homeActions()
	case StepCode:
		if s.plan.Resend {
			return []Action{ActionBack, ActionResend, ActionLanguage}
		}
		return []Action{ActionBack, ActionLanguage}
	case StepPay:
		return s.payActions()
	case StepRefuse:
		return s.refuseActions()
	case StepPutBack:
		if still {
			return s.putBackActions(door)
		}
	case StepCardBusy:
		return []Action{ActionLanguage}
	case StepUnclear, StepNotTaken:
		return []Action{ActionFinish, ActionLanguage}
	case StepAgree:
		return []Action{ActionAgree, ActionDisagree, ActionLanguage}
	case StepWeight:
		return []Action{ActionWeight, ActionHeavier, ActionBack, ActionLanguage}
	case StepPIN, StepResend, StepLastDigits, StepSecond, StepConfirm, StepCard:
		return []Action{ActionBack, ActionLanguage}
	case StepPickup:
		if still {
			return s.pickupActions(door)
		}
	case StepWrong:
		return s.wrongActions(door, still)
	case StepPress:
		if n.Courier == "" && door.unseen() && door.Last.Session == n.ID {
			return []Action{ActionTryAgain, ActionItOpened, ActionFinish, ActionLanguage}
		}
		return []Action{ActionTryAgain, ActionFinish, ActionLanguage}
	case StepKeep:
		return s.keepActions(door)
	case StepThanks:
		if n.Courier == "" && door != nil && s.usable(n.Door) && s.mayForget(door) {
			return append(s.orRefuse(ActionFinish, ActionForgot), ActionLanguage)
		}
		return []Action{ActionFinish, ActionLanguage}
	case StepTrouble:
		if n.Courier == "" && door.unseen() && door.Last.Session == n.ID {
			return []Action{ActionFinish, ActionItOpened, ActionLanguage}
		}
		return []Action{ActionFinish, ActionLanguage}
	default:
		return s.courierActions(door, still)
	}
	return nil
}

// homeActions are the buttons while nobody is at it.
func (s *State) homeActions() (list []Action) {
	if !s.broken() {
		list = []Action{ActionPickup, ActionCourier, ActionLanguage}
	}
	if len(s.plan.Technicians) > 0 {
		list = append(list, ActionTechnician)
	}
	return list
}

// courierActions are the buttons of a courier's screens; still says that no unlock is in progress.
func (s *State) courierActions(door *Door, still bool) []Action {
	n := s.Session
	switch n.Step {
	case StepScan:
		return s.scanActions()
	case StepVisit:
		return []Action{ActionReopen, ActionBack, ActionLanguage}
	case StepRecall:
		return []Action{ActionRecallOpen, ActionSkip, ActionBack, ActionLanguage}
	case StepRecallDoor:
		switch {
		case still && door.State != Open && !n.Retried:
			return []Action{ActionTryAgain, ActionSkip, ActionLanguage}
		case still:
			return []Action{ActionSkip, ActionLanguage} // its contact may not notice that it is shut
		}
	case StepPhone:
		return []Action{ActionNoPhone, ActionBack, ActionLanguage}
	case StepConsent:
		return s.consentActions()
	case StepHere, StepTracking:
		return []Action{ActionBack, ActionLanguage}
	case StepSize, StepNoDoor:
		if !n.Low && s.plan.hasLow() {
			return []Action{ActionSize, ActionLow, ActionBack, ActionLanguage}
		}
		return []Action{ActionSize, ActionBack, ActionLanguage}
	case StepDrop:
		if still && n.sends() {
			return s.sendActions(door)
		}
		if still {
			return s.dropActions(door)
		}
	case StepDropPress:
		if n.sends() {
			return s.sendPressActions(door)
		}
		return []Action{ActionTryAgain, ActionCancel, ActionLanguage}
	case StepCancel:
		return []Action{ActionBack, ActionCancelYes, ActionLanguage}
	case StepTakeOut:
		if still {
			return s.takeOutActions(door)
		}
	case StepLook:
		return s.lookActions(door, still)
	case StepBadge:
		return []Action{ActionBack, ActionLanguage}
	default:
		return s.techActions()
	}
	return nil
}

// consentActions are what a courier may say of their parcel's recipient. Who has said no has agreed to nothing once for all.
func (s *State) consentActions() []Action {
	if s.Session.Consent == ConsentDenied {
		return []Action{ActionTold, ActionBack, ActionLanguage}
	}
	return []Action{ActionTold, ActionStanding, ActionBack, ActionLanguage}
}

func (s *State) scanActions() []Action {
	var list []Action
	if s.may(RightDrop) { // a label may be torn, whatever the scanner can do
		list = append(list, ActionType)
	}
	if len(s.recallable()) > 0 {
		list = append(list, ActionRecall)
	}
	if len(s.visited()) > 0 {
		list = append(list, ActionVisit)
	}
	return append(list, ActionSignOut, ActionLanguage)
}

// broken says that no board answers, or that there are no doors yet: the cabinet cannot be used.
func (s *State) broken() bool {
	for i := range s.plan.Doors {
		if p := &s.plan.Doors[i]; !s.mute(p) && !s.anew(p.Number) {
			return false
		}
	}
	return true
}

// View is what a screen may show now.
func (s *State) View(now Now) View { return new(Picture).View(s, now) }

// View is what a screen may show of a state now.
func (p *Picture) View(s *State, now Now) View {
	n := s.Session
	v := View{
		Revision: s.Revision, Session: n.ID != "", Step: n.Step, Notice: n.Notice, Language: n.Language,
		Languages: slices.Clone(s.plan.Languages), Actions: s.actions(),
		Door: n.Door, Retried: n.Retried, Aim: n.Aim, Size: n.Size, Tracking: n.Tracking, Mask: n.Mask, Low: n.Low, Stored: n.Stored,
		Filled: slices.Clone(n.Filled), Scanner: s.scanner(), ScansLocked: s.Scans.Locked,
		Brings: s.may(RightDrop), NoCodes: s.plan.NoCodes, Recallable: len(s.recallable()),
	}
	if n.ID == "" {
		v.Step, v.Language = StepHome, s.plan.Languages[0]
		if s.broken() {
			v.Step = StepOutOfOrder
		}
	}
	s.viewRental(&v)
	v.Senders = (v.Step == StepHome || v.Step == StepCode) && s.senders()
	switch n.Step {
	case StepScan:
		v.Collects = s.collectable(s.recallable())
	case StepRecall, StepRecallDoor, StepLook:
		v.Collects, v.Withdrawn = s.holdsSent(n.Door), s.holdsWithdrawn(n.Door)
	}
	v.Sends, v.Refused, v.Visited = n.sends(), s.aboutRefused(), s.visit()
	s.viewTaken(&v)
	if v.Step == StepHome {
		v.Posted = s.posted(now)
	}
	v.Courier, v.Fee = s.worker().Name, s.feeView(now)
	v.Turn, v.Turns = s.turns()
	if d := s.door(n.Door); d != nil {
		v.DoorState, v.Opening = d.State, d.Unlock.ID != ""
		if v.Opening {
			v.Waits = max(0, d.Unlock.Asked+d.Unlock.Waits-now.Up).Round(time.Second)
		}
		v.WasOpen = d.Holds.Kind == Collected || s.visits(n.Door) || n.Step == StepLook && s.sawOpen()
		if parcel := s.parcel(n.Parcel); parcel != nil && parcel.State == ParcelDropping {
			v.WasOpen = parcel.Opened
		}
		switch n.Step {
		case StepPress, StepDropPress, StepTrouble:
			v.Trouble = s.trouble(d)
		}
	}
	if end, ok := s.sessionEnd(); ok {
		v.EndsIn = max(0, end-now.Up)
		if over := s.sessionOver() - now.Up; over <= overNotice {
			v.OverIn = max(0, over)
		}
	}
	if slices.Contains(v.Actions, ActionForgot) {
		v.ForgotFor = max(0, n.Moved+s.plan.Times.Thanks-now.Up)
	}
	if k := s.keypad(n.Step.ForTechnicians()); k.Locked {
		v.LockedFor = max(0, k.Since+k.For-now.Up)
	}
	s.viewDoors(&v, now, p)
	s.viewService(&v, now)
	return v
}

// OutOfOrder is what a screen shows while the journal cannot be written: nothing opens, and nothing is lost.
func (s *State) OutOfOrder(now Now) View {
	v := s.View(now)
	return View{Revision: v.Revision, Step: StepOutOfOrder, Language: v.Language, Languages: v.Languages, Doors: v.Doors}
}
