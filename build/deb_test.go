package build

import (
	"os/exec"
	"strings"
	"testing"
)

// TestVersionsSort: a later description of git is a later version to dpkg, so that no upgrade is one down.
func TestVersionsSort(t *testing.T) {
	if _, err := exec.LookPath("dpkg"); err != nil {
		t.Skip("no dpkg here")
	}
	version := func(description, time string) string {
		out, err := exec.CommandContext(t.Context(), "./deb-version", description, time).Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(out))
	}
	last := ""
	for _, c := range [][2]string{
		{"fffffff", "20261128142705"}, {"fffffff-dirty", "20261128142705"}, {"0000000", "20261128142706"}, {"abcdef0", "20270101000000"},
		{"v0.0.1", ""}, {"v0.9.0", ""}, {"v0.10.0-rc1", ""}, {"v0.10.0-rc1-3-gfffffff", ""}, {"v0.10.0-rc2", ""}, {"v0.10.0-rc10", ""},
		{"v0.10.0", ""}, {"v0.10.0-dirty", ""}, {"v0.10.0-1-gfffffff", ""}, {"v0.10.0-2-g0000000", ""}, {"v0.10.0-2-g0000000-dirty", ""},
		{"v0.10.0-10-g0000000", ""}, {"v0.10.1", ""}, {"v1.0.0", ""},
	} {
		this := version(c[0], c[1])
		if last != "" {
			if err := exec.CommandContext(t.Context(), "dpkg", "--compare-versions", last, "lt", this).Run(); err != nil {
				t.Errorf("%s (of %s) must be above %s", this, c[0], last)
			}
		}
		last = this
	}
}
