package document_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"lockerd/internal/document"
)

// halves is a picture whose left half is red, and the right one nothing at all.
func halves(width, height int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width / 2 {
			m.Set(x, y, color.NRGBA{R: 255, A: 255})
		}
	}
	return m
}

func encodedPNG(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestPicturesAreDrawn smaller where they do not fit, never larger, and on white.
func TestPicturesAreDrawn(t *testing.T) {
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, halves(1200, 600), nil); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name          string
		file          []byte
		width, height int
		right         uint32 // of white
	}{
		{"a PNG too wide", encodedPNG(t, halves(1200, 600)), 400, 200, 255},
		{"a PNG too high", encodedPNG(t, halves(600, 1200)), 200, 400, 255},
		{"a small PNG", encodedPNG(t, halves(40, 20)), 40, 20, 255},
		{"a thread", encodedPNG(t, halves(4000, 2)), 400, 1, 255},
		{"a JPEG", photo.Bytes(), 400, 200, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m, err := draw(t, tt.file, 1, document.Box{Width: 400, Height: 400})
			if err != nil {
				t.Fatal(err)
			}
			if size := m.Bounds().Size(); size != image.Pt(tt.width, tt.height) {
				t.Errorf("want %dx%d, got %v", tt.width, tt.height, size)
			}
			r, g, _, _ := m.At(tt.width/4, 0).RGBA()
			if r>>8 < 240 || g>>8 > 15 {
				t.Errorf("want red at the left, got %d %d", r>>8, g>>8)
			}
			if r, g, b, _ := m.At(tt.width*3/4, 0).RGBA(); r>>8 != tt.right || g>>8 != tt.right || b>>8 != tt.right {
				t.Errorf("want %d at the right, got %d %d %d", tt.right, r>>8, g>>8, b>>8)
			}
		})
	}
}

// boast is a PNG of a few bytes that says of itself how large it is.
func boast(t *testing.T, width, height uint32) []byte {
	file := encodedPNG(t, halves(2, 2))
	binary.BigEndian.PutUint32(file[16:], width)
	binary.BigEndian.PutUint32(file[20:], height)
	binary.BigEndian.PutUint32(file[29:], crc32.ChecksumIEEE(file[12:29]))
	return file
}

// TestPicturesThatCannotBeDrawnSayWhy: bombs among them, small files of pictures that no memory holds.
func TestPicturesThatCannotBeDrawnSayWhy(t *testing.T) {
	for _, tt := range []struct {
		name string
		file []byte
		want string
	}{
		{"a bomb", boast(t, 100_000, 100_000), "more than 12 megapixels"},
		{"a bomb whose product is small in 32 bits", boast(t, 1<<16, 1<<16), "more than 12 megapixels"},
		{"more than it has", boast(t, 3000, 3000), "too damaged"},
		{"cut off", encodedPNG(t, halves(50, 50))[:60], "too damaged"},
		{"half a JPEG", []byte("\xff\xd8\xff" + strings.Repeat("x", 100)), "too damaged"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if m, err := draw(t, tt.file, 1, square); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("want %q, got %v, %v", tt.want, m, err)
			}
		})
	}
}
