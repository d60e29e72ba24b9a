package main

import (
	"fmt"
	"os"

	"github.com/alecthomas/kong"

	"lockerd/internal/manual"
)

// describeCommand is the hidden command that the package is built with: it prints what man and the shells are to know of
// lockerd, from what lockerd knows of itself.
type describeCommand struct {
	For string `arg:"" enum:"man,bash,zsh,fish"`
}

func (c *describeCommand) Run(k *kong.Context) error {
	model := k.Model.Node
	describe := map[string]func(*kong.Node) string{"man": manual.Man, "bash": manual.Bash, "zsh": manual.Zsh, "fish": manual.Fish}
	_, err := fmt.Fprint(os.Stdout, describe[c.For](model))
	return err
}
