//go:build cgo && !nopdf

package main

import (
	"bytes"
	"fmt"
	"image/png"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// flyer is a PDF of one page with a black rectangle.
func flyer(width, height int) string {
	pdf := "%PDF-1.4\n"
	var at []int
	for i, object := range []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R /Resources << >> >>", width, height),
		"<< /Length 16 >>\nstream\n0 0 40 40 re f \nendstream",
	} {
		at = append(at, len(pdf))
		pdf += fmt.Sprintf("%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	table := len(pdf)
	pdf += "xref\n0 5\n0000000000 65535 f \n"
	for _, offset := range at {
		pdf += fmt.Sprintf("%010d 00000 n \n", offset)
	}
	return pdf + fmt.Sprintf("trailer\n<< /Root 1 0 R /Size 5 >>\nstartxref\n%d\n%%%%EOF\n", table)
}

var postersName = regexp.MustCompile(`src="(/poster/[0-9a-f]+)"`)

// How a poster hangs.
const (
	nothing = ""
	upright = "upright"
	across  = "across"
)

// hangs is how the poster on the kiosk hangs.
func (r *rig) hangs() string {
	page, ok := r.kioskGet("/")
	name := postersName.FindSubmatch(page)
	if !ok || name == nil {
		return nothing
	}
	picture, ok := r.kioskGet(string(name[1]))
	if !ok {
		return nothing // another has just taken its place
	}
	c, err := png.DecodeConfig(bytes.NewReader(picture))
	if err != nil {
		r.t.Fatal(err)
	}
	if c.Width > c.Height {
		return across
	}
	return upright
}

func (r *rig) kioskGet(path string) ([]byte, bool) {
	r.t.Helper()
	res, err := http.Get("http://" + r.kiosk + path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return body, res.StatusCode == http.StatusOK
}

// TestAPosterOnTheIdleScreen: a PDF is on the screen of a true lockerd, a broken one leaves it there, and so does a
// kill.
func TestAPosterOnTheIdleScreen(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	file := filepath.Join(r.dir, "poster.pdf")
	put := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config, err := os.OpenFile(r.config, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer config.Close()
	if _, err := fmt.Fprintf(config, "[poster]\nfile = %q\n", file); err != nil {
		t.Fatal(err)
	}
	put(flyer(200, 300))
	checked := func(want string) { // drawing takes longer than it may where the machine has no time for it, which is said then
		t.Helper()
		eventually(t, "a check that says "+want, func() bool {
			out, _ := r.tool("check")
			return strings.Contains(out, want)
		})
	}
	checked("ok     poster " + file)
	r.start()
	eventually(t, "the poster hangs", func() bool { return r.hangs() == upright })
	put("Dear all, please find the poster attached")
	eventually(t, "the log says what is wrong", func() bool {
		text, err := os.ReadFile(r.log.Name())
		return err == nil && strings.Contains(string(text), "this is not a PDF")
	})
	checked("this is not a PDF")
	half := flyer(300, 200)
	put(half[:len(half)-40]) // a copy that broke off: the library would draw it
	eventually(t, "the log says that it is not whole", func() bool {
		text, err := os.ReadFile(r.log.Name())
		return err == nil && strings.Contains(string(text), "not all of it is here yet")
	})
	checked("not all of it is here yet")
	if got := r.hangs(); got != upright {
		t.Errorf("want the last good poster, got %q", got)
	}
	r.kill()
	r.start()
	eventually(t, "the last good poster hangs after a kill", func() bool { return r.hangs() == upright })
	put(flyer(300, 200))
	eventually(t, "the new poster hangs", func() bool { return r.hangs() == across })
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the poster is taken down", func() bool { return r.hangs() == nothing })
	r.stop()
}
