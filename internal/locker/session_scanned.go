package locker

// Scanned is a text from a scanner.
type Scanned struct {
	// Tracking is the text as a parcel's number; empty if it has the form of a person's own code, or names no parcel.
	Tracking string
	// Format names the text's format, and Likely how likely that interpretation is compared with other barcodes of the same
	// label: larger is likelier. Both are empty for a typed number, which is meant as such.
	Format string
	Likely int
	// Hash is the keyed hash of the text as a person's own code (pickup code or badge); zero where it could not be read.
	Hash Hash
	// Code says that the text has the form of a pickup code: nothing else is looked up as one.
	Code bool
	// Bare says that it lacks a pickup code's prefix: such digits may be on a parcel as well.
	Bare bool
	// Token is what a signed token claims; nil where it is none.
	Token *Token
	// Offers are pickup codes to choose from should a drop-off begin.
	Offers []Offer
}

func (Scanned) input() {}

// A scan is a badge, a person's code, a token, or a parcel. Every comparison with a secret that fails is counted, in any
// session. When the count is exhausted, nothing is compared.

// scanned handles a scan. A locked keypad does not lock it.
func (d *decision) scanned(in Scanned) {
	n := d.s.Session
	switch {
	case n.Technician != "" || n.Enrolling != "":
		// A technician who tries the scanner opens nothing.
	case in.Token != nil:
		d.tokenScanned(*in.Token)
	case n.Courier == "" && in.Code, in.Code && !in.Bare:
		d.codeHeld(in)
	case n.Courier == "":
		d.strangerHolds(in)
	case n.Step != StepBadge && d.s.onParcels(in):
		d.parcelScanned(in)
	default:
		d.courierHolds(in)
	}
}

// strangerHolds handles a text without the form of a code while no courier is signed in: a badge, or nothing.
func (d *decision) strangerHolds(in Scanned) {
	switch n := d.s.Session; {
	case in.Hash.IsZero():
		// If nobody is there, the scanner produces noise.
		if n.ID != "" && n.Notice != NoticeUnreadable && n.free() {
			d.move(n.Step, NoticeUnreadable, 0)
		}
	case !d.compares(SourceHeld):
		d.codeNotHere(NoticeScansLocked)
	case d.badgeHeld(in.Hash), d.labelHeld(in.Tracking):
	default:
		d.begin()
		d.emit(CodeRefused{Session: d.s.Session.ID, Why: NoticeNotHere, Held: true})
		if d.s.Session.free() {
			d.move(StepCode, NoticeNotHere, 0)
		}
	}
}

// courierHolds handles a courier's scan: a parcel, or a badge, since their own may be asked for and a colleague may come.
func (d *decision) courierHolds(in Scanned) {
	compared := !in.Hash.IsZero() && d.compares(SourceParcels)
	if compared && d.badgeHeld(in.Hash) {
		return
	}
	before := len(d.events)
	d.parcelScanned(in)
	for _, e := range d.events[before:] {
		if _, counts := e.(ParcelScanned); counts {
			return
		}
	}
	if compared {
		d.emit(CodeRefused{Session: d.s.Session.ID, Why: NoticeNotHere, Held: true})
	}
}

// onParcels says that a text is found only on parcels, so that it is not compared with secrets: digits in a courier's
// session, the parcel in hand, and a route, goods or a web page.
func (s *State) onParcels(in Scanned) bool {
	return in.Code && in.Bare || in.Tracking == "" && in.Format != "" || in.Tracking != "" && in.Tracking == s.Session.Tracking
}

// compares says that one more text may be compared with the couriers' badges: a certain number at once, and one more after
// each interval. A courier who comes a while after somebody has guessed is let in.
func (d *decision) compares(source string) bool {
	if d.s.affords(source, d.now.Up) {
		return true
	}
	if !d.s.muted(source) {
		d.emit(SourceMuted{Source: source})
	}
	return false
}

// badgeHeld serves the courier of a badge. It returns false if it is nobody's.
func (d *decision) badgeHeld(h Hash) bool {
	for c := range d.s.allCouriers() {
		if !c.Badge.IsZero() && c.Badge.Equal(h) {
			d.badge(*c)
			return true
		}
	}
	return false
}

// codeHeld handles a text with the form of a pickup code, or a short badge from before these were refused. Wrong ones are
// counted: a phone can show one after the other faster than anybody types.
func (d *decision) codeHeld(in Scanned) {
	if d.s.Scans.Locked {
		d.codeNotHere(NoticeScansLocked)
		return
	}
	d.shown = in.Hash
	if a := d.s.sendingBy(in.Hash); a != nil {
		d.sendHeld(*a)
		return
	}
	p := d.s.byCode(in.Hash, d.now.Up)
	if p == nil {
		p = d.s.withCode(in.Hash)
	}
	if p != nil || d.s.isSpent(in.Hash) {
		d.codeScanned(in.Hash, p)
		return
	}
	if d.badgeHeld(in.Hash) || d.s.Session.Courier == "" && d.labelHeld(in.Tracking) {
		return
	}
	d.begin()
	d.emit(CodeRefused{Session: d.s.Session.ID, Why: NoticeNotHere, Scanned: true})
	notice := NoticeNotHere
	if k := d.s.Scans; k.Wrong >= d.s.plan.WrongTries {
		d.emit(TypingLocked{Step: k.Step + 1, For: d.s.lockout(k), Scans: true})
		notice = NoticeScansLocked
	}
	d.codeNotHere(notice)
}

// codeNotHere says so on the screen, unless somebody is in the middle of something.
func (d *decision) codeNotHere(notice Notice) {
	// Each counted try is shown anew; that scanning is locked is shown once.
	if n := d.s.Session; n.free() && (n.Step != StepCode || n.Notice != notice || notice == NoticeNotHere) {
		d.begin()
		d.move(StepCode, notice, 0)
	}
}

// free says that nobody is in the middle of something.
func (n Session) free() bool {
	switch n.Step {
	case "", StepHome, StepCode, StepPIN, StepTechPIN:
		return true
	}
	return false
}
