package cabinet

import (
	"log/slog"
	"time"

	"lockerd/internal/camera"
	"lockerd/internal/locker"
)

// photos is camera.StoreConfig as the file writes it.
type photos struct {
	Directory string   `toml:"directory"`
	Keep      Duration `toml:"keep"`
	Megabytes int64    `toml:"megabytes"`
}

func photosOf(c camera.StoreConfig) photos {
	return photos{Directory: c.Dir, Keep: Duration(c.Keep), Megabytes: c.Limit >> 20}
}

func (p photos) store() camera.StoreConfig {
	return camera.StoreConfig{Dir: p.Directory, Keep: time.Duration(p.Keep), Limit: p.Megabytes << 20}
}

// cameras presents all cameras to the controller as one.
type cameras []*camera.Camera

// Take asks every camera for a photo: it is not known which one sees the door.
func (c cameras) Take(w locker.PhotoWanted) {
	for _, one := range c {
		one.Take(w)
	}
}

// cameras makes the cameras and their owners. A photo's key is released once loop has recorded it.
func (c *Config) cameras(all *owners, loop *loop, log *slog.Logger) cameras {
	if c.Photos.Directory == "" {
		return nil // there is none: see validateCameras
	}
	store := camera.NewStore(c.Photos.store(), loop.now, log)
	all.add("stills", store.Run)
	var list cameras
	for _, k := range c.Cameras {
		one := camera.New(k, store, loop.do, log)
		list = append(list, one)
		all.add("camera "+k.Name, one.Run)
	}
	return list
}

// validateCameras reports what is wrong with the cameras and the place for their photos.
func (c *Config) validateCameras(bad func(string, ...any)) {
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

// openPhoto opens a photo.
func (c *Config) openPhoto(name string, key []byte) ([]byte, error) {
	return camera.Open(c.Photos.Directory, name, key)
}

// removePhoto removes a photo, if photos are kept.
func (c *Config) removePhoto(name string) error {
	if c.Photos.Directory == "" {
		return nil
	}
	return camera.Remove(c.Photos.Directory, name)
}
