package locker_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"lockerd/internal/locker"
)

var update = flag.Bool("update", false, "write testdata anew")

// steps are the moves from screen to screen that the stories have made, each with what caused it.
var steps = struct {
	sync.Mutex
	seen map[string]bool
}{seen: map[string]bool{}}

// walked notes a move.
func walked(from locker.Step, in locker.Input, to locker.Step) {
	if from == to {
		return
	}
	cause := strings.TrimPrefix(fmt.Sprintf("%T", in), "locker.")
	if tap, ok := in.(locker.Tapped); ok {
		cause = "tap " + string(tap.Action)
	}
	steps.Lock()
	defer steps.Unlock()
	steps.seen[fmt.Sprintf("%-10s  %-16s  %s", from, cause, to)] = true
}

const stepsFile = "testdata/steps.txt"

// TestMain holds testdata/steps.txt to what the stories do, once all of them have run: the table cannot rot, and a
// story that goes a new way shows it.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	some := flag.Lookup("test.run").Value.String() != "" || flag.Lookup("test.list").Value.String() != "" ||
		flag.Lookup("test.fuzz").Value.String() != ""
	if code != 0 || some {
		os.Exit(code)
	}
	var lines []string
	for line := range steps.seen {
		lines = append(lines, line)
	}
	slices.Sort(lines)
	got := "from        what happens      to\n\n" + strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile(stepsFile, []byte(got), 0o644); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
	want, err := os.ReadFile(stepsFile)
	if err != nil || string(want) != got {
		fmt.Printf("%s does not show what the stories do (%v): run go test ./internal/locker -update and look at it\n",
			stepsFile, err)
		told := strings.Split(string(want), "\n")
		for _, line := range lines {
			if !slices.Contains(told, line) {
				fmt.Println("+", line)
			}
		}
		for _, line := range told[min(2, len(told)):] {
			if line != "" && !slices.Contains(lines, line) {
				fmt.Println("-", line)
			}
		}
		os.Exit(1)
	}
}
