package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lockerd/internal/credential"
	"lockerd/internal/locker"
)

// TestSetup: piped answers, and none, make a configuration that is one; what is there is never touched.
func TestSetup(t *testing.T) {
	public := credential.NewOperator().Public()
	for name, c := range map[string]struct {
		answers []string
		want    func(*config) bool
	}{
		"all by Enter but the port": {[]string{"demo-1", "", "/dev/ttyS4", "", "", "", "", ""}, func(c *config) bool {
			return c.Cabinet == "demo-1" && c.Buses[0].Port == "/dev/ttyS4" && c.Cloud.Broker == "" && c.codesArrive() && len(c.Languages) == 1
		}},
		"all answered": {[]string{"north-2", "de en", "tcp://192.0.2.9:4001", "/dev/ttyACM0", public, "mqtts://mqtt.example.org", "cab", "ida", `Ida "the" \ Chief`},
			func(c *config) bool {
				return c.Keys.Operator == public && c.Cloud.Username == "cab" && c.Technicians[0].Name == `Ida "the" \ Chief` && c.Scanners[0].Port == "/dev/ttyACM0"
			}},
		"wrong, then right": {[]string{"a/b", "c", "tlh", "en", "/dev/ttyS4", "-", "AAAA", public, "http://x", "-", "no blanks", "t1", "Ida"},
			func(c *config) bool { return c.Cabinet == "c" && c.Keys.Operator == public && len(c.Scanners) == 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path, key := filepath.Join(dir, "lockerd.toml"), filepath.Join(dir, "operator.key")
			run := func() (string, error) {
				cmd := exec.CommandContext(t.Context(), os.Args[0], "setup", "--config", path, "--operator-key", key)
				cmd.Env = append(os.Environ(), asLockerd+"=1")
				cmd.Stdin = strings.NewReader(strings.Join(c.answers, "\n") + "\n")
				out, err := cmd.CombinedOutput()
				return string(out), err
			}
			if out, err := run(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			cfg, err := readConfig(path)
			if err != nil {
				t.Fatal(err)
			}
			if !c.want(cfg) {
				t.Errorf("not what was answered: %+v", cfg)
			}
			if cfg.Keys.Operator != public {
				secret, err := os.ReadFile(key)
				if err != nil {
					t.Fatal(err)
				}
				if pair, err := credential.ReadOperator(string(secret)); err != nil || pair.Public() != cfg.Keys.Operator {
					t.Errorf("the private key is not the other half: %v", err)
				}
			}
			before, _ := os.ReadFile(path)
			if out, err := run(); err == nil || !strings.Contains(out, "stays as it is") {
				t.Errorf("want it never written over, got %v: %s", err, out)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("it was written over")
			}
		})
	}
	// Answers that end too early write nothing.
	path := filepath.Join(t.TempDir(), "lockerd.toml")
	if _, err := interview(bufio.NewReader(strings.NewReader("demo-1\nen\n")), new(bytes.Buffer), nil); err == nil {
		t.Error("want an end of the answers refused")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("something was written")
	}
}

// TestNoCodeNoParcel: where a code has no way to its recipient, no courier brings a parcel, and check says so.
func TestNoCodeNoParcel(t *testing.T) {
	for _, c := range []struct {
		broker, codes string
		brings        bool
	}{{"mqtts://mqtt.example.org", "cloud", true}, {"", "operator", true}, {"", "cloud", false}} {
		cfg, err := readConfig(reference(t))
		if err != nil {
			t.Fatal(err)
		}
		cfg.Cloud.Broker, cfg.Codes = c.broker, c.codes
		for _, rights := range [][]locker.Right{nil, {locker.RightDrop}, {locker.RightDrop, locker.RightRecallOwn}} {
			cfg.Couriers[0].Rights = rights
			got := cfg.plan().Couriers[0].Rights
			if brings := len(got) == 0 || slices.Contains(got, locker.RightDrop); brings != c.brings {
				t.Errorf("%+v, %v: want it brings parcels: %t, got the rights %v", c, rights, c.brings, got)
			}
		}
		if c.broker != "" {
			continue
		}
		if said := checked(cfg, (*checkup).cloud); strings.Contains(said, "WRONG  how pickup codes reach recipients") == c.brings {
			t.Errorf("%+v: got\n%s", c, said)
		}
	}
}

// TestCodesOfWhatWaits: what is stored and not gone, with the codes that the operator's key alone opens.
func TestCodesOfWhatWaits(t *testing.T) {
	operator := credential.NewOperator()
	keys := newCodeKeys(t, operator.Public())
	books := newParcelBook()
	seq := uint64(0)
	record := func(e locker.Event, personal locker.Personal) {
		seq++
		event, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		books.read(locker.Outgoing{Seq: seq, Kind: e.Kind(), Personal: personal,
			Public: fmt.Appendf(nil, `{"at":"2026-11-24T18:00:00Z","kind":%q,"event":%s}`, e.Kind(), event)})
	}
	for i := 1; i <= 5; i++ {
		id := fmt.Sprintf("p-%d", i)
		record(locker.ParcelStored{Parcel: id, Tracking: "PARCEL-" + id, Door: 6 - i},
			locker.Personal{Code: keys.Box(fmt.Appendf(nil, "1234567%d", i)), Phone: keys.Box([]byte("+4912345"))})
	}
	record(locker.ParcelCollected{Parcel: "p-1", Door: 5}, locker.Personal{})
	record(locker.ParcelRecalled{Parcel: "p-2", Door: 4}, locker.Personal{})
	record(locker.ParcelCollected{Parcel: "p-3", Door: 3}, locker.Personal{})
	record(locker.CollectionDisputed{Parcel: "p-3", Door: 3}, locker.Personal{})
	record(locker.ParcelHandedOver{Parcel: "p-4", Door: 2}, locker.Personal{})
	var got []string
	for _, w := range books.waiting() {
		got = append(got, fmt.Sprint(w.Door, " ", w.Tracking, " ", unsealed(operator, w.Code), " ", unsealed(operator, w.Phone)))
		if unsealed(credential.NewOperator(), w.Code) != "(sealed to another key)" {
			t.Error("another key opens it")
		}
	}
	if want := "1 PARCEL-p-5 12345675 +4912345; 3 PARCEL-p-3 12345673 +4912345"; strings.Join(got, "; ") != want {
		t.Errorf("want %s, got %s", want, strings.Join(got, "; "))
	}
}

func newCodeKeys(t *testing.T, operator string) *credential.Keys {
	t.Helper()
	dir := t.TempDir()
	if err := credential.Make(dir); err != nil {
		t.Fatal(err)
	}
	keys, err := credential.Load(dir, operator)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}
