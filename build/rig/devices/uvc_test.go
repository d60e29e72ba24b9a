package devices_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"strings"
	"testing"
	"time"

	"lockerd/internal/camera"
)

// motionJPEG is a picture as cameras send it: without the Huffman tables (FF C4), which all have in common.
func motionJPEG(t *testing.T, width, height int) []byte {
	t.Helper()
	img := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio422)
	for i := range img.Y {
		img.Y[i] = byte(i % width * 255 / width)
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = 128, 128
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	at := bytes.Index(whole, []byte{0xFF, 0xC4})
	length := 2 + int(whole[at+2])<<8 + int(whole[at+3])
	return append(bytes.Clone(whole[:at]), whole[at+length:]...)
}

// plugWebcam makes a camera whose frames are all the same, and plugs it in.
func plugWebcam(t *testing.T, picture []byte) (*webcam, *usbDevice) {
	t.Helper()
	w := &webcam{picture: func(int) []byte { return picture }}
	d := plugUSB(t, w)
	appears(t, webcamPictures)
	return w, d
}

func TestWebcam(t *testing.T) {
	plugWebcam(t, motionJPEG(t, 1280, 720))
	e := newEye(t, camera.Config{Device: webcamPictures})
	e.wantBack()
	e.take()
	img := e.still()
	wantSize(t, img, 1280, 720)
	dark, light := color.GrayModel.Convert(img.At(10, 300)), color.GrayModel.Convert(img.At(1270, 300))
	if dark.(color.Gray).Y > 20 || light.(color.Gray).Y < 235 {
		t.Errorf("want it dark at the left and light at the right, got %v and %v", dark, light)
	}
	err := camera.Try(t.Context(), camera.Config{Name: "front", Device: appears(t, webcamMetadata)})
	if err == nil || !strings.Contains(err.Error(), "no camera") {
		t.Errorf("a device file without pictures: %v", err)
	}
}

// TestWebcamDamagedFrames: of frames that the cable has cut off, a whole one is waited for.
func TestWebcamDamagedFrames(t *testing.T) {
	whole := motionJPEG(t, 640, 480)
	w, _ := plugWebcam(t, whole)
	w.change(func() {
		w.picture = func(n int) []byte {
			if n%5 == 4 {
				return whole
			}
			return whole[:len(whole)/2]
		}
	})
	e := newEye(t, camera.Config{Device: webcamPictures})
	e.wantBack()
	e.take()
	wantSize(t, e.still(), 640, 480)
}

// TestWebcamUnplugged pulls it while it streams, and while it is set up, and plugs it in again.
func TestWebcamUnplugged(t *testing.T) {
	picture := motionJPEG(t, 640, 480)
	for _, test := range []struct {
		name  string
		await func(*webcam) func() bool // says when to pull
	}{
		{"while it streams", func(w *webcam) func() bool {
			w.change(func() { w.frames = 0 })
			return func() bool { return w.streamed() > 1 }
		}},
		{"while it is set up", func(w *webcam) func() bool {
			w.change(func() { w.mute, w.asked = true, 0 })
			return func() bool { return w.ignored() > 0 }
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, d := plugWebcam(t, picture)
			e := newEye(t, camera.Config{Device: webcamPictures})
			e.wantBack()
			now := test.await(w)
			e.take()
			eventually(t, test.name, now)
			began := time.Now()
			d.unplug()
			e.wantLost("device gone")
			t.Logf("known after %s", time.Since(began))
			vanishes(t, webcamPictures)
			plugWebcam(t, picture)
			e.take()
			e.still()
			e.wantBack()
		})
	}
}
