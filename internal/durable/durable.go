// Package durable replaces files atomically: after a power cut a file is either complete or as it was before.
package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Part ends the name of a file until it is whole. A power cut may leave such a file behind: it is nobody's.
const Part = ".part"

// Replace puts a file with what fill writes in the place of path, or leaves what is there as it is. When it returns nil the
// file and its name are on the disk.
func Replace(path string, mode fs.FileMode, fill func(*os.File) error) error {
	part := path + Part
	if err := remove(part); err != nil {
		return err
	}
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	err = fill(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		return errors.Join(err, remove(part))
	}
	return SyncFolder(filepath.Dir(path))
}

// Write is a Replace with bytes.
func Write(path string, mode fs.FileMode, data []byte) error {
	return Replace(path, mode, func(f *os.File) error {
		_, err := f.Write(data)
		return err
	})
}

// SyncFolder makes last what was named, renamed or removed in a folder.
func SyncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
