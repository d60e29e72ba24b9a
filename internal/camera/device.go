package camera

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Numbers of a device.
const (
	defaultWidth, defaultHeight = 1280, 720
	buffers                     = 4 // frames that the driver fills meanwhile
	// A camera that was just switched on is still finding its exposure: so many frames are thrown away, though not for
	// longer than that. In the dark some give five frames a second.
	settling    = 8
	settledPast = 2 * time.Second
	waitStep    = 250 * time.Millisecond // until it is looked whether ctx has ended
)

// device is a camera that is plugged in. It is opened for each still: between two it may be unplugged, takes no
// bandwidth of the bus, and its lamp is off.
type device struct {
	path          string
	width, height int
}

func newDevice(cfg Config) *device {
	d := &device{cfg.Device, cfg.Width, cfg.Height}
	if d.width == 0 {
		d.width = defaultWidth
	}
	if d.height == 0 {
		d.height = defaultHeight
	}
	return d
}

func (d *device) still(ctx context.Context) ([]byte, error) {
	v, err := openVideo(d.path)
	if err != nil {
		return nil, broken(err)
	}
	defer v.close()
	m, err := d.choose(v)
	if err != nil {
		return nil, err
	}
	if err := v.start(buffers); err != nil {
		return nil, broken(err)
	}
	frame, err := capture(ctx, v)
	if err != nil {
		return nil, err
	}
	return m.jpeg(frame)
}

// broken is the fault that an error of the kernel's shows.
func broken(err error) error {
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO):
		return fault{"device gone", err}
	case errors.Is(err, unix.EBUSY):
		return fault{"device busy", err}
	}
	return fault{"device fails", err}
}

// choose agrees with the driver on what its frames will be.
func (d *device) choose(v *video) (mode, error) {
	format, err := pickFormat(v.formats())
	if err != nil {
		return mode{}, err
	}
	want := mode{format: format}
	want.width, want.height = pickSize(v.sizes(format), d.width, d.height)
	got, err := v.set(want)
	if err != nil {
		return mode{}, broken(err)
	}
	if got.format != format {
		return mode{}, fault{"device fails", fmt.Errorf("it offers the pixel format %s and gives %s", format, got.format)}
	}
	return got, nil
}

// capture returns a copy of a frame once the picture has settled.
func capture(ctx context.Context, v *video) (still []byte, err error) {
	began := time.Now()
	for seen := 0; still == nil; {
		if ctx.Err() != nil || time.Since(began) > patience {
			return nil, fault{"no answer", fmt.Errorf("%d good frames in %s", seen, patience)}
		}
		came, err := v.frame(waitStep, func(frame []byte) {
			if seen >= settling || time.Since(began) > settledPast {
				still = bytes.Clone(frame)
			}
		})
		if err != nil {
			return nil, broken(err)
		}
		if came {
			seen++
		}
	}
	return still, nil
}
