package remote

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"lockerd/internal/durable"
	"lockerd/internal/locker"
)

// hung is the one file that says which pictures are shown. It is replaced atomically: a power cut leaves the old list or the new one.
type hung struct {
	Order    string `json:"order"`
	Pictures []hang `json:"pictures,omitempty"`
}

// hang is a picture of a list, as it was drawn.
type hang struct {
	File string `json:"file"` // its name: the hash of what was fetched, and its own
	locker.Picturing
}

// tag names a picture by what it looks like.
func (p hang) tag() string {
	_, own, _ := strings.Cut(strings.TrimSuffix(p.File, ".png"), "-")
	return own[:min(32, len(own))]
}

// gallery is the folder of pictures. A drawn one is SOURCE-PICTURE.png: the hash of the file that it was drawn from, and its own, so that
// a damaged one is never shown; SOURCE.fetch is a file that has not come in full.
type gallery string

// Limits of the folder.
const (
	mostDrawn = 128 << 20 // bytes of the pictures of a list as they are drawn; for a moment there are two lists
	keepFree  = 256 << 20 // bytes of the disk that pictures leave to what is worth more: the journal lies there, too
)

func (g gallery) path(name string) string { return filepath.Join(string(g), name) }
func (g gallery) half(hash string) string { return g.path(hash + ".fetch") }

// list reads which pictures are shown; without a file, none.
func (g gallery) list() (h hung, err error) {
	data, err := os.ReadFile(g.path("playlist.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return hung{}, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &h)
	}
	if err != nil {
		return hung{}, fmt.Errorf("remote: read playlist: %w", err)
	}
	return h, nil
}

// swap puts a list in the place of the one before, and only then removes the pictures that are in neither.
func (g gallery) swap(h hung) error {
	data, err := json.Marshal(h)
	if err == nil {
		err = durable.Write(g.path("playlist.json"), 0o600, data)
	}
	if err != nil {
		return fmt.Errorf("remote: keep playlist: %w", err)
	}
	for _, pattern := range []string{"*.png", "*" + durable.Part, "*.fetch"} {
		paths, _ := filepath.Glob(g.path(pattern)) // fails for a bad pattern alone
		for _, path := range paths {
			if !slices.ContainsFunc(h.Pictures, func(p hang) bool { return p.File == filepath.Base(path) }) {
				_ = os.Remove(path) // again with the next list
			}
		}
	}
	return nil
}

// drawn is the name of the picture of a file that was drawn before, if it is whole, and its size.
func (g gallery) drawn(hash string) (name string, size int64, ok bool) {
	paths, _ := filepath.Glob(g.path(hash + "-*.png"))
	for _, path := range paths {
		if png, err := g.picture(filepath.Base(path)); err == nil {
			return filepath.Base(path), int64(len(png)), true
		}
	}
	return "", 0, false
}

// keep puts a drawn picture into the folder.
func (g gallery) keep(hash string, png []byte) (name string, err error) {
	name = hash + "-" + Hash(png) + ".png"
	return name, durable.Write(g.path(name), 0o600, png)
}

// picture reads a drawn picture and checks that it is the one.
func (g gallery) picture(name string) ([]byte, error) {
	png, err := os.ReadFile(g.path(name))
	if err != nil {
		return nil, fmt.Errorf("remote: read picture: %w", err)
	}
	if !strings.HasSuffix(name, "-"+Hash(png)+".png") {
		return nil, fmt.Errorf("remote: read picture %.8s: damaged", name)
	}
	return png, nil
}

// room says that the disk has room for so many bytes more, and what must stay free besides.
func (g gallery) room(bytes int64) error {
	var disk unix.Statfs_t
	if err := unix.Statfs(string(g), &disk); err != nil {
		return unshown{locker.PlaylistDisk, err.Error()}
	}
	if free := int64(disk.Bavail) * disk.Bsize; free < keepFree+bytes {
		return unshown{locker.PlaylistDisk, fmt.Sprintf("%d MB are free, where %d must stay so", free>>20, keepFree>>20)}
	}
	return nil
}
