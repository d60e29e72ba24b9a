package main_test

import (
	"bufio"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	lockersim "lockerd/cmd/lockersim"
)

// TestTheTerminalOnTheBench: an adapter comes to it, asks for money, and a hand holds a card to it.
func TestTheTerminalOnTheBench(t *testing.T) {
	s := newShop(t)
	dir := t.TempDir()
	till, err := lockersim.NewTill(dir)
	fatal(t, err)
	s.bench.Till = till
	goes(t, till.Run)
	in, ask := io.Pipe()
	out, say := io.Pipe()
	ended := make(chan error, 1)
	until(t, "the terminal listens", func() bool { m, _ := filepath.Glob(filepath.Join(dir, "*.sock")); return len(m) == 1 })
	go func() {
		ended <- lockersim.Terminal{Bench: filepath.Join(dir, "terminal.sock")}.Run(in, say)
		_ = say.Close()
	}()
	lines := bufio.NewScanner(out)
	says := func(want string) {
		t.Helper()
		if !lines.Scan() || !strings.Contains(lines.Text(), want) {
			t.Fatalf("want %s, got %q", want, lines.Text())
		}
	}
	says(`"ready"`)
	if _, err := io.WriteString(ask, `{"pay":{"id":"c-00112233-7","amount":250,"currency":"EUR","language":"en"}}`+"\n"); err != nil {
		t.Fatal(err)
	}
	says(`"present_card"`)
	until(t, "it waits for a card", func() bool {
		w := get[lockersim.State](s, "state").Terminal
		return w != nil && w.Waits && w.Shows == "2.50 EUR"
	})
	s.post("terminal/card", `{"does":"declined"}`)
	says(`"processing"`)
	says(`"declined"`)
	s.post("terminal/unplug", `{"on":true}`)
	says(`"offline"`)
	s.post("terminal/unplug", `{"on":false}`)
	says(`"ready"`)
	fatal(t, ask.Close())
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestATerminalOfItsOwn remembers what was paid, over its program's ends.
func TestATerminalOfItsOwn(t *testing.T) {
	memory := filepath.Join(t.TempDir(), "paid.json")
	for _, ask := range []string{`{"pay":{"id":"c-00112233-7","amount":250,"currency":"EUR","language":"en"}}`, `{"status":{"id":"c-00112233-7"}}`} {
		in, to := io.Pipe()
		out, said := io.Pipe()
		go func() {
			_ = lockersim.Terminal{Does: "pays", Pace: time.Millisecond, Memory: memory}.Run(in, said)
			_ = said.Close()
		}()
		go func() { _, _ = io.WriteString(to, ask+"\n") }()
		lines, paid := bufio.NewScanner(out), false
		for !paid && lines.Scan() {
			paid = strings.Contains(lines.Text(), `"paid":250`)
		}
		if !paid {
			t.Errorf("%s: want it paid", ask)
		}
		_ = to.Close()
		for lines.Scan() { // until it is gone
		}
	}
}
