// Package credential holds the cabinet's keys. It turns what people type and scan into keyed hashes and sealed boxes, the only forms
// the rules may see, and it checks signatures. It never stores a plain code, and never prints or logs a secret.
package credential

import (
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/nacl/box"

	"lockerd/internal/locker"
)

// Names of the key files, as systemd credentials or in a directory. Each holds 32 bytes in base64.
const (
	MasterFile  = "master.key"  // wraps the keys under which personal parts are sealed; can be rotated
	LookupFile  = "lookup.key"  // makes the keyed hashes of codes, badges and PINs
	CabinetFile = "cabinet.key" // X25519: what the cloud encrypts to this cabinet
	// NextFile exists while the master key is rotated: the new key. Files may be under either.
	NextFile = "master.next.key"
)

// Key is 32 secret bytes.
type Key [32]byte

// String keeps keys out of logs.
func (Key) String() string { return "(a key)" }

// GoString keeps keys out of logs.
func (Key) GoString() string { return "(a key)" }

// Keys are the cabinet's keys.
type Keys struct {
	Master Key
	// Next is the new master key during a rotation; nil: there is none. NextProblem is why it cannot be used.
	Next        *Key
	NextProblem error

	lookup   Key
	cabinet  Key
	public   Key
	operator Key
}

// LostKey says that a key cannot be used: its file is missing or invalid.
type LostKey struct {
	Name string // the file's
	Why  string // never what is in it
}

func (k *LostKey) Error() string {
	if k.Why == missing {
		return "credential: " + k.Name + ": missing (`lockerd keys` makes those of a new cabinet)"
	}
	return "credential: " + k.Name + ": " + k.Why
}

// Load reads the cabinet's keys from a directory. operator is the operator's public key (X25519, base64). A key that
// cannot be used is a *LostKey.
func Load(dir, operator string) (*Keys, error) {
	k := &Keys{}
	for _, key := range []struct {
		name string
		into *Key
	}{{MasterFile, &k.Master}, {LookupFile, &k.lookup}, {CabinetFile, &k.cabinet}} {
		if err := readKey(dir, key.name, key.into); err != nil {
			return nil, err
		}
	}
	if err := decode(operator, &k.operator); err != nil {
		return nil, fmt.Errorf("credential: the operator's public key: %w", err)
	}
	public, err := publicOf(k.cabinet)
	if err != nil {
		return nil, err
	}
	k.public = public
	k.next(dir)
	return k, nil
}

// Public reads the public half of the cabinet's key, in base64: the cloud encrypts to it.
func Public(dir string) (string, error) {
	var cabinet Key
	if err := readKey(dir, CabinetFile, &cabinet); err != nil {
		return "", err
	}
	public, err := publicOf(cabinet)
	return base64.StdEncoding.EncodeToString(public[:]), err
}

// publicOf is the public half of the cabinet's key.
func publicOf(cabinet Key) (Key, error) {
	private, err := ecdh.X25519().NewPrivateKey(cabinet[:])
	if err != nil {
		return Key{}, &LostKey{CabinetFile, err.Error()}
	}
	return Key(private.PublicKey().Bytes()), nil
}

// readKey reads a file of one line. An empty file counts as missing: systemd creates one for a missing credential.
func readKey(dir, name string, into *Key) error {
	text, err := os.ReadFile(filepath.Join(dir, name))
	line := strings.TrimSpace(string(text))
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && line == "":
		return &LostKey{name, missing}
	case err != nil:
		return &LostKey{name, err.Error()}
	}
	if err := decode(line, into); err != nil {
		return &LostKey{name, err.Error()}
	}
	return nil
}

const missing = "missing"

func decode(text string, into *Key) error {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return errors.New("not base64") // the text may be a secret: it is not repeated
	}
	if len(raw) != len(into) {
		return fmt.Errorf("has %d bytes, not %d", len(raw), len(into))
	}
	copy(into[:], raw)
	return nil
}

// Public is the cabinet's public key in base64: the cloud encrypts to it.
func (k *Keys) Public() string { return base64.StdEncoding.EncodeToString(k.public[:]) }

// Hash is the keyed hash of a code, a badge or a PIN.
func (k *Keys) Hash(text string) locker.Hash {
	m := hmac.New(sha256.New, k.lookup[:])
	_, _ = io.WriteString(m, text)
	return locker.Hash(m.Sum(nil))
}

// Box encrypts to the operator: a libsodium sealed box, which nobody at the cabinet can open.
func (k *Keys) Box(plain []byte) locker.Box {
	sealed, err := box.SealAnonymous(nil, plain, (*[32]byte)(&k.operator), nil)
	if err != nil {
		panic(fmt.Sprintf("credential: seal: %v", err)) // only if there is no randomness
	}
	return sealed
}

// Open decrypts what was encrypted to this cabinet.
func (k *Keys) Open(sealed []byte) ([]byte, error) {
	plain, ok := box.OpenAnonymous(nil, sealed, (*[32]byte)(&k.public), (*[32]byte)(&k.cabinet))
	if !ok {
		return nil, errors.New("credential: open: not encrypted to this cabinet's key, or damaged")
	}
	return plain, nil
}

// offers is how many codes are made for one drop-off: enough that one of them is almost certainly unused.
const offers = 3

// Offers makes random pickup codes with this number of digits. They differ from each other.
func (k *Keys) Offers(digits int) []locker.Offer {
	list := make([]locker.Offer, offers)
	for i := range list {
		code := chance(digits)
		list[i] = locker.Offer{Hash: k.Hash(code), Code: k.Box([]byte(code))}
	}
	return list
}
