// Package stills takes the photos that cabinets were asked for, each file once, at an address that cannot be guessed, and reads what is in one.
// It owns nothing: files lie in the books as they came, sealed for the operator.
package stills

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"lockerd/internal/desk/books"
	"lockerd/internal/desk/guess"
	"lockerd/internal/locker"
)

// Prefix is what the paths of these addresses begin with.
const Prefix = "/up/"

// Limits.
const (
	mostBytes = 33 << 20 // a cabinet seals 32 MB at the most
	wait      = 10 * time.Minute
	atOnce    = 2 // files that are read at once: each lies in memory
)

// Opener opens what was sealed for the operator. credential.Operator is one.
type Opener interface {
	Open(sealed []byte) ([]byte, error)
}

// Books are where files are kept. books.Books are such.
type Books interface {
	StillsBehind(ctx context.Context, link string) (*books.Stills, error)
	KeepStills(ctx context.Context, order string, box []byte) error
}

// Receiver takes files. It may be used from anywhere.
type Receiver struct {
	books  Books
	opener Opener
	log    *slog.Logger
	misses *guess.Counter
	turn   chan struct{}
}

// New makes a receiver.
func New(b Books, o Opener, log *slog.Logger) *Receiver {
	return &Receiver{books: b, opener: o, log: log, misses: guess.New(), turn: make(chan struct{}, atOnce)}
}

// Handler answers requests for Prefix and below.
func (r *Receiver) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT "+Prefix+"{link}", func(w http.ResponseWriter, req *http.Request) {
		status := r.take(w, req)
		http.Error(w, http.StatusText(status), status)
	})
	return mux
}

// take takes the file of a request. A cabinet tries again after 429 and 5xx alone.
func (r *Receiver) take(w http.ResponseWriter, req *http.Request) (status int) {
	from := guess.From(req)
	if r.misses.Full(from) {
		return http.StatusTooManyRequests
	}
	wanted, err := r.books.StillsBehind(req.Context(), req.PathValue("link"))
	switch {
	case err != nil:
		r.log.Error("photos cannot be taken", "err", err)
		return http.StatusServiceUnavailable
	case wanted == nil:
		r.misses.Add(from)
		return http.StatusNotFound
	case wanted.Came.IsZero() && !time.Now().Before(wanted.Expires):
		return http.StatusGone
	}
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	default:
		return http.StatusServiceUnavailable
	}
	box, status := read(w, req)
	if status != 0 {
		return status
	}
	if _, err := r.opener.Open(box); err != nil {
		r.log.Warn("photos came that are not sealed for this operator: does the cabinet name its key as keys.operator?", "cabinet", wanted.Cabinet, "order", wanted.Order)
		return http.StatusUnprocessableEntity
	}
	switch err := r.books.KeepStills(req.Context(), wanted.Order, box); {
	case errors.Is(err, books.ErrStillsCame):
		return http.StatusForbidden
	case err != nil:
		r.log.Error("photos cannot be kept", "cabinet", wanted.Cabinet, "order", wanted.Order, "err", err)
		return http.StatusServiceUnavailable
	}
	r.log.Info("photos have come", "cabinet", wanted.Cabinet, "order", wanted.Order, "bytes", len(box))
	return http.StatusCreated
}

// read reads the body of a request, which a slow link may take minutes for; a status other than 0 says why not.
func read(w http.ResponseWriter, req *http.Request) (box []byte, status int) {
	slow := http.NewResponseController(w)
	_ = slow.SetReadDeadline(time.Now().Add(wait)) // a server without deadlines has its own
	_ = slow.SetWriteDeadline(time.Now().Add(wait + time.Minute))
	box, err := io.ReadAll(http.MaxBytesReader(w, req.Body, mostBytes))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, http.StatusRequestEntityTooLarge
	case err != nil:
		return nil, http.StatusServiceUnavailable // it comes again
	}
	hash := sha256.Sum256(box)
	if said := req.Header.Get("Content-Digest"); said != "" && said != "sha-256=:"+base64.StdEncoding.EncodeToString(hash[:])+":" {
		return nil, http.StatusServiceUnavailable
	}
	return box, 0
}

// Still is a photo of a file.
type Still struct {
	At     time.Time     `json:"at"`
	Photo  string        `json:"photo"`
	Door   int           `json:"door"`
	Moment locker.Moment `json:"moment"`
	Gone   string        `json:"gone"` // why it is not in the file; empty: it is
	JPEG   []byte        `json:"-"`
}

// Read reads a file's photos, in their order.
func Read(o Opener, box []byte) (list []Still, err error) {
	plain, err := o.Open(box)
	if err != nil {
		return nil, fmt.Errorf("stills: %w", err)
	}
	pictures := make(map[string][]byte)
	for r := tar.NewReader(bytes.NewReader(plain)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("stills: read: %w", err)
		}
		if pictures[h.Name], err = io.ReadAll(r); err != nil {
			return nil, fmt.Errorf("stills: read: %w", err)
		}
	}
	if err := json.Unmarshal(pictures["list.json"], &list); err != nil {
		return nil, fmt.Errorf("stills: read the list: %w", err)
	}
	for i := range list {
		list[i].JPEG = pictures[list[i].Photo]
	}
	return list, nil
}
