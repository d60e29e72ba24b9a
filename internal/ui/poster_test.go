package ui_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"lockerd/internal/locker"
	"lockerd/internal/ui"
	"lockerd/internal/ui/uitest"
)

// sheet is a poster of a size: a coloured field on white paper.
func sheet(t *testing.T, width, height int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(m, m.Bounds(), image.White, image.Point{}, draw.Src)
	field := image.Rect(width/10, height/10, width*9/10, height/2)
	draw.Draw(m, field, image.NewUniform(color.RGBA{R: 0x2b, G: 0x6c, B: 0xb0, A: 0xff}), image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestThePosterIsServed(t *testing.T) {
	s, _, web := kiosk(t, ui.Config{})
	s.Show(base(locker.StepHome, locker.ActionPickup))
	picture := sheet(t, 30, 40)
	if res, _ := get(t, web.URL+"/poster/a1"); res.status != http.StatusNotFound {
		t.Errorf("want %d without a poster, got %d", http.StatusNotFound, res.status)
	}
	s.ShowPoster(picture, "a1")
	if _, page := get(t, web.URL); !strings.Contains(page, `<img class="poster" src="/poster/a1" alt="`) {
		t.Error("want the poster on the idle screen")
	}
	res, body := get(t, web.URL+"/poster/a1")
	if res.status != http.StatusOK || res.header.Get("Content-Type") != "image/png" || body != string(picture) {
		t.Errorf("want the picture, got %d, %q, %d bytes", res.status, res.header.Get("Content-Type"), len(body))
	}
	if got := res.header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("want a browser to need it once, got %q", got)
	}
	s.ShowPoster(picture, "b2")
	res, _ = get(t, web.URL+"/poster/a1")
	if res.status != http.StatusNotFound || res.header.Get("Cache-Control") != "no-store" {
		t.Errorf("want %d for a poster that is gone, and nobody to keep that, got %v", http.StatusNotFound, res)
	}
	s.ShowPoster(nil, "")
	if _, page := get(t, web.URL); strings.Contains(page, "<img") || !strings.Contains(page, `<svg class="cabinet"`) {
		t.Error("want the cabinet's picture again after the poster is taken down")
	}
}

func TestThePosterIsOnTheIdleScreenOnly(t *testing.T) {
	s, _, web := kiosk(t, ui.Config{})
	s.ShowPoster(sheet(t, 30, 40), "a1")
	for _, st := range stories() {
		s.Show(st.view)
		_, page := get(t, web.URL)
		if want := st.view.Step == locker.StepHome; strings.Contains(page, `src="/poster/`) != want {
			t.Errorf("%s: want a poster: %v", st.name, want)
		}
	}
}

func TestANewPosterReachesEveryScreen(t *testing.T) {
	s, _, web := kiosk(t, ui.Config{})
	s.Show(base(locker.StepHome, locker.ActionPickup))
	first, second := listen(t, web.URL), listen(t, web.URL)
	first.next()
	second.next()
	s.ShowPoster(sheet(t, 30, 40), "a1")
	for _, stream := range []*stream{first, second} {
		got := stream.next()
		if fmt.Sprint(got.names()) != "[picture]" || !strings.Contains(got.Regions["picture"], "/poster/a1") {
			t.Errorf("want the poster in the picture and nothing else, got %v", got.Regions)
		}
	}
}

// places are where everything is that must stay where it is.
const places = `["#title", "#help", "#b-pickup", "#b-courier", "#bar", "#l-en", "#brand"].map(e => {
	const b = document.querySelector(e).getBoundingClientRect();
	return e + " " + [b.x, b.y, b.width, b.height].map(Math.round);
}).join("; ")`

// hung says what is wrong with how the poster hangs; empty: nothing.
const hung = `(() => {
	const i = document.querySelector("img.poster");
	const b = i.getBoundingClientRect(), p = i.parentElement.getBoundingClientRect();
	if (!i.complete || !i.naturalWidth) return "it is not loaded";
	if (!i.alt) return "nobody who cannot see it knows of it";
	if (b.left < p.left - 1 || b.right > p.right + 1 || b.top < p.top - 1 || b.bottom > p.bottom + 1)
		return "it reaches out";
	const scale = Math.min(b.width / i.naturalWidth, b.height / i.naturalHeight);
	if (scale * i.naturalHeight < innerHeight / 4) return "it is too small to read";
	return "";
})()`

// TestThePosterPushesNothingAway: what can be done stays where it is, whatever the shape of the poster.
func TestThePosterPushesNothingAway(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("LOCKERD_SCREENSHOTS")
	for _, glass := range glasses {
		for _, language := range ui.Languages() {
			if testing.Short() && language != "de" {
				continue
			}
			t.Run(glass.name+"-"+language, func(t *testing.T) {
				tab := uitest.Tab(t)
				s, _, web := kiosk(t, ui.Config{})
				do(t, tab, chromedp.EmulateViewport(glass.width, glass.height), chromedp.Navigate(web.URL))
				v := base(locker.StepHome, locker.ActionPickup, locker.ActionCourier, locker.ActionLanguage)
				v.Language = language
				s.Show(v)
				arrived(t, tab, v.Revision)
				want := eval[string](t, tab, places)
				for _, shape := range []struct {
					name          string
					width, height int
				}{{"upright", 764, 1080}, {"across", 1080, 764}} {
					s.ShowPoster(sheet(t, shape.width, shape.height), shape.name)
					wait(t, tab, `document.querySelector("img.poster[src$=`+shape.name+`]")?.complete`)
					if got := eval[string](t, tab, places); got != want {
						t.Errorf("%s: want everything where it was:\n%s\ngot\n%s", shape.name, want, got)
					}
					if got := eval[string](t, tab, hung); got != "" {
						t.Errorf("%s: %s", shape.name, got)
					}
					look(t, tab, dir, fmt.Sprintf("%s-%s-poster-%s", glass.name, language, shape.name))
				}
			})
		}
	}
}
