package books_test

import (
	"database/sql"
	"errors"
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

// peer is something bare that is asked in turn with the books, so that whatever else the machine does holds up both.
type peer struct {
	once func() error
	n    int
	took time.Duration
}

// slice has it work for a moment.
func (p *peer) slice(b *testing.B) {
	b.Helper()
	start := time.Now()
	for time.Since(start) < 40*time.Millisecond {
		fatal(b, p.once())
		p.n++
	}
	p.took += time.Since(start)
}

func (p *peer) rate() float64 { return float64(p.n) / p.took.Seconds() }

// disk takes 4 kB for good.
func disk(b *testing.B, folder string) *peer {
	b.Helper()
	f, err := os.Create(filepath.Join(folder, "commits"))
	fatal(b, err)
	b.Cleanup(func() { _ = f.Close() }) // nobody reads it
	page, n := make([]byte, 4096), 0
	return &peer{once: func() error {
		n++
		_, err := f.WriteAt(page, int64(n%256)*4096)
		return errors.Join(err, f.Sync())
	}}
}

// inserts are a row of a record's size each, in a transaction of its own: what the database itself does in that time.
func inserts(b *testing.B, address string) *peer {
	b.Helper()
	driver, path := "pgx", address
	if file, is := strings.CutPrefix(address, "sqlite:"); is {
		driver, path = "sqlite", "file:"+file+".bare?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate"
	}
	db, err := sql.Open(driver, path)
	fatal(b, err)
	b.Cleanup(func() { _ = db.Close() }) // nobody reads it
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(b.Context(), `CREATE TABLE bare (n BIGINT PRIMARY KEY, text TEXT NOT NULL)`)
	fatal(b, err)
	text, n := strings.Repeat("x", 400), 0
	return &peer{once: func() error {
		n++
		_, err := db.ExecContext(b.Context(), `INSERT INTO bare (n, text) VALUES ($1, $2)`, n, text)
		return err
	}}
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
// by one; beside them, in turn with them, the disk's own commits and the database's of one bare row.
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
	peers := []*peer{disk(b, folder), inserts(b, address)}
	turns := turnsOf(b, o, cabinets, batch)
	taken := 0
	b.ResetTimer()
	for i, turn := range turns {
		if i%max(1, len(turns)/20) == 0 {
			b.StopTimer()
			for _, p := range peers {
				p.slice(b)
			}
			b.StartTimer()
		}
		_, err := o.TakeAll(b.Context(), turn)
		fatal(b, err)
		for _, one := range turn {
			taken += len(one.Records)
		}
	}
	b.StopTimer()
	events := float64(taken) / b.Elapsed().Seconds()
	b.ReportMetric(events, "events/s")
	b.ReportMetric(peers[0].rate(), "commits/s")
	b.ReportMetric(100*events/peers[0].rate(), "%disk")
	b.ReportMetric(peers[1].rate(), "inserts/s")
	b.ReportMetric(100*events/peers[1].rate(), "%bare")
}

// turnsOf are what each transaction takes: records of parcels' lives at cabinets that it enrols.
func turnsOf(b *testing.B, o *books.Books, cabinets, batch int) (turns [][]books.Batch) {
	b.Helper()
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
	return turns
}
