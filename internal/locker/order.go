package locker

import "time"

// OrderReceived is an order from the cloud, parsed and with a valid form. Exactly one of its bodies is set, or Refusal.
type OrderReceived struct {
	Order Order
}

func (OrderReceived) input() {}

// Order is an order from the cloud.
type Order struct {
	ID      string
	Kind    string // "parcel.announce", "door.unlock", ...
	Cabinet string // the cabinet it is for
	// Issuer is the id of the key that signed it; empty if unsigned orders are followed and it is one.
	Issuer string
	Issued time.Time
	// Expires is when the order expires; the zero time means never.
	Expires time.Time
	// Refusal is why the order could not be read, lacks a valid signature, or is otherwise not to be followed.
	Refusal string
	// Unproven goes with a Refusal: anybody may have sent the order. Its ID is used for the answer, and for nothing else.
	Unproven bool

	Announce      *AnnounceOrder
	Cancel        *CancelOrder
	Unlock        *UnlockOrder
	Block         *BlockOrder
	Unblock       *UnblockOrder
	CourierPut    *Courier
	CourierRemove *CourierRemoveOrder
	Resend        *ResendOrder
	HandOver      *HandOverOrder
	Looked        *LookedOrder
	Reset         *ResetOrder
	Revoke        *RevokeOrder
	Confirm       *ConfirmOrder
	Erase         *Erasure
	Correct       *CorrectOrder
	Config        *ConfigOrder
	Restart       *RestartOrder
	Report        *ReportOrder
	Upload        *UploadOrder
	Playlist      *PlaylistOrder
	Notice        *NoticeOrder
	Extend        *ExtendOrder
	NewCode       *NewCodeOrder
	NewRecipient  *NewRecipientOrder
	Status        *StatusOrder
	Book          *BookOrder
	Unbook        *UnbookOrder
	Told          *ToldOrder
	Link          *LinkOrder
	Paid          *MoneyOrder
	Refund        *MoneyOrder
	Unpaid        *UnpaidOrder
	IssuerPut     *Issuer
	IssuerRemove  *IssuerRemoveOrder
	Share         *ShareOrder
	Unshare       *UnshareOrder
}

// Renumbered is the order with its parcel's tracking number read in another way.
func (o Order) Renumbered(read func(tracking string) string) Order {
	renumber(&o.Announce, read, func(b *AnnounceOrder) *string { return &b.Tracking })
	renumber(&o.Cancel, read, func(b *CancelOrder) *string { return &b.Tracking })
	renumber(&o.Confirm, read, func(b *ConfirmOrder) *string { return &b.Tracking })
	renumber(&o.HandOver, read, func(b *HandOverOrder) *string { return &b.Tracking })
	renumber(&o.Reset, read, func(b *ResetOrder) *string { return &b.Tracking })
	renumber(&o.Erase, read, func(b *Erasure) *string { return &b.Tracking })
	renumber(&o.Extend, read, func(b *ExtendOrder) *string { return &b.Tracking })
	renumber(&o.NewCode, read, func(b *NewCodeOrder) *string { return &b.Tracking })
	renumber(&o.NewRecipient, read, func(b *NewRecipientOrder) *string { return &b.Tracking })
	renumber(&o.Status, read, func(b *StatusOrder) *string { return &b.Tracking })
	renumber(&o.Told, read, func(b *ToldOrder) *string { return &b.Tracking })
	renumber(&o.Link, read, func(b *LinkOrder) *string { return &b.Tracking })
	renumber(&o.Paid, read, func(b *MoneyOrder) *string { return &b.Tracking })
	renumber(&o.Refund, read, func(b *MoneyOrder) *string { return &b.Tracking })
	renumber(&o.Share, read, func(b *ShareOrder) *string { return &b.Tracking })
	renumber(&o.Unshare, read, func(b *UnshareOrder) *string { return &b.Tracking })
	renumber(&o.Book, read, func(b *BookOrder) *string { return &b.Tracking })
	return o
}

// renumber copies a body that has a tracking number, and reads that in another way.
func renumber[T any](body **T, read func(string) string, tracking func(*T) *string) {
	if *body == nil || *tracking(*body) == "" {
		return
	}
	b := **body
	*tracking(&b) = read(*tracking(&b))
	*body = &b
}

// ResendOrder asks for everything after a record once more.
type ResendOrder struct {
	After uint64
}

// order follows an order from the cloud, or records why not. An order that was answered before is not answered again.
func (d *decision) order(o Order) {
	if o.ID == "" || d.s.answered(o.ID) {
		return
	}
	if o.Issuer == "" && !o.Unproven && !d.hears(SourceOrders) {
		return // anybody may send them: it is answered if it comes again later
	}
	if o.Issuer != "" && !o.Unproven && !d.s.mayOrder(o.Issuer) { // its key was removed since its signature was checked
		o.Unproven, o.Refusal = true, "signed with a key that does not count here"
	}
	if why := d.s.unkept(o, d.now); why != "" {
		if !d.s.Unkept.full(d.now.Up) {
			d.emit(OrderRefused{Order: o.ID, Of: o.Kind, Why: why, Code: CodeOf(why), Issuer: o.Issuer, Issued: o.signedAt(), Unkept: true})
		}
		return
	}
	why := d.s.refusal(o, d.now)
	if why == "" && o.Unlock != nil && d.tripped(o.Unlock.Door, UnlockRequested{Why: WhyOrder}) {
		why = breakerWhy
	}
	if why != "" {
		d.emit(OrderRefused{Order: o.ID, Of: o.Kind, Why: why, Code: CodeOf(why), Issuer: o.Issuer, Issued: o.signedAt(), Expires: o.until()})
		if o.Confirm != nil && d.s.awaits(*o.Confirm) && d.s.mayHaveLeft(d.now) {
			d.askAgain()
		}
		return
	}
	d.emit(OrderAccepted{Order: o.ID, Of: o.Kind, Issuer: o.Issuer, Issued: o.signedAt(), Expires: o.until()})
	d.follow(o)
}

// follow carries out an order that is not refused.
func (d *decision) follow(o Order) {
	by := "order:" + o.ID
	d.expires = o.Expires
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
	case o.remote():
		d.remoteOrder(o)
	default:
		d.followOther(o)
	}
}

func (d *decision) followOther(o Order) {
	switch {
	case o.Extend != nil:
		d.extend(o.ID, *o.Extend)
	case o.aboutMoney():
		d.money(o)
	case o.NewCode != nil:
		d.newCode(o)
	case o.NewRecipient != nil:
		d.newRecipient(o)
	case o.Share != nil, o.Unshare != nil:
		d.shared(o)
	case o.Status != nil:
		is := d.status(*o.Status)
		is.Order = o.ID
		d.emit(is)
	case o.Book != nil:
		d.book(o.ID, *o.Book)
	case o.Unbook != nil:
		d.unbook(UnbookedOrder, o.ID, func(b Booking) bool { return b.ID == o.Unbook.Booking })
	case o.IssuerPut != nil:
		d.emit(IssuerPut{Order: o.ID, Issuer: *o.IssuerPut})
	case o.IssuerRemove != nil:
		d.emit(IssuerRemoved{Order: o.ID, Issuer: o.IssuerRemove.ID, Why: RemovedOrder})
	default:
		d.wayOut(o)
	}
}
