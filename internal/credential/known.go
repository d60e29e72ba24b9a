package credential

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
)

// errKnown says that a public key's private half is no secret.
var errKnown = errors.New("is an example's, whose private half everybody can read: `lockerd keys` makes pairs")

// printed are secrets that stand in texts which people copy from, in hex. A public key that belongs to one of them, on
// either curve, is refused.
var printed = []string{
	// RFC 7748, 6.1: Alice's and Bob's
	"77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
	"5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
	// RFC 8032, 7.1: tests 1 (also in RFC 8037, A.1), 2, 3, 1024 and SHA(abc)
	"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	"f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5",
	"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
	// RFC 8410, 10.3
	"d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842",
}

// publicAlone are public keys that count as known, in base64: what stood in this project's own example configuration.
var publicAlone = []string{"K7ILvCMuJkfnprxfgNK3owRkwxAcpjJdYEZ+Of1DVSQ="}

// known are the public keys, on both curves, of secrets that everybody knows or guesses first: those that are printed, one
// byte 32 times, and the bytes counted up.
var known = sync.OnceValue(func() map[Key]bool {
	all := make(map[Key]bool)
	add := func(secret [32]byte) {
		if private, err := ecdh.X25519().NewPrivateKey(secret[:]); err == nil {
			all[Key(private.PublicKey().Bytes())] = true
		}
		all[Key(ed25519.NewKeyFromSeed(secret[:]).Public().(ed25519.PublicKey))] = true
		all[secret] = true // a private half in the place of the public one
	}
	for _, text := range printed {
		secret, err := hex.DecodeString(text)
		if err != nil {
			panic(fmt.Sprintf("credential: %q: %v", text, err))
		}
		add([32]byte(secret))
	}
	for b := range 256 {
		var same, counted [32]byte
		for i := range same {
			same[i], counted[i] = byte(b), byte(b+i)
		}
		add(same)
		add(counted)
	}
	for _, text := range publicAlone {
		var key Key
		if err := decode(text, &key); err != nil {
			panic(fmt.Sprintf("credential: %q: %v", text, err))
		}
		all[key] = true
	}
	return all
})

// fewBytes is how many different bytes a key that was made by chance has at least: that 32 have fewer than 12 happens to one
// in 10^12.
const fewBytes = 12

// notKnown refuses a key that was not made by chance, as far as that shows.
func notKnown(key Key) error {
	different := make(map[byte]bool)
	for _, b := range key {
		different[b] = true
	}
	if len(different) < fewBytes || known()[key] {
		return errKnown
	}
	return nil
}

// smallOrder are the points of Ed25519 of order 8 (RFC 8032 does not ask for them to be refused; with such a key a
// signature can be made by anybody), without the sign's bit. Those of lower order have few different bytes.
var smallOrder = []string{
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
}

// Check says that an issuer's key is known to others, if it is. Whether it is a key at all NewIssuers says.
func (i Issuer) Check() error {
	raw, err := base64.StdEncoding.DecodeString(i.Key)
	if err != nil || len(raw) != len(Key{}) {
		return nil
	}
	err = notKnown(Key(raw))
	raw[31] &= 0x7f
	for _, text := range smallOrder {
		if hex.EncodeToString(raw) == text {
			err = errKnown
		}
	}
	if err != nil {
		return fmt.Errorf("issuer %q: key: %w", i.ID, err)
	}
	return nil
}
