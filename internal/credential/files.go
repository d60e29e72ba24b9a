package credential

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"lockerd/internal/durable"
)

// Make makes new keys in a directory that only the owner can read. Existing keys are kept.
func Make(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("credential: %w", err)
	}
	for _, name := range []string{MasterFile, LookupFile, CabinetFile} {
		if err := makeKey(dir, name); err != nil {
			return fmt.Errorf("credential: make key: %w", err)
		}
	}
	return nil
}

// makeKey makes a key file, complete or not at all, unless it exists.
func makeKey(dir, name string) error {
	path := filepath.Join(dir, name)
	if _, err := os.Lstat(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var key Key
	_, _ = rand.Read(key[:]) // never fails
	return durable.Write(path, 0o400, []byte(base64.StdEncoding.EncodeToString(key[:])+"\n"))
}

// MakeNext makes the new master key beside the present one, or reads it if it exists: an interrupted rotation continues with
// the same key.
func MakeNext(dir string) (Key, error) {
	var key Key
	if err := makeKey(dir, NextFile); err != nil {
		return key, fmt.Errorf("credential: make the next master key: %w", err)
	}
	return key, readKey(dir, NextFile, &key)
}

// PlaceNext replaces the master key by the new one.
func PlaceNext(dir string) error {
	err := os.Rename(filepath.Join(dir, NextFile), filepath.Join(dir, MasterFile))
	if err == nil {
		err = durable.SyncFolder(dir)
	}
	if err != nil {
		return fmt.Errorf("credential: put %s in the place of %s: %w", NextFile, MasterFile, err)
	}
	return nil
}

// next reads the new master key, if there is one. An invalid one must not stop a cabinet whose present key is good.
func (k *Keys) next(dir string) {
	var key Key
	var lost *LostKey
	switch err := readKey(dir, NextFile, &key); {
	case err == nil:
		k.Next = &key
	case errors.As(err, &lost) && lost.Why == missing:
	default:
		k.NextProblem = err
	}
}

// Others are the further master keys that files may be under.
func (k *Keys) Others() [][32]byte {
	if k.Next == nil {
		return nil
	}
	return [][32]byte{*k.Next}
}

// Prints are fingerprints, by file name, of the keys that must stay the same as long as codes, badges and orders made with
// them do. They distinguish keys and reveal nothing of them.
func (k *Keys) Prints() map[string][32]byte {
	prints := make(map[string][32]byte)
	for name, key := range map[string]Key{LookupFile: k.lookup, CabinetFile: k.cabinet} {
		m := hmac.New(sha256.New, key[:])
		_, _ = io.WriteString(m, "lockerd print of "+name)
		prints[name] = [32]byte(m.Sum(nil))
	}
	return prints
}
