package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/nacl/box"
)

// TestPhotosAreUploadedFromAfar: killed while the server hangs, the next run uploads them; whoever has the server reads nothing, the
// operator everything.
func TestPhotosAreUploadedFromAfar(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var mu sync.Mutex
	var has []byte
	asked, over := 0, make(chan struct{})
	server := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		mu.Lock()
		asked++
		first := asked == 1
		if has = body; first {
			has = nil
		}
		mu.Unlock()
		if first {
			select {
			case <-over:
			case <-q.Context().Done():
			}
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(over) })
	r.authority = filepath.Join(r.dir, "authority.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	host := strings.TrimPrefix(server.URL, "https://")
	text := r.configured("[cloud]", "[cloud]\nupload_hosts = [\""+host+"\"]")
	if err := errors.Join(os.WriteFile(r.authority, block, 0o600), os.WriteFile(r.config, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
	r.commission()
	r.broughtIn("PARCEL-1")
	r.cloud.await("a photo", func(c *cloud) bool { return c.count("photo.kept") > 0 })
	kept, _ := r.cloud.last("photo.kept", "", "")

	r.cloud.order("away", "evidence.upload", map[string]any{"photo": kept.field("photo"), "url": "https://127.0.0.1:1/SECRET", "method": "put"}, "", nil)
	if h := r.happens("order.refused", "away"); h.field("code") != "host_not_allowed" {
		t.Errorf("want a host refused that is not on the list, got %s", h.Event)
	}
	r.cloud.order("up", "evidence.upload", map[string]any{"parcel": kept.field("parcel"), "url": server.URL + "/SECRET", "method": "put"}, "", nil)
	r.happens("evidence.asked", "up")
	eventually(t, "the server is asked", func() bool { mu.Lock(); defer mu.Unlock(); return asked > 0 })
	r.kill()
	r.start()
	done := r.happens("evidence.uploaded", "up")
	mu.Lock()
	file := has
	mu.Unlock()
	plain, ok := box.OpenAnonymous(nil, file, r.cloud.public, r.cloud.private)
	if !ok || bytes.Contains(file, []byte("list.json")) {
		t.Fatal("want it sealed to the operator")
	}
	in, pictures := tar.NewReader(bytes.NewReader(plain)), 0
	for {
		h, err := in.Next()
		if err != nil {
			break
		}
		picture, _ := io.ReadAll(in)
		if h.Name != "list.json" && bytes.HasPrefix(picture, []byte("\xff\xd8")) {
			pictures++
		}
	}
	if sum := sha256.Sum256(file); done.field("sha256") != hex.EncodeToString(sum[:]) || pictures == 0 {
		t.Errorf("want the photos under the hash of the event, got %d, %s", pictures, done.Event)
	}
	for topic, said := range r.cloud.heard() {
		if bytes.Contains(said, []byte("SECRET")) {
			t.Errorf("%s tells the whole address", topic)
		}
	}
	if log, err := os.ReadFile(r.log.Name()); err != nil || bytes.Contains(log, []byte("SECRET")) {
		t.Errorf("the log tells the whole address: %v", err)
	}
	r.cloud.complete()
}

// TestReportFromAfar: what is measured, and a log without a person in it, though persons were there.
func TestReportFromAfar(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	door, code := r.broughtIn("PARCEL-1")
	r.scan("BADGE-ADA")
	r.scan("LD1:" + code)
	r.push(door)
	r.cloud.await("it collected", func(c *cloud) bool { return c.count("parcel.collected") == 1 })
	r.cloud.order("report", "report", map[string]any{}, "", nil)
	h := r.happens("report.made", "report")
	text := string(h.Event)
	for _, want := range []string{`"boards":[{"bus":"main","board":1`, `"origin":"new"`, `"of":"journal"`, `"cameras":["front"]`, `"goroutines":`, "is collected"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %s: %.2000s", want, text)
		}
	}
	for _, secret := range []string{code, "BADGE-ADA", "15112345667", "Ada", "135790"} {
		if strings.Contains(text, secret) {
			t.Errorf("the report holds %q", secret)
		}
	}
	if len(text) > 24<<10 {
		t.Errorf("want at most 24 kB, got %d", len(text))
	}
	r.cloud.order("soon", "report", map[string]any{}, "", nil)
	if h := r.happens("order.refused", "soon"); h.field("code") != "busy" {
		t.Errorf("want one a minute, got %s", h.Event)
	}
	r.cloud.complete()
}
