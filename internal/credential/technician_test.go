package credential_test

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"lockerd/internal/credential"
	"lockerd/internal/locker"
)

func TestAPINIsVerified(t *testing.T) {
	phc := credential.HashPIN("864209")
	if !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(phc, "864209") {
		t.Fatal("want a PHC string of argon2id with 19 MB, 2 passes and 1 lane")
	}
	if phc == credential.HashPIN("864209") {
		t.Fatal("want a salt of its own for each")
	}
	for pin, want := range map[string]bool{"864209": true, "864208": false, "": false, "8642090": false} {
		if got, err := credential.VerifyPIN(phc, pin); got != want || err != nil {
			t.Errorf("%q: want %v, got %v, %v", pin, want, got, err)
		}
	}
}

// TestAPINOfElsewhere is verified at the cost that is written in it: those of other releases stay good.
func TestAPINOfElsewhere(t *testing.T) {
	salt := []byte("sixteen bytes ok")
	hash := argon2.IDKey([]byte("864209"), salt, 3, 4096, 2, 32)
	b := base64.RawStdEncoding
	phc := "$argon2id$v=19$m=4096,t=3,p=2$" + b.EncodeToString(salt) + "$" + b.EncodeToString(hash)
	if ok, err := credential.VerifyPIN(phc, "864209"); !ok || err != nil {
		t.Fatalf("want it verified, got %v, %v", ok, err)
	}
}

func TestAStoredHashMustNotTakeTheMachine(t *testing.T) {
	salt, hash := strings.Repeat("A", 22), strings.Repeat("A", 43)
	good := func(c string) string { return "$argon2id$v=19$" + c + "$" + salt + "$" + hash }
	for name, phc := range map[string]string{
		"empty":           "",
		"another kind":    "$argon2i$v=19$m=19456,t=2,p=1$" + salt + "$" + hash,
		"another version": "$argon2id$v=16$m=19456,t=2,p=1$" + salt + "$" + hash,
		"much memory":     good("m=4194304,t=2,p=1"),
		"no memory":       good("m=0,t=2,p=1"),
		"many passes":     good("m=19456,t=4000000,p=1"),
		"no pass":         good("m=19456,t=0,p=1"),
		"many lanes":      good("m=19456,t=2,p=200"),
		"no lane":         good("m=19456,t=2,p=0"),
		"too large":       good("m=99999999999,t=2,p=1"),
		"below zero":      good("m=-1,t=2,p=1"),
		"more after it":   good("m=19456,t=2,p=1,x=1"),
		"blanks":          good("m= 19456,t=2,p=1"),
		"salt short":      "$argon2id$v=19$m=19456,t=2,p=1$AAAA$" + hash,
		"hash short":      "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$AAAA",
		"hash damaged":    "$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + strings.Repeat("*", 43),
	} {
		t.Run(name, func(t *testing.T) {
			ok, err := credential.VerifyPIN(phc, "864209")
			if ok || err == nil {
				t.Fatal("want it refused")
			}
			if strings.Contains(err.Error(), salt) {
				t.Fatalf("the error repeats it: %v", err)
			}
		})
	}
}

func FuzzPHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, phc string) {
		if ok, _ := credential.VerifyPIN(phc, "864209"); ok {
			t.Fatal("a PIN that nobody has chosen is right")
		}
	})
}

func TestPINsThatMayBeChosen(t *testing.T) {
	for pin, want := range map[string]bool{
		"864209": true, "9731025": true, "10293847": true, "112358": true, "13572468": true,
		"12345": false, "123456789": false, "12345a": false, "": false,
		"000000": false, "121212": false, "112211": false, "123456": false, "890123": false, "7654321": false,
		"210987": false, "123123": false, "20242024": false, "858585": false,
	} {
		if got := credential.MayBePIN(pin); got != want {
			t.Errorf("%s: want %v, got %v", pin, want, got)
		}
	}
}

// TestAppCodes: the vectors of RFC 6238, appendix B, for SHA-1, by their last six digits.
func TestAppCodes(t *testing.T) {
	secret := []byte("12345678901234567890")
	for _, v := range []struct {
		at   int64
		code string
	}{
		{59, "287082"}, {1111111109, "081804"}, {1111111111, "050471"}, {1234567890, "005924"}, {2000000000, "279037"},
		{20000000000, "353130"},
	} {
		for _, off := range []int64{-30, 0, 30} {
			step, ok := credential.AppStep(secret, v.code, time.Unix(v.at+off, 0))
			if !ok || step != v.at/30 {
				t.Errorf("at %d%+d: want step %d, got %d, %v", v.at, off, v.at/30, step, ok)
			}
		}
		for _, off := range []int64{-61, 61} {
			if _, ok := credential.AppStep(secret, v.code, time.Unix(v.at+off, 0)); ok && v.at+off >= 0 {
				t.Errorf("at %d%+d: want it refused", v.at, off)
			}
		}
	}
	for _, code := range []string{"", "28708", "2870822", "28708x", " 287082"} {
		if _, ok := credential.AppStep(secret, code, time.Unix(59, 0)); ok {
			t.Errorf("want %q refused", code)
		}
	}
	if _, ok := credential.AppStep(nil, "287082", time.Unix(59, 0)); ok {
		t.Error("want nobody's code refused")
	}
}

func TestAnInvitation(t *testing.T) {
	k, _, _, _ := keys(t)
	in, known, err := k.Invite("demo-1", "grace")
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(in.URL)
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || !strings.Contains(u.Path, "grace") ||
		!strings.Contains(u.Path, "demo-1") {
		t.Fatalf("want the app to show whose it is and where, got %v", err)
	}
	if len(in.Secret) != 12 || len(in.Recovery) != 8 || len(known.TOTP) != 20 {
		t.Fatalf("got %d digits, %d recovery codes, %d bytes", len(in.Secret), len(in.Recovery), len(known.TOTP))
	}
	if k.InvitationHash(in.Secret) != known.Invitation || !k.InvitationHash("864209").IsZero() {
		t.Error("want the one-time secret known by its hash, and a PIN not taken for one")
	}
	seen := map[locker.Hash]bool{known.Invitation: true}
	for i, code := range in.Recovery {
		if k.RecoveryHash(code) != known.Recovery[i] || seen[known.Recovery[i]] {
			t.Error("want each recovery code known by its hash")
		}
		seen[known.Recovery[i]] = true
	}
	if !k.RecoveryHash("864209").IsZero() {
		t.Error("want an app's code not taken for a recovery code")
	}
	if strings.Contains(fmt.Sprintf("%v %+v %#v", known, known, known), in.Secret) {
		t.Error("secrets are printed")
	}
}

func BenchmarkHashPIN(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		credential.HashPIN("864209")
	}
}

func BenchmarkVerifyPIN(b *testing.B) {
	phc := credential.HashPIN("864209")
	for b.Loop() {
		if ok, _ := credential.VerifyPIN(phc, "864209"); !ok {
			b.Fatal("want it right")
		}
	}
}

func BenchmarkAppStep(b *testing.B) {
	secret, at := []byte("12345678901234567890"), time.Unix(59, 0)
	for b.Loop() {
		if _, ok := credential.AppStep(secret, "287082", at); !ok {
			b.Fatal("want it right")
		}
	}
}
