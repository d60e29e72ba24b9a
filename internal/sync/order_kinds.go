package sync

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"lockerd/internal/form"
	"lockerd/internal/locker"
)

// kinds are the orders of this release, each with the function that reads its body.
var kinds = map[string]func(*locker.Order, envelope, Secrets) error{
	"parcel.announce": readAnnounce,
	"parcel.cancel":   readCancel,
	"door.unlock":     readUnlock,
	"door.block":      readBlock,
	"door.unblock":    readUnblock,
	"courier.put":     readCourierPut,
	"courier.remove":  readCourierRemove,
	"resend":          readResend,
	"tokens.revoke":   readRevoke,
	"pickup.confirm":  readConfirm,
	"person.erase":    readErase,
	// Statements of the operator about what a cabinet cannot know.
	"parcel.handed_over": readHandOver,
	"door.looked":        readLooked,
	"pickup.reset":       readReset,
	"clock.correct":      readCorrect,
}

func readAnnounce(o *locker.Order, e envelope, s Secrets) error {
	var body struct {
		Tracking string             `json:"tracking"`
		Size     string             `json:"size"`
		Low      bool               `json:"low"`
		Company  string             `json:"company"`
		Ask      []locker.Condition `json:"ask"`
	}
	if err := readBody(e, &body); err != nil {
		return err
	}
	if err := tracking(body.Tracking, 1); err != nil {
		return err
	}
	if err := text("body: size", body.Size, 0, maxSize); err != nil {
		return err
	}
	if err := text("body: company", body.Company, 0, maxID); err != nil {
		return err
	}
	o.Announce = &locker.AnnounceOrder{Tracking: body.Tracking, Size: body.Size, Low: body.Low, Company: body.Company}
	var r recipient
	if len(e.Personal) > 0 {
		var err error
		if r, err = readRecipient(e.Personal, s); err != nil {
			return err
		}
	}
	if r.Phone != "" {
		o.Announce.Mask, _ = locker.MaskPhone(r.Phone)
		o.Announce.Phone = s.Box([]byte(r.Phone))
	}
	return readAsk(&o.Announce.Ask, body.Ask, r, s)
}

// lastDigits is how many digits of a phone number are asked for.
const lastDigits = 4

// readAsk reads a parcel's conditions at pickup.
func readAsk(into *locker.Conditions, ask []locker.Condition, r recipient, s Secrets) error {
	for _, c := range ask {
		switch {
		case c == locker.ConditionConfirm:
			into.Confirm = true
		case c == locker.ConditionPhone && r.Phone != "":
			into.Phone = s.Hash(r.Phone[len(r.Phone)-lastDigits:])
		case c == locker.ConditionPhone:
			return errors.New("body: ask: the phone's last digits are asked for, but personal has no phone")
		case c == locker.ConditionPIN && r.PIN != "":
			into.PIN = s.Hash(r.PIN)
		case c == locker.ConditionPIN:
			return errors.New("body: ask: a PIN is asked for, but personal has none")
		default:
			return errors.New(`body: ask: is "phone", "pin" or "confirm"`)
		}
	}
	if r.PIN != "" && into.PIN.IsZero() {
		return errors.New("personal: a PIN that nothing asks for")
	}
	return nil
}

func readConfirm(o *locker.Order, e envelope, _ Secrets) error {
	var body struct {
		Tracking string `json:"tracking"`
		Session  string `json:"session"`
	}
	if err := readImpersonal(e, &body); err != nil {
		return err
	}
	o.Confirm = &locker.ConfirmOrder{Tracking: body.Tracking, Session: body.Session}
	return tracking(body.Tracking, 1)
}

func readCancel(o *locker.Order, e envelope, _ Secrets) error {
	tracking, err := readTracking(e)
	o.Cancel = &locker.CancelOrder{Tracking: tracking}
	return err
}

func readUnlock(o *locker.Order, e envelope, _ Secrets) error {
	var body struct {
		Door   int    `json:"door"`
		Reason string `json:"reason"`
	}
	if err := readImpersonal(e, &body); err != nil {
		return err
	}
	o.Unlock = &locker.UnlockOrder{Door: body.Door, Reason: body.Reason}
	return errors.Join(door(body.Door), text("body: reason", body.Reason, 0, maxReason))
}

func readBlock(o *locker.Order, e envelope, _ Secrets) error {
	var body struct {
		Door   int                `json:"door"`
		Reason locker.BlockReason `json:"reason"`
	}
	if err := readImpersonal(e, &body); err != nil {
		return err
	}
	o.Block = &locker.BlockOrder{Door: body.Door, Reason: body.Reason}
	return door(body.Door)
}

func readUnblock(o *locker.Order, e envelope, _ Secrets) error {
	var body struct {
		Door int `json:"door"`
	}
	if err := readImpersonal(e, &body); err != nil {
		return err
	}
	o.Unblock = &locker.UnblockOrder{Door: body.Door}
	return door(body.Door)
}

func readCourierPut(o *locker.Order, e envelope, s Secrets) error {
	var body struct {
		ID      string         `json:"courier"`
		Company string         `json:"company"`
		Rights  []locker.Right `json:"rights"`
		From    time.Time      `json:"from"`
		Until   time.Time      `json:"until"`
	}
	if err := readBody(e, &body); err != nil {
		return err
	}
	var personal struct {
		Name  string `json:"name"`
		Badge string `json:"badge"`
		PIN   string `json:"pin"`
	}
	open, err := s.Open(e.Personal)
	if err != nil {
		return errNotOurs
	}
	if err := form.Read(open, &personal); err != nil {
		return errors.New("personal: must be an object with a name, and a badge or a pin")
	}
	o.CourierPut = &locker.Courier{ID: body.ID, Company: body.Company, Name: personal.Name,
		Rights: body.Rights, From: body.From, Until: body.Until}
	if personal.Badge != "" {
		o.CourierPut.Badge, o.CourierPut.BadgeCharacters = s.Hash(personal.Badge), utf8.RuneCountInString(personal.Badge)
	}
	if personal.PIN != "" {
		o.CourierPut.PIN, o.CourierPut.PINDigits = s.Hash(personal.PIN), len(personal.PIN)
	}
	// The required length depends on the number of couriers, which the rules know.
	if personal.PIN != "" && !digits(personal.PIN, 6, 10) {
		return errors.New("personal: pin: must be 6 to 10 digits")
	}
	if personal.Badge != "" && !varied(personal.Badge) {
		return errors.New("personal: badge: must be by chance")
	}
	return errors.Join(text("body: courier", body.ID, 1, maxID), text("body: company", body.Company, 0, maxID),
		text("personal: name", personal.Name, 0, maxID), text("personal: badge", personal.Badge, 0, maxTracking))
}

func readCourierRemove(o *locker.Order, e envelope, _ Secrets) error {
	var body struct {
		ID string `json:"courier"`
	}
	if err := readImpersonal(e, &body); err != nil {
		return err
	}
	o.CourierRemove = &locker.CourierRemoveOrder{ID: body.ID}
	return text("body: courier", body.ID, 1, maxID)
}

func readResend(o *locker.Order, e envelope, _ Secrets) error {
	var body struct {
		After uint64 `json:"after"`
	}
	if err := readImpersonal(e, &body); err != nil {
		return err
	}
	o.Resend = &locker.ResendOrder{After: body.After}
	return nil
}

func readRevoke(o *locker.Order, e envelope, _ Secrets) error {
	var body struct {
		IDs   []string  `json:"ids"`
		Until time.Time `json:"until"`
	}
	if err := readImpersonal(e, &body); err != nil {
		return err
	}
	o.Revoke = &locker.RevokeOrder{IDs: body.IDs, Until: date(body.Until)}
	for _, id := range body.IDs {
		if err := text("body: ids", id, 1, maxID); err != nil {
			return err
		}
	}
	return nil
}

func readHandOver(o *locker.Order, e envelope, _ Secrets) error {
	tracking, err := readTracking(e)
	o.HandOver = &locker.HandOverOrder{Tracking: tracking}
	return err
}

func readReset(o *locker.Order, e envelope, _ Secrets) error {
	tracking, err := readTracking(e)
	o.Reset = &locker.ResetOrder{Tracking: tracking}
	return err
}

func readCorrect(o *locker.Order, e envelope, _ Secrets) error {
	var body struct {
		Newest time.Time `json:"newest"`
	}
	if err := readImpersonal(e, &body); err != nil {
		return err
	}
	if body.Newest.IsZero() {
		return errors.New("body: newest: must say which time was wrong, as RFC 3339 has it")
	}
	o.Correct = &locker.CorrectOrder{Newest: body.Newest}
	return nil
}

func readLooked(o *locker.Order, e envelope, _ Secrets) error {
	var body struct {
		Door int    `json:"door"`
		By   string `json:"by"`
	}
	if err := readImpersonal(e, &body); err != nil {
		return err
	}
	o.Looked = &locker.LookedOrder{Door: body.Door, By: body.By}
	return errors.Join(door(body.Door), text("body: by", body.By, 1, maxID))
}

func readErase(o *locker.Order, e envelope, _ Secrets) error {
	var body struct {
		Tracking string `json:"tracking"`
		Parcel   string `json:"parcel"`
		Courier  string `json:"courier"`
	}
	if err := readImpersonal(e, &body); err != nil {
		return err
	}
	named := 0
	for _, of := range []string{body.Tracking, body.Parcel, body.Courier} {
		if of != "" {
			named++
		}
	}
	if named != 1 {
		return errors.New("body: must name a tracking number, a parcel or a courier, and one of them only")
	}
	o.Erase = &locker.Erasure{Tracking: body.Tracking, Parcel: body.Parcel, Courier: body.Courier}
	return errors.Join(tracking(body.Tracking, 0), text("body: parcel", body.Parcel, 0, maxID),
		text("body: courier", body.Courier, 0, maxID))
}

// readTracking reads the body of an order that names only a parcel.
func readTracking(e envelope) (string, error) {
	var body struct {
		Tracking string `json:"tracking"`
	}
	if err := readImpersonal(e, &body); err != nil {
		return "", err
	}
	return body.Tracking, tracking(body.Tracking, 1)
}

func readBody(e envelope, body any) error {
	if err := form.Read(e.Body, body); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	return nil
}

// readImpersonal reads the body of an order without personal data.
func readImpersonal(e envelope, body any) error {
	if len(e.Personal) > 0 {
		return errors.New("personal: such an order is about no person")
	}
	return readBody(e, body)
}

// text says what is wrong with a field's length or characters, never repeating it.
func text(field, value string, least, most int) error {
	switch ok := len(value) >= least && plain(value, most); {
	case ok:
		return nil
	case least == 0:
		return fmt.Errorf("%s: must have at most %d printable characters", field, most)
	}
	return fmt.Errorf("%s: must have %d to %d printable characters", field, least, most)
}

// tracking is text for a parcel's number, normalised as scanners do.
func tracking(value string, least int) error {
	ordinary := func(r rune) rune {
		if unicode.In(r, unicode.Zs, unicode.Cf) {
			return ' '
		}
		return r
	}
	return text("body: tracking", strings.Map(ordinary, value), least, maxTracking)
}

func door(number int) error {
	if number < 1 || number > maxDoor {
		return errors.New("body: door: there is no such number")
	}
	return nil
}

var errNotOurs = errors.New("personal: cannot be opened with this cabinet's key")

// recipient is the personal part of an announcement.
type recipient struct {
	Phone string `json:"phone"`
	PIN   string `json:"pin"` // what was told to them by another way than the code
}

// readRecipient opens the personal part of an announcement. Its errors say nothing of what is in it.
func readRecipient(box []byte, s Secrets) (recipient, error) {
	open, err := s.Open(box)
	if err != nil {
		return recipient{}, errNotOurs
	}
	var r recipient
	if err := form.Read(open, &r); err != nil {
		return recipient{}, errors.New("personal: must be an object with a phone, a pin or both, and no more")
	}
	if _, ok := locker.MaskPhone(r.Phone); r.Phone != "" && !ok {
		return recipient{}, errors.New("personal: phone: must be 5 to 15 digits, with or without a leading +")
	}
	if r.PIN != "" && !isPIN(r.PIN) {
		return recipient{}, errors.New("personal: pin: must be 4 to 8 digits")
	}
	return r, nil
}

// isPIN says whether a text may be what a parcel asks of its recipient.
func isPIN(text string) bool { return digits(text, 4, 8) }

func digits(text string, least, most int) bool {
	return len(text) >= least && len(text) <= most && strings.Trim(text, "0123456789") == ""
}

// varied says that a text may be random: one in 17,000 random texts of 12 digits has fewer than four different ones.
func varied(text string) bool {
	seen := map[rune]bool{}
	for _, r := range text {
		seen[r] = true
	}
	return len(text) < locker.LeastBadge || len(seen) >= 4
}
