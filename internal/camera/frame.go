package camera

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"slices"
	"sync"
)

// Pixel formats that we read.
const (
	formatMJPEG pixelFormat = 'M' | 'J'<<8 | 'P'<<16 | 'G'<<24
	formatJPEG  pixelFormat = 'J' | 'P'<<8 | 'E'<<16 | 'G'<<24
	formatYUYV  pixelFormat = 'Y' | 'U'<<8 | 'Y'<<16 | 'V'<<24
)

// pickFormat prefers what the camera compresses itself: raw frames of that size need more than USB 2 can carry.
func pickFormat(offered []pixelFormat) (pixelFormat, error) {
	for _, f := range []pixelFormat{formatMJPEG, formatJPEG, formatYUYV} {
		if slices.Contains(offered, f) {
			return f, nil
		}
	}
	return 0, fault{"device fails", fmt.Errorf("it offers the pixel formats %q, and none of MJPG, JPEG, YUYV", offered)}
}

// pickSize is the largest size that is offered and within width and height; if all are larger, the smallest. A driver
// that offers none is asked for the size that is wanted.
func pickSize(offered []frameSize, width, height int) (w, h int) {
	var smallW, smallH int
	for _, s := range offered {
		if s.width.least <= width && s.height.least <= height {
			if sw, sh := s.width.within(width), s.height.within(height); sw*sh > w*h {
				w, h = sw, sh
			}
		}
		if smallW == 0 || s.width.least*s.height.least < smallW*smallH {
			smallW, smallH = s.width.least, s.height.least
		}
	}
	switch {
	case w > 0:
		return w, h
	case smallW > 0:
		return smallW, smallH
	}
	return width, height
}

// within is the largest that is not above want.
func (s span) within(want int) int {
	top := min(s.most, want)
	return top - (top-s.least)%max(s.step, 1)
}

// jpeg makes a still of a frame. A frame that was cut off is a fault.
func (m mode) jpeg(frame []byte) ([]byte, error) {
	if m.format != formatYUYV {
		still, err := withTables(frame)
		if err == nil {
			_, err = decode(still)
		}
		if err != nil {
			return nil, err
		}
		return bytes.Clone(still), nil // the frame's memory is the driver's
	}
	img, err := m.yuyv(frame)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 85}); err != nil {
		return nil, fault{"no picture", err}
	}
	return out.Bytes(), nil
}

// yuyv reads a raw frame: for two pixels side by side their two brightnesses and, between them, the colour they share.
// The values are taken over as they are; where a camera keeps to the narrow range of television the picture is a little
// flat, but no camera's highlights are cut off.
func (m mode) yuyv(frame []byte) (*image.YCbCr, error) {
	line := 2 * m.width
	stride := max(m.stride, line)
	if m.width <= 0 || m.height <= 0 || m.width%2 != 0 || len(frame) < stride*(m.height-1)+line {
		return nil, fault{"no picture",
			fmt.Errorf("a frame of %d bytes is not %d by %d pixels", len(frame), m.width, m.height)}
	}
	img := image.NewYCbCr(image.Rect(0, 0, m.width, m.height), image.YCbCrSubsampleRatio422)
	at := 0
	for y := range m.height {
		for pair := range slices.Chunk(frame[y*stride:y*stride+line], 4) {
			img.Y[2*at], img.Cb[at], img.Y[2*at+1], img.Cr[at] = pair[0], pair[1], pair[2], pair[3]
			at++
		}
	}
	return img, nil
}

// Markers of JPEG (ITU-T T.81, table B.1).
const (
	markHuffman = 0xC4
	markScan    = 0xDA
)

// withTables adds the Huffman tables that most cameras leave out of Motion JPEG, because all use the standard's own.
func withTables(frame []byte) ([]byte, error) {
	tables, scan, err := segments(frame)
	if err != nil || tables != nil {
		return frame, err
	}
	out := make([]byte, 0, len(frame)+512)
	out = append(out, frame[:scan]...)
	out = append(out, standardTables()...)
	return append(out, frame[scan:]...), nil
}

// standardTables are the tables of ITU-T T.81, annex K.3, which are those that the standard library writes.
var standardTables = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewYCbCr(image.Rect(0, 0, 8, 8), image.YCbCrSubsampleRatio420), nil); err != nil {
		panic("camera: encode a picture of our own: " + err.Error())
	}
	tables, _, err := segments(b.Bytes())
	if err != nil {
		panic("camera: read a picture of our own: " + err.Error())
	}
	return tables
})

// segments walks a JPEG up to its pixels: its Huffman tables, if it has any, and where the scan begins.
func segments(picture []byte) (tables []byte, scan int, err error) {
	none := fault{"no picture", errors.New("a frame that is no JPEG")}
	if len(picture) < 4 || picture[0] != 0xFF || picture[1] != 0xD8 {
		return nil, 0, none
	}
	for at := 2; at+4 <= len(picture); {
		if picture[at] != 0xFF {
			return nil, 0, none
		}
		length := 2 + int(picture[at+2])<<8 + int(picture[at+3])
		switch picture[at+1] {
		case markScan:
			return tables, at, nil
		case markHuffman:
			if at+length > len(picture) {
				return nil, 0, none
			}
			tables = append(tables, picture[at:at+length]...)
		}
		at += length
	}
	return nil, 0, none
}
