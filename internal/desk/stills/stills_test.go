package stills_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/nacl/box"

	"lockerd/internal/credential"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/stills"
)

// shelf expects one file behind the link "right".
type shelf struct {
	wanted books.Stills
	kept   []byte
	broken bool
}

func (s *shelf) StillsBehind(_ context.Context, link string) (*books.Stills, error) {
	if s.broken {
		return nil, errors.New("the disk is gone")
	}
	if link != "right" {
		return nil, nil
	}
	return &s.wanted, nil
}

func (s *shelf) KeepStills(_ context.Context, _ string, file []byte) error {
	if s.kept != nil && !bytes.Equal(s.kept, file) {
		return books.ErrStillsCame
	}
	s.kept, s.wanted.Came = file, time.Now()
	return nil
}

// file is what a cabinet sends, by docs/cloud.md: a tar in a box for the operator.
func file(t *testing.T, o *credential.Operator, list string, pictures map[string]string) []byte {
	t.Helper()
	var plain bytes.Buffer
	w := tar.NewWriter(&plain)
	add := func(name, text string) {
		fatal(t, w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(text))}))
		_, err := io.WriteString(w, text)
		fatal(t, err)
	}
	add("list.json", list)
	for name, text := range pictures {
		add(name, text)
	}
	fatal(t, w.Close())
	public, err := base64.StdEncoding.DecodeString(o.Public())
	fatal(t, err)
	sealed, err := box.SealAnonymous(nil, plain.Bytes(), (*[32]byte)(public), rand.Reader)
	fatal(t, err)
	return sealed
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const list = `[{"seq":5,"at":"2026-11-29T09:00:00Z","photo":"a.jpg","sha256":"00","parcel":"p1","door":7,"moment":"drop"},{"seq":9,"at":"2026-11-29T10:00:00Z","photo":"b.jpg","sha256":"01","door":7,"moment":"pickup","gone":"erased"}]`

func TestAFileIsRead(t *testing.T) {
	o := credential.NewOperator()
	got, err := stills.Read(o, file(t, o, list, map[string]string{"a.jpg": "a picture"}))
	fatal(t, err)
	if len(got) != 2 || string(got[0].JPEG) != "a picture" || got[0].Moment != "drop" || got[0].Door != 7 || got[1].JPEG != nil || got[1].Gone != "erased" {
		t.Errorf("want a picture and one that is gone, got %+v", got)
	}
	for name, bad := range map[string][]byte{"another operator's": file(t, credential.NewOperator(), list, nil), "no list": file(t, o, "", nil), "nothing": nil} {
		if _, err := stills.Read(o, bad); err == nil {
			t.Errorf("%s: want an error", name)
		}
	}
}

// TestAFileComesOnce: at its address alone, whole, in time, sealed for this operator. The same again is no harm.
func TestAFileComesOnce(t *testing.T) {
	o := credential.NewOperator()
	s := &shelf{wanted: books.Stills{Order: "o1", Cabinet: "demo-1", Parcel: "p1", Expires: time.Now().Add(time.Hour)}}
	var log bytes.Buffer
	server := httptest.NewServer(stills.New(s, o, slog.New(slog.NewTextHandler(&log, nil))).Handler())
	t.Cleanup(server.Close)
	put := func(method, path string, body io.Reader, digest string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, body)
		fatal(t, err)
		if digest != "" {
			r.Header.Set("Content-Digest", digest)
		}
		got, err := http.DefaultClient.Do(r)
		fatal(t, err)
		_ = got.Body.Close()
		return got.StatusCode
	}
	right := file(t, o, list, map[string]string{"a.jpg": "a picture"})
	hash := sha256.Sum256(right)
	digest := "sha-256=:" + base64.StdEncoding.EncodeToString(hash[:]) + ":"
	for _, c := range []struct {
		name, method, path string
		body               []byte
		digest             string
		want               int
	}{
		{"another address", "PUT", "/up/wrong", right, "", http.StatusNotFound},
		{"looking", "GET", "/up/right", nil, "", http.StatusMethodNotAllowed},
		{"another operator's", "PUT", "/up/right", file(t, credential.NewOperator(), list, nil), "", http.StatusUnprocessableEntity},
		{"nothing", "PUT", "/up/right", nil, "", http.StatusUnprocessableEntity},
		{"changed on its way", "PUT", "/up/right", right[1:], digest, http.StatusServiceUnavailable},
		{"right", "PUT", "/up/right", right, digest, http.StatusCreated},
		{"again", "PUT", "/up/right", right, digest, http.StatusCreated},
		{"another one", "PUT", "/up/right", file(t, o, list, nil), "", http.StatusForbidden},
	} {
		if got := put(c.method, c.path, bytes.NewReader(c.body), c.digest); got != c.want {
			t.Errorf("%s: want %d, got %d", c.name, c.want, got)
		}
	}
	if !bytes.Equal(s.kept, right) {
		t.Error("want the file kept as it came")
	}
	if got := put("PUT", "/up/right", io.LimitReader(zero{}, 34<<20), ""); got != http.StatusRequestEntityTooLarge {
		t.Errorf("want one that is too large refused, got %d", got)
	}
	s.wanted.Came, s.wanted.Expires = time.Time{}, time.Now()
	if got := put("PUT", "/up/right", bytes.NewReader(right), ""); got != http.StatusGone {
		t.Errorf("want one that comes too late refused, got %d", got)
	}
	s.broken = true
	if got := put("PUT", "/up/right", bytes.NewReader(right), ""); got != http.StatusServiceUnavailable {
		t.Errorf("want the cabinet to try again, got %d", got)
	}
	s.broken = false
	for range 30 {
		put("PUT", "/up/guess", nil, "")
	}
	if got := put("PUT", "/up/right", bytes.NewReader(right), ""); got != http.StatusTooManyRequests {
		t.Errorf("want who guesses to wait, got %d", got)
	}
	if strings.Contains(log.String(), "right") {
		t.Errorf("want no address in the log, got %s", &log)
	}
}

// zero is endless.
type zero struct{}

func (zero) Read(p []byte) (int, error) { clear(p); return len(p), nil }
