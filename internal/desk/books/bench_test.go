package books_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/contract/contracttest"
	"lockerd/internal/credential"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/books/bookstest"
)

// commits is how often a second the disk under a folder takes 4 kB for good.
func commits(b *testing.B, folder string) float64 {
	b.Helper()
	f, err := os.Create(filepath.Join(folder, "commits"))
	fatal(b, err)
	defer func() { fatal(b, os.Remove(f.Name())) }()
	page, n, start := make([]byte, 4096), 0, time.Now()
	for ; time.Since(start) < time.Second; n++ {
		_, err := f.WriteAt(page, int64(n%256)*4096)
		fatal(b, err)
		fatal(b, f.Sync())
	}
	took := time.Since(start)
	fatal(b, f.Close())
	return float64(n) / took.Seconds()
}

// life is a parcel's in records, for a cabinet whose next number is seq.
func life(b *testing.B, cabinet string, seq *int, prev *string, parcel int) (list []desk.Record) {
	b.Helper()
	add := func(kind, event string) {
		*seq++
		line := strings.Replace(contracttest.LineWith("e1", *seq, *prev, kind, event), `"demo-1"`, fmt.Sprintf("%q", cabinet), 1)
		*prev = line
		r, err := contract.ParseEvent([]byte(line))
		fatal(b, err)
		record, err := desk.Read(r, credential.NewOperator())
		fatal(b, err)
		record.Code = "40718293"
		list = append(list, record)
	}
	if *seq == 0 {
		add("journal.epoch_begun", "{}")
	}
	id := fmt.Sprintf("p%d", parcel)
	add("parcel.stored", fmt.Sprintf(`{"parcel":%q,"tracking":"T%d","door":7,"size":"M"}`, id, parcel))
	add("parcel.period_began", fmt.Sprintf(`{"parcel":%q,"until":"2026-11-27T10:00:00Z"}`, id))
	add("door.opened", `{"door":7}`)
	add("door.closed", `{"door":7}`)
	add("parcel.collected", fmt.Sprintf(`{"parcel":%q,"door":7}`, id))
	return list
}

// BenchmarkTake: records of parcels' lives, as many to a transaction as a busy link brings of one cabinet, one of each of 32 cabinets, and one
// by one; beside them the disk's own commits in the same run.
func BenchmarkTake(b *testing.B) {
	for _, database := range []string{"sqlite", "postgres"} {
		for _, shape := range []struct {
			name            string
			cabinets, batch int
		}{{"1", 1, 1}, {"32x1", 32, 1}, {"512", 1, 512}} {
			b.Run(database+"/"+shape.name, func(b *testing.B) { benchTake(b, database, shape.cabinets, shape.batch) })
		}
	}
}

func benchTake(b *testing.B, database string, cabinets, batch int) {
	folder := b.TempDir()
	address := "sqlite:" + filepath.Join(folder, "books.db")
	if database == "postgres" {
		address = bookstest.Postgres(b).Address(b)
	}
	o, err := books.Open(b.Context(), address, books.Key{1})
	fatal(b, err)
	defer func() { _ = o.Close() }()
	var turns [][]books.Batch // what each transaction takes
	for c := range cabinets {
		name, seq, prev := fmt.Sprintf("demo-%d", c+1), 0, ""
		fatal(b, o.Enrol(b.Context(), books.Cabinet{Name: name}))
		var records []desk.Record
		for parcel := 0; len(records) < (b.N+cabinets-1)/cabinets; parcel++ {
			records = append(records, life(b, name, &seq, &prev, parcel)...)
		}
		for turn := 0; turn*batch < len(records); turn++ {
			if turn == len(turns) {
				turns = append(turns, nil)
			}
			turns[turn] = append(turns[turn], books.Batch{Cabinet: name, Records: records[turn*batch : min((turn+1)*batch, len(records))]})
		}
	}
	disk, taken := commits(b, folder), 0
	b.ResetTimer()
	for _, turn := range turns {
		_, err := o.TakeAll(b.Context(), turn)
		fatal(b, err)
		for _, one := range turn {
			taken += len(one.Records)
		}
	}
	events := float64(taken) / b.Elapsed().Seconds()
	b.ReportMetric(events, "events/s")
	b.ReportMetric(disk, "commits/s")
	b.ReportMetric(100*events/disk, "%")
}
