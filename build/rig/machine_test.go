package rig_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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

// build makes this test binary once more, for the guest. A bug is built in by texts of the journal's store.go, each
// followed by what takes its place. The tree stays as it is.
func (m machine) build(t *testing.T, bug []string) {
	t.Helper()
	source, err := filepath.Abs("../../internal/journal/store.go")
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	for pair := range slices.Chunk(bug, 2) {
		if !bytes.Contains(content, []byte(pair[0])) {
			t.Fatalf("%s no longer says %q: plant the bug elsewhere", source, pair[0])
		}
		content = bytes.ReplaceAll(content, []byte(pair[0]), []byte(pair[1]))
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{source: m.path("store.go")}})
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(
		os.WriteFile(m.path("store.go"), content, 0o600), os.WriteFile(m.path("overlay.json"), overlay, 0o600))
	if err != nil {
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
