package camera

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
)

// largest is how many bytes a still may have: a JPEG of 12 megapixels has some 5 MB.
const largest = 8 << 20

// mostPixels is what we decode: 12 megapixels take some 20 MB of memory. A small file may claim to be a huge picture.
const mostPixels = 4096 * 3072

// decode decodes a JPEG whole: one that was cut off, or is none, is a fault.
func decode(picture []byte) (image.Image, error) {
	if len(picture) > largest {
		return nil, fault{"too large", fmt.Errorf("more than %d bytes", largest)}
	}
	size, err := jpeg.DecodeConfig(bytes.NewReader(picture))
	if err != nil {
		return nil, fault{"no picture", err}
	}
	if size.Width == 0 || size.Height == 0 {
		return nil, fault{"no picture", errors.New("no pixels")}
	}
	if size.Width > mostPixels/size.Height {
		return nil, fault{"too large", fmt.Errorf("%d by %d pixels", size.Width, size.Height)}
	}
	img, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, fault{"no picture", err}
	}
	return img, nil
}

// How it is seen that a picture shows nothing.
const (
	cellsX, cellsY = 16, 12 // the picture is made so small
	probes         = 8      // by the mean of so many pixels across and down: that takes a sensor's noise away
	// leastContrast is the standard deviation (of 255) of what is left. A covered lens and an unlit night stay below 3; a
	// dim room has 20 and more.
	leastContrast = 5.0
)

// showsNothing is true for a picture without contrast: the lens is covered, or there is no light at all.
func showsNothing(img image.Image) bool {
	var sum, squares float64
	for y := range cellsY {
		for x := range cellsX {
			v := brightness(img, x, y)
			sum += v
			squares += v * v
		}
	}
	mean := sum / (cellsX * cellsY)
	variance := squares/(cellsX*cellsY) - mean*mean
	return math.Sqrt(max(variance, 0)) < leastContrast
}

// brightness is the mean grey of a cell, 0 to 255.
func brightness(img image.Image, cellX, cellY int) float64 {
	b := img.Bounds()
	var sum float64
	for j := range probes {
		for i := range probes {
			x := b.Min.X + (cellX*probes+i)*b.Dx()/(cellsX*probes)
			y := b.Min.Y + (cellY*probes+j)*b.Dy()/(cellsY*probes)
			sum += float64(color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y)
		}
	}
	return sum / (probes * probes)
}
