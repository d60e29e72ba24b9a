package credential

import (
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
)

// errKnown says that a public key's private half is no secret.
var errKnown = errors.New("is an example's, whose private half everybody can read: `lockerd keys` makes pairs")

// known are public keys that everybody can have the private half of, of 32 bytes each: those that belong, on either curve, to secrets which
// are printed somewhere or guessed first, and these secrets themselves. TestKnownKeys makes it: that takes longer than all else a start does.
//
//go:embed known.keys
var known []byte

// fewBytes is how many different bytes a key that was made by chance has at least: that 32 have fewer than 12 happens to one
// in 10^12.
const fewBytes = 12

// notKnown refuses a key that was not made by chance, as far as that shows.
func notKnown(key Key) error {
	different := make(map[byte]bool)
	for _, b := range key {
		different[b] = true
	}
	if len(different) < fewBytes {
		return errKnown
	}
	for k := range slices.Chunk(known, len(key)) {
		if Key(k) == key {
			return errKnown
		}
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
