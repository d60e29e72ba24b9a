package camera

import (
	"errors"
	"fmt"
	"io"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The kernel's structures and numbers are those of its include/uapi/linux/videodev2.h. All machines that we know are
// little-endian, and number their ioctls as include/uapi/asm-generic/ioctl.h does.

// pixelFormat is four letters, the first in the lowest byte.
type pixelFormat uint32

func (f pixelFormat) String() string {
	return string([]byte{byte(f), byte(f >> 8), byte(f >> 16), byte(f >> 24)})
}

// span is least, least+step, ... up to most pixels.
type span struct{ least, most, step int }

// frameSize is which widths and which heights a driver offers together.
type frameSize struct{ width, height span }

// mode is what a driver's frames are.
type mode struct {
	format        pixelFormat
	width, height int
	stride        int // bytes from one line of a raw frame to the next; 0: no more than the line has
}

// video is an opened device. One goroutine uses it.
type video struct {
	fd      int
	buffers [][]byte // shared with the driver
}

// Numbers of the kernel's interface.
const (
	capCapture    = 0x00000001 // V4L2_CAP_VIDEO_CAPTURE
	capStreaming  = 0x04000000 // V4L2_CAP_STREAMING
	capDeviceCaps = 0x80000000 // V4L2_CAP_DEVICE_CAPS

	typeCapture  = 1    // V4L2_BUF_TYPE_VIDEO_CAPTURE
	memoryMapped = 1    // V4L2_MEMORY_MMAP
	flagError    = 0x40 // V4L2_BUF_FLAG_ERROR
	discrete     = 1    // V4L2_FRMSIZE_TYPE_DISCRETE
)

// capability is struct v4l2_capability.
type capability struct {
	_            [16]byte    // the driver's name
	_            [2][32]byte // the device's, and where it is
	_            uint32      // the driver's version
	capabilities uint32      // of all that the hardware has
	deviceCaps   uint32      // of this device file
	_            [3]uint32
}

// openVideo opens a device that gives frames. No child process inherits it: the camera would stay busy.
func openVideo(path string) (*video, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	v := &video{fd: fd}
	var c capability
	err = ioctl(fd, fromKernel, 0, &c) // VIDIOC_QUERYCAP
	caps := c.capabilities
	if caps&capDeviceCaps != 0 {
		caps = c.deviceCaps
	}
	switch {
	case errors.Is(err, unix.ENOTTY), err == nil && caps&(capCapture|capStreaming) != capCapture|capStreaming:
		err = errors.New("it is no camera, or another of the camera's device files is")
	case err == nil:
		return v, nil
	}
	v.close()
	return nil, err
}

// close gives back the buffers and the device. As long as a buffer is mapped the device stays busy, for ourselves as
// well.
func (v *video) close() {
	for _, b := range v.buffers {
		_ = unix.Munmap(b) // it was mapped by us
	}
	_ = unix.Close(v.fd) // of one that was just unplugged it may fail
}

// formats are the pixel formats on offer.
func (v *video) formats() (list []pixelFormat) {
	for {
		d := struct { // struct v4l2_fmtdesc
			index, kind, flags uint32
			description        [32]byte
			format, code       uint32
			_                  [3]uint32
		}{index: uint32(len(list)), kind: typeCapture}
		if ioctl(v.fd, bothWays, 2, &d) != nil { // VIDIOC_ENUM_FMT: EINVAL behind the last
			return list
		}
		list = append(list, pixelFormat(d.format))
	}
}

// sizes are the sizes on offer; none, if the driver does not say.
func (v *video) sizes(format pixelFormat) (list []frameSize) {
	for {
		e := struct { // struct v4l2_frmsizeenum
			index, format, kind uint32
			numbers             [6]uint32 // width and height, or the least, the most and the step of each
			_                   [2]uint32
		}{index: uint32(len(list)), format: uint32(format)}
		if ioctl(v.fd, bothWays, 74, &e) != nil { // VIDIOC_ENUM_FRAMESIZES
			return list
		}
		n := e.numbers
		s := frameSize{span{int(n[0]), int(n[1]), int(n[2])}, span{int(n[3]), int(n[4]), int(n[5])}}
		if e.kind == discrete {
			s = frameSize{span{int(n[0]), int(n[0]), 1}, span{int(n[1]), int(n[1]), 1}}
		}
		list = append(list, s)
	}
}

// pixFormat is struct v4l2_format with a struct v4l2_pix_format in it.
type pixFormat struct {
	kind uint32
	_    [0]uintptr // what else may be in it holds pointers
	pix  struct {
		width, height, format, field, bytesPerLine, imageBytes uint32
		_                                                      [44]uint32
	}
}

// set asks for frames and gives what they will be, which may be something else.
func (v *video) set(want mode) (mode, error) {
	f := pixFormat{kind: typeCapture}
	f.pix.width, f.pix.height, f.pix.format = uint32(want.width), uint32(want.height), uint32(want.format)
	if err := ioctl(v.fd, bothWays, 5, &f); err != nil { // VIDIOC_S_FMT
		return mode{}, fmt.Errorf("set %s of %d by %d: %w", want.format, want.width, want.height, err)
	}
	return mode{pixelFormat(f.pix.format), int(f.pix.width), int(f.pix.height), int(f.pix.bytesPerLine)}, nil
}

// buffer is struct v4l2_buffer.
type buffer struct {
	index, kind, used, flags uint32
	_                        uint32       // which lines of an interlaced picture
	_                        unix.Timeval // when it was taken
	_                        [4]uint32    // its time code
	_                        uint32       // its number
	memory                   uint32
	offset                   uintptr
	length                   uint32
	_                        [2]uint32
}

// start has the driver fill so many buffers, or as many as it sees fit.
func (v *video) start(buffers int) error {
	r := struct{ count, kind, memory, capabilities, flags uint32 }{ // struct v4l2_requestbuffers
		count: uint32(buffers), kind: typeCapture, memory: memoryMapped}
	if err := ioctl(v.fd, bothWays, 8, &r); err != nil { // VIDIOC_REQBUFS
		return fmt.Errorf("request buffers: %w", err)
	}
	for i := range r.count {
		b := buffer{index: i, kind: typeCapture, memory: memoryMapped}
		if err := ioctl(v.fd, bothWays, 9, &b); err != nil { // VIDIOC_QUERYBUF
			return fmt.Errorf("query a buffer: %w", err)
		}
		memory, err := unix.Mmap(v.fd, int64(b.offset), int(b.length), unix.PROT_READ, unix.MAP_SHARED)
		if err != nil {
			return fmt.Errorf("map a buffer: %w", err)
		}
		v.buffers = append(v.buffers, memory)
		if err := v.giveBack(i); err != nil {
			return err
		}
	}
	kind := int32(typeCapture)
	if err := ioctl(v.fd, toKernel, 18, &kind); err != nil { // VIDIOC_STREAMON
		return fmt.Errorf("start: %w", err)
	}
	return nil
}

// giveBack lets the driver fill a buffer.
func (v *video) giveBack(index uint32) error {
	b := buffer{index: index, kind: typeCapture, memory: memoryMapped}
	if err := ioctl(v.fd, bothWays, 15, &b); err != nil { // VIDIOC_QBUF
		return fmt.Errorf("give back a buffer: %w", err)
	}
	return nil
}

// frame waits, at most so long, and hands the next good frame to use; the memory is the driver's again after that. It
// is false where none has come.
func (v *video) frame(wait time.Duration, use func([]byte)) (bool, error) {
	fds := []unix.PollFd{{Fd: int32(v.fd), Events: unix.POLLIN}}
	if n, err := unix.Poll(fds, int(wait.Milliseconds())); err != nil && !errors.Is(err, unix.EINTR) {
		return false, err
	} else if n <= 0 {
		return false, nil
	}
	b := buffer{kind: typeCapture, memory: memoryMapped}
	err := ioctl(v.fd, bothWays, 17, &b) // VIDIOC_DQBUF
	if errors.Is(err, unix.EAGAIN) && fds[0].Revents&unix.POLLIN != 0 {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("take a frame: %w", err)
	}
	if int(b.index) >= len(v.buffers) || int(b.used) > len(v.buffers[b.index]) {
		return false, io.ErrUnexpectedEOF
	}
	good := b.flags&flagError == 0 && b.used > 0
	if good {
		use(v.buffers[b.index][:b.used])
	}
	return good, v.giveBack(b.index)
}

// Ways of an ioctl's argument.
const (
	toKernel   = 1
	fromKernel = 2
	bothWays   = toKernel | fromKernel
)

// ioctl calls VIDIOC_... of a number; the argument's size is part of what the kernel calls the number.
func ioctl[T any](fd int, way, number uintptr, arg *T) error {
	request := way<<30 | unsafe.Sizeof(*arg)<<16 | 'V'<<8 | number
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request, uintptr(unsafe.Pointer(arg)))
		if errno == 0 {
			return nil
		}
		if errno != unix.EINTR {
			return errno
		}
	}
}
