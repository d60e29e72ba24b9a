package devices_test

import (
	"encoding/binary"
	"errors"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// vivid is the kernel's camera without metal (Documentation/admin-guide/media/vivid.rst), by the name that udev gives
// it: one that is not on USB has none by its id.
const vivid = "/dev/v4l/by-path/platform-vivid.0-video-index0"

// Numbers of include/uapi/linux/videodev2.h.
const (
	vidiocReqBufs   = 0xC0145608
	vidiocSParm     = 0xC0CC5616
	vidiocSCtrl     = 0xC008561C
	vidiocQueryCtrl = 0xC0445624
	ctrlNext        = 0x80000000 // V4L2_CTRL_FLAG_NEXT_CTRL
	capture         = 1          // V4L2_BUF_TYPE_VIDEO_CAPTURE
	mapped          = 1          // V4L2_MEMORY_MMAP
)

// openVivid opens it as another program would.
func openVivid(t *testing.T) (fd int) {
	t.Helper()
	fd, err := unix.Open(vivid, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

// hasten makes it give 30 frames a second: five, as it does at first, make the tests long.
func hasten(t *testing.T) {
	t.Helper()
	fd := openVivid(t)
	defer closeFD(t, fd)
	rate := make([]byte, 204) // struct v4l2_streamparm: type, capabilities, mode, and the time of a frame
	for i, n := range []uint32{capture, 0, 0, 1, 30} {
		binary.LittleEndian.PutUint32(rate[4*i:], n)
	}
	if err := ioctl(fd, vidiocSParm, rate); err != nil {
		t.Fatal(err)
	}
}

// turn sets one of the camera's controls.
func turn(t *testing.T, control string, value int32) {
	t.Helper()
	fd := openVivid(t)
	defer closeFD(t, fd)
	set := make([]byte, 8)
	binary.LittleEndian.PutUint32(set, controlNamed(t, fd, control))
	binary.LittleEndian.PutUint32(set[4:], uint32(value))
	if err := ioctl(fd, vidiocSCtrl, set); err != nil {
		t.Fatalf("set %q: %v", control, err)
	}
}

func controlNamed(t *testing.T, fd int, name string) uint32 {
	t.Helper()
	query := make([]byte, 68)
	for id := uint32(0); ; {
		binary.LittleEndian.PutUint32(query, id|ctrlNext)
		if err := ioctl(fd, vidiocQueryCtrl, query); err != nil {
			t.Fatalf("there is no control %q: %v", name, err)
		}
		id = binary.LittleEndian.Uint32(query)
		if unix.ByteSliceToString(query[8:40]) == name {
			return id
		}
	}
}

// hold takes the camera's buffers, so that nobody else can use it until release.
func hold(t *testing.T) (release func()) {
	t.Helper()
	fd := openVivid(t)
	request := make([]byte, 20)
	for i, n := range []uint32{1, capture, mapped} {
		binary.LittleEndian.PutUint32(request[4*i:], n)
	}
	if err := ioctl(fd, vidiocReqBufs, request); err != nil {
		t.Fatal(err)
	}
	return func() { _ = unix.Close(fd) }
}

// unplugVivid takes the camera away; plug brings it back.
func unplugVivid(t *testing.T) (plug func()) {
	t.Helper()
	const driver = "/sys/bus/platform/drivers/vivid/"
	put(t, driver+"unbind", "vivid.0")
	vanishes(t, vivid)
	plug = sync.OnceFunc(func() {
		put(t, driver+"bind", "vivid.0")
		appears(t, vivid)
	})
	t.Cleanup(plug)
	return plug
}

// awaitStreaming waits until somebody has taken the camera's buffers, and then a little: that it streams cannot be
// seen.
func awaitStreaming(t *testing.T) {
	t.Helper()
	fd := openVivid(t)
	defer closeFD(t, fd)
	none := make([]byte, 20) // giving back buffers that are another's is refused
	binary.LittleEndian.PutUint32(none[4:], capture)
	binary.LittleEndian.PutUint32(none[8:], mapped)
	eventually(t, "somebody streams", func() bool { return errors.Is(ioctl(fd, vidiocReqBufs, none), unix.EBUSY) })
	time.Sleep(300 * time.Millisecond)
}
