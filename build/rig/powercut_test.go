package rig_test

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"lockerd/internal/journal"
	"lockerd/internal/locker"
)

// tries is how many random remains of a span are looked at, beside nothing of it.
const tries = 4

// TestPowerCut cuts the power between any two flushes of a disk's life, drops what no flush has followed, and looks
// whether anything is gone that the journal had promised. kill -9 cannot tell this: the kernel lives on and writes what
// was never synced.
func TestPowerCut(t *testing.T) {
	long(t)
	cuts, lost := cutPower(t, nil)
	for _, err := range lost[:min(len(lost), 10)] {
		t.Error(err)
	}
	if cuts < 1000 || len(lost) > 0 {
		t.Errorf("%d of %d cuts lost something", len(lost), cuts)
	}
}

// TestPowerCutSees plants what TestPowerCut is there to find.
func TestPowerCutSees(t *testing.T) {
	long(t)
	noSync := []string{"NoFreelistSync: true,", "NoFreelistSync: true, NoSync: true,"}
	for _, test := range []struct {
		name string
		bug  []string
	}{
		{"nothing is synced", noSync},
		// Everything that was promised is synced, but the meta page may reach the disk before the pages it speaks of.
		{"one sync for pages and meta page", slices.Concat(noSync,
			[]string{"if committing {", "if err == nil { err = s.db.Sync() }\n\tif committing {"})},
	} {
		t.Run(test.name, func(t *testing.T) {
			cuts, lost := cutPower(t, test.bug)
			if len(lost) == 0 {
				t.Fatalf("want cuts that lose something, got none in %d", cuts)
			}
			t.Logf("%d of %d cuts lost something; one is: %v", len(lost), cuts, lost[len(lost)-1])
		})
	}
}

// long skips what only make long runs.
func long(t *testing.T) {
	t.Helper()
	if os.Getenv("LOCKERD_LONG") == "" {
		t.Skip("takes a minute and QEMU: make long")
	}
	start := time.Now()
	t.Cleanup(func() { t.Logf("took %s", time.Since(start).Round(time.Second)) })
}

// cutPower lets a cabinet live and then cuts its power, again and again. It returns how often, and each loss.
func cutPower(t *testing.T, bug []string) (cuts int, lost []error) {
	t.Helper()
	m := newDisk(t)
	m.build(t, bug)
	empty, err := os.ReadFile(m.path("disk"))
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	spans := m.live(t)
	t.Logf("%d appends and all else, with %d flushes, took the guest %s", appends, len(spans)-1,
		time.Since(start).Round(time.Second))
	var mu sync.Mutex
	var all sync.WaitGroup
	scratch := inMemory(t)
	workers := runtime.GOMAXPROCS(0)
	for worker := range workers {
		all.Go(func() {
			d := disk(append([]byte(nil), empty[:fsSize]...))
			dir := filepath.Join(scratch, fmt.Sprint("worker", worker))
			for i, s := range spans {
				if i%workers == worker {
					n, errs := cutIn(d, s, i, dir)
					mu.Lock()
					cuts, lost = cuts+n, append(lost, errs...)
					mu.Unlock()
				}
				d.apply(s.writes)
			}
		})
	}
	all.Wait()
	t.Logf("%d cuts", cuts)
	return cuts, lost
}

// inMemory is a folder for disks that are looked at once: debugfs syncs all that it takes out of them.
func inMemory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "lockerd-rig-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// cutIn cuts the power in one span, which is given by its number too.
func cutIn(d disk, s span, number int, dir string) (cuts int, lost []error) {
	dice := rand.New(rand.NewPCG(uint64(number), 2026))
	for try := range 1 + tries {
		var remain []write
		if try > 0 {
			if remain = some(s.writes, dice); len(remain) == 0 {
				continue // as good as the first
			}
		}
		cuts++
		if err := d.with(remain, func() error { return inspect(d, s.promised, dir) }); err != nil {
			lost = append(lost, fmt.Errorf("power cut after flush %d, %d pieces left of %d writes (try %d): %w",
				number, len(remain), len(s.writes), try, err))
		}
	}
	return cuts, lost
}

// inspect starts from a disk as a cabinet does, and holds what is there against what was promised.
func inspect(d disk, p promise, dir string) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	image, root := filepath.Join(dir, "disk"), filepath.Join(dir, "root")
	if err := errors.Join(d.save(image), os.Mkdir(root, 0o700)); err != nil {
		return err
	}
	// What Debian does before it mounts: play back the file system's own journal. 1 is "and mended something".
	out, err := exec.Command(tool("e2fsck"), "-f", "-p", image).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() > 1) {
		return fmt.Errorf("the file system itself is broken: %w: %s", err, out)
	}
	if out, err := exec.Command(tool("debugfs"), "-R", "rdump / "+root, image).CombinedOutput(); err != nil {
		return fmt.Errorf("debugfs: %w: %s", err, out)
	}
	return kept(journalIn(root), p)
}

// kept says whether a journal holds what was promised, and goes on.
func kept(cfg journal.Config, p promise) (err error) {
	defer func() {
		if r := recover(); r != nil { // a cabinet that cannot start
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	if p.Seq > 0 {
		r, err := journal.Verify(cfg.Path, cfg.Cabinet, master)
		if err != nil {
			return err
		}
		if r.Last < p.Seq || r.Last > p.Seq+maxPerTurn || r.Confirmed < p.Confirmed || len(r.Epochs) != 1 || r.Halved {
			return fmt.Errorf("promised %+v, got %+v", p, r)
		}
	}
	j, err := journal.Open(cfg, master, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	if o := j.Origin(); o != journal.Opened && (p.Seq > 0 || o != journal.New) {
		return fmt.Errorf("promised %+v, and the journal is %s", p, o)
	}
	if p.Seq > 0 {
		if hash, err := hashOf(j, p.Seq); err != nil || hash != p.Hash {
			return fmt.Errorf("promised %+v, got %s: %w", p, hash, err)
		}
	}
	if _, _, err := j.Load(); err != nil {
		return err
	}
	_, err = j.Append(at(appends), []locker.Event{locker.DoorLeftOpen{Door: 1}})
	return err
}
