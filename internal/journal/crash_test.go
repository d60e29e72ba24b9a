package journal_test

import (
	"bufio"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lockerd/internal/journal"
	"lockerd/internal/locker"
)

// victimEnv makes this test binary a process that appends until it is killed: the path of its journal.
const victimEnv = "LOCKERD_JOURNAL_VICTIM"

func TestMain(m *testing.M) {
	if path := os.Getenv(victimEnv); path != "" {
		fmt.Println("error", victim(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// victim says each record that Append returned, and does all else that a journal is asked for.
func victim(path string) error {
	cfg := journal.Config{Cabinet: "demo-1", Path: path, Backups: path + "-backups", Retention: 1, SnapshotEvery: 20}
	j, err := journal.Open(cfg, master, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	fmt.Println(j.Origin())
	for n := 0; ; n++ {
		events := []locker.Event{stored(strconv.Itoa(n)), door(n), door(n + 1)}
		records, err := j.Append(at(0), events[:1+n%3])
		if err != nil {
			return err
		}
		last := records[len(records)-1]
		fmt.Println(last.Seq)
		if n%3 == 0 {
			err = j.Mark()
		}
		if n%5 == 0 {
			err = errors.Join(err, confirm(j, last.Epoch, last.Seq))
		}
		if n%40 == 39 {
			err = errors.Join(err, j.Backup())
		}
		state := func() ([]byte, error) { return fmt.Append(nil, last.Seq), nil }
		if err = errors.Join(err, j.Tidy(at(time.Second), last.Seq, state)); err != nil {
			return err
		}
	}
}

// TestKill: after kill -9 at any moment everything that Append has returned is there, the chain holds, and the next run
// goes on in the same epoch: the mark is never ahead of it.
func TestKill(t *testing.T) {
	cfg := config(t)
	cfg.Backups = cfg.Path + "-backups"
	said := uint64(0)
	rounds := 12
	if testing.Short() {
		rounds = 4
	}
	for round := range rounds {
		said = killed(t, cfg.Path, 20+rand.IntN(200), round)
		r, err := journal.Verify(cfg.Path, cfg.Cabinet, master)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if r.Last < said || r.Last > said+3 || len(r.Epochs) != 1 || r.Halved {
			t.Fatalf("round %d: want all up to record %d and one append more at most, got %+v", round, said, r)
		}
	}
	// Backups that were killed are whole up to some record, and lead to a journal that verifies.
	remove(t, cfg.Path)
	j := open(t, cfg)
	if _, last := j.Last(); j.Origin() != journal.Restored || last < said/2 {
		t.Errorf("want it restored to near record %d, got %d (%s)", said, last, j.Origin())
	}
	if _, err := j.Verify(); err != nil {
		t.Error(err)
	}
}

// killed starts a victim, kills it some lines later, and returns the last record that it has said.
func killed(t *testing.T, path string, lines, round int) (said uint64) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), victimEnv+"="+path)
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	want := string(journal.Opened)
	if round == 0 {
		want = string(journal.New)
	}
	out := bufio.NewScanner(pipe)
	for n := 0; out.Scan(); n++ {
		if n == 0 {
			if out.Text() != want {
				t.Errorf("round %d: want it %s, got %s", round, want, out.Text())
			}
			continue
		}
		if said, err = strconv.ParseUint(out.Text(), 10, 64); err != nil {
			t.Fatalf("round %d: %s", round, out.Text())
		}
		if n == lines {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	cmd.Wait() //nolint:errcheck // it was killed
	return said
}

// aloneEnv in the environment says that one test alone runs in this process.
const aloneEnv = "LOCKERD_TEST_ALONE"

// alone runs a test once more in a process of its own, and says whether this is that one: the limit below is the whole process's, and go
// test itself writes files.
func alone(t *testing.T) bool {
	t.Helper()
	if os.Getenv(aloneEnv) != "" {
		return true
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), aloneEnv+"=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return false
}

// fileLimit makes every write beyond some size fail in this process (EFBIG), as a full disk does.
func fileLimit(t *testing.T) (set func(size uint64)) {
	t.Helper()
	signal.Ignore(unix.SIGXFSZ)
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	set = func(size uint64) {
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: min(size, was.Max), Max: was.Max}); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &was); err != nil {
			t.Error(err)
		}
		signal.Reset(unix.SIGXFSZ)
	})
	return set
}

// TestFull: an Append that fails leaves nothing half-written, nothing is built on it, and once there is room again Load
// mends the journal.
func TestFull(t *testing.T) {
	if !alone(t) {
		return
	}
	set := fileLimit(t)
	for _, reopen := range []bool{false, true} {
		t.Run(fmt.Sprintf("reopen %t", reopen), func(t *testing.T) {
			cfg := config(t)
			j := open(t, cfg)
			epoch, _ := j.Last()
			last := uint64(1)
			set(uint64(40 * os.Getpagesize()))
			var err error
			for err == nil {
				var records []locker.Record
				if records, err = j.Append(at(0), []locker.Event{stored("p"), door(1), stored("q")}); err == nil {
					last = records[2].Seq
				}
			}
			if !errors.Is(err, unix.EFBIG) {
				t.Fatalf("want %v, got %v", unix.EFBIG, err)
			}
			if _, seq := j.Last(); seq != last || last < 10 {
				t.Errorf("want %d as the last, got %d", last, seq)
			}
			for _, err := range []error{errOf(j.Append(at(0), []locker.Event{door(1)})), confirm(j, epoch, 2),
				j.Snapshot(3, nil)} {
				if !errors.Is(err, journal.ErrBroken) {
					t.Errorf("want %v, got %v", journal.ErrBroken, err)
				}
			}
			if err := j.Probe(); !errors.Is(err, unix.EFBIG) {
				t.Errorf("want %v from the probe, got %v", unix.EFBIG, err)
			}
			if _, _, err := j.Load(); !errors.Is(err, unix.EFBIG) {
				t.Errorf("want %v from load, got %v", unix.EFBIG, err)
			}
			if out, err := j.Outgoing(0, 5); err != nil || len(out) != 5 {
				t.Errorf("want the outbox to be read meanwhile, got %d, %v", len(out), err)
			}
			set(unix.RLIM_INFINITY)
			if reopen {
				shut(t, j)
				j = open(t, cfg)
			}
			_, records := load(t, j)
			// What failed is there whole or not at all.
			if n := uint64(len(records)); n != last && n != last+3 {
				t.Errorf("want %d records or 3 more, got %d", last, n)
			}
			last = uint64(len(records))
			r := add(t, j, at(0), stored("r"))[0]
			if r.Seq != last+1 || r.Epoch != epoch || j.Origin() != journal.Opened {
				t.Errorf("want record %d of the same epoch, got %+v", last+1, r)
			}
			verify(t, j, int(last)+1)
		})
	}
}

func errOf(_ []locker.Record, err error) error { return err }

// TestFullAtRepair: a repair that finds no room changes nothing, and succeeds once there is some.
func TestFullAtRepair(t *testing.T) {
	if !alone(t) {
		return
	}
	cfg := config(t)
	worn(t, cfg)
	set := fileLimit(t)
	alter(t, cfg.Path, func(b []byte) []byte { return b[:9000] })
	set(16 << 10)
	for range 2 {
		if _, err := journal.Open(cfg, master, slog.New(slog.DiscardHandler)); !errors.Is(err, unix.EFBIG) {
			t.Errorf("want %v, got %v", unix.EFBIG, err)
		}
		if info, err := os.Stat(cfg.Path); err != nil || info.Size() != 9000 {
			t.Errorf("the damaged file is gone: %v", err)
		}
	}
	set(unix.RLIM_INFINITY)
	if j := open(t, cfg); j.Origin() != journal.Restored {
		t.Errorf("want it restored, got %s", j.Origin())
	}
}

// TestRewrite: writing every page once more changes nothing.
func TestRewrite(t *testing.T) {
	cfg := config(t)
	worn(t, cfg)
	was, err := os.ReadFile(cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := journal.Rewrite(cfg.Path); err != nil {
		t.Fatal(err)
	}
	if is, err := os.ReadFile(cfg.Path); err != nil || string(is) != string(was) {
		t.Errorf("the file has changed: %v", err)
	}
}
