// Package devices_test holds what lockerd does with true devices. Its tests run as root of a virtual machine that
// has nothing else to do: make rig.
package devices_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"lockerd/internal/lockboard"
)

func TestMain(m *testing.M) {
	switch os.Getenv("LOCKERD_RIG") {
	case "guest":
		os.Exit(m.Run())
	case openAnother:
		if _, err := lockboard.OpenPort(os.Getenv("PORT"), 9600); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	default:
		fmt.Println("skipped: these tests run in a virtual machine: make rig")
	}
}

// patience is how long a device may take for anything. Nothing takes so long unless it is broken.
const patience = 10 * time.Second

// appears waits until udev has given a device its name, and returns the name.
func appears(t *testing.T, path string) string {
	t.Helper()
	udevadm(t, "wait", "--timeout=60", path)
	return path
}

// vanishes waits until a device's name is gone.
func vanishes(t *testing.T, path string) {
	t.Helper()
	udevadm(t, "wait", "--timeout=60", "--removed", path)
}

func udevadm(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("/bin/udevadm", args...).CombinedOutput(); err != nil {
		t.Fatalf("udevadm %v: %v: %s", args, err, out)
	}
}

// behind is the device that a name stands for now: "/dev/ttyACM0".
func behind(t *testing.T, path string) string {
	t.Helper()
	device, err := filepath.EvalSymlinks(path)
	if err != nil {
		t.Fatal(err)
	}
	return device
}

// put writes into one of the kernel's files.
func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// eventually waits until something can be seen that nobody tells.
func eventually(t *testing.T, what string, seen func() bool) {
	t.Helper()
	for until := time.Now().Add(patience); !seen(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("want: %s", what)
		}
	}
}

// ioctl has a number from a header of the kernel, and what it points to is as long as that says.
func ioctl(fd int, number uint, arg []byte) error {
	if want := int(number >> 16 & 0x3FFF); len(arg) != want {
		panic(fmt.Sprintf("ioctl %#x takes %d bytes, not %d", number, want, len(arg)))
	}
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(number), uintptr(unsafe.Pointer(&arg[0])))
	if errno != 0 {
		return errno
	}
	return nil
}

// receive gives what comes next.
func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("not reached")
	}
}

// send hands something over until ctx ends.
func send[T any](ctx context.Context, to chan<- T, v T) error {
	select {
	case to <- v:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// logs shows a part's log where its test fails, or with -v.
func logs(t *testing.T) *slog.Logger { return slog.New(slog.NewTextHandler(t.Output(), nil)) }

func closeFD(t *testing.T, fd int) {
	t.Helper()
	if err := unix.Close(fd); err != nil {
		t.Error(err)
	}
}

// descriptors counts this process's files and mappings of devices.
func descriptors(t *testing.T) string {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d open, %d mapped", len(fds), bytes.Count(maps, []byte("/dev/video")))
}
