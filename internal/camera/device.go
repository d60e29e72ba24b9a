package camera

import (
	"context"
	"errors"
	"fmt"
	"os"
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
	still, err := d.take(ctx)
	if f, ok := errors.AsType[fault](err); ok && f.why == "device fails" {
		if _, err := os.Stat(d.path); err != nil { // while it was set up it was pulled: then drivers say anything
			f.why = "device gone"
		}
		return nil, f
	}
	return still, err
}

func (d *device) take(ctx context.Context) ([]byte, error) {
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
	return capture(ctx, v, m)
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
		return mode{}, fault{"device fails",
			fmt.Errorf("it offers the pixel format %s and gives %s", format, got.format)}
	}
	return got, nil
}

// capture makes a still of the first frame after the picture has settled. A frame that the cable has damaged is
// followed by a better one: it is no evidence, nor is the camera lost.
func capture(ctx context.Context, v *video, m mode) ([]byte, error) {
	var still []byte
	var damaged error
	began := time.Now()
	for seen := 0; still == nil; {
		switch {
		case ctx.Err() == nil && time.Since(began) <= patience:
		case damaged != nil:
			return nil, damaged
		default:
			return nil, fault{"no answer", fmt.Errorf("%d frames in %s", seen, patience)}
		}
		came, err := v.frame(waitStep, func(frame []byte) {
			if seen >= settling || time.Since(began) > settledPast {
				still, damaged = m.jpeg(frame)
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
