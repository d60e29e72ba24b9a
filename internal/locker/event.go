package locker

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
)

// Event is something that we hold to be true, in the past tense. Its JSON is the same in the journal and on the wire,
// and readable for ever: a field that changes its meaning is a new kind.
type Event interface {
	// Kind is the event's name in the journal and on the wire.
	Kind() string
}

// Private is an event with a part about a person. The journal seals that part under the subject's key.
type Private interface {
	Event
	Subject() string // whose key: a parcel's id, or an order's
	Private() Personal
	withPersonal(Personal) Event
}

// Forgetting is an event after which nothing personal of its subject is needed any more: once the cloud has confirmed
// it, and so all before it, the subject's key is destroyed. Of a parcel that is its end, not that it is stored: while it waits
// for its recipient the cloud may have to be told their code once more.
type Forgetting interface {
	Event
	Forgets() string
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
		ParcelHandedOver{}, ConditionsReset{}, LookPassed{}, SourceMuted{}, SourceUnmuted{}, SourceUnrecorded{},
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

// DecodeEvent reads an event of the given kind from its JSON and, where it has one that could still be opened, its
// personal part. A kind it does not know is an error: the journal is of a newer release.
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

// alarms are the kinds of events that ask for somebody. How an unlock ended does, too, where the door did not open.
var alarms = []string{
	"board.lost", "breaker.tripped", "camera.lost", "clock.doubted", "clock.lost", "door.blocked", "door.doubted",
	"door.forced", "door.left_open", "door.opened_late", "drop.abandoned", "finding.raised",
	"order.refused", "parcel.disputed", "run.held_up", "scanner.lost", "setup.failed",
	"source.muted", "switch.alarm", "typing.locked", "unlock.refused",
}

// Alarms are the kinds of events that ask for somebody, in the alphabet's order.
func Alarms() []string { return slices.Clone(alarms) }
