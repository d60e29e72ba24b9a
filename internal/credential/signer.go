package credential

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// Signer is an issuer's private half: it signs tokens, orders and acks. It is for the operator's side; no cabinet has one.
type Signer struct {
	id      string
	private ed25519.PrivateKey
}

// NewSigner is the issuer of that id with its private key, the seed of 32 bytes.
func NewSigner(id string, seed []byte) (*Signer, error) {
	if len(seed) != ed25519.SeedSize || id == "" || len(id) > maxIssuerID {
		return nil, fmt.Errorf("credential: a signer needs an id of 1 to %d bytes and a seed of %d bytes",
			maxIssuerID, ed25519.SeedSize)
	}
	return &Signer{id: id, private: ed25519.NewKeyFromSeed(seed)}, nil
}

// ReadSigner reads what Secret has written.
func ReadSigner(text string) (*Signer, error) {
	id, seed, _ := strings.Cut(strings.TrimSpace(text), ":")
	raw, err := base64.StdEncoding.DecodeString(seed)
	if err != nil {
		return nil, errors.New("credential: a signer's file is its id, a colon, and 32 bytes in base64")
	}
	return NewSigner(id, raw)
}

// Secret is the signer as text, for a file that nobody else may read: its id, a colon, and the seed in base64.
func (s *Signer) Secret() string {
	return s.id + ":" + base64.StdEncoding.EncodeToString(s.private.Seed())
}

// Issuer is the public half, as a cabinet's configuration lists it.
func (s *Signer) Issuer(signs ...string) Issuer {
	public := s.private.Public().(ed25519.PublicKey)
	return Issuer{ID: s.id, Key: base64.StdEncoding.EncodeToString(public), Signs: signs}
}

// String keeps the key out of logs.
func (s *Signer) String() string { return "(the signer " + s.id + ")" }

// Sign makes a JWS in compact form. An empty kind omits the header's type.
func (s *Signer) Sign(payload []byte, kind string) (string, error) {
	options := &jose.SignerOptions{}
	if kind != "" {
		options = options.WithType(jose.ContentType(kind))
	}
	key := jose.SigningKey{Algorithm: jose.EdDSA, Key: jose.JSONWebKey{Key: s.private, KeyID: s.id}}
	signer, err := jose.NewSigner(key, options)
	if err != nil {
		return "", fmt.Errorf("credential: sign: %w", err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("credential: sign: %w", err)
	}
	return signed.CompactSerialize()
}
