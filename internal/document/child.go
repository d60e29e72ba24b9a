package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// What a child may use.
const (
	// memory is how many bytes it may take beyond what the program has when it starts.
	memory = 320 << 20
	// processor is its processor time in seconds. The kernel ends the process then, whether or not anybody watches.
	processor = 25
	// meekness is its niceness towards the process that opens doors: of two busy processes it gets a tenth.
	meekness = 10
)

// Reasons why a PDF cannot be shown, for its author.
var (
	errNotPDF    = errors.New("this is not a PDF, or too damaged to be read")
	errTooLarge  = fmt.Errorf("the PDF is larger than %d MB", Largest>>20)
	errEncrypted = errors.New("the PDF asks for a password: save it without one")
	errNoPages   = errors.New("the PDF has no pages")
	errNoPage    = errors.New("the PDF has fewer pages")
	errNoSize    = errors.New("the page has no size, or an absurd one")
	errUndrawn   = errors.New("the page cannot be drawn: it is damaged, or needs more memory than it may have")
)

// Child is the child's side of Render: it limits and confines itself, reads a PDF, a PNG or a JPEG from in, and writes the page's PNG to out,
// or else a sentence that says what is wrong with the PDF. Its error is about the process, not the PDF.
func Child(in io.Reader, out io.Writer, page int, box Box) error {
	runtime.LockOSThread() // to the end of the process: meekness is the thread's
	if err := limit(); err != nil {
		return fmt.Errorf("document: limit the process: %w", err)
	}
	if err := confine(); err != nil {
		return fmt.Errorf("document: confine the process: %w", err)
	}
	pdf := make([]byte, Largest+1) // at once: growing it would take several times as much
	n, err := io.ReadFull(in, pdf)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("document: read the PDF: %w", err)
	}
	picture, err := draw(pdf[:n], page, box)
	if err != nil {
		picture = []byte(err.Error())
	}
	if _, err := out.Write(picture); err != nil {
		return fmt.Errorf("document: hand the picture on: %w", err)
	}
	return nil
}

func draw(pdf []byte, page int, box Box) ([]byte, error) {
	// Some programs put bytes before the header; readers look for it in the first 1024 (ISO 32000-1, Annex H, note 13).
	// These bytes are dropped: the library would guess at their type, and open many that are no PDF.
	start := bytes.Index(pdf[:min(len(pdf), 1024)], []byte("%PDF-"))
	switch {
	case len(pdf) > Largest:
		return nil, errTooLarge
	case page < 1 || !box.valid():
		return nil, errNoPage
	}
	if picture, is, err := drawPicture(pdf, box); is {
		return picture, err
	}
	if start < 0 {
		return nil, errNotPDF
	}
	return render(pdf[start:], page, box)
}

// limit restricts memory, priority and abilities of the process for the rest of its life.
func limit() error {
	// When memory is short it is the first process to be killed. If the kernel does not support that, the poster is still
	// shown.
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0)
	_ = unix.Setpriority(unix.PRIO_PROCESS, 0, meekness)
	has, err := data()
	if err != nil {
		return err
	}
	for resource, most := range map[int]uint64{
		unix.RLIMIT_DATA:  has + memory, // not RLIMIT_AS: Go reserves far more than it uses
		unix.RLIMIT_CPU:   processor,
		unix.RLIMIT_FSIZE: 0, // it writes no files
		unix.RLIMIT_CORE:  0, // nor leaves its memory lying about
	} {
		if err := unix.Setrlimit(resource, &unix.Rlimit{Cur: most, Max: most}); err != nil {
			return err
		}
	}
	return nil
}

// data is how many bytes count towards RLIMIT_DATA now: everything private that can be written to, touched or not.
func data() (uint64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	_, rest, ok := strings.Cut(string(status), "VmData:")
	if fields := strings.Fields(rest); ok && len(fields) > 0 {
		kilobytes, err := strconv.ParseUint(fields[0], 10, 54)
		return kilobytes << 10, err
	}
	return 0, errors.New("the kernel does not say how much memory it has (VmData)")
}
