package locker

import "strings"

// RefusalCode says why something was refused, for programs. The words beside it are for people, and may change; a code never
// changes its meaning. A later version may add codes: treat one that you do not know as CodeOther.
type RefusalCode string

// Codes of refusals. Who may have sent it, and when it counts:
const (
	CodeNotSigned      RefusalCode = "not_signed"       // nobody signed it
	CodeBadSignature   RefusalCode = "bad_signature"    // it is signed, but not in the form, or not by its key
	CodeUnknownKey     RefusalCode = "unknown_key"      // it is signed with a key that the cabinet does not know, or that may not sign this
	CodeRetained       RefusalCode = "retained"         // it was published retained
	CodeTooLong        RefusalCode = "too_long"         // the message has more bytes than may be
	CodeOtherCabinet   RefusalCode = "other_cabinet"    // it is for another cabinet
	CodeExpired        RefusalCode = "expired"          // it came, or its turn came, too late
	CodeBadTimes       RefusalCode = "bad_times"        // its times are missing, or do not go together
	CodeInFuture       RefusalCode = "issued_in_future" // it was issued later than now
	CodeClockUnknown   RefusalCode = "clock_unknown"    // the cabinet does not know what time it is
	CodeBeforeRestored RefusalCode = "before_restored"  // it may have been followed before the journal was restored
	CodeCrowded        RefusalCode = "crowded"          // more are remembered already than there is room for
)

// Its form:
const (
	CodeMalformed      RefusalCode = "malformed"        // it cannot be read, or a field is not as it must be
	CodeUnknownKind    RefusalCode = "unknown_kind"     // there is no such order in this release
	CodeUnreadableBox  RefusalCode = "unreadable_box"   // the personal part cannot be opened with this cabinet's key
	CodeMalformedBox   RefusalCode = "malformed_box"    // the personal part is not as it must be
	CodeSecretTooShort RefusalCode = "secret_too_short" // a badge or a PIN must be longer
)

// The present situation of the cabinet:
const (
	CodeNoSuchDoor    RefusalCode = "no_such_door"
	CodeNoSuchParcel  RefusalCode = "no_such_parcel"
	CodeNoSuchSize    RefusalCode = "no_such_size"
	CodeNoSuchZone    RefusalCode = "no_such_zone"
	CodeNoSuchCourier RefusalCode = "no_such_courier"
	CodeNoSuchRecord  RefusalCode = "no_such_record"
	CodeDoorInUse     RefusalCode = "door_in_use"     // it is being opened, or somebody stands there
	CodeDoorOut       RefusalCode = "door_out"        // its board does not answer, or it is being wired
	CodeDoorOpen      RefusalCode = "door_open"       // it stands open
	CodeDoorOccupied  RefusalCode = "door_occupied"   // something lies there, or may
	CodeBreaker       RefusalCode = "breaker"         // too many doors were opened while nobody was seen at the cabinet
	CodeParcelHere    RefusalCode = "parcel_here"     // the parcel is in the cabinet
	CodeParcelInUse   RefusalCode = "parcel_in_use"   // somebody is just putting it in, or fetching it
	CodeNobodyWaits   RefusalCode = "nobody_waits"    // nobody waits for it at the cabinet, or no longer
	CodeTaken         RefusalCode = "taken"           // somebody else has the id, the badge or the PIN
	CodeInService     RefusalCode = "in_service"      // the courier may still come
	CodeNothingToDo   RefusalCode = "nothing_to_do"   // it is so already
	CodeClockNotReady RefusalCode = "clock_not_ready" // the PC's clock is not as the order says
	CodeBadConfig     RefusalCode = "bad_config"      // lockerd could not start with it, or it changes what may not be changed from afar
	CodeSuperseded    RefusalCode = "superseded"      // a newer one was accepted before
	CodeBusy          RefusalCode = "busy"            // one is under way, or was a moment ago: again later
	CodeParcelHeld    RefusalCode = "parcel_held"     // a restored backup says that the parcel is here
	CodeParcelOver    RefusalCode = "parcel_over"     // its pickup period is over, or it was cancelled
	CodeTooFarAhead   RefusalCode = "too_far_ahead"   // the date is further ahead than may be
	CodeNoFreeDoor    RefusalCode = "no_free_door"    // not so many doors of the size can be booked now
	CodeBooked        RefusalCode = "booked"          // the door is booked already
	CodeNoSuchBooking RefusalCode = "no_such_booking"
	CodeNoCodes       RefusalCode = "no_codes" // codes have no way to their recipients here
	CodeNoSuchKey     RefusalCode = "no_such_key"
	CodeLastKey       RefusalCode = "last_key"         // nobody would be left who signs orders
	CodeConfigured    RefusalCode = "configured"       // the key is the configuration's, and the order is signed with another
	CodeNoFee         RefusalCode = "no_fee"           // nothing is ever owed for the parcel
	CodeOtherCurrency RefusalCode = "other_currency"   // the parcel's is another
	CodeTooMuch       RefusalCode = "too_much"         // more is to be given back than was paid
	CodeParcelSent    RefusalCode = "parcel_sent"      // a sender has put the parcel in, and a courier collects it: it has no recipient here
	CodeParcelRefused RefusalCode = "parcel_refused"   // its recipient does not want it, and a courier takes it back
	CodeParcelRented  RefusalCode = "parcel_rented"    // its door is rented: it has no other recipient, and is shared or ended
	CodeNotRented     RefusalCode = "not_rented"       // no rented door has that number
	CodeNoSuchSharer  RefusalCode = "no_such_sharer"   // nobody of that id shares the door
	CodeHost          RefusalCode = "host_not_allowed" // the cabinet's configuration does not name the address
	CodeOther         RefusalCode = "other"            // for what has no code
)

// refusalCodes are the codes of what refusals say: of those that begin so. The longest beginning counts.
var refusalCodes = map[string]RefusalCode{
	"not signed":                             CodeNotSigned,
	"it is not signed":                       CodeNotSigned,
	"not signed in the form":                 CodeBadSignature,
	"signed by another algorithm":            CodeBadSignature,
	"the signature is wrong":                 CodeBadSignature,
	"signed, but not as an order":            CodeBadSignature,
	"signed with a key that does not count":  CodeUnknownKey,
	"retained":                               CodeRetained,
	"longer than":                            CodeTooLong,
	"for another cabinet":                    CodeOtherCabinet,
	"expired":                                CodeExpired,
	"its turn comes after":                   CodeExpired,
	"it waited here for too long":            CodeExpired,
	"a signed order must say when":           CodeBadTimes,
	"it expires before":                      CodeBadTimes,
	"meant for more than":                    CodeBadTimes,
	"an unlock needs an expiry":              CodeBadTimes,
	"issued in the future":                   CodeInFuture,
	"the clock is not set":                   CodeClockUnknown,
	"the journal was restored":               CodeBeforeRestored,
	"issued before the journal was restored": CodeBeforeRestored,
	"more orders than can be remembered":     CodeCrowded,
	"more tokens are revoked":                CodeCrowded,

	"missing":                       CodeMalformed,
	"not UTF-8":                     CodeMalformed,
	"must be an object":             CodeMalformed,
	"a field ":                      CodeMalformed,
	"cannot be read":                CodeMalformed,
	"something follows its end":     CodeMalformed,
	"id: ":                          CodeMalformed,
	"cabinet: ":                     CodeMalformed,
	"issued: ":                      CodeMalformed,
	"expires: ":                     CodeMalformed,
	"kind: ":                        CodeMalformed,
	"body: ":                        CodeMalformed,
	"until: ":                       CodeMalformed,
	"names no token":                CodeMalformed,
	"nothing to do":                 CodeMalformed,
	"no such reason":                CodeMalformed,
	"a courier needs an id":         CodeMalformed,
	"courier ":                      CodeMalformed,
	"the tracking number is":        CodeMalformed,
	"the phone's last digits":       CodeMalformed,
	"it says neither":               CodeMalformed,
	"it does not say who":           CodeMalformed,
	"kind: not one of this release": CodeUnknownKind,
	"personal: ":                    CodeMalformedBox,
	"personal: cannot be opened":    CodeUnreadableBox,
	"a badge must have":             CodeSecretTooShort,
	"with ":                         CodeSecretTooShort,
	"too many couriers have a PIN":  CodeSecretTooShort,

	"no such door":                     CodeNoSuchDoor,
	"no such parcel":                   CodeNoSuchParcel,
	"no such size":                     CodeNoSuchSize,
	"no such zone":                     CodeNoSuchZone,
	"no such courier":                  CodeNoSuchCourier,
	"there is no such record":          CodeNoSuchRecord,
	"the door is just being opened":    CodeDoorInUse,
	"somebody is using the door":       CodeDoorInUse,
	"the door is being wired":          CodeDoorOut,
	"the door's board does not answer": CodeDoorOut,
	"the door stands open":             CodeDoorOpen,
	"its sensor says that something":   CodeDoorOccupied,
	"a parcel waits there":             CodeDoorOccupied,
	"a parcel may lie there":           CodeDoorOccupied,
	"a parcel is just being put in":    CodeParcelInUse,
	"the parcel is just being":         CodeParcelInUse,
	"the parcel is here":               CodeParcelHere,
	"too many doors were opened":       CodeBreaker,
	"nobody waits":                     CodeNobodyWaits,
	"issued before whoever waits":      CodeNobodyWaits,
	"too late: whoever":                CodeNobodyWaits,
	"the id is taken":                  CodeTaken,
	"the badge or the PIN is taken":    CodeTaken,
	"the courier may still come":       CodeInService,
	"the door is known to be empty":    CodeNothingToDo,
	"the door is not set aside":        CodeNothingToDo,
	"the tokens have ended":            CodeNothingToDo,
	"the clock is held to be right":    CodeNothingToDo,
	"the PC's clock":                   CodeClockNotReady,
	"newest: ":                         CodeClockNotReady,

	"a restored backup says":              CodeParcelHeld,
	"the parcel was cancelled":            CodeParcelOver,
	"its pickup period is over":           CodeParcelOver,
	"a courier is just taking":            CodeParcelInUse,
	"more than 90 days ahead":             CodeTooFarAhead,
	"more than 30 days ahead":             CodeTooFarAhead,
	"its pickup period would end":         CodeNothingToDo,
	"codes have no way":                   CodeNoCodes,
	"every code that was made":            CodeBusy,
	"must say for which":                  CodeMalformed,
	"must name doors":                     CodeMalformed,
	"it would be over already":            CodeExpired,
	"of that size":                        CodeNoFreeDoor,
	"booking: no such door":               CodeNoSuchDoor,
	"booking: a door is named twice":      CodeMalformed,
	"booking: a door is booked already":   CodeBooked,
	"no such payment is open":             CodeNothingToDo,
	"the payment is just being":           CodeBusy,
	"nothing is ever owed":                CodeNoFee,
	"currency: ":                          CodeOtherCurrency,
	"its recipient was told already":      CodeNothingToDo,
	"told: lies in the future":            CodeInFuture,
	"the reference counts already":        CodeNothingToDo,
	"more payments than":                  CodeCrowded,
	"more than was paid":                  CodeTooMuch,
	"the parcel was put in by its sender": CodeParcelSent,
	"its recipient has refused":           CodeParcelRefused,
	"the door is rented":                  CodeParcelRented,
	"no rented door":                      CodeNotRented,
	"no such person":                      CodeNoSuchSharer,
	"the person shares the door":          CodeTaken,
	"more people than":                    CodeCrowded,
	"hours: ":                             CodeMalformed,
	"a courier is to collect":             CodeNothingToDo,
	"from: ":                              CodeMalformed,
	"label, agree, weights: ":             CodeMalformed,
	"agree: ":                             CodeMalformed,
	"weights: ":                           CodeMalformed,
	"no such booking":                     CodeNoSuchBooking,
	"more questions than":                 CodeBusy,
	"no such key":                         CodeNoSuchKey,
	"a key of the configuration":          CodeConfigured,
	"another key has that id":             CodeTaken,
	"more keys than can be put":           CodeCrowded,
	"it would leave no key":               CodeLastKey,
	"issuer ":                             CodeMalformed,

	"toml:":                             CodeBadConfig,
	"version: in force already":         CodeNothingToDo,
	"version: this version has another": CodeTaken,
	"issued before the newest config":   CodeSuperseded,
	"another configuration is just":     CodeBusy,
	"a restart waits already":           CodeNothingToDo,
	"a report is being made":            CodeBusy,
	"one report a minute":               CodeBusy,
	"too many uploads":                  CodeBusy,
	"no pictures are shown":             CodeNothingToDo,
	"no notice is up":                   CodeNothingToDo,
	"body: url: its host is not in":     CodeHost,
}

// CodeOf is the code of what a refusal says.
func CodeOf(why string) RefusalCode {
	code, longest := CodeOther, 0
	for beginning, c := range refusalCodes {
		if len(beginning) > longest && strings.HasPrefix(why, beginning) {
			code, longest = c, len(beginning)
		}
	}
	return code
}
