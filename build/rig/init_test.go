package rig_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMain makes this test binary the first and only process of a virtual machine when it is started as one.
func TestMain(m *testing.M) {
	if os.Getpid() != 1 {
		os.Exit(m.Run())
	}
	var err error
	switch work := os.Getenv("work"); work {
	case liveOnDisk:
		err = guestOnDisk()
	case useDevices:
		err = guestWithDevices()
	default:
		err = fmt.Errorf("there is no work called %q", work)
	}
	if err != nil {
		fmt.Println("guest:", err)
	}
	unix.Sync()
	err = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
	fmt.Println("guest: power off:", err)
}

// loadModules loads what build/rig/needs has put there, in that order. Options are by the module's name.
func loadModules(dir string, options map[string]string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		image, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return err
		}
		_, name, _ := strings.Cut(strings.TrimSuffix(f.Name(), ".ko"), "-") // "10-virtio.ko"
		if err := unix.InitModule(image, options[name]); err != nil {
			return fmt.Errorf("load %s: %w", name, err)
		}
	}
	return nil
}

// mount mounts what the kernel itself offers.
func mount(kind, at string) error {
	if err := os.MkdirAll(at, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(kind, at, kind, 0, ""); err != nil && !errors.Is(err, unix.EBUSY) {
		return fmt.Errorf("mount %s: %w", at, err)
	}
	return nil
}
