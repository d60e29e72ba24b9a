package devices_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sync"
	"time"
	"unicode/utf16"
)

// webcam is a USB camera that gives Motion JPEG: USB Device Class Definition for Video Devices 1.1, and its MJPEG
// payload. It speaks on a bulk endpoint, which most do not, because time does not matter there.
type webcam struct {
	mu      sync.Mutex
	picture func(n int) []byte // frame number n
	mute    bool               // it hears and says nothing,
	asked   int                // and was asked so often
	probe   []byte             // what the driver wants
	frames  int
	left    []byte // of the frame that is on its way
}

// Its device files, by the names that udev gives them. On the second there are no pictures.
const (
	webcamPictures = "/dev/v4l/by-id/usb-Maker_Cabinet_Camera_CAM1-video-index0"
	webcamMetadata = "/dev/v4l/by-id/usb-Maker_Cabinet_Camera_CAM1-video-index1"
)

const (
	webcamLargest  = 1 << 20 // bytes of a frame
	webcamEndpoint = 0x81
	perSecond      = 30
	interval       = 10_000_000 / perSecond // in 100 ns
)

var webcamTexts = []string{"Maker", "Cabinet Camera", "CAM1"}

// describe makes a descriptor: its length, and then its parts. An int is one byte.
func describe(parts ...any) []byte {
	d := []byte{0}
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			d = append(d, byte(p))
		case uint16:
			d = binary.LittleEndian.AppendUint16(d, p)
		case uint32:
			d = binary.LittleEndian.AppendUint32(d, p)
		}
	}
	d[0] = byte(len(d))
	return d
}

var webcamDevice = describe(1, uint16(0x0200), 0xEF, 2, 1, 64,
	uint16(0x1D6B), uint16(0x0102), uint16(0x0100), 1, 2, 3, 1)

// webcamConfig describes two interfaces, one to control the camera and one for its pictures.
func webcamConfig() []byte {
	lens := describe(0x24, 2, 1, uint16(0x0201), 0, 0, uint16(0), uint16(0), uint16(0), 0) // terminal 1
	usb := describe(0x24, 3, 2, uint16(0x0101), 0, 1, 0)                                   // terminal 2, fed by 1
	head := func(length uint16) []byte { return describe(0x24, 1, uint16(0x0100), length, uint32(0), 1, 1) }
	control := slices.Concat(head(uint16(len(head(0))+len(lens)+len(usb))), lens, usb)

	formats := slices.Concat(
		describe(0x24, 6, 1, 2, 1, 1, 0, 0, 0, 0), // MJPEG, in two sizes
		webcamFrame(1, 640, 480), webcamFrame(2, 1280, 720),
	)
	input := func(length uint16) []byte { return describe(0x24, 1, 1, length, webcamEndpoint, 0, 2, 0, 0, 0, 1, 0) }
	pictures := slices.Concat(input(uint16(len(input(0))+len(formats))), formats)

	body := slices.Concat(
		describe(0x0B, 0, 2, 0x0E, 3, 0, 0), // both are one function
		describe(4, 0, 0, 0, 0x0E, 1, 0, 0), control,
		describe(4, 1, 0, 1, 0x0E, 2, 0, 0), pictures,
		describe(5, webcamEndpoint, 2, uint16(512), 0), // bulk
	)
	config := func(length uint16) []byte { return describe(2, length, 2, 1, 0, 0x80, 50) }
	return append(config(uint16(len(config(0))+len(body))), body...)
}

func webcamFrame(number int, width, height uint16) []byte {
	return describe(0x24, 7, number, 0, width, height, uint32(1e6), uint32(1e8), uint32(webcamLargest),
		uint32(interval), 1, uint32(interval))
}

// text is a string descriptor. The first says in which language there are texts: American English.
func webcamText(n byte) []byte {
	if n == 0 {
		return describe(3, uint16(0x0409))
	}
	d := []any{3}
	for _, unit := range utf16.Encode([]rune(webcamTexts[n-1])) {
		d = append(d, unit)
	}
	return describe(d...)
}

// control answers what USB (2.0, table 9-4) and its video class (table 4-46) ask of it.
func (w *webcam) control(setup [8]byte, data []byte) ([]byte, usbEnd) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.mute {
		w.asked++
		return nil, usbIgnored
	}
	const (
		getDescriptor  = 0x80<<8 | 6
		setOfInterface = 0x21<<8 | 1
		getOfInterface = 0xA1<<8 | 0x80 // its last bits say which: current, least, most, default
		commit         = 2
	)
	switch request, what := int(setup[0])<<8|int(setup[1]), setup[3]; {
	case request == getDescriptor && what == 1:
		return webcamDevice, usbDone
	case request == getDescriptor && what == 2:
		return webcamConfig(), usbDone
	case request == getDescriptor && what == 3 && int(setup[2]) <= len(webcamTexts):
		return webcamText(setup[2]), usbDone
	case setup[0]&0xE0 == 0: // be configured, use an interface, clear a halt
		return nil, usbDone
	case request == setOfInterface:
		w.probe = bytes.Clone(data)
		if what == commit {
			w.frames, w.left = 0, nil
		}
		return nil, usbDone
	case request&^7 == getOfInterface:
		return w.offer(), usbDone
	}
	return nil, usbStalled
}

// offer is what the driver may have: what it asked for last.
func (w *webcam) offer() []byte {
	offer := make([]byte, 26)
	offer[2], offer[3] = 1, 1 // the format and the size
	copy(offer, w.probe)
	binary.LittleEndian.PutUint32(offer[4:], interval)
	binary.LittleEndian.PutUint32(offer[18:], webcamLargest)
	binary.LittleEndian.PutUint32(offer[22:], webcamLargest)
	return offer
}

// speak gives the next piece of a frame. A piece that is shorter than it might be is the last.
func (w *webcam) speak(n int) []byte {
	w.mu.Lock()
	fresh := len(w.left) == 0
	w.mu.Unlock()
	if fresh {
		time.Sleep(time.Second / perSecond)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.left) == 0 {
		const header, last = 2, 0x82
		w.left = append([]byte{header, last | byte(w.frames&1)}, w.picture(w.frames)...)
		w.frames++
		if len(w.left)%n == 0 {
			w.left = append(w.left, 0)
		}
	}
	piece := w.left[:min(n, len(w.left))]
	w.left = w.left[len(piece):]
	return piece
}

// change changes how it is from now on.
func (w *webcam) change(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

// streamed is how many frames it has begun to send since a stream began.
func (w *webcam) streamed() (n int) {
	w.change(func() { n = w.frames })
	return n
}

// ignored is how many questions it has not answered.
func (w *webcam) ignored() (n int) {
	w.change(func() { n = w.asked })
	return n
}
