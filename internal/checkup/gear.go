package checkup

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"lockerd/internal/cabinet"
	"lockerd/internal/camera"
	"lockerd/internal/document"
	"lockerd/internal/pins"
)

// cameras tries the cameras over HTTP. It does not open a device: the daemon may be streaming from it.
func (k *checkup) cameras(cfg *cabinet.Config) {
	for _, c := range cfg.Cameras {
		if c.URL != "" {
			k.say(camera.Try(context.Background(), c), "camera %s gives a picture", c.Name)
			continue
		}
		k.say(unix.Access(c.Device, unix.R_OK|unix.W_OK), "camera %s: %s can be used", c.Name, c.Device)
	}
}

// pins checks whether the lines exist. It requests none of them: the daemon may have them.
func (k *checkup) pins(cfg *cabinet.Config) {
	for _, one := range []struct {
		name string
		pin  pins.Pin
	}{{"tamper", cfg.Pins.Tamper}, {"mains", cfg.Pins.Mains}, {"lamp", cfg.Pins.Lamp}, {"buzzer", cfg.Pins.Buzzer}} {
		if one.pin.Line != "" {
			_, err := pins.Open(one.pin)
			k.say(err, "pin %s: line %s", one.name, one.pin.Line)
		}
	}
}

// terminal checks whether the adapter of the payment terminal can be run. It runs none: the daemon's has the terminal.
func (k *checkup) terminal(cfg *cabinet.Config) {
	if cfg.Terminal.Any() {
		k.say(unix.Access(cfg.Terminal.Command[0], unix.X_OK), "payment terminal: %s can be run", cfg.Terminal.Command[0])
	}
}

// poster draws the poster as the daemon would. A missing one is no error: it may come later.
func (k *checkup) poster(cfg *cabinet.Config) {
	if cfg.Poster.File == "" {
		return
	}
	f, err := os.Open(cfg.Poster.File)
	if os.IsNotExist(err) {
		k.note("poster %s: there is none", cfg.Poster.File)
		return
	}
	if err == nil {
		defer f.Close()
		_, err = document.NewRenderer(cabinet.RenderPage).Render(context.Background(), f, 1, document.Glass)
	}
	k.say(err, "poster %s", cfg.Poster.File)
	if document.Landlock() == 0 {
		k.note("the kernel has no landlock: a PDF is drawn behind seccomp alone")
	}
}

// operator checks the operator's settings.
func (k *checkup) operator(cfg *cabinet.Config) {
	o := cfg.Operator
	if o.Mark != "" {
		k.say(o.CheckMark(), "operator's mark %s", o.Mark)
	}
	if o.Colour != "" {
		if shown, changed := o.Darkened(); changed {
			k.note("operator's colour %s is shown as %s: white text on the other could not be read by everybody", o.Colour, shown)
		}
	}
	if o.Hotline == "" {
		k.note("no hotline is configured (operator.hotline): whoever is stuck is told that the number is on the cabinet")
	}
	if len(cfg.Cameras) > 0 && (o.Name == "" || o.Privacy == "") {
		k.note("stills are taken of people: the law wants your name and where to ask on the screen (operator.name, operator.privacy)")
	}
	if p := cfg.Kiosk.Screen; p.Under > 0 && !slices.ContainsFunc(cfg.Doors, func(d cabinet.Door) bool {
		return d.Number == p.Under && d.Column == p.Column
	}) {
		k.note("kiosk.screen: there is no door %d in column %d: the screen is drawn at the top of that column", p.Under, p.Column)
	}
}

// retention reports how long things are kept, and what else is kept.
func (k *checkup) retention(cfg *cabinet.Config) {
	days := func(d cabinet.Duration) string { return fmt.Sprintf("%.3g days", time.Duration(d).Hours()/24) }
	k.say(nil, "kept: records %s after the cloud has them; phones and codes until their parcel has ended and the cloud knows it, at most %s; photos %s",
		days(cfg.Retention.Records), days(cfg.Retention.Personal), days(cfg.Photos.Keep))
	aside, err := filepath.Glob(cfg.Journal + ".damaged-*")
	if err == nil && len(aside) > 0 {
		k.note("%d damaged journals are set aside beside the journal: they hold what was kept then; remove them when nobody "+
			"needs them", len(aside))
	}
}
