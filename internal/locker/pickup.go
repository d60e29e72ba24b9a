package locker

// code opens the door of the parcel that a code belongs to.
func (d *decision) code(h Hash, typed bool) {
	p := d.s.byCode(h)
	was, spent := d.s.spentBy(h)
	switch {
	case p != nil:
		d.claim(*p, TokenUse{}, typed)
	case spent && was.Returned:
		d.refuse(NoticeExpired, StepCode, typed)
	case spent:
		d.refuse(NoticeUsedCode, StepCode, typed)
	default:
		d.refuse(NoticeWrongCode, StepCode, typed)
	}
}

func (d *decision) pickup(p Parcel, token TokenUse) {
	if !d.unlock(p.Door, UnlockRequested{Why: WhyPickup, Session: d.s.Session.ID, Parcel: p.ID, Token: token}) {
		d.move(StepCode, NoticeBreaker, 0)
		return
	}
	d.move(StepPickup, NoticeNone, p.Door)
}

// forgot opens the door of the parcel just fetched once more. The door has been given to nobody since: it still is not
// proven empty.
func (d *decision) forgot() {
	n := d.s.Session
	door := d.s.door(n.Door)
	d.unlock(n.Door, UnlockRequested{Why: WhyReopen, Session: n.ID, Parcel: door.Holds.Parcel})
	d.move(StepPickup, NoticeNone, n.Door)
}

// notOpen believes the person, whatever the contact says: its wire may be cut. It allows one new unlock; after that the
// door is set aside, and the parcel is still its recipient's.
func (d *decision) notOpen() {
	n := d.s.Session
	if n.Courier != "" {
		if n.Retried {
			d.emit(DoorBlocked{Door: n.Door, Why: BlockJammed, By: "courier:" + n.Courier})
			d.elsewhere(sameSize, NoticeSetAside)
			return
		}
		d.move(StepDropPress, NoticeNone, n.Door)
		return
	}
	if p := d.s.parcel(d.s.door(n.Door).Holds.Parcel); p != nil && p.State == ParcelTaken && !n.Reopened {
		d.emit(CollectionDisputed{Parcel: p.ID, Door: n.Door})
	}
	if !n.Retried {
		d.move(StepPress, NoticeNone, n.Door)
		return
	}
	d.emit(DoorBlocked{Door: n.Door, Why: BlockJammed, By: "recipient"})
	d.move(StepTrouble, NoticeNone, n.Door)
}

// tryAgain is the new unlock that a failed one allows. One that was never sent does not count: there was no pulse.
func (d *decision) tryAgain() {
	n := d.s.Session
	door := d.s.door(n.Door)
	u := UnlockRequested{Why: WhyPickup, Session: n.ID, Parcel: door.Holds.Parcel, Again: door.Last.Outcome != NotSent,
		Token: n.Token}
	switch n.Step {
	case StepDropPress:
		u.Why = WhyDrop
	case StepTakeOut:
		u.Why = WhyCancel
	case StepRecallDoor:
		u.Why = WhyRecall
	default:
		switch {
		case n.Reopened:
			u.Why, u.Token = WhyReopen, TokenUse{}
		case n.Token.ID != "" && n.Parcel == "":
			u.Why = WhyToken
		}
	}
	d.unlock(n.Door, u)
	switch n.Step {
	case StepDropPress:
		d.move(StepDrop, NoticeNone, n.Door)
	case StepTakeOut:
		d.move(StepTakeOut, NoticeNone, n.Door)
	case StepRecallDoor:
		d.move(StepRecallDoor, NoticeNone, n.Door)
	default:
		d.move(StepPickup, NoticeNone, n.Door)
	}
}
