package remote

import (
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"

	"lockerd/internal/locker"
)

// Measure adds to a report what the machine itself says. photos is their folder; empty: there is none.
func Measure(r locker.Report, journal, photos string) locker.Report {
	var kernel unix.Utsname
	if unix.Uname(&kernel) == nil {
		r.Kernel = unix.ByteSliceToString(kernel.Release[:])
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	r.Go, r.Process = runtime.Version(), locker.ProcessReport{Heap: memory.HeapAlloc, Goroutines: runtime.NumGoroutine()}
	if info, err := os.Stat(journal); err == nil {
		r.Journal.Bytes = info.Size()
	}
	for _, d := range []struct{ of, at string }{{"journal", filepath.Dir(journal)}, {"photos", photos}} {
		var disk unix.Statfs_t
		if d.at != "" && unix.Statfs(d.at, &disk) == nil {
			r.Disks = append(r.Disks, locker.DiskReport{Of: d.of, Size: int64(disk.Blocks) * disk.Bsize, Free: int64(disk.Bavail) * disk.Bsize})
		}
	}
	return r
}
