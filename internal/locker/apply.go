package locker

import (
	"fmt"
)

// Apply applies a record to the state. It cannot fail: the event has already happened. It ignores things that it does not
// find, such as a door that is no longer built. A Move is not a record: only its time since the run began is used.
func (s *State) Apply(r Record) {
	if m, moves := r.Event.(Move); moves {
		s.applyMove(r, m)
		return
	}
	switch r.Event.(type) {
	case RunStarted, EpochBegun: // what is counted in Up begins anew
		if e, ok := r.Event.(RunStarted); ok {
			s.absent(r, e)
			s.Timekeeping.restart(e, s.Up, r.Up)
		}
		s.carryOver(s.Up, r.Up)
	}
	if r.Up < s.Up {
		s.wakeAll()
	}
	s.Epoch, s.Seq, s.Up, s.Known = r.Epoch, r.Seq, r.Up, r.Known
	s.believe(r)
	s.signedBy(r)
	if r.Known && s.Forgot {
		s.Forgot, s.OrdersFrom = false, r.At
	}
	s.fold(r)
	s.stopAll(r)
	s.charge(r)
	s.settle()
	s.settleParcels()
	s.settlePicture()
}

// fold applies an event to the state of its subject.
func (s *State) fold(r Record) {
	switch e := r.Event.(type) {
	case EpochBegun, RunStarted, RunHeldUp:
		s.applyMachine(r, e)
	case ClockSet, ClockLost, ClockDoubted, ClockCorrected:
		s.applyClock(r, e)
	case BoardSilent, BoardAnswered:
		s.applyBoard(r, e)
	case FindingRaised, FindingCleared:
		s.applyFinding(e)
	case ScannerGone, ScannerReturned, CameraSilent, CameraAnswered, SwitchAlarmed, SwitchCleared, PhotoKept:
		s.applyGear(r, e)
	case TerminalGone, TerminalBack, ChargeBegun, ChargeStopped, ChargeFailed, ChargeUncertain:
		s.applyCharge(r, e)
	case SourceMuted, SourceUnmuted, SourceUnrecorded:
		s.applySource(r, e)
	case DoorOpened, DoorClosed, DoorUnknown, DoorForced, DoorOpenedLate, DoorLeftOpen, DoorBlocked, DoorUnblocked,
		DoorEmptied, DoorDoubted, DoorPresence, DoorWired, LookRefused:
		s.applyDoor(r, e)
	case UnlockRequested, UnlockEnded, UnlockRefused, DoorSaidOpen, BreakerTripped:
		s.applyUnlock(r, e)
	case SessionStarted, SessionMoved, SessionKept, SessionEnded, LanguageChosen, ParcelScanned, RecipientGiven, LowDoorAsked:
		s.applySession(r, e)
	case CodeRefused, TypingLocked, TypingUnlocked, GuardsCleared:
		s.applyGuard(r, e)
	case CourierSignedIn, CourierPut, CourierRemoved:
		s.applyCourier(r, e)
	case TechnicianInvited, InvitationTyped, PINChosen, TechnicianEnrolled, TechnicianForgotten, PINTyped, AppCodeTyped,
		TechnicianSignedIn, TechnicianSeconded, DoorTested:
		s.applyTechnician(r, e)
	case SequenceStarted, SequencePassed, SequenceEnded:
		s.applySequence(r, e)
	case InventoryStarted, DoorCounted, InventoryEnded:
		s.applyInventory(r, e)
	case SetupBegun, SetupSurveyAsked, SetupSurveyed, SetupColumnAdded, SetupDoorAdded, SetupDoorRemoved,
		SetupBoardForgotten, SetupLockTaken, LockTried, LockTryEnded, SetupContact, SetupDoorWired, SetupLockUnused,
		SetupSaved, SetupFailed, SetupEnded, SetupUndone:
		s.applySetup(r, e)
	case OrderAccepted, OrderRefused, ResendAsked:
		s.applyOrder(r, e)
	default:
		s.foldParcels(r)
	}
}

// foldParcels is fold for parcels, and for what orders say of them and of the cabinet.
func (s *State) foldParcels(r Record) {
	switch e := r.Event.(type) {
	case TokenSpent, TokensRevoked:
		s.applyToken(e)
	case PickupClaimed, ConditionMet, ConditionFailed, CodeResendAsked:
		s.applyCondition(r, e)
	case ParcelAnnounced, AnnouncementDropped:
		s.applyAnnouncement(r, e)
	case DropStarted, DropMoved, DropCancelled, DropAbandoned, ParcelStored, PickupPeriodBegan, ParcelCollected,
		CollectionDisputed, ParcelExpired, ParcelExtended, PickupPeriodResumed, ParcelCancelled:
		s.applyParcel(r, e)
	case ParcelCodeChanged, ParcelRecipientChanged:
		s.applyChanged(r, e)
	case ParcelStatus:
		// An answer changes nothing but the budget of questions: see charge.
	case RecipientTold, FeeAsked, FeeLinked, FeePaid, FeeRefunded:
		s.applyFee(r, e)
	case DoorsBooked, DoorsUnbooked:
		s.applyBooking(e)
	case IssuerPut, IssuerRemoved:
		s.applyIssuer(e)
	case SendingClaimed, ParcelSent, ParcelDispatched, ParcelMissing:
		s.applySent(r, e)
	case ParcelNotTaken, SendingDeclared, ParcelConsented:
		s.applyTaken(r, e)
	case ParcelInHand, ParcelStoredAgain, ParcelWithdrawn:
		s.applyAgain(r, e)
	case RefusalBegun, RefusalDropped, ParcelRefused:
		s.applyRefused(r, e)
	case RenterClaimed, ParcelOpened, ParcelKept, ParcelShared, ParcelUnshared:
		s.applyRented(r, e)
	case ParcelRecalled, RecallPassed, LookPassed:
		s.applyRecall(r, e)
	case ParcelHandedOver, ConditionsReset:
		s.applyWayOut(r, e)
	case ConfigAccepted, ConfigBegun, ConfigApplied, ConfigKept, ConfigRolledBack, ConfigFailed, RestartAsked, RestartBegun, Restarted,
		ReportAsked, ReportMade, EvidenceAsked, EvidenceUploaded, EvidenceFailed,
		PlaylistAsked, PlaylistShown, PlaylistFailed, NoticePut, NoticeRemoved:
		s.applyRemote(r, e)
	case ErasureBegun, PersonErased:
		s.applyErasure(e)
	default:
		panic(fmt.Sprintf("locker: apply: event %T is not known", e))
	}
}
