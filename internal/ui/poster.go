package ui

import (
	"net/http"

	"lockerd/internal/locker"
)

// poster is the operator's picture on the idle screen. The zero value is none.
type poster struct {
	png []byte
	tag string // names the picture by its content
}

// ShowPoster puts a PNG on the idle screen in place of the cabinet's picture; nil and an empty tag remove it. Every picture
// needs its own tag. It never blocks, and every screen follows at once.
func (s *Server) ShowPoster(png []byte, tag string) {
	s.mu.Lock()
	old := s.newest
	s.newest.poster, s.newest.over = poster{png, tag}, make(chan struct{})
	s.mu.Unlock()
	close(old.over)
}

// hang puts the poster in its place: at the side of what can be done, never before it, and only while nothing is going
// on.
func (s *screen) hang(p poster) {
	if s.Step == locker.StepHome {
		s.Poster = p.tag
	}
}

// posterPNG serves the poster that is shown. Its name holds its tag, so that a browser needs it once.
func (s *Server) posterPNG(w http.ResponseWriter, r *http.Request) {
	p := s.now().poster
	if p.tag == "" || r.PathValue("tag") != p.tag {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", forEver)
	w.Header().Set("Content-Type", "image/png")
	_, _ = w.Write(p.png) // a browser that went away misses nothing
}
