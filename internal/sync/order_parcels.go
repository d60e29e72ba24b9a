package sync

import (
	"errors"
	"fmt"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/locker"
)

func readExtend(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.Extend
	if err := readBody(e, &body); err != nil {
		return err
	}
	o.Extend = &locker.ExtendOrder{Tracking: body.Tracking, Until: date(body.Until), By: time.Duration(body.ByHours) * time.Hour, Price: body.Price}
	switch {
	case body.Price < 0 || body.Price > contract.MaxAmount:
		return fmt.Errorf("body: price: must be 0 to %d", contract.MaxAmount)
	case body.ByHours < 0 || body.ByHours > contract.MaxHours:
		return fmt.Errorf("body: by_hours: must be 1 to %d", contract.MaxHours)
	case o.Extend.Until.IsZero() == (body.ByHours == 0):
		return errors.New("body: must say until when, or by_hours, and one of them only")
	}
	return nil
}

func readNewCode(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.NewCode
	err := readBody(e, &body)
	o.NewCode = &locker.NewCodeOrder{Tracking: body.Tracking}
	return err
}

func readNewRecipient(o *locker.Order, e contract.Order, s Secrets) error {
	var body contract.NewRecipient
	if err := readBody(e, &body); err != nil {
		return err
	}
	o.NewRecipient = &locker.NewRecipientOrder{Tracking: body.Tracking, Group: body.Group}
	var r contract.Recipient
	if len(e.Personal) > 0 {
		if err := readPersonal(e, &r, s, "a phone, a pin or both, and no more"); err != nil {
			return err
		}
	}
	if r.Phone != "" {
		o.NewRecipient.Mask, _ = locker.MaskPhone(r.Phone)
		o.NewRecipient.Phone = s.Box([]byte(r.Phone))
		o.NewRecipient.Person = s.Hash(locker.PersonOf(r.Phone))
	}
	return readAsk(&o.NewRecipient.Ask, body.Ask, r, s)
}

func readShare(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.Share
	err := readBody(e, &body)
	o.Share = &locker.ShareOrder{Tracking: body.Tracking, Person: body.Person, Ends: body.MayEnd}
	return err
}

func readUnshare(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.Unshare
	err := readBody(e, &body)
	o.Unshare = &locker.UnshareOrder{Tracking: body.Tracking, Person: body.Person}
	return err
}

func readStatus(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.AskStatus
	if err := readBody(e, &body); err != nil {
		return err
	}
	if (body.Tracking == "") == (body.Parcel == "") {
		return errors.New("body: must name a tracking number or a parcel, and one of them only")
	}
	o.Status = &locker.StatusOrder{Tracking: body.Tracking, Parcel: body.Parcel}
	return nil
}

func readBook(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.Book
	if err := readBody(e, &body); err != nil {
		return err
	}
	o.Book = &locker.BookOrder{Doors: body.Doors, Size: body.Size, Count: body.Count, Tracking: body.Tracking, Company: body.Company,
		Until: date(body.Until)}
	if len(body.Doors) > contract.MaxDoors || body.Count < 0 || body.Count > contract.MaxDoors {
		return fmt.Errorf("body: doors: must be at most %d", contract.MaxDoors)
	}
	return nil
}

func readUnbook(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.Unbook
	err := readBody(e, &body)
	o.Unbook = &locker.UnbookOrder{Booking: body.Booking}
	return err
}

// readIssuerPut reads a key. Whether it is one, and nobody else's, credential says.
func readIssuerPut(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.IssuerPut
	err := readBody(e, &body)
	o.IssuerPut = &locker.Issuer{ID: body.ID, Key: body.Key, Signs: body.Signs, Until: date(body.Until)}
	return err
}

func readIssuerRemove(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.IssuerRemove
	err := readBody(e, &body)
	o.IssuerRemove = &locker.IssuerRemoveOrder{ID: body.ID}
	return err
}
