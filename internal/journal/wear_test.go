package journal_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lockerd/internal/journal"
	"lockerd/internal/locker"
)

// aLife is what a parcel's life is recorded as: 23 events in 17 transactions, as at a true process.
func aLife(n int) [][]locker.Event {
	p, s, d := fmt.Sprintf("p-%06d", n), fmt.Sprintf("s-%06d", n), n%24+1
	u := locker.UnlockRequested{Unlock: "u-" + p, Door: d, Lock: locker.Lock{Bus: "main", Board: 1, Channel: d}, Within: 2000}
	personal := locker.Personal{Phone: make(locker.Box, 62), Code: make(locker.Box, 56)}
	opened, closed := locker.DoorOpened{Door: d, Unlock: u.Unlock}, locker.DoorClosed{Door: d}
	ended := locker.UnlockEnded{Unlock: u.Unlock, Outcome: locker.Opened}
	photo := func(i int) locker.Event {
		return locker.PhotoKept{Parcel: p, Door: d, Photo: fmt.Sprintf("%s-%d", p, i), SHA256: strings.Repeat("0", 64),
			Personal: locker.Personal{Key: make([]byte, 32)}}
	}
	return [][]locker.Event{
		{locker.OrderAccepted{Order: "o-" + p}, locker.ParcelAnnounced{Order: "o-" + p, Tracking: "JJD0003" + p, Size: "M", Personal: personal}},
		{locker.SessionStarted{Session: s}, locker.CourierSignedIn{Session: s, Courier: "c1"}},
		{locker.ParcelScanned{Session: s, Tracking: "JJD0003" + p}, locker.DropStarted{Session: s, Parcel: p, Door: d, Personal: personal}, u},
		{opened, ended}, {photo(1)}, {closed},
		{locker.ParcelStored{Parcel: p, Tracking: "JJD0003" + p, Door: d, Size: "M", Courier: "c1", Company: "Example Parcel", Personal: personal}},
		{photo(2)}, {locker.PickupPeriodBegan{Parcel: p, Until: noon}}, {locker.SessionEnded{Session: s}},
		{locker.SessionStarted{Session: s}, u},
		{opened, ended, locker.ParcelCollected{Parcel: p, Door: d}}, {photo(3)}, {closed}, {photo(4)}, {locker.SessionEnded{Session: s}},
		{locker.DoorEmptied{Door: d}},
	}
}

// TestWear measures, on a file system of its own, what a day at 200 parcels makes the disk write, all that the file system
// adds included: for docs/performance.md.
func TestWear(t *testing.T) {
	if os.Getenv("LOCKERD_WEAR") == "" || os.Geteuid() != 0 {
		t.Skip("LOCKERD_WEAR is not set, or not root: it mounts a file system; see docs/performance.md")
	}
	dir, device := wearDisk(t)
	cfg := journal.Config{Cabinet: "demo-1", Path: dir + "/journal.db", Backups: dir + "/backups", Mark: dir + "/mark"}
	j := open(t, cfg)
	const days, parcels = 90, 200
	n, now := 0, func(day float64) locker.Now { return at(time.Duration(day * 24 * float64(time.Hour))) }
	for day := range days { // in large transactions: only the file that comes of it is of interest
		var events []locker.Event
		for range parcels {
			n++
			for _, tx := range aLife(n) {
				events = append(events, tx...)
			}
		}
		add(t, j, now(float64(day)), events...)
		confirmAll(t, j)
		if day%10 == 9 {
			tidy(t, j, now(float64(day)))
		}
	}
	t.Logf("journal after %d days: %d MB", days, size(t, cfg.Path)>>20)
	wrote := func(what string, do func()) {
		before := written(t, device)
		do()
		t.Logf("%-40s %8.1f MB", what, float64(written(t, device)-before)/1e6)
	}
	for day := days; day < days+2; day++ {
		wrote("a day's records, confirmations", func() {
			for range parcels {
				n++
				for i, tx := range aLife(n) {
					add(t, j, now(float64(day)), tx...)
					if i%2 == 1 {
						confirmAll(t, j)
					}
					if i == 9 || i == 16 { // a minute after a visit, before the next one
						must(t, j.Settle())
					}
				}
				tidy(t, j, now(float64(day)))
			}
		})
		wrote("marks: three a parcel", func() {
			for i := range 3 * parcels {
				add(t, j, now(float64(day)), door(i))
				mark(t, j)
			}
		})
		wrote("less the records for that", func() {
			for i := range 3 * parcels {
				add(t, j, now(float64(day)), door(i))
			}
		})
		wrote("renewal", func() { must(t, j.Sweep(now(float64(day)))) })
		wrote("whole backup", func() { must(t, j.Whole()) })
		for part := range 4 {
			for range parcels / 4 {
				n++
				for _, tx := range aLife(n) {
					add(t, j, now(float64(day)), tx...)
				}
			}
			confirmAll(t, j)
			wrote(fmt.Sprintf("backup %d of what changed", part+1), func() { must(t, j.Backup()) })
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mark(t *testing.T, j *journal.Journal) { t.Helper(); must(t, j.Mark()) }

func confirmAll(t *testing.T, j *journal.Journal) {
	t.Helper()
	epoch, seq := j.Last()
	must(t, confirm(j, epoch, seq))
}

func tidy(t *testing.T, j *journal.Journal, now locker.Now) {
	t.Helper()
	_, last := j.Last()
	must(t, j.Tidy(now, last, func() ([]byte, error) { return make([]byte, 60<<10), nil }))
}

// wearDisk mounts a file system with ext4's defaults, and names the device.
func wearDisk(t *testing.T) (dir, device string) {
	t.Helper()
	image := filepath.Join(t.TempDir(), "image")
	dir = t.TempDir()
	must(t, os.WriteFile(image, nil, 0o600))
	must(t, os.Truncate(image, 4<<30))
	run := func(name string, args ...string) string {
		out, err := exec.Command(name, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v: %s", name, args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	run("mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", image)
	run("mount", "-o", "loop", image, dir)
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() })
	return dir, filepath.Base(run("findmnt", "-no", "SOURCE", dir))
}

// written is how many bytes the device was given to write: the seventh field of its stat counts sectors of 512 bytes
// (Linux, Documentation/block/stat.rst).
func written(t *testing.T, device string) int64 {
	t.Helper()
	unix.Sync()
	b, err := os.ReadFile("/sys/block/" + device + "/stat")
	must(t, err)
	sectors, err := strconv.ParseInt(strings.Fields(string(b))[6], 10, 64)
	must(t, err)
	return sectors * 512
}
