package journal_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/journal"
	"lockerd/internal/locker"
)

var update = flag.Bool("update", false, "write testdata that is missing")

var master = [32]byte{1, 2, 3}

// noon is a time with more digits than a record keeps, and not in UTC.
var noon = time.Date(2026, 11, 24, 12, 22, 33, 123_456_789, time.FixedZone("", 3600))

func at(d time.Duration) locker.Now {
	return locker.Now{Wall: noon.Add(d), Up: d + 345*time.Microsecond, Known: true}
}

func config(t testing.TB) journal.Config {
	dir := t.TempDir()
	return journal.Config{
		Cabinet: "demo-1", Path: filepath.Join(dir, "journal.db"), Backups: filepath.Join(dir, "backups"),
		Retention: time.Hour, Keep: 2, SnapshotEvery: 10,
	}
}

func open(t testing.TB, cfg journal.Config) *journal.Journal {
	t.Helper()
	j, err := journal.Open(cfg, master, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, j) })
	return j
}

func shut(t testing.TB, j *journal.Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Error(err)
	}
}

func add(t testing.TB, j *journal.Journal, now locker.Now, events ...locker.Event) []locker.Record {
	t.Helper()
	records, err := j.Append(now, events)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func load(t testing.TB, j *journal.Journal) (string, []locker.Record) {
	t.Helper()
	snapshot, records, err := j.Load()
	if err != nil {
		t.Fatal(err)
	}
	return string(snapshot), records
}

// door is an event by its number.
// ack is the cloud's word for a record as it is here.
func ack(j *journal.Journal, epoch string, seq uint64) locker.Ack {
	a := locker.Ack{Epoch: epoch, Seq: seq, Signed: true}
	if out, err := j.Outgoing(max(seq, 1)-1, 1); err == nil && len(out) == 1 && out[0].Seq == seq {
		a.Hash = out[0].Hash
	}
	return a
}

func confirm(j *journal.Journal, epoch string, seq uint64) error {
	return j.Confirm(ack(j, epoch, seq))
}

func collected(parcel string) locker.Event { return locker.ParcelCollected{Parcel: parcel} }

func door(n int) locker.Event { return locker.DoorLeftOpen{Door: n} }

func stored(parcel string) locker.ParcelStored {
	return locker.ParcelStored{
		Parcel: parcel, Tracking: "JJD<0>&1", Door: 7, Size: "M", Courier: "c1", Company: "Ex", Mask: "•••67",
		Personal: locker.Personal{Phone: locker.Box("+49 151 1234567"), Code: locker.Box("12345678")},
	}
}

// TestRoundTrip: what Append returns is what Load reads, in this run and in the next.
func TestRoundTrip(t *testing.T) {
	cfg := config(t)
	j := open(t, cfg)
	if got := j.Origin(); got != journal.New {
		t.Errorf("want a new journal, got %q", got)
	}
	_, want := load(t, j)
	if e, ok := want[0].Event.(locker.EpochBegun); len(want) != 1 || !ok || e.Reason != "new" {
		t.Fatalf("want one record that begins the epoch, got %+v", want)
	}
	monotonic := time.Now() // JSON keeps neither its monotonic part nor its place
	want = append(want, add(t, j, at(0),
		locker.RunStarted{Version: "1"},
		locker.DoorOpened{Door: 1, Evidence: locker.Evidence{Contact: "latch", Answers: 3, First: monotonic}},
		locker.ParcelScanned{Session: "s", Tracking: "bad \xff utf-8 \u2028"},
		stored("p1"))...)
	want = append(want, add(t, j, locker.Now{Wall: noon.Add(time.Minute)}, stored("p2"), locker.ClockSet{})...)
	if got := want[4].Event; !reflect.DeepEqual(got, locker.Event(stored("p1"))) {
		t.Errorf("want %+v, got %+v", stored("p1"), got)
	}
	if r := want[1]; r.At != noon.UTC().Truncate(time.Millisecond) || r.Up != 0 || !r.Known || want[5].Known {
		t.Errorf("want UTC in whole milliseconds, got %+v", r)
	}
	for range 2 {
		snapshot, got := load(t, j)
		if snapshot != "" || !reflect.DeepEqual(want, got) {
			t.Errorf("want %+v,\ngot  %+v", want, got)
		}
		epoch, seq := j.Last()
		if seq != 7 || epoch != want[0].Epoch {
			t.Errorf("want the last to be 7 of %s, got %d of %s", want[0].Epoch, seq, epoch)
		}
		shut(t, j)
		j = open(t, cfg)
		if got := j.Origin(); got != journal.Opened {
			t.Errorf("want it opened, got %q", got)
		}
	}
	if next := add(t, j, at(0), door(1)); next[0].Seq != 8 || next[0].Epoch != want[0].Epoch {
		t.Errorf("want 8 of the same epoch, got %+v", next[0])
	}
	verify(t, j, 8)
}

func verify(t testing.TB, j *journal.Journal, records int) journal.Report {
	t.Helper()
	r, err := j.Verify()
	if err != nil || r.Records != records {
		t.Errorf("want %d good records, got %+v, %v", records, r, err)
	}
	return r
}

// TestNothingPersonalInTheClear: neither what leaves the cabinet nor the file holds what is personal.
func TestNothingPersonalInTheClear(t *testing.T) {
	cfg := config(t)
	j := open(t, cfg)
	add(t, j, at(0), stored("p1"))
	out, err := j.Outgoing(0, 10)
	if err != nil || len(out) != 2 || string(out[1].Personal.Code) != "12345678" {
		t.Fatalf("want the code among two records, got %+v, %v", out, err)
	}
	shut(t, j)
	file, err := os.ReadFile(cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"12345678", "1234567", "MTIzNDU2Nzg", string(master[:])} {
		if bytes.Contains(file, []byte(secret)) || bytes.Contains(out[1].Public, []byte(secret)) {
			t.Errorf("%q is in the clear", secret)
		}
	}
}

// TestChainOnThePublicBytes: a receiver can check the chain on the bytes as sent, with nothing but SHA-256.
func TestChainOnThePublicBytes(t *testing.T) {
	cfg := config(t)
	j := open(t, cfg)
	add(t, j, at(0), stored("p1"), door(2))
	shut(t, j)
	j = open(t, cfg)
	add(t, j, at(1), door(3))
	out, err := j.Outgoing(0, 100)
	if err != nil || len(out) != 4 {
		t.Fatalf("want 4 records, got %d, %v", len(out), err)
	}
	prev := strings.Repeat("0", 64)
	for i, o := range out {
		var l struct {
			Seq    uint64
			Prev   string
			Sealed string
		}
		if err := json.Unmarshal(o.Public, &l); err != nil {
			t.Fatal(err)
		}
		if l.Prev != prev || l.Seq != uint64(i+1) || (l.Sealed != "") != (i == 1) {
			t.Errorf("record %d does not follow: %s", i+1, o.Public)
		}
		own := sha256.Sum256(o.Public)
		prev = hex.EncodeToString(own[:])
	}
}

// TestGolden: the lines of testdata are readable for ever, and encode to the same bytes.
func TestGolden(t *testing.T) {
	path := filepath.Join("testdata", "journal-v1.txt")
	if *update {
		writeGolden(t, path)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	prev, n := strings.Repeat("0", 64), 0
	for public := range strings.Lines(string(file)) {
		if strings.HasPrefix(public, "#") {
			continue
		}
		n++
		public = strings.TrimSuffix(public, "\n")
		again, err := journal.Reencode([]byte(public))
		if err != nil || string(again) != public {
			t.Errorf("want %s,\ngot  %s, %v", public, again, err)
		}
		if value, err := journal.Repack([]byte(public), nil); err == nil && !strings.Contains(public, `"sealed"`) {
			if back, _, err := journal.DecodeValue(value); err != nil || string(back) != public {
				t.Errorf("want %s back from the disk,\ngot  %s, %v", public, back, err)
			}
		}
		var l struct {
			Prev, Kind string
			Event      json.RawMessage
		}
		if err := json.Unmarshal([]byte(public), &l); err != nil {
			t.Fatal(err)
		}
		event, err := locker.DecodeEvent(l.Kind, l.Event, locker.Personal{})
		if err != nil {
			t.Errorf("%s: %v", l.Kind, err)
			continue
		}
		var back bytes.Buffer
		enc := json.NewEncoder(&back)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(event); err != nil || strings.TrimSpace(back.String()) != string(l.Event) {
			t.Errorf("want %s, got %s, %v", l.Event, back.String(), err)
		}
		if l.Prev != prev {
			t.Errorf("%s: the chain is broken", public)
		}
		own := sha256.Sum256([]byte(public))
		prev = hex.EncodeToString(own[:])
	}
	if n < 40 {
		t.Errorf("lines are missing: only %d are left", n)
	}
}

// writeGolden writes one record of every kind, where there is no file yet: what a release has written stays.
func writeGolden(t *testing.T, path string) {
	if _, err := os.Stat(path); err == nil {
		t.Fatalf("%s is there: its lines are for ever", path)
	}
	j := open(t, config(t))
	for i, e := range everyKind(t) {
		add(t, j, at(time.Duration(i)*877*time.Millisecond), e) // one at a whole second, too
	}
	out, err := j.Outgoing(0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	file := []byte("# Public lines of format 1, one of every kind of event. Lines are only ever added.\n")
	for _, o := range out {
		file = append(append(file, o.Public...), '\n')
	}
	if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(path, file, 0o644)); err != nil {
		t.Fatal(err)
	}
}

// everyKind makes an event of every kind with every field filled.
func everyKind(t *testing.T) (out []locker.Event) {
	kinds := locker.Kinds()
	slices.Sort(kinds)
	for _, kind := range kinds {
		e, err := locker.DecodeEvent(kind, []byte("{}"), locker.Personal{Phone: locker.Box("p"), Code: locker.Box("c")})
		if err != nil {
			t.Fatal(err)
		}
		v := reflect.New(reflect.TypeOf(e)).Elem()
		v.Set(reflect.ValueOf(e))
		fillValue(v, 1)
		out = append(out, v.Interface().(locker.Event))
	}
	return out
}

func fillValue(v reflect.Value, n int) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(noon.UTC().Truncate(time.Millisecond)))
			return
		}
		if v.Type() == reflect.TypeFor[locker.Personal]() {
			return
		}
		for i := range v.NumField() {
			fillValue(v.Field(i), i+1)
		}
	case reflect.String:
		v.SetString("a<b>&" + strings.Repeat("c", n))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fillValue(v.Index(0), n)
	case reflect.Array:
		for i := range v.Len() {
			v.Index(i).SetUint(uint64(i))
		}
	default:
		panic(v.Type())
	}
}

// TestRefusals: what is not damage is an error, and the file stays as it is.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name   string
		want   error
		change func(*journal.Config, *[32]byte)
	}{
		{"other cabinet", journal.ErrCabinet, func(c *journal.Config, _ *[32]byte) { c.Cabinet = "demo-2" }},
		{"other key", journal.ErrKey, func(_ *journal.Config, m *[32]byte) { m[0]++ }},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, m := config(t), master
			j := open(t, cfg)
			add(t, j, at(0), stored("p1"))
			if err := errors.Join(j.Backup(), j.Close()); err != nil {
				t.Fatal(err)
			}
			was, _ := os.ReadFile(cfg.Path)
			c.change(&cfg, &m)
			if _, err := journal.Open(cfg, m, slog.New(slog.DiscardHandler)); !errors.Is(err, c.want) {
				t.Errorf("want %v, got %v", c.want, err)
			}
			if is, _ := os.ReadFile(cfg.Path); !bytes.Equal(was, is) {
				t.Error("the file was changed")
			}
		})
	}
}

// TestOneOwner: a second lockerd is told so, and the first goes on.
func TestOneOwner(t *testing.T) {
	cfg := config(t)
	j := open(t, cfg)
	if _, err := journal.Open(cfg, master, slog.New(slog.DiscardHandler)); !errors.Is(err, journal.ErrBusy) {
		t.Errorf("want %v, got %v", journal.ErrBusy, err)
	}
	if _, err := journal.Verify(cfg.Path, cfg.Cabinet, master); !errors.Is(err, journal.ErrBusy) {
		t.Errorf("want %v, got %v", journal.ErrBusy, err)
	}
	add(t, j, at(0), door(1))
}

// TestAppendNothing: an event that could not be read back is not written, nor is anything with it.
func TestAppendNothing(t *testing.T) {
	j := open(t, config(t))
	if r, err := j.Append(at(0), nil); r != nil || err != nil {
		t.Errorf("want nothing, got %v, %v", r, err)
	}
	if _, err := j.Append(at(0), []locker.Event{door(1), unheardOf{}}); err == nil {
		t.Error("want an error for a kind that is not known")
	}
	if r := add(t, j, at(0), door(2)); r[0].Seq != 2 {
		t.Errorf("want record 2, got %+v", r[0])
	}
	verify(t, j, 2)
}

type unheardOf struct{}

func (unheardOf) Kind() string { return "unheard.of" }
