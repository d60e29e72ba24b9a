package document

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Config is the poster's part of the configuration.
type Config struct {
	// File is the PDF whose first page is shown on the idle screen; empty: none. It may come and go while lockerd runs.
	File string `toml:"file"`
}

// Validate says everything that is wrong with the configuration. That there is no such file is nothing wrong.
func (c Config) Validate() error {
	if c.File != "" && !filepath.IsAbs(c.File) {
		return fmt.Errorf("poster: file %q: must begin with /", c.File)
	}
	return nil
}

const (
	// lookEvery is how often the file is looked at. It has to look the same twice: until then it is being copied.
	lookEvery = 5 * time.Second
	// tryAgain is when a PDF that could not be drawn is tried again: it may have been the machine that was not well.
	tryAgain = 10 * time.Minute
)

// Glass is what a poster is drawn for: the full width of a portrait screen of 1080 by 1920 pixels.
var Glass = Box{Width: 1080, Height: 1080}

// Poster is the PDF on the idle screen. Run owns it. The last good picture outlives a broken PDF and a restart.
type Poster struct {
	file     string
	kept     shelf
	renderer *Renderer
	show     func(png []byte, tag string)
	log      *slog.Logger

	// Run's own.
	shown picture
	seen  glimpse   // how the file looked last time
	done  glimpse   // how it looked when something came of it
	again time.Time // when it is tried again all the same; zero: never

	mu      sync.Mutex
	problem string
}

// picture is a page that was drawn. The zero value is none.
type picture struct {
	source string // the PDF's hash
	png    []byte
}

// tag names the picture by what it looks like.
func (p picture) tag() string {
	if p.png == nil {
		return ""
	}
	return digest(p.png)
}

// NewPoster makes the poster of a configured file. Its last good picture is kept in dir. Run calls show with each
// picture that is to be seen from now on, and a tag that names it; with nothing where there is no poster. Nobody may
// change a picture's bytes.
func NewPoster(cfg Config, dir string, r *Renderer, show func(png []byte, tag string), log *slog.Logger) *Poster {
	return &Poster{file: cfg.File, kept: shelf(dir), renderer: r, show: show, log: log}
}

// Problem says what is wrong with the PDF, for whoever looks after the cabinet; empty: nothing. Anybody may ask at any
// time.
func (p *Poster) Problem() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.problem
}

// Run watches the file until ctx is cancelled, and returns nil then. Nothing that is wrong with a poster stops a
// cabinet.
func (p *Poster) Run(ctx context.Context) error {
	if Landlock() == 0 {
		p.log.Warn("the kernel has no landlock: a PDF is drawn behind seccomp alone")
	}
	last, err := p.kept.last()
	if err != nil {
		p.log.Warn("the last good poster is lost", "err", err)
	}
	p.put(last)
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		p.look(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		}
	}
}

// glimpse is how a file looks from outside. The zero value is of no file at all.
type glimpse struct {
	looked         bool
	there, regular bool
	size           int64
	written        int64 // nanoseconds since 1970
	why            string
}

func glance(path string) glimpse {
	f, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return glimpse{looked: true}
	case err != nil:
		return glimpse{looked: true, there: true, why: err.Error()}
	}
	return glimpse{looked: true, there: true, regular: f.Mode().IsRegular(), size: f.Size(),
		written: f.ModTime().UnixNano()}
}

// look looks at the file once, and does what has to be done about it.
func (p *Poster) look(ctx context.Context) {
	now := glance(p.file)
	settled := now == p.seen || !p.seen.looked // what lies there when we start has been there for a while
	p.seen = now
	if !settled || now == p.done && (p.again.IsZero() || time.Now().Before(p.again)) {
		return
	}
	err := p.take(ctx, now)
	if ctx.Err() != nil {
		return
	}
	p.done, p.again = now, time.Time{}
	if err != nil {
		p.again = time.Now().Add(tryAgain)
	}
	p.say(err)
}

// take makes the file's first page the picture. What is shown stays when it cannot.
func (p *Poster) take(ctx context.Context, now glimpse) error {
	switch {
	case !now.there:
		if p.shown.png != nil {
			p.log.Info("the poster is taken down")
			p.put(picture{})
		}
		return p.kept.clear("")
	case now.why != "":
		return fmt.Errorf("document: look at poster: %s", now.why)
	case !now.regular:
		return fmt.Errorf("document: look at poster %s: it is no file", p.file)
	case now.size > Largest:
		return fmt.Errorf("document: look at poster %s: %w", p.file, errTooLarge)
	}
	f, err := os.Open(p.file)
	if err != nil {
		return fmt.Errorf("document: open poster: %w", err)
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return fmt.Errorf("document: read poster: %w", err)
	}
	if short(hash.Sum(nil)) == p.shown.source {
		return nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("document: read poster: %w", err)
	}
	hash.Reset() // what counts is what the child reads: the file may be another by now
	page, err := p.renderer.render(ctx, io.TeeReader(f, hash), 1, Glass)
	if err != nil {
		return fmt.Errorf("document: draw poster %s: %w", p.file, err)
	}
	p.put(picture{source: short(hash.Sum(nil)), png: page})
	p.log.Info("the poster is new", "file", p.file, "bytes", len(page))
	if err := p.kept.keep(p.shown); err != nil {
		p.log.Warn("the poster is shown, but will be lost at a restart", "err", err)
	}
	return nil
}

// put shows a picture from now on.
func (p *Poster) put(n picture) {
	p.shown = n
	p.show(n.png, n.tag())
}

// say remembers what is wrong, and logs it when it is news.
func (p *Poster) say(err error) {
	problem := ""
	if err != nil {
		problem = err.Error()
	}
	p.mu.Lock()
	old := p.problem
	p.problem = problem
	p.mu.Unlock()
	if problem != "" && problem != old {
		p.log.Error("the poster cannot be shown", "err", err, "an_older_one_is", p.shown.png != nil)
	}
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return short(sum[:])
}

// short is half a SHA-256 in hex: enough to tell files apart.
func short(sum []byte) string { return hex.EncodeToString(sum[:16]) }
