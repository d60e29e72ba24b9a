package credential_test

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/nacl/box"

	"lockerd/internal/credential"
)

// keys makes a cabinet's keys and an operator's pair.
func keys(t *testing.T) (k *credential.Keys, dir string, public, private *[32]byte) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "keys")
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := credential.Make(dir); err != nil {
		t.Fatal(err)
	}
	k, err = credential.Load(dir, base64.StdEncoding.EncodeToString(public[:]))
	if err != nil {
		t.Fatal(err)
	}
	return k, dir, public, private
}

func TestKeysAreMadeOnceAndForTheOwnerAlone(t *testing.T) {
	k, dir, public, _ := keys(t)
	before := k.Hash("x")
	if err := credential.Make(dir); err != nil {
		t.Fatal(err)
	}
	again, err := credential.Load(dir, base64.StdEncoding.EncodeToString(public[:]))
	if err != nil || again.Hash("x") != before {
		t.Fatalf("want the keys kept, got others (%v)", err)
	}
	for _, name := range []string{credential.MasterFile, credential.LookupFile, credential.CabinetFile} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != 0o400 {
			t.Errorf("%s: want mode 0400, got %v, %v", name, info.Mode(), err)
		}
	}
}

func TestKeysThatAreNotGood(t *testing.T) {
	_, dir, _, _ := keys(t)
	operator := base64.StdEncoding.EncodeToString(make([]byte, 32))
	secret := "bm90IDMyIGJ5dGVzIG9mIHNlY3JldA=="
	for _, tt := range []struct{ name, file, content, operator string }{
		{"operator's key missing", "", "", ""},
		{"operator's key short", "", "", "AAAA"},
		{"key missing", credential.LookupFile, "", operator},
		{"key not base64", credential.MasterFile, "***", operator},
		{"key short", credential.MasterFile, secret, operator},
	} {
		t.Run(tt.name, func(t *testing.T) {
			copied := t.TempDir()
			if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			if tt.file != "" {
				path := filepath.Join(copied, tt.file)
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
				if tt.content != "" {
					if err := os.WriteFile(path, []byte(tt.content), 0o400); err != nil {
						t.Fatal(err)
					}
				}
			}
			_, err := credential.Load(copied, tt.operator)
			if err == nil {
				t.Fatal("want an error")
			}
			if strings.Contains(err.Error(), secret) {
				t.Fatalf("the error repeats the secret: %v", err)
			}
		})
	}
}

func TestBoxesAreForTheOperatorAlone(t *testing.T) {
	k, _, public, private := keys(t)
	sealed := k.Box([]byte("12345678"))
	if strings.Contains(string(sealed), "12345678") {
		t.Fatal("the box is open")
	}
	if _, err := k.Open(sealed); err == nil {
		t.Fatal("the cabinet can open what is for the operator")
	}
	plain, ok := box.OpenAnonymous(nil, sealed, public, private)
	if !ok || string(plain) != "12345678" {
		t.Fatalf("want the operator to read it, got %q, %v", plain, ok)
	}
}

func TestOpenReadsWhatIsForTheCabinet(t *testing.T) {
	k, _, _, _ := keys(t)
	raw, err := base64.StdEncoding.DecodeString(k.Public())
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := box.SealAnonymous(nil, []byte("+49151"), (*[32]byte)(raw), nil)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := k.Open(sealed); err != nil || string(plain) != "+49151" {
		t.Fatalf("want what was sent, got %q, %v", plain, err)
	}
	sealed[40] ^= 1
	if _, err := k.Open(sealed); err == nil {
		t.Fatal("want damage noticed")
	}
}

func TestOffers(t *testing.T) {
	k, _, public, private := keys(t)
	seen := map[string]bool{}
	for range 200 {
		for _, o := range k.Offers(6) {
			code, ok := box.OpenAnonymous(nil, o.Code, public, private)
			if !ok || len(code) != 6 || strings.Trim(string(code), "0123456789") != "" {
				t.Fatalf("want six digits, got %q", code)
			}
			if k.Hash(string(code)) != o.Hash {
				t.Fatal("the hash is not the code's")
			}
			seen[string(code)] = true
		}
	}
	if len(seen) < 590 { // of 600 out of a million: two alike now and then
		t.Fatalf("want them made by chance, got %d different ones of 600", len(seen))
	}
}

func TestKeysAreNotPrinted(t *testing.T) {
	k, _, _, _ := keys(t)
	text := fmt.Sprintf("%v %+v %#v %s", k.Master, k.Master, k.Master, k.Master)
	if text != "(a key) (a key) (a key) (a key)" {
		t.Fatalf("a key is printed: %s", text)
	}
}
