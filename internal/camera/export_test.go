package camera

import (
	"context"
	"net"
	"net/http"
)

// Dial has the camera reached over another network: one within a synctest bubble.
func (c *Camera) Dial(dial func(context.Context, string, string) (net.Conn, error)) {
	c.source.(*web).client.Transport.(*http.Transport).DialContext = dial
}

// What is pure of a device, for tests where there is none.
var (
	PickFormat = pickFormat
	WithTables = withTables
)

// PixelFormat is a pixel format.
type PixelFormat = pixelFormat

// PickSize takes what a driver offers as the least, the most and the step of widths, and the same of heights.
func PickSize(offered [][6]int, width, height int) (w, h int) {
	var sizes []frameSize
	for _, n := range offered {
		sizes = append(sizes, frameSize{span{n[0], n[1], n[2]}, span{n[3], n[4], n[5]}})
	}
	return pickSize(sizes, width, height)
}

// Frame makes a still of a device's frame.
func Frame(format PixelFormat, width, height, stride int, frame []byte) ([]byte, error) {
	return mode{format, width, height, stride}.jpeg(frame)
}

// Keep seals a picture into the store.
func (s *Store) Keep(camera string, picture []byte) (name, sha256 string, key []byte, err error) {
	k, err := s.keep(camera, picture)
	return k.name, k.sha256, k.key, err
}

// Sweep removes what is too old.
func (s *Store) Sweep() error { return s.sweep(0) }
