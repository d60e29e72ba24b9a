package cabinet

import (
	"log/slog"
	"os"
	"path/filepath"

	"lockerd/internal/document"
	"lockerd/internal/ui"
)

// poster makes the poster and its owner, if one is configured. Its last good picture is kept beside the journal; technicians
// can read what is wrong with it.
func (c *Config) poster(all *owners, kiosk *ui.Server, gauges *instruments, log *slog.Logger) {
	if c.Poster.File == "" {
		return
	}
	draws := document.NewRenderer(RenderPage)
	poster := document.NewPoster(c.Poster, filepath.Dir(c.Journal), draws, kiosk.ShowPoster, log)
	gauges.poster = poster.Problem
	all.add("poster", poster.Run)
}

// RenderPage is the argument with which the program starts itself to render a page of a PDF; page, width and height follow.
const RenderPage = "render-page"

// RenderPageChild draws one page of the PDF on standard input within width and height in pixels.
func RenderPageChild(page, width, height int) error {
	return document.Child(os.Stdin, os.Stdout, page, document.Box{Width: width, Height: height})
}
