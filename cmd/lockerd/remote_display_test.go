package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTheIdleScreenFromAfar: a picture over HTTPS, drawn by the child, and a notice are on the screen after a kill, too, and gone when an order
// says so.
func TestTheIdleScreenFromAfar(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewGray(image.Rect(0, 0, 2000, 1000))); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		http.ServeContent(w, q, "", time.Time{}, bytes.NewReader(file.Bytes()))
	}))
	t.Cleanup(server.Close)
	r.authority = filepath.Join(r.dir, "authority.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	text := r.configured("[cloud]", "[cloud]\npicture_hosts = [\""+strings.TrimPrefix(server.URL, "https://")+"\"]")
	if err := errors.Join(os.WriteFile(r.authority, block, 0o600), os.WriteFile(r.config, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
	r.commission()
	sum := sha256.Sum256(file.Bytes())
	picture := func(address string) map[string]any {
		return map[string]any{"version": "winter-1", "pictures": []map[string]any{
			{"url": address, "sha256": hex.EncodeToString(sum[:]), "bytes": file.Len(), "seconds": 10}}}
	}
	r.cloud.order("away", "playlist.put", picture("https://127.0.0.1:1/SECRET"), "", nil)
	if h := r.happens("order.refused", "away"); h.field("code") != "host_not_allowed" {
		t.Errorf("want a host refused that is not on the list, got %s", h.Event)
	}
	r.cloud.order("show", "playlist.put", picture(server.URL+"/SECRET"), "", nil)
	r.happens("playlist.shown", "show")
	r.cloud.order("say", "notice.put", map[string]any{"texts": []map[string]any{{"language": "en", "text": "A technician comes on Monday."}}}, "", nil)
	r.happens("notice.put", "say")
	page := func() string {
		answer, err := http.Get("http://" + r.kiosk)
		if err != nil {
			return ""
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		return string(text)
	}
	both := func() bool {
		text := page()
		return strings.Contains(text, `src="/poster/`) && strings.Contains(text, "A technician comes on Monday.")
	}
	eventually(t, "the picture and the notice are shown", both)
	r.kill()
	r.start()
	eventually(t, "they are shown after a kill", both)
	r.cloud.order("hide", "playlist.put", map[string]any{"version": "none"}, "", nil)
	r.happens("playlist.shown", "hide")
	r.cloud.order("quiet", "notice.put", map[string]any{}, "", nil)
	r.happens("notice.removed", "quiet")
	eventually(t, "neither is shown", func() bool {
		text := page()
		return text != "" && !strings.Contains(text, `src="/poster/`) && !strings.Contains(text, "A technician")
	})
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
