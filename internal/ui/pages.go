package ui

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"path"
	"strings"

	"lockerd/internal/locker"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// pages are the kiosk's templates, texts and assets, loaded once.
type pages struct {
	templates  *template.Template
	catalogues map[string]*catalogue
	assets     map[string]asset  // by hashed name
	names      map[string]string // "kiosk.css" to its hashed name
	sheets     []string          // the styles' hashed names, in their order
	mark       string            // the operator's, likewise; empty: the house's own
	print      string            // of the page but for the screen on it: see frame.Page
}

// asset is a file that the page loads.
type asset struct {
	kind string // its media type
	data []byte
}

// kinds are the media types of assets, by extension.
var kinds = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
	".png": "image/png",
}

func loadPages() (*pages, error) {
	p := &pages{assets: make(map[string]asset), names: make(map[string]string)}
	var err error
	if p.catalogues, err = loadCatalogues(); err != nil {
		return nil, err
	}
	files, err := staticFiles.ReadDir("static")
	if err != nil {
		return nil, fmt.Errorf("ui: read assets: %w", err)
	}
	for _, f := range files {
		data, err := staticFiles.ReadFile("static/" + f.Name())
		if err != nil {
			return nil, fmt.Errorf("ui: read asset %s: %w", f.Name(), err)
		}
		p.names[f.Name()] = p.add(f.Name(), asset{kinds[path.Ext(f.Name())], data})
	}
	for _, sheet := range []string{"kiosk.css", "service.css", "wide.css", "aids.css"} {
		p.sheets = append(p.sheets, p.names[sheet])
	}
	p.templates, err = template.New("").ParseFS(templateFiles, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("ui: templates: %w", err)
	}
	return p, nil
}

// add makes an asset one that the page may load, and gives its name, which holds its content's hash.
func (p *pages) add(name string, a asset) string {
	sum, ext := sha256.Sum256(a.data), path.Ext(name)
	name = strings.TrimSuffix(name, ext) + "-" + hex.EncodeToString(sum[:6]) + ext
	p.assets[name] = a
	return name
}

// dress makes the pages the operator's: it fails where their mark cannot be shown, and does the rest.
func (p *pages) dress(o Operator) error {
	if o.Colour != "" {
		p.sheets = append(p.sheets, p.add("operator.css", asset{kinds[".css"], o.sheet()}))
	}
	mark, err := o.image()
	if err == nil && mark != nil {
		p.mark = p.add("operator"+strings.ToLower(path.Ext(o.Mark)), *mark)
	}
	return err
}

// imprint notes what every page has in common: its styles, its script, its pictograms.
func (p *pages) imprint() error {
	sum := sha256.New()
	err := p.writePage(sum, frame{Language: "en"})
	p.print = hex.EncodeToString(sum.Sum(nil)[:6])
	return err
}

// language is the catalogue that a View is shown in: its own, or the first of those offered that we have, or English.
func (p *pages) language(v *locker.View) *catalogue {
	for _, code := range append([]string{v.Language}, v.Languages...) {
		if c := p.catalogues[code]; c != nil {
			return c
		}
	}
	return p.catalogues["en"]
}

// writePage writes the whole page with the frame in it.
func (p *pages) writePage(w io.Writer, f frame) error {
	attr, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("ui: page: %w", err)
	}
	html := make(map[string]template.HTML)
	for name, r := range f.drawn {
		html[name] = template.HTML(r.whole()) // drawn by our own templates, escaped there
	}
	var b bytes.Buffer
	if err := p.templates.ExecuteTemplate(&b, "page", map[string]any{
		"Frame": f, "Attr": string(attr), "Regions": html, "Assets": p.names, "Sheets": p.sheets,
		"Title": p.catalogues[f.Language].Say("brand.title", nil),
	}); err != nil {
		return fmt.Errorf("ui: draw page: %w", err)
	}
	_, err = b.WriteTo(w)
	return err
}
