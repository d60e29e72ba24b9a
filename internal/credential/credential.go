// Package credential holds the cabinet's keys and turns what people type and scan into what the rules may know: keyed hashes
// and boxes. It never keeps a plain code, and nothing of it is printed or logged.
package credential

import (
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
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
)

// Key is 32 secret bytes.
type Key [32]byte

// String keeps keys out of logs.
func (Key) String() string { return "(a key)" }

// GoString keeps keys out of logs.
func (Key) GoString() string { return "(a key)" }

// Keys are the cabinet's keys.
type Keys struct {
	Master   Key
	lookup   Key
	cabinet  Key
	public   Key
	operator Key
}

// Load reads the cabinet's keys from a directory. operator is the operator's public key (X25519, base64).
func Load(dir, operator string) (*Keys, error) {
	k := &Keys{}
	for name, into := range map[string]*Key{MasterFile: &k.Master, LookupFile: &k.lookup, CabinetFile: &k.cabinet} {
		if err := readKey(filepath.Join(dir, name), into); err != nil {
			return nil, err
		}
	}
	if err := decode(operator, &k.operator); err != nil {
		return nil, fmt.Errorf("credential: the operator's public key: %w", err)
	}
	private, err := ecdh.X25519().NewPrivateKey(k.cabinet[:])
	if err != nil {
		return nil, fmt.Errorf("credential: %s: %w", CabinetFile, err)
	}
	copy(k.public[:], private.PublicKey().Bytes())
	return k, nil
}

// Make makes new keys in a directory, for nobody but the owner to read. Keys that are there already are kept.
func Make(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	for _, name := range []string{MasterFile, LookupFile, CabinetFile} {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o400)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("credential: make key: %w", err)
		}
		var key Key
		_, _ = rand.Read(key[:]) // never fails
		_, err = io.WriteString(f, base64.StdEncoding.EncodeToString(key[:])+"\n")
		if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
			return fmt.Errorf("credential: make key: %w", err)
		}
	}
	return nil
}

func readKey(path string, into *Key) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("credential: read key: %w (`lockerd keys` makes keys)", err)
	}
	if err := decode(strings.TrimSpace(string(text)), into); err != nil {
		return fmt.Errorf("credential: %s: %w", path, err)
	}
	return nil
}

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

// offers is how many codes are made for one drop-off: so many that one of them is unused, with next to certainty.
const offers = 3

// Offers makes pickup codes by chance, of so many digits. They differ from each other.
func (k *Keys) Offers(digits int) []locker.Offer {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
	list := make([]locker.Offer, offers)
	for i := range list {
		n, err := rand.Int(rand.Reader, limit)
		if err != nil {
			panic(fmt.Sprintf("credential: chance: %v", err)) // only if there is no randomness
		}
		code := fmt.Sprintf("%0*d", digits, n)
		list[i] = locker.Offer{Hash: k.Hash(code), Code: k.Box([]byte(code))}
	}
	return list
}
