package credential_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"flag"
	"os"
	"slices"
	"testing"
)

var update = flag.Bool("update", false, "write known.keys")

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

// TestKnownKeys: known.keys is what belongs to secrets that are printed, to one byte 32 times, and to the bytes counted up.
func TestKnownKeys(t *testing.T) {
	var all [][]byte
	add := func(secret []byte) {
		if private, err := ecdh.X25519().NewPrivateKey(secret); err == nil {
			all = append(all, private.PublicKey().Bytes())
		}
		all = append(all, ed25519.NewKeyFromSeed(secret).Public().(ed25519.PublicKey))
		all = append(all, secret) // a private half in the place of the public one
	}
	for _, text := range printed {
		secret, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		add(secret)
	}
	for b := range 256 {
		same, counted := make([]byte, 32), make([]byte, 32)
		for i := range same {
			same[i], counted[i] = byte(b), byte(b+i)
		}
		add(same)
		add(counted)
	}
	for _, text := range publicAlone {
		key, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, key)
	}
	slices.SortFunc(all, bytes.Compare)
	want := bytes.Join(all, nil)
	if *update {
		if err := os.WriteFile("known.keys", want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile("known.keys"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("want the %d keys of secrets that everybody knows, got %d bytes, %v: go test ./internal/credential -update", len(all), len(got), err)
	}
}
