package credential_test

import (
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"lockerd/internal/credential"
)

var anyOperator = base64.StdEncoding.EncodeToString(make([]byte, 32))

func load(t *testing.T, dir string) *credential.Keys {
	t.Helper()
	k, err := credential.Load(dir, anyOperator)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestNext: a master key to come is made once, known beside the present one, and takes its place; the other keys stay.
func TestNext(t *testing.T) {
	dir := t.TempDir()
	if err := credential.Make(dir); err != nil {
		t.Fatal(err)
	}
	before := load(t, dir)
	if before.Next != nil || before.NextProblem != nil || before.Others() != nil {
		t.Errorf("want no next key, got %v, %v", before.Next, before.NextProblem)
	}
	if err := os.WriteFile(filepath.Join(dir, credential.NextFile+".part"), []byte("AQ"), 0o400); err != nil {
		t.Fatal(err) // what a power cut has left
	}
	next, err := credential.MakeNext(dir)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := credential.MakeNext(dir); err != nil || again != next {
		t.Errorf("want the same key, got another (%v)", err)
	}
	both := load(t, dir)
	if both.Master != before.Master || both.Next == nil || *both.Next != next || next == both.Master {
		t.Error("want the next key beside the present one")
	}
	if info, err := os.Stat(filepath.Join(dir, credential.NextFile)); err != nil || info.Mode().Perm() != 0o400 {
		t.Errorf("want it for its owner to read alone, got %v, %v", info.Mode(), err)
	}
	if err := credential.PlaceNext(dir); err != nil {
		t.Fatal(err)
	}
	after := load(t, dir)
	if after.Master != next || after.Next != nil || !reflect.DeepEqual(before.Prints(), after.Prints()) {
		t.Error("want the next key in place, and the others as they were")
	}
}

// TestNextThatIsNone: an empty file is none; one that is no key is told, and the present key is good all the same.
func TestNextThatIsNone(t *testing.T) {
	dir := t.TempDir()
	if err := credential.Make(dir); err != nil {
		t.Fatal(err)
	}
	for content, problem := range map[string]bool{"\n": false, "no key\n": true} {
		if err := os.WriteFile(filepath.Join(dir, credential.NextFile), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if k := load(t, dir); k.Next != nil || (k.NextProblem != nil) != problem {
			t.Errorf("%q: want a problem %v, got %v, %v", content, problem, k.Next, k.NextProblem)
		}
	}
}

// TestPrints: each key has a print of its own, which is not the key, and another key has another.
func TestPrints(t *testing.T) {
	one, two := t.TempDir(), t.TempDir()
	if err := errors.Join(credential.Make(one), credential.Make(two)); err != nil {
		t.Fatal(err)
	}
	a, b := load(t, one).Prints(), load(t, two).Prints()
	for _, name := range []string{credential.LookupFile, credential.CabinetFile} {
		if a[name] == b[name] || a[name] == [32]byte{} {
			t.Errorf("%s: want prints that tell keys apart", name)
		}
		text, err := os.ReadFile(filepath.Join(one, name))
		if print := a[name]; err != nil || string(text) == base64.StdEncoding.EncodeToString(print[:])+"\n" {
			t.Errorf("%s: its print is the key itself (%v)", name, err)
		}
	}
	if len(a) != 2 {
		t.Errorf("want prints of the keys that stay, got %d", len(a))
	}
}
