package sync

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/form"
	"lockerd/internal/locker"
)

// readOrder reads an order and checks its form. An error becomes its Refusal, which never repeats personal data. Without an
// ID no answer is possible. The rules judge cabinet, lifetime and duplicates.
func readOrder(message []byte, retained, allowUnsigned bool, s Secrets) locker.Order {
	payload, issuer, err := prove(message, retained, allowUnsigned, s)
	if err != nil {
		return locker.Order{ID: claimedID(message), Unproven: true, Refusal: err.Error()}
	}
	var e contract.Order
	if err := form.Read(payload, &e); err != nil {
		return locker.Order{ID: readID(payload), Issuer: issuer, Refusal: err.Error()}
	}
	o := locker.Order{ID: usableID(e.ID), Cabinet: e.Cabinet, Issuer: issuer,
		Issued: date(e.Issued), Expires: date(e.Expires)}
	read, known := kinds[e.Kind]
	if known {
		o.Kind = e.Kind
	}
	bare := o
	switch {
	case o.ID == "":
		o.Refusal = fmt.Sprintf("id: must have 1 to %d printable characters", contract.MaxID)
	case !known:
		o.Refusal = "kind: not one of this release"
	default:
		if err := read(&o, e, s); err != nil {
			o = bare
			o.Refusal = err.Error()
		}
	}
	return o
}

// prove returns an order's payload and its signer; an error if anybody may have sent it. Properties that the broker adds to
// a message are not part of the order, since the broker may have invented them.
func prove(message []byte, retained, allowUnsigned bool, s Secrets) (payload []byte, issuer string, err error) {
	switch {
	case len(message) > contract.MaxOrder:
		return nil, "", fmt.Errorf("longer than %d bytes", contract.MaxOrder)
	case retained:
		return nil, "", errors.New("retained: an order is meant once")
	case isSigned(message):
		return s.Order(message)
	case !allowUnsigned:
		return nil, "", errUnsigned
	}
	return message, "", nil
}

var errUnsigned = errors.New("not signed")

// isSigned says that a message looks like a JWS in compact form: it begins with {" in base64url.
func isSigned(message []byte) bool { return bytes.HasPrefix(message, []byte("ey")) }

// claimedID is the id that a message claims; "" if there is none.
func claimedID(message []byte) string {
	if isSigned(message) {
		return idOfSigned(message)
	}
	return readID(message)
}

// date is a time that can be written again: to the millisecond; the zero time if its year does not have four digits.
func date(t time.Time) time.Time {
	t = t.UTC().Truncate(time.Millisecond)
	if t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// readID finds the id of an order that cannot be read as a whole, so that its sender can be told; "" if there is none.
func readID(payload []byte) string { return usableID(form.Text(payload, "id")) }

// idOfSigned finds the id in a JWS in compact form (RFC 7515) without checking its signature.
func idOfSigned(message []byte) string {
	parts := bytes.Split(message, []byte("."))
	if len(message) > contract.MaxOrder || len(parts) != 3 {
		return ""
	}
	claims, err := base64.RawURLEncoding.AppendDecode(nil, parts[1])
	if err != nil {
		return ""
	}
	return readID(claims)
}

// usableID is the id if it can be one.
func usableID(id string) string {
	if !contract.Plain(id, contract.MaxID) {
		return ""
	}
	return id
}
