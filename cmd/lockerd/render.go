package main

import "lockerd/internal/cabinet"

// renderPageCommand is the hidden command that lockerd itself starts for each page of a PDF.
type renderPageCommand struct {
	Page   int `arg:""`
	Width  int `arg:""`
	Height int `arg:""`
}

// Run draws one page of the PDF on standard input. A PDF can make it crash: that is why it is a process of its own.
func (c *renderPageCommand) Run() error { return cabinet.RenderPageChild(c.Page, c.Width, c.Height) }
