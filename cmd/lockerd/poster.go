package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"

	"lockerd/internal/document"
	"lockerd/internal/ui"
)

// renderPage is the hidden command that the process itself starts for each page of a PDF.
const renderPage = "render-page"

type renderPageCommand struct {
	Page   int `arg:""`
	Width  int `arg:""`
	Height int `arg:""`
}

// Run draws one page of the PDF on standard input. A PDF can make it crash: that is why it is a process of its own.
func (c *renderPageCommand) Run() error {
	return document.Child(os.Stdin, os.Stdout, c.Page, document.Box{Width: c.Width, Height: c.Height})
}

// poster makes the poster and who owns it, if one is configured. Its last good picture lies beside the journal; what is
// wrong with it, technicians can read.
func (c *cabinet) poster(cfg *config, kiosk *ui.Server, gauges *instruments, log *slog.Logger) {
	if cfg.Poster.File == "" {
		return
	}
	draws := document.NewRenderer(renderPage)
	poster := document.NewPoster(cfg.Poster, filepath.Dir(cfg.Journal), draws, kiosk.ShowPoster, log)
	gauges.poster = poster.Problem
	c.owners = append(c.owners, poster.Run)
}

// poster draws the poster as the daemon would. None is nothing wrong: it may come later.
func (k *checkup) poster(cfg *config) {
	if cfg.Poster.File == "" {
		return
	}
	f, err := os.Open(cfg.Poster.File)
	if os.IsNotExist(err) {
		k.note("poster %s: there is none", cfg.Poster.File)
		return
	}
	if err == nil {
		defer f.Close()
		_, err = document.NewRenderer(renderPage).Render(context.Background(), f, 1, document.Glass)
	}
	k.say(err, "poster %s", cfg.Poster.File)
	if document.Landlock() == 0 {
		k.note("the kernel has no landlock: a PDF is drawn behind seccomp alone")
	}
}
