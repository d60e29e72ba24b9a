// Package qrcode draws QR codes on a terminal, as PNG pictures and as paths of SVG.
package qrcode

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
)

// quiet is the white frame that a QR code needs around it, in modules.
const quiet = 4

// HalfBlocks draws a QR code for a terminal, two modules a character, black on white whatever the terminal's colours.
func HalfBlocks(text string) (string, error) {
	code, err := qr.Encode(text, qr.L, qr.Auto)
	if err != nil {
		return "", fmt.Errorf("draw a QR code: %w", err)
	}
	size := code.Bounds().Dx()
	dark := func(x, y int) bool {
		if x < 0 || y < 0 || x >= size || y >= size {
			return false
		}
		grey, _, _, _ := code.At(x, y).RGBA()
		return grey == 0
	}
	var b strings.Builder
	for y := -quiet; y < size+quiet; y += 2 {
		b.WriteString("   \x1b[30;107m") // black on bright white
		for x := -quiet; x < size+quiet; x++ {
			switch upper, lower := dark(x, y), dark(x, y+1); {
			case upper && lower:
				b.WriteRune('█')
			case upper:
				b.WriteRune('▀')
			case lower:
				b.WriteRune('▄')
			default:
				b.WriteByte(' ')
			}
		}
		b.WriteString("\x1b[0m\n")
	}
	return b.String(), nil
}

// Path is a QR code as the path of an SVG picture, a unit a module, at error correction M; side is how many units it has with the quiet
// zone around it.
func Path(text string) (path string, side int, err error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", 0, fmt.Errorf("draw a QR code: %w", err)
	}
	size := code.Bounds().Dx()
	var b strings.Builder
	for y := range size {
		for x := range size {
			if grey, _, _, _ := code.At(x, y).RGBA(); grey == 0 {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	return b.String(), size + 2*quiet, nil
}

// PNG is a QR code as a picture with the quiet zone that scanners ask for (4 modules, ISO/IEC 18004), six pixels a module, at error
// correction M.
func PNG(text string) ([]byte, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("draw a QR code: %w", err)
	}
	const pixels = 6
	size := code.Bounds().Dx() * pixels
	if code, err = barcode.Scale(code, size, size); err != nil {
		return nil, fmt.Errorf("draw a QR code: %w", err)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, framed(code, quiet*pixels)); err != nil {
		return nil, fmt.Errorf("draw a QR code: %w", err)
	}
	return out.Bytes(), nil
}

// WritePNG writes a new file, for its owner alone, with the picture of a QR code.
func WritePNG(path, text string) error {
	picture, err := PNG(text)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("draw a QR code: %w", err)
	}
	_, err = f.Write(picture)
	return errors.Join(err, f.Close())
}

// framed is a picture on a white ground.
func framed(picture image.Image, margin int) image.Image {
	size := picture.Bounds().Dx() + 2*margin
	ground := image.NewGray(image.Rect(0, 0, size, size))
	draw.Draw(ground, ground.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(ground, picture.Bounds().Add(image.Pt(margin, margin)), picture, picture.Bounds().Min, draw.Src)
	return ground
}
