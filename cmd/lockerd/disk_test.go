package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// volume is a true file system of its own (ext4 in a file, mounted by a loop device), which can be made to refuse.
type volume struct {
	t          *testing.T
	image, dir string
}

// newVolume makes the disk and mounts it. Only root may.
func newVolume(t *testing.T, dir string) *volume {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounts a file system: only root may")
	}
	for _, tool := range []string{"mkfs.ext4", "mount", "umount"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("there is no %s", tool)
		}
	}
	d := &volume{t: t, image: filepath.Join(t.TempDir(), "image"), dir: dir}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(d.image, 64<<20); err != nil {
		t.Fatal(err)
	}
	d.run("mkfs.ext4", "-q", d.image)
	if out, err := exec.Command("mount", "-o", "loop", d.image, dir).CombinedOutput(); err != nil {
		t.Skipf("no file system can be mounted here: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() })
	return d
}

func (d *volume) run(name string, args ...string) {
	d.t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		d.t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
}

// mount brings the disk back, checked as a start of the machine would: a copy of it, for a namespace of mounts that another
// test has made meanwhile (TestKeysReachNothing) may still hold the one that was, refused and all.
func (d *volume) mount() {
	d.t.Helper()
	copied := d.image + "+"
	d.run("cp", "--sparse=always", d.image, copied)
	d.image = copied
	_ = exec.Command("e2fsck", "-p", d.image).Run() // it says by its status what it has mended
	d.run("mount", "-o", "loop", d.image, d.dir)
}

// unmount waits until nobody has a file open on the disk.
func (d *volume) unmount() {
	d.t.Helper()
	eventually(d.t, "nobody holds the disk", func() bool { return exec.Command("umount", d.dir).Run() == nil })
}

// ext4's own way to die (fs/ext4/ext4.h: EXT4_IOC_SHUTDOWN is _IOR('X', 125, __u32)); 2: without writing its log.
const ext4Shutdown, noLogFlush = 0x8004587d, 2

// die makes everything fail with EIO until the disk is mounted again.
func (d *volume) die() {
	d.t.Helper()
	dir, err := os.Open(d.dir)
	if err != nil {
		d.t.Fatal(err)
	}
	defer dir.Close()
	if err := unix.IoctlSetPointerInt(int(dir.Fd()), ext4Shutdown, noLogFlush); err != nil {
		d.t.Fatal(err)
	}
}

// fill leaves no room.
func (d *volume) fill() {
	d.t.Helper()
	f, err := os.Create(filepath.Join(d.dir, "full"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size >= 512; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	if err := f.Sync(); err != nil {
		d.t.Fatal(err)
	}
}

func (d *volume) drain() {
	d.t.Helper()
	if err := os.Remove(filepath.Join(d.dir, "full")); err != nil {
		d.t.Fatal(err)
	}
}

// onDisk is a rig whose journal lies on a disk of its own.
func onDisk(t *testing.T) (*rig, *volume) {
	t.Helper()
	r := newRig(t)
	d := newVolume(t, filepath.Join(r.dir, "disk"))
	text := string(r.read(r.config))
	for _, name := range []string{"journal.db", "backups"} {
		text = strings.Replace(text, filepath.Join(r.dir, name), filepath.Join(d.dir, name), 1)
	}
	r.write(r.config, []byte(text))
	return r, d
}

// refusal is a way in which a disk refuses, what is said of it, and how it ends.
type refusal struct {
	name, why string
	begin     func(*rig, *volume)
	end       func(*rig, *volume)
}

// writesOn has things to record happen until the journal takes no more: a full disk still has room for some records, as the file
// has grown ahead of them.
func (r *rig) writesOn() {
	r.t.Helper()
	for i := 0; !strings.Contains(r.cloud.summary(), "out_of_order") && i < 2000; i++ {
		r.scan("NO-SUCH-LABEL")
		r.cloud.order(fmt.Sprint("block-", i), "door.block", map[string]any{"door": 6, "reason": "dirty"}, "", nil)
		r.cloud.order(fmt.Sprint("unblock-", i), "door.unblock", map[string]any{"door": 6}, "", nil)
	}
}

// outOfOrder holds that a disk's refusal is a mode: out of order on the screen and in the state, and no lock is pulsed.
func (r *rig) outOfOrder(why string) {
	r.t.Helper()
	r.cloud.await("out of order because of "+why, func(c *cloud) bool {
		state := c.summary()
		return strings.Contains(state, `"service":"out_of_order"`) && strings.Contains(state, "journal_unwritable") && strings.Contains(state, why)
	})
	if page := r.page(); !strings.Contains(page, `data-step="out_of_order"`) {
		r.t.Errorf("want the kiosk out of order, got %.2000s", page)
	}
}

// inOrder waits until it is.
func (r *rig) inOrder() {
	r.t.Helper()
	r.cloud.await("in order again", func(c *cloud) bool { return strings.Contains(c.summary(), `"service":"ok"`) })
}

// fetchedAnew has a parcel fetched once lockerd has begun anew by itself.
func (r *rig) fetchedAnew(door int, code string) {
	r.t.Helper()
	r.started = r.cloud.count("run.started")
	r.ready()
	r.showsUntilOpen(code, door)
	r.push(door)
	r.cloud.complete()
}

// TestADiskThatRefusesAtTheStart: whatever the disk refuses, lockerd runs, says so on the screen and in the state, opens
// nothing, and goes on by itself with all that it knew.
func TestADiskThatRefusesAtTheStart(t *testing.T) {
	t.Parallel()
	var lock *os.File
	for _, c := range []refusal{
		{"read-only", "read-only file system", func(_ *rig, d *volume) { d.run("mount", "-o", "remount,ro", d.dir) },
			func(_ *rig, d *volume) { d.run("mount", "-o", "remount,rw", d.dir) }},
		{"dead", "input/output error", func(_ *rig, d *volume) { d.die() }, func(_ *rig, d *volume) { d.unmount(); d.mount() }},
		{"full", "no space left on device", func(_ *rig, d *volume) { d.fill() }, func(_ *rig, d *volume) { d.drain() }},
		{"the folder is gone", "no such file or directory", func(r *rig, d *volume) { rename(r.t, d.dir+"/x", d.dir+"/y") },
			func(r *rig, d *volume) { rename(r.t, d.dir+"/y", d.dir+"/x") }},
		{"another process has it", "another lockerd has it", func(r *rig, d *volume) {
			var err error
			if lock, err = os.Open(d.dir + "/x/journal.db"); err == nil {
				err = unix.Flock(int(lock.Fd()), unix.LOCK_SH)
			}
			if err != nil {
				r.t.Fatal(err)
			}
		}, func(*rig, *volume) { lock.Close() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, d := onDisk(t)
			if err := os.Mkdir(d.dir+"/x", 0o700); err != nil {
				t.Fatal(err)
			}
			r.write(r.config, []byte(strings.ReplaceAll(string(r.read(r.config)), d.dir+"/", d.dir+"/x/")))
			r.commission()
			door, code := r.broughtIn("PARCEL-1")
			r.cloud.complete()
			r.stop()
			c.begin(r, d)
			r.start()
			if c.name == "full" {
				r.writesOn()
			}
			r.outOfOrder(c.why)
			pulses := r.pulses()
			r.cloud.order("open-2", "door.unlock", map[string]any{"door": 2}, "", nil)
			r.scan("LD1:" + code)
			c.end(r, d)
			r.inOrder()
			r.push(2) // the order was neither answered nor acknowledged: it is followed now
			r.fetchedAnew(door, code)
			r.matched()
			if n := r.pulses() - pulses; n != 2 {
				t.Errorf("want one pulse for the order and one for the code, got %d", n)
			}
			r.oneEpoch()
		})
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// oneEpoch holds that nothing was lost, nor taken to be.
func (r *rig) oneEpoch() {
	r.t.Helper()
	if n := r.cloud.count("journal.epoch_begun"); n != 1 {
		r.t.Errorf("want the one epoch that it began with, got %d", n)
	}
}

// TestADiskThatRefusesWhileRunning: the same in the middle of a day's work, in the same process.
func TestADiskThatRefusesWhileRunning(t *testing.T) {
	t.Parallel()
	for _, c := range []refusal{
		{"read-only after an error", "read-only file system", func(_ *rig, d *volume) { d.run("mount", "-o", "remount,abort", d.dir) },
			func(_ *rig, d *volume) { d.unmount(); d.mount() }},
		{"dead", "input/output error", func(_ *rig, d *volume) { d.die() }, func(_ *rig, d *volume) { d.unmount(); d.mount() }},
		{"full", "no space left on device", func(_ *rig, d *volume) { d.fill() }, func(_ *rig, d *volume) { d.drain() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, d := onDisk(t)
			r.commission()
			door, code := r.broughtIn("PARCEL-1")
			r.cloud.complete()
			pid, pulses := r.process.Process.Pid, r.pulses()
			alive := func() time.Time { // its last sign of life
				is, err := os.Stat(filepath.Join(d.dir, "journal.db.alive"))
				if err != nil {
					return time.Time{}
				}
				return is.ModTime()
			}
			eventually(t, "a sign of life", func() bool { return !alive().IsZero() })
			c.begin(r, d)
			r.writesOn()
			r.outOfOrder(c.why)
			refused := time.Now()
			r.scan("LD1:" + code)
			if r.pulses() != pulses {
				t.Errorf("the journal cannot be written and a lock was pulsed")
			}
			c.end(r, d)
			r.inOrder()
			eventually(t, "a sign of life of who serves again", func() bool { return alive().After(refused) })
			r.fetchedAnew(door, code)
			r.matched()
			r.oneEpoch()
			if r.process.Process.Pid != pid {
				t.Error("want the same process")
			}
			select {
			case <-r.ended:
				t.Error("lockerd has ended")
			default:
			}
		})
	}
}
