package terminal

import (
	"errors"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// Config is the payment terminal at the kiosk.
type Config struct {
	// Command is the adapter that speaks with it and its arguments, as ["/usr/lib/lockerd/terminal-zvt", "--port", "/dev/ttyS3"]; empty:
	// there is none. No secret belongs here: a list of processes shows it.
	Command []string `toml:"command"`
}

// Any says that there is a terminal.
func (c Config) Any() bool { return len(c.Command) > 0 }

// Validate says what is wrong with the configuration, in terms of the file.
func (c Config) Validate() error {
	if !c.Any() {
		return nil
	}
	if !filepath.IsAbs(c.Command[0]) {
		return errors.New(`terminal.command: begins with the whole path of a program, as ["/usr/lib/lockerd/terminal-zvt"]`)
	}
	for _, word := range c.Command {
		if !utf8.ValidString(word) || strings.ContainsRune(word, 0) {
			return errors.New("terminal.command: holds a word that no program can be given")
		}
	}
	return nil
}
