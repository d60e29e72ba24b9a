package books

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"

	"lockerd/internal/durable"
)

// Key seals what is personal in the books: whoever has the database and not this key learns no name, address, phone number, code or
// link.
type Key [chacha20poly1305.KeySize]byte

// String keeps the key out of logs.
func (Key) String() string { return "(a key)" }

// GoString keeps the key out of logs.
func (Key) GoString() string { return "(a key)" }

// MakeKey writes a new key into a file that only its owner reads. It replaces none.
func MakeKey(path string) error {
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("books: make key: %s is there already", path)
	}
	var k Key
	if _, err := rand.Read(k[:]); err != nil {
		return fmt.Errorf("books: make key: %w", err)
	}
	return durable.Write(path, 0o600, []byte(base64.StdEncoding.EncodeToString(k[:])+"\n"))
}

// ReadKey reads a key's file.
func ReadKey(path string) (Key, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Key{}, fmt.Errorf("books: read key: %w", err)
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(raw) != len(Key{}) {
		return Key{}, fmt.Errorf("books: read key: %s does not hold %d bytes in base64", path, len(Key{}))
	}
	return Key(raw), nil
}

// errSealed says that something sealed cannot be opened: another key, or somebody changed the database.
var errSealed = errors.New("books: what is sealed cannot be opened: is it the key of this database?")

type sealer struct{ aead cipher.AEAD }

func newSealer(k Key) (sealer, error) {
	aead, err := chacha20poly1305.NewX(k[:])
	return sealer{aead}, err
}

// seal encrypts a value for one row: moved to another row, it cannot be opened.
func (s sealer) seal(row string, v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("books: seal: %w", err)
	}
	nonce := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+len(plain)+s.aead.Overhead())
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("books: seal: %w", err)
	}
	return s.aead.Seal(nonce, nonce, plain, []byte(row)), nil
}

// open decrypts what seal made for the same row. Nothing sealed leaves v as it is: it was forgotten.
func (s sealer) open(row string, sealed []byte, v any) error {
	if len(sealed) == 0 {
		return nil
	}
	size := s.aead.NonceSize()
	if len(sealed) < size {
		return errSealed
	}
	plain, err := s.aead.Open(nil, sealed[:size], sealed[size:], []byte(row))
	if err != nil {
		return errSealed
	}
	if err := json.Unmarshal(plain, v); err != nil {
		return fmt.Errorf("books: open: %w", err)
	}
	return nil
}
