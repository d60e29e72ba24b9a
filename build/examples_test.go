package build

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"lockerd/internal/sync/cloudtest"
)

// Example is a client of docs/examples, and how it is run.
type example struct {
	name, file string
	command    func(t *testing.T, folder string) []string
}

// The Python libraries are Debian's, so it is Debian's Python.
var exampleClients = []example{
	{"Python", "parcel.py", func(*testing.T, string) []string { return []string{"/usr/bin/python3"} }},
	{"Node", "parcel.mjs", func(*testing.T, string) []string { return []string{"node"} }},
}

// TestExamplesAreShort: besides its imports a client has thirty lines.
func TestExamplesAreShort(t *testing.T) {
	for _, e := range exampleClients {
		text, err := os.ReadFile(filepath.Join("../docs/examples", e.file))
		if err != nil {
			t.Fatal(err)
		}
		lines := 0
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			if line != "" && !strings.HasPrefix(line, "import ") && !strings.HasPrefix(line, "from ") && !strings.HasPrefix(line, "//") && !strings.HasPrefix(line, `"""`) {
				lines++
			}
		}
		if lines > 30 {
			t.Errorf("%s: want at most 30 lines beside its imports, got %d", e.file, lines)
		}
	}
}

// TestExamples: what docs/integration.md promises. Each client works with a true broker, lockersim and lockerd: it announces a parcel,
// sees it stored, opens the box with its code, unlocks its door, checks the chain, and confirms. Each comes when the cabinet's first
// records have been told to others, or to nobody, so it asks for the beginning.
func TestExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("builds both programs and starts a cabinet")
	}
	t.Parallel()
	built(t)
	folder := exampleFolder(t)
	broker := cloudtest.StartMosquitto(t, cloudtest.Forgetful)
	dir, kiosk, bench := t.TempDir(), freeAddress(t), freeAddress(t)
	var log strings.Builder
	sim := exec.Command("../bin/lockersim", "--lockerd", "../bin/lockerd", "--dir", dir, "--kiosk", kiosk, "--bench", bench, "--broker", "mqtt://"+broker.Addr)
	sim.Stdout, sim.Stderr = &log, &log
	if err := sim.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = sim.Process.Signal(syscall.SIGINT)
		_ = sim.Wait()
		if t.Failed() {
			t.Logf("lockersim said:\n%s", log.String())
		}
	})
	d := &demo{t: t, kiosk: "http://" + kiosk, bench: "http://" + bench + "/api"}
	d.until("all doors are looked into", "/log?after=0", func(string) bool {
		_, err := os.Stat(filepath.Join(dir, "inspected"))
		return err == nil
	})
	for i, e := range exampleClients {
		t.Run(e.name, func(t *testing.T) {
			d := &demo{t: t, kiosk: d.kiosk, bench: d.bench}
			d.serve(append(e.command(t, folder), filepath.Join(folder, e.file), filepath.Join(dir, "operator/cloud.json"), fmt.Sprint("EXAMPLE-", i)))
		})
	}
}

// serve runs a client, and is its courier's hands.
func (d *demo) serve(command []string) {
	tracking := command[len(command)-1]
	client := exec.Command(command[0], command[1:]...)
	var said outputs
	client.Stdout, client.Stderr = &said, &said
	if err := client.Start(); err != nil {
		d.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- client.Wait() }()
	d.t.Cleanup(func() {
		_ = client.Process.Kill()
		if d.t.Failed() {
			d.t.Logf("the client said:\n%s", said.String())
		}
	})
	// The hands do whatever might be next, again and again: what is not, changes nothing.
	for end := time.Now().Add(4 * time.Minute); ; {
		select {
		case err := <-ended:
			if out := said.String(); err != nil || !strings.HasSuffix(strings.TrimSpace(out), "opened") || strings.Contains(out, "taken: ") ||
				!strings.Contains(out, "midway") || !strings.Contains(out, "1 journal.epoch_begun taken") {
				d.t.Errorf("%v; want a door and its code, every record taken without a problem, and the beginning asked for; got:\n%s", err, out)
			}
			return
		case <-time.After(500 * time.Millisecond):
		}
		if time.Now().After(end) {
			d.t.Fatal("the client never ended")
		}
		d.hands(tracking, said.String())
	}
}

// hands do what the courier of a parcel does next, by what the client has seen.
func (d *demo) hands(tracking, seen string) {
	last := func(kind string) int { return strings.LastIndex(seen, " "+kind+" ") }
	if last("parcel.stored") <= last("parcel.announced") { // what the client opens at its end stays open: it wants to see that
		d.pushAll()
	}
	switch {
	case last("parcel.announced") < 0 || last("parcel.stored") > last("parcel.announced"):
	case last("drop.started") < last("parcel.announced"): // a badge shown again in its own visit is no record of its own
		for _, held := range []string{"COURIER-ADA", tracking} {
			d.scan(held)
			time.Sleep(2 * time.Second)
		}
	case last("door.closed") > last("drop.started"):
		if v := (&visitor{t: d.t, kiosk: d.kiosk}); v.looks().Step == "drop" {
			v.press("action", "done")
		}
	}
}

// pushAll pushes every open door shut.
func (d *demo) pushAll() {
	answer, err := http.Get(d.bench + "/state")
	if err != nil {
		d.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	var state struct {
		Doors []struct {
			Door int
			Open bool
		}
	}
	if err := json.Unmarshal(text, &state); err != nil {
		d.t.Fatalf("%v: %s", err, text)
	}
	for _, door := range state.Doors {
		if door.Open {
			d.post(fmt.Sprintf("/doors/%d/push", door.Door), "")
		}
	}
}

// exampleFolder is a copy of docs/examples with what its lock file names. Packages are fetched once for each content of that file.
func exampleFolder(t *testing.T) string {
	t.Helper()
	lock, err := os.ReadFile("../docs/examples/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	modules := filepath.Join(cache, "lockerd-tests", fmt.Sprintf("examples-%x", sha256.Sum256(lock))[:24])
	if err := os.MkdirAll(modules, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, "node_modules")); err != nil {
		copyExamples(t, modules)
		install := exec.Command("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
		install.Dir = modules
		if said, err := install.CombinedOutput(); err != nil {
			t.Fatalf("npm ci: %v: %s", err, said)
		}
	}
	folder := t.TempDir()
	copyExamples(t, folder)
	if err := os.Symlink(filepath.Join(modules, "node_modules"), filepath.Join(folder, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return folder
}

func copyExamples(t *testing.T, to string) {
	t.Helper()
	files, err := fs.Glob(os.DirFS("../docs/examples"), "*.*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(filepath.Join("../docs/examples", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestVectorsElsewhere: libsodium, OpenSSL and two other languages say of docs/contract what our own code says.
func TestVectorsElsewhere(t *testing.T) {
	folder := exampleFolder(t)
	vectors, err := filepath.Abs("../docs/contract")
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{{"/usr/bin/python3", "vectors.py"}, {"node", "vectors.mjs"}} {
		run := exec.Command(command[0], command[1], vectors)
		run.Dir = folder
		if said, err := run.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", command[1], err, said)
		}
	}
}
