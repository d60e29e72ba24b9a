package document_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"golang.org/x/sys/unix"

	"lockerd/internal/document"
)

// TestMain makes this binary be the child that a test asks for: Render starts the program that runs, and that is this
// one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		if role := roles[os.Args[1]]; role != nil {
			if err := role(os.Args[2:]); err != nil {
				fmt.Fprintln(os.Stderr, err)
				syscall.Exit(1)
			}
			syscall.Exit(0) // under the race detector, os.Exit would sleep a second
		}
	}
	os.Exit(m.Run())
}

// roles are what this binary can be.
var roles = map[string]func(args []string) error{
	"render-page": renderPage,
	"moody": func(args []string) error { // well only while a file is there
		if _, err := os.Stat(args[0]); err != nil {
			return err
		}
		return renderPage(args[1:])
	},
	"hang": func(args []string) error { // after it has told that it is there
		f, err := os.OpenFile(args[0], os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		if _, err := f.WriteString("!"); err != nil {
			return err
		}
		for { // the kernel closes f when this process ends, not before
			time.Sleep(time.Hour)
			runtime.KeepAlive(f)
		}
	},
	"render-hang": func(args []string) error { // a parent, to be killed
		_, err := document.NewRenderer("hang", args[0]).Render(context.Background(), strings.NewReader(""), 1, square)
		return err
	},
	"eat": func([]string) error { // 2 GB, to be given back unused if nobody minds
		if err := document.Limit(); err != nil {
			return err
		}
		var all [][]byte
		for range 32 {
			all = append(all, make([]byte, 64<<20))
		}
		fmt.Printf("had %d MB", len(all)*64)
		return nil
	},
	"flood": func([]string) error { // more than any picture has
		for {
			if _, err := os.Stdout.Write(make([]byte, 1<<20)); err != nil {
				return err
			}
		}
	},
	"crash": func([]string) error {
		return unix.Kill(os.Getpid(), unix.SIGSEGV)
	},
	"die": func([]string) error {
		return unix.Kill(os.Getpid(), unix.SIGKILL)
	},
	"mutter": func([]string) error { // what is no picture, nor for a screen
		fmt.Print("no\x1b[31m\x00 luck\n", strings.Repeat("?", 1000))
		return nil
	},
	"boast": func([]string) error { // a picture that is larger than the box
		return png.Encode(os.Stdout, image.NewGray(image.Rect(0, 0, 301, 1)))
	},
	"limits": func([]string) error {
		if err := document.Limit(); err != nil {
			return err
		}
		for _, resource := range []int{unix.RLIMIT_CPU, unix.RLIMIT_FSIZE, unix.RLIMIT_CORE} {
			var l unix.Rlimit
			if err := unix.Getrlimit(resource, &l); err != nil {
				return err
			}
			fmt.Print(l.Cur, " ", l.Max, " ")
		}
		return nil
	},
}

func renderPage(args []string) error {
	page, _ := strconv.Atoi(args[0])
	width, _ := strconv.Atoi(args[1])
	height, _ := strconv.Atoi(args[2])
	return document.Child(os.Stdin, os.Stdout, page, document.Box{Width: width, Height: height})
}

var square = document.Box{Width: 300, Height: 300}

// draw renders in a child that runs the real code.
func draw(t *testing.T, pdf []byte, page int, box document.Box) (image.Image, error) {
	t.Helper()
	picture, err := document.NewRenderer("render-page").Render(t.Context(), bytes.NewReader(pdf), page, box)
	if err != nil {
		return nil, err
	}
	m, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatalf("the picture is no PNG: %v", err)
	}
	return m, nil
}

func TestAPageBecomesPixels(t *testing.T) {
	needsPDF(t)
	for _, tt := range []struct {
		name          string
		box           document.Box
		width, height int // of the picture: 200:100, a pixel less for what rounding may add
	}{
		{"as wide as the box", document.Box{Width: 400, Height: 400}, 399, 200},
		{"as high as the box", document.Box{Width: 900, Height: 100}, 199, 100},
		{"the box's own shape", document.Box{Width: 1000, Height: 500}, 991, 496},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := draw(t, poster(), 1, tt.box)
			if err != nil {
				t.Fatal(err)
			}
			size := m.Bounds().Size()
			if abs(size.X-tt.width) > 1 || abs(size.Y-tt.height) > 1 {
				t.Errorf("want %dx%d pixels, got %v", tt.width, tt.height, size)
			}
			at := func(x, y float64) [3]uint32 { // in hundredths of the picture
				r, g, b, _ := m.At(int(x*float64(size.X)/100), int(y*float64(size.Y)/100)).RGBA()
				return [3]uint32{r >> 8, g >> 8, b >> 8}
			}
			if got, want := at(25, 75), [3]uint32{255, 0, 0}; got != want {
				t.Errorf("want red at the lower left, got %v", got)
			}
			if got, want := at(75, 75), [3]uint32{255, 255, 255}; got != want {
				t.Errorf("want white at the lower right, got %v", got)
			}
			if !darkIn(m, 0, size.Y/2) {
				t.Error("want words in the upper half, got none")
			}
		})
	}
}

// darkIn says whether anything is written between two rows.
func darkIn(m image.Image, from, to int) bool {
	for y := from; y < to; y++ {
		for x := range m.Bounds().Dx() {
			if r, g, b, _ := m.At(x, y).RGBA(); r+g+b < 3*0x4000 {
				return true
			}
		}
	}
	return false
}

func TestAPDFThatCannotBeShownSaysWhy(t *testing.T) {
	needsPDF(t)
	const noPage = "<< /Type /Pages /Kids [] /Count 0 >>"
	for _, tt := range []struct {
		name string
		pdf  []byte
		page int
		want string
	}{
		{"empty", nil, 1, "this is not a PDF"},
		{"half a picture", []byte("\x89PNG\r\n\x1a\n" + strings.Repeat("x", 200)), 1, "too damaged"},
		{"another kind of page", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><rect width="9"/></svg>`), 1,
			"this is not a PDF"},
		{"only a header", poster()[:20], 1, "this is not a PDF"},
		{"cut off", poster()[:100], 1, "this is not a PDF"},
		{"encrypted", encrypted("secret"), 1, "asks for a password"},
		{"no pages", write("", "<< /Type /Catalog /Pages 2 0 R >>", noPage), 1, "has no pages"},
		{"no such page", poster(), 2, "has fewer pages"},
		{"a page of a thread", sheet("[0 0 1000000 1]", ""), 1, "no size"},
		{"too many bytes", append(poster(), make([]byte, document.Largest)...), 1, "larger than 32 MB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := draw(t, tt.pdf, tt.page, square)
			if err == nil {
				t.Fatalf("want an error, got a picture of %v", m.Bounds())
			}
			t.Log(err)
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("want %q, got %v", tt.want, err)
			}
		})
	}
}

// TestWholeAllTheSame: what is odd about a PDF is no damage.
func TestWholeAllTheSame(t *testing.T) {
	needsPDF(t)
	for name, pdf := range map[string][]byte{
		"something comes first":  append([]byte("a letter head\n"), poster()...),
		"something comes behind": append(poster(), make([]byte, 100)...),
		"no password needed":     encrypted(""),
		"all of it deflated":     photo(t),
	} {
		t.Run(name, func(t *testing.T) {
			m, err := draw(t, pdf, 1, square)
			if err != nil {
				t.Fatal(err)
			}
			if !darkIn(m, 0, m.Bounds().Dy()) {
				t.Error("want something on the page, got nothing")
			}
		})
	}
}

// TestDamageIsNotMended: the library draws what is left of a PDF as if nothing were missing. That is no poster.
func TestDamageIsNotMended(t *testing.T) {
	needsPDF(t)
	whole := photo(t)
	picture := bytes.Index(whole, []byte("/Subtype /Image")) + 200
	for name, pdf := range map[string][]byte{
		"the end is gone":                   bytes.Split(poster(), []byte("xref\n"))[0],
		"the end is not here yet":           whole[:len(whole)-40],
		"its table leads elsewhere":         bytes.Replace(poster(), []byte("/Type /Catalog"), []byte("/Type /Catalog /Lang (in many, many words)"), 1),
		"a block of it is not here yet":     hollow(whole, picture, 512),
		"a block of it is another's":        overwritten(whole, picture, 512),
		"a picture's last bytes":            overwritten(whole, bytes.LastIndex(whole, []byte("\nendstream"))-4, 4),
		"the middle of a page's words":      overwritten(poster(), bytes.Index(poster(), []byte("BT /F1")), 20),
		"the rest is not here yet, zeros":   hollow(whole, len(whole)/2, len(whole)-len(whole)/2),
		"a new beginning, an old one's end": append(whole[:picture:picture], poster()[100:]...),
	} {
		t.Run(name, func(t *testing.T) {
			if m, err := draw(t, pdf, 1, square); err == nil {
				t.Errorf("want that it is damaged, got a picture of %v", m.Bounds())
			} else if !strings.Contains(err.Error(), "the PDF is damaged, or not all of it is here yet") {
				t.Errorf("want that it is damaged, got %v", err)
			}
		})
	}
}

// hollow is a PDF with zeros for n bytes: a copy has made room for them and not come to them.
func hollow(pdf []byte, from, n int) []byte {
	return append(append(pdf[:from:from], make([]byte, n)...), pdf[from+n:]...)
}

// overwritten is a PDF with something else in n bytes.
func overwritten(pdf []byte, from, n int) []byte {
	return append(append(pdf[:from:from], bytes.Repeat([]byte("~>"), n/2)...), pdf[from+n:]...)
}

// TestHugePagesHaveABound: the library shrinks what is absurd, or says that it cannot; it never takes what it likes.
func TestHugePagesHaveABound(t *testing.T) {
	needsPDF(t)
	pdfs := map[string][]byte{
		"a page without a size": sheet("[0 0 0 0]", ""),
		"a page of many miles":  sheet("[0 0 1e30 1e30]", ""),
	}
	if !testing.Short() { // seconds of a processor
		pdfs["a picture of gigabytes"] = bomb(t)
	}
	for name, pdf := range pdfs {
		t.Run(name, func(t *testing.T) {
			m, err := draw(t, pdf, 1, square)
			if err != nil {
				t.Log(err)
			} else if size := m.Bounds().Size(); size.X > 300 || size.Y > 300 {
				t.Errorf("want at most 300x300 pixels, got %v", size)
			}
		})
	}
}

// TestMutatedPDFs: whatever becomes of the child, the parent has a picture or an error.
func TestMutatedPDFs(t *testing.T) {
	needsPDF(t)
	n := 200
	if testing.Short() {
		n = 20
	}
	random := rand.New(rand.NewPCG(1, 2)) // the same PDFs every time
	good := 0
	for i := range n {
		pdf := poster()
		for range 1 + random.IntN(20) {
			pdf[random.IntN(len(pdf))] = byte(random.UintN(256))
		}
		m, err := draw(t, pdf, 1, square)
		if err == nil {
			good++
		} else if m != nil {
			t.Errorf("PDF %d: a picture and an error: %v", i, err)
		}
	}
	t.Logf("%d of %d are shown all the same", good, n)
}

func TestAChildThatMisbehaves(t *testing.T) {
	for _, tt := range []struct{ name, role, want string }{
		{"eats memory", "eat", "broke down over it (exit status"},
		{"floods", "flood", "larger than it can be"},
		{"crashes", "crash", "broke down over it (exit status 2)"}, // Go's way to end over a signal
		{"is killed", "die", "broke down over it (signal: killed)"},
		{"mutters", "mutter", "draw page 1: no[31m luck???"},
		{"boasts", "boast", "301x1 pixels, more than asked for"},
		{"has limits", "limits", "25 25 0 0 0 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			picture, err := document.NewRenderer(tt.role).Render(t.Context(), strings.NewReader(""), 1, square)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("want %q, got %d bytes, %v", tt.want, len(picture), err)
			}
			if err != nil && len(err.Error()) > 300 {
				t.Errorf("want a sentence, got %d bytes", len(err.Error()))
			}
		})
	}
}

func TestAPDFThatCannotBeRead(t *testing.T) {
	needsPDF(t)
	broken := io.MultiReader(bytes.NewReader(poster()), iotest.ErrReader(errDisk))
	if _, err := document.NewRenderer("render-page").Render(t.Context(), broken, 1, square); !errors.Is(err, errDisk) {
		t.Errorf("want %v, got %v", errDisk, err)
	}
}

var errDisk = errors.New("the disk is gone")

// witness is a pipe whose writer is a child. Reading it ends when no process holds the other end any more.
func witness(t *testing.T) (path string, opened func() *os.File) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "witness")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, func() *os.File {
		f, err := os.Open(path) // waits for the child to open it, too
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		if _, err := io.ReadFull(f, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		return f
	}
}

func TestNoChildIsLeftBehind(t *testing.T) {
	t.Run("when it takes too long", func(t *testing.T) {
		path, opened := witness(t)
		r := document.WithinOf(document.NewRenderer("hang", path), 2*time.Second)
		ended := make(chan error, 1)
		go func() {
			_, err := r.Render(t.Context(), strings.NewReader(""), 1, square)
			ended <- err
		}()
		gone(t, opened())
		if err := <-ended; err == nil || !strings.Contains(err.Error(), "longer than 2s") {
			t.Errorf("want that it takes too long, got %v", err)
		}
	})
	t.Run("when nobody wants it any more", func(t *testing.T) {
		path, opened := witness(t)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			_, err := document.NewRenderer("hang", path).Render(ctx, strings.NewReader(""), 1, square)
			ended <- err
		}()
		there := opened()
		cancel()
		gone(t, there)
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("want %v, got %v", context.Canceled, err)
		}
	})
	t.Run("when its parent is killed", func(t *testing.T) {
		path, opened := witness(t)
		parent := exec.Command("/proc/self/exe", "render-hang", path)
		if err := parent.Start(); err != nil {
			t.Fatal(err)
		}
		there := opened()
		if err := parent.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = parent.Wait() // it was killed
		gone(t, there)
	})
}

// gone waits until nobody holds the other end.
func gone(t *testing.T, f *os.File) {
	t.Helper()
	if rest, err := io.ReadAll(f); err != nil || len(rest) > 0 {
		t.Errorf("want the end of the pipe, got %q, %v", rest, err)
	}
}

func TestOneAtATime(t *testing.T) {
	path, opened := witness(t)
	r := document.NewRenderer("hang", path)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := r.Render(ctx, strings.NewReader(""), 1, square)
		ended <- err
	}()
	there := opened()
	impatient, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if _, err := r.Render(impatient, strings.NewReader(""), 1, square); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("want %v for the second, got %v", context.DeadlineExceeded, err)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("want %v, got %v", context.Canceled, err)
	}
	gone(t, there) // a second child would have held it, too
}

func TestNoSuchBox(t *testing.T) {
	for _, box := range []document.Box{{}, {Width: 300}, {Width: -1, Height: 300}, {Width: 300, Height: 5000}} {
		if _, err := document.NewRenderer("crash").Render(t.Context(), strings.NewReader(""), 1, box); err == nil ||
			!strings.Contains(err.Error(), "no page can have") {
			t.Errorf("%v: want a refusal before anything is started, got %v", box, err)
		}
	}
}

func abs(n int) int { return max(n, -n) }
