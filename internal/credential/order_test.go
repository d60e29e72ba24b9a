package credential_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"lockerd/internal/credential"
)

const anOrder = `{"id":"o-1","cabinet":"demo-1","kind":"door.unlock","body":{"door":7}}`

// The key pair of RFC 8032, 7.1, test 1.
var (
	seed    = []byte("\x9d\x61\xb1\x9d\xef\xfd\x5a\x60\xba\x84\x4a\xf4\x92\xec\x2c\xc4\x44\x49\xc5\x69\x7b\x32\x69\x19\x70\x3b\xac\x03\x1c\xae\x7f\x60")
	private = ed25519.NewKeyFromSeed(seed)
	public  = private.Public().(ed25519.PublicKey)
)

func newSigner(t testing.TB, id string, seed []byte) *credential.Signer {
	t.Helper()
	s, err := credential.NewSigner(id, seed)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newIssuers(t testing.TB) *credential.Issuers {
	t.Helper()
	issuers, err := credential.NewIssuers([]credential.Issuer{newSigner(t, "cloud", seed).Issuer("orders"),
		newSigner(t, "doors", bytes.Repeat([]byte{2}, 32)).Issuer("tokens")})
	if err != nil {
		t.Fatal(err)
	}
	return issuers
}

// jws is a JWS by hand, so that nothing but RFC 7515 says what it is.
func jws(header, payload string, sign func(input []byte) []byte) string {
	input := encode([]byte(header)) + "." + encode([]byte(payload))
	return input + "." + encode(sign([]byte(input)))
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func eddsa(input []byte) []byte { return ed25519.Sign(private, input) }

func TestASignedOrder(t *testing.T) {
	issuers := newIssuers(t)
	byLibrary, err := newSigner(t, "cloud", seed).Order([]byte(anOrder))
	if err != nil {
		t.Fatal(err)
	}
	byHand := jws(`{"alg":"EdDSA","kid":"cloud","typ":"lockerd-order"}`, anOrder, eddsa)
	if byLibrary != byHand {
		t.Errorf("want %s,\ngot  %s", byHand, byLibrary)
	}
	payload, issuer, err := issuers.Order([]byte(byHand))
	if err != nil || string(payload) != anOrder || issuer != "cloud" {
		t.Errorf("got %q by %q, %v", payload, issuer, err)
	}
}

func TestWhatIsNoSignedOrder(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	const header = `{"alg":"EdDSA","kid":"cloud","typ":"lockerd-order"}`
	good := jws(header, anOrder, eddsa)
	part := strings.Split(good, ".")
	hs256 := func(key []byte) func([]byte) []byte {
		return func(input []byte) []byte { m := hmac.New(sha256.New, key); m.Write(input); return m.Sum(nil) }
	}
	rs256 := func(input []byte) []byte {
		sum := sha256.Sum256(input)
		s, err := rsa.SignPKCS1v15(rand.Reader, rsaKey, crypto.SHA256, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	nothing := func([]byte) []byte { return nil }
	tokenKey := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, 32))
	strangeKey := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, 32))
	by := func(k ed25519.PrivateKey) func([]byte) []byte {
		return func(input []byte) []byte { return ed25519.Sign(k, input) }
	}
	own := fmt.Sprintf(`{"alg":"EdDSA","kid":"cloud","typ":"lockerd-order","jwk":{"kty":"OKP","crv":"Ed25519","x":%q}}`,
		encode(strangeKey.Public().(ed25519.PublicKey)))
	for _, c := range []struct {
		name, compact string
		want          error
	}{
		{"nothing", "", credential.ErrForm},
		{"an order that is not signed", anOrder, credential.ErrForm},
		{"no algorithm", jws(`{"alg":"none","kid":"cloud","typ":"lockerd-order"}`, anOrder, nothing), credential.ErrAlgorithm},
		{"no algorithm, spelt otherwise", jws(`{"alg":"nOnE","kid":"cloud","typ":"lockerd-order"}`, anOrder, nothing),
			credential.ErrAlgorithm},
		{"no algorithm, with a good signature", jws(`{"alg":"none","kid":"cloud","typ":"lockerd-order"}`, anOrder, eddsa),
			credential.ErrAlgorithm},
		{"HS256 with the public key as its secret", jws(`{"alg":"HS256","kid":"cloud","typ":"lockerd-order"}`, anOrder, hs256(public)),
			credential.ErrAlgorithm},
		{"HS256 with the public key as the configuration has it", jws(`{"alg":"HS256","kid":"cloud","typ":"lockerd-order"}`, anOrder,
			hs256([]byte(base64.StdEncoding.EncodeToString(public)))), credential.ErrAlgorithm},
		{"RS256", jws(`{"alg":"RS256","kid":"cloud","typ":"lockerd-order"}`, anOrder, rs256), credential.ErrAlgorithm},
		{"EdDSA said, HS256 done", jws(header, anOrder, hs256(public)), credential.ErrSignature},
		{"no key named", jws(`{"alg":"EdDSA","typ":"lockerd-order"}`, anOrder, eddsa), credential.ErrIssuer},
		{"a key that nobody knows", jws(`{"alg":"EdDSA","kid":"claud","typ":"lockerd-order"}`, anOrder, eddsa), credential.ErrIssuer},
		{"a key that signs tokens alone", jws(`{"alg":"EdDSA","kid":"doors","typ":"lockerd-order"}`, anOrder, by(tokenKey)),
			credential.ErrIssuer},
		{"a stranger under a known name", jws(header, anOrder, by(strangeKey)), credential.ErrSignature},
		{"a stranger who brings the key along", jws(own, anOrder, by(strangeKey)), credential.ErrSignature},
		{"a token's type", jws(`{"alg":"EdDSA","kid":"cloud","typ":"JWT"}`, anOrder, eddsa), credential.ErrNoOrder},
		{"no type", jws(`{"alg":"EdDSA","kid":"cloud"}`, anOrder, eddsa), credential.ErrNoOrder},
		{"a type that is no text", jws(`{"alg":"EdDSA","kid":"cloud","typ":["lockerd-order"]}`, anOrder, eddsa), credential.ErrNoOrder},
		{"another payload", part[0] + "." + encode([]byte(strings.Replace(anOrder, "7", "8", 1))) + "." + part[2],
			credential.ErrSignature},
		{"another header", encode([]byte(`{"alg":"EdDSA","kid":"cloud","typ":"lockerd-order" }`)) + "." + part[1] + "." + part[2],
			credential.ErrSignature},
		{"no signature", part[0] + "." + part[1] + ".", credential.ErrSignature},
		{"half a signature", good[:len(good)-40], credential.ErrSignature},
		{"no payload", part[0] + ".." + part[2], credential.ErrSignature},
		{"two parts", part[0] + "." + part[1], credential.ErrForm},
		{"two signatures behind each other", good + "." + part[2], credential.ErrForm},
		{"two signatures in JSON", fmt.Sprintf(`{"payload":%q,"signatures":[{"protected":%q,"signature":%q},{"protected":%q,"signature":%q}]}`,
			part[1], part[0], part[2], part[0], part[2]), credential.ErrForm},
		{"one signature in JSON", fmt.Sprintf(`{"payload":%q,"protected":%q,"signature":%q}`, part[1], part[0], part[2]), credential.ErrForm},
		{"padded", part[0] + "=." + part[1] + "." + part[2], credential.ErrForm},
		{"something that it says is critical", jws(`{"alg":"EdDSA","kid":"cloud","typ":"lockerd-order","crit":["exp"],"exp":1}`, anOrder, eddsa),
			credential.ErrSignature},
	} {
		t.Run(c.name, func(t *testing.T) {
			payload, issuer, err := newIssuers(t).Order([]byte(c.compact))
			if !errors.Is(err, c.want) || payload != nil || issuer != "" {
				t.Errorf("want %v, got %v with %q by %q", c.want, err, payload, issuer)
			}
			if err != nil && strings.Contains(err.Error(), "demo-1") {
				t.Errorf("the refusal repeats what was signed: %v", err)
			}
		})
	}
}

// FuzzOrder: nothing is an order but what the one key has signed: whatever is changed in it, the payload is not.
func FuzzOrder(f *testing.F) {
	issuers := newIssuers(f)
	good := jws(`{"alg":"EdDSA","kid":"cloud","typ":"lockerd-order"}`, anOrder, eddsa)
	f.Add([]byte(good))
	f.Add([]byte(good[:len(good)-1] + "A"))
	f.Add([]byte(jws(`{"alg":"none"}`, anOrder, func([]byte) []byte { return nil })))
	f.Add([]byte(`{"payload":"","signatures":[]}`))
	f.Fuzz(func(t *testing.T, compact []byte) {
		payload, issuer, err := issuers.Order(compact)
		if err == nil && (string(payload) != anOrder || issuer != "cloud") {
			t.Fatalf("%q by %q was never signed: %s", payload, issuer, compact)
		}
		if err != nil && (payload != nil || issuer != "") {
			t.Fatalf("%v, and yet %q by %q", err, payload, issuer)
		}
	})
}

// BenchmarkOrder is how long an order of usual length takes to verify.
func BenchmarkOrder(b *testing.B) {
	issuers := newIssuers(b)
	signed, err := newSigner(b, "cloud", seed).Order([]byte(anOrder))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, _, err := issuers.Order([]byte(signed)); err != nil {
			b.Fatal(err)
		}
	}
}
