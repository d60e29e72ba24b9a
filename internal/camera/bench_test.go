package camera_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"image"
	"image/color"
	"image/jpeg"
	"log/slog"
	"net"
	"net/http"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/camera"
	"lockerd/internal/locker"
)

// bench is a camera, the network on which it is found, and what it told. It lives in a synctest bubble.
type bench struct {
	t      *testing.T
	dir    string
	camera *camera.Camera
	log    notes
	stop   func()
	ended  chan error

	mu      sync.Mutex
	answer  http.HandlerFunc // what the camera does when it is asked
	refuses error            // what tell says instead of taking an input
	told    []locker.Input
}

func newBench(t *testing.T, answer http.HandlerFunc) *bench {
	return newBenchWith(t, camera.Config{Name: "front", URL: "http://camera.test/still.jpg"}, answer)
}

func newBenchWith(t *testing.T, cfg camera.Config, answer http.HandlerFunc) *bench {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, dir: t.TempDir(), answer: answer, ended: make(chan error, 1)}
	wire := pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		answer := b.answer
		b.mu.Unlock()
		answer(w, r)
	})}
	go server.Serve(wire) //nolint:errcheck // ends with the test
	log := slog.New(slog.NewTextHandler(&b.log, nil))
	b.camera = camera.New(cfg, newStore(camera.StoreConfig{Dir: b.dir}, wallClock), b.tell, log)
	b.camera.Dial(wire.dial)
	ctx, cancel := context.WithCancel(t.Context())
	b.stop = cancel
	go func() { b.ended <- b.camera.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		synctest.Wait()
		_ = server.Close()
	})
	synctest.Wait()
	return b
}

// notes are a log that may be read meanwhile.
type notes struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *notes) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

func wallClock() locker.Now { return locker.Now{Wall: time.Now(), Known: true} }

// newStore has the defaults where cfg says nothing.
func newStore(cfg camera.StoreConfig, clock func() locker.Now) *camera.Store {
	if d := camera.StoreDefaults(); cfg.Keep == 0 {
		cfg.Keep, cfg.Limit = d.Keep, max(cfg.Limit, d.Limit)
	}
	return camera.NewStore(cfg, clock, slog.New(slog.DiscardHandler))
}

func (b *bench) tell(_ context.Context, in locker.Input) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.refuses != nil {
		return b.refuses
	}
	b.told = append(b.told, in)
	return nil
}

// becomes changes how the camera answers from now on.
func (b *bench) becomes(answer http.HandlerFunc) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer = answer
}

// refuse has tell say an error instead of taking an input; nil: it takes them again.
func (b *bench) refuse(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuses = err
}

// heard is what was told since it was asked before.
func (b *bench) heard() []locker.Input {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	told := b.told
	b.told = nil
	return told
}

func (b *bench) wantHeard(when string, want ...locker.Input) {
	b.t.Helper()
	if got := b.heard(); !reflect.DeepEqual(want, got) {
		b.t.Fatalf("%s: want %#v, got %#v\n%s", when, want, got, &b.log)
	}
}

func (b *bench) pass(d time.Duration) {
	time.Sleep(d) // the bubble's time
	synctest.Wait()
}

// pipes is a network of one server, without sockets: a bubble's time goes on while a pipe is silent.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error   { close(p.closed); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{} }

// encode makes a JPEG of a picture whose pixels paint says.
func encode(width, height int, paint func(x, y int) color.Color) []byte {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.Set(x, y, paint(x, y))
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// scene is a picture of something: a light door in a dark wall.
func scene() []byte {
	return encode(320, 240, func(x, y int) color.Color {
		if x > 100 && x < 220 && y > 60 {
			return color.Gray{200}
		}
		return color.Gray{60}
	})
}

// tape is what a camera behind tape sees: nearly nothing, and the noise of its sensor.
func tape(grey byte) []byte {
	noise := make([]byte, 320*240)
	rand.Read(noise)
	return encode(320, 240, func(x, y int) color.Color { return color.Gray{grey + noise[y*320+x]%16} })
}

// good answers with a picture.
func good(picture []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/jpeg")
		_, _ = w.Write(picture) // the camera may have hung up
	}
}

func status(code int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
	}
}

// silent never answers.
func silent(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
