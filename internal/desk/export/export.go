// Package export writes an analysis of lockerdesk's books as a file for other programs: CSV (RFC 4180) or Parquet. It owns nothing.
package export

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"

	"lockerd/internal/desk/books"
)

// Formats are the forms of files.
var Formats = []string{"csv", "parquet"}

// Writer writes rows, whose values are as those of books.Analysis. Close writes what is left.
type Writer interface {
	Write(row []any) error
	Close() error
}

// New makes a writer of a format for some columns.
func New(format string, to io.Writer, columns []books.Column) (Writer, error) {
	switch format {
	case "csv":
		return newCSV(to, columns)
	case "parquet":
		return newParquet(to, columns), nil
	}
	return nil, fmt.Errorf("export: there is no format %q; there are %s", format, strings.Join(Formats, ", "))
}

type csvWriter struct{ to *csv.Writer }

func newCSV(to io.Writer, columns []books.Column) (*csvWriter, error) {
	w := &csvWriter{csv.NewWriter(to)}
	var names []string
	for _, c := range columns {
		names = append(names, c.Name)
	}
	return w, w.to.Write(names)
}

// Write writes a line. Times are RFC 3339 in UTC, what is not there is empty, and a text that a spreadsheet would take for a formula has
// an apostrophe before it: couriers type parcels' numbers.
func (w *csvWriter) Write(row []any) error {
	line := make([]string, len(row))
	for i, v := range row {
		switch v := v.(type) {
		case int64:
			line[i] = strconv.FormatInt(v, 10)
		case time.Time:
			line[i] = v.UTC().Format("2006-01-02T15:04:05.000Z")
		case string:
			if line[i] = v; strings.IndexAny(v, "=+-@\t\r") == 0 {
				line[i] = "'" + v
			}
		}
	}
	return w.to.Write(line)
}

// Close writes what is left.
func (w *csvWriter) Close() error {
	w.to.Flush()
	return w.to.Error()
}

// leaf is where a column is in the rows of a Parquet file, which are ordered by name.
type leaf struct{ from, index int }

type parquetWriter struct {
	to     *parquet.GenericWriter[any]
	leaves []leaf
}

func newParquet(to io.Writer, columns []books.Column) *parquetWriter {
	group := parquet.Group{}
	for _, c := range columns {
		switch c.Kind {
		case books.Text:
			group[c.Name] = parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
		case books.Moment:
			group[c.Name] = parquet.Optional(parquet.Timestamp(parquet.Millisecond))
		default:
			group[c.Name] = parquet.Optional(parquet.Int(64))
		}
	}
	schema := parquet.NewSchema("analysis", group)
	w := &parquetWriter{to: parquet.NewGenericWriter[any](to, schema, parquet.Compression(&parquet.Zstd))}
	for from, c := range columns {
		found, _ := schema.Lookup(c.Name) // it was put in above
		w.leaves = append(w.leaves, leaf{from, found.ColumnIndex})
	}
	return w
}

// Write writes a row.
func (w *parquetWriter) Write(row []any) error {
	values := make(parquet.Row, len(row))
	for _, l := range w.leaves {
		var v parquet.Value
		level := 1
		switch of := row[l.from].(type) {
		case nil:
			level = 0
		case string:
			v, level = parquet.ByteArrayValue([]byte(of)), 0
		case time.Time:
			v = parquet.Int64Value(of.UnixMilli())
		case int64:
			v = parquet.Int64Value(of)
		}
		values[l.index] = v.Level(0, level, l.index)
	}
	_, err := w.to.WriteRows([]parquet.Row{values})
	return err
}

// Close writes what is left.
func (w *parquetWriter) Close() error { return w.to.Close() }
