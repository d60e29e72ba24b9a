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

// PathOf is where a command stands in a line, as "board scan"; empty: the program itself.
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

// page is what a program's commands do not say of it. Each is roff.
type page struct{ does, description, files, see string }

// pages are those of our programs, by their names.
var pages = map[string]page{
	"lockerd": {
		"runs a parcel locker",
		"lockerd runs a parcel locker: its lock boards, scanners, cameras and kiosk. systemd starts it; the other\n" +
			"commands are tools for the hands of whoever looks after it.\nThey speak with the running daemon over its socket.",
		".I /etc/lockerd/lockerd.toml\nThe configuration.\n.TP\n.I /usr/share/doc/lockerd/operator.md\nFrom an empty PC to a cabinet that takes parcels.",
		".BR lockerd\\-make\\-keys (8),\n.BR lockerd\\-rotate\\-master (8),\n.BR lockerd\\-with\\-keys (8)",
	},
	"lockerdesk": {
		"the operator's side of parcel lockers",
		"lockerdesk takes what cabinets send, tells recipients and staff, shows recipients their parcels, and sends orders. systemd\n" +
			"runs it; the other commands are tools for the operator's hands.\nThey work on its books, whether it runs or not.\n" +
			"Started by root, they do so as the user whom the keys belong to.",
		".I /etc/lockerdesk/lockerdesk.toml\nThe configuration.\n.TP\n.I /etc/lockerdesk/keys\nThe keys: keep a copy.\n.TP\n" +
			".I /usr/share/doc/lockerdesk/desk.md\nFrom the package to the first parcel.",
		".BR lockerd (1)",
	},
}

// Command is the hidden command that packages are built with: it prints what man and the shells are to know of a program, from what the
// program knows of itself.
type Command struct {
	For string `arg:"" enum:"man,bash,zsh,fish"`
}

// Run prints it.
func (c *Command) Run(k *kong.Context) error {
	describe := map[string]func(*kong.Node) string{"man": Man, "bash": Bash, "zsh": Zsh, "fish": Fish}
	_, err := fmt.Fprint(k.Stdout, describe[c.For](k.Model.Node))
	return err
}

// Man is the man page of a program of ours.
func Man(root *kong.Node) string {
	var b strings.Builder
	name, about := root.Name, pages[root.Name]
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line(`.\" Made by %s from its own commands.`, name)
	line(`.TH %s 1 "" "%s" "Parcel locker"`, strings.ToUpper(name), name)
	line(".SH NAME\n%s \\- %s\n.SH SYNOPSIS\n.B %s\n.I COMMAND\n.RI [ FLAGS ]", name, about.does, name)
	line(".SH DESCRIPTION\n%s", about.description)
	line(".SH COMMANDS")
	for _, n := range EveryNode(root) {
		if n.Parent == nil || len(Shown(n)) > 0 {
			continue
		}
		line(".SS %s", Roff(name+" "+n.Summary()))
		line("%s", Roff(n.Help))
		for _, p := range n.Positional {
			line(".TP\n.I %s\n%s", Roff(p.Name), Roff(p.Help))
		}
		for _, f := range n.Flags {
			if f.Hidden || f.Name == "help" {
				continue
			}
			flag := "--" + f.Name
			if takesValue(f) {
				flag += " " + f.FormatPlaceHolder()
			}
			line(".TP\n.B %s\n%s", Roff(flag), Roff(f.Help))
		}
	}
	line(".SH OPTIONS")
	for _, f := range root.Flags {
		line(".TP\n.B %s\n%s", Roff("--"+f.Name), Roff(f.Help))
	}
	line(".SH EXIT STATUS\n0 where all is well, 1 where something is wrong or could not be done, 2 where %s was asked for nothing that it knows.", name)
	line(".SH FILES\n.TP\n%s", about.files)
	line(".SH SEE ALSO\n%s", about.see)
	return b.String()
}
