package locker

// Step is the question that the kiosk asks within a session.
type Step string

// Steps of a session. The diagram of who follows whom is printed by a test into testdata/steps.txt.
const (
	StepHome      Step = "home"       // what would you like to do?
	StepCode      Step = "code"       // which code? (or scan it)
	StepPickup    Step = "pickup"     // your door: opening, open
	StepPress     Step = "press"      // it did not open: press the door, try again
	StepKeep      Step = "keep"       // renter: keep the door, or is nothing left behind it?
	StepThanks    Step = "thanks"     // closed: thank you; forgot something?
	StepTrouble   Step = "trouble"    // the door cannot be used now; the operator knows
	StepWrong     Step = "wrong"      // what is wrong with that door?
	StepPIN       Step = "pin"        // courier: badge or PIN
	StepScan      Step = "scan"       // courier: scan a parcel
	StepVisit     Step = "visited"    // courier: which of what was put in in this visit is to be opened once more?
	StepTracking  Step = "tracking"   // courier: type the parcel's number
	StepPhone     Step = "phone"      // courier: the recipient's phone
	StepSize      Step = "size"       // courier: which size
	StepNoDoor    Step = "no_door"    // courier: no door free in that size
	StepHere      Step = "here"       // courier: that parcel is here already
	StepDrop      Step = "drop"       // courier: your door: opening, open, closed
	StepDropPress Step = "drop_press" // courier: it did not open: press the door, try again
	StepCancel    Step = "cancel"     // courier: really cancel?
	StepTakeOut   Step = "take_out"   // courier: take the parcel out again
	StepLook      Step = "look"       // courier: is there nothing behind that door?
	StepBadge     Step = "badge"      // courier: is it still you? badge, PIN or token once more

	StepResend     Step = "resend"      // to which phone shall the code be sent once more?
	StepLastDigits Step = "last_digits" // recipient: the last digits of their phone
	StepSecond     Step = "second"      // recipient: the second factor
	StepConfirm    Step = "confirm"     // recipient: the cloud is to say who they are
	StepPay        Step = "pay"         // recipient: what is owed is to be paid first
	StepCard       Step = "card"        // recipient: the card is to be held to the terminal
	StepCardBusy   Step = "card_busy"   // recipient: the terminal is at work
	StepUnclear    Step = "unclear"     // recipient: nobody knows whether they have paid: they are not to pay again
	StepAgree      Step = "agree"       // sender: do they agree to a statement?
	StepWeight     Step = "weight"      // sender: how heavy is it?
	StepNotTaken   Step = "not_taken"   // sender: it cannot be sent here, or not now
	StepConsent    Step = "consent"     // courier: does its recipient agree that it goes in here?
	StepRefuse     Step = "refuse"      // recipient: why do they not want it?
	StepPutBack    Step = "put_back"    // recipient: what they do not want goes back behind its door: opening, open
	StepRecall     Step = "recall"      // courier: take this parcel back?
	StepRecallDoor Step = "recall_door" // courier: that door: opening, open

	StepTechPIN Step = "tech_pin"  // technician: PIN, or the one-time secret of an invitation
	StepMenu    Step = "menu"      // technician: what would you like to see?
	StepDoors   Step = "doors"     // technician: every door
	StepDoor    Step = "door"      // technician: one door
	StepBlock   Step = "block"     // technician: why is it set aside?
	StepTest    Step = "self_test" // technician: door after door: look in, push it shut
	StepTested  Step = "tested"    // technician: were all doors empty that were pushed shut in the test?
	StepScans   Step = "scans"     // technician: the scanner's last scans
	StepLines   Step = "lines"     // technician: the lines' and the link's gauges
	StepLog     Step = "log"       // technician: the newest events
	StepPhotos  Step = "photos"    // technician: the newest stills
	StepAbout   Step = "about"     // technician: versions and faults

	StepTechCode    Step = "tech_code"     // technician: the app's code, or a recovery code
	StepNewPIN      Step = "new_pin"       // technician, invited: choose a PIN
	StepNewPINAgain Step = "new_pin_again" // technician, invited: the same once more
	StepNewCode     Step = "new_code"      // technician, invited: the app's code
	StepSecondPIN   Step = "second_pin"    // second technician: PIN
	StepSecondCode  Step = "second_code"   // second technician: the app's code

	StepOpenEmpty     Step = "open_empty"     // technician: really open every door that holds no parcel?
	StepOpenAll       Step = "open_all"       // technician: really open every door, those with parcels too?
	StepInventory     Step = "inventory"      // technician: really walk from door to door?
	StepInventoryDoor Step = "inventory_door" // technician: that door: opening, open; what is behind it?
	StepInventoryOver Step = "inventory_over" // technician: what differs from the books

	StepSequence Step = "sequence" // technician: door after door is opened; what came of it

	StepSetup     Step = "setup"      // technician: the cabinet as it will be: doors, boards, what is left to do
	StepSurvey    Step = "survey"     // technician: boards are being looked for
	StepLayout    Step = "layout"     // technician: build the picture of the cabinet
	StepWire      Step = "wire"       // technician: open the lock at hand; which door moved?
	StepWireClose Step = "wire_close" // technician: push that door shut
	StepSave      Step = "save"       // technician: are the doors that were wired here empty?
	StepRewire    Step = "rewire"     // technician: really forget which doors that board's locks hold?
	StepDiscard   Step = "discard"    // technician: really forget this setup?
	StepUndo      Step = "undo"       // technician: really go back to the wiring before?

	StepOutOfOrder Step = "out_of_order" // nothing can be done here now; never within a session
)

// Notice is one line about what just happened.
type Notice string

// Notices.
const (
	NoticeNone         Notice = ""
	NoticeWrongCode    Notice = "wrong_code"
	NoticeWrongPIN     Notice = "wrong_pin"
	NoticeUsedCode     Notice = "used_code"
	NoticeExpired      Notice = "expired_code"
	NoticeSentCode     Notice = "sent_code"     // a sender's, with which they have put a parcel in
	NoticeNoConsent    Notice = "no_consent"    // courier: a parcel whose recipient has not agreed is not taken in
	NoticeUnwatched    Notice = "unwatched"     // sender: no door is opened just now, since a camera sees nothing
	NoticeTakenAlong   Notice = "taken_along"   // courier: what its sender put in is collected
	NoticeRefused      Notice = "refused_code"  // the code of a parcel that its recipient has refused
	NoticeEnds         Notice = "code_ends"     // renter: with their code it is ended
	NoticeReplaced     Notice = "replaced_code" // an order has given the parcel another code
	NoticeLocked       Notice = "typing_locked"
	NoticeDoorOut      Notice = "door_out_of_service"
	NoticeNotHere      Notice = "nothing_here" // a scan that is nobody's code
	NoticeCloseFirst   Notice = "close_first"  // the door of the parcel before is still open
	NoticeStored       Notice = "stored"
	NoticeCancelled    Notice = "cancelled"
	NoticeSetAside     Notice = "set_aside" // the door before was set aside, here is another
	NoticeUnreadable   Notice = "unreadable"
	NoticeMistyped     Notice = "mistyped"     // what was typed can be no parcel's number
	NoticeNeedsPhone   Notice = "needs_phone"  // courier: a parcel without its recipient's phone is not taken here
	NoticeNoNumber     Notice = "no_number"    // read well, but it names no parcel: a route, goods, a web page
	NoticeKeepsNumber  Notice = "keeps_number" // another barcode of the label says it better
	NoticeAbandoned    Notice = "not_stored"
	NoticeTryAgain     Notice = "try_again"
	NoticeInvalid      Notice = "invalid"       // a token that nobody who counts has signed
	NoticeElsewhere    Notice = "elsewhere"     // a token for another cabinet
	NoticeEarly        Notice = "early"         // a token that is not valid yet
	NoticeClockUnset   Notice = "clock_unset"   // the PC's clock does not say of itself that it is right
	NoticeNoClock      Notice = "no_clock"      // the clock is not set: whether a token is valid cannot be told
	NoticeScansLocked  Notice = "scans_locked"  // too many wrong codes were scanned: none is looked at for a while
	NoticeWrongAnswer  Notice = "wrong_answer"  // to what a parcel asks
	NoticeAskOperator  Notice = "ask_operator"  // too many wrong answers: the operator gives it out
	NoticeResent       Notice = "resent"        // the code is sent once more, if there is a parcel for that phone
	NoticeLater        Notice = "later"         // codes were asked for too often
	NoticeNotNow       Notice = "not_now"       // courier: it is not their time
	NoticeNoRight      Notice = "no_right"      // courier: that kind of work is not theirs
	NoticeNoCodes      Notice = "no_codes"      // courier: no parcel is taken in, since its code has no way to its recipient
	NoticeOtherCompany Notice = "other_company" // courier: the parcel is another company's
	NoticeRecalled     Notice = "recalled"      // courier: the parcel was taken back
	NoticeBreaker      Notice = "breaker"       // too many doors were opened, and none was shut
	NoticeCodeAgain    Notice = "code_again"    // recipient: the door opens once more, with the code
	NoticeAside        Notice = "aside"         // courier: something is in that door: it is set aside
	NoticeMore         Notice = "more_here"     // recipient: there is more for them, which the code opens
	NoticeDeclined     Notice = "declined"      // recipient: their card, or its bank, said no; nothing was paid
	NoticeNotPaid      Notice = "not_paid"      // recipient: the terminal has left the payment; nothing was paid
	NoticeTerminal     Notice = "no_terminal"   // recipient: the terminal could not be reached; nothing was paid
	NoticeNotLow       Notice = "not_low"       // courier: a low door is needed, and none is free: this one is higher

	NoticeTested     Notice = "tested"      // the self test is over
	NoticeNotOpened  Notice = "not_opened"  // technician: the door did not open
	NoticeNotTaken   Notice = "not_taken"   // technician: that a door is empty is not believed: it stands open, or its sensor says otherwise
	NoticeDoorSilent Notice = "door_silent" // technician: the door's board does not answer

	NoticeNobody          Notice = "nobody"           // no technician has enrolled yet
	NoticeWrongSignIn     Notice = "wrong_sign_in"    // technician: the PIN or the code was wrong; nobody says which
	NoticeWrongInvitation Notice = "wrong_invitation" // technician: no invitation with that one-time secret holds
	NoticeWeakPIN         Notice = "weak_pin"         // technician, invited: that PIN is too simple
	NoticeOtherPIN        Notice = "other_pin"        // technician, invited: the two PINs differ
	NoticeWrongAppCode    Notice = "wrong_app_code"   // technician, invited: the app shows another code
	NoticeNextCode        Notice = "next_code"        // technician: the app's next code is asked for, too
	NoticeEnrolled        Notice = "enrolled"         // technician: enrolled, and signed in

	NoticeFound      Notice = "found"       // setup: the boards that were found are shown
	NoticeFailed     Notice = "failed"      // setup: something failed; SetupView.Failed says what
	NoticeWired      Notice = "wired"       // setup: the door is wired; here is the next lock
	NoticeAllWired   Notice = "all_wired"   // setup: every door is wired, or every lock was tried
	NoticeNotSent    Notice = "not_sent"    // setup: the release did not leave; nothing was pulsed
	NoticeNothing    Notice = "nothing"     // setup: the contact has not noticed anything
	NoticeOnceMore   Notice = "once_more"   // setup: the contact moved at the closing only: open the lock once more
	NoticeContradict Notice = "contradicts" // setup: a contact says otherwise: open it once more
	NoticeCrossed    Notice = "crossed"     // setup: another lock's contact moved, SetupView.Other: open it once more
	NoticeSaving     Notice = "saving"      // setup: it is being put in force; lockerd begins anew with it
)

// Trouble is what is known of a door that cannot be used now, or that did not open.
type Trouble string

// Troubles.
const (
	TroubleStuck   Trouble = "stuck"   // it was pulsed and stayed shut, as its contact or somebody who stood there says
	TroubleUnknown Trouble = "unknown" // it was pulsed, and nobody can tell whether it opened
	TroubleUnsent  Trouble = "unsent"  // nothing was sent to it
	TroubleSilent  Trouble = "silent"  // its board does not answer
	TroubleAside   Trouble = "aside"   // somebody has set it aside
	TroubleHeld    Trouble = "held"    // a restored backup says that the parcel is there: nobody knows what became of it since
)

// Action is a button.
type Action string

// Actions.
const (
	ActionPickup     Action = "pickup"
	ActionCourier    Action = "courier"
	ActionLanguage   Action = "language" // with Tapped.Language
	ActionBack       Action = "back"
	ActionFinish     Action = "finish" // recipient: I am done
	ActionCard       Action = "card"   // recipient: pay at the terminal
	ActionForgot     Action = "forgot" // recipient: open once more
	ActionNotOpen    Action = "not_open"
	ActionTryAgain   Action = "try_again"
	ActionDone       Action = "done"   // courier: that was the last parcel (confirms the one in hand)
	ActionSize       Action = "size"   // with Tapped.Size
	ActionLarger     Action = "larger" // another door, larger
	ActionSmaller    Action = "smaller"
	ActionOccupied   Action = "occupied" // something is in here
	ActionCancel     Action = "cancel"
	ActionCancelYes  Action = "cancel_yes"
	ActionSignOut    Action = "sign_out"
	ActionNextParcel Action = "next_parcel" // confirm and scan the next
	ActionWrong      Action = "wrong"       // something is wrong with this door: asks what
	ActionNoPhone    Action = "no_phone"    // courier: nobody knows the recipient's phone
	ActionLow        Action = "low"         // courier: its recipient needs a low door

	ActionResend     Action = "resend"      // I have no code
	ActionRecall     Action = "recall"      // courier: take back what nobody fetched
	ActionRecallOpen Action = "recall_open" // this door
	ActionVisit      Action = "visit"       // courier: something is wrong with what was put in before, in this visit
	ActionReopen     Action = "reopen"      // with Tapped.Door: that one
	ActionMissing    Action = "missing"     // courier: there was nothing to collect in it

	ActionAgree    Action = "agree" // sender: yes, I do
	ActionDisagree Action = "disagree"
	ActionWeight   Action = "weight" // with Tapped.Weight
	ActionHeavier  Action = "heavier"
	ActionTold     Action = "consent_told"     // courier: its recipient has just said so
	ActionStanding Action = "consent_standing" // courier: they have agreed once for all

	ActionRefuse      Action = "refuse"            // recipient: I do not want it
	ActionPackaging   Action = "packaging_damaged" // since that is so
	ActionGoods       Action = "goods_damaged"
	ActionNotOrdered  Action = "not_ordered"
	ActionOtherReason Action = "other_reason"
	ActionKeep        Action = "keep_it" // recipient: I keep it after all

	ActionTechnician Action = "technician" // the hidden corner
	ActionDoors      Action = "doors"
	ActionDoor       Action = "door" // with Tapped.Door
	ActionOpen       Action = "open"
	ActionBlock      Action = "block"
	ActionReason     Action = "reason" // with Tapped.Reason
	ActionUnblock    Action = "unblock"
	ActionEmpty      Action = "empty" // I have looked: there is nothing in it
	ActionSelfTest   Action = "self_test"
	ActionSkip       Action = "skip"
	ActionScans      Action = "scans"
	ActionLines      Action = "lines"
	ActionLog        Action = "log"
	ActionPhotos     Action = "photos"
	ActionAbout      Action = "about"
	ActionClockRight Action = "clock_right" // the time that the PC's clock shows is right

	ActionType     Action = "type"      // courier: type the parcel's number
	ActionItOpened Action = "it_opened" // it did open, whatever its contact says

	ActionInventory    Action = "inventory" // from door to door; asks first
	ActionInventoryYes Action = "inventory_yes"
	ActionParcel       Action = "parcel"    // a parcel is behind it
	ActionOther        Action = "something" // something else is

	ActionOpenEmpty    Action = "open_empty" // every door that holds no parcel, one after the other; asks first
	ActionOpenEmptyYes Action = "open_empty_yes"
	ActionOpenAll      Action = "open_all"     // every door; asks first
	ActionOpenAllYes   Action = "open_all_yes" // go on
	ActionStop         Action = "stop"         // of what opens door after door

	ActionSetup      Action = "setup"
	ActionSurvey     Action = "survey" // look for boards
	ActionLayout     Action = "layout"
	ActionAddDoor    Action = "add_door" // with Tapped.Size: below the last one of the last column
	ActionAddColumn  Action = "add_column"
	ActionRemoveDoor Action = "remove_door" // the last one
	ActionWire       Action = "wire"
	ActionNoneMoved  Action = "none_moved" // nothing is wired to this lock
	ActionAgain      Action = "again"      // one more pulse
	ActionNext       Action = "next"       // leave this lock for later
	ActionNoContact  Action = "no_contact" // it is shut, and the screen does not notice
	ActionRewire     Action = "rewire"     // with Tapped.Board: forget which doors its locks hold; asks first
	ActionRewireYes  Action = "rewire_yes"
	ActionSave       Action = "save"       // asks first
	ActionSaveEmpty  Action = "save_empty" // I have looked: nothing is in the doors that were wired here
	ActionSaveAsIs   Action = "save_as_is" // I have not looked
	ActionDiscard    Action = "discard"    // asks first
	ActionDiscardYes Action = "discard_yes"
	ActionUndo       Action = "undo" // asks first
	ActionUndoYes    Action = "undo_yes"
)
