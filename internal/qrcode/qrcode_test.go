package qrcode_test

import (
	"bytes"
	"fmt"
	"image/png"
	"strings"
	"testing"

	"lockerd/internal/qrcode"
)

// TestPathIsThePicture: the path of an SVG has just the dark modules of the PNG, which is six pixels a module.
func TestPathIsThePicture(t *testing.T) {
	const text = "https://pay.example.org/p/77d0e1"
	path, side, err := qrcode.Path(text)
	if err != nil {
		t.Fatal(err)
	}
	data, err := qrcode.PNG(text)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if got := picture.Bounds().Dx(); got != 6*side {
		t.Fatalf("want a side of %d modules, got %d pixels", side, got)
	}
	dark := make(map[[2]int]bool)
	for part := range strings.SplitSeq(strings.TrimSuffix(path, "z"), "z") {
		var x, y int
		if _, err := fmt.Sscanf(part, "M%d %dh1v1h-1", &x, &y); err != nil {
			t.Fatalf("%q: %v", part, err)
		}
		dark[[2]int{x, y}] = true
	}
	for y := range side {
		for x := range side {
			grey, _, _, _ := picture.At(6*x+3, 6*y+3).RGBA()
			if dark[[2]int{x, y}] != (grey < 0x8000) {
				t.Fatalf("module %d, %d differs", x, y)
			}
		}
	}
	if _, _, err := qrcode.Path(strings.Repeat("x", 5000)); err == nil {
		t.Error("want what does not fit refused")
	}
}
