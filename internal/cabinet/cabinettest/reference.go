// Package cabinettest holds the configuration that the tests of several packages share.
package cabinettest

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lockerd/internal/credential"
)

// Reference is the path of a copy of the reference file with what it leaves to the operator: keys.
func Reference(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../systemd/lockerd.toml")
	if err != nil {
		t.Fatal(err)
	}
	seed := make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(seed)
	signer, err := credential.NewSigner("a", seed)
	if err != nil {
		t.Fatal(err)
	}
	filled := strings.Replace(string(text), `operator = ""`, fmt.Sprintf("operator = %q", credential.NewOperator().Public()), 1)
	filled = strings.Replace(filled, "# [[issuer]]\n# id = \"a\"", "[[issuer]]\nid = \"a\"", 1)
	filled = strings.Replace(filled, `# key = ""`, fmt.Sprintf("key = %q", signer.Issuer().Key), 1)
	filled = strings.Replace(filled, `# signs = [`, `signs = [`, 1)
	path := filepath.Join(t.TempDir(), "reference.toml")
	if err := os.WriteFile(path, []byte(filled), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
