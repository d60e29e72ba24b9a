package truth

import "lockerd/internal/locker"

// agree and weights are what an announcement asks of a sender.
func (x *parcel) agree() []locker.Statement {
	if !x.declares {
		return nil
	}
	texts := []locker.NoticeText{{Language: "en", Text: "Nothing in it may burn."}}
	return []locker.Statement{{Key: "no_dangerous_goods", Texts: texts}, {Key: "terms", Texts: texts}}
}

func (x *parcel) weights() []int {
	if !x.declares {
		return nil
	}
	return []int{2000, 10000}
}

// heardOfDeclarations asks whether everything was said that was asked before a door is given to a sender.
func (w *world) heardOfDeclarations(e locker.Event) {
	switch e := e.(type) {
	case locker.SendingClaimed:
		if p := w.parcels[e.Tracking]; p != nil {
			p.declared = 0
		}
	case locker.SendingDeclared:
		if p := w.parcels[e.Tracking]; p != nil {
			p.declared++
		}
	case locker.DropStarted:
		if p := w.parcels[e.Tracking]; p != nil && e.From == locker.FromSender && p.declares && p.declared != 3 {
			w.breaksAs(QuestionEntitled, "declared", "door %d is given to the sender of %s, who has said %d of 3 things", e.Door, p.tracking, p.declared)
		}
	default:
	}
}

// consents answers for the recipient of the parcel in hand. False: the courier takes it along.
func (p *person) consents(v locker.View) bool {
	if v.Denied && p.either(0.7) || p.whim("knows of no consent", 0.05) {
		p.tap(locker.ActionBack)
		return false
	}
	if !p.either(0.5) || !p.tap(locker.ActionStanding) {
		p.tap(locker.ActionTold)
	}
	return true
}
