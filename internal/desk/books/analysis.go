package books

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ColumnKind is what the values of a column of an analysis are.
type ColumnKind int

// The kinds of columns.
const (
	Text   ColumnKind = iota
	Number            // an int64; nil: none
	Span              // milliseconds; nil: none
	Moment            // a time.Time; nil: none
)

// Column is a column of an analysis.
type Column struct {
	Name string
	Kind ColumnKind
}

// analyses are the views, and their columns in their order; :t is a text.
var analyses = map[string][]Column{
	"couriers":  columns("at cabinet:t parcel:t company:t size:t drop_ms"),
	"days":      columns("at cabinet:t size:t came fetched taken_back lie fetched_in_a_day mean_dwell_ms"),
	"fees":      columns("at cabinet:t parcel:t tracking:t status:t currency:t told owed paid"),
	"locks":     columns("at cabinet:t door failed forced left_open others parcels"),
	"notices":   columns("at cabinet:t parcel:t what:t state:t tries delay_ms"),
	"occupancy": columns("at cabinet:t size:t came went taken"),
	"payments":  columns("at cabinet:t parcel:t tracking:t reference:t amount currency:t"),
	"parcels":   columns("at cabinet:t parcel:t tracking:t door size:t company:t status:t stored until ended dwell_ms"),
}

// daily are those whose rows are days, which are UTC's.
var daily = []string{"days", "locks"}

// dateOf is the day in UTC that has the date of a time where that was meant.
func dateOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

func columns(names string) (list []Column) {
	for _, name := range strings.Fields(names) {
		name, isText := strings.CutSuffix(name, ":t")
		c := Column{Name: name, Kind: Number}
		switch {
		case isText:
			c.Kind = Text
		case strings.HasSuffix(name, "_ms"):
			c.Kind = Span
		case slices.Contains([]string{"at", "stored", "until", "ended", "told"}, name):
			c.Kind = Moment
		}
		list = append(list, c)
	}
	return list
}

// Analyses are the names of what can be asked of the books as a whole.
func Analyses() []string {
	var names []string
	for name := range analyses {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Columns are those of an analysis.
func Columns(name string) ([]Column, error) {
	list, known := analyses[name]
	if !known {
		return nil, fmt.Errorf("books: there is no analysis %q; there are %s", name, strings.Join(Analyses(), ", "))
	}
	return list, nil
}

// Analysis is one of Analyses over a span of time; each is called with every row, in order of time, as long as it returns no error. It
// holds nothing personal.
func (b *Books) Analysis(ctx context.Context, name string, from, to time.Time, each func(row []any) error) error {
	list, err := Columns(name)
	if err != nil {
		return err
	}
	if slices.Contains(daily, name) {
		from, to = dateOf(from), dateOf(to)
	}
	var names []string
	for _, c := range list {
		names = append(names, c.Name)
	}
	found, err := b.db.QueryContext(ctx, `SELECT `+strings.Join(names, ", ")+` FROM analysis_`+name+` WHERE at >= $1 AND at < $2 ORDER BY at, cabinet`,
		millis(from), millis(to))
	if err != nil {
		return fmt.Errorf("books: analysis %s: %w", name, err)
	}
	defer func() { _ = found.Close() }() // Err says what went wrong
	for found.Next() {
		row, err := readRow(found, list)
		if err != nil {
			return fmt.Errorf("books: analysis %s: %w", name, err)
		}
		if err := each(row); err != nil {
			return err
		}
	}
	if err := found.Err(); err != nil {
		return fmt.Errorf("books: analysis %s: %w", name, err)
	}
	return nil
}

func readRow(found *sql.Rows, list []Column) ([]any, error) {
	texts, numbers, into := make([]string, len(list)), make([]sql.NullInt64, len(list)), make([]any, len(list))
	for i, c := range list {
		if into[i] = &numbers[i]; c.Kind == Text {
			into[i] = &texts[i]
		}
	}
	if err := found.Scan(into...); err != nil {
		return nil, err
	}
	row := make([]any, len(list))
	for i, c := range list {
		switch {
		case c.Kind == Text:
			row[i] = texts[i]
		case !numbers[i].Valid, c.Kind == Moment && numbers[i].Int64 == 0:
		case c.Kind == Moment:
			row[i] = date(numbers[i].Int64)
		default:
			row[i] = numbers[i].Int64
		}
	}
	return row, nil
}
