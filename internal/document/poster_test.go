package document_test

import (
	"bytes"
	"context"
	"image/png"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"lockerd/internal/document"
)

// wall is where a poster hangs: its file, its shelf, what is shown, and what was logged.
type wall struct {
	t          *testing.T
	file, kept string
	poster     *document.Poster
	stop       func()

	mu    sync.Mutex
	png   []byte
	tag   string
	shows int
	log   bytes.Buffer
}

func newWall(t *testing.T) *wall {
	dir := t.TempDir()
	w := &wall{t: t, file: filepath.Join(dir, "poster.pdf"), kept: filepath.Join(dir, "state")}
	if err := os.Mkdir(w.kept, 0o700); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *wall) show(png []byte, tag string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.png, w.tag, w.shows = png, tag, w.shows+1
}

// now is the tag of what is shown, and how often something was.
func (w *wall) now() (tag string, shows int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tag, w.shows
}

// start starts a poster whose children play a role. Its test has to stop it.
func (w *wall) start(role ...string) {
	ctx, cancel := context.WithCancel(w.t.Context())
	w.png, w.tag, w.shows = nil, "", 0
	w.log.Reset()
	w.poster = document.NewPoster(document.Config{File: w.file}, w.kept, document.NewRenderer(role...), w.show,
		slog.New(slog.NewTextHandler(&w.log, nil)))
	ended := make(chan error, 1)
	go func() { ended <- w.poster.Run(ctx) }()
	w.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			w.t.Errorf("want no error from Run, got %v", err)
		}
	}
	synctest.Wait()
}

// put writes the file, at a time of its own: a test's clock need not be the disk's.
func (w *wall) put(pdf []byte) {
	w.t.Helper()
	if err := os.WriteFile(w.file, pdf, 0o600); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Chtimes(w.file, time.Now(), time.Now()); err != nil {
		w.t.Fatal(err)
	}
}

// pass lets time pass.
func (w *wall) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// shown says the width and height of what is shown; empty: nothing.
func (w *wall) shown() string {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if (w.png == nil) != (w.tag == "") {
		w.t.Errorf("want a tag with a picture and none without, got %q and %d bytes", w.tag, len(w.png))
	}
	if w.png == nil {
		return ""
	}
	c, err := png.DecodeConfig(bytes.NewReader(w.png))
	if err != nil {
		w.t.Fatal(err)
	}
	if c.Width > c.Height {
		return "wide"
	}
	return "high"
}

func (w *wall) want(shown, problem string) {
	w.t.Helper()
	if got := w.shown(); got != shown {
		w.t.Errorf("want a picture that is %q, got %q", shown, got)
	}
	got := w.poster.Problem()
	if (problem == "") != (got == "") || !strings.Contains(got, problem) {
		w.t.Errorf("want the problem %q, got %q", problem, got)
	}
}

// shelved is what is kept.
func (w *wall) shelved() []string {
	w.t.Helper()
	entries, err := os.ReadDir(w.kept)
	if err != nil {
		w.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

var wide, high = poster(), sheet("[0 0 100 200]", "0 0 1 rg 0 0 100 100 re f")

func TestThePosterFollowsItsFile(t *testing.T) {
	needsPDF(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWall(t)
		w.start("render-page")
		w.want("", "")
		w.put(wide)
		w.pass(20 * time.Second)
		w.want("wide", "")
		w.put(high)
		w.pass(20 * time.Second)
		w.want("high", "")
		if names := w.shelved(); len(names) != 1 {
			t.Errorf("want one picture kept, got %q", names)
		}
		_, before := w.now()
		w.put(high) // the same again
		w.pass(time.Hour)
		if _, after := w.now(); after != before {
			t.Errorf("want nothing new of a file that was only touched, got %d", after-before)
		}
		if err := os.Remove(w.file); err != nil {
			t.Fatal(err)
		}
		w.pass(20 * time.Second)
		w.want("", "")
		if names := w.shelved(); len(names) != 0 {
			t.Errorf("want nothing kept of a poster that was taken down, got %q", names)
		}
		w.stop()
	})
}

func TestTheLastGoodPosterStays(t *testing.T) {
	needsPDF(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWall(t)
		w.put(wide)
		w.start("render-page")
		w.want("wide", "")
		w.put([]byte("Dear all, here is the poster"))
		w.pass(20 * time.Second)
		w.want("wide", "this is not a PDF")
		day := 24 * time.Hour
		if testing.Short() {
			day = time.Hour
		}
		w.pass(day)
		if n := strings.Count(w.log.String(), "level=ERROR"); n != 1 {
			t.Errorf("want one line in the log for one problem, got %d:\n%s", n, w.log.String())
		}
		w.stop()

		w.start("render-page") // and the broken one lies there still
		w.want("wide", "this is not a PDF")
		w.put(encrypted("secret"))
		w.pass(20 * time.Second)
		w.want("wide", "asks for a password")
		w.put(high)
		w.pass(20 * time.Second)
		w.want("high", "")
		w.stop()
	})
}

func TestARestartDrawsNothingAnew(t *testing.T) {
	needsPDF(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWall(t)
		w.put(wide)
		w.start("render-page")
		tag, _ := w.now()
		w.stop()
		w.start("crash")
		w.want("wide", "")
		if got, _ := w.now(); got != tag {
			t.Errorf("want the same picture to have the same tag, got %q and %q", tag, got)
		}
		w.stop()
	})
}

func TestADamagedShelf(t *testing.T) {
	needsPDF(t)
	for name, hurt := range map[string]func(path string) error{
		"torn":    func(path string) error { return os.Truncate(path, 100) },
		"empty":   func(path string) error { return os.Truncate(path, 0) },
		"swollen": func(path string) error { return os.Truncate(path, 1<<30) },
		"a directory": func(path string) error {
			return os.Mkdir(filepath.Join(filepath.Dir(path), "poster-a-b.png"), 0o700)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWall(t)
				w.put(wide)
				w.start("render-page")
				w.stop()
				if err := hurt(filepath.Join(w.kept, w.shelved()[0])); err != nil {
					t.Fatal(err)
				}
				w.start("render-page")
				w.want("wide", "")
				if !strings.Contains(w.log.String(), "level=WARN") {
					t.Errorf("want a warning, got:\n%s", w.log.String())
				}
				w.stop()
			})
		})
	}
}

// TestAHalfCopiedPDF: a copy that stops half way for longer than anybody watches is no poster, however well the library
// mends it. What was there stays, over a restart too, and the reason is told; the rest of the file, and it is shown.
func TestAHalfCopiedPDF(t *testing.T) {
	needsPDF(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWall(t)
		w.put(wide)
		w.start("render-page")
		good, _ := w.now()
		for _, n := range []int{len(high) - 40, len(high) - 200, len(high) / 2} {
			w.put(high[:n])
			w.pass(time.Hour)
			w.want("wide", "the PDF is damaged")
		}
		if !strings.Contains(w.log.String(), "the PDF is damaged, or not all of it is here yet") {
			t.Errorf("want the reason in the log, got:\n%s", w.log.String())
		}
		w.stop()
		w.start("render-page")
		w.want("wide", "the PDF is damaged")
		if tag, _ := w.now(); tag != good {
			t.Errorf("want the good poster after a restart, got %q", tag)
		}
		w.put(high)
		w.pass(20 * time.Second)
		w.want("high", "")
		w.stop()
	})
}

func TestAFileThatIsBeingCopiedIsLeftAlone(t *testing.T) {
	needsPDF(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWall(t)
		w.start("render-page")
		for n := range len(wide) / 10 {
			w.put(wide[:10*n])
			w.pass(4 * time.Second) // a slow line; it is never seen twice alike
			w.want("", "")
		}
		w.put(wide)
		w.pass(20 * time.Second)
		w.want("wide", "")
		w.stop()
	})
}

func TestAMachineThatWasNotWellTriesAgain(t *testing.T) {
	needsPDF(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWall(t)
		well := filepath.Join(w.kept, "well")
		w.put(wide)
		w.start("moody", well)
		w.want("", "broke down over it (exit status 1)")
		if err := os.WriteFile(well, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		w.pass(15 * time.Minute)
		w.want("wide", "")
		w.stop()
	})
}

func TestAFileThatCannotBeAPoster(t *testing.T) {
	for name, tt := range map[string]struct {
		make func(path string) error
		want string
	}{
		"a directory": {func(path string) error { return os.Mkdir(path, 0o700) }, "it is no file"},
		"a pipe":      {func(path string) error { return unix.Mkfifo(path, 0o600) }, "it is no file"},
		"a loop":      {func(path string) error { return os.Symlink(path, path) }, "too many levels"},
		"too large": {func(path string) error {
			if err := os.WriteFile(path, poster(), 0o600); err != nil {
				return err
			}
			return os.Truncate(path, 1<<40)
		}, "larger than 32 MB"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWall(t)
				if err := tt.make(w.file); err != nil {
					t.Fatal(err)
				}
				w.start("crash")
				w.want("", tt.want)
				w.stop()
			})
		})
	}
}

func TestAPosterThatCannotBeKeptIsShown(t *testing.T) {
	needsPDF(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWall(t)
		if err := os.Remove(w.kept); err != nil {
			t.Fatal(err)
		}
		w.put(wide)
		w.start("render-page")
		w.want("wide", "")
		if !strings.Contains(w.log.String(), "will be lost at a restart") {
			t.Errorf("want a warning, got:\n%s", w.log.String())
		}
		w.stop()
	})
}

func TestStoppedWhileDrawing(t *testing.T) {
	path, opened := witness(t)
	w := newWall(t)
	w.put(wide)
	ctx, cancel := context.WithCancel(t.Context())
	p := document.NewPoster(document.Config{File: w.file}, w.kept, document.NewRenderer("hang", path), w.show,
		slog.New(slog.DiscardHandler))
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	there := opened()
	cancel()
	if err := <-ended; err != nil || p.Problem() != "" {
		t.Errorf("want no error and no problem, got %v, %q", err, p.Problem())
	}
	gone(t, there)
}

func TestConfig(t *testing.T) {
	for file, want := range map[string]string{"": "", "/etc/lockerd/poster.pdf": "", "poster.pdf": "must begin with /"} {
		err := document.Config{File: file}.Validate()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want %q, got %v", file, want, err)
		}
	}
}
