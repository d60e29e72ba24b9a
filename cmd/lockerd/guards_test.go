package main

import (
	"strings"
	"testing"

	"lockerd/internal/cabinet"
	"lockerd/internal/cabinet/cabinettest"
)

// TestCheckTellsTheBudget: of the couriers whom the configuration names and of those whom the cloud has put, and what to do where
// they are guessed too easily.
func TestCheckTellsTheBudget(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	says := func() string {
		out, _ := r.tool("check") // which may find other things that are wrong here
		return out
	}
	if got := says(); !strings.Contains(got, "nobody has said how long these couriers' PINs and badges are: ada") || !strings.Contains(got, "pickup codes of") {
		t.Errorf("want Ada's unknown lengths told, got\n%s", got)
	}
	r.cloud.order("put-eve", "courier.put", map[string]any{"courier": "eve"}, r.public, map[string]string{"name": "Eve", "pin": "471108"})
	r.cloud.await("refused", func(c *cloud) bool { return c.count("order.refused") == 1 })
	for _, word := range []string{"at least 8 digits"} {
		if r.recorded("order.refused", "why", "with 2 couriers who have a PIN it must have "+word) != 1 {
			t.Errorf("want it said how long a PIN must be")
		}
	}
	if out, err := r.tool("guards", "clear", "--by", "t1"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	r.cloud.await("cleared", func(c *cloud) bool { return c.count("guards.cleared") == 1 })
	if out, err := r.tool("guards", "show"); err != nil || strings.Count(out, "open; wrong: 0") != 3 {
		t.Errorf("want three guards shown open, got %v: %s", err, out)
	}
	r.kill()
	if got := says(); !strings.Contains(got, "lockerd does not run") {
		t.Errorf("want it said who is not counted, got\n%s", got)
	}
}

// TestHashRefusesShortSecrets: what makes them keeps the budget.
func TestHashRefusesShortSecrets(t *testing.T) {
	t.Parallel()
	cfg, err := cabinet.Read(cabinettest.Reference(t))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Couriers = nil
	for secret, want := range map[string]string{
		"246813": "at least 8 digits", "1": "at least 8 digits", "BADGE": "at least 12 characters",
		"24681357": "pin_digits = 8", "K7Q2XW9MTB4N": "badge_characters = 12", "123456789012": "badge_characters = 12",
	} {
		beside, err := measured(cfg, secret)
		if err != nil {
			beside = err.Error()
		}
		if !strings.Contains(beside, want) {
			t.Errorf("%s: want %q, got %q", secret, want, beside)
		}
	}
}
