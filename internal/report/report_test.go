package report_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lockerd/internal/credential"
	"lockerd/internal/journal"
	"lockerd/internal/locker"
	"lockerd/internal/report"
)

var start = time.Date(2026, 11, 24, 18, 0, 0, 0, time.UTC)

// keysOf are a cabinet's keys, made anew.
func keysOf(t *testing.T) *credential.Keys {
	t.Helper()
	dir := t.TempDir()
	if err := credential.Make(dir); err != nil {
		t.Fatal(err)
	}
	keys, err := credential.Load(dir, credential.NewOperator().Public())
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// cabinet is a true journal with an inventory in it, behind its handler.
func cabinet(t *testing.T) (ask report.Ask, keys *credential.Keys, memory *journal.Journal) {
	t.Helper()
	keys = keysOf(t)
	memory, err := journal.Open(journal.Config{Path: filepath.Join(t.TempDir(), "journal.db"), Cabinet: "demo-1"}, keys.Master, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = memory.Close() })
	now := locker.Now{Wall: start, Known: true}
	if _, err := memory.Append(now, []locker.Event{locker.RunStarted{Version: "test"},
		locker.InventoryEnded{Inventory: "i-1", Session: "s-1", By: "grace", Why: locker.InventoryDone, Began: start.Add(-time.Hour), BeganKnown: true, Differences: 1,
			Doors: []locker.Counted{{Door: 1, Believed: locker.Occupied, Tracking: "<P&1>", Found: locker.FoundEmpty, Differs: true,
				Stills: []locker.Still{{Photo: "a.photo", SHA256: "beef"}}},
				{Door: 2, Believed: locker.Empty, Found: locker.FoundEmpty},
				{Door: 3, Believed: locker.Doubtful, Found: locker.FoundUnreachable}}},
		locker.RunHeldUp{For: 1000}}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(report.Handler(memory, keys))
	t.Cleanup(server.Close)
	return func(path string, read func(io.Reader) error) error {
		answer, err := http.Get(server.URL + path)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Logf("%s: %s", path, answer.Status)
			return report.ErrNone
		}
		return read(answer.Body)
	}, keys, memory
}

// TestAReportIsVerifiedByThePublicKeyAlone, and by no other; a byte that was changed is seen.
func TestAReportIsVerifiedByThePublicKeyAlone(t *testing.T) {
	ask, keys, memory := cabinet(t)
	var signed bytes.Buffer
	if err := report.Print(&signed, ask, "i-1"); err != nil {
		t.Fatal(err)
	}
	r, err := report.Verify(signed.Bytes(), keys.ReportKey())
	if err != nil {
		t.Fatal(err)
	}
	page, err := memory.Outgoing(0, 100)
	if err != nil {
		t.Fatal(err)
	}
	if o := page[len(page)-2]; !bytes.Equal(o.Public, r.Record.Public) || o.Hash != r.Record.Hash {
		t.Errorf("want the journal's record byte by byte, got %s", r.Record.Public)
	}
	var text strings.Builder
	if err := r.Tell(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"cabinet demo-1", "walked by grace", "3 doors, 1 differ", "door 1: parcel in the books (<P&1>), found: empty",
		"still a.photo, SHA-256 beef", "door 3: doubtful in the books, found: unreachable"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("want %q in\n%s", want, text.String())
		}
	}
	if strings.Contains(text.String(), "door 2") {
		t.Errorf("want nothing of a door at which all is as it should be\n%s", text.String())
	}
	if _, err := report.Verify(signed.Bytes(), keysOf(t).ReportKey()); err == nil {
		t.Error("want another cabinet's key refused")
	}
	changed := bytes.Replace(signed.Bytes(), []byte("."), []byte(".A"), 1)
	if _, err := report.Verify(changed, keys.ReportKey()); err == nil {
		t.Error("want a changed report refused")
	}
}

// TestWhatIsNoReport: an order signed with the same key is none, nor is another record.
func TestWhatIsNoReport(t *testing.T) {
	keys := keysOf(t)
	for name, payload := range map[string]string{"another record": `{"v":1,"cabinet":"c","epoch":"e","seq":1,"kind":"door.opened","event":{}}`, "nothing": `{`} {
		signed, err := keys.Report([]byte(payload))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := report.Verify([]byte(signed), keys.ReportKey()); err == nil {
			t.Errorf("%s: want it refused", name)
		}
	}
	seed := bytes.Repeat([]byte{7}, 32)
	signer, err := credential.NewSigner("cabinet", seed)
	if err != nil {
		t.Fatal(err)
	}
	order, err := signer.Order([]byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := report.Verify([]byte(order), signer.Issuer().Key); err == nil {
		t.Error("want an order refused, whoever has signed it")
	}
	if _, err := report.Verify([]byte(order), "no key"); err == nil {
		t.Error("want what is no key refused")
	}
}

func TestTheListOfReports(t *testing.T) {
	ask, keys, _ := cabinet(t)
	var text strings.Builder
	if err := report.Print(&text, ask, ""); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "i-1  2026-11-24 18:00:00  by grace, done: 3 doors, 1 differ") || !strings.Contains(text.String(), keys.ReportKey()) {
		t.Errorf("got %s", text.String())
	}
	if err := report.Print(io.Discard, ask, "i-2"); err == nil {
		t.Error("want one that is not there refused")
	}
	var list report.List
	if err := ask(report.Path, func(r io.Reader) error { return json.NewDecoder(r).Decode(&list) }); err != nil || len(list.Reports) != 1 {
		t.Errorf("got %+v, %v", list, err)
	}
}
