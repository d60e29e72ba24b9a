package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lockerd/internal/cabinet"
)

// journalFile is the rig's journal.
func (r *rig) journalFile() string {
	r.t.Helper()
	cfg, err := cabinet.Read(r.config)
	if err != nil {
		r.t.Fatal(err)
	}
	return cfg.Journal
}

// spent brings a parcel in, keeps the journal as it is then by keep, and has the parcel fetched: its code is spent.
func (r *rig) spent(keep func()) (door int, code string) {
	r.t.Helper()
	r.commission()
	door, code = r.broughtIn("PARCEL-1")
	r.cloud.complete()
	r.stop()
	keep()
	r.start()
	r.ready()
	r.scan("LD1:" + code)
	r.push(door)
	r.cloud.await("collected", func(c *cloud) bool { return c.count("parcel.collected") == 1 })
	r.cloud.complete()
	return door, code
}

// refused holds that a code opens nothing.
func (r *rig) refused(code string) {
	r.t.Helper()
	pulses := r.pulses()
	before := r.cloud.all()
	newest := before[len(before)-1]
	r.scan("LD1:" + code)
	r.cloud.await("the code answered", func(c *cloud) bool {
		h, ok := c.last("session.moved", "step", "trouble")
		if !ok {
			h, ok = c.last("code.refused", "", "")
		}
		return ok && (h.Epoch != newest.Epoch || h.Seq > newest.Seq)
	})
	if r.pulses() != pulses {
		r.t.Error("want no door opened by a spent code")
	}
}

// TestAnotherJournalInItsPlace: a journal that is not the one that it should be is noticed before anything opens.
func TestAnotherJournalInItsPlace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		swap   func(r *rig, journal string, older []byte)
		reason string
	}{
		{"an older copy", func(r *rig, journal string, older []byte) { r.write(journal, older) }, "restored"},
		{"a backup, without the mark", func(r *rig, journal string, _ []byte) {
			list, _ := filepath.Glob(filepath.Join(r.dir, "backups", "*.db"))
			r.write(journal, r.read(list[len(list)-1]))
			if err := os.Remove(filepath.Join(r.folder(), "journal.mark")); err != nil {
				r.t.Fatal(err)
			}
		}, "restored"},
		{"none, nor a backup", func(r *rig, journal string, _ []byte) {
			if err := errors.Join(os.Remove(journal), os.RemoveAll(filepath.Join(r.dir, "backups"))); err != nil {
				r.t.Fatal(err)
			}
		}, "lost"},
		{"none, nor backup nor mark, but stills", func(r *rig, journal string, _ []byte) {
			if err := errors.Join(os.Remove(journal), os.RemoveAll(filepath.Join(r.dir, "backups")),
				os.Remove(filepath.Join(r.folder(), "journal.mark"))); err != nil {
				r.t.Fatal(err)
			}
		}, "lost"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			var older []byte
			_, code := r.spent(func() { older = r.read(r.journalFile()) })
			if out, err := r.tool("journal", "backup"); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			r.stop()
			c.swap(r, r.journalFile(), older)
			if err := os.Chmod(r.journalFile(), 0o600); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			r.start()
			r.cloud.await("a new epoch", func(k *cloud) bool { _, ok := k.last("journal.epoch_begun", "reason", c.reason); return ok })
			r.ready()
			r.refused(code)
			for _, d := range r.cloud.doors() {
				if d.Contents == "empty" {
					t.Errorf("door %d is held to be empty by a journal that may be wrong", d.Door)
				}
			}
			r.cloud.complete()
			r.matched()
		})
	}
}

// TestAWholeMachineOfBefore: where journal and mark both are older copies the cloud knows better, and says so by what it
// acknowledges, also where the copy has gone on meanwhile, under the numbers of what it does not know. Nobody else can say so.
func TestAWholeMachineOfBefore(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	mark := filepath.Join(r.folder(), "journal.mark")
	var older, olderMark []byte
	_, code := r.spent(func() { older, olderMark = r.read(r.journalFile()), r.read(mark) })
	// What the cloud says from here on it says when the test does: an ack that waited at the broker would be its word, too.
	eventually(t, "everything confirmed", func() bool { return r.confirmedUpTo() == r.cloud.newest().Seq })
	r.cloud.hush(true)
	newest := r.cloud.newest()
	r.stop()
	r.write(r.journalFile(), older)
	r.write(mark, olderMark)
	if err := errors.Join(os.Chmod(r.journalFile(), 0o600), os.Chmod(mark, 0o600)); err != nil {
		t.Fatal(err)
	}
	r.start()
	beyond := newest
	beyond.Seq += 1000
	for _, forged := range []string{wordFor("rig", newest), wordFor("rig", beyond), // of all that follows, nothing is the cloud's
		signedAck(newSigner("cloud", 66), wordFor("rig", beyond)), signedAck(issuer, wordFor("rig-2", beyond)),
		r.cloud.sign(issuer, []byte(wordFor("rig", beyond)))} {
		r.cloud.say(forged)
	}
	r.cloud.await("the forged acks refused", func(c *cloud) bool { return strings.Contains(c.summary(), `"cloud_unproven"`) })
	if n := r.cloud.count("journal.epoch_begun"); n != 1 {
		t.Fatalf("want no new epoch for anybody's word, got %d", n)
	}
	r.cloud.say(signedAck(issuer, wordFor("rig", newest)))
	r.cloud.await("the ack heard", func(c *cloud) bool { _, ok := c.last("journal.epoch_begun", "reason", "shortened"); return ok })
	begun, _ := r.cloud.last("journal.epoch_begun", "reason", "shortened")
	if begun.field("missing") == "" {
		t.Error("want it said how much is missing")
	}
	r.cloud.hush(false)
	r.started = r.cloud.count("run.started")
	r.ready()
	r.refused(code)
	r.finish() // in the same visit the code would say no more than that its person is still there
	// Once a day is enough, also for a cloud that is mistaken.
	h, _ := r.cloud.last("run.started", "", "")
	h.Seq += 1000
	r.cloud.say(signedAck(issuer, wordFor("rig", h)))
	r.refused(code)
	if n := r.cloud.count("journal.epoch_begun"); n != 2 {
		t.Errorf("want one new epoch, got %d", n-1)
	}
}

// TestAJournalThatVanishesWhileRunning: what is taken away under our hands takes no record more, nothing opens meanwhile, and
// it comes back by itself.
func TestAJournalThatVanishesWhileRunning(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		take, give func(r *rig, d *volume)
	}{
		{"deleted", func(r *rig, d *volume) {
			if err := os.Remove(d.dir + "/journal.db"); err != nil {
				r.t.Fatal(err)
			}
		}, nil},
		{"another moved over it", func(r *rig, d *volume) {
			r.write(d.dir+"/other", []byte("other"))
			rename(r.t, d.dir+"/other", d.dir+"/journal.db")
		}, nil},
		{"its disk unmounted", func(r *rig, d *volume) { d.run("umount", "-l", d.dir) }, func(r *rig, d *volume) {
			r.outOfOrder("is that mounted?")
			d.mount()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, d := onDisk(t)
			r.commission()
			door, code := r.broughtIn("PARCEL-1")
			r.cloud.complete()
			pulses := r.pulses()
			c.take(r, d)
			r.scan("LD1:" + code)
			if c.give != nil {
				c.give(r, d)
			}
			// Whether the scan came first or the look at the file, it opened nothing: whoever stands there scans again.
			r.cloud.await("a run that began anew", func(k *cloud) bool { return k.count("run.started") == 2 })
			r.inOrder()
			r.started = 2
			r.ready()
			if r.pulses() != pulses {
				t.Error("want nothing opened while the journal is gone")
			}
			r.scan("LD1:" + code)
			r.push(door)
			r.cloud.complete()
			r.oneEpoch()
			r.stop()
			if out, err := r.tool("journal", "verify"); err != nil {
				t.Errorf("%v: %s", err, out)
			}
			r.start()
			r.ready()
			r.cloud.complete()
			r.matched()
			r.oneEpoch()
		})
	}
}

// TestADiskThatIsNotMountedAtTheStart: nothing is begun anew in a folder where a disk should be.
func TestADiskThatIsNotMountedAtTheStart(t *testing.T) {
	t.Parallel()
	r, d := onDisk(t)
	r.commission()
	door, code := r.broughtIn("PARCEL-1")
	r.cloud.complete()
	r.stop()
	d.unmount()
	r.start()
	r.outOfOrder("is that mounted?")
	d.mount()
	r.inOrder()
	r.fetchedAnew(door, code)
	r.oneEpoch()
	if _, err := exec.Command("umount", "-l", d.dir).CombinedOutput(); err != nil {
		t.Fatal(err)
	}
	if list, _ := filepath.Glob(d.dir + "/*"); len(list) > 0 {
		t.Errorf("want nothing written beside the disk, got %v", strings.Join(list, " "))
	}
}

// TestAMarkThatIsNotWritten: the cabinet goes on, and says that it would not notice an older journal.
func TestAMarkThatIsNotWritten(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	mark := filepath.Join(r.dir, "keys", "journal.mark")
	eventually(t, "a mark", func() bool { return os.Remove(mark) == nil })
	if err := os.Mkdir(mark, 0o700); err != nil {
		t.Fatal(err)
	}
	_, code := r.broughtIn("PARCEL-1")
	said := func(c *cloud) bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return strings.Contains(c.state, `"mark_unwritten"`)
	}
	r.cloud.await("the mark is not written", said)
	if err := os.Remove(mark); err != nil {
		t.Fatal(err)
	}
	r.scan("LD1:" + code)
	r.cloud.await("the mark is written again", func(c *cloud) bool { return !said(c) })
}
