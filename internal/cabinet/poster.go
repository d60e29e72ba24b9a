package cabinet

import (
	"log/slog"
	"os"
	"path/filepath"

	"lockerd/internal/document"
	"lockerd/internal/locker"
	"lockerd/internal/remote"
)

// brought makes what goes over the network for orders, and its owners.
func (c *Cabinet) brought(all *owners, loop *loop, photos remote.Photos, seal func([]byte) locker.Box, draws *document.Renderer, show func([]byte, string)) remote.Brought {
	dir, cloud := c.cfg.remoteFolder(), &c.cfg.Cloud
	uploads := remote.NewUploads(remote.UploadParts{Dir: filepath.Join(dir, "uploads"), Hosts: cloud.UploadHosts, Proxy: cloud.Proxied,
		Photos: photos, Seal: seal, Tell: loop.do, Log: c.part("uploads")})
	lists := remote.NewPlaylists(remote.PlaylistParts{Dir: filepath.Join(dir, "pictures"), Hosts: cloud.PictureHosts, Proxy: cloud.Proxied,
		Draw: draws.Picture, Show: show, Tell: loop.do, Log: c.part("pictures")})
	all.add("uploads", uploads.Run)
	all.add("pictures", lists.Run)
	return remote.Brought{Uploads: uploads, Playlists: lists}
}

// poster makes the poster and its owner, if one is configured: it is shown where no order's pictures are. Its last good picture is kept
// beside the journal; technicians can read what is wrong with it.
func (c *Config) poster(all *owners, draws *document.Renderer, lists *remote.Playlists, gauges *instruments, log *slog.Logger) {
	if c.Poster.File == "" {
		return
	}
	poster := document.NewPoster(c.Poster, filepath.Dir(c.Journal), draws, lists.Beneath, log)
	gauges.poster = poster.Problem
	all.add("poster", poster.Run)
}

// RenderPage is the argument with which the program starts itself to render a page of a PDF; page, width and height follow.
const RenderPage = "render-page"

// RenderPageChild draws one page of the PDF on standard input within width and height in pixels.
func RenderPageChild(page, width, height int) error {
	return document.Child(os.Stdin, os.Stdout, page, document.Box{Width: width, Height: height})
}
