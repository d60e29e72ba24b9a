package locker

// Scanned is something held before the scanner.
type Scanned struct {
	// Tracking is the text as a parcel's number; empty where it has the form of a person's own code, or names no parcel.
	Tracking string
	// Format names how the text is written, and Likely is how likely it is that it means what it is taken for, beside others on
	// the same label: the larger, the likelier. Both are empty of what a person has typed: they mean it.
	Format string
	Likely int
	// Hash is the keyed hash of the text as a person's own code (pickup code or badge); zero where it could not be read.
	Hash Hash
	// Code says that the text has the form of a pickup code: nothing else is looked up as one.
	Code bool
	// Bare says that it lacks the prefix of one: digits may be on a parcel as well.
	Bare bool
	// Token is what a signed token claims; nil where it is none.
	Token *Token
	// Offers are pickup codes to choose from should a drop-off begin.
	Offers []Offer
}

func (Scanned) input() {}

// What is held before a scanner: a badge, a person's code, a token, or a parcel. Whatever of it is compared with a secret
// and misses is counted, in whichever session it comes. What cannot be counted any more is not compared.

// scanned is something held before the scanner. A locked keypad does not lock it.
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

// strangerHolds is a text that has not the form of a code, where no courier is signed in: a badge, or nothing.
func (d *decision) strangerHolds(in Scanned) {
	switch n := d.s.Session; {
	case in.Hash.IsZero():
		// Where nobody is, it is a scanner that makes noise.
		if n.ID != "" && n.Notice != NoticeUnreadable && n.free() {
			d.move(n.Step, NoticeUnreadable, 0)
		}
	case !d.compares(SourceHeld):
		d.codeNotHere(NoticeScansLocked)
	case d.badgeHeld(in.Hash):
	default:
		d.begin()
		d.emit(CodeRefused{Session: d.s.Session.ID, Why: NoticeNotHere, Held: true})
		if d.s.Session.free() {
			d.move(StepCode, NoticeNotHere, 0)
		}
	}
}

// courierHolds is what a courier scans: a parcel, or a badge, since theirs may be asked for and a colleague may come.
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

// onParcels says that a text is on parcels and nowhere else, so that nothing secret is looked for in it: digits in a
// courier's hand, the parcel in hand, and a route, goods or a web page.
func (s *State) onParcels(in Scanned) bool {
	return in.Code && in.Bare || in.Tracking == "" && in.Format != "" || in.Tracking != "" && in.Tracking == s.Session.Tracking
}

// compares says that one more text may be compared with the couriers' badges: so many at once, and one more each so often.
// Whoever comes a while after somebody has guessed is let in.
func (d *decision) compares(source string) bool {
	if d.s.affords(source, d.now.Up) {
		return true
	}
	if !d.s.muted(source) {
		d.emit(SourceMuted{Source: source})
	}
	return false
}

// badgeHeld serves the courier whose badge it is. False: it is nobody's.
func (d *decision) badgeHeld(h Hash) bool {
	for c := range d.s.allCouriers() {
		if !c.Badge.IsZero() && c.Badge.Equal(h) {
			d.badge(*c)
			return true
		}
	}
	return false
}

// codeHeld is a text with the form of a pickup code, or a badge of a few digits from before they were refused. Wrong ones are
// counted: a phone can show one after the other faster than anybody types.
func (d *decision) codeHeld(in Scanned) {
	if d.s.Scans.Locked {
		d.codeNotHere(NoticeScansLocked)
		return
	}
	if p := d.s.byCode(in.Hash); p != nil || d.s.isSpent(in.Hash) {
		d.codeScanned(in.Hash, p)
		return
	}
	if d.badgeHeld(in.Hash) {
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

// codeNotHere says so, unless the kiosk is in the middle of something.
func (d *decision) codeNotHere(notice Notice) {
	// What is counted is said anew each time; that nothing is looked at is said once.
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
