package devices_test

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"os"
	"strings"
	"testing"
	"time"

	"lockerd/internal/camera"
	"lockerd/internal/locker"
)

// small is enough where the picture does not matter.
var small = camera.Config{Width: 640, Height: 480}

// eye is a camera at work, as lockerd wires it.
type eye struct {
	t      *testing.T
	dir    string
	camera *camera.Camera
	told   chan locker.Input
}

func newEye(t *testing.T, cfg camera.Config) *eye {
	t.Helper()
	cfg.Name = "front"
	if cfg.Device == "" {
		cfg.Device = vivid
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	photos := camera.StoreDefaults()
	photos.Dir = t.TempDir()
	clock := func() locker.Now { return locker.Now{Wall: time.Now(), Known: true} }
	e := &eye{t: t, dir: photos.Dir, told: make(chan locker.Input)}
	tell := func(ctx context.Context, in locker.Input) error { return send(ctx, e.told, in) }
	e.camera = camera.New(cfg, camera.NewStore(photos, clock, logs(t)), tell, logs(t))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- e.camera.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := receive(t, ended); err != nil {
			t.Error(err)
		}
	})
	return e
}

func (e *eye) take() {
	e.camera.Take(locker.PhotoWanted{Parcel: "p1", Door: 3, Moment: "stored"})
}

// still is the picture in the photo that is told next.
func (e *eye) still() image.Image {
	e.t.Helper()
	photo, ok := receive(e.t, e.told).(locker.PhotoTaken)
	if !ok || photo.Wanted.Parcel != "p1" {
		e.t.Fatalf("want a photo, got %+v", photo)
	}
	sealed, err := os.ReadFile(e.dir + "/" + photo.Photo)
	if err != nil {
		e.t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("JFIF")) || bytes.Contains(sealed, []byte{0xFF, 0xD8, 0xFF}) {
		e.t.Error("the photo on disk is not sealed")
	}
	picture, err := camera.Open(e.dir, photo.Photo, photo.Key)
	if err != nil {
		e.t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		e.t.Fatal(err)
	}
	return img
}

func (e *eye) want(in locker.Input) {
	e.t.Helper()
	if got := receive(e.t, e.told); got != in {
		e.t.Fatalf("want %#v, got %#v", in, got)
	}
}

func (e *eye) wantLost(why string) { e.t.Helper(); e.want(locker.CameraLost{Name: "front", Why: why}) }
func (e *eye) wantBack()           { e.t.Helper(); e.want(locker.CameraBack{Name: "front"}) }

// wantSize looks at a picture's size.
func wantSize(t *testing.T, img image.Image, width, height int) {
	t.Helper()
	if b := img.Bounds(); b.Dx() != width || b.Dy() != height {
		t.Errorf("want %d by %d pixels, got %v", width, height, b)
	}
}

func TestStill(t *testing.T) {
	hasten(t)
	for _, test := range []struct {
		name string
		cfg  camera.Config
		want image.Point
	}{
		{"as it comes", camera.Config{}, image.Pt(1280, 720)},
		{"smaller than it can", camera.Config{Width: 100, Height: 100}, image.Pt(320, 180)},
		{"larger than it can", camera.Config{Width: 4000, Height: 2000}, image.Pt(1920, 1080)},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := newEye(t, test.cfg)
			e.wantBack()
			e.take()
			wantSize(t, e.still(), test.want.X, test.want.Y)
		})
	}
}

// TestCovered: a picture without contrast is told, and kept as evidence.
func TestCovered(t *testing.T) {
	hasten(t)
	e := newEye(t, small)
	e.wantBack()
	const black = 7
	turn(t, "Test Pattern", black)
	turn(t, "OSD Text Mode", 2) // none
	e.take()
	e.still()
	e.wantLost("covered")
	turn(t, "Test Pattern", 0)
	turn(t, "OSD Text Mode", 0)
	e.take()
	e.still()
	e.wantBack()
}

// TestUnplugged: a camera that comes back works at once, though it is another device then.
func TestUnplugged(t *testing.T) {
	hasten(t)
	e := newEye(t, small)
	e.wantBack()
	held := openVivid(t) // so that its old name stays taken
	was := behind(t, vivid)
	plug := unplugVivid(t)
	e.take()
	e.wantLost("device gone")
	plug()
	if is := behind(t, vivid); is == was {
		t.Errorf("want it to have another name than %s", was)
	}
	closeFD(t, held)
	e.take()
	e.still()
	e.wantBack()
}

// TestUnpluggedMeanwhile pulls it while a still is taken.
func TestUnpluggedMeanwhile(t *testing.T) {
	hasten(t)
	e := newEye(t, small)
	e.wantBack()
	turn(t, "Percentage of Dropped Buffers", 100)
	e.take()
	awaitStreaming(t)
	began := time.Now()
	plug := unplugVivid(t)
	e.wantLost("device gone")
	t.Logf("known after %s", time.Since(began))
	plug()
	e.take()
	e.still()
	e.wantBack()
}

// TestFails: what the driver refuses is told, and nothing of it is left behind.
func TestFails(t *testing.T) {
	hasten(t)
	e := newEye(t, small)
	e.wantBack()
	before := descriptors(t)
	for _, control := range []string{
		"Inject VIDIOC_REQBUFS Error", "Inject VIDIOC_QBUF Error", "Inject VIDIOC_STREAMON Error",
	} {
		t.Run(control, func(t *testing.T) {
			turn(t, control, 1)
			e.take()
			e.wantLost("device fails")
			e.take()
			e.still()
			e.wantBack()
		})
	}
	if after := descriptors(t); before != after {
		t.Errorf("files and buffers before: %s, after: %s", before, after)
	}
}

// TestBusy: somebody else streams from it.
func TestBusy(t *testing.T) {
	hasten(t)
	release := hold(t)
	e := newEye(t, small)
	e.wantLost("device busy")
	release()
	e.take()
	e.still()
	e.wantBack()
}

// TestNoFrames: a camera that says nothing is given up after five seconds.
func TestNoFrames(t *testing.T) {
	hasten(t)
	e := newEye(t, small)
	e.wantBack()
	turn(t, "Percentage of Dropped Buffers", 100)
	e.take()
	e.wantLost("no answer")
	turn(t, "Percentage of Dropped Buffers", 0)
	e.take()
	e.still()
	e.wantBack()
}

// TestNotACamera: a device that is something else.
func TestNotACamera(t *testing.T) {
	err := camera.Try(t.Context(), camera.Config{Name: "front", Device: "/dev/null"})
	if err == nil || !strings.Contains(err.Error(), "device") {
		t.Errorf("want an error about the device, got %v", err)
	}
	t.Log(err)
}
