package locker

// order follows an order from the cloud, or says why not. One that was answered before is not answered again.
func (d *decision) order(o Order) {
	if o.ID == "" || d.s.answered(o.ID) {
		return
	}
	if o.Issuer == "" && !o.Unproven && !d.hears(SourceOrders) {
		return // anybody may send them: it is answered if it comes again later
	}
	if why := d.s.unkept(o, d.now); why != "" {
		if !d.s.Unkept.full(d.now.Up) {
			d.emit(OrderRefused{Order: o.ID, Of: o.Kind, Why: why, Issuer: o.Issuer, Issued: o.signedAt(), Unkept: true})
		}
		return
	}
	why := d.s.refusal(o, d.now)
	if why == "" && o.Unlock != nil && d.tripped(o.Unlock.Door, UnlockRequested{Why: WhyOrder}) {
		why = breakerWhy
	}
	if why != "" {
		d.emit(OrderRefused{Order: o.ID, Of: o.Kind, Why: why, Issuer: o.Issuer, Issued: o.signedAt(), Expires: o.until()})
		if o.Confirm != nil && d.s.awaits(*o.Confirm) && d.s.mayHaveLeft(d.now) {
			d.askAgain()
		}
		return
	}
	d.emit(OrderAccepted{Order: o.ID, Of: o.Kind, Issuer: o.Issuer, Issued: o.signedAt(), Expires: o.until()})
	by := "order:" + o.ID
	switch {
	case o.Announce != nil:
		d.announce(o.ID, *o.Announce)
	case o.Cancel != nil:
		d.cancelled(o.ID, o.Cancel.Tracking)
	case o.Unlock != nil:
		_ = d.unlock(o.Unlock.Door, UnlockRequested{Why: WhyOrder, Order: o.ID}) // refusal has looked whether it can be
	case o.Block != nil:
		d.setAside(o.Block.Door, o.Block.Reason, by)
	case o.Unblock != nil:
		d.emit(DoorUnblocked{Door: o.Unblock.Door, By: by})
	case o.CourierPut != nil:
		k := o.CourierPut
		d.emit(CourierPut{Order: o.ID, Courier: k.ID, Company: k.Company, Badge: k.Badge, PIN: k.PIN,
			PINDigits: k.PINDigits, BadgeCharacters: k.BadgeCharacters,
			Rights: k.Rights, From: k.From, Until: k.Until,
			Personal: Personal{Name: k.Name}})
	case o.CourierRemove != nil:
		d.emit(CourierRemoved{Order: o.ID, Courier: o.CourierRemove.ID})
		if d.s.Session.Courier == o.CourierRemove.ID {
			d.endSession("removed")
		}
	case o.Confirm != nil:
		d.confirmed(*o.Confirm)
	case o.Resend != nil:
		d.emit(ResendAsked{Order: o.ID, After: o.Resend.After})
	case o.Revoke != nil:
		d.emit(TokensRevoked{Order: o.ID, IDs: o.Revoke.IDs, Until: o.Revoke.Until})
	case o.Erase != nil:
		e := *o.Erase
		e.Order = o.ID
		d.erase(e)
	default:
		d.wayOut(o)
	}
}

// openAsked opens a door for somebody at the hand tool, or says why not.
func (d *decision) openAsked(in OpenAsked) {
	why := d.s.refusalToUnlock(UnlockOrder{Door: in.Door})
	if why == "" && d.tripped(in.Door, UnlockRequested{Why: WhyTech}) {
		why = breakerWhy
	}
	if why != "" {
		d.emit(UnlockRefused{Door: in.Door, By: in.By, Why: why})
		return
	}
	_ = d.unlock(in.Door, UnlockRequested{Why: WhyTech, By: in.By}) // the same
}

func (d *decision) announce(order string, a AnnounceOrder) {
	if known := d.s.announced(a.Tracking); known != nil {
		d.emit(AnnouncementDropped{Order: known.Order, Why: "replaced"})
	}
	ask := a.Ask
	ask.Phone, ask.PIN = bound(ask.Phone, order), bound(ask.PIN, order)
	d.emit(ParcelAnnounced{Order: order, Tracking: a.Tracking, Size: a.Size, Mask: a.Mask, Low: a.Low,
		Company: a.Company, Ask: ask,
		Personal: Personal{Phone: a.Phone}})
}

// cancelled takes back an announcement, or the pickup of a parcel that is here: it stays where it is for the operator.
func (d *decision) cancelled(order, tracking string) {
	if a := d.s.announced(tracking); a != nil {
		d.emit(AnnouncementDropped{Order: a.Order, Why: "cancelled"})
	}
	if p := d.s.here(tracking); p != nil {
		d.emit(ParcelCancelled{Order: order, Parcel: p.ID, Door: p.Door})
	}
}
