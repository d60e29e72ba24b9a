package metrics

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

func (m *Meter) disks(p page) {
	for _, of := range [][2]string{{"journal", filepath.Dir(m.from.File)}, {"photos", m.from.Photos}} {
		var disk unix.Statfs_t
		if unix.Statfs(of[1], &disk) == nil { // an empty path is none
			p.put(diskFree, float64(disk.Bavail)*float64(disk.Bsize), of[0])
			p.put(diskSize, float64(disk.Blocks)*float64(disk.Bsize), of[0])
		}
	}
}

// temperatures are those of the kernel's thermal zones and hardware monitors, in thousandths of a degree:
// Documentation/driver-api/thermal/sysfs-api.rst and Documentation/hwmon/sysfs-interface.rst. A sensor is called by its type or
// its chip, with a number where there are several.
func temperatures(p page, class string) {
	said := make(map[string]bool)
	for _, where := range []struct{ files, name string }{{"thermal/thermal_zone*/temp", "type"}, {"hwmon/hwmon*/temp*_input", "name"}} {
		files, _ := filepath.Glob(filepath.Join(class, where.files))
		for _, file := range files {
			milli, ok := readNumber(file)
			name, err := os.ReadFile(filepath.Join(filepath.Dir(file), where.name))
			if !ok || err != nil {
				continue // a sensor that is asleep
			}
			sensor := strings.TrimSpace(string(name))
			for n := 2; said[sensor]; n++ {
				sensor = strings.TrimSpace(string(name)) + " " + strconv.Itoa(n)
			}
			said[sensor] = true
			p.put(temperature, milli/1000, sensor)
		}
	}
}

func readNumber(file string) (float64, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
	return n, err == nil
}

// ticks is how many of the kernel's clock ticks a second has, for programs: 100 on every architecture that lockerd runs on.
const ticks = 100

// process is lockerd itself, by the names that the Prometheus project gives to these metrics:
// https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
func process(p page, proc string) {
	if stat, err := os.ReadFile(filepath.Join(proc, "stat")); err == nil { // proc_pid_stat(5), counted from the state
		_, after, _ := bytes.Cut(stat, []byte(") "))
		f := strings.Fields(string(after))
		at := func(i int) float64 { n, _ := strconv.ParseFloat(f[i], 64); return n }
		if len(f) > 21 {
			p.put(cpuTime, (at(11)+at(12))/ticks)
			p.put(virtual, at(20))
			p.put(resident, at(21)*float64(os.Getpagesize()))
			p.put(startTime, bootTime()+at(19)/ticks)
		}
	}
	if fds, err := os.ReadDir(filepath.Join(proc, "fd")); err == nil {
		p.put(openFDs, float64(len(fds)))
	}
	var most unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &most) == nil {
		p.put(maxFDs, float64(most.Cur))
	}
	p.put(goInfo, 1, runtime.Version())
	p.put(goroutines, float64(runtime.NumGoroutine()))
	own := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/gc/heap/allocs:bytes"}, {Name: "/memory/classes/total:bytes"},
		{Name: "/gc/cycles/total:gc-cycles"}}
	metrics.Read(own)
	for i, f := range []*family{goHeap, goAllocated, goSystem, goCycles} {
		p.put(f, float64(own[i].Value.Uint64()))
	}
}

// bootTime is when the machine was started, in seconds since 1970, as its clock had it when that was asked first: it would
// otherwise look like another start whenever the clock is set. /proc/stat says it too, but not to the service (ProcSubset=pid).
var bootTime = sync.OnceValue(func() float64 {
	var wall, since unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_REALTIME, &wall) // both clocks are there
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &since)
	return math.Round(float64(wall.Nano()-since.Nano())/1e7) / 100
})
