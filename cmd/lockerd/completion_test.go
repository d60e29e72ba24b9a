package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestCompletion asks as bash does after `complete -C lockerd lockerd`.
func TestCompletion(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"lockerd ", "check"},
		{"lockerd doors ", "inspected"},
		{"lockerd board ", "scan"},
		{"lockerd board scan ./comp", "./completion_test.go"},
		{"lockerd check --", "--config"},
		{"lockerd check --config ./comp", "./completion_test.go"},
	} {
		t.Run(c.line, func(t *testing.T) {
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), self)
			cmd.Env = append(os.Environ(), asLockerd+"=1", "COMP_LINE="+c.line)
			out, err := cmd.Output()
			if err != nil || !slices.Contains(strings.Fields(string(out)), c.want) {
				t.Errorf("want %q offered, got %q, %v", c.want, out, err)
			}
		})
	}
}
