package export_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"lockerd/internal/desk/books"
	"lockerd/internal/desk/export"
)

var (
	at   = time.Date(2026, 11, 24, 10, 10, 0, 250e6, time.UTC)
	rows = [][]any{{at, "demo-1", "=1+1", int64(7), at, nil}, {at, "demo-2", "T\"2,\n", nil, nil, int64(7_200_000)}}
	cols = []books.Column{{Name: "at", Kind: books.Moment}, {Name: "cabinet", Kind: books.Text}, {Name: "tracking", Kind: books.Text}, {Name: "door", Kind: books.Number},
		{Name: "ended", Kind: books.Moment}, {Name: "dwell_ms", Kind: books.Span}}
)

func write(t *testing.T, format string) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := export.New(format, &file, cols)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestCSV(t *testing.T) {
	want := "at,cabinet,tracking,door,ended,dwell_ms\n2026-11-24T10:10:00.250Z,demo-1,'=1+1,7,2026-11-24T10:10:00.250Z,\n" +
		"2026-11-24T10:10:00.250Z,demo-2,\"T\"\"2,\n\",,,7200000\n"
	if got := string(write(t, "csv")); got != want {
		t.Errorf("want\n%s\ngot\n%s", want, got)
	}
	if _, err := export.New("xls", nil, cols); err == nil || !strings.Contains(err.Error(), "csv, parquet") {
		t.Errorf("want the formats named, got %v", err)
	}
}

// TestParquet: another reader's columns have the values, their types, and nothing where nothing is.
func TestParquet(t *testing.T) {
	file := write(t, "parquet")
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if n := f.NumRows(); n != 2 {
		t.Errorf("want two rows, got %d", n)
	}
	if schema := f.Schema().String(); !strings.Contains(schema, "int64 ended (TIMESTAMP(isAdjustedToUTC=true,unit=MILLIS))") || !strings.Contains(schema, "binary tracking (STRING)") {
		t.Errorf("want times and texts to be what they are, got %s", schema)
	}
	type row struct {
		At       time.Time  `parquet:"at,optional,timestamp"`
		Cabinet  string     `parquet:"cabinet"`
		Tracking string     `parquet:"tracking"`
		Door     *int64     `parquet:"door,optional"`
		Ended    *time.Time `parquet:"ended,optional,timestamp"`
		Dwell    *int64     `parquet:"dwell_ms,optional"`
	}
	reader := parquet.NewGenericReader[row](bytes.NewReader(file))
	got := make([]row, 2)
	if n, err := reader.Read(got); n != 2 || err != nil && !errors.Is(err, io.EOF) {
		t.Fatalf("want two rows, got %d, %v", n, err)
	}
	if r := got[0]; !r.At.Equal(at) || r.Cabinet != "demo-1" || r.Tracking != "=1+1" || *r.Door != 7 || !r.Ended.Equal(at) || r.Dwell != nil {
		t.Errorf("want the first row, got %s", fmt.Sprintf("%+v", r))
	}
	if r := got[1]; r.Door != nil || r.Ended != nil || *r.Dwell != 7_200_000 {
		t.Errorf("want the second row, got %s", fmt.Sprintf("%+v", r))
	}
}
