package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lockerd/internal/cabinet"
	"lockerd/internal/credential"
)

// TestSetup: piped answers, and none, make a configuration that is one; what is there is never touched.
func TestSetup(t *testing.T) {
	t.Parallel()
	public := credential.NewOperator().Public()
	for name, c := range map[string]struct {
		answers []string
		want    func(*cabinet.Config) bool
	}{
		"all by Enter but the port": {[]string{"demo-1", "", "/dev/ttyS4", "", "", "", "", ""}, func(c *cabinet.Config) bool {
			return c.Cabinet == "demo-1" && c.Buses[0].Port == "/dev/ttyS4" && c.Cloud.Broker == "" && c.CodesArrive() && len(c.Languages) == 1
		}},
		"all answered": {[]string{"north-2", "de en", "tcp://192.0.2.9:4001", "/dev/ttyACM0", public, "mqtts://mqtt.example.org", "cab", "ida", `Ida "the" \ Chief`},
			func(c *cabinet.Config) bool {
				return c.Keys.Operator == public && c.Cloud.Username == "cab" && c.Technicians[0].Name == `Ida "the" \ Chief` && c.Scanners[0].Port == "/dev/ttyACM0"
			}},
		"two lines": {[]string{"demo-1", "", "/dev/ttyS4  tcp://127.0.0.1:4001", "", "", "", "", ""}, func(c *cabinet.Config) bool {
			return len(c.Buses) == 2 && c.Buses[0].Name == "main" && c.Buses[1].Name == "main2" && c.Buses[1].Port == "tcp://127.0.0.1:4001"
		}},
		"wrong, then right": {[]string{"a/b", "c", "tlh", "en", "", "ttyS4", "/dev/ttyS4 /home/ada/port", "/dev/ttyS4", "/tmp/port", "-", "AAAA", public, "http://x", "-", "no blanks", "t1", "Ida"},
			func(c *cabinet.Config) bool {
				return c.Cabinet == "c" && c.Keys.Operator == public && len(c.Scanners) == 0
			}},
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
			cfg, err := cabinet.Read(path)
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

// TestCodesOfWhatWaits: where no cloud sends codes, whoever holds the operator's private key reads those of the parcels that lie
// behind doors, of no others, and with no other key.
func TestCodesOfWhatWaits(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	key := filepath.Join(r.dir, "operator.key")
	r.write(key, []byte(base64.StdEncoding.EncodeToString(r.cloud.private[:])))
	r.commission()
	var doors []int
	var codes []string
	for _, tracking := range []string{"GIVEN", "LIES", "LOOKED"} {
		door, code := r.broughtIn(tracking)
		doors, codes = append(doors, door), append(codes, code)
	}
	r.cloud.order("given", "parcel.handed_over", map[string]any{"tracking": "GIVEN"}, "", nil)
	r.cloud.order("cancel", "parcel.cancel", map[string]any{"tracking": "LOOKED"}, "", nil)
	r.cloud.order("looked", "door.looked", map[string]any{"door": doors[2], "by": "eve"}, "", nil)
	r.cloud.await("empty", func(c *cloud) bool { _, ok := c.last("door.emptied", "door", fmt.Sprint(doors[2])); return ok })
	list := func() (got []told) {
		t.Helper()
		out, err := r.tool("codes", "list", "--json", "--key", key)
		if err == nil {
			err = json.Unmarshal([]byte(out), &got)
		}
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return got
	}
	got := list()
	if len(got) != 1 || got[0].Tracking != "LIES" || got[0].Door != doors[1] || got[0].Code != codes[1] || got[0].Phone != "+4915112345667" {
		t.Fatalf("want the one parcel that lies there, with its code and phone, got %+v", got)
	}
	r.scan("LD1:" + codes[1])
	r.push(doors[1])
	r.cloud.await("collected", func(c *cloud) bool { return c.count("parcel.collected") == 1 })
	if got := list(); len(got) != 0 {
		t.Errorf("want nothing of what was fetched, got %+v", got)
	}
	r.write(key, []byte(credential.NewOperator().Secret()))
	if out, err := r.tool("codes", "list", "--key", key); err == nil || !strings.Contains(out, "not the other half") {
		t.Errorf("want another key refused, got %v: %s", err, out)
	}
}
