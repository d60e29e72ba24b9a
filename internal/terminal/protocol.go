package terminal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"unicode/utf8"

	"lockerd/internal/locker"
)

// Version is that of the protocol which an adapter says it speaks.
const Version = 1

const (
	// MaxLine is how many bytes a line has at most, in both directions, its end included.
	MaxLine = 4096
	// MaxAmount is the most that is ever asked for or believed to be paid, in minor units: as in orders.
	MaxAmount = 100_000_000
)

// Asked is a line to an adapter: exactly one of its parts.
type Asked struct {
	Pay    *Pay `json:"pay,omitempty"`    // take this money, once
	Cancel *Of  `json:"cancel,omitempty"` // stop, if nothing was taken yet; the result says what came of it
	Status *Of  `json:"status,omitempty"` // what has become of it? a result, or a state while it goes on
	Noted  *Of  `json:"noted,omitempty"`  // its result is written down: it may be forgotten
	Ping   *struct {
	} `json:"ping,omitempty"` // can payments be made? ready or unready
}

// Pay asks for money.
type Pay struct {
	ID       string `json:"id"`       // lockerd's name of the payment: the same one is never sent twice
	Amount   int64  `json:"amount"`   // in minor units
	Currency string `json:"currency"` // by ISO 4217, as "EUR"
	Language string `json:"language"` // of whoever stands there, as "de"
}

// Of names a payment.
type Of struct {
	ID string `json:"id"`
}

// Line is what an adapter reads.
func (a Asked) Line() []byte {
	text, err := json.Marshal(a)
	if err != nil {
		panic(fmt.Sprintf("terminal: write %+v: %v", a, err)) // of words and numbers alone
	}
	return append(text, '\n')
}

// Said is a line of an adapter: exactly one of its parts. Fields that are not known are passed over, and none holds free text.
type Said struct {
	Ready   *Ready   `json:"ready,omitempty"`   // payments can be made
	Unready *Unready `json:"unready,omitempty"` // they cannot
	State   *State   `json:"state,omitempty"`   // how far a payment is
	Result  *Result  `json:"result,omitempty"`  // what came of it
}

// Ready says that payments can be made.
type Ready struct {
	Protocol int `json:"protocol"`
}

// Unready says that they cannot.
type Unready struct {
	Why string `json:"why"`
}

// State is how far a payment is.
type State struct {
	ID   string            `json:"id"`
	Text locker.ChargeStep `json:"text"`
}

// Result is what came of a payment.
type Result struct {
	ID      string               `json:"id"`
	Outcome locker.ChargeOutcome `json:"outcome"`
	// Paid is what was taken, in minor units: with "paid", and only then.
	Paid int64 `json:"paid,omitempty"`
	// Reference is the terminal's or the provider's name of the payment, by which it is found there.
	Reference string `json:"reference,omitempty"`
}

// unreadies are the reasons that an adapter may give.
var unreadies = []string{"offline", "busy", "paper", "error"}

// Reasons why a line is not taken.
var (
	errJSON      = errors.New("it is no JSON object in UTF-8")
	errParts     = errors.New("it has none of ready, unready, state and result, or several")
	errProtocol  = errors.New("it speaks another version of the protocol")
	errUnready   = errors.New("unready: why is none that is known")
	errState     = errors.New("state: text is none that is known")
	errOutcome   = errors.New("result: outcome is none that is known")
	errPaid      = errors.New("result: paid is not above 0 with \"paid\", or not 0 otherwise")
	errReference = errors.New("result: reference is no short word, or looks like the number of a card")
	errID        = errors.New("its id is no payment's")
)

// ids are as lockerd makes them.
var ids = regexp.MustCompile(`^[a-z]-[0-9a-f]{1,8}-[0-9]{1,20}$`)

// references are words that may stand in a record: letters, digits and a few signs, no free text.
var references = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/-]{0,39}$`)

// Read reads a line of an adapter. A result whose reference alone is wrong counts without it: the error says so, and the Said holds it.
func Read(line []byte) (Said, error) {
	var s Said
	if !utf8.Valid(line) || json.Unmarshal(bytes.TrimSpace(line), &s) != nil {
		return Said{}, errJSON
	}
	parts := 0
	for _, there := range []bool{s.Ready != nil, s.Unready != nil, s.State != nil, s.Result != nil} {
		if there {
			parts++
		}
	}
	if parts != 1 {
		return Said{}, errParts
	}
	if err := s.check(); err != nil {
		return Said{}, err
	}
	if r := s.Result; r != nil && r.Reference != "" && (!references.MatchString(r.Reference) || Masked(r.Reference) != r.Reference) {
		r.Reference = ""
		return s, errReference
	}
	return s, nil
}

// check says what is wrong with the one part of a line.
func (s Said) check() error {
	switch {
	case s.Ready != nil && s.Ready.Protocol != Version:
		return errProtocol
	case s.Unready != nil && !slices.Contains(unreadies, s.Unready.Why):
		return errUnready
	case s.State != nil && !ids.MatchString(s.State.ID), s.Result != nil && !ids.MatchString(s.Result.ID):
		return errID
	case s.State != nil && !slices.Contains(locker.ChargeSteps(), s.State.Text):
		return errState
	case s.Result == nil:
		return nil
	case !slices.Contains(outcomes, s.Result.Outcome):
		return errOutcome
	case s.Result.Outcome == locker.ChargePaid && (s.Result.Paid < 1 || s.Result.Paid > MaxAmount), s.Result.Outcome != locker.ChargePaid && s.Result.Paid != 0:
		return errPaid
	}
	return nil
}

// outcomes are those that an adapter may say. That nothing was sent to it, lockerd alone knows.
var outcomes = []locker.ChargeOutcome{locker.ChargePaid, locker.ChargeDeclined, locker.ChargeCancelled, locker.ChargeUnknown}
