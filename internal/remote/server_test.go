package remote_test

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"lockerd/internal/locker"
	"lockerd/internal/remote"
)

// TestMain makes the test servers' certificate one of the system's.
func TestMain(m *testing.M) {
	time.Local = time.UTC // hours of a day are the machine's
	server := httptest.NewTLSServer(nil)
	file := filepath.Join(os.TempDir(), fmt.Sprint("remote-test-ca-", os.Getpid()))
	block := &pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}
	if err := errors.Join(os.WriteFile(file, pem.EncodeToMemory(block), 0o600), os.Setenv("SSL_CERT_FILE", file)); err != nil {
		panic(err)
	}
	server.Close()
	code := m.Run()
	_ = os.Remove(file)
	os.Exit(code)
}

// store is an upload server that is one in two ways, and can be made a bad one.
type store struct {
	*httptest.Server
	mu     sync.Mutex
	has    []byte
	asked  []string                                                 // methods
	bad    func(n int, w http.ResponseWriter, r *http.Request) bool // true: it has answered
	length string                                                   // what it says that it expects
	over   chan struct{}
}

func newStore(t *testing.T) *store {
	s := &store{over: make(chan struct{})}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.StartTLS()
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(s.over) })
	return s
}

// hang answers nothing until whoever asked has gone.
func (s *store) hang(r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // only then does net/http look whether they are there
	select {
	case <-r.Context().Done():
	case <-s.over:
	}
}

func (s *store) host() string { return strings.TrimPrefix(s.URL, "https://") }

func (s *store) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, r.Method)
	n, bad := len(s.asked), s.bad
	s.mu.Unlock()
	if bad != nil && bad(n, w, r) {
		return
	}
	body, err := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.Method {
	case http.MethodPut:
		if err == nil {
			s.has = body
		}
	case http.MethodHead:
		w.Header().Set("Upload-Offset", strconv.Itoa(len(s.has)))
		w.Header().Set("Upload-Length", s.length)
	case http.MethodPatch:
		if r.Header.Get("Upload-Offset") != strconv.Itoa(len(s.has)) {
			w.WriteHeader(http.StatusConflict)
			return
		}
		s.has = append(s.has, body...) // also what came of a broken connection
		w.Header().Set("Upload-Offset", strconv.Itoa(len(s.has)))
		w.WriteHeader(http.StatusNoContent)
	}
}

func (s *store) got() (has []byte, asked int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.has), len(s.asked)
}

// memory is a journal with photos.
type memory struct {
	records []locker.Outgoing
	files   map[string][]byte
}

func (m *memory) Last() (string, uint64) { return "e", uint64(len(m.records)) }

func (m *memory) Outgoing(after uint64, most int) ([]locker.Outgoing, error) {
	list := m.records[min(int(after), len(m.records)):]
	return list[:min(most, len(list))], nil
}

func (m *memory) open(name string, key []byte) ([]byte, error) {
	if file, ok := m.files[name]; ok && string(key) == "key" {
		return file, nil
	}
	return nil, errors.New("not there, or another key")
}

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// add adds a photo of a door, a minute after the one before.
func (m *memory) add(name, parcel string, door, size int, key string) {
	n := len(m.records)
	e := locker.PhotoKept{Parcel: parcel, Door: door, Moment: "stored", Photo: name, SHA256: "hash-" + name}
	event, _ := json.Marshal(e)
	public := fmt.Appendf(nil, `{"at":%q,"kind":"photo.kept","event":%s}`, noon.Add(time.Duration(n)*time.Minute).Format(time.RFC3339), event)
	m.records = append(m.records, locker.Outgoing{Seq: uint64(n + 1), Kind: "photo.kept", Public: public, Personal: locker.Personal{Key: []byte(key)}})
	m.files[name] = bytes.Repeat([]byte{byte(n + 1)}, size)
}

func album() *memory {
	m := &memory{files: map[string][]byte{}}
	m.add("a.jpg", "p-1", 7, 3<<20, "key")
	m.records = append(m.records, locker.Outgoing{Seq: 2, Kind: "door.opened", Public: []byte(`{"event":{"door":7}}`)})
	m.add("b.jpg", "p-1", 7, 1000, "key")
	m.add("c.jpg", "p-2", 8, 1000, "")
	m.add("d.jpg", "p-3", 7, 1000, "key")
	return m
}

// sealed marks what is sealed, for tests to see that nothing else leaves. No two seals are the same.
func sealed(plain []byte) locker.Box {
	return append(fmt.Appendf(nil, "sealed %030d:", time.Now().UnixNano()), plain...)
}

// sender is Uploads in a run, and what it said.
type sender struct {
	t    *testing.T
	dir  string
	told chan locker.UploadEnded
	log  *bytes.Buffer
}

func newSender(t *testing.T) *sender {
	return &sender{t, filepath.Join(t.TempDir(), "uploads"), make(chan locker.UploadEnded, 8), &bytes.Buffer{}}
}

// uploads begins a run. stop ends it, as a power cut would for what is on the disk.
func (s *sender) uploads(hosts ...string) (u *remote.Uploads, machine *remote.Machine, stop func()) {
	m := album()
	ctx, end := context.WithCancel(s.t.Context())
	u = remote.NewUploads(remote.UploadParts{Dir: s.dir, Hosts: hosts, Photos: remote.Photos{Journal: m, Open: m.open}, Seal: sealed,
		Log: slog.New(slog.NewTextHandler(s.log, nil)),
		Tell: func(_ context.Context, in locker.Input) error {
			s.told <- in.(locker.UploadEnded)
			return nil
		}})
	u.Hurry(time.Millisecond)
	done := make(chan error, 1)
	go func() { done <- u.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		end()
		if err := <-done; err != nil {
			s.t.Error(err)
		}
	})
	s.t.Cleanup(stop)
	return u, remote.NewMachine(remote.Parts{Brought: remote.Brought{Uploads: u}}), stop
}

// ask is one upload from the order to its end.
func (s *sender) ask(address string, method locker.UploadMethod, e locker.EvidenceAsked, hosts ...string) locker.UploadEnded {
	s.t.Helper()
	u, machine, stop := s.uploads(hosts...)
	defer stop()
	o := &locker.UploadOrder{URL: address, Method: method}
	if refusal, err := u.Offer("o-1", o); err != nil || refusal != "" {
		s.t.Fatalf("refused: %s, %v", refusal, err)
	}
	e.Order, e.Host = "o-1", o.Host
	if e.Expires.IsZero() {
		e.Expires = time.Now().Add(time.Hour)
	}
	machine.Carry(e)
	told := <-s.told
	stop()
	if left, _ := filepath.Glob(filepath.Join(s.dir, "*")); len(left) != 0 {
		s.t.Errorf("want nothing left on the disk, got %v", left)
	}
	if secret := "SECRET"; strings.Contains(told.Detail, secret) || strings.Contains(s.log.String(), secret) {
		s.t.Errorf("the address is told: %q, %s", told.Detail, s.log)
	}
	return told
}

// holds says which photos a server has got, by their names.
func holds(t *testing.T, file []byte, told locker.UploadEnded) (names []string) {
	t.Helper()
	if remote.Hash(file) != told.SHA256 || int64(len(file)) != told.Bytes {
		t.Errorf("want what the event says, got %d bytes, told %+v", len(file), told)
	}
	_, plain, ok := bytes.Cut(file, []byte(":"))
	if !ok || !bytes.HasPrefix(file, []byte("sealed ")) {
		t.Fatal("want it sealed")
	}
	in := tar.NewReader(bytes.NewReader(plain))
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
	}
}
