package locker

import (
	"slices"
	"time"
)

// kiosk is the kiosk's present question, and the person it is for.
type kiosk struct {
	// Revision names the question on the screen: see session_moves.go.
	Revision uint64  `json:"revision"`
	Session  Session `json:"session"`
}

// Session is one person's visit at the kiosk; without an ID there is none. This is the part that only records change; a
// restart ends it.
type Session struct {
	place

	ID       string        `json:"id,omitempty"`
	Proven   time.Duration `json:"proven,omitempty"` // Up when it began, or whoever it is for has shown last that it is them
	Reopened bool          `json:"reopened,omitempty"`
	Token    TokenUse      `json:"token,omitzero"`   // with which the door is being opened
	Asked    Asked         `json:"asked,omitzero"`   // what the door at hand was asked to open for
	Slips    int           `json:"slips,omitempty"`  // wrong codes that were typed in it
	Shown    time.Duration `json:"shown,omitempty"`  // Up when its courier has shown a badge, or a parcel, last
	Met      []Condition   `json:"met,omitempty"`    // of the conditions of the parcel being fetched
	Renter   string        `json:"renter,omitempty"` // which of those who share a rented door
	Visit    Visit         `json:"visit,omitzero"`
	Receipt  Receipt       `json:"receipt,omitzero"` // of what was sent in it

	Courier string   `json:"courier,omitempty"`
	Company string   `json:"company,omitempty"`
	Fetched []string `json:"fetched,omitempty"` // the parcels that its recipient has fetched, in their order
	Stored  int      `json:"stored,omitempty"`
	Filled  []int    `json:"filled,omitempty"` // the doors of those parcels, in their order
	Passed  []int    `json:"passed,omitempty"` // doors whose parcels are not taken back

	Technician string    `json:"technician,omitempty"`
	Knows      []string  `json:"knows,omitempty"`     // the technicians whose PIN was typed
	Twice      bool      `json:"twice,omitempty"`     // the app is asked for two codes in a row, and one was typed:
	First      []AppCode `json:"first,omitempty"`     // whose it is
	Enrolling  string    `json:"enrolling,omitempty"` // the enrolment whose PIN is being chosen
}

// place is where a person is in their session, and since when: moves change it, besides records. Applying a record must not
// copy anything from it into state that outlives the session.
type place struct {
	Language string        `json:"language,omitempty"`
	Step     Step          `json:"step,omitempty"`
	Notice   Notice        `json:"notice,omitempty"`
	Touched  time.Duration `json:"touched,omitempty"` // Up at its newest event
	Moved    time.Duration `json:"moved,omitempty"`   // Up when Step began
	Door     int           `json:"door,omitempty"`
	Parcel   string        `json:"parcel,omitempty"` // being fetched, or being put in
	Retried  bool          `json:"retried,omitempty"`
	Crowded  bool          `json:"crowded,omitempty"`  // somebody else has shown a code or a badge, and was told to wait, or went on after long
	Late     bool          `json:"late,omitempty"`     // after a while somebody went on who has not shown since that it is them: the courier by their badge
	Denied   bool          `json:"denied,omitempty"`   // the door of a drop-off did not open, as its contact says, or they do; it has not since
	Aim      Aim           `json:"aim,omitempty"`      // what a courier's look is for
	Saw      int           `json:"saw,omitempty"`      // the door that was seen open in this look
	Relooked bool          `json:"relooked,omitempty"` // it was opened once more for it
	Tests    []DoorTest    `json:"tests,omitempty"`
	Board    Board         `json:"board,omitzero"` // with StepRewire
	parcelInHand
}

// parcelInHand is the parcel that the courier is dropping off. Each new one starts empty.
type parcelInHand struct {
	Tracking string  `json:"tracking,omitempty"`
	Likely   int     `json:"likely,omitempty"` // how likely that is its number, beside others of its label
	Order    string  `json:"order,omitempty"`  // the order that announced it
	Size     string  `json:"size,omitempty"`
	Mask     string  `json:"mask,omitempty"`
	Phone    Box     `json:"phone,omitempty"`
	Low      bool    `json:"low,omitempty"`
	Zone     string  `json:"zone,omitempty"`    // that it must lie in
	Consent  Consent `json:"consent,omitempty"` // of its recipient
	// Agreed are the statements that its sender has agreed to, and AtMost is how heavy it is, as they say, in grams.
	Agreed   []string `json:"agreed,omitempty"`
	AtMost   int      `json:"at_most,omitempty"`
	NotTaken NotTaken `json:"not_taken,omitempty"` // why it was not taken in
	// Collector is the company whose couriers collect it: its sender stands there.
	Collector string     `json:"collector,omitempty"`
	Ask       Conditions `json:"ask,omitzero"`
	Fee       *Terms     `json:"fee,omitempty"`
	Whose
}

func (n Session) clone() Session {
	n.Tests, n.Met, n.Passed, n.Filled, n.Fetched = slices.Clip(n.Tests), slices.Clip(n.Met), slices.Clip(n.Passed), slices.Clip(n.Filled), slices.Clip(n.Fetched)
	return n
}

// restart counts from the beginning of a run: the session is about to be ended.
func (n *Session) restart(up time.Duration) { n.Touched, n.Moved, n.Proven = up, up, up }

// Asked is the purpose for which somebody has asked a door to open.
type Asked struct {
	Why    Why      `json:"why,omitempty"`
	Parcel string   `json:"parcel,omitempty"`
	Token  TokenUse `json:"token,omitzero"`
}

// Tapped is a button pressed on the kiosk's screen.
type Tapped struct {
	Revision uint64 // the View that the finger meant
	Action   Action
	Size     string      // with ActionSize
	Language string      // with ActionLanguage
	Door     int         // with ActionDoor and ActionReopen
	Reason   BlockReason // with ActionReason
	Board    Board       // with ActionRewire
	Weight   int         // with ActionWeight: at most so many grams
	Offers   []Offer     // as in Scanned
}

func (Tapped) input() {}

// Typed is a code or a PIN from the kiosk's keypad: the screen determines which.
type Typed struct {
	Revision uint64
	Hash     Hash
}

func (Typed) input() {}

// Present says that somebody is still at the screen.
type Present struct{ Revision uint64 }

func (Present) input() {}

// move asks another question on the screen.
func (d *decision) move(step Step, notice Notice, door int) {
	n := d.s.Session
	if step != n.Step {
		n.Aim = ""
	}
	d.aimNotice(step, n.Aim, notice, door)
}

// begin makes sure that there is a session.
func (d *decision) begin() {
	if d.s.Session.ID == "" {
		d.emit(SessionStarted{Session: d.id("s"), Language: d.s.plan.Languages[0]})
	}
}

// next begins a session for the next person, in the chosen language if nobody was served yet.
func (d *decision) next() {
	language := ""
	if n := d.s.Session; n.ID != "" {
		if n.Step == StepHome || n.Step == StepCode || n.Step == StepPIN || n.Step == StepTechPIN {
			return
		}
		language = n.Language
		d.endSession("next person")
		d.sensors() // what they say of its door, before somebody else's claim is judged
	}
	if language == "" {
		language = d.s.plan.Languages[0]
	}
	d.emit(SessionStarted{Session: d.id("s"), Language: language})
}

// fresh begins a session of its own for whoever shows a code where somebody else's has ended: nothing of theirs goes on in it.
func (d *decision) fresh() {
	n := d.s.Session
	if n.Step != StepCode || n.Parcel == "" && n.Token.ID == "" && n.Visit.Parcel == "" && n.Renter == "" && n.Tracking == "" {
		return
	}
	d.endSession("next person")
	d.emit(SessionStarted{Session: d.id("s"), Language: n.Language})
	d.move(StepCode, NoticeNone, 0)
}

// late notes that somebody goes on at a courier's screen after so long that they may be somebody else: what they do first may be harmless.
func (d *decision) late() {
	if n := d.s.Session; n.Courier != "" && (!n.Late && d.idle() > stoodFor || !n.Crowded && d.idle() > leftAlone) {
		d.emit(SessionKept{Session: n.ID, Late: true})
	}
}

// tapped carries out a button, if it is one of the screen that is shown.
func (d *decision) tapped(in Tapped) {
	if in.Revision != d.s.Revision || !slices.Contains(d.s.actions(), in.Action) {
		return
	}
	n := d.s.Session
	d.late()
	switch {
	case d.away(in.Action):
		d.aim(StepBadge, n.Aim, n.Door)
		return
	case in.Action == ActionRecall && n.Courier != "" && d.strange():
		d.aim(StepBadge, AimRecall, 0)
		return
	case (in.Action == ActionRecallOpen || in.Action == ActionTryAgain && n.recalls()) && d.strange():
		d.aim(StepBadge, AimRecall, n.Door)
		return
	case (in.Action == ActionVisit || in.Action == ActionReopen) && d.strange():
		d.aim(StepBadge, AimVisit, 0)
		return
	case in.Action == ActionLanguage, in.Action == ActionSignOut, n.Technician == "":
	case in.Action == ActionBack:
		d.techBack()
		return
	default:
		d.techTapped(in)
		return
	}
	if n.sends() && in.Action != ActionLanguage && in.Action != ActionBack && (n.Step == StepDrop || n.Step == StepDropPress || n.Step == StepWrong) {
		d.sendTapped(in)
		return
	}
	switch {
	case in.Action == ActionLanguage:
		d.language(in.Language)
	case n.refuses(in.Action):
		d.refuseTapped(in.Action)
	default:
		d.recipientTapped(in)
	}
}

// recipientTapped carries out a button of a recipient's screens, and of those that are anybody's.
func (d *decision) recipientTapped(in Tapped) {
	n := d.s.Session
	switch in.Action {
	case ActionTechnician:
		d.toTechnicians()
	case ActionPickup:
		d.begin()
		d.move(StepCode, NoticeNone, 0)
	case ActionResend:
		d.move(StepResend, NoticeNone, 0)
	case ActionCourier:
		d.begin()
		d.move(StepPIN, NoticeNone, 0)
	case ActionBack:
		d.goBack()
	case ActionFinish, ActionSignOut:
		d.endSession("finished")
	case ActionForgot:
		d.forgot()
	case ActionAgree, ActionDisagree, ActionWeight, ActionHeavier:
		d.declareTapped(in)
	case ActionTold, ActionStanding:
		d.consentTapped(in)
	case ActionCard:
		d.payByCard()
	case ActionWrong:
		d.move(StepWrong, NoticeNone, n.Door)
	case ActionNotOpen:
		d.notOpen()
	case ActionTryAgain:
		d.tryAgain()
	case ActionItOpened:
		d.itOpened()
	default:
		d.courierTapped(in)
	}
}

// courierTapped carries out a button of a courier's screens.
func (d *decision) courierTapped(in Tapped) {
	n := d.s.Session
	switch {
	case n.Step == StepKeep:
		d.keepEnds()
		return
	case n.Step == StepLook:
		d.looked(in)
		return
	case n.Step == StepTakeOut && in.Action == ActionSkip:
		d.leaveOut()
		return
	case n.Step == StepTakeOut && in.Action == ActionCancel:
		d.aim(StepTakeOut, AimCancel, n.Door)
		return
	}
	switch in.Action {
	case ActionVisit, ActionReopen:
		d.visitTapped(in)
	case ActionRecall, ActionRecallOpen, ActionSkip:
		d.recallTapped(in.Action)
	case ActionType:
		d.move(StepTracking, NoticeNone, 0)
	case ActionNoPhone:
		d.noPhone(in.Offers)
	case ActionSize:
		d.sizeChosen(in)
	case ActionLow:
		d.emit(LowDoorAsked{Session: n.ID, Tracking: n.Tracking})
		d.move(n.Step, NoticeNone, 0)
	case ActionLarger:
		d.another(AimLarger)
	case ActionSmaller:
		d.another(AimSmaller)
	case ActionOccupied:
		d.besides()
	case ActionCancel:
		d.move(StepCancel, NoticeNone, n.Door)
	case ActionCancelYes:
		d.cancel()
	case ActionDone:
		d.store(*d.s.parcel(n.Parcel))
		d.move(StepThanks, NoticeStored, 0)
	case ActionNextParcel:
		d.store(*d.s.parcel(n.Parcel))
		d.move(StepScan, NoticeStored, 0)
	}
}

func (d *decision) language(to string) {
	if !slices.Contains(d.s.plan.Languages, to) || to == d.s.Session.Language {
		return
	}
	d.begin()
	d.emit(LanguageChosen{Session: d.s.Session.ID, Language: to})
}

func (d *decision) goBack() {
	n := d.s.Session
	switch n.Step {
	case StepBadge:
		d.leaveBadge()
	case StepWrong:
		d.leaveWrong()
	case StepLook:
		d.stopLooking()
	case StepConsent:
		d.noConsent()
	case StepCancel:
		d.move(d.s.dropStep(), NoticeNone, n.Door)
	case StepPhone, StepSize, StepNoDoor, StepHere, StepTracking, StepRecall, StepVisit:
		if n.sends() {
			d.endSession("finished")
			return
		}
		d.move(StepScan, NoticeNone, 0)
	case StepResend:
		d.move(StepCode, NoticeNone, 0)
	case StepCard:
		if d.s.payerMayHaveLeft(d.now) {
			d.askAgain()
			return
		}
		d.stopCharge(n.Parcel, stopBack)
		d.move(StepCardBusy, NoticeNone, 0)
	default:
		d.endSession("finished")
	}
}

// typed handles a code or a PIN from the keypad, whichever the screen has asked for.
func (d *decision) typed(in Typed) {
	n := d.s.Session
	if in.Revision != d.s.Revision || d.s.Typing.Locked {
		return
	}
	switch n.Step {
	case StepCode:
		d.code(in.Hash, true)
	case StepPIN:
		for c := range d.s.allCouriers() {
			if !c.PIN.IsZero() && c.PIN.Equal(in.Hash) {
				d.signIn(*c, "pin")
				return
			}
		}
		d.refuse(NoticeWrongPIN, StepPIN, true)
	case StepBadge:
		if c := d.s.worker(); !c.PIN.IsZero() && c.PIN.Equal(in.Hash) {
			d.again("pin")
			return
		}
		d.refuse(NoticeWrongPIN, StepBadge, true)
	case StepLastDigits:
		d.answer(in.Hash, ConditionPhone)
	case StepSecond:
		d.answer(in.Hash, ConditionPIN)
	}
}
