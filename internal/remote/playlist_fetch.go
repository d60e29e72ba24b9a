package remote

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"lockerd/internal/locker"
)

// unshown is a reason why a playlist is not shown that a repetition does not change.
type unshown struct {
	why    locker.PlaylistEnd
	detail string
}

func (u unshown) Error() string { return string(u.why) + ": " + u.detail }

// errOther is for a file that has come in full and is another one. It may have changed while it came in parts: it is fetched anew once.
var errOther = errors.New("the file has another SHA-256 than the order says")

// fetch brings one file of a playlist onto the disk, and continues where it ended. An error that is no unshown may be over at the next
// attempt. No error repeats the address.
func (p *Playlists) fetch(ctx context.Context, one locker.Picturing) error {
	host, err := p.Hosts.Check(one.URL, PictureHosts) // the list may have changed since
	if err != nil {
		return unshown{locker.PlaylistRefused, err.Error()}
	}
	to, err := url.Parse(one.URL)
	if err != nil {
		return unshown{locker.PlaylistRefused, "the url cannot be read"}
	}
	path := p.dir.half(one.SHA256)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return onDisk(err)
	}
	defer f.Close()
	has, err := f.Seek(0, io.SeekEnd)
	if err == nil && has > one.Bytes {
		has, err = 0, f.Truncate(0)
	}
	if err != nil {
		return onDisk(err)
	}
	if has < one.Bytes {
		limited, end := context.WithTimeout(ctx, 2*answerWait+time.Duration(one.Bytes/slowest)*time.Second)
		defer end()
		if err := download(limited, client(to, p.Proxy), one, f, has); err != nil {
			return about(host, err)
		}
	}
	if sum, err := hashOf(f); err != nil {
		return onDisk(err)
	} else if sum != one.SHA256 {
		return about(host, errors.Join(errOther, os.Remove(path)))
	}
	return nil
}

// about names the host in an error, and takes the address out of it.
func about(host string, err error) error {
	var named *url.Error
	var no refused
	var over unshown
	switch {
	case errors.As(err, &over):
		return unshown{over.why, host + ": " + over.detail}
	case errors.As(err, &no):
		return unshown{locker.PlaylistRefused, host + ": " + no.why}
	case errors.As(err, &named):
		err = named.Err
	}
	return fmt.Errorf("%s: %w", host, err)
}

// onDisk is an error of the disk: a full one does not get better by waiting.
func onDisk(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return unshown{locker.PlaylistDisk, err.Error()}
}

// download writes what is missing of a file behind what there is. It never takes more bytes than the order says.
func download(ctx context.Context, c *http.Client, one locker.Picturing, f *os.File, has int64) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, one.URL, nil)
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", "lockerd")
	request.Header.Set("Accept-Encoding", "identity") // what is hashed is the file
	if has > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", has))
	}
	answer, err := c.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK: // from its beginning, whatever was asked for
		has = 0
	case http.StatusPartialContent:
		if from, _, _ := strings.Cut(answer.Header.Get("Content-Range"), "-"); has == 0 || from != fmt.Sprintf("bytes %d", has) {
			return refused{"the server sends another part than was asked for"}
		}
	case http.StatusRequestedRangeNotSatisfiable:
		return errors.Join(errors.New("the server has no more of the file"), f.Truncate(0))
	default:
		return status(reply{answer.StatusCode, answer.Header})
	}
	if err := errors.Join(f.Truncate(has), seek(f, has)); err != nil {
		return onDisk(err)
	}
	left := one.Bytes - has
	if answer.ContentLength >= 0 && answer.ContentLength != left {
		return unshown{locker.PlaylistHash, fmt.Sprintf("the server sends %d bytes, where %d are wanted", answer.ContentLength, left)}
	}
	n, err := io.Copy(disk{f}, io.LimitReader(answer.Body, left))
	switch {
	case err != nil:
		return err
	case n < left:
		return fmt.Errorf("the connection ended after %d of %d bytes", n, left)
	}
	if more, _ := answer.Body.Read(make([]byte, 1)); more > 0 {
		return unshown{locker.PlaylistHash, fmt.Sprintf("the server sends more than %d bytes", one.Bytes)}
	}
	return nil
}

func seek(f *os.File, to int64) error {
	_, err := f.Seek(to, io.SeekStart)
	return err
}

// disk is a file whose errors are told from those of the network.
type disk struct{ f *os.File }

func (d disk) Write(p []byte) (int, error) {
	n, err := d.f.Write(p)
	if err != nil {
		err = onDisk(err)
	}
	return n, err
}

func hashOf(f *os.File) (string, error) {
	sum := sha256.New()
	if err := seek(f, 0); err != nil {
		return "", err
	}
	_, err := io.Copy(sum, f)
	return hex.EncodeToString(sum.Sum(nil)), err
}

// draw makes what is shown of a file that has come in full, and removes the file.
func (p *Playlists) draw(ctx context.Context, one locker.Picturing) (name string, size int64, err error) {
	path := p.dir.half(one.SHA256)
	f, err := os.Open(path)
	if err != nil {
		return "", 0, onDisk(err)
	}
	defer f.Close()
	png, err := p.Draw(ctx, f)
	switch {
	case ctx.Err() != nil:
		return "", 0, ctx.Err()
	case err != nil:
		return "", 0, unshown{locker.PlaylistPicture, err.Error()}
	}
	if err := p.dir.room(int64(len(png))); err != nil {
		return "", 0, err
	}
	if name, err = p.dir.keep(one.SHA256, png); err != nil {
		return "", 0, onDisk(err)
	}
	_ = os.Remove(path) // the next list does it otherwise
	return name, int64(len(png)), nil
}
