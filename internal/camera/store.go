package camera

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/sys/unix"

	"lockerd/internal/durable"
	"lockerd/internal/locker"
)

// StoreConfig says where photos are kept, and how long.
type StoreConfig struct {
	Dir   string
	Keep  time.Duration // since a photo was taken
	Limit int64         // bytes of all photos together: the oldest go first
}

// StoreDefaults are 30 days, a usual period for cameras that see people, and 2 GB: some 20,000 photos of 100 kB.
func StoreDefaults() StoreConfig { return StoreConfig{Keep: 30 * 24 * time.Hour, Limit: 2 << 30} }

// Validate reports everything that is wrong with the configuration.
func (c *StoreConfig) Validate() error {
	var errs []error
	if !filepath.IsAbs(c.Dir) {
		errs = append(errs, fmt.Errorf("photos: directory = %q: must be an absolute path", c.Dir))
	}
	if c.Keep <= 0 {
		errs = append(errs, errors.New("photos: keep must be above 0"))
	}
	if c.Limit < largest {
		errs = append(errs, fmt.Errorf("photos: the limit must be at least %d bytes, one large still", largest))
	}
	return errors.Join(errs...)
}

const (
	suffix     = ".sealed"
	sweepEvery = time.Hour
	// reserve is how much of the disk is left free of photos: the journal is on it too, and without the journal nothing
	// opens.
	reserve = 200 << 20
)

// undated is the time of a photo that was taken while the clock was not known. Its age counts from when it is.
var undated = time.Unix(0, 0)

// Store is the folder of sealed photos. Each is sealed under its own key, which only its record contains.
type Store struct {
	cfg   StoreConfig
	clock func() locker.Now
	log   *slog.Logger
}

// NewStore makes the folder, and removes incomplete files that a power cut left. If that fails the cameras will report it: a
// locker without photos is still a locker.
func NewStore(cfg StoreConfig, clock func() locker.Now, log *slog.Logger) *Store {
	err := os.MkdirAll(cfg.Dir, 0o700)
	left, _ := filepath.Glob(filepath.Join(cfg.Dir, "*"+durable.Part)) // fails for a bad pattern alone
	for _, path := range left {
		err = errors.Join(err, os.Remove(path))
	}
	if err != nil {
		log.Error("camera: folder of photos", "because", err)
	}
	return &Store{cfg: cfg, clock: clock, log: log}
}

// Run removes photos that are too old, until ctx is cancelled; then it returns nil.
func (s *Store) Run(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := s.sweep(0); err != nil {
			s.log.Error("camera: old photos not removed", "because", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// kept is a photo on disk.
type kept struct {
	name   string
	sha256 string // of the sealed file, hex
	key    []byte
}

// keep seals a picture under a fresh key and returns once it is on disk. Its errors are faults.
func (s *Store) keep(camera string, picture []byte) (kept, error) {
	k := kept{name: camera + "-" + rand.Text() + suffix, key: make([]byte, chacha20poly1305.KeySize)}
	rand.Read(k.key) // never fails
	aead, err := chacha20poly1305.NewX(k.key)
	if err != nil {
		return kept{}, fault{notKept, err}
	}
	file := make([]byte, aead.NonceSize(), aead.NonceSize()+len(picture)+aead.Overhead())
	rand.Read(file)
	file = aead.Seal(file, file, picture, []byte(k.name)) // the name: so that no photo passes for another
	sum := sha256.Sum256(file)
	k.sha256 = hex.EncodeToString(sum[:])
	if err := s.room(int64(len(file))); err != nil {
		return kept{}, fault{notKept, err}
	}
	if err := s.write(k.name, file); err != nil {
		return kept{}, fault{notKept, err}
	}
	return k, nil
}

// notKept is the fault of a disk, in words for the operator.
const notKept = "photo not kept"

// room makes room for so many bytes.
func (s *Store) room(bytes int64) error {
	err := os.MkdirAll(s.cfg.Dir, 0o700)
	if err == nil {
		err = s.sweep(bytes)
	}
	if err != nil {
		return err
	}
	var disk unix.Statfs_t
	if err := unix.Statfs(s.cfg.Dir, &disk); err != nil {
		return fmt.Errorf("look at disk: %w", err)
	}
	if free := int64(disk.Bavail) * disk.Bsize; free < bytes+reserve {
		return fmt.Errorf("the disk is nearly full: %d MB free", free>>20)
	}
	return nil
}

// write writes a file whole, or not at all.
func (s *Store) write(name string, data []byte) error {
	return durable.Replace(filepath.Join(s.cfg.Dir, name), 0o600, func(f *os.File) error {
		_, err := f.Write(data)
		if err == nil {
			err = os.Chtimes(f.Name(), time.Time{}, s.date())
		}
		return err
	})
}

// date is when a photo that is taken now was taken.
func (s *Store) date() time.Time {
	if now := s.clock(); now.Known {
		return now.Wall
	}
	return undated
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// probe finds out whether a photo could be kept again.
func (s *Store) probe() error {
	err := s.room(largest)
	if err == nil {
		name := "probe-" + rand.Text() + durable.Part // what a power cut leaves of it goes with the next start
		err = errors.Join(s.write(name, []byte("probe")), remove(filepath.Join(s.cfg.Dir, name)))
	}
	if err != nil {
		return fault{notKept, err}
	}
	return nil
}

// photo is a file as the sweep sees it.
type photo struct {
	path  string
	size  int64
	taken time.Time
}

// sweep removes photos that are too old, if it is known what time it is, and the oldest until so many bytes more are
// within the limit. Several cameras may do it at once: what is gone already is fine.
func (s *Store) sweep(more int64) error {
	now := s.clock()
	photos, err := s.photos(now)
	if err != nil {
		return err
	}
	total := more
	for _, p := range photos {
		total += p.size
	}
	for _, p := range photos {
		old := now.Known && now.Wall.Sub(p.taken) > s.cfg.Keep
		if !old && total <= s.cfg.Limit {
			return nil // those that follow are younger
		}
		if err := remove(p.path); err != nil {
			return err
		}
		total -= p.size
	}
	return nil
}

// photos lists what lies there, the oldest first. A date that cannot be right is made right as soon as the clock is
// known.
func (s *Store) photos(now locker.Now) ([]photo, error) {
	entries, err := os.ReadDir(s.cfg.Dir)
	if err != nil {
		return nil, err
	}
	var all []photo
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) || !strings.HasSuffix(e.Name(), suffix) {
			continue
		}
		if err != nil {
			return nil, err
		}
		p := photo{filepath.Join(s.cfg.Dir, e.Name()), info.Size(), info.ModTime()}
		if p.taken.Equal(undated) || now.Known && p.taken.After(now.Wall) {
			p.taken = now.Wall
			if now.Known {
				if err := os.Chtimes(p.path, time.Time{}, p.taken); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return nil, err
				}
			}
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b photo) int { return cmp.Or(a.taken.Compare(b.taken), cmp.Compare(a.path, b.path)) })
	return all, nil
}

// Remove removes a photo. A missing one is no error.
func Remove(dir, name string) error {
	root, err := os.OpenRoot(dir) // wherever the name came from: it leads nowhere else
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("camera: remove photo: %w", err)
	}
	defer func() { _ = root.Close() }()
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("camera: remove photo: %w", err)
	}
	return nil
}

// Open returns the JPEG of a photo with the key that was recorded with it. A changed file does not open.
func Open(dir, name string, key []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("camera: open %s: %w", name, err)
	}
	f, err := os.OpenInRoot(dir, name) // wherever the name came from: it leads nowhere else
	if err != nil {
		return nil, fmt.Errorf("camera: open photo: %w", err)
	}
	defer f.Close()
	file, err := io.ReadAll(io.LimitReader(f, largest+int64(aead.NonceSize()+aead.Overhead())))
	if err != nil {
		return nil, fmt.Errorf("camera: read %s: %w", name, err)
	}
	if len(file) < aead.NonceSize() {
		return nil, fmt.Errorf("camera: open %s: too short", name)
	}
	picture, err := aead.Open(nil, file[:aead.NonceSize()], file[aead.NonceSize():], []byte(name))
	if err != nil {
		return nil, fmt.Errorf("camera: open %s: it was changed, or the key is another's", name)
	}
	return picture, nil
}
