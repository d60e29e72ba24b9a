// Package document renders pages of PDFs, and pictures of others, to pixels. Each page is rendered by the C library MuPDF in a child process with limits of
// time and memory, because a malicious PDF can crash or take over that process. The package owns the poster on the idle screen;
// it never parses a PDF in the process that runs the cabinet.
package document

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
)

// Limits of one page.
const (
	// Within is how long a page may take, from the start of its process to the last of its pixels.
	Within = 30 * time.Second
	// Largest is how many bytes a PDF may have.
	Largest = 32 << 20
	// longestEdge is how many pixels a page may be wide or high: a screen of 4K.
	longestEdge = 4096
	// diesWithin is how long a child that was killed may keep its pipes open. Only a kernel in trouble needs it.
	diesWithin = 2 * time.Second
)

// signature is what every PNG begins with (RFC 2083, 3.1). What a child writes begins with it, or is a sentence that
// says why there is no picture.
var signature = []byte("\x89PNG\r\n\x1a\n")

// Box is what a page has to fit into, in pixels; its proportions stay.
type Box struct{ Width, Height int }

func (b Box) valid() bool {
	return b.Width > 0 && b.Width <= longestEdge && b.Height > 0 && b.Height <= longestEdge
}

// most is how many bytes a PNG of the box can have: four bytes a pixel that nothing compresses, and a little for the
// format.
func (b Box) most() int { return b.Width*b.Height*4 + b.Height*8 + 64<<10 }

// Renderer starts the children, one after the other.
type Renderer struct {
	args   []string
	within time.Duration
	turn   chan struct{} // holds one token: whoever has it may start a child
}

// NewRenderer makes a renderer. This same program, started with args and then a page's number, a width and a height,
// has to call Child.
func NewRenderer(args ...string) *Renderer {
	return &Renderer{args: args, within: Within, turn: make(chan struct{}, 1)}
}

// Render draws a page of a PDF, the first is 1, or a picture (PNG, JPEG), whatever the page, as large as fits into the box, and returns it as a PNG. An error says
// what is wrong in words for whoever has made the PDF. When it returns, no child is left.
func (r *Renderer) Render(ctx context.Context, pdf io.Reader, page int, box Box) ([]byte, error) {
	picture, err := r.render(ctx, pdf, page, box)
	if err != nil {
		return nil, fmt.Errorf("document: draw page %d: %w", page, err)
	}
	return picture, nil
}

// Picture draws a file that somebody else has made, a picture or a PDF's first page, for a screen.
func (r *Renderer) Picture(ctx context.Context, file io.Reader) ([]byte, error) {
	return r.render(ctx, file, 1, Glass)
}

// render is Render whose errors do not say what was tried.
func (r *Renderer) render(ctx context.Context, pdf io.Reader, page int, box Box) ([]byte, error) {
	if page < 1 || !box.valid() {
		return nil, fmt.Errorf("no page can have %dx%d pixels", box.Width, box.Height)
	}
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
		return r.child(ctx, pdf, page, box)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (r *Renderer) child(ctx context.Context, pdf io.Reader, page int, box Box) ([]byte, error) {
	// The kernel kills the child when the thread that started it ends, not the process: this one stays ours until then.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	limited, cancel := context.WithTimeout(ctx, r.within)
	defer cancel()

	said, complaint := &bounded{most: box.most()}, &complaints{}
	// The link leads to the program that runs now, also when an update has put another in its place.
	cmd := exec.CommandContext(limited, "/proc/self/exe")
	cmd.Args = append([]string{"lockerd"}, r.args...)
	cmd.Args = append(cmd.Args, strconv.Itoa(page), strconv.Itoa(box.Width), strconv.Itoa(box.Height))
	cmd.Dir, cmd.Env = "/", []string{} // ours says where the keys lie
	cmd.Stdin, cmd.Stdout, cmd.Stderr = pdf, said, complaint
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.WaitDelay = diesWithin

	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limited.Err() != nil:
		return nil, fmt.Errorf("it takes longer than %v", r.within)
	case said.over:
		return nil, errors.New("the picture is larger than it can be")
	case cmd.ProcessState == nil:
		return nil, fmt.Errorf("start a process for it: %w", err)
	case !cmd.ProcessState.Success():
		return nil, fmt.Errorf("what draws it broke down over it (%v)", cmd.ProcessState)
	case err != nil: // not that the child has left some of the PDF unread: it may
		return nil, fmt.Errorf("read the PDF: %w", err)
	case !bytes.HasPrefix(said.kept.Bytes(), signature) && complaint.ofDamage():
		return nil, fmt.Errorf("%s (%w)", sentence(said.kept.Bytes()), errDamaged)
	case !bytes.HasPrefix(said.kept.Bytes(), signature):
		return nil, errors.New(sentence(said.kept.Bytes()))
	}
	if err := fits(said.kept.Bytes(), box); err != nil {
		return nil, err
	}
	if complaint.ofDamage() {
		return nil, errDamaged
	}
	return said.kept.Bytes(), nil
}

// errDamaged is said of a PDF of which the library has made what it could.
var errDamaged = errors.New("the PDF is damaged, or not all of it is here yet: copy it once more, or save it anew")

// complaints is what the library says on standard error while it draws. Nobody reads it but ofDamage: it may repeat what
// the page says.
type complaints struct{ kept []byte }

// Write keeps the beginning, and takes whatever comes.
func (c *complaints) Write(p []byte) (int, error) {
	const enough = 64 << 10 // bytes; what matters is said early, and damage is not said once
	c.kept = append(c.kept, p[:min(len(p), enough-len(c.kept))]...)
	return len(p), nil
}

// damage is in what MuPDF 1.24 says when it draws a PDF as if nothing were wrong with it: it made a new table of contents
// ("repairing PDF document"), left out what it could not read ("format error: ...", "syntax error in content stream"), or
// filled up what was missing ("ignoring zlib error", "premature end of data", libjpeg's "Corrupt JPEG data"). Of a PDF that
// is whole it says nothing of the kind.
var damage = regexp.MustCompile(`(?i)\b(error|repair(ing)?|broken|corrupt|premature|truncated)\b`)

func (c *complaints) ofDamage() bool { return damage.Match(c.kept) }

// fits says whether a picture is what was asked for: the child has had a stranger's bytes in its hands.
func fits(picture []byte, box Box) error {
	c, err := png.DecodeConfig(bytes.NewReader(picture))
	if err != nil {
		return fmt.Errorf("read the picture: %w", err)
	}
	if c.Width > box.Width || c.Height > box.Height {
		return fmt.Errorf("the picture is %dx%d pixels, more than asked for", c.Width, c.Height)
	}
	return nil
}

// sentence is what a child says instead of a picture, made safe for a log and a screen.
func sentence(said []byte) string {
	const longest = 200 // letters; our own are shorter
	text := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, string(said[:min(len(said), longest)]))
	if text == "" {
		return "there is no picture, and nothing says why"
	}
	return text
}

// bounded keeps what is written to it, up to most bytes. The first byte above ends the writing. The buffer is no
// embedded one: its ReadFrom would be found, and know no bound.
type bounded struct {
	kept bytes.Buffer
	most int
	over bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.kept.Len()+len(p) > b.most {
		b.over = true
		return 0, errors.New("document: too much")
	}
	return b.kept.Write(p)
}
