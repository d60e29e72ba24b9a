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
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/credential"
	"lockerd/internal/locker"
)

const anOrder = `{"id":"o-1","cabinet":"demo-1","kind":"door.unlock","body":{"door":7}}`

// The key pair of RFC 8032, 7.1, test 1.
var (
	seed, _ = base64.StdEncoding.DecodeString("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
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

// head is the header of a JWS.
func head(alg, kid, typ string) string {
	return fmt.Sprintf(`{"alg":%q,"kid":%q,"typ":%q}`, alg, kid, typ)
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
	fullySpecified := jws(head("Ed25519", "cloud", "lockerd-order"), anOrder, eddsa) // RFC 9864
	for _, compact := range []string{byHand, fullySpecified} {
		payload, issuer, err := issuers.Order([]byte(compact))
		if err != nil || string(payload) != anOrder || issuer != "cloud" {
			t.Errorf("got %q by %q, %v", payload, issuer, err)
		}
	}
}

func TestWhatIsNoSignedOrder(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	header := head("EdDSA", "cloud", "lockerd-order")
	good := jws(header, anOrder, eddsa)
	part := strings.Split(good, ".")
	inJSON := fmt.Sprintf(`{"protected":%q,"signature":%q}`, part[0], part[2])
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
		{"no algorithm", jws(head("none", "cloud", "lockerd-order"), anOrder, nothing), credential.ErrAlgorithm},
		{"no algorithm, spelt otherwise", jws(head("nOnE", "cloud", "lockerd-order"), anOrder, nothing),
			credential.ErrAlgorithm},
		{"no algorithm, with a good signature", jws(head("none", "cloud", "lockerd-order"), anOrder, eddsa),
			credential.ErrAlgorithm},
		{"HS256 with the public key as its secret", jws(head("HS256", "cloud", "lockerd-order"), anOrder, hs256(public)),
			credential.ErrAlgorithm},
		{"HS256 with the public key as the configuration has it",
			jws(head("HS256", "cloud", "lockerd-order"), anOrder, hs256([]byte(base64.StdEncoding.EncodeToString(public)))),
			credential.ErrAlgorithm},
		{"RS256", jws(head("RS256", "cloud", "lockerd-order"), anOrder, rs256), credential.ErrAlgorithm},
		{"ES256", jws(head("ES256", "cloud", "lockerd-order"), anOrder, eddsa), credential.ErrAlgorithm},
		{"Ed448", jws(head("Ed448", "cloud", "lockerd-order"), anOrder, eddsa), credential.ErrAlgorithm},
		{"ED25519", jws(head("ED25519", "cloud", "lockerd-order"), anOrder, eddsa), credential.ErrAlgorithm},
		{"eddsa", jws(head("eddsa", "cloud", "lockerd-order"), anOrder, eddsa), credential.ErrAlgorithm},
		{"no algorithm at all", jws(`{"kid":"cloud","typ":"lockerd-order"}`, anOrder, eddsa), credential.ErrAlgorithm},
		{"Ed25519 said, HS256 done", jws(head("Ed25519", "cloud", "lockerd-order"), anOrder, hs256(public)), credential.ErrSignature},
		{"Ed25519 by a stranger", jws(head("Ed25519", "cloud", "lockerd-order"), anOrder, by(strangeKey)), credential.ErrSignature},
		{"Ed25519 without a signature", jws(head("Ed25519", "cloud", "lockerd-order"), anOrder, nothing), credential.ErrSignature},
		{"EdDSA said, HS256 done", jws(header, anOrder, hs256(public)), credential.ErrSignature},
		{"no key named", jws(`{"alg":"EdDSA","typ":"lockerd-order"}`, anOrder, eddsa), credential.ErrIssuer},
		{"a key that nobody knows", jws(head("EdDSA", "claud", "lockerd-order"), anOrder, eddsa), credential.ErrIssuer},
		{"a key that signs tokens alone", jws(head("EdDSA", "doors", "lockerd-order"), anOrder, by(tokenKey)),
			credential.ErrIssuer},
		{"a stranger under a known name", jws(header, anOrder, by(strangeKey)), credential.ErrSignature},
		{"a stranger who brings the key along", jws(own, anOrder, by(strangeKey)), credential.ErrSignature},
		{"a token's type", jws(head("EdDSA", "cloud", "JWT"), anOrder, eddsa), credential.ErrNoOrder},
		{"no type", jws(`{"alg":"EdDSA","kid":"cloud"}`, anOrder, eddsa), credential.ErrNoOrder},
		{"a type that is no text", jws(`{"alg":"EdDSA","kid":"cloud","typ":["lockerd-order"]}`, anOrder, eddsa),
			credential.ErrForm},
		{"an algorithm twice", jws(`{"alg":"EdDSA","alg":"EdDSA","kid":"cloud","typ":"lockerd-order"}`, anOrder, eddsa),
			credential.ErrForm},
		{"a key twice", jws(`{"alg":"EdDSA","kid":"doors","kid":"cloud","typ":"lockerd-order"}`, anOrder, eddsa),
			credential.ErrForm},
		{"a type twice", jws(`{"alg":"EdDSA","kid":"cloud","typ":"JWT","typ":"lockerd-order"}`, anOrder, eddsa),
			credential.ErrForm},
		{"a type in capitals", jws(`{"alg":"EdDSA","kid":"cloud","TYP":"lockerd-order"}`, anOrder, eddsa),
			credential.ErrForm},
		{"an algorithm in capitals", jws(`{"ALG":"EdDSA","kid":"cloud","typ":"lockerd-order"}`, anOrder, eddsa),
			credential.ErrAlgorithm},
		{"another algorithm in capitals", jws(`{"alg":"EdDSA","ALG":"none","kid":"cloud","typ":"lockerd-order"}`, anOrder, eddsa),
			credential.ErrForm},
		{"a field that nobody knows", jws(`{"alg":"EdDSA","kid":"cloud","typ":"lockerd-order","x":1}`, anOrder, eddsa),
			credential.ErrForm},
		{"a header that is not UTF-8", jws("{\"alg\":\"EdDSA\",\"kid\":\"cloud\",\"typ\":\"lockerd-order\",\"x\":\"\xff\"}", anOrder, eddsa),
			credential.ErrForm},
		{"something behind the header", jws(`{"alg":"EdDSA","kid":"cloud","typ":"lockerd-order"}{}`, anOrder, eddsa),
			credential.ErrForm},
		{"another payload", part[0] + "." + encode([]byte(strings.Replace(anOrder, "7", "8", 1))) + "." + part[2],
			credential.ErrSignature},
		{"another header", encode([]byte(header+" ")) + "." + part[1] + "." + part[2], credential.ErrSignature},
		{"no signature", part[0] + "." + part[1] + ".", credential.ErrSignature},
		{"half a signature", good[:len(good)-40], credential.ErrSignature},
		{"no payload", part[0] + ".." + part[2], credential.ErrSignature},
		{"two parts", part[0] + "." + part[1], credential.ErrForm},
		{"two signatures behind each other", good + "." + part[2], credential.ErrForm},
		{"two signatures in JSON", fmt.Sprintf(`{"payload":%q,"signatures":[%s,%[2]s]}`, part[1], inJSON),
			credential.ErrForm},
		{"one signature in JSON", fmt.Sprintf(`{"payload":%q,%s`, part[1], inJSON[1:]), credential.ErrForm},
		{"padded", part[0] + "=." + part[1] + "." + part[2], credential.ErrForm},
		{"something that it says is critical",
			jws(`{"alg":"EdDSA","kid":"cloud","typ":"lockerd-order","crit":["exp"],"exp":1}`, anOrder, eddsa),
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

// TestOneSignatureSaysOneThing: an order, an ack and a token are three things, also by a key that signs all of them, and a key
// for one of them counts for no other; but whoever gives orders may acknowledge.
func TestOneSignatureSaysOneThing(t *testing.T) {
	const order, ack, token = "order", "ack", "token"
	s := newSigner(t, "cloud", seed)
	tok, err := s.Token(locker.Token{Cabinet: "demo-1", Parcel: "JJD000390007", Expires: time.Unix(2e9, 0)})
	if err != nil {
		t.Fatal(err)
	}
	signed := map[string]string{token: tok}
	for kind, sign := range map[string]func([]byte) (string, error){order: s.Order, ack: s.Ack} {
		if signed[kind], err = sign([]byte(anOrder)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		signs []string
		may   []string
	}{
		{[]string{"orders", "acks", "tokens"}, []string{order, ack, token}},
		{[]string{"orders"}, []string{order, ack}},
		{[]string{"acks"}, []string{ack}},
		{[]string{"tokens"}, []string{token}},
	} {
		issuers, err := credential.NewIssuers([]credential.Issuer{s.Issuer(c.signs...)})
		if err != nil {
			t.Fatal(err)
		}
		for kind, text := range signed {
			_, _, notOrder := issuers.Order([]byte(text))
			_, _, notAck := issuers.Ack([]byte(text))
			for as, is := range map[string]bool{order: notOrder == nil, ack: notAck == nil, token: issuers.Token(text).Refusal == ""} {
				if want := as == kind && slices.Contains(c.may, kind); is != want {
					t.Errorf("a key that signs %q, its %s taken as a %s: want %t, got %t", c.signs, kind, as, want, is)
				}
			}
		}
		if issuers.Sign("acks") != slices.Contains(c.may, ack) {
			t.Errorf("a key that signs %q: want it said whether anybody signs acks", c.signs)
		}
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
