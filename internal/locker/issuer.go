package locker

import (
	"fmt"
	"slices"
	"time"
)

// Issuer is a key whose signatures count here. What it has signed is checked before the rules see it.
type Issuer struct {
	ID    string   `json:"issuer"` // the key's name, as "kid" in what it signs
	Key   string   `json:"key"`    // the public key: Ed25519, 32 bytes in base64
	Signs []string `json:"signs"`  // of SignsOrders, SignsAcks and SignsTokens
	// Until is when it ends by itself; zero: never.
	Until time.Time `json:"until,omitzero"`
}

// What an issuer may sign.
const (
	SignsOrders = "orders" // the cloud's orders, and its acks as well
	SignsAcks   = "acks"   // the cloud's acks alone: for a key that lies where events are received
	SignsTokens = "tokens" // what people hold before the scanner
)

// IssuerRemoveOrder says that a key's signatures no longer count.
type IssuerRemoveOrder struct {
	ID string
}

// issuers are the keys that orders have put or removed, beside those of the configuration.
type issuers struct {
	Issuers        []Issuer `json:"issuers,omitempty"`
	RemovedIssuers []string `json:"removed_issuers,omitempty"` // ids of the configuration's
}

func (x issuers) clone() issuers {
	return issuers{slices.Clip(x.Issuers), slices.Clip(x.RemovedIssuers)}
}

// maxIssuers is how many keys orders may put.
const maxIssuers = 16

// Trusted are the keys whose signatures count now.
func (s *State) Trusted() []Issuer {
	list := slices.Clone(s.Issuers)
	for _, i := range s.plan.Issuers {
		put := slices.ContainsFunc(s.Issuers, func(x Issuer) bool { return x.ID == i.ID })
		if !put && !slices.Contains(s.RemovedIssuers, i.ID) {
			list = append(list, i)
		}
	}
	return list
}

func (i Issuer) orders() bool { return slices.Contains(i.Signs, SignsOrders) }

// configured says that a key is one of the configuration's: only somebody with access to the machine can have listed it.
func (s *State) configured(id string) bool {
	return slices.ContainsFunc(s.plan.Issuers, func(i Issuer) bool { return i.ID == id })
}

// mayOrder says that a key's orders count. One may have been checked before its key was removed.
func (s *State) mayOrder(id string) bool {
	return slices.ContainsFunc(s.Trusted(), func(i Issuer) bool { return i.ID == id && i.orders() })
}

// refusalToPutIssuer says why a key cannot be put. Whoever steals a key that orders have put can neither replace nor remove one of the
// configuration: those take it away from the thief.
func (s *State) refusalToPutIssuer(o Order, now Now) string {
	i := *o.IssuerPut
	at := slices.IndexFunc(s.Trusted(), func(x Issuer) bool { return x.ID == i.ID })
	switch {
	case o.Issuer == "":
		return "it is not signed"
	case s.configured(i.ID) && !s.configured(o.Issuer):
		return "a key of the configuration is changed by a key of the configuration alone"
	case at >= 0 && s.Trusted()[at].Key != i.Key, at < 0 && s.configured(i.ID):
		return "another key has that id, or had it: put this one under an id of its own"
	case !i.Until.IsZero() && (!now.Known || !i.Until.After(now.Wall)):
		return "until: it would end at once, or the clock is not set"
	case at < 0 && len(s.Issuers) >= maxIssuers:
		return fmt.Sprintf("more keys than can be put: %d were, remove one first", maxIssuers)
	case !s.commanded(i.ID, &i):
		return lastKey
	}
	return ""
}

const lastKey = "it would leave no key without an end that signs orders"

func (s *State) refusalToRemoveIssuer(o Order) string {
	id := o.IssuerRemove.ID
	switch {
	case o.Issuer == "":
		return "it is not signed"
	case !slices.ContainsFunc(s.Trusted(), func(x Issuer) bool { return x.ID == id }):
		return "no such key"
	case s.configured(id) && !s.configured(o.Issuer):
		return "a key of the configuration is removed by a key of the configuration alone"
	case !s.commanded(id, nil):
		return lastKey
	}
	return ""
}

// commanded says that a key that signs orders would be left, and never end by itself, if one were replaced or, with nil, removed.
func (s *State) commanded(id string, by *Issuer) bool {
	left := without(s.Trusted(), func(i Issuer) bool { return i.ID == id })
	if by != nil {
		left = append(left, *by)
	}
	return slices.ContainsFunc(left, func(i Issuer) bool { return i.orders() && i.Until.IsZero() })
}

// issuersOver ends keys whose time is over.
func (d *decision) issuersOver() {
	for _, i := range slices.Clone(d.s.Issuers) {
		if !i.Until.IsZero() && !d.now.Wall.Before(i.Until) {
			d.emit(IssuerRemoved{Issuer: i.ID, Why: RemovedOver})
		}
	}
}

// Why a key no longer counts.
const (
	RemovedOrder = "order"
	RemovedOver  = "over" // its time is
)

func (s *State) applyIssuer(e Event) {
	switch e := e.(type) {
	case IssuerPut:
		s.Issuers = append(without(s.Issuers, func(i Issuer) bool { return i.ID == e.ID }), e.Issuer)
	case IssuerRemoved:
		s.Issuers = without(s.Issuers, func(i Issuer) bool { return i.ID == e.Issuer })
		if s.configured(e.Issuer) {
			s.RemovedIssuers = with(s.RemovedIssuers, e.Issuer)
		}
	}
}

// IssuerPut says that a key's signatures count from now on.
type IssuerPut struct {
	Order string `json:"order"`
	Issuer
}

// Kind is "issuer.put".
func (IssuerPut) Kind() string { return "issuer.put" }

// IssuerRemoved says that a key's signatures no longer count.
type IssuerRemoved struct {
	Issuer string `json:"issuer"`
	Why    string `json:"why"`             // RemovedOrder or RemovedOver
	Order  string `json:"order,omitempty"` // that removed it
}

// Kind is "issuer.removed".
func (IssuerRemoved) Kind() string { return "issuer.removed" }
