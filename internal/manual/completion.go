package manual

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// The three shells' scripts are alike: they go through the words before the one that is typed to see at which command it
// stands, and offer what that command takes.

// Quoted is text in single quotes for a shell.
func Quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// steps are the pairs of a place and a word that lead to another command, each quoted.
func steps(root *kong.Node, sep string) string {
	var list []string
	for _, n := range EveryNode(root) {
		if n.Parent != nil {
			list = append(list, Quoted(PathOf(n.Parent)+" "+n.Name))
		}
	}
	return strings.Join(list, sep)
}

// valued are the flags that something follows, and those of them that a file follows: a name means the same everywhere.
func valued(root *kong.Node) (values, files []string) {
	seen := make(map[string]bool)
	for _, n := range EveryNode(root) {
		for _, f := range n.Flags {
			name := "--" + f.Name
			if f.Hidden || seen[name] || !takesValue(f) {
				continue
			}
			seen[name] = true
			if isFile(f.Value) {
				files = append(files, name)
			} else {
				values = append(values, name)
			}
		}
	}
	return values, files
}

// named is a script with the program's name in its places.
func named(root *kong.Node, script string) string {
	return strings.ReplaceAll(script, "PROGRAM", root.Name)
}

func Bash(root *kong.Node) string {
	var b strings.Builder
	values, files := valued(root)
	fmt.Fprintf(&b, named(root, `# bash completion for PROGRAM, made from its own commands.
_PROGRAM() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} at= word offer= file=
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case "$at $word" in
		%s) at=${at:+$at }$word ;;
		esac
	done
	case $prev in
	%s) file=y ;;
	%s) return ;;
	*)
		case $at in
`), steps(root, "|"), strings.Join(files, "|"), strings.Join(values, "|"))
	for _, n := range EveryNode(root) {
		words := Commands(n)
		for _, f := range flagsOf(n) {
			words = append(words, "--"+f.Name)
		}
		file := ""
		if takesFile(n) {
			file = " file=y"
		}
		fmt.Fprintf(&b, "\t\t%s) offer=%s%s ;;\n", Quoted(PathOf(n)), Quoted(strings.Join(words, " ")), file)
	}
	b.WriteString(named(root, `		esac ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$offer" -- "$cur")
	if [[ $file && $cur != -* ]]; then
		compopt -o filenames 2>/dev/null
		mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$cur")
	fi
}
complete -F _PROGRAM PROGRAM
`))
	return b.String()
}

func Zsh(root *kong.Node) string {
	var b strings.Builder
	values, files := valued(root)
	fmt.Fprintf(&b, named(root, `#compdef PROGRAM
# Made by PROGRAM from its own commands.
_PROGRAM() {
	local at= word file=
	local -a offer
	for word in "${(@)words[2,CURRENT-1]}"; do
		case "$at $word" in
		%s) at=${at:+$at }$word ;;
		esac
	done
	case $words[CURRENT-1] in
	%s) _files; return ;;
	%s) return ;;
	esac
	case $at in
`), steps(root, "|"), strings.Join(files, "|"), strings.Join(values, "|"))
	for _, n := range EveryNode(root) {
		var offers []string
		for _, child := range Shown(n) {
			offers = append(offers, Quoted(child.Name+":"+child.Help))
		}
		for _, f := range flagsOf(n) {
			offers = append(offers, Quoted("--"+f.Name+":"+f.Help))
		}
		file := ""
		if takesFile(n) {
			file = "; file=y"
		}
		fmt.Fprintf(&b, "\t%s) offer=(%s)%s ;;\n", Quoted(PathOf(n)), strings.Join(offers, " "), file)
	}
	b.WriteString(named(root, `	esac
	_describe PROGRAM offer
	if [[ -n $file ]]; then _files; fi
}
_PROGRAM "$@"
`))
	return b.String()
}

func Fish(root *kong.Node) string {
	var b strings.Builder
	fmt.Fprintf(&b, named(root, `# fish completion for PROGRAM, made from its own commands.
function __PROGRAM_at
	set -l at ''
	for word in (commandline -opc)[2..-1]
		switch "$at $word"
			case %s
				set at (string trim -- "$at $word")
		end
	end
	test "$at" = "$argv[1]"
end
complete -c PROGRAM -f
`), steps(root, " "))
	for _, n := range EveryNode(root) {
		here := "complete -c " + root.Name + " -n " + Quoted("__"+root.Name+`_at "`+PathOf(n)+`"`)
		for _, child := range Shown(n) {
			fmt.Fprintf(&b, "%s -a %s -d %s\n", here, child.Name, Quoted(child.Help))
		}
		for _, f := range flagsOf(n) {
			takes := ""
			if takesValue(f) {
				takes = " -x"
				if isFile(f.Value) {
					takes = " -r -F"
				}
			}
			fmt.Fprintf(&b, "%s -l %s%s -d %s\n", here, f.Name, takes, Quoted(f.Help))
		}
		if takesFile(n) {
			fmt.Fprintf(&b, "%s -F\n", here)
		}
	}
	return b.String()
}
