package scanner

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"strconv"
	"time"
)

// Device is an open input device of Linux: a Read gives whole events, each a struct input_event of this machine. An
// *os.File of /dev/input/event* is one.
type Device interface {
	io.ReadCloser
	SetReadDeadline(time.Time) error
}

// eventSize is the size of struct input_event: a time in two words of the kernel's, two uint16 and an int32.
const eventSize = 2*strconv.IntSize/8 + 8

// pause is how long a Read waits while nothing is being typed.
const pause = time.Second

// keyLine is a keyboard as a Line: its Read gives what is typed.
type keyLine struct {
	dev    Device
	typist *typist
	gap    time.Duration
	heard  time.Time // when it was opened, or events came: for a while silence is of interest
	raw    [64 * eventSize]byte
	have   int    // bytes of raw that belong to an event that is not whole yet
	typed  []byte // not read yet
}

// Keys makes a line of a keyboard: its Read gives the text that is typed, after 0 and nil for a while of silence.
func Keys(dev Device, cfg Config) Line {
	return &keyLine{dev: dev, typist: newTypist(&cfg), gap: cfg.gap(), heard: time.Now()}
}

// Close closes the device, which ends a Read.
func (k *keyLine) Close() error { return k.dev.Close() }

// Read waits for something that is typed.
func (k *keyLine) Read(p []byte) (int, error) {
	for len(k.typed) == 0 {
		wait := pause
		if time.Since(k.heard) < k.gap {
			wait = min(k.gap, lineGap)
		}
		if err := k.dev.SetReadDeadline(time.Now().Add(wait)); err != nil {
			return 0, err
		}
		n, err := k.dev.Read(k.raw[k.have:])
		if n > 0 {
			k.heard = time.Now()
		}
		k.decode(n)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
	}
	n := copy(p, k.typed)
	k.typed = k.typed[n:]
	return n, nil
}

// decode takes n more bytes of events.
func (k *keyLine) decode(n int) {
	data := k.raw[:k.have+n]
	for len(data) >= eventSize {
		e := data[eventSize-8 : eventSize]
		k.typed = k.typist.event(keyEvent{
			kind:  binary.NativeEndian.Uint16(e),
			code:  binary.NativeEndian.Uint16(e[2:]),
			value: int32(binary.NativeEndian.Uint32(e[4:])),
		}, k.typed)
		data = data[eventSize:]
	}
	k.have = copy(k.raw[:], data)
}
