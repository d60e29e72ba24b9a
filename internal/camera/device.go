package camera

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/blackjack/webcam"
	"golang.org/x/sys/unix"
)

// Numbers of a device.
const (
	defaultWidth, defaultHeight = 1280, 720
	buffers                     = 4 // frames that the driver fills meanwhile
	// settling are frames that are thrown away: a camera that was just switched on is still finding its exposure.
	settling = 8
	waitStep = 1 // seconds until it is looked whether ctx has ended
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
	cam, err := webcam.Open(d.path)
	if err != nil {
		return nil, fault{"device gone", err}
	}
	defer func() { _ = cam.Close() }() // of one that was just unplugged it may fail
	m, err := d.choose(cam)
	if err != nil {
		return nil, err
	}
	if err := cam.SetBufferCount(buffers); err != nil {
		return nil, fault{"device fails", err}
	}
	if err := cam.StartStreaming(); err != nil {
		unmap(cam)
		return nil, fault{"device fails", err}
	}
	frame, err := capture(ctx, cam)
	if err != nil {
		return nil, err
	}
	return m.jpeg(frame)
}

// choose agrees with the driver on what its frames will be.
func (d *device) choose(cam *webcam.Webcam) (mode, error) {
	format, err := pickFormat(cam.GetSupportedFormats())
	if err != nil {
		return mode{}, err
	}
	m := mode{format: format}
	m.width, m.height = pickSize(cam.GetSupportedFrameSizes(format), d.width, d.height)
	// The library returns the size that was asked for, not the driver's: a raw frame is measured when it comes.
	got, _, _, err := cam.SetImageFormat(format, uint32(m.width), uint32(m.height))
	if err != nil {
		return mode{}, fault{"device fails", err}
	}
	if got != format {
		return mode{}, fault{"device fails", fmt.Errorf("it offers the pixel format %s and gives another", fourCC(format))}
	}
	return m, nil
}

// capture returns a copy of a frame once the picture has settled.
func capture(ctx context.Context, cam *webcam.Webcam) ([]byte, error) {
	until := time.Now().Add(patience)
	for seen := 0; ; {
		if ctx.Err() != nil || time.Now().After(until) {
			return nil, fault{"no answer", fmt.Errorf("%d frames in %s", seen, patience)}
		}
		err := cam.WaitForFrame(waitStep)
		if _, timeout := errors.AsType[*webcam.Timeout](err); timeout {
			continue
		}
		if err != nil {
			return nil, fault{"device gone", err}
		}
		frame, index, err := cam.GetFrame()
		if errors.Is(err, unix.EAGAIN) {
			continue
		}
		if err != nil {
			return nil, fault{"device gone", err}
		}
		seen++
		if seen > settling && len(frame) > 0 {
			return append([]byte(nil), frame...), nil // the memory is the driver's
		}
		if err := cam.ReleaseFrame(index); err != nil {
			return nil, fault{"device gone", err}
		}
	}
}

// unmap gives back the buffers that the library forgets when streaming cannot be started. As long as they are mapped
// the device stays busy, for ourselves as well, and they would be more every minute.
func unmap(cam any) {
	field := reflect.ValueOf(cam).Elem().FieldByName("buffers")
	if !field.IsValid() {
		return
	}
	for i := range field.Len() {
		if b := field.Index(i).Bytes(); b != nil {
			_ = unix.Munmap(b) // it was mapped, or there is nothing to give back
		}
	}
}
