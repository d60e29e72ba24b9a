// Package manual generates the man page and the shells' completion scripts from the command line's own grammar, so that
// neither can differ from it.
package manual

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Commands are the names that may follow a command.
func Commands(n *kong.Node) []string {
	var names []string
	for _, child := range Shown(n) {
		names = append(names, child.Name)
	}
	return names
}

// Shown are the commands under one that people are told of.
func Shown(n *kong.Node) []*kong.Node {
	return slices.DeleteFunc(slices.Clone(n.Children), func(c *kong.Node) bool { return c.Hidden })
}

// EveryNode is a command and all under it, each before those under it.
func EveryNode(n *kong.Node) []*kong.Node {
	all := []*kong.Node{n}
	for _, child := range Shown(n) {
		all = append(all, EveryNode(child)...)
	}
	return all
}

// PathOf is where a command stands in a line, as "board scan"; empty: lockerd itself.
func PathOf(n *kong.Node) string {
	if n.Parent == nil {
		return ""
	}
	return strings.TrimSpace(PathOf(n.Parent) + " " + n.Name)
}

// flagsOf are a command's own flags: those, too, of the command that it stands for where none follows.
func flagsOf(n *kong.Node) []*kong.Flag {
	flags := slices.Clone(n.Flags)
	if n.DefaultCmd != nil {
		flags = append(flags, n.DefaultCmd.Flags...)
	}
	return slices.DeleteFunc(flags, func(f *kong.Flag) bool { return f.Hidden })
}

// isFile says that a value names a file.
func isFile(v *kong.Value) bool { return v.Tag.Type == "path" || v.Tag.Has("file") }

// takesFile says that a command's arguments name files.
func takesFile(n *kong.Node) bool { return slices.ContainsFunc(n.Positional, isFile) }

// takesValue says that something follows a flag.
func takesValue(f *kong.Flag) bool { return !f.IsBool() }

// Roff makes text safe for man.
func Roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "`", `\(ga`).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}

// manPage is lockerd(1).
func Man(root *kong.Node) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line(`.\" Made by lockerd from its own commands.`)
	line(`.TH LOCKERD 1 "" "lockerd" "Parcel locker"`)
	line(".SH NAME\nlockerd \\- runs a parcel locker\n.SH SYNOPSIS\n.B lockerd\n.I COMMAND\n.RI [ FLAGS ]")
	line(".SH DESCRIPTION\nlockerd runs a parcel locker: its lock boards, scanners, cameras and kiosk. systemd starts it; the other\n" +
		"commands are tools for the hands of whoever looks after it.\nThey speak with the running daemon over its socket.")
	line(".SH COMMANDS")
	for _, n := range EveryNode(root) {
		if n.Parent == nil || len(Shown(n)) > 0 {
			continue
		}
		line(".SS %s", Roff("lockerd "+n.Summary()))
		line("%s", Roff(n.Help))
		for _, p := range n.Positional {
			line(".TP\n.I %s\n%s", Roff(p.Name), Roff(p.Help))
		}
		for _, f := range n.Flags {
			if f.Hidden || f.Name == "help" {
				continue
			}
			name := "--" + f.Name
			if takesValue(f) {
				name += " " + f.FormatPlaceHolder()
			}
			line(".TP\n.B %s\n%s", Roff(name), Roff(f.Help))
		}
	}
	line(".SH OPTIONS")
	for _, f := range root.Flags {
		line(".TP\n.B %s\n%s", Roff("--"+f.Name), Roff(f.Help))
	}
	line(".SH EXIT STATUS\n0 where all is well, 1 where something is wrong or could not be done, 2 where lockerd was asked for nothing that it knows.")
	line(".SH FILES\n.TP\n.I /etc/lockerd/lockerd.toml\nThe configuration.\n.TP\n.I /usr/share/doc/lockerd/operator.md\nFrom an empty PC to a cabinet that takes parcels.")
	line(".SH SEE ALSO\n.BR lockerd\\-make\\-keys (8),\n.BR lockerd\\-rotate\\-master (8),\n.BR lockerd\\-with\\-keys (8)")
	return b.String()
}
