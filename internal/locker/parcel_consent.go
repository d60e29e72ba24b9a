package locker

// Where the law or the site wants it, a parcel goes in only if its recipient has agreed to that. The announcement says whether they have.
// Where it says nothing, or that they have not, a site may have its couriers say why the parcel goes in all the same: the record has
// who said so, and why.

// Consent is what is known of a recipient's consent.
type Consent string

// What an announcement says.
const (
	ConsentGiven  Consent = "given"
	ConsentDenied Consent = "denied"
)

// ConsentBy is how a courier knows of a recipient's consent.
type ConsentBy string

// What couriers say.
const (
	ConsentTold     ConsentBy = "told"     // the recipient has just said so
	ConsentStanding ConsentBy = "standing" // they have agreed with the courier's company once for all
)

// What a site wants where no consent is known.
const (
	ConsentAsked  = "asked"  // its courier is asked
	ConsentNeeded = "needed" // the parcel is not taken in
)

// consents says that the recipient of the parcel in hand agrees, or asks its courier, or refuses it.
func (d *decision) consents() bool {
	n := d.s.Session
	switch {
	case d.s.plan.Consent == "", n.Consent == ConsentGiven:
		return true
	case d.s.plan.Consent == ConsentNeeded:
		d.noConsent()
	default:
		d.move(StepConsent, NoticeNone, 0)
	}
	return false
}

// noConsent returns the parcel to its courier.
func (d *decision) noConsent() {
	n := d.s.Session
	d.emit(ParcelNotTaken{Session: n.ID, Tracking: n.Tracking, Order: n.Order, Courier: n.Courier, Why: NotTakenConsent})
	d.move(StepScan, NoticeNoConsent, 0)
}

// consentTapped carries out what a courier says of their parcel's recipient.
func (d *decision) consentTapped(in Tapped) {
	n := d.s.Session
	why := map[Action]ConsentBy{ActionTold: ConsentTold, ActionStanding: ConsentStanding}[in.Action]
	d.emit(ParcelConsented{Session: n.ID, Tracking: n.Tracking, Order: n.Order, Courier: n.Courier, Why: why, Denied: n.Consent == ConsentDenied})
	d.goesOn(in.Offers)
}

// goesOn asks for what else is to be known of the parcel in hand, or gives it a door.
func (d *decision) goesOn(offers []Offer) {
	if d.s.Session.Mask == "" {
		d.move(StepPhone, NoticeNone, 0)
		return
	}
	d.giveOrAsk(offers)
}
