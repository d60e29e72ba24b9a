package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"lockerd/internal/manual"
)

// typed runs lockerd as somebody typed it.
func typed(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(os.Environ(), asLockerd+"=1")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var ended *exec.ExitError
	if err := cmd.Run(); errors.As(err, &ended) {
		status = ended.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), status
}

// TestUsage: what cannot be understood is said on standard error, in a few lines that say what to type instead.
func TestUsage(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"", "nonsense", "board", "board nonsense", "board scan", "board open", "board open three --by x",
		"run --nonsense", "run too much", "check --config", "token issue --key k --cabinet c", "token issue --door 1 --parcel P --key k --cabinet c",
		"keys", "doors inspected", "journal show --after minus", "technician invite", "--nonsense", "version", "order sign --for soon --key k --cabinet c --kind k"} {
		t.Run(line, func(t *testing.T) {
			stdout, stderr, status := typed(t, strings.Fields(line)...)
			if stdout != "" || status != exitUsage || !strings.HasPrefix(stderr, "lockerd: ") || !strings.Contains(stderr, "usage: ") ||
				!strings.Contains(stderr, "--help` says more") || strings.Count(stderr, "\n") > 10 {
				t.Errorf("status %d, standard output %q, standard error\n%s", status, stdout, stderr)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	if stdout, stderr, status := typed(t, "--version"); status != 0 || stderr != "" || !strings.HasPrefix(stdout, "lockerd ") {
		t.Errorf("want the version, got status %d, %q, %q", status, stdout, stderr)
	}
}

// doing are the commands that do something; all others read, and can do so for a program.
var doing = []string{"setup", "run", "doors inspected", "board trace", "board open", "clock correct", "guards clear", "journal backup", "technician remove",
	"keys operator", "keys issuer", "keys rotate", "keys accept", "hash", "order sign", "profile", "report export", "token issue"}

// TestWhatReadsHasJSON, and what does something has none.
func TestWhatReadsHasJSON(t *testing.T) {
	t.Parallel()
	var cmd commandLine
	for _, n := range manual.EveryNode(newParser(&cmd).Model.Node) {
		if len(n.Children) > 0 {
			continue
		}
		has := slices.ContainsFunc(n.Flags, func(f *kong.Flag) bool { return f.Name == "json" })
		if does := slices.Contains(doing, manual.PathOf(n)); has == does {
			t.Errorf("%s: does something: %t; has --json: %t", manual.PathOf(n), does, has)
		}
		if n.Help == "" {
			t.Errorf("%s: nobody is told what it is for", manual.PathOf(n))
		}
	}
}

// described writes what a shell is told of lockerd.
func described(t *testing.T, what string) string {
	t.Helper()
	text, stderr, status := typed(t, "describe", what)
	if status != 0 || stderr != "" {
		t.Fatalf("status %d: %s", status, stderr)
	}
	path := filepath.Join(t.TempDir(), "lockerd")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// completions are what is typed, what is offered then, and what is not.
var completions = []struct{ line, want, never string }{
	{"lockerd ", "check", "inspected"},
	{"lockerd ", "board", "describe"},
	{"lockerd bo", "board", "check"},
	{"lockerd doors ", "inspected", "check"},
	{"lockerd board ", "scan", "inspected"},
	{"lockerd board scan ./comm", "./commandline_test.go", "--family"},
	{"lockerd board scan --", "--family", "--door"},
	{"lockerd check --", "--config", "--by"},
	{"lockerd check --config ./comm", "./commandline_test.go", "--json"},
	{"lockerd keys --", "--directory", "--by"},
	{"lockerd keys ", "issuer", "check"},
	{"lockerd --", "--version", "--config"},
}

// complete has a shell say what it offers, and holds it against completions. A shell that is not there is one that
// build/test-needs did not install.
func complete(t *testing.T, shell string, script func(line string) string) {
	t.Helper()
	if _, err := exec.LookPath(shell); err != nil {
		t.Skipf("no %s here: build/test-needs installs it", shell)
	}
	for _, c := range completions {
		t.Run(shell+" "+c.line, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), shell, "-c", script(c.line))
			out, err := cmd.CombinedOutput()
			var offered []string
			for line := range strings.Lines(string(out)) {
				word, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
				offered = append(offered, word)
			}
			if err != nil || !slices.Contains(offered, c.want) || slices.Contains(offered, c.never) {
				t.Errorf("want %q and not %q offered, got %q, %v", c.want, c.never, out, err)
			}
		})
	}
}

func TestCompletionInBash(t *testing.T) {
	t.Parallel()
	file := described(t, "bash")
	complete(t, "bash", func(line string) string {
		words := strings.Fields(line)
		if strings.HasSuffix(line, " ") {
			words = append(words, "")
		}
		return "source " + manual.Quoted(file) + `
			COMP_WORDS=(` + strings.Join(each(words, manual.Quoted), " ") + `) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
			_lockerd
			printf '%s\n' "${COMPREPLY[@]}"`
	})
}

// TestCompletionInZsh plays what zsh's completion lends to a function, which itself needs a terminal.
func TestCompletionInZsh(t *testing.T) {
	t.Parallel()
	file := described(t, "zsh")
	complete(t, "zsh", func(line string) string {
		words := strings.Fields(line)
		if strings.HasSuffix(line, " ") {
			words = append(words, "")
		}
		return `_describe() { local each; for each in "${(@P)2}"; do
				[[ ${each%%:*} == $words[CURRENT]* ]] && print -r -- "${each%%:*}"; done }
			_files() { print -rl -- $words[CURRENT]*(N) }
			words=(` + strings.Join(each(words, manual.Quoted), " ") + `) CURRENT=$#words
			source ` + manual.Quoted(file)
	})
}

func TestCompletionInFish(t *testing.T) {
	t.Parallel()
	file := described(t, "fish")
	complete(t, "fish", func(line string) string {
		return "source " + manual.Quoted(file) + "\ncomplete -C " + manual.Quoted(line)
	})
}

func each(list []string, f func(string) string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = f(s)
	}
	return out
}

// TestManPage: every command is in it, with every flag, and nothing in it is a mistake in man's eyes.
func TestManPage(t *testing.T) {
	t.Parallel()
	file := described(t, "man")
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var cmd commandLine
	for _, n := range manual.EveryNode(newParser(&cmd).Model.Node) {
		if len(manual.Shown(n)) == 0 && !strings.Contains(string(page), ".SS "+manual.Roff("lockerd "+manual.PathOf(n))) {
			t.Errorf("nothing of %s", manual.PathOf(n))
		}
		for _, f := range n.Flags {
			if !strings.Contains(string(page), ".B "+manual.Roff("--"+f.Name)) {
				t.Errorf("nothing of --%s of %s", f.Name, manual.PathOf(n))
			}
		}
	}
	if _, err := exec.LookPath("groff"); err != nil {
		t.Skip("no groff here")
	}
	out, err := exec.CommandContext(t.Context(), "groff", "-man", "-Tutf8", "-ww", "-z", file).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("groff: %v: %s", err, out)
	}
}
