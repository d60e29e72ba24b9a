package journal

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"

	bolt "go.etcd.io/bbolt"
	"golang.org/x/crypto/chacha20poly1305"
)

// keyIDSize is how many bytes of a subject key's SHA-256 lead what is sealed under it. They tell a part whose key was
// destroyed (and perhaps made anew) from one that is damaged.
const keyIDSize = 8

// vault seals personal parts under a key per subject. The master key only wraps those keys: rotating it rewrites no
// record, and destroying a subject's key erases all that is sealed under it.
type vault struct {
	master cipher.AEAD
	// other is another master key that a rotation may have left a file under; nil: there is none.
	other *vault
}

func newVault(master [32]byte, others ...[32]byte) *vault {
	v := &vault{master: aead(master[:])}
	if len(others) > 0 {
		v.other = newVault(others[0], others[1:]...)
	}
	return v
}

// prove makes the proof by which a file is known to be under this master key.
func (v *vault) prove(cabinet string) []byte { return lock(v.master, masterProof, []byte(cabinet)) }

// of returns the vault for a file with that proof: this one or the other one; nil if it matches neither.
func (v *vault) of(proof []byte, cabinet string) *vault {
	for ; v != nil; v = v.other {
		if _, err := unlock(v.master, proof, []byte(cabinet)); err == nil {
			return v
		}
	}
	return nil
}

func aead(key []byte) cipher.AEAD {
	a, err := chacha20poly1305.NewX(key)
	if err != nil {
		panic(fmt.Sprintf("journal: a key of %d bytes", len(key)))
	}
	return a
}

// lock returns nonce | sealed.
func lock(a cipher.AEAD, plain, aad []byte) []byte {
	nonce := make([]byte, a.NonceSize(), a.NonceSize()+len(plain)+a.Overhead())
	rand.Read(nonce) // never fails
	return a.Seal(nonce, nonce, plain, aad)
}

func unlock(a cipher.AEAD, sealed, aad []byte) ([]byte, error) {
	if len(sealed) < a.NonceSize() {
		return nil, errors.New("too short")
	}
	return a.Open([]byte{}, sealed[:a.NonceSize()], sealed[a.NonceSize():], aad) // never nil: that says "erased"
}

// sealAAD binds a sealed part to its record, so that it cannot be moved to another.
func sealAAD(l line, subject string) []byte {
	return []byte(strings.Join([]string{l.Cabinet, l.Epoch, strconv.FormatUint(l.Seq, 10), subject}, "|"))
}

// key returns the subject's key; nil if there is none.
func (v *vault) key(keys *bolt.Bucket, subject string) ([]byte, error) {
	wrapped := keys.Get([]byte(subject))
	if wrapped == nil {
		return nil, nil
	}
	key, err := unlock(v.master, wrapped, []byte(subject))
	if err != nil || len(key) != chacha20poly1305.KeySize {
		return nil, errors.New("the subject's key does not open under the master key")
	}
	return key, nil
}

// seal seals under the subject's key, which it makes if there is none.
func (v *vault) seal(keys *bolt.Bucket, subject string, plain, aad []byte) ([]byte, error) {
	key, err := v.key(keys, subject)
	if err != nil {
		return nil, err
	}
	if key == nil {
		key = make([]byte, chacha20poly1305.KeySize)
		rand.Read(key)
		if err := keys.Put([]byte(subject), lock(v.master, key, []byte(subject))); err != nil {
			return nil, err
		}
	}
	id := sha256.Sum256(key)
	return append(bytes.Clone(id[:keyIDSize]), lock(aead(key), plain, aad)...), nil
}

// open returns nil, without an error, when the key was destroyed.
func (v *vault) open(keys *bolt.Bucket, subject string, sealed, aad []byte) ([]byte, error) {
	key, err := v.key(keys, subject)
	if err != nil || key == nil {
		return nil, err
	}
	if id := sha256.Sum256(key); !bytes.HasPrefix(sealed, id[:keyIDSize]) {
		return nil, nil
	}
	plain, err := unlock(aead(key), sealed[keyIDSize:], aad)
	if err != nil {
		return nil, errors.New("its sealed part does not open")
	}
	return plain, nil
}

// rewrap wraps a subject's key under another master key. It returns nil for one that does not open any more.
func (v *vault) rewrap(to *vault, subject, wrapped []byte) []byte {
	key, err := unlock(v.master, wrapped, subject)
	if err != nil {
		return nil
	}
	return lock(to.master, key, subject)
}
