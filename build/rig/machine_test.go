package rig_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// bootTime is how long a machine may take for all of its work: it takes some 20 seconds on a slow host.
const bootTime = 4 * time.Minute

// What a machine is for. The kernel hands it to the guest in the environment, as work.
const (
	liveOnDisk = "live-on-disk"
	useDevices = "use-devices"
)

// machine is a virtual machine's parts, in a folder of their own.
type machine struct{ dir string }

func (m machine) path(name string) string { return filepath.Join(m.dir, name) }

// unpacked is where build/rig/needs puts the kernel and what belongs to it.
func unpacked(t *testing.T, name string) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(cache, "lockerd", "kernel", name)
}

// compile makes a package's test binary for the guest, where there is no library that it could use.
func (m machine) compile(t *testing.T, name, pkg string, flags ...string) {
	t.Helper()
	args := slices.Concat([]string{"test", "-c", "-ldflags", "-s -w", "-o", m.path(name)}, flags, []string{pkg})
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s for the guest: %v\n%s", pkg, err, out)
	}
}

// boot runs the guest to its end with what is packed for it, and returns what it said. Its parts are named by devices.
func (m machine) boot(t *testing.T, work string, root *archive, devices ...string) []byte {
	t.Helper()
	if err := os.WriteFile(m.path("initramfs"), root.end(), 0o600); err != nil {
		t.Fatal(err)
	}
	args := append([]string{fmt.Sprint(bootTime.Seconds()), "qemu-system-x86_64",
		"-accel", "tcg", "-machine", "q35", "-cpu", "max", "-m", "512", "-no-reboot",
		"-nodefaults", "-no-user-config", "-display", "none", "-serial", "stdio",
		"-kernel", unpacked(t, "vmlinuz"), "-initrd", m.path("initramfs"),
		"-append", "console=ttyS0 quiet panic=-1 work=" + work + " only=" + os.Getenv("LOCKERD_RIG_RUN")}, devices...)
	out, err := exec.CommandContext(t.Context(), "timeout", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("qemu: %v\n%s", err, out)
	}
	return out
}

// archive is what the kernel starts with, as "newc" of its Documentation/driver-api/early-userspace/buffer-format.rst.
type archive struct{ bytes.Buffer }

// file packs one file of the host.
func (a *archive) file(t *testing.T, name, from string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	a.pack(name, 0o100755, content)
}

// folder packs a folder of the host with all that is in it; name is "" for the guest's root.
func (a *archive) folder(t *testing.T, name, from string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		inside, relErr := filepath.Rel(from, path)
		if err := errors.Join(err, relErr); err != nil {
			return fmt.Errorf("%w (build/rig/needs fetches it)", err)
		}
		inside = filepath.Join(name, inside)
		if e.IsDir() {
			a.pack(inside, 0o40755, nil)
		} else {
			a.file(t, inside, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (a *archive) end() []byte {
	a.pack("TRAILER!!!", 0, nil)
	return a.Bytes()
}

func (a *archive) pack(name string, mode int, content []byte) {
	pad := func() { a.Write(make([]byte, -a.Len()&3)) }
	a.WriteString("070701")
	for _, n := range []int{0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0} {
		fmt.Fprintf(a, "%08X", n)
	}
	a.WriteString(name + "\x00")
	pad()
	a.Write(content)
	pad()
}
