package conformance

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"golang.org/x/crypto/curve25519"
	"golang.org/x/crypto/nacl/box"
)

// Knowledge is what a cloud has to know to work with a cabinet: where it is, and the keys of both (docs/integration.md). In JSON keys are in
// base64.
type Knowledge struct {
	Broker          string `json:"broker"` // URL
	User            string `json:"user,omitempty"`
	Password        string `json:"password,omitempty"`
	Cabinet         string `json:"cabinet"`          // its name
	CabinetPublic   []byte `json:"cabinet_public"`   // X25519: personal parts of orders are sealed to it
	OperatorPublic  []byte `json:"operator_public"`  // X25519: codes and phone numbers come sealed to it
	OperatorPrivate []byte `json:"operator_private"` // X25519
	Issuer          string `json:"issuer"`           // the "kid" of what the cloud signs
	IssuerSeed      []byte `json:"issuer_seed"`      // Ed25519, 32 bytes
}

// ReadKnowledge reads a file.
func ReadKnowledge(path string) (k Knowledge, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return k, fmt.Errorf("conformance: read what a cloud knows: %w", err)
	}
	if err := json.Unmarshal(text, &k); err != nil {
		return k, fmt.Errorf("conformance: read %s: %w", path, err)
	}
	return k, nil
}

// check says what is missing. No key is repeated.
func (k Knowledge) check() error {
	switch {
	case k.Broker == "":
		return errors.New("conformance: which broker?")
	case k.Cabinet == "":
		return errors.New("conformance: which cabinet?")
	case k.Issuer == "" || len(k.IssuerSeed) != ed25519.SeedSize:
		return errors.New("conformance: issuer and issuer_seed (32 bytes in base64) sign orders: neither may be missing")
	case len(k.OperatorPrivate) != 32 || len(k.CabinetPublic) != 32:
		return errors.New("conformance: operator_private and cabinet_public are keys of 32 bytes in base64")
	}
	return nil
}

// open opens a box for the operator.
func (k Knowledge) open(sealed []byte) (string, bool) {
	public, err := curve25519.X25519(k.OperatorPrivate, curve25519.Basepoint)
	if err != nil {
		return "", false
	}
	plain, ok := box.OpenAnonymous(nil, sealed, (*[32]byte)(public), (*[32]byte)(k.OperatorPrivate))
	return string(plain), ok
}

// seal makes a box for whoever has the private half of a key.
func seal(public, plain []byte) []byte {
	sealed, err := box.SealAnonymous(nil, plain, (*[32]byte)(public), rand.Reader)
	if err != nil {
		panic(fmt.Sprintf("conformance: seal: %v", err)) // only without randomness
	}
	return sealed
}

// Types of what a cloud signs.
const (
	typOrder = "lockerd-order"
	typAck   = "lockerd-ack"
)

// header is a JWS's as the contract wants it.
func header(kid, typ string) string {
	return fmt.Sprintf(`{"alg":"EdDSA","kid":%q,"typ":%q}`, kid, typ)
}

// jws is a JWS in compact form with any header. It is written here once more, and not by lockerd's own code: a cabinet that agreed with a
// mistake of that would pass.
func jws(seed []byte, header string, payload []byte) []byte {
	part := base64.RawURLEncoding.EncodeToString
	text := part([]byte(header)) + "." + part(payload)
	return []byte(text + "." + part(ed25519.Sign(ed25519.NewKeyFromSeed(seed), []byte(text))))
}
