package camera

import (
	"context"
	"net"
	"net/http"

	"github.com/blackjack/webcam"
)

// Dial has the camera reached over another network: one within a synctest bubble.
func (c *Camera) Dial(dial func(context.Context, string, string) (net.Conn, error)) {
	c.source.(*web).client.Transport.(*http.Transport).DialContext = dial
}

// What is pure of a device, for tests where there is none.
var (
	PickFormat = pickFormat
	PickSize   = pickSize
	WithTables = withTables
	Unmap      = unmap
)

// Frame makes a still of a device's frame.
func Frame(format webcam.PixelFormat, width, height int, frame []byte) ([]byte, error) {
	return mode{format, width, height}.jpeg(frame)
}

// Keep seals a picture into the store.
func (s *Store) Keep(camera string, picture []byte) (name, sha256 string, key []byte, err error) {
	k, err := s.keep(camera, picture)
	return k.name, k.sha256, k.key, err
}

// Sweep removes what is too old.
func (s *Store) Sweep() error { return s.sweep(0) }
