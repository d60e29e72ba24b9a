package camera_test

import (
	"bytes"
	"image/color"
	"image/jpeg"
	"reflect"
	"testing"

	"lockerd/internal/camera"
)

// Codes of pixel formats from the kernel's include/uapi/linux/videodev2.h: v4l2_fourcc('M','J','P','G') and so on.
const (
	mjpg camera.PixelFormat = 0x47504A4D
	jpg  camera.PixelFormat = 0x4745504A
	yuyv camera.PixelFormat = 0x56595559
	h264 camera.PixelFormat = 0x34363248
)

func TestPickFormat(t *testing.T) {
	for _, c := range []struct {
		name    string
		offered []camera.PixelFormat
		want    camera.PixelFormat
	}{
		{"compressed first", []camera.PixelFormat{yuyv, h264, jpg, mjpg}, mjpg},
		{"JPEG as well", []camera.PixelFormat{yuyv, jpg}, jpg},
		{"raw", []camera.PixelFormat{h264, yuyv}, yuyv},
		{"none of ours", []camera.PixelFormat{h264}, 0},
		{"none", nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := camera.PickFormat(c.offered)
			if got != c.want || (err == nil) != (c.want != 0) {
				t.Errorf("want %#x, got %#x, %v", c.want, got, err)
			}
		})
	}
}

func TestPickSize(t *testing.T) {
	size := func(w, h int) [6]int { return [6]int{w, w, 1, h, h, 1} }
	for _, c := range []struct {
		name    string
		offered [][6]int
		want    [2]int
	}{
		{"the largest that fits",
			[][6]int{size(640, 480), size(1920, 1080), size(1280, 720), size(320, 240)}, [2]int{1280, 720}},
		{"too high", [][6]int{size(1280, 960), size(800, 600)}, [2]int{800, 600}},
		{"all too large", [][6]int{size(3840, 2160), size(1920, 1080)}, [2]int{1920, 1080}},
		{"in steps", [][6]int{{48, 4096, 16, 32, 2160, 100}}, [2]int{1280, 632}},
		{"any", [][6]int{{2, 640, 1, 1, 480, 1}}, [2]int{640, 480}},
		{"steps of nothing", [][6]int{{160, 640, 0, 120, 480, 0}}, [2]int{640, 480}},
		{"says nothing", nil, [2]int{1280, 720}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, h := camera.PickSize(c.offered, 1280, 720)
			if got := [2]int{w, h}; got != c.want {
				t.Errorf("want %v, got %v", c.want, got)
			}
		})
	}
}

// TestYUYV: four bytes are two pixels, Y0 Cb Y1 Cr (kernel documentation, "V4L2_PIX_FMT_YUYV").
func TestYUYV(t *testing.T) {
	const width, height, stride = 64, 32, 2*64 + 32
	var frame []byte
	for y := range height {
		if y > 0 {
			frame = append(frame, make([]byte, stride-2*width)...) // what the driver leaves between lines
		}
		for x := 0; x < width; x += 2 {
			if x < width/2 {
				frame = append(frame, 76, 85, 76, 255) // red, by ITU-R BT.601 as JPEG uses it (JFIF)
			} else {
				frame = append(frame, 29, 255, 29, 107) // blue
			}
		}
	}
	still, err := camera.Frame(yuyv, width, height, stride, frame)
	if err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(still))
	if err != nil {
		t.Fatal(err)
	}
	if b := img.Bounds(); b.Dx() != width || b.Dy() != height {
		t.Fatalf("want %d by %d, got %v", width, height, b)
	}
	for x, want := range map[int]color.RGBA{8: {R: 254}, 56: {B: 254}} {
		got := color.RGBAModel.Convert(img.At(x, height/2)).(color.RGBA)
		if apart(got.R, want.R) > 10 || apart(got.G, want.G) > 10 || apart(got.B, want.B) > 10 {
			t.Errorf("at %d: want about %v, got %v", x, want, got)
		}
	}
	for _, cut := range []int{0, 1, len(frame) - 1} {
		if _, err := camera.Frame(yuyv, width, height, stride, frame[:cut]); err == nil {
			t.Errorf("a frame of %d bytes makes a picture", cut)
		}
	}
	if _, err := camera.Frame(yuyv, 3, 1, 6, frame[:6]); err == nil {
		t.Error("half a pair makes a picture")
	}
}

func apart(a, b byte) int { return max(int(a)-int(b), int(b)-int(a)) }

// withoutTables is a JPEG as cameras send it in Motion JPEG: its Huffman tables (FF C4) are left out.
func withoutTables(picture []byte) []byte {
	at := bytes.Index(picture, []byte{0xFF, 0xC4})
	length := 2 + int(picture[at+2])<<8 + int(picture[at+3])
	return append(bytes.Clone(picture[:at]), picture[at+length:]...)
}

func TestMotionJPEG(t *testing.T) {
	whole := encode(64, 48, func(x, y int) color.Color { return color.RGBA{byte(4 * x), byte(5 * y), 99, 255} })
	bare := withoutTables(whole)
	if _, err := jpeg.Decode(bytes.NewReader(bare)); err == nil {
		t.Fatal("the test's frame has its tables")
	}
	still, err := camera.Frame(mjpg, 64, 48, 0, bare)
	if err != nil {
		t.Fatal(err)
	}
	want, err := jpeg.Decode(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	got, err := jpeg.Decode(bytes.NewReader(still))
	if err != nil || !reflect.DeepEqual(want, got) {
		t.Errorf("want the picture, got %v", err)
	}
	if same, err := camera.Frame(mjpg, 64, 48, 0, whole); err != nil || !bytes.Equal(same, whole) {
		t.Errorf("a frame that has its tables is taken as it is: %v", err)
	}
}

// FuzzMotionJPEG: a frame comes over a cable that somebody may be pulling.
func FuzzMotionJPEG(f *testing.F) {
	whole := encode(16, 16, func(x, y int) color.Color { return color.Gray{byte(16 * x)} })
	for _, frame := range [][]byte{whole, withoutTables(whole), whole[:30], {0xFF, 0xD8, 0xFF, 0xC4, 0xFF, 0xFF, 0}, nil} {
		f.Add(frame)
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		still, err := camera.WithTables(frame)
		if err == nil && len(still) < len(frame) {
			t.Errorf("of %d bytes %d are left", len(frame), len(still))
		}
	})
}
