package credential_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/boombuler/barcode/qr"
	"github.com/go-jose/go-jose/v4"

	"lockerd/internal/credential"
	"lockerd/internal/locker"
)

// issuer is a signer and the cabinets' side of it.
func issuer(t testing.TB, signs ...string) (*credential.Signer, *credential.Issuers) {
	t.Helper()
	seed := make([]byte, 32)
	_, _ = rand.Read(seed)
	signer, err := credential.NewSigner("a", seed)
	if err != nil {
		t.Fatal(err)
	}
	issuers, err := credential.NewIssuers([]credential.Issuer{signer.Issuer(signs...)})
	if err != nil {
		t.Fatal(err)
	}
	return signer, issuers
}

var sample = locker.Token{Cabinet: "demo-1", ID: "x7Kd93kdQ2a1", Parcel: "JJD000390007882112",
	Expires: time.Date(2026, 11, 27, 18, 0, 0, 0, time.UTC)}

func TestTokensSayWhatWasSigned(t *testing.T) {
	signer, issuers := issuer(t, credential.SignsTokens)
	for _, want := range []locker.Token{
		sample,
		{Cabinet: "demo-1", ID: "1", Door: 7, Issued: time.Date(2026, 11, 24, 18, 0, 0, 0, time.UTC),
			NotBefore: time.Date(2026, 11, 25, 18, 0, 0, 0, time.UTC), Expires: sample.Expires},
		{Cabinet: "demo-1", ID: "1", Courier: "ada", Expires: sample.Expires},
	} {
		text, err := signer.Token(want)
		if err != nil {
			t.Fatal(err)
		}
		if got := issuers.Token(text); got != want {
			t.Errorf("want %+v, got %+v", want, got)
		}
	}
}

// TestTokensByEitherName: RFC 9864 calls the algorithm Ed25519, RFC 8037 EdDSA.
func TestTokensByEitherName(t *testing.T) {
	issuers := newIssuers(t)
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, 32))
	sign := func(body string) []byte { return ed25519.Sign(key, []byte(body)) }
	for alg, want := range map[string]locker.TokenRefusal{"EdDSA": "", "Ed25519": "", "Ed448": locker.TokenAlgorithm,
		"ed25519": locker.TokenAlgorithm, "none": locker.TokenAlgorithm, "": locker.TokenAlgorithm} {
		text := forged(fmt.Sprintf(`{"alg":%q,"kid":"doors"}`, alg), `{"aud":"demo-1","jti":"1","par":"P-1","exp":1795000000}`, sign)
		if got := issuers.Token(text); got.Refusal != want || (want == "") != (got.Parcel == "P-1") {
			t.Errorf("%q: want %q, got %+v", alg, want, got)
		}
	}
}

// TestTokensFitAScannerAndAPhone: 256 bytes are what a scanner's text may have, and version 11 (61 modules) is what a
// phone shows with modules of half a millimetre, at error correction M.
func TestTokensFitAScannerAndAPhone(t *testing.T) {
	signer, _ := issuer(t, credential.SignsTokens)
	text, err := signer.Token(sample)
	if err != nil {
		t.Fatal(err)
	}
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	version := (code.Bounds().Dx() - 17) / 4
	t.Logf("%d characters, QR version %d at M", len(text), version)
	if len(text) > 256 || version > 11 {
		t.Errorf("want at most 256 characters and version 11, got %d and %d", len(text), version)
	}
}

// forged makes a compact JWS by hand.
func forged(header, payload string, sign func(string) []byte) string {
	enc := base64.RawURLEncoding.EncodeToString
	body := enc([]byte(header)) + "." + enc([]byte(payload))
	return body + "." + enc(sign(body))
}

func TestTokensThatDoNotCount(t *testing.T) {
	signer, issuers := issuer(t, credential.SignsTokens)
	good, err := signer.Token(sample)
	if err != nil {
		t.Fatal(err)
	}
	payload := `{"aud":"demo-1","jti":"1","par":"P-1","exp":1795000000}`
	public, err := base64.StdEncoding.DecodeString(signer.Issuer().Key)
	if err != nil {
		t.Fatal(err)
	}
	hs := func(body string) []byte {
		m := hmac.New(sha256.New, public)
		m.Write([]byte(body))
		return m.Sum(nil)
	}
	none := func(string) []byte { return nil }
	stranger, _ := issuer(t, credential.SignsTokens)
	strangers, err := stranger.Token(sample) // with the same key id
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(good, ".")
	for _, tt := range []struct {
		name, text string
		want       locker.TokenRefusal
	}{
		{"nothing", "", locker.TokenForm},
		{"noise", strings.Repeat("x", 4096), locker.TokenForm},
		{"no signature", parts[0] + "." + parts[1] + ".", locker.TokenSignature},
		{"none", forged(`{"alg":"none","kid":"a"}`, payload, none), locker.TokenAlgorithm},
		{"HS256 with the public key", forged(`{"alg":"HS256","kid":"a"}`, payload, hs), locker.TokenAlgorithm},
		{"RS256", signedBy(t, jose.RS256, payload), locker.TokenAlgorithm},
		{"ES256", forged(`{"alg":"ES256","kid":"a"}`, payload, hs), locker.TokenAlgorithm},
		{"Ed448", forged(`{"alg":"Ed448","kid":"a"}`, payload, hs), locker.TokenAlgorithm},
		{"Ed25519 said, HS256 done", forged(`{"alg":"Ed25519","kid":"a"}`, payload, hs), locker.TokenSignature},
		{"a key of its own", forged(`{"alg":"EdDSA","kid":"a","jwk":{}}`, payload, hs), locker.TokenForm},
		{"unknown key", forged(`{"alg":"EdDSA","kid":"b"}`, payload, hs), locker.TokenIssuer},
		{"no key", forged(`{"alg":"EdDSA"}`, payload, hs), locker.TokenIssuer},
		{"another's signature", strangers, locker.TokenSignature},
		{"other claims", forged(`{"alg":"EdDSA","kid":"a"}`, payload, hs), locker.TokenSignature},
		{"critical header", forged(`{"alg":"EdDSA","kid":"a","crit":["x"],"x":1}`, payload, hs), locker.TokenSignature},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := issuers.Token(tt.text); got.Refusal != tt.want || got.ID != "" {
				t.Errorf("want %q, got %+v", tt.want, got)
			}
		})
	}
}

// signedBy signs with a key that is not one of ours.
func signedBy(t *testing.T, alg jose.SignatureAlgorithm, payload string) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: "a"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := s.Sign([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestClaimsThatAreNotExact: signed by whom it may be, and still not what it must be.
func TestClaimsThatAreNotExact(t *testing.T) {
	signer, issuers := issuer(t, credential.SignsTokens)
	for _, payload := range []string{
		``, `null`, `[]`, `"x"`, `{}`,
		`{"aud":"demo-1","jti":"1","exp":1795000000}`,
		`{"aud":"demo-1","jti":"1","par":"P-1","door":7,"exp":1795000000}`,
		`{"aud":"demo-1","jti":"1","par":"P-1"}`,
		`{"aud":"demo-1","par":"P-1","exp":1795000000}`,
		`{"jti":"1","par":"P-1","exp":1795000000}`,
		`{"aud":["demo-1","demo-2"],"jti":"1","par":"P-1","exp":1795000000}`,
		`{"aud":"demo-1","jti":"1","door":-7,"exp":1795000000}`,
		`{"aud":"demo-1","jti":"1","par":"P-1","exp":"soon"}`,
		`{"aud":"demo-1","jti":"1","par":"P-1","exp":1795000000,"nbf":1795000000}`,
		`{"aud":"demo-1","jti":"1","par":"P-1","exp":99999999999}`,
		`{"aud":"demo-1","jti":"1","par":"P-1","exp":1795000000,"only_on":"monday"}`,
		`{"aud":"demo-1","jti":"1","par":"P-1","exp":1795000000} {}`,
		`{"aud":"demo-1","aud":"demo-1","jti":"1","par":"P-1","exp":1795000000}`,
		`{"aud":"demo-2","aud":"demo-1","jti":"1","par":"P-1","exp":1795000000}`,
		`{"aud":"demo-1","jti":"1","jti":"2","par":"P-1","exp":1795000000}`,
		`{"aud":"demo-1","jti":"1","par":"P-1","par":"P-2","exp":1795000000}`,
		`{"aud":"demo-1","jti":"1","door":7,"door":8,"exp":1795000000}`,
		`{"aud":"demo-1","jti":"1","cou":"ada","cou":"eve","exp":1795000000}`,
		`{"aud":"demo-1","jti":"1","par":"P-1","exp":1,"exp":1795000000}`,
		`{"aud":"demo-1","jti":"1","par":"P-1","nbf":1,"nbf":2,"exp":1795000000}`,
		`{"aud":"demo-1","jti":"1","par":"P-1","iat":1,"iat":2,"exp":1795000000}`,
		`{"aud":"demo-1","jti":"1","par":"P-1","\u0065xp":1,"exp":1795000000}`,
		`{"AUD":"demo-1","jti":"1","par":"P-1","exp":1795000000}`,
		`{"aud":"demo-1","Jti":"1","par":"P-1","exp":1795000000}`,
		`{"aud":"demo-1","jti":"1","PAR":"P-1","exp":1795000000}`,
		`{"aud":"demo-1","jti":"1","Door":7,"exp":1795000000}`,
		`{"aud":"demo-1","jti":"1","cOU":"ada","exp":1795000000}`,
		`{"aud":"demo-1","jti":"1","par":"P-1","EXP":1795000000}`,
		`{"aud":"demo-1","jti":"1","par":"P-1","exp":1,"EXP":1795000000}`,
		`{"aud":"demo-1","jti":"1","par":"P-1","NBF":1,"exp":1795000000}`,
		`{"aud":"demo-1","jti":"1","par":"P-1","Iat":1,"exp":1795000000}`,
		"{\"aud\":\"demo-1\",\"jti\":\"1\xff\",\"par\":\"P-1\",\"exp\":1795000000}",
		`{"aud":"demo-1","jti":"\ud800","par":"P-1","exp":1795000000}`,
		`{"aud":"demo-1","jti":"` + strings.Repeat("1", 33) + `","par":"P-1","exp":1795000000}`,
	} {
		text, err := signer.Sign([]byte(payload), "")
		if err != nil {
			t.Fatal(err)
		}
		if got := issuers.Token(text); got.Refusal != locker.TokenForm {
			t.Errorf("%s: want it refused for its form, got %+v", payload, got)
		}
	}
	text, err := signer.Sign([]byte(`{"aud":"demo-1","jti":"1","par":"P-1","exp":1795000000}`), "lockerd-order")
	if err != nil {
		t.Fatal(err)
	}
	if got := issuers.Token(text); got.Refusal != locker.TokenForm {
		t.Errorf("signed as an order: want it refused for its form, got %+v", got)
	}
}

func TestWhoMaySignTokens(t *testing.T) {
	signer, issuers := issuer(t, credential.SignsOrders)
	text, err := signer.Token(sample)
	if err != nil {
		t.Fatal(err)
	}
	if got := issuers.Token(text); got.Refusal != locker.TokenIssuer {
		t.Errorf("a key for orders signs tokens: %+v", got)
	}
	if issuers.Sign(credential.SignsTokens) || !issuers.Sign(credential.SignsOrders) {
		t.Error("want a key for orders alone")
	}
}

func TestIssuersThatAreNotGood(t *testing.T) {
	signer, _ := issuer(t, credential.SignsTokens)
	good := signer.Issuer(credential.SignsTokens)
	for _, tt := range []struct {
		name string
		list []credential.Issuer
		want string
	}{
		{"twice", []credential.Issuer{good, good}, "listed twice"},
		{"no id", []credential.Issuer{{Key: good.Key, Signs: good.Signs}}, "id: must have"},
		{"long id", []credential.Issuer{{ID: strings.Repeat("a", 17), Key: good.Key, Signs: good.Signs}}, "id: must have"},
		{"no key", []credential.Issuer{{ID: "a", Signs: good.Signs}}, "key: must be 32 bytes"},
		{"signs nothing", []credential.Issuer{{ID: "a", Key: good.Key}}, "must name what it signs"},
		{"signs what is not", []credential.Issuer{{ID: "a", Key: good.Key, Signs: []string{"cheques"}}}, `"cheques" is none of`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := credential.NewIssuers(tt.list); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("want %q, got %v", tt.want, err)
			}
		})
	}
}

func TestSignersAreWrittenAndRead(t *testing.T) {
	signer, _ := issuer(t, credential.SignsTokens)
	again, err := credential.ReadSigner(signer.Secret() + "\n")
	if err != nil || again.Secret() != signer.Secret() {
		t.Fatalf("want the same signer, got %v, %v", again, err)
	}
	for _, text := range []string{"", "a", "a:", "a:AAAA", ":" + strings.Split(signer.Secret(), ":")[1], "a:***"} {
		if _, err := credential.ReadSigner(text); err == nil {
			t.Errorf("%q: want an error", text)
		}
	}
	if s := signer.String(); strings.Contains(s, strings.Split(signer.Secret(), ":")[1]) {
		t.Error("the key is printed")
	}
}

// BenchmarkToken is one verification; the limit for verifying and deciding is 1 ms.
func BenchmarkToken(b *testing.B) {
	signer, issuers := issuer(b, credential.SignsTokens)
	text, err := signer.Token(sample)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if issuers.Token(text).Refusal != "" {
			b.Fatal("refused")
		}
	}
}

// FuzzToken: whatever is held before the scanner, nothing unsigned counts and nothing falls over.
func FuzzToken(f *testing.F) {
	signer, issuers := issuer(f, credential.SignsTokens)
	good, err := signer.Token(sample)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(`{"payload":"","signatures":[]}`)
	f.Add("eyJ.e30.x")
	f.Fuzz(func(t *testing.T, text string) {
		got := issuers.Token(text)
		if got.Refusal != "" {
			return
		}
		// The same signature in another spelling of base64 is the same token; its claims are what was signed.
		want, _ := json.Marshal(sample)
		if is, _ := json.Marshal(got); string(is) != string(want) {
			t.Fatalf("counts, and nobody signed it: %q", text)
		}
	})
}

// TestTrustIsReplaced: whose signatures count changes at once, for everybody who already has the issuers.
func TestTrustIsReplaced(t *testing.T) {
	first, issuers := issuer(t, credential.SignsTokens)
	next, err := credential.NewSigner("b", []byte("a seed of exactly 32 bytes, so b"))
	if err != nil {
		t.Fatal(err)
	}
	trust := func(signers ...*credential.Signer) {
		var list []locker.Issuer
		for _, s := range signers {
			i := s.Issuer()
			list = append(list, locker.Issuer{ID: i.ID, Key: i.Key, Signs: []string{locker.SignsTokens}})
		}
		issuers.Trust(append(list, locker.Issuer{ID: "no key", Key: "***", Signs: []string{locker.SignsTokens}}))
	}
	counts := func(s *credential.Signer) bool {
		text, err := s.Token(sample)
		if err != nil {
			t.Fatal(err)
		}
		return issuers.Token(text).Refusal == ""
	}
	for _, tt := range []struct {
		name        string
		trust       func()
		first, next bool
	}{
		{"as configured", func() {}, true, false},
		{"both", func() { trust(first, next) }, true, true},
		{"the next alone", func() { trust(next) }, false, true},
	} {
		if tt.trust(); counts(first) != tt.first || counts(next) != tt.next {
			t.Errorf("%s: want %t and %t, got %t and %t", tt.name, tt.first, tt.next, counts(first), counts(next))
		}
	}
}

// TestKeysThatAreNotPut: what is no key, and what everybody has.
func TestKeysThatAreNotPut(t *testing.T) {
	for _, tt := range []struct {
		issuer locker.Issuer
		want   string
	}{
		{locker.Issuer{ID: "a", Key: "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", Signs: []string{"orders"}}, "is an example's"},
		{locker.Issuer{ID: "a", Key: "AAAA", Signs: []string{"orders"}}, "must be 32 bytes"},
		{locker.Issuer{ID: "a name that is too long", Key: "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", Signs: []string{"orders"}}, "id: must have"},
		{locker.Issuer{ID: "a", Key: "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}, "must name what it signs"},
	} {
		if err := credential.CheckIssuer(tt.issuer); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: want %q, got %v", tt.issuer, tt.want, err)
		}
	}
	good, _ := issuer(t, credential.SignsOrders)
	if i := good.Issuer("orders"); credential.CheckIssuer(locker.Issuer{ID: i.ID, Key: i.Key, Signs: i.Signs}) != nil {
		t.Error("want a good key taken")
	}
}
