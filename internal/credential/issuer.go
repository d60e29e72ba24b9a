package credential

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/go-jose/go-jose/v4"

	"lockerd/internal/form"
	"lockerd/internal/locker"
)

// What an issuer may sign.
const (
	SignsOrders = locker.SignsOrders
	SignsAcks   = locker.SignsAcks
	SignsTokens = locker.SignsTokens
)

var signable = []string{SignsOrders, SignsAcks, SignsTokens}

// Issuer is a signer who is trusted by this cabinet. Keys are rotated by listing the new one beside the old one for a while.
type Issuer struct {
	ID    string   `toml:"id"`    // the key's name, as "kid" in what it signs: short, it is part of every QR
	Key   string   `toml:"key"`   // the public key: Ed25519, 32 bytes in base64
	Signs []string `toml:"signs"` // of SignsOrders, SignsAcks and SignsTokens
}

// maxIssuerID keeps a token's QR code small.
const maxIssuerID = 16

// Issuers are the trusted signers. They may be used by several goroutines.
type Issuers struct {
	keys atomic.Pointer[map[string]issuer] // replaced as a whole, never changed
}

type issuer struct {
	public ed25519.PublicKey
	signs  []string
}

// NewIssuers reads the issuers of a configuration, and reports everything that is wrong with them.
func NewIssuers(list []Issuer) (*Issuers, error) {
	s, keys := &Issuers{}, make(map[string]issuer)
	var errs []error
	bad := func(i Issuer, format string, args ...any) {
		errs = append(errs, fmt.Errorf("issuer %q: %s", i.ID, fmt.Sprintf(format, args...)))
	}
	for _, i := range list {
		if i.ID == "" || len(i.ID) > maxIssuerID {
			bad(i, "id: must have 1 to %d bytes", maxIssuerID)
		}
		if _, twice := keys[i.ID]; twice {
			bad(i, "is listed twice")
		}
		public, err := base64.StdEncoding.DecodeString(i.Key)
		if err != nil || len(public) != ed25519.PublicKeySize {
			bad(i, "key: must be %d bytes in base64 (`lockerd keys issuer` makes a pair)", ed25519.PublicKeySize)
		}
		if len(i.Signs) == 0 {
			bad(i, "signs: must name what it signs, of %q", signable)
		}
		for _, what := range i.Signs {
			if !slices.Contains(signable, what) {
				bad(i, "signs: %q is none of %q", what, signable)
			}
		}
		keys[i.ID] = issuer{public: public, signs: i.Signs}
	}
	s.keys.Store(&keys)
	return s, errors.Join(errs...)
}

// Trust replaces the trusted signers: orders may put and remove some. One that could not have been put is left out.
func (s *Issuers) Trust(list []locker.Issuer) {
	keys := make(map[string]issuer, len(list))
	for _, i := range list {
		if one, err := NewIssuers([]Issuer{{ID: i.ID, Key: i.Key, Signs: i.Signs}}); err == nil {
			keys[i.ID] = (*one.keys.Load())[i.ID]
		}
	}
	s.keys.Store(&keys)
}

// CheckIssuer says why an order cannot put a key: it is none, or others know its private half.
func CheckIssuer(i locker.Issuer) error {
	put := Issuer{ID: i.ID, Key: i.Key, Signs: i.Signs}
	_, err := NewIssuers([]Issuer{put})
	return errors.Join(err, put.Check())
}

// may says whether it may sign this. An issuer of orders may also acknowledge, since orders can do worse.
func (i issuer) may(what string) bool {
	return slices.Contains(i.signs, what) || what == SignsAcks && slices.Contains(i.signs, SignsOrders)
}

// Sign says whether any issuer may sign this.
func (s *Issuers) Sign(what string) bool {
	for _, i := range *s.keys.Load() {
		if i.may(what) {
			return true
		}
	}
	return false
}

// Reasons why a signature does not count. They repeat nothing of what was signed.
var (
	ErrForm      = errors.New("not signed in the form that counts here")
	ErrAlgorithm = errors.New("signed by another algorithm than Ed25519")
	ErrIssuer    = errors.New("signed with a key that does not count here")
	ErrSignature = errors.New("the signature is wrong")
)

// verified is what was signed, its header's type and its issuer's id.
type verified struct {
	payload []byte
	kind    string // "typ" of the header
	issuer  string
}

// ed25519Alone is the name of the only accepted algorithm in RFC 9864, 2.2; EdDSA is its older name (RFC 8037, 3.1), which
// leaves the curve to the key.
const ed25519Alone jose.SignatureAlgorithm = "Ed25519"

// VerifyPayload verifies by an issuer's key, under either name.
func (i issuer) VerifyPayload(payload, signature []byte, alg jose.SignatureAlgorithm) error {
	if alg != jose.EdDSA && alg != ed25519Alone {
		return ErrAlgorithm
	}
	if !ed25519.Verify(i.public, payload, signature) {
		return ErrSignature
	}
	return nil
}

// verify checks a JWS in its compact form (RFC 7515): Ed25519 alone, by an issuer that may sign such a thing.
func (s *Issuers) verify(compact, what string) (verified, error) {
	signed, err := jose.ParseSignedCompact(compact, []jose.SignatureAlgorithm{jose.EdDSA, ed25519Alone})
	var other *jose.ErrUnexpectedSignatureAlgorithm
	switch {
	case errors.As(err, &other):
		return verified{}, ErrAlgorithm
	case err != nil || len(signed.Signatures) != 1:
		return verified{}, ErrForm
	}
	id := signed.Signatures[0].Protected.KeyID
	by, known := (*s.keys.Load())[id]
	if !known || !by.may(what) {
		return verified{}, ErrIssuer
	}
	payload, err := signed.Verify(by)
	if err != nil {
		return verified{}, ErrSignature
	}
	h, err := readHeader(compact)
	if err != nil {
		return verified{}, ErrForm
	}
	return verified{payload: payload, kind: h.Kind, issuer: id}, nil
}

// header is all that a header may have.
type header struct {
	Algorithm string `json:"alg"`
	Key       string `json:"kid"`
	Kind      string `json:"typ"`
}

// readHeader reads the header once its signature was verified. An unknown field is an error, since the signer may have meant
// something by it.
func readHeader(compact string) (h header, err error) {
	first, _, _ := strings.Cut(compact, ".")
	text, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil {
		return h, err
	}
	return h, form.Read(text, &h)
}
