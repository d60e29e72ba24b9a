package rig_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// passed is the guest's last word when all of its tests have passed.
const passed = "guest: all passed"

// TestDevices runs the tests of build/rig/devices in a machine with true devices.
func TestDevices(t *testing.T) {
	if os.Getenv("LOCKERD_RIG") == "" {
		t.Skip("takes a minute and a virtual machine: make rig")
	}
	if _, err := exec.LookPath("qemu-system-x86_64"); err != nil {
		t.Skipf("%v: build/rig/needs installs it", err)
	}
	start := time.Now()
	t.Cleanup(func() { t.Logf("took %s", time.Since(start).Round(time.Second)) })
	m := machine{t.TempDir()}
	m.compile(t, "init", "lockerd/build/rig")
	m.compile(t, "devices.test", "lockerd/build/rig/devices")
	var root archive
	root.file(t, "init", m.path("init"))
	root.file(t, "devices.test", m.path("devices.test"))
	root.folder(t, "modules", unpacked(t, "devices"))
	root.folder(t, "", unpacked(t, "udev"))
	// A second serial port and a USB adapter, each at the end of the other's line.
	out := m.boot(t, useDevices, &root,
		"-chardev", "socket,id=here,server=on,wait=off,path="+m.path("line"),
		"-chardev", "socket,id=there,path="+m.path("line"),
		"-serial", "chardev:here",
		"-device", "qemu-xhci", "-device", "usb-serial,serial=LOCKS1,chardev=there")
	t.Logf("%s", out)
	if !bytes.Contains(out, []byte(passed)) {
		t.Error("the guest's tests did not pass")
	}
}

// guestWithDevices brings the machine up with udev, and runs the tests that need devices.
func guestWithDevices() error {
	err := errors.Join(
		mount("proc", "/proc"), mount("sysfs", "/sys"), mount("devtmpfs", "/dev"), mount("tmpfs", "/tmp"),
		mount("tmpfs", "/run"),
		loadModules("/modules", map[string]string{
			"vivid":     "node_types=0x1", // one that captures, and nothing else
			"dummy_hcd": "num=2",
		}),
		mount("configfs", "/sys/kernel/config"),
	)
	if err != nil {
		return err
	}
	udevd := exec.Command("/bin/udevadm", "--daemon")
	udevd.Args[0] = "systemd-udevd"
	for _, cmd := range []*exec.Cmd{
		udevd, exec.Command("/bin/udevadm", "trigger"), exec.Command("/bin/udevadm", "settle"),
	} {
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%v: %w: %s", cmd.Args, err, out)
		}
	}
	tests := exec.Command("/devices.test", "-test.v", "-test.timeout=3m", "-test.run="+os.Getenv("only"))
	tests.Stdout, tests.Stderr = os.Stdout, os.Stdout
	tests.Env = []string{"PATH=/bin", "LOCKERD_RIG=guest"}
	if err := tests.Run(); err != nil {
		return errors.Join(err, tellKernelLog())
	}
	fmt.Println(passed)
	return nil
}

// tellKernelLog shows what the kernel had to say.
func tellKernelLog() error {
	log := make([]byte, 4<<10)
	n, err := unix.Klogctl(unix.SYSLOG_ACTION_READ_ALL, log)
	if err == nil {
		fmt.Printf("guest: the kernel says:\n%s\n", log[:n])
	}
	return err
}
