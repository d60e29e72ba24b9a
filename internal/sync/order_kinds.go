package sync

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"lockerd/internal/contract"
	"lockerd/internal/form"
	"lockerd/internal/locker"
)

// kinds are the orders of this release (contract.Orders), each with the function that reads its body.
var kinds = map[string]func(*locker.Order, contract.Order, Secrets) error{
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
	// What waits, what is booked, whose signatures count.
	"parcel.extend":        readExtend,
	"parcel.told":          readTold,
	"fee.link":             readFeeLink,
	"fee.paid":             readPaid,
	"fee.refunded":         readRefund,
	"fee.unpaid":           readUnpaid,
	"parcel.new_code":      readNewCode,
	"parcel.new_recipient": readNewRecipient,
	"parcel.status":        readStatus,
	"parcel.share":         readShare,
	"parcel.unshare":       readUnshare,
	"doors.book":           readBook,
	"doors.unbook":         readUnbook,
	"issuer.put":           readIssuerPut,
	"issuer.remove":        readIssuerRemove,
	// Statements of the operator about what a cabinet cannot know.
	"parcel.handed_over": readHandOver,
	"door.looked":        readLooked,
	"pickup.reset":       readReset,
	"clock.correct":      readCorrect,
	// About the machine itself.
	"config.put":      readConfig,
	"cabinet.restart": readRestart,
	"report":          readReport,
	"evidence.upload": readUpload,
	"playlist.put":    readPlaylist,
	"notice.put":      readNotice,
}

func readAnnounce(o *locker.Order, e contract.Order, s Secrets) error {
	var body contract.Announce
	if err := readBody(e, &body); err != nil {
		return err
	}
	o.Announce = &locker.AnnounceOrder{Tracking: body.Tracking, Size: body.Size, Low: body.Low, Zone: body.Zone, Company: body.Company, Group: body.Group,
		From: body.From, Label: body.Label, Term: time.Duration(body.Hours) * time.Hour, Until: date(body.Until)}
	if body.Hours < 0 || body.Hours > contract.MaxHours {
		return fmt.Errorf("body: hours: must be 1 to %d", contract.MaxHours)
	}
	if err := readFee(o.Announce, body.Fee); err != nil {
		return err
	}
	if err := readDeclarations(o.Announce, body); err != nil {
		return err
	}
	var r contract.Recipient
	if len(e.Personal) > 0 {
		if err := readPersonal(e, &r, s, "a phone, a pin or both, and no more"); err != nil {
			return err
		}
	}
	if r.Phone != "" {
		o.Announce.Mask, _ = locker.MaskPhone(r.Phone)
		o.Announce.Person = s.Hash(locker.PersonOf(r.Phone))
		o.Announce.Phone = s.Box([]byte(r.Phone))
	}
	return readAsk(&o.Announce.Ask, body.Ask, r, s)
}

// readDeclarations reads what a sender is asked, and what is known of a recipient's consent.
func readDeclarations(into *locker.AnnounceOrder, body contract.Announce) error {
	switch into.Consent = locker.Consent(body.Consent); {
	case into.Consent != "" && into.Consent != locker.ConsentGiven && into.Consent != locker.ConsentDenied:
		return errors.New("body: consent: is one of given, denied")
	case len(body.Agree) > contract.MaxStatements:
		return fmt.Errorf("body: agree: must be at most %d", contract.MaxStatements)
	case len(body.Weights) > contract.MaxWeights:
		return fmt.Errorf("body: weights: must be at most %d", contract.MaxWeights)
	}
	into.Weights = body.Weights
	for i, s := range body.Agree {
		texts, err := readTexts(fmt.Sprintf("body: agree: %d: texts", i+1), s.Texts)
		if err != nil {
			return err
		}
		into.Agree = append(into.Agree, locker.Statement{Key: s.Key, Texts: texts})
	}
	return nil
}

// lastDigits is how many digits of a phone number are asked for.
const lastDigits = 4

// readAsk reads a parcel's conditions at pickup.
func readAsk(into *locker.Conditions, ask []locker.Condition, r contract.Recipient, s Secrets) error {
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
		}
	}
	if r.PIN != "" && into.PIN.IsZero() {
		return errors.New("personal: a PIN that nothing asks for")
	}
	return nil
}

func readConfirm(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.Confirm
	err := readBody(e, &body)
	o.Confirm = &locker.ConfirmOrder{Tracking: body.Tracking, Session: body.Session}
	return err
}

func readCancel(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.Cancel
	err := readBody(e, &body)
	o.Cancel = &locker.CancelOrder{Tracking: body.Tracking}
	return err
}

func readUnlock(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.Unlock
	err := readBody(e, &body)
	o.Unlock = &locker.UnlockOrder{Door: body.Door, Reason: body.Reason}
	return err
}

func readBlock(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.Block
	err := readBody(e, &body)
	o.Block = &locker.BlockOrder{Door: body.Door, Reason: body.Reason}
	return err
}

func readUnblock(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.Unblock
	err := readBody(e, &body)
	o.Unblock = &locker.UnblockOrder{Door: body.Door}
	return err
}

func readCourierPut(o *locker.Order, e contract.Order, s Secrets) error {
	var body contract.CourierPut
	if err := readBody(e, &body); err != nil {
		return err
	}
	var personal contract.CourierPerson
	if err := readPersonal(e, &personal, s, "a name, and a badge or a pin"); err != nil {
		return err
	}
	o.CourierPut = &locker.Courier{ID: body.ID, Company: body.Company, Name: personal.Name,
		Rights: body.Rights, From: body.From, Until: body.Until}
	if personal.Badge != "" {
		o.CourierPut.Badge, o.CourierPut.BadgeCharacters = s.Hash(personal.Badge), utf8.RuneCountInString(personal.Badge)
	}
	if personal.PIN != "" { // the required length depends on the number of couriers, which the rules know
		o.CourierPut.PIN, o.CourierPut.PINDigits = s.Hash(personal.PIN), len(personal.PIN)
	}
	if personal.Badge != "" && !varied(personal.Badge) {
		return errors.New("personal: badge: must be by chance")
	}
	return nil
}

func readCourierRemove(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.CourierRemove
	err := readBody(e, &body)
	o.CourierRemove = &locker.CourierRemoveOrder{ID: body.ID}
	return err
}

func readResend(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.Resend
	err := readBody(e, &body)
	o.Resend = &locker.ResendOrder{After: body.After}
	return err
}

func readRevoke(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.Revoke
	err := readBody(e, &body)
	o.Revoke = &locker.RevokeOrder{IDs: body.IDs, Until: date(body.Until)}
	return err
}

func readHandOver(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.HandOver
	err := readBody(e, &body)
	o.HandOver = &locker.HandOverOrder{Tracking: body.Tracking}
	return err
}

func readReset(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.Reset
	err := readBody(e, &body)
	o.Reset = &locker.ResetOrder{Tracking: body.Tracking}
	return err
}

func readCorrect(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.Correct
	err := readBody(e, &body)
	o.Correct = &locker.CorrectOrder{Newest: body.Newest}
	return err
}

func readLooked(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.Looked
	err := readBody(e, &body)
	o.Looked = &locker.LookedOrder{Door: body.Door, By: body.By}
	return err
}

func readErase(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.Erase
	if err := readBody(e, &body); err != nil {
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
	return nil
}

// readBody reads an order's body into its type of the contract, and checks its form.
func readBody[T any](e contract.Order, body *T) error {
	if contract.Orders[e.Kind].Personal == nil && len(e.Personal) > 0 {
		return errors.New("personal: such an order is about no person")
	}
	if err := form.Read(e.Body, body); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	return contract.Check("body: ", *body)
}

// readPersonal opens an order's personal part and reads it into its type of the contract. Its errors say nothing of what is in it.
func readPersonal[T any](e contract.Order, personal *T, s Secrets, what string) error {
	open, err := s.Open(e.Personal)
	if err != nil {
		return errors.New("personal: cannot be opened with this cabinet's key")
	}
	if err := form.Read(open, personal); err != nil {
		return errors.New("personal: must be an object with " + what)
	}
	return contract.Check("personal: ", *personal)
}

// varied says that a text may be random: one in 17,000 random texts of 12 digits has fewer than four different ones.
func varied(text string) bool {
	seen := map[rune]bool{}
	for _, r := range text {
		seen[r] = true
	}
	return len(text) < locker.LeastBadge || len(seen) >= 4
}
