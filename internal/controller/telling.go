package controller

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"

	"lockerd/internal/locker"
)

// telling is how the log describes an event: its level and its words. {door} and the like are fields of the event.
type telling struct {
	level slog.Level
	words string
}

// Between Info and Warn: worth knowing, but nothing is wrong. journald calls it notice.
const levelNotice = slog.LevelInfo + 1

// tellings has every kind of event. Events that need somebody's attention (locker.Alarms) are warnings, and so are those
// that are more urgent: urgency depends on the place, so the operator's filters decide.
var tellings = map[string]telling{
	"board.lost":              {words: "lock board {bus}/{board} does not answer: its doors are out of service ({why})"},
	"breaker.tripped":         {words: "the breaker has tripped at door {door}: too many doors were opened with nobody at the cabinet"},
	"camera.lost":             {words: "camera {camera} gives no pictures ({why})"},
	"config.failed":           {words: "configuration {version} was never put in force ({why}): {detail}"},
	"config.rolled_back":      {words: "configuration {version} is rolled back ({why}): {detail}"},
	"evidence.failed":         {words: "photos were not uploaded ({why}): {detail}"},
	"clock.doubted":           {words: "the PC's clock has jumped and is not believed"},
	"clock.lost":              {words: "the time of day is not known any more: nothing expires"},
	"door.blocked":            {words: "door {door} is set aside ({why})"},
	"door.doubted":            {words: "door {door} is doubtful: somebody must look into it ({why})"},
	"door.forced":             {words: "ALARM: door {door} is open and no unlock explains it"},
	"door.left_open":          {words: "door {door} has stood open for long"},
	"door.opened_late":        {words: "ALARM: door {door} has opened after its person had gone"},
	"drop.abandoned":          {words: "a courier left in the middle of a drop-off at door {door}"},
	"fee.uncertain":           {words: "nobody knows whether the parcel in door {door} was paid at the terminal ({why})"},
	"finding.raised":          {words: "finding at {what}: {finding} {detail}"},
	"journal.epoch_begun":     {levelNotice, "the journal begins a new epoch ({reason})"},
	"order.refused":           {words: "an order ({of}) was refused: {why}"},
	"parcel.disputed":         {words: "a recipient says that door {door} was not theirs to close: its parcel is back in the books"},
	"parcel.missing":          {words: "a courier has found nothing to take along behind door {door}"},
	"playlist.failed":         {words: "pictures {version} are not shown ({why}): {detail}"},
	"run.held_up":             {words: "lockerd stood still for {for_ms} ms"},
	"scanner.lost":            {words: "scanner {scanner} is gone ({why})"},
	"setup.failed":            {words: "the cabinet's wiring could not be put in force ({why})"},
	"source.muted":            {words: "{source} says too much and is not listened to for a while"},
	"switch.alarm":            {words: "ALARM: {switch}"},
	"terminal.lost":           {words: "no payments can be made at the terminal ({why})"},
	"typing.locked":           {words: "wrong codes: typing is locked for {for_ms} ms"},
	"unlock.refused":          {words: "door {door} was asked to be opened, and was not ({why})"},
	"unlock.ended":            {slog.LevelWarn, "unlock {unlock} of door {door} ended: {outcome} {detail}"},
	"look.refused":            {levelNotice, "door {door} was said to be empty, and that is not taken ({why})"},
	"pickup.condition_failed": {levelNotice, "a recipient's answer was wrong"},

	"board.back":                  {levelNotice, "lock board {bus}/{board} answers again"},
	"camera.back":                 {levelNotice, "camera {camera} gives pictures again"},
	"clock.corrected":             {levelNotice, "the time of day was corrected"},
	"clock.set":                   {slog.LevelInfo, "the time of day is known"},
	"code.refused":                {levelNotice, "a code was refused ({why})"},
	"code.resend_asked":           {slog.LevelInfo, "a recipient asks for their code again"},
	"config.accepted":             {levelNotice, "configuration {version} waits for a quiet moment"},
	"config.applied":              {levelNotice, "configuration {version} is in force, on trial"},
	"config.begun":                {levelNotice, "lockerd begins anew with configuration {version}"},
	"config.kept":                 {levelNotice, "configuration {version} has proven itself"},
	"courier.put":                 {levelNotice, "a courier was put on the list by order"},
	"courier.removed":             {levelNotice, "a courier was taken off the list by order"},
	"courier.signed_in":           {slog.LevelInfo, "a courier has signed in"},
	"door.closed":                 {slog.LevelInfo, "door {door} is closed"},
	"door.emptied":                {slog.LevelInfo, "door {door} is proven empty ({proof})"},
	"door.opened":                 {slog.LevelInfo, "door {door} is open"},
	"door.presence":               {slog.LevelInfo, "door {door}: the sensor says {presence}"},
	"door.said_open":              {slog.LevelInfo, "door {door} is said to be open"},
	"door.tested":                 {slog.LevelInfo, "door {door} was tested: {result}"},
	"door.unblocked":              {levelNotice, "door {door} is in service again"},
	"door.unknown":                {slog.LevelInfo, "nothing is known of door {door}"},
	"door.wired":                  {levelNotice, "door {door} is on another lock"},
	"doors.booked":                {levelNotice, "doors are booked by order"},
	"doors.unbooked":              {levelNotice, "a booking of doors has ended ({why})"},
	"drop.cancelled":              {slog.LevelInfo, "a drop-off at door {door} was cancelled"},
	"drop.moved":                  {slog.LevelInfo, "a drop-off goes on at door {to} instead of {from}"},
	"drop.started":                {slog.LevelInfo, "a drop-off has begun at door {door}"},
	"evidence.asked":              {levelNotice, "photos are to be uploaded"},
	"evidence.uploaded":           {levelNotice, "photos were uploaded"},
	"fee.asked":                   {slog.LevelInfo, "somebody is to pay for the parcel in door {door}"},
	"fee.charging":                {slog.LevelInfo, "the terminal asks for a payment for the parcel in door {door}"},
	"fee.declined":                {slog.LevelInfo, "nothing was paid at the terminal for the parcel in door {door} ({why})"},
	"fee.stopping":                {slog.LevelInfo, "the terminal is to leave a payment for the parcel in door {door} ({why})"},
	"fee.linked":                  {slog.LevelInfo, "a payment link for the parcel in door {door} has come"},
	"fee.paid":                    {levelNotice, "money for the parcel in door {door} has come in"},
	"fee.refunded":                {levelNotice, "money for the parcel in door {door} was given back"},
	"parcel.told":                 {slog.LevelInfo, "the recipient of the parcel in door {door} was told of it"},
	"finding.cleared":             {levelNotice, "finding is over at {what}: {finding}"},
	"guards.cleared":              {levelNotice, "what was counted against wrong tries is forgotten"},
	"issuer.put":                  {levelNotice, "a key's signatures count, by order"},
	"issuer.removed":              {levelNotice, "a key's signatures no longer count ({why})"},
	"journal.resend_asked":        {levelNotice, "the cloud asks for records once more"},
	"look.passed":                 {slog.LevelInfo, "door {door} was not looked into"},
	"notice.put":                  {levelNotice, "a notice is put up by order"},
	"notice.removed":              {levelNotice, "a notice is taken down ({why})"},
	"order.accepted":              {slog.LevelInfo, "an order ({of}) is followed"},
	"parcel.announced":            {slog.LevelInfo, "a parcel is announced"},
	"parcel.announcement_dropped": {slog.LevelInfo, "an announced parcel is forgotten ({why})"},
	"parcel.cancelled":            {levelNotice, "the parcel in door {door} was cancelled by order"},
	"parcel.code_changed":         {levelNotice, "the parcel in door {door} has another code by order"},
	"parcel.collected":            {slog.LevelInfo, "the parcel in door {door} is collected"},
	"parcel.dispatched":           {slog.LevelInfo, "the parcel in door {door} was collected from its sender"},
	"parcel.expired":              {levelNotice, "the parcel in door {door} was not fetched in time"},
	"parcel.extended":             {levelNotice, "the parcel in door {door} waits longer by order"},
	"parcel.handed_over":          {levelNotice, "the parcel of door {door} was handed over by order"},
	"parcel.kept":                 {slog.LevelInfo, "the rented door {door} is kept"},
	"parcel.opened":               {slog.LevelInfo, "the rented door {door} was opened"},
	"parcel.shared":               {slog.LevelInfo, "one more person shares a rented door"},
	"parcel.unshared":             {slog.LevelInfo, "a person shares a rented door no longer"},
	"parcel.not_taken":            {levelNotice, "a parcel was not taken in ({why})"},
	"parcel.low_door_asked":       {slog.LevelInfo, "a courier asks for a low door"},
	"parcel.period_began":         {slog.LevelInfo, "a parcel's pickup period has begun"},
	"playlist.asked":              {levelNotice, "pictures {version} are to be fetched"},
	"playlist.shown":              {levelNotice, "pictures {version} are shown"},
	"parcel.period_resumed":       {levelNotice, "the parcel in door {door} waits longer: it could not be fetched for a while ({why})"},
	"parcel.recalled":             {slog.LevelInfo, "the parcel in door {door} was taken back"},
	"parcel.recipient_changed":    {levelNotice, "the parcel in door {door} has another recipient by order"},
	"parcel.recipient_given":      {slog.LevelInfo, "a courier has said where a code goes"},
	"parcel.in_hand":              {slog.LevelInfo, "a courier has the parcel of door {door} in hand once more"},
	"parcel.stored_again":         {slog.LevelInfo, "a parcel lies in door {door} again"},
	"parcel.withdrawn":            {levelNotice, "a courier has taken the parcel of door {door} out again"},
	"parcel.refused":              {levelNotice, "the recipient of the parcel in door {door} does not want it ({reason})"},
	"refusal.begun":               {slog.LevelInfo, "the parcel of door {door} is being put back ({reason})"},
	"refusal.dropped":             {slog.LevelInfo, "the parcel of door {door} is kept by its recipient after all"},
	"parcel.scanned":              {slog.LevelInfo, "a parcel was scanned"},
	"parcel.sent":                 {slog.LevelInfo, "a sender's parcel lies in door {door}"},
	"parcel.status":               {slog.LevelInfo, "the cloud asks what has become of a parcel"},
	"parcel.stored":               {slog.LevelInfo, "a parcel lies in door {door}"},
	"person.erased":               {levelNotice, "a person's data are destroyed"},
	"person.erasure_begun":        {levelNotice, "a person's data are being destroyed"},
	"photo.kept":                  {slog.LevelInfo, "a still of door {door} is kept"},
	"pickup.claimed":              {slog.LevelInfo, "a recipient stands at door {door}"},
	"pickup.condition_met":        {slog.LevelInfo, "a recipient's answer was right"},
	"pickup.conditions_reset":     {levelNotice, "a recipient may answer again, by order"},
	"recall.passed":               {slog.LevelInfo, "door {door} was passed over by who takes parcels back"},
	"report.asked":                {slog.LevelInfo, "the cabinet is to report on itself"},
	"report.made":                 {slog.LevelInfo, "the cabinet has reported on itself"},
	"restart.asked":               {levelNotice, "lockerd is to begin anew at a quiet moment"},
	"restart.begun":               {levelNotice, "lockerd begins anew, by order"},
	"restart.ended":               {levelNotice, "lockerd has begun anew, as ordered"},
	"run.started":                 {levelNotice, "lockerd {version} runs"},
	"scanner.back":                {levelNotice, "scanner {scanner} is there again"},
	"inventory.door":              {slog.LevelInfo, "door {door} was looked into for an inventory"},
	"inventory.ended":             {levelNotice, "an inventory has ended ({why})"},
	"inventory.started":           {levelNotice, "an inventory has begun"},
	"renter.claimed":              {slog.LevelInfo, "somebody stands at the rented door {door}"},
	"parcel.consented":            {slog.LevelInfo, "a courier says that a recipient agrees ({why})"},
	"sending.declared":            {slog.LevelInfo, "a sender has said what their announcement asks"},
	"sending.claimed":             {slog.LevelInfo, "a sender stands at the cabinet"},
	"sequence.ended":              {slog.LevelInfo, "a walk through the doors has ended ({why})"},
	"sequence.passed":             {slog.LevelInfo, "door {door} is done with"},
	"sequence.started":            {levelNotice, "a walk through the doors has begun"},
	"session.ended":               {slog.LevelInfo, "a session has ended ({why})"},
	"session.kept":                {slog.LevelInfo, "somebody is still there"},
	"session.language":            {slog.LevelInfo, "another language was chosen"},
	"session.moved":               {slog.LevelInfo, "a session goes on"},
	"session.started":             {slog.LevelInfo, "somebody is at the cabinet"},
	"setup.begun":                 {levelNotice, "a technician sets the cabinet up"},
	"setup.board_forgotten":       {slog.LevelInfo, "setup: board {bus}/{board} is left away"},
	"setup.column_added":          {slog.LevelInfo, "setup: a column more"},
	"setup.contact":               {slog.LevelInfo, "setup: a contact has moved"},
	"setup.door_added":            {slog.LevelInfo, "setup: door {door} more"},
	"setup.door_removed":          {slog.LevelInfo, "setup: door {door} less"},
	"setup.door_wired":            {slog.LevelInfo, "setup: door {door} has its lock"},
	"setup.ended":                 {levelNotice, "setup has ended ({why})"},
	"setup.lock_taken":            {slog.LevelInfo, "setup: the next lock"},
	"setup.lock_tried":            {slog.LevelInfo, "setup: a lock is tried"},
	"setup.lock_try_ended":        {slog.LevelInfo, "setup: a lock was tried ({outcome})"},
	"setup.lock_unused":           {slog.LevelInfo, "setup: a lock without a door"},
	"setup.saved":                 {levelNotice, "setup: the wiring is to be put in force"},
	"setup.survey_asked":          {slog.LevelInfo, "setup: boards are looked for"},
	"setup.surveyed":              {slog.LevelInfo, "setup: boards were looked for"},
	"setup.undone":                {levelNotice, "setup: the wiring before is to be put in force"},
	"source.unmuted":              {levelNotice, "{source} is listened to again"},
	"source.unrecorded":           {slog.LevelInfo, "{source} was not listened to {count} times"},
	"switch.cleared":              {levelNotice, "over: {switch}"},
	"technician.code_typed":       {slog.LevelInfo, "a technician typed an app's code"},
	"technician.enrolled":         {levelNotice, "a technician has enrolled"},
	"technician.forgotten":        {levelNotice, "a technician's access is gone ({why})"},
	"technician.invitation_typed": {levelNotice, "a technician's invitation was typed"},
	"technician.invited":          {levelNotice, "a technician is invited"},
	"technician.pin_chosen":       {slog.LevelInfo, "a technician has chosen a PIN"},
	"technician.pin_typed":        {levelNotice, "a technician's PIN was typed"},
	"technician.seconded":         {levelNotice, "a second technician agrees"},
	"technician.signed_in":        {levelNotice, "a technician has signed in"},
	"terminal.back":               {levelNotice, "payments can be made at the terminal"},
	"token.spent":                 {slog.LevelInfo, "a token is spent"},
	"tokens.revoked":              {levelNotice, "tokens are revoked by order"},
	"typing.unlocked":             {levelNotice, "typing is possible again"},
	"unlock.requested":            {slog.LevelInfo, "door {door} is to be opened (unlock {unlock})"},
}

// public are the fields of events that may appear in a log: things and reasons, nothing about a person.
var public = []string{"door", "from", "to", "bus", "board", "scanner", "camera", "switch", "source", "finding", "unlock", "outcome",
	"why", "of", "reason", "result", "proof", "presence", "detail", "count", "for_ms", "version"}

// tell describes a record for the log: its level, its words and further fields.
func tell(r locker.Record) (slog.Level, string, []any) {
	t, known := tellings[r.Event.Kind()]
	if !known {
		t = telling{slog.LevelWarn, r.Event.Kind()} // a test holds that there is none
	}
	if slices.Contains(locker.Alarms(), r.Event.Kind()) {
		t.level = slog.LevelWarn
	}
	switch e := r.Event.(type) {
	case locker.UnlockEnded:
		if e.Outcome == locker.Opened {
			t = telling{slog.LevelInfo, "door {door} was opened (unlock {unlock})"}
		}
	case locker.EpochBegun:
		if e.Previous != "" { // not the first one
			t.level = slog.LevelWarn
		}
	case locker.FindingRaised:
		t.words = ofDoorOrBoard(t.words, e.Door)
	case locker.FindingCleared:
		t.words = ofDoorOrBoard(t.words, e.Door)
	}
	said := texts(r.Event)
	fields := []any{"kind", r.Event.Kind(), "seq", r.Seq}
	words := t.words
	for _, name := range public {
		if said[name] != "" {
			fields = append(fields, name, said[name])
		}
		words = strings.ReplaceAll(words, "{"+name+"}", said[name])
	}
	return t.level, strings.TrimSpace(words), fields
}

// ofDoorOrBoard adds to a finding the door or board that it is about.
func ofDoorOrBoard(words string, door int) string {
	if door != 0 {
		return strings.Replace(words, "{what}", "door {door}", 1)
	}
	return strings.Replace(words, "{what}", "lock board {bus}/{board}", 1)
}

// texts are an event's fields that are words or numbers.
func texts(e locker.Event) map[string]string {
	data, err := json.Marshal(e)
	if err != nil {
		return nil
	}
	var all map[string]any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&all); err != nil {
		return nil
	}
	list := make(map[string]string)
	for name, value := range all {
		switch v := value.(type) {
		case string:
			list[name] = v
		case json.Number:
			list[name] = v.String()
		}
	}
	return list
}
