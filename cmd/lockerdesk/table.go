package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"lockerd/internal/desk"
)

// table writes rows in columns. Cabinets and couriers have written some of what is in them.
type table struct{ to *tabwriter.Writer }

func newTable(to io.Writer, heads ...any) table {
	t := table{tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)}
	t.row(heads...)
	return t
}

func (t table) row(cells ...any) {
	texts := make([]string, len(cells))
	for i, c := range cells {
		texts[i] = desk.Plain(fmt.Sprint(c))
	}
	fmt.Fprintln(t.to, strings.Join(texts, "\t"))
}

// end writes what is left.
func (t table) end() error { return t.to.Flush() }
