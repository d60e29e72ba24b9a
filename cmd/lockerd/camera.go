package main

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sys/unix"

	"lockerd/internal/camera"
	"lockerd/internal/locker"
)

// photos is camera.StoreConfig as the file writes it.
type photos struct {
	Directory string   `toml:"directory"`
	Keep      duration `toml:"keep"`
	Megabytes int64    `toml:"megabytes"`
}

func photosOf(c camera.StoreConfig) photos {
	return photos{Directory: c.Dir, Keep: duration(c.Keep), Megabytes: c.Limit >> 20}
}

func (p photos) store() camera.StoreConfig {
	return camera.StoreConfig{Dir: p.Directory, Keep: time.Duration(p.Keep), Limit: p.Megabytes << 20}
}

// cameras is every camera, as the controller sees them: one.
type cameras []*camera.Camera

// Take asks every camera for a still: which one sees the door is not known.
func (c cameras) Take(w locker.PhotoWanted) {
	for _, one := range c {
		one.Take(w)
	}
}

// cameras makes the cameras and who owns them. A photo's key is let go once loop has recorded it.
func (c *cabinet) cameras(cfg *config, loop *loop, clock func() locker.Now, log *slog.Logger) cameras {
	if cfg.Photos.Directory == "" {
		return nil // there is none: see validateCameras
	}
	store := camera.NewStore(cfg.Photos.store(), clock, log)
	c.owners = append(c.owners, store.Run)
	tell := func(ctx context.Context, in locker.Input) error { return loop.Do(ctx, in) }
	var all cameras
	for _, k := range cfg.Cameras {
		one := camera.New(k, store, tell, log)
		all = append(all, one)
		c.owners = append(c.owners, one.Run)
	}
	return all
}

// validateCameras says what is wrong with the cameras and the place for their photos.
func (c *config) validateCameras(bad func(string, ...any)) {
	if store := c.Photos.store(); c.Photos.Directory != "" || len(c.Cameras) > 0 {
		if err := store.Validate(); err != nil {
			bad("%w", err)
		}
	}
	names, devices := make(map[string]bool), make(map[string]string)
	for _, k := range c.Cameras {
		if err := k.Validate(); err != nil {
			bad("%w", err)
		}
		if names[k.Name] {
			bad("camera %q is listed twice", k.Name)
		}
		names[k.Name] = true
		if other, taken := devices[k.Device]; taken && k.Device != "" {
			bad("cameras %s and %s are the same device %s", other, k.Name, k.Device)
		}
		devices[k.Device] = k.Name
	}
}

// cameras tries those that are asked over HTTP. A device is only looked at: the daemon may be streaming from it.
func (k *checkup) cameras(cfg *config) {
	for _, c := range cfg.Cameras {
		if c.URL != "" {
			k.say(camera.Try(context.Background(), c), "camera %s gives a picture", c.Name)
			continue
		}
		k.say(unix.Access(c.Device, unix.R_OK|unix.W_OK), "camera %s: %s can be used", c.Name, c.Device)
	}
}
