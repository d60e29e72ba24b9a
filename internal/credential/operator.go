package credential

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/nacl/box"
)

// Operator is the operator's key pair (X25519): it opens the boxes of codes and phone numbers. No cabinet has the private
// half.
type Operator struct {
	private, public Key
}

// NewOperator makes a pair.
func NewOperator() *Operator {
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		panic(fmt.Sprintf("credential: make a key pair: %v", err)) // only if there is no randomness
	}
	return &Operator{private: *private, public: *public}
}

// ReadOperator reads what Secret has written.
func ReadOperator(text string) (*Operator, error) {
	o := &Operator{}
	if err := decode(strings.TrimSpace(text), &o.private); err != nil {
		return nil, fmt.Errorf("credential: the operator's private key: %w", err)
	}
	private, err := ecdh.X25519().NewPrivateKey(o.private[:])
	if err != nil {
		return nil, fmt.Errorf("credential: the operator's private key: %w", err)
	}
	copy(o.public[:], private.PublicKey().Bytes())
	return o, nil
}

// Secret is the private half as text, for a file that nobody else may read: 32 bytes in base64.
func (o *Operator) Secret() string { return base64.StdEncoding.EncodeToString(o.private[:]) }

// Public is the half that cabinets are told: 32 bytes in base64.
func (o *Operator) Public() string { return base64.StdEncoding.EncodeToString(o.public[:]) }

// String keeps the key out of logs.
func (o *Operator) String() string { return "(the operator)" }

// Open opens a box that a cabinet has sealed.
func (o *Operator) Open(sealed []byte) ([]byte, error) {
	plain, ok := box.OpenAnonymous(nil, sealed, (*[32]byte)(&o.public), (*[32]byte)(&o.private))
	if !ok {
		return nil, errors.New("credential: open: not sealed to this operator's key, or damaged")
	}
	return plain, nil
}

// CheckOperator reports what is wrong with an operator's public key (X25519, base64) in a configuration.
func CheckOperator(text string) error {
	var key Key
	if text == "" {
		return errors.New("there is none (`lockerd keys operator FILE` makes a pair)")
	}
	if err := decode(text, &key); err != nil {
		return fmt.Errorf("%w: must be %d bytes in base64 (`lockerd keys operator FILE` makes a pair)", err, len(key))
	}
	if err := notKnown(key); err != nil {
		return err
	}
	public, err := ecdh.X25519().NewPublicKey(key[:])
	if err != nil {
		return err
	}
	mine, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	if _, err := mine.ECDH(public); err != nil { // RFC 7748, 6.1: whatever is shared with such a one is zero
		return errors.New("is no key: everybody could open what is sealed to it")
	}
	return nil
}
