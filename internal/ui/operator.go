package ui

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Operator is the operator of the cabinet as people at the screen see it. The zero value is anonymous.
type Operator struct {
	// Name is at the top of every screen, instead of "Parcel locker".
	Name string `toml:"name"`
	// Mark is a PNG or SVG file, shown before the name.
	Mark string `toml:"mark"`
	// Colour is the colour of the main buttons by day, as "#0e4a43". It is darkened until white text on it has Enough
	// contrast; the night has a lighter one, and the high-contrast mode ignores it.
	Colour string `toml:"colour"`
	// Hotline is the telephone number that is on every screen.
	Hotline string `toml:"hotline"`
	// Privacy is where to ask about personal data and find the full notice: a web page, or an address.
	Privacy string `toml:"privacy"`
}

// Enough is the least contrast of every text: WCAG 2.2's level AAA.
const Enough = 7.0

// What fits on a screen, in characters, and what a mark may be, in bytes and in pixels a side.
const (
	longestName    = 40
	longestHotline = 24
	longestPrivacy = 60
	largestMark    = 256 << 10
	widestMark     = 2048
)

// Validate reports everything that is wrong with the settings; it does not read the mark's file.
func (o Operator) Validate() error {
	var errs []error
	for _, f := range []struct {
		name, value string
		most        int
	}{{"name", o.Name, longestName}, {"hotline", o.Hotline, longestHotline}, {"privacy", o.Privacy, longestPrivacy}} {
		if n := utf8.RuneCountInString(f.value); n > f.most {
			errs = append(errs, fmt.Errorf("ui: operator: the %s has %d characters, at most %d fit on a screen", f.name, n, f.most))
		}
	}
	if o.Colour != "" && !colours.MatchString(o.Colour) {
		errs = append(errs, fmt.Errorf("ui: operator: colour %q: want six hexadecimal digits, as #0e4a43", o.Colour))
	}
	return errors.Join(errs...)
}

var colours = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// Darkened is the colour as shown by day, and whether it differs from the configured one. The colour must have passed
// Validate.
func (o Operator) Darkened() (string, bool) {
	shown := shade(parseColour(o.Colour), white, black)
	return shown.String(), !strings.EqualFold(shown.String(), o.Colour)
}

// sheet is the style that the colour makes.
func (o Operator) sheet() []byte {
	day, _ := o.Darkened()
	night := shade(parseColour(o.Colour), darkness, white)
	return fmt.Appendf(nil, ":root { --deep: %s; --on-deep: #fff; }\n"+
		":root[data-theme=night] { --deep: %s; --on-deep: %s; }\n", day, night, darkness)
}

// image is the mark as a browser takes it; nil without one.
func (o Operator) image() (*asset, error) {
	if o.Mark == "" {
		return nil, nil
	}
	f, err := os.Open(o.Mark)
	if err != nil {
		return nil, fmt.Errorf("ui: operator's mark: %w", err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, largestMark+1))
	if err != nil {
		return nil, fmt.Errorf("ui: operator's mark: %w", err)
	}
	kind := strings.ToLower(path.Ext(o.Mark))
	switch {
	case len(data) > largestMark:
		err = fmt.Errorf("it is larger than %d kB", largestMark>>10)
	case kind == ".png":
		err = checkPNG(data)
	case kind == ".svg":
		err = checkSVG(data)
	default:
		err = errors.New("its name must end in .png or .svg")
	}
	if err != nil {
		return nil, fmt.Errorf("ui: operator's mark %s: %w", o.Mark, err)
	}
	return &asset{kinds[kind], data}, nil
}

// CheckMark reports what is wrong with the mark's file; the kiosk starts in any case.
func (o Operator) CheckMark() error {
	_, err := o.image()
	return err
}

func checkPNG(data []byte) error {
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err == nil && max(c.Width, c.Height) > widestMark {
		return fmt.Errorf("it has %d x %d pixels, at most %d a side are shown", c.Width, c.Height, widestMark)
	}
	if err == nil {
		_, err = png.Decode(bytes.NewReader(data))
	}
	return err
}

// checkSVG wants well-formed XML with a drawing in it. What else it may hold does nothing: the page shows it as a picture,
// in which a browser runs no script and loads nothing.
func checkSVG(data []byte) error {
	d := xml.NewDecoder(bytes.NewReader(data))
	root := ""
	for {
		token, err := d.Token()
		switch start, ok := token.(xml.StartElement); {
		case errors.Is(err, io.EOF) && root == "svg":
			return nil
		case errors.Is(err, io.EOF):
			return fmt.Errorf("its outermost element is <%s>, not <svg>", root)
		case err != nil:
			return err
		case ok && root == "":
			root = start.Name.Local
		}
	}
}

// rgb is a colour of a screen, each part from 0 to 1.
type rgb [3]float64

var (
	white    = rgb{1, 1, 1}
	black    = rgb{}
	darkness = parseColour("#191204") // text on the night's main buttons
)

func parseColour(s string) (c rgb) {
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "#"), 16, 32)
	if err != nil {
		panic(fmt.Sprintf("ui: colour %q was not validated", s))
	}
	for i := range c {
		c[i] = float64(n>>(16-8*i)&0xff) / 255
	}
	return c
}

// String is the colour as CSS writes it.
func (c rgb) String() string {
	part := func(i int) int { return int(math.Round(c[i] * 255)) }
	return fmt.Sprintf("#%02x%02x%02x", part(0), part(1), part(2))
}

// luminance is WCAG 2's relative luminance.
func (c rgb) luminance() float64 {
	linear := func(v float64) float64 {
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}

// contrast is WCAG 2's contrast ratio.
func contrast(a, b rgb) float64 {
	la, lb := a.luminance(), b.luminance()
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// shade moves a colour towards another, no further than until the text on it has Enough contrast.
func shade(c, text, towards rgb) rgb {
	const steps = 100
	for i := range steps + 1 {
		part := float64(i) / steps
		var mixed rgb
		for k := range mixed {
			mixed[k] = c[k] + (towards[k]-c[k])*part
		}
		mixed = parseColour(mixed.String()) // as it is shown
		if contrast(mixed, text) >= Enough {
			return mixed
		}
	}
	return towards
}
