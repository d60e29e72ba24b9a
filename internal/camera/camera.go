// Package camera takes still pictures as evidence, from cameras that answer HTTP and from V4L2 cameras. It owns the cameras and
// the folder of sealed photos; it never decides when a photo is wanted, and keeps no key that opens one.
package camera

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
	"time"

	"lockerd/internal/locker"
)

// Config is one camera, with a URL or a device.
type Config struct {
	Name string `toml:"name"` // unique in the cabinet: "front"; part of the photos' names

	URL          string `toml:"url"`           // of a JPEG still: "http://user@192.0.2.7/still.jpg"
	PasswordFile string `toml:"password_file"` // of the URL's user, for basic authentication

	Device string `toml:"device"` // "/dev/v4l/by-id/...", which stays the same when it is plugged in again
	Width  int    `toml:"width"`  // of a device's picture at most, in pixels; 0: 1280
	Height int    `toml:"height"` // likewise; 0: 720
}

// names are words that may be part of a file's name.
var names = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// Validate reports everything that is wrong with the configuration, in terms of the configuration file.
func (c *Config) Validate() error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("camera %q: "+format, append([]any{c.Name}, args...)...))
	}
	if !names.MatchString(c.Name) {
		bad("name: must be of small letters, digits and hyphens, at most 32")
	}
	switch {
	case (c.URL == "") == (c.Device == ""):
		bad("must have either url or device")
	case c.URL != "":
		c.validateURL(bad)
	case !strings.HasPrefix(c.Device, "/dev/"):
		bad("device = %q: must be under /dev/, best by /dev/v4l/by-id/", c.Device)
	}
	if c.Device != "" && c.PasswordFile != "" {
		bad("password_file: only a url has a password")
	}
	if c.Device == "" && (c.Width != 0 || c.Height != 0) {
		bad("width and height: a camera with a url knows them itself")
	}
	if c.Width < 0 || c.Width > 4096 || c.Height < 0 || c.Height > 4096 {
		bad("width and height must be between 0 and 4096 pixels")
	}
	return errors.Join(errs...)
}

// validateURL never repeats the URL: somebody may have written a password into it.
func (c *Config) validateURL(bad func(string, ...any)) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		bad("url: must be as http://user@192.0.2.7/still.jpg")
		return
	}
	if _, secret := u.User.Password(); secret {
		bad("url: the password belongs into a file, see password_file")
	}
	if c.PasswordFile != "" && u.User.Username() == "" {
		bad("password_file: whose? write the user into the url, as http://user@...")
	}
}

// Numbers of a camera.
const (
	patience   = 5 * time.Second  // with a camera: a still that takes longer has failed
	checkEvery = time.Minute      // how often a camera is looked through when nothing is wanted of it
	stale      = 10 * time.Second // a still that had to wait so long would show another moment
	mailbox    = 4                // stills that may wait: more are not wanted within ten seconds
)

// source is where a JPEG comes from.
type source interface {
	// still returns within patience and soon after ctx ended. Its errors are faults.
	still(ctx context.Context) ([]byte, error)
}

// fault is why there is no evidence: a few words that stay the same while it lasts, and the details.
type fault struct {
	why string
	err error
}

func (f fault) Error() string { return fmt.Sprintf("%s: %v", f.why, f.err) }

// request is a still that is wanted, and since when.
type request struct {
	locker.PhotoWanted
	at time.Time
}

// Camera is one camera. Run owns it.
type Camera struct {
	name   string
	source source
	store  *Store
	tell   func(context.Context, locker.Input) error
	log    *slog.Logger
	wanted chan request
	told   locker.Input // what was told last: CameraLost or CameraBack; nil at first
	unkept bool         // the last still could not be kept
}

// New makes a camera whose photos are kept in store. tell is called with PhotoTaken, CameraLost and CameraBack; it returns
// once that is recorded, or an error if it is not.
func New(cfg Config, store *Store, tell func(context.Context, locker.Input) error, log *slog.Logger) *Camera {
	c := &Camera{name: cfg.Name, store: store, tell: tell, log: log.With("camera", cfg.Name),
		wanted: make(chan request, mailbox)}
	if cfg.URL != "" {
		c.source = newWeb(cfg)
	} else {
		c.source = newDevice(cfg)
	}
	return c
}

// Try takes a photo, discards it and reports what is wrong with it.
func Try(ctx context.Context, cfg Config) error {
	_, err := New(cfg, nil, nil, slog.Default()).picture(ctx)
	return err
}

// Take asks for a photo. It never blocks: a camera that is too far behind takes none.
func (c *Camera) Take(w locker.PhotoWanted) {
	select {
	case c.wanted <- request{w, time.Now()}:
	default:
		c.drop(w, "too many wait")
	}
}

func (c *Camera) drop(w locker.PhotoWanted, because any) {
	c.log.Warn("camera: no still taken", "parcel", w.Parcel, "moment", w.Moment, "because", because)
}

// Run takes the photos that are wanted, and checks the camera now and then, until ctx is cancelled; then it returns nil. A
// missing camera is no error: it is reported as CameraLost.
func (c *Camera) Run(ctx context.Context) error {
	check := time.NewTicker(checkEvery)
	defer check.Stop()
	c.check(ctx)
	for {
		select {
		case <-ctx.Done():
			return nil
		case r := <-c.wanted:
			c.take(ctx, r)
			check.Reset(checkEvery)
		case <-check.C:
			c.check(ctx)
		}
	}
}

// check looks whether a still would be good.
func (c *Camera) check(ctx context.Context) {
	_, err := c.picture(ctx)
	if err == nil && c.unkept {
		err = c.store.probe()
	}
	c.report(ctx, err)
}

// take takes a photo and keeps it, even one that shows nothing: it is the evidence that the camera was covered.
func (c *Camera) take(ctx context.Context, r request) {
	if time.Since(r.at) >= stale {
		c.drop(r.PhotoWanted, "too late")
		return
	}
	picture, err := c.picture(ctx)
	if picture == nil {
		c.drop(r.PhotoWanted, err)
		c.report(ctx, err)
		return
	}
	photo, unkept := c.store.keep(c.name, picture)
	c.unkept = unkept != nil
	if c.unkept {
		c.drop(r.PhotoWanted, unkept)
		c.report(ctx, unkept)
		return
	}
	// If this is not recorded, nobody will ever have the key: the file stays, unreadable, until it is too old.
	told := locker.PhotoTaken{Wanted: r.PhotoWanted, Photo: photo.name, SHA256: photo.sha256, Key: photo.key}
	if err := c.tell(ctx, told); err != nil && ctx.Err() == nil {
		c.drop(r.PhotoWanted, err)
	}
	c.report(ctx, err)
}

// picture is a JPEG that can be decoded, if there is one, and what is wrong.
func (c *Camera) picture(ctx context.Context) ([]byte, error) {
	picture, err := c.source.still(ctx)
	if err != nil {
		return nil, err
	}
	img, err := decode(picture)
	if err != nil {
		return nil, err
	}
	if showsNothing(img) {
		return picture, fault{"covered", errors.New("the picture shows nothing")}
	}
	return picture, nil
}

// report tells how the camera is if that was not told yet.
func (c *Camera) report(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return // whatever failed failed because we stop
	}
	var in locker.Input = locker.CameraBack{Name: c.name}
	if err != nil {
		why := "error"
		if f, ok := errors.AsType[fault](err); ok {
			why = f.why
		}
		in = locker.CameraLost{Name: c.name, Why: why}
	}
	if in == c.told {
		return
	}
	if err != nil {
		c.log.Warn("camera: lost", "because", err)
	} else {
		c.log.Info("camera: works")
	}
	if c.tell(ctx, in) == nil {
		c.told = in // otherwise again after the next still or check
	}
}
