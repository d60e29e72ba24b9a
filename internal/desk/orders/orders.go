// Package orders writes and signs the orders that lockerdesk sends to cabinets, and puts them into the books, from where they are
// published. It is the only way from the desk to a door. It owns nothing.
package orders

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/nacl/box"

	"lockerd/internal/contract"
	"lockerd/internal/credential"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
)

// Books keep orders. books.Books are such.
type Books interface {
	Cabinet(ctx context.Context, name string) (books.Cabinet, error)
	Send(ctx context.Context, o books.Order, a *desk.Announcement) error
}

// Office writes orders. It may be used from anywhere.
type Office struct {
	books  Books
	signer *credential.Signer
	sent   func() // an order waits to be published
}

// New makes an office. The signer's key is one that cabinets follow orders of.
func New(b Books, signer *credential.Signer, sent func()) *Office {
	return &Office{books: b, signer: signer, sent: sent}
}

// announceLife is how long an announcement may take to reach its cabinet: as long as a signed order may live.
const announceLife = 7*24*time.Hour - time.Minute

// Announcement is a parcel that will be brought.
type Announcement struct {
	Tracking string
	Size     string // empty: the courier chooses
	Low      bool   // its recipient needs a door that can be reached from a wheelchair
	Company  string // only its couriers may bring it; empty: anybody's
	Contact  desk.Contact
}

// Announce tells a cabinet of a parcel, and remembers whom to tell once it is there. It returns the order's id.
func (o *Office) Announce(ctx context.Context, cabinet, by string, a Announcement) (id string, err error) {
	w := order{cabinet: cabinet, kind: "parcel.announce", by: by, life: announceLife,
		body: contract.Announce{Tracking: a.Tracking, Size: a.Size, Low: a.Low, Company: a.Company}}
	if a.Contact.Phone != "" {
		w.personal = contract.Recipient{Phone: a.Contact.Phone}
	}
	return o.send(ctx, w, &desk.Announcement{Cabinet: cabinet, Tracking: a.Tracking, Contact: a.Contact, State: desk.Sent})
}

// Unlock has a door opened, for a reason that stands in the cabinet's log. It is meant for a minute.
func (o *Office) Unlock(ctx context.Context, cabinet, by string, door int, reason string) (id string, err error) {
	return o.send(ctx, order{cabinet: cabinet, kind: "door.unlock", by: by, life: time.Minute, body: contract.Unlock{Door: door, Reason: reason}}, nil)
}

// Resend has a cabinet send everything after a record once more.
func (o *Office) Resend(ctx context.Context, cabinet string, after uint64, life time.Duration) error {
	_, err := o.send(ctx, order{cabinet: cabinet, kind: "resend", by: "lockerdesk", life: life, body: contract.Resend{After: after}}, nil)
	return err
}

// order is an order before it is written: docs/cloud.md has the kinds, and what each takes.
type order struct {
	cabinet, kind, by string
	life              time.Duration
	body              any // a struct of package contract
	personal          any // the same; nil: nothing
}

// send writes an order, signs it and puts it into the books.
func (o *Office) send(ctx context.Context, w order, a *desk.Announcement) (id string, err error) {
	cabinet, err := o.books.Cabinet(ctx, w.cabinet)
	if err != nil {
		return "", err
	}
	now := time.Now().UTC().Truncate(time.Second)
	m := contract.Order{ID: "desk-" + strings.ToLower(rand.Text()[:16]), Cabinet: w.cabinet, Kind: w.kind, Issued: now, Expires: now.Add(w.life)}
	if m.Body, err = checked("", w.body); err != nil {
		return "", fmt.Errorf("orders: %s to %s: %w", w.kind, w.cabinet, err)
	}
	if w.personal != nil {
		if m.Personal, err = boxed(cabinet.Reader, w.personal); err != nil {
			return "", fmt.Errorf("orders: %s to %s: %w", w.kind, w.cabinet, err)
		}
	}
	payload, err := json.Marshal(m)
	if err != nil {
		return "", fmt.Errorf("orders: write: %w", err)
	}
	signed, err := o.signer.Order(payload)
	if err != nil {
		return "", err
	}
	if a != nil {
		a.Order = m.ID
	}
	if err := o.books.Send(ctx, books.Order{ID: m.ID, Cabinet: w.cabinet, Kind: w.kind, By: w.by, Signed: signed, Expires: m.Expires}, a); err != nil {
		return "", err
	}
	o.sent()
	return m.ID, nil
}

// checked is a part of an order as JSON, if a cabinet would read it: better said here than by a refusal.
func checked(in string, part any) (json.RawMessage, error) {
	if err := contract.Check(in, part); err != nil {
		return nil, err
	}
	return json.Marshal(part)
}

// boxed is something personal in a box that only the cabinet can open.
func boxed(reader []byte, personal any) ([]byte, error) {
	if len(reader) != 32 {
		return nil, errors.New("the cabinet's public key is not known: lockerdesk enrol --key, with what lockerd keys prints")
	}
	plain, err := checked("personal: ", personal)
	if err != nil {
		return nil, err
	}
	sealed, err := box.SealAnonymous(nil, plain, (*[32]byte)(reader), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("seal the personal part: %w", err)
	}
	return sealed, nil
}
