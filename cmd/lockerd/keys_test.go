package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lockerd/internal/cabinet"
	"lockerd/internal/credential"
	"lockerd/internal/journal"
)

// folder is where the rig's keys lie.
func (r *rig) folder() string { return filepath.Join(r.dir, "keys") }

func (r *rig) read(path string) []byte {
	r.t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		r.t.Fatal(err)
	}
	return b
}

func (r *rig) write(path string, b []byte) {
	r.t.Helper()
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o400); err != nil {
		r.t.Fatal(err)
	}
}

// onlyNew holds that the journal and every backup open with the keys as they lie there now.
func (r *rig) onlyNew(copies int) {
	r.t.Helper()
	cfg, err := cabinet.Read(r.config)
	if err != nil {
		r.t.Fatal(err)
	}
	keys, err := cfg.ReadKeys()
	if err != nil {
		r.t.Fatal(err)
	}
	list, _ := filepath.Glob(cfg.Backups + "/*.db")
	if len(list) != copies {
		r.t.Errorf("want %d whole backups, got %v", copies, list)
	}
	for _, path := range append(list, cfg.Journal) {
		if _, err := journal.Verify(path, cfg.Cabinet, keys.Master); err != nil {
			r.t.Error(err)
		}
	}
}

// TestRotatingTheMasterKey: while people come and go everything is put under a new key, and nothing needs the old one.
func TestRotatingTheMasterKey(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	door, code := r.broughtIn("PARCEL-1")
	for range 2 {
		if out, err := r.tool("journal", "backup"); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	old := r.read(filepath.Join(r.folder(), credential.MasterFile))
	if out, err := r.tool("keys", "rotate"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if bytes.Equal(old, r.read(filepath.Join(r.folder(), credential.MasterFile))) {
		t.Error("the key is the one of before")
	}
	if _, err := os.Stat(filepath.Join(r.folder(), credential.NextFile)); !os.IsNotExist(err) {
		t.Errorf("want no next key left, got %v", err)
	}
	r.scan("LD1:" + code)
	r.push(door)
	r.stop()
	r.onlyNew(1)
	r.start()
	r.ready()
	if out, err := r.tool("journal", "verify"); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	r.cloud.complete()
	if n := len(r.cloud.all()); r.cloud.all()[n-1].Epoch != r.cloud.all()[0].Epoch {
		t.Error("want no new epoch")
	}
}

// TestRotatingACredential: keys that come from systemd cannot be changed by lockerd. The next one is put beside them, lockerd
// puts everything under it when it starts, and then it takes the place of the other.
func TestRotatingACredential(t *testing.T) {
	r := newRig(t)
	text := string(r.read(r.config))
	r.write(r.config, []byte(strings.Replace(text, `directory = "`+r.folder()+`"`, `directory = ""`, 1)))
	t.Setenv("CREDENTIALS_DIRECTORY", r.folder())
	r.commission()
	if out, err := r.tool("journal", "backup"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if out, err := r.tool("keys", "rotate"); err == nil || !strings.Contains(out, "lockerd-rotate-master") {
		t.Errorf("want it said how, got %v: %s", err, out)
	}
	r.stop()
	if _, err := credential.MakeNext(r.folder()); err != nil {
		t.Fatal(err)
	}
	r.start()
	r.ready()
	if out, err := r.tool("keys", "rotate"); err != nil || !strings.Contains(out, credential.NextFile) {
		t.Errorf("want it to be done and said what is left to do, got %v: %s", err, out)
	}
	if err := credential.PlaceNext(r.folder()); err != nil {
		t.Fatal(err)
	}
	r.stop()
	r.onlyNew(1)
	r.start()
	r.ready()
}

// TestALostKey: a key that is missing, damaged or another one is a state that everybody can see and in which nothing opens;
// nothing is written, and nothing is begun anew.
func TestALostKey(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	_, code := r.broughtIn("PARCEL-1")
	if out, err := r.tool("journal", "backup"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	r.cloud.complete()
	r.stop()
	journalFile := filepath.Join(r.dir, "journal.db")
	was, pulses := r.read(journalFile), r.pulses()
	for _, c := range []struct {
		name, key, why string
		content        []byte
	}{
		{"missing", credential.MasterFile, "missing", nil},
		{"empty", credential.CabinetFile, "missing", []byte("\n")},
		{"damaged", credential.LookupFile, "not base64", []byte("*")},
		{"another master key", credential.MasterFile, "not the one that the journal is under", another},
		{"another lookup key", credential.LookupFile, "not the one that it was", another},
		{"another cabinet key", credential.CabinetFile, "not the one that it was", another},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(r.folder(), c.key)
			good := r.read(path)
			r.write(path, c.content)
			if c.content == nil {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}
			r.start()
			r.cloud.await("the fault", func(k *cloud) bool {
				return strings.Contains(k.summary(), `"out_of_order"`) && strings.Contains(k.summary(),
					`{"kind":"key_lost","what":"`+c.key+`","why":"`+c.why+`"}`)
			})
			if page := r.page(); !strings.Contains(page, `data-step="out_of_order"`) {
				t.Errorf("want the kiosk out of order, got %.2000s", page)
			}
			if out, err := r.tool("check"); err == nil || !strings.Contains(out, c.key+": "+c.why) {
				t.Errorf("want check to say it, got %v: %s", err, out)
			}
			r.stop()
			r.write(path, good)
			list, _ := filepath.Glob(journalFile + "*")
			list = slices.DeleteFunc(list, func(name string) bool { return name == journalFile+".alive" }) // it says when it ran, no more
			if len(list) != 1 || !bytes.Equal(was, r.read(journalFile)) {
				t.Errorf("want the journal as it was and nothing beside it, got %v", list)
			}
		})
	}
	path := filepath.Join(r.folder(), credential.LookupFile)
	good := r.read(path)
	r.write(path, another)
	r.start()
	r.cloud.await("the fault", func(k *cloud) bool { return strings.Contains(k.summary(), "key_lost") })
	r.started = 2       // the runs without a key were none
	r.write(path, good) // and lockerd goes on by itself
	r.ready()
	r.scan("LD1:" + code)
	r.cloud.await("collected", func(c *cloud) bool { return c.count("parcel.collected") == 1 })
	if r.pulses() != pulses+1 {
		t.Errorf("want one pulse, for the code, got %d", r.pulses()-pulses)
	}
}

// another is a key that is none of the rig's.
var another = []byte("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n")

// page is what the kiosk shows.
func (r *rig) page() string {
	r.t.Helper()
	answer, err := http.Get("http://" + r.kiosk + "/")
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(b)
}

// TestKeysMakesPairs: what goes onto the screen stands in a configuration as it is, and the file opens what is sealed to it.
func TestKeysMakesPairs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	operator, issuer := filepath.Join(dir, "operator.key"), filepath.Join(dir, "issuer.key")
	printed, stderr, status := typed(t, "keys", "operator", operator)
	if status != 0 {
		t.Fatal(stderr)
	}
	secret, err := os.ReadFile(operator)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := credential.ReadOperator(string(secret))
	if err != nil {
		t.Fatal(err)
	}
	if want := "[keys]\noperator = \"" + pair.Public() + "\"\n"; printed != want || strings.Contains(printed, strings.TrimSpace(string(secret))) {
		t.Errorf("want %q, got %q", want, printed)
	}
	if info, err := os.Stat(operator); err != nil || info.Mode().Perm() != 0o400 {
		t.Errorf("want the file for its owner alone, got %v, %v", info.Mode(), err)
	}
	if _, stderr, status := typed(t, "keys", "operator", operator); status != exitFailed || !strings.Contains(stderr, "exists") {
		t.Errorf("want a key that is there kept, got %d, %q", status, stderr)
	}
	printed, stderr, status = typed(t, "keys", "issuer", "a", issuer)
	if status != 0 || !strings.HasPrefix(printed, "[[issuer]]\nid = \"a\"\nkey = ") {
		t.Errorf("status %d, %q, %q", status, printed, stderr)
	}
	if _, err := readSigner(issuer); err != nil {
		t.Error(err)
	}
}
