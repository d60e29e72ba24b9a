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
)

// newDisk makes a machine whose disk has an empty file system, as mke2fs makes one for a cabinet.
func newDisk(t *testing.T) machine {
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
	m.compile(t, "init", "lockerd/build/rig", "-overlay", m.path("overlay.json"))
}

// live has the guest do its work on the disk, and returns the disk's log.
func (m machine) live(t *testing.T) []span {
	t.Helper()
	if err := errors.Join(os.WriteFile(m.path("log"), nil, 0o600), os.Truncate(m.path("log"), 4<<30)); err != nil {
		t.Fatal(err) // the driver does not let it grow
	}
	var root archive
	root.file(t, "init", m.path("init"))
	root.folder(t, "modules", unpacked(t, "disk"))
	out := m.boot(t, liveOnDisk, &root,
		"-blockdev", "driver=blklogwrites,node-name=disk,log-sector-size=512"+
			",file.driver=file,file.filename="+m.path("disk")+",log.driver=file,log.filename="+m.path("log"),
		"-device", "virtio-blk-pci,drive=disk")
	log, err := os.Open(m.path("log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	spans, err := readLog(log)
	if err != nil {
		t.Fatalf("%v; the guest said:\n%s", err, out)
	}
	if !spans[len(spans)-1].promised.Done {
		t.Fatalf("the guest did not do its work:\n%s", out)
	}
	return spans
}
