package main_test

import (
	"image"
	"image/color"
	"image/jpeg"
	"net/http"
	"strings"
	"testing"

	lockersim "lockerd/cmd/lockersim"
	"lockerd/internal/camera"
)

// look is what the camera sees.
func (s *shop) look() image.Image {
	s.t.Helper()
	r, err := http.Get(s.server.URL + "/camera.jpg")
	fatal(s.t, err)
	defer r.Body.Close()
	img, err := jpeg.Decode(r.Body)
	fatal(s.t, err)
	return img
}

// TestTheCameraSeesTheDoors: as they are, and nothing else than before where none has moved.
func TestTheCameraSeesTheDoors(t *testing.T) {
	s := newShop(t)
	grey := func(img image.Image, x, y int) byte { return color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y }
	// Door 7 is the lowest of the first of four columns, door 22 of the last.
	const x7, x22, y = 90, 540, 380
	shut := s.look()
	s.post("doors/7/force", "")
	open := s.look()
	if before, after := grey(shut, x7, y), grey(open, x7, y); before < 150 || after > 60 {
		t.Errorf("door 7 was %d shut and is %d open", before, after)
	}
	if before, after := grey(shut, x22, y), grey(open, x22, y); before < 150 || after < 150 {
		t.Errorf("door 22 was %d and is %d, and nobody has opened it", before, after)
	}
}

// TestTheCameraAsLockerdFindsIt: what hands do to it is what lockerd says of it.
func TestTheCameraAsLockerdFindsIt(t *testing.T) {
	s := newShop(t)
	cfg := camera.Config{Name: "front", URL: s.server.URL + "/camera.jpg"}
	for _, step := range []struct {
		path, body string
		want       string
		state      lockersim.CameraState
	}{
		{"camera/cover", `{"on":false}`, "", lockersim.CameraState{}},
		{"camera/cover", "", "covered", lockersim.CameraState{Covered: true}},
		{"camera/unplug", "", "no answer", lockersim.CameraState{Covered: true, Unplugged: true}},
		{"camera/cover", `{"on":false}`, "no answer", lockersim.CameraState{Unplugged: true}},
		{"camera/unplug", `{"on":false}`, "", lockersim.CameraState{}},
	} {
		if got := s.post(step.path, step.body); got != http.StatusNoContent {
			t.Errorf("%s: status %d", step.path, got)
		}
		if got := get[lockersim.State](s, "state").Camera; got != step.state {
			t.Errorf("%s %s: want %+v, got %+v", step.path, step.body, step.state, got)
		}
		err := camera.Try(t.Context(), cfg)
		if (err == nil) != (step.want == "") || err != nil && !strings.HasPrefix(err.Error(), step.want) {
			t.Errorf("%s %s: want %q, got %v", step.path, step.body, step.want, err)
		}
	}
}
