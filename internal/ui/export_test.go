package ui

import (
	"log/slog"
	"net"
	"net/netip"
)

// How many may be connected.
const (
	MostGuests = mostGuests
	MostOfOne  = mostOfOne
	Handful    = handful
)

// LanguageFolders are where a language's files lie.
var LanguageFolders = []string{"languages", "languages/service", "languages/setup", "../wording/log", "../wording/state"}

// Owners says whose the sockets of this machine are.
var Owners = owners

// NewCrowd makes the kiosk's listener where owners says who is who.
func NewCrowd(l net.Listener, owners func() map[netip.AddrPort]string, log *slog.Logger) net.Listener {
	c := newCrowd(l, log)
	c.owners = owners
	return c
}

// ListenWith has Run listen with something else than a socket of its own; it is to be said before Run.
func (s *Server) ListenWith(listen func(address string) (net.Listener, error)) { s.listen = listen }

// Forget has the next screen drawn anew, whatever was drawn before.
func (s *Server) Forget() { s.canvas = &canvas{pages: s.pages, pieces: make(map[string]drawnPiece)} }
