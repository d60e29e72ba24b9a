package sync

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"lockerd/internal/locker"
)

// Limits of an order.
const (
	maxOrder    = 8 << 10 // bytes of the payload
	maxID       = 64      // characters
	maxTracking = 64      // characters
	maxSize     = 16      // characters
	maxReason   = 200     // characters
	maxDoor     = 9999
)

// envelope is an order as it is sent.
type envelope struct {
	ID       string          `json:"id"`
	Cabinet  string          `json:"cabinet"`
	Kind     string          `json:"kind"`
	Issued   time.Time       `json:"issued"`
	Expires  time.Time       `json:"expires"`
	Body     json.RawMessage `json:"body"`
	Personal []byte          `json:"personal"`
}

// Kinds of orders.
const (
	kindAnnounce = "parcel.announce"
	kindUnlock   = "door.unlock"
)

// readOrder reads an order and checks its form. What is wrong with it becomes its Refusal, which never repeats what may
// be personal. Without an ID there is nobody to answer. Cabinet, lifetime and doubles are for the rules to judge.
func readOrder(payload []byte, retained, allowUnsigned bool, s Secrets) locker.Order {
	if bytes.HasPrefix(payload, []byte("ey")) { // {" in base64url: a JWS in its compact form
		return locker.Order{ID: idOfSigned(payload), Refusal: "signed orders are not supported by this release"}
	}
	refused := locker.Order{ID: readID(payload)}
	if len(payload) > maxOrder {
		refused.Refusal = fmt.Sprintf("longer than %d bytes", maxOrder)
		return refused
	}
	var e envelope
	if err := decode(payload, &e); err != nil {
		refused.Refusal = err.Error()
		return refused
	}
	o := locker.Order{ID: usableID(e.ID), Cabinet: e.Cabinet, Expires: e.Expires}
	if e.Kind == kindAnnounce || e.Kind == kindUnlock {
		o.Kind = e.Kind
	}
	switch {
	case o.ID == "":
		o.Refusal = fmt.Sprintf("id: must have 1 to %d printable characters", maxID)
	case retained:
		o.Refusal = "retained: an order is meant once"
	case !allowUnsigned:
		o.Refusal = "not signed"
	default:
		if err := readBody(&o, e, s); err != nil {
			o.Announce, o.Unlock, o.Refusal = nil, nil, err.Error()
		}
	}
	return o
}

// readBody reads what the kind of order asks for.
func readBody(o *locker.Order, e envelope, s Secrets) error {
	switch o.Kind {
	case kindAnnounce:
		return readAnnounce(o, e, s)
	case kindUnlock:
		return readUnlock(o, e)
	default:
		return fmt.Errorf("kind: must be %q or %q", kindAnnounce, kindUnlock)
	}
}

func readAnnounce(o *locker.Order, e envelope, s Secrets) error {
	var body struct {
		Tracking string `json:"tracking"`
		Size     string `json:"size"`
	}
	if err := decode(e.Body, &body); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	if body.Tracking == "" || !plain(body.Tracking, maxTracking) {
		return fmt.Errorf("body: tracking: must have 1 to %d printable characters", maxTracking)
	}
	if !plain(body.Size, maxSize) {
		return fmt.Errorf("body: size: must have at most %d printable characters", maxSize)
	}
	o.Announce = &locker.AnnounceOrder{Tracking: body.Tracking, Size: body.Size}
	if len(e.Personal) == 0 {
		return nil
	}
	phone, err := readPhone(e.Personal, s)
	if err != nil {
		return err
	}
	o.Announce.Mask, o.Announce.Phone = mask(phone), s.Box([]byte(phone))
	return nil
}

func readUnlock(o *locker.Order, e envelope) error {
	var body struct {
		Door   int    `json:"door"`
		Reason string `json:"reason"`
	}
	if err := decode(e.Body, &body); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	if body.Door < 1 || body.Door > maxDoor {
		return errors.New("body: door: there is no such number")
	}
	if !plain(body.Reason, maxReason) {
		return fmt.Errorf("body: reason: must have at most %d printable characters", maxReason)
	}
	if len(e.Personal) > 0 {
		return errors.New("personal: an unlock is about no person")
	}
	o.Unlock = &locker.UnlockOrder{Door: body.Door, Reason: body.Reason}
	return nil
}

// readPhone opens the personal part of an announcement. Its errors say nothing of what is in it.
func readPhone(box []byte, s Secrets) (string, error) {
	open, err := s.Open(box)
	if err != nil {
		return "", errors.New("personal: cannot be opened with this cabinet's key")
	}
	var personal struct {
		Phone string `json:"phone"`
	}
	if err := decode(open, &personal); err != nil {
		return "", errors.New("personal: must be an object with a phone and no more")
	}
	digits := strings.TrimPrefix(personal.Phone, "+")
	if len(digits) < 5 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" { // E.164: at most 15
		return "", errors.New("personal: phone: must be 5 to 15 digits, with or without a leading +")
	}
	return personal.Phone, nil
}

// mask is what may be shown of a phone number: its last two digits.
func mask(phone string) string { return "•••••" + phone[len(phone)-2:] }

// decode reads exactly one JSON value without unknown fields. Its errors name fields, never values.
func decode(data []byte, v any) error {
	if !utf8.Valid(data) {
		return errors.New("not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		var wrong *json.UnmarshalTypeError
		switch {
		case errors.As(err, &wrong) && wrong.Field != "":
			return fmt.Errorf("%s: of the wrong type", wrong.Field)
		case errors.As(err, &wrong):
			return errors.New("must be an object")
		case strings.HasPrefix(err.Error(), "json: unknown field "):
			return errors.New("a field that is not known")
		case len(data) == 0:
			return errors.New("missing")
		default:
			return errors.New("cannot be read")
		}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows its end")
	}
	return nil
}

// readID finds the id of an order that cannot be read as a whole, so that its sender can be told; "" if there is none.
func readID(payload []byte) string {
	d := json.NewDecoder(bytes.NewReader(payload))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return ""
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return ""
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return ""
		}
		var id string
		if name == "id" && json.Unmarshal(value, &id) == nil {
			return usableID(id)
		}
	}
	return ""
}

// idOfSigned finds the id of a JWS in compact form (RFC 7515), whose signature is not looked at.
func idOfSigned(payload []byte) string {
	parts := bytes.Split(payload, []byte("."))
	if len(payload) > maxOrder || len(parts) != 3 {
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
	if !plain(id, maxID) {
		return ""
	}
	return id
}

// plain says that a text is printable and not too long.
func plain(s string, longest int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= longest &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
