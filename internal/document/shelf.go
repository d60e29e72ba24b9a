package document

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"lockerd/internal/durable"
)

// shelf is the directory where the last good picture is kept, as poster-SOURCE-PICTURE.png: the hash of the PDF that it
// was drawn from, and its own, so that a torn file is never shown.
type shelf string

// keep puts a picture on the shelf in the place of any other.
func (s shelf) keep(p picture) error {
	name := fmt.Sprintf("poster-%s-%s.png", p.source, p.tag())
	if err := durable.Write(filepath.Join(string(s), name), 0o600, p.png); err != nil {
		return fmt.Errorf("document: keep poster: %w", err)
	}
	return s.clear(name)
}

// last is the picture on the shelf. There is none after the first start; there may be two after a power cut between a
// renaming and a clearing, and then the younger is meant.
func (s shelf) last() (picture, error) {
	var found picture
	var errs []error
	var youngest int64
	for _, path := range s.all() {
		p, written, err := recall(path)
		if err != nil {
			errs = append(errs, fmt.Errorf("document: take poster from the shelf: %w", err))
		} else if found.png == nil || written > youngest {
			found, youngest = p, written
		}
	}
	return found, errors.Join(errs...)
}

func recall(path string) (picture, int64, error) {
	f, err := os.Stat(path)
	if err != nil {
		return picture{}, 0, err
	}
	if f.Size() > int64(Glass.most()) {
		return picture{}, 0, fmt.Errorf("%s: it is larger than a picture can be", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return picture{}, 0, err
	}
	parts := strings.Split(strings.TrimSuffix(filepath.Base(path), ".png"), "-")
	if len(parts) != 3 || parts[2] != digest(data) {
		return picture{}, 0, fmt.Errorf("%s: it is damaged", path)
	}
	return picture{source: parts[1], png: data}, f.ModTime().UnixNano(), nil
}

// clear removes all but one, and what a power cut has left half.
func (s shelf) clear(but string) error {
	var errs []error
	half, _ := filepath.Glob(filepath.Join(string(s), "poster-*"+durable.Part)) // fails for a bad pattern alone
	for _, path := range append(s.all(), half...) {
		if filepath.Base(path) == but {
			continue
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("document: clear the shelf: %w", err))
		}
	}
	return errors.Join(errs...)
}

func (s shelf) all() []string {
	entries, err := os.ReadDir(string(s))
	if err != nil {
		return nil // what cannot be read has nothing on it; keeping something will say so
	}
	var paths []string
	for _, e := range entries {
		if name := e.Name(); strings.HasPrefix(name, "poster-") && strings.HasSuffix(name, ".png") {
			paths = append(paths, filepath.Join(string(s), name))
		}
	}
	return paths
}
