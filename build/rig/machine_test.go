package rig_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// bootTime is how long a machine may take for all of its work: it takes some 20 seconds on a slow host.
const bootTime = 4 * time.Minute

// machine is a virtual machine's parts, in a folder of their own.
type machine struct{ dir string }

func (m machine) path(name string) string { return filepath.Join(m.dir, name) }

// newMachine makes a disk with an empty file system, as mke2fs makes one for a cabinet.
func newMachine(t *testing.T) machine {
	t.Helper()
	m := machine{t.TempDir()}
	image := m.path("disk")
	if err := errors.Join(os.WriteFile(image, nil, 0o600), os.Truncate(image, diskSize)); err != nil {
		t.Fatal(err)
	}
	command(t, "mke2fs", "-q", "-t", "ext4", "-T", "default", "-b", "4096",
		"-E", "nodiscard,lazy_itable_init=0,lazy_journal_init=0", image, fmt.Sprint(fsSize/4096))
	return m
}

// command runs a tool of the host.
func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), tool(name), args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// tool finds a program that may lie where only root looks.
func tool(name string) string {
	for _, dir := range []string{"/usr/sbin", "/sbin"} {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path
		}
	}
	return name
}

// change is a bug that is built in: in a package's file, one text for another.
type change struct{ pkg, file, from, to string }

// build makes this test binary once more, for the guest, with some bugs in it. The tree stays as it is.
func (m machine) build(t *testing.T, changes []change) {
	t.Helper()
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for _, c := range changes {
		dir, err := exec.CommandContext(t.Context(), "go", "list", "-f", "{{.Dir}}", c.pkg).Output()
		if err != nil {
			t.Fatalf("go list %s: %v", c.pkg, err)
		}
		source := filepath.Join(strings.TrimSpace(string(dir)), c.file)
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(text, []byte(c.from)) {
			t.Fatalf("%s no longer says %q: plant the bug elsewhere", source, c.from)
		}
		overlay.Replace[source] = m.path(c.file)
		text = bytes.ReplaceAll(text, []byte(c.from), []byte(c.to))
		if err := os.WriteFile(m.path(c.file), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(m.path("overlay.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-c", "-overlay", m.path("overlay.json"),
		"-ldflags", "-s -w", "-o", m.path("init"), "lockerd/build/rig")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build the guest: %v\n%s", err, out)
	}
}

// boot runs the guest to its end and returns the log of its disk.
func (m machine) boot(t *testing.T) []span {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	kernel := filepath.Join(cache, "lockerd", "kernel")
	if err := m.initramfs(kernel); err != nil {
		t.Fatalf("%v (build/rig/needs fetches the kernel)", err)
	}
	if err := errors.Join(os.WriteFile(m.path("log"), nil, 0o600), os.Truncate(m.path("log"), 4<<30)); err != nil {
		t.Fatal(err) // the driver does not let it grow
	}
	cmd := exec.CommandContext(t.Context(), "timeout", fmt.Sprint(bootTime.Seconds()), "qemu-system-x86_64",
		"-accel", "tcg", "-machine", "q35", "-cpu", "max", "-m", "256", "-no-reboot",
		"-nodefaults", "-no-user-config", "-display", "none", "-serial", "stdio",
		"-kernel", filepath.Join(kernel, "vmlinuz"), "-initrd", m.path("initramfs"),
		"-append", "console=ttyS0 quiet panic=-1",
		"-blockdev", "driver=blklogwrites,node-name=disk,log-sector-size=512"+
			",file.driver=file,file.filename="+m.path("disk")+",log.driver=file,log.filename="+m.path("log"),
		"-device", "virtio-blk-pci,drive=disk")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("qemu: %v\n%s", err, out)
	}
	log, err := os.Open(m.path("log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	spans, err := readLog(log)
	if err != nil {
		t.Fatal(err)
	}
	if !spans[len(spans)-1].promised.Done {
		t.Fatalf("the guest did not do its work:\n%s", out)
	}
	return spans
}

// initramfs packs what the kernel starts with: the guest's program and the modules.
func (m machine) initramfs(kernel string) error {
	var b bytes.Buffer
	modules, err := filepath.Glob(filepath.Join(kernel, "modules", "*.ko"))
	if err != nil || len(modules) == 0 {
		return errors.Join(err, fmt.Errorf("rig: no modules in %s", kernel))
	}
	pack(&b, "modules", 0o40755, nil)
	for _, path := range append(modules, m.path("init")) {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name := "init"
		if filepath.Ext(path) == ".ko" {
			name = "modules/" + filepath.Base(path)
		}
		pack(&b, name, 0o100755, content)
	}
	pack(&b, "TRAILER!!!", 0, nil)
	return os.WriteFile(m.path("initramfs"), b.Bytes(), 0o600)
}

// pack adds a file as "newc", the kernel's Documentation/driver-api/early-userspace/buffer-format.rst.
func pack(b *bytes.Buffer, name string, mode int, content []byte) {
	pad := func() { b.Write(make([]byte, -b.Len()&3)) }
	b.WriteString("070701")
	for _, n := range []int{0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0} {
		fmt.Fprintf(b, "%08X", n)
	}
	b.WriteString(name + "\x00")
	pad()
	b.Write(content)
	pad()
}
