package locker

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
)

// Event is something that the cabinet holds to be true, in the past tense. Its JSON is the same in the journal and on the
// wire and must stay readable for ever: a field that would change its meaning needs a new kind.
type Event interface {
	// Kind is the event's name in the journal and on the wire.
	Kind() string
}

// Private is an event with personal data. The journal seals them under the subject's key.
type Private interface {
	Event
	Subject() string // whose key: a parcel's id, or an order's
	Private() Personal
	withPersonal(Personal) Event
}

// Forgetting is an event that makes the personal data of its subject unnecessary: once the cloud has confirmed it, and so
// everything before it, the subject's key is destroyed. For a parcel this is its end, not its storing: while it waits, the
// cloud may need the code once more.
type Forgetting interface {
	Event
	Forgets() string // the subject; those whose names begin with it and Below go as well
}

// Below separates the name of a subject from those that are part of it. No id contains it.
const Below = "\x1f"

// Replacing is an event that makes the personal data of an earlier subject unnecessary, once the cloud has confirmed it, and of
// that subject alone.
type Replacing interface {
	Event
	Replaces() string
}

var kinds = func() map[string]reflect.Type {
	m := make(map[string]reflect.Type)
	for _, e := range []Event{
		EpochBegun{}, RunStarted{}, ClockSet{}, SwitchAlarmed{}, SwitchCleared{},
		CameraSilent{}, CameraAnswered{}, PhotoKept{}, DoorTested{}, TechnicianSignedIn{}, CourierPut{},
		CourierRemoved{}, ParcelCancelled{}, ResendAsked{}, BoardSilent{}, BoardAnswered{}, ScannerGone{},
		ScannerReturned{}, DoorOpened{}, DoorClosed{}, DoorUnknown{}, DoorForced{}, DoorLeftOpen{}, DoorBlocked{},
		DoorUnblocked{}, DoorEmptied{}, DoorDoubted{}, UnlockRequested{}, UnlockEnded{}, SessionStarted{}, SessionMoved{}, SessionKept{},
		SessionEnded{}, LanguageChosen{}, CourierSignedIn{}, CodeRefused{}, TypingLocked{}, TypingUnlocked{},
		OrderAccepted{}, OrderRefused{}, ParcelAnnounced{}, AnnouncementDropped{}, ParcelScanned{}, RecipientGiven{},
		DropStarted{}, DropMoved{}, DropCancelled{}, DropAbandoned{}, ParcelStored{}, PickupPeriodBegan{},
		ParcelCollected{}, CollectionDisputed{}, ParcelExpired{}, SetupBegun{}, SetupSurveyAsked{}, SetupSurveyed{},
		SetupColumnAdded{}, SetupDoorAdded{}, SetupDoorRemoved{}, SetupBoardForgotten{}, SetupLockTaken{}, LockTried{},
		LockTryEnded{}, SetupContact{}, SetupDoorWired{}, SetupLockUnused{}, SetupSaved{}, SetupFailed{}, SetupEnded{},
		SetupUndone{}, SequenceStarted{}, SequencePassed{}, SequenceEnded{}, FindingRaised{}, FindingCleared{},
		DoorPresence{}, DoorSaidOpen{}, DoorWired{}, UnlockRefused{}, LookRefused{}, TokensRevoked{},
		TechnicianInvited{}, InvitationTyped{}, PINChosen{}, TechnicianEnrolled{}, TechnicianForgotten{}, PINTyped{},
		TechnicianSeconded{}, AppCodeTyped{}, GuardsCleared{},
		TokenSpent{}, PickupClaimed{}, ConditionMet{}, ConditionFailed{}, CodeResendAsked{}, BreakerTripped{},
		ParcelRecalled{}, RecallPassed{}, ErasureBegun{}, PersonErased{}, RunHeldUp{}, ClockLost{}, ClockDoubted{}, ClockCorrected{}, DoorOpenedLate{},
		ConfigAccepted{}, ConfigBegun{}, ConfigApplied{}, ConfigKept{}, ConfigRolledBack{}, ConfigFailed{}, RestartAsked{}, RestartBegun{}, Restarted{},
		ReportAsked{}, ReportMade{}, EvidenceAsked{}, EvidenceUploaded{}, EvidenceFailed{},
		PlaylistAsked{}, PlaylistShown{}, PlaylistFailed{}, NoticePut{}, NoticeRemoved{},
		ParcelHandedOver{}, ConditionsReset{}, LookPassed{}, SourceMuted{}, SourceUnmuted{}, SourceUnrecorded{},
		ParcelExtended{}, ParcelCodeChanged{}, ParcelRecipientChanged{}, ParcelStatus{}, DoorsBooked{}, DoorsUnbooked{},
		IssuerPut{}, IssuerRemoved{}, PickupPeriodResumed{}, InventoryStarted{}, DoorCounted{}, InventoryEnded{}, LowDoorAsked{},
		RecipientTold{}, FeeAsked{}, FeeLinked{}, FeePaid{}, FeeRefunded{}, SendingClaimed{}, ParcelSent{}, ParcelDispatched{}, ParcelMissing{},
		TerminalGone{}, TerminalBack{}, ChargeBegun{}, ChargeStopped{}, ChargeFailed{}, ChargeUncertain{},
		RefusalBegun{}, RefusalDropped{}, ParcelRefused{}, ParcelInHand{}, ParcelStoredAgain{}, ParcelWithdrawn{},
		RenterClaimed{}, ParcelOpened{}, ParcelKept{}, ParcelShared{}, ParcelUnshared{}, ParcelNotTaken{}, SendingDeclared{}, ParcelConsented{},
	} {
		m[e.Kind()] = reflect.TypeOf(e)
	}
	return m
}()

// Kinds lists the names of all events, in no order.
func Kinds() []string {
	names := make([]string, 0, len(kinds))
	for k := range kinds {
		names = append(names, k)
	}
	return names
}

// DecodeEvent reads an event of the given kind from its JSON, and from its personal part if that could still be opened. An
// unknown kind is an error: the journal was written by a newer release.
func DecodeEvent(kind string, data []byte, personal Personal) (Event, error) {
	t, ok := kinds[kind]
	if !ok {
		return nil, fmt.Errorf("locker: decode event: kind %q is not known to this release", kind)
	}
	v := reflect.New(t)
	if err := json.Unmarshal(data, v.Interface()); err != nil {
		return nil, fmt.Errorf("locker: decode event %s: %w", kind, err)
	}
	e := v.Elem().Interface().(Event)
	if p, ok := e.(Private); ok {
		return p.withPersonal(personal), nil
	}
	return e, nil
}

// alarms are the kinds of events that need somebody's attention. The end of an unlock needs it, too, if the door did not
// open.
var alarms = []string{
	"board.lost", "breaker.tripped", "camera.lost", "clock.doubted", "clock.lost", "config.failed", "config.rolled_back", "door.blocked", "door.doubted",
	"door.forced", "door.left_open", "door.opened_late", "drop.abandoned", "evidence.failed", "fee.uncertain", "finding.raised",
	"order.refused", "parcel.disputed", "parcel.missing", "playlist.failed", "run.held_up", "scanner.lost", "setup.failed",
	"source.muted", "switch.alarm", "terminal.lost", "typing.locked", "unlock.refused",
}

// Alarms are the kinds of events that need somebody's attention, in alphabetical order.
func Alarms() []string { return slices.Clone(alarms) }
