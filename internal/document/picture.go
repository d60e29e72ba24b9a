package document

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"

	scale "golang.org/x/image/draw"
)

// mostPixels is how many pixels a picture may have, whatever its file says and however small that is: a photo of 12 megapixels. What it
// takes to decode them is limited by the child's memory besides.
const mostPixels = 12 << 20

var (
	errNotPicture  = errors.New("the picture is too damaged to be read")
	errTooDetailed = fmt.Errorf("the picture has no size, or more than %d megapixels", mostPixels>>20)
)

// decoders are of the pictures that are no PDF, by what their files begin with.
var decoders = []struct {
	signature []byte
	config    func([]byte) (image.Config, error)
	decode    func([]byte) (image.Image, error)
}{
	{signature,
		func(b []byte) (image.Config, error) { return png.DecodeConfig(bytes.NewReader(b)) },
		func(b []byte) (image.Image, error) { return png.Decode(bytes.NewReader(b)) }},
	{[]byte("\xff\xd8\xff"),
		func(b []byte) (image.Config, error) { return jpeg.DecodeConfig(bytes.NewReader(b)) },
		func(b []byte) (image.Image, error) { return jpeg.Decode(bytes.NewReader(b)) }},
}

// drawPicture draws a PNG or a JPEG as large as fits into the box, and no larger than it is; false: the bytes are neither. What it
// returns holds nothing of the file but what it looks like.
func drawPicture(data []byte, box Box) (picture []byte, is bool, err error) {
	for _, d := range decoders {
		if !bytes.HasPrefix(data, d.signature) {
			continue
		}
		size, err := d.config(data)
		switch {
		case err != nil:
			return nil, true, errNotPicture
		case size.Width < 1 || size.Height < 1 || size.Width > mostPixels/size.Height:
			return nil, true, errTooDetailed
		}
		from, err := d.decode(data)
		if err != nil {
			return nil, true, errNotPicture
		}
		picture, err = fit(from, box)
		return picture, true, err
	}
	return nil, false, nil
}

// fit is a picture as a PNG within a box. On a screen nothing is behind it that could shine through: it is laid on white paper.
func fit(from image.Image, box Box) ([]byte, error) {
	size := from.Bounds()
	width, height := size.Dx(), size.Dy()
	if width > box.Width {
		width, height = box.Width, max(1, height*box.Width/width)
	}
	if height > box.Height {
		width, height = max(1, width*box.Height/height), box.Height
	}
	to := image.NewRGBA(image.Rect(0, 0, width, height))
	scale.Draw(to, to.Bounds(), image.White, image.Point{}, scale.Src)
	scale.CatmullRom.Scale(to, to.Bounds(), from, size, scale.Over, nil)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, to); err != nil {
		return nil, errUndrawn
	}
	return out.Bytes(), nil
}
