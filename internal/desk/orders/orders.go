// Package orders writes and signs the orders that lockerdesk sends to cabinets, and puts them into the books, from where they are
// published. It is the only way from the desk to a door. It owns nothing.
package orders

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/nacl/box"

	"lockerd/internal/contract"
	"lockerd/internal/credential"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/form"
	"lockerd/internal/locker"
)

// Books keep orders. books.Books are such.
type Books interface {
	Cabinet(ctx context.Context, name string) (books.Cabinet, error)
	Send(ctx context.Context, o books.Order, a *desk.Announcement, asked books.Once) (id string, err error)
	SendAll(ctx context.Context, list []books.Sending) error
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

// longest is how long an order may take to reach its cabinet: as long as a signed order may live.
const longest = 7*24*time.Hour - time.Minute

// usual is how long an order is meant that is about nobody who waits.
const usual = 24 * time.Hour

// lives are how long orders of a kind are meant, where it is not as usual: who stands before a door does not stand there for long.
var lives = map[string]time.Duration{"parcel.announce": longest, "door.unlock": time.Minute, "pickup.confirm": 2 * time.Minute, "resend": time.Hour,
	"config.put": time.Hour, "cabinet.restart": 10 * time.Minute, "report": time.Hour, "evidence.upload": 72 * time.Hour, "person.erase": longest, "tokens.revoke": longest,
	"courier.remove": longest, "issuer.remove": longest, "parcel.told": longest, "fee.link": 15 * time.Minute, "fee.paid": longest, "fee.refunded": longest,
	"fee.unpaid": longest}

// Order is an order before it is signed: docs/cloud.md has the kinds, and what each takes.
type Order struct {
	Cabinet, Kind string
	By            string        // who wants it, for the books
	Reason        string        // why, for the audit; empty: as the body says, if it says it
	Life          time.Duration // how long it is meant; 0: as is usual for its kind
	Body          any           // a struct of package contract
	Personal      any           // the same; nil: nothing
	// Tell is whom to tell of the parcel that the order makes theirs (parcel.announce, parcel.new_recipient, parcel.share); nil for all others.
	Tell *desk.Contact
	// Once is the request that asks for it, which may come twice.
	Once books.Once
	// Parcel is the id of the parcel that money is for (fee.paid, fee.refunded): its reference counts once for it.
	Parcel string
	// Stills is where the photos come that it asks for (evidence.upload); nil: to nobody here.
	Stills *books.StillsTo
	// Errand is the errand that the order carries out, once; empty: somebody wants it.
	Errand string
}

// Unfit is the error of an order that no cabinet would read, or that cannot be written for this cabinet.
type Unfit struct{ Reason error }

// Error says what is wrong. It repeats no value.
func (u Unfit) Error() string { return u.Reason.Error() }

// Unwrap is the reason.
func (u Unfit) Unwrap() error { return u.Reason }

// Read makes the order of a kind of what somebody has typed: body and personal part in JSON, which are read as strictly as a cabinet
// reads them.
func Read(cabinet, kind, by string, body, personal json.RawMessage) (Order, error) {
	o := Order{Cabinet: cabinet, Kind: kind, By: by}
	shape, known := contract.Orders[kind]
	if !known {
		return o, Unfit{fmt.Errorf("orders: there is no order %q", kind)}
	}
	part := func(name string, of any, text json.RawMessage) (any, error) {
		v := reflect.New(reflect.TypeOf(of))
		if err := form.Read(text, v.Interface()); err != nil {
			return nil, Unfit{fmt.Errorf("orders: %s of %s: %w", name, kind, err)}
		}
		return v.Elem().Interface(), nil
	}
	var err error
	if o.Body, err = part("body", shape.Body, body); err != nil {
		return o, err
	}
	switch {
	case len(personal) == 0:
	case shape.Personal == nil:
		return o, Unfit{fmt.Errorf("orders: %s is about no person", kind)}
	default:
		o.Personal, err = part("personal", shape.Personal, personal)
	}
	return o, err
}

// Announcement is a parcel that will be brought.
type Announcement struct {
	Tracking string
	Size     string    // empty: the courier chooses
	Low      bool      // its recipient needs a door that can be reached from a wheelchair
	Company  string    // only its couriers may bring it, or collect it from its sender; empty: anybody's
	Sends    bool      // its sender brings it, by a code that the cabinet makes; Contact is theirs
	Hours    int       // its renter does, likewise, and has the door for so long; 0: it is no renter's
	Until    time.Time // when it is expected no more; zero: as long as the cabinet's setting says, and a sender or renter for Sendable
	Ask      []locker.Condition
	Fee      *locker.Terms        // what it costs; nil: nothing
	Label    bool                 // its sender may show the label that is on it instead of the code
	Agree    []contract.Statement // what its sender is to agree to,
	Weights  []int                // and may say of its weight
	Consent  string               // whether its recipient agrees that it goes into a cabinet: "given", "denied"; empty: nobody knows
	Contact  desk.Contact
}

// MostDays is for how many days a parcel may be announced.
const MostDays = 90

// Sendable is how long a sender or a renter is expected unless somebody says otherwise.
const Sendable = 14 * 24 * time.Hour

// Order is the order that tells a cabinet of the parcel.
func (a Announcement) Order(cabinet, by string) Order {
	if (a.Sends || a.Hours > 0) && a.Until.IsZero() {
		a.Until = time.Now().Add(Sendable)
	}
	a.Until = a.Until.UTC().Truncate(time.Second)
	o := Order{Cabinet: cabinet, Kind: "parcel.announce", By: by, Tell: &a.Contact,
		Body: contract.Announce{Tracking: a.Tracking, Size: a.Size, Low: a.Low, Company: a.Company, Until: a.Until, Ask: a.Ask, Fee: written(a.Fee), Consent: a.Consent}}
	if a.Contact.Phone != "" && !a.Sends && a.Hours == 0 {
		o.Personal = contract.Recipient{Phone: a.Contact.Phone}
	}
	if a.Sends {
		o.Body = contract.Announce{Tracking: a.Tracking, Size: a.Size, Low: a.Low, Company: a.Company, Until: a.Until, From: locker.FromSender,
			Label: a.Label, Agree: a.Agree, Weights: a.Weights}
	}
	if a.Hours > 0 {
		o.Body = contract.Announce{Tracking: a.Tracking, Size: a.Size, Low: a.Low, Company: a.Company, Until: a.Until, From: locker.FromRenter, Hours: a.Hours, Fee: written(a.Fee)}
	}
	return o
}

// Share is the order that gives one more person a code for a rented door. Whoever can be reached is told by this desk.
func Share(tracking, person string, mayEnd bool, contact desk.Contact) Order {
	o := Order{Kind: "parcel.share", Body: contract.Share{Tracking: tracking, Person: person, MayEnd: mayEnd}}
	if !contact.IsZero() {
		o.Tell = &contact
	}
	return o
}

// Announce tells a cabinet of a parcel, and remembers whom to tell once it is there. It returns the order's id.
func (o *Office) Announce(ctx context.Context, cabinet, by string, a Announcement) (id string, err error) {
	return o.Send(ctx, a.Order(cabinet, by))
}

// Unlock has a door opened, for a reason that stands in the cabinet's log. It is meant for a minute.
func (o *Office) Unlock(ctx context.Context, cabinet, by string, door int, reason string) (id string, err error) {
	return o.Send(ctx, Order{Cabinet: cabinet, Kind: "door.unlock", By: by, Body: contract.Unlock{Door: door, Reason: reason}})
}

// Resend has a cabinet send everything after a record once more.
func (o *Office) Resend(ctx context.Context, cabinet string, after uint64, life time.Duration) error {
	_, err := o.Send(ctx, Order{Cabinet: cabinet, Kind: "resend", By: "lockerdesk", Life: life, Body: contract.Resend{After: after}})
	return err
}

// Send writes an order, signs it and puts it into the books. It returns the order's id: that of before, if the same was asked for once
// already.
func (o *Office) Send(ctx context.Context, w Order) (id string, err error) {
	s, err := o.sign(ctx, w)
	if err != nil {
		return "", err
	}
	id, err = o.books.Send(ctx, s.Order, s.Announce, w.Once)
	if err == nil {
		o.sent()
	}
	return id, err
}

// SendAll sends several orders, all or none of them. wrong has an entry for each that cannot be written, by its place in the list: then
// none is sent. Once does not count here.
func (o *Office) SendAll(ctx context.Context, list []Order) (wrong map[int]error, err error) {
	wrong = make(map[int]error)
	all := make([]books.Sending, 0, len(list))
	for i, w := range list {
		s, err := o.sign(ctx, w)
		switch unfit := (Unfit{}); {
		case errors.As(err, &unfit), errors.Is(err, books.ErrNotEnrolled):
			wrong[i] = err
		case err != nil:
			return nil, err
		}
		all = append(all, s)
	}
	if len(wrong) > 0 {
		return wrong, nil
	}
	if err := o.books.SendAll(ctx, all); err != nil {
		return nil, err
	}
	o.sent()
	return nil, nil
}

// sign writes and signs an order.
func (o *Office) sign(ctx context.Context, w Order) (s books.Sending, err error) {
	cabinet, err := o.books.Cabinet(ctx, w.Cabinet)
	if err != nil {
		return s, err
	}
	m, err := w.message(cabinet.Reader)
	if err != nil {
		return s, Unfit{fmt.Errorf("orders: %s to %s: %w", w.Kind, w.Cabinet, err)}
	}
	payload, err := json.Marshal(m)
	if err != nil {
		return s, fmt.Errorf("orders: write: %w", err)
	}
	signed, err := o.signer.Order(payload)
	if err != nil {
		return s, err
	}
	a, announces := w.Body.(contract.Announce)
	if w.Tell != nil {
		s.Announce = &desk.Announcement{Order: m.ID, Cabinet: w.Cabinet, Tracking: tracking(w.Body), Contact: *w.Tell, State: desk.Sent,
			Sends: a.From == locker.FromSender, Rents: a.From == locker.FromRenter, Hours: a.Hours}
		if _, shares := w.Body.(contract.Share); shares {
			s.Announce.State, s.Announce.Rents = desk.Sharing, true
		}
		if announces {
			s.Announce.Company, s.Announce.Size = a.Company, a.Size
			if s.Announce.Fee, err = terms(a.Fee); err != nil {
				return s, Unfit{fmt.Errorf("orders: %s to %s: fee: %w", w.Kind, w.Cabinet, err)}
			}
		}
	}
	subject, reason := about(m.Body)
	s.Order = books.Order{ID: m.ID, Cabinet: w.Cabinet, Kind: w.Kind, By: w.By, From: from(ctx), Subject: subject,
		Reason: reasoned(w.Body, cmp.Or(w.Reason, reason)), Signed: signed, Expires: m.Expires, Payment: w.payment(), Errand: w.Errand, Stills: w.Stills}
	return s, nil
}

// message is the order as it is signed, with what is personal in a box for the cabinet.
func (w Order) message(reader []byte) (m contract.Order, err error) {
	life := w.Life
	if life == 0 {
		life = cmp.Or(lives[w.Kind], usual)
	}
	if life < 0 || life > longest {
		return m, errors.New("an order is meant for at most seven days")
	}
	now := time.Now().UTC().Truncate(time.Second)
	m = contract.Order{ID: "desk-" + strings.ToLower(rand.Text()[:16]), Cabinet: w.Cabinet, Kind: w.Kind, Issued: now, Expires: now.Add(life)}
	if m.Body, err = checked("", w.Body); err != nil {
		return m, err
	}
	if w.Personal == nil {
		if contract.Orders[w.Kind].MustPersonal {
			return m, errors.New("the personal part is missing")
		}
		return m, nil
	}
	m.Personal, err = boxed(reader, w.Personal)
	return m, err
}

// fromKey is where From keeps an address in a context.
type fromKey struct{}

// From says from which address the orders of a context come: it stands in the audit beside who wanted them.
func From(ctx context.Context, address string) context.Context {
	return context.WithValue(ctx, fromKey{}, address)
}

func from(ctx context.Context) string {
	address, _ := ctx.Value(fromKey{}).(string)
	return address
}

// about is what an order is about, and why, as its body says it: bodies hold nothing personal.
func about(body json.RawMessage) (subject, reason string) {
	var says struct {
		Tracking string `json:"tracking"`
		Door     int    `json:"door"`
		Courier  string `json:"courier"`
		Issuer   string `json:"issuer"`
		Booking  string `json:"booking"`
		Reason   string `json:"reason"`
	}
	_ = json.Unmarshal(body, &says) // we wrote it; a field of another type stays empty
	door := ""
	if says.Door != 0 {
		door = strconv.Itoa(says.Door)
	}
	return cmp.Or(says.Tracking, door, says.Courier, says.Issuer, says.Booking), says.Reason
}

// tracking is the number of the parcel that an order names.
func tracking(body any) string {
	switch b := body.(type) {
	case contract.Announce:
		return b.Tracking
	case contract.NewRecipient:
		return b.Tracking
	case contract.Share:
		return b.Tracking
	}
	return ""
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
