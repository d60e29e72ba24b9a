package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"lockerd/internal/cabinet"
	"lockerd/internal/locker"
)

type hashCommand struct {
	configFlag
}

// Run reads the secret from standard input: it must not stand on a command line, where everybody can read it.
func (c *hashCommand) Run() error {
	cfg, err := cabinet.Read(c.Config)
	if err != nil {
		return err
	}
	keys, err := cfg.ReadKeys()
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(os.Stdin, 4096))
	if err != nil {
		return err
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if secret == "" {
		return errors.New("hash: nothing on standard input: type the badge's text or the PIN, then Ctrl-D")
	}
	beside, err := measured(cfg, secret)
	if err != nil {
		return err
	}
	hash, err := keys.Hash(secret).MarshalText()
	if err != nil {
		return err
	}
	fmt.Println(string(hash))
	fmt.Fprintf(os.Stderr, "write beside it: %s\n", beside)
	return nil
}

// measured is what the configuration says of how long a secret is, or why it is too short. What is of digits alone and no longer
// than a PIN may be is one.
func measured(cfg *cabinet.Config, secret string) (beside string, err error) {
	plan, length := cfg.Plan(), utf8.RuneCountInString(secret)
	if length > locker.MostDigits || strings.Trim(secret, "0123456789") != "" {
		if length < locker.LeastBadge {
			return "", fmt.Errorf("hash: a badge must have at least %d characters, by chance", locker.LeastBadge)
		}
		return fmt.Sprintf("badge_characters = %d", length), nil
	}
	couriers := max(1, len(plan.Couriers))
	need, ok := plan.Guessing(0).PINDigits(couriers)
	switch {
	case !ok:
		return "", fmt.Errorf("hash: %d couriers are too many for PINs: give them badges", couriers)
	case length < need:
		return "", fmt.Errorf("hash: with %d couriers a PIN must have at least %d digits", couriers, need)
	}
	return fmt.Sprintf("pin_digits = %d", length), nil
}
