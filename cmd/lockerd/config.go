package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/pelletier/go-toml/v2"

	"lockerd/internal/camera"
	"lockerd/internal/credential"
	"lockerd/internal/document"
	"lockerd/internal/journal"
	"lockerd/internal/locker"
	"lockerd/internal/pins"
	"lockerd/internal/scanner"
	"lockerd/internal/sync"
	"lockerd/internal/ui"
)

// duration is a time in the configuration: "30s", "72h".
type duration time.Duration

// UnmarshalText reads what time.ParseDuration reads.
func (d *duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = duration(v)
	return err
}

// MarshalText writes it so.
func (d duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// config is the configuration file, as in systemd/lockerd.toml.
type config struct {
	Cabinet   string   `toml:"cabinet"`
	Languages []string `toml:"languages"`
	Journal   string   `toml:"journal"`
	Backups   string   `toml:"backups"`
	Mark      string   `toml:"mark"`
	Socket    string   `toml:"socket"`
	Clock     string   `toml:"clock"`
	Setup     string   `toml:"setup"`
	Codes     string   `toml:"codes"`

	Keys struct {
		Directory string `toml:"directory"`
		Operator  string `toml:"operator"`
	} `toml:"keys"`
	Issuers []credential.Issuer `toml:"issuer"`
	Rules   struct {
		WrongTries    int  `toml:"wrong_tries"`
		FailedUnlocks int  `toml:"failed_unlocks"`
		CodeDigits    int  `toml:"code_digits"`
		BreakerDoors  int  `toml:"breaker_doors"`
		Looks         bool `toml:"looks"`
		WithoutPhone  bool `toml:"without_phone"`
	} `toml:"rules"`
	Times     times            `toml:"times"`
	Supplies  []supply         `toml:"supply"`
	Kiosk     ui.Config        `toml:"kiosk"`
	Operator  ui.Operator      `toml:"operator"`
	Cloud     sync.Config      `toml:"cloud"`
	Buses     []bus            `toml:"bus"`
	Scanners  []scanner.Config `toml:"scanner"`
	Barcodes  scanner.Barcodes `toml:"barcodes"`
	Cameras   []camera.Config  `toml:"camera"`
	Photos    photos           `toml:"photos"`
	Retention retention        `toml:"retention"`
	Pins      pins.Config      `toml:"pins"`
	Poster    document.Config  `toml:"poster"`
	Sizes     []struct {
		Name   string `toml:"name"`
		Height int    `toml:"height"`
	} `toml:"size"`
	Doors    []door `toml:"door"`
	Couriers []struct {
		ID      string      `toml:"id"`
		Name    string      `toml:"name"`
		Company string      `toml:"company"`
		Badge   locker.Hash `toml:"badge"`
		PIN     locker.Hash `toml:"pin"`

		PINDigits       int `toml:"pin_digits"`
		BadgeCharacters int `toml:"badge_characters"`

		Rights []locker.Right `toml:"rights"`
		From   time.Time      `toml:"from"`
		Until  time.Time      `toml:"until"`
	} `toml:"courier"`
	Technicians []technician `toml:"technician"`

	path   string // of the file
	text   []byte // that stands in it
	learnt []byte // the file with the wiring that was learnt; nil: there is none
	unread error  // why the disk did not give the wiring that was learnt
}

// technician is somebody who may look after the cabinet. Their PIN and app are not configured but enrolled.
type technician struct {
	ID   string      `toml:"id"`
	Name string      `toml:"name"`
	Role locker.Role `toml:"role"`
}

// times are locker.Times as the file writes them.
type times struct {
	Idle         duration   `toml:"idle"`
	IdleDoorOpen duration   `toml:"idle_door_open"`
	Session      duration   `toml:"session"`
	Courier      duration   `toml:"session_courier"`
	Technician   duration   `toml:"session_technician"`
	Thanks       duration   `toml:"thanks"`
	Within       duration   `toml:"within"`
	Judge        duration   `toml:"judge"`
	Late         duration   `toml:"late"`
	Bounce       duration   `toml:"bounce"`
	DoorWarn     duration   `toml:"door_warn"`
	DoorReport   duration   `toml:"door_report"`
	Pickup       duration   `toml:"pickup"`
	Announced    duration   `toml:"announced"`
	Lockouts     []duration `toml:"lockouts"`
	SameScan     duration   `toml:"same_scan"`
	Breaker      duration   `toml:"breaker"`
}

// readConfig reads the configuration. Keys that are not known are errors, and all that is wrong is said at once.
func readConfig(path string) (*config, error) {
	c, err := loadConfig(path)
	if err == nil && c.unread != nil {
		return nil, c.unread
	}
	return c, err
}

// loadConfig does the same for a start, which a disk that refuses does not end: then remember says so.
func loadConfig(path string) (*config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	c := &config{path: path, Languages: []string{"en"}, Clock: "ntp", Codes: codesByCloud, Cloud: sync.Defaults(), Times: timesOf(locker.DefaultTimes()),
		Photos: photosOf(camera.StoreDefaults()), Retention: retentionOf()}
	c.Rules.WrongTries, c.Rules.FailedUnlocks, c.Rules.BreakerDoors = 5, 3, 5
	c.Rules.Looks, c.Rules.WithoutPhone = true, true
	if c.text, err = readable(path, data); err != nil {
		return nil, err
	}
	decoder := toml.NewDecoder(bytes.NewReader(c.text)).DisallowUnknownFields()
	if err := decoder.Decode(c); err != nil {
		return nil, placed(path, err)
	}
	if err := timesWithoutUnit(path, settings(c.text)); err != nil {
		return nil, err
	}
	err = c.readSetup()
	var refused *fs.PathError
	if c.unread = err; err != nil && !errors.As(err, &refused) {
		return nil, err
	}
	if err := c.validate(); err != nil {
		return nil, c.located(err)
	}
	return c, nil
}

func timesOf(t locker.Times) times {
	lockouts := make([]duration, len(t.Lockouts))
	for i, d := range t.Lockouts {
		lockouts[i] = duration(d)
	}
	return times{duration(t.Idle), duration(t.IdleDoorOpen), duration(t.Session), duration(t.SessionCourier),
		duration(t.SessionTechnician), duration(t.Thanks), duration(t.Within), duration(t.Judge),
		duration(t.Late), duration(t.Bounce), duration(t.DoorWarn), duration(t.DoorReport), duration(t.Pickup), duration(t.Announced), lockouts,
		duration(t.SameScan), duration(t.Breaker)}
}

func (t times) locker() locker.Times {
	lockouts := make([]time.Duration, len(t.Lockouts))
	for i, d := range t.Lockouts {
		lockouts[i] = time.Duration(d)
	}
	return locker.Times{Idle: time.Duration(t.Idle), IdleDoorOpen: time.Duration(t.IdleDoorOpen),
		Session: time.Duration(t.Session), SessionCourier: time.Duration(t.Courier), SessionTechnician: time.Duration(t.Technician),
		Thanks: time.Duration(t.Thanks), Within: time.Duration(t.Within), Judge: time.Duration(t.Judge),
		Late: time.Duration(t.Late), Bounce: time.Duration(t.Bounce), DoorWarn: time.Duration(t.DoorWarn), DoorReport: time.Duration(t.DoorReport),
		Pickup: time.Duration(t.Pickup), Announced: time.Duration(t.Announced), Lockouts: lockouts,
		SameScan: time.Duration(t.SameScan), Breaker: time.Duration(t.Breaker)}
}

// plan is the cabinet as the rules know it.
func (c *config) plan() *locker.Config {
	p := &locker.Config{Cabinet: c.Cabinet, Languages: c.Languages, Times: c.Times.locker(),
		WrongTries: c.Rules.WrongTries, FailedUnlocks: c.Rules.FailedUnlocks, BreakerDoors: c.Rules.BreakerDoors,
		NoLooks: !c.Rules.Looks, NeedsPhone: !c.Rules.WithoutPhone, Undo: c.canUndo(), Resend: c.Cloud.Broker != "", NoCodes: !c.codesArrive()}
	for _, s := range c.Scanners {
		p.Scanners = append(p.Scanners, s.Name)
	}
	for _, k := range c.Cameras {
		p.Cameras = append(p.Cameras, k.Name)
	}
	for _, s := range c.Sizes {
		p.Sizes = append(p.Sizes, locker.Size{Name: s.Name, Height: s.Height})
	}
	for _, d := range c.Doors {
		p.Doors = append(p.Doors, c.doorPlan(d))
	}
	for _, k := range c.Technicians {
		p.Technicians = append(p.Technicians, locker.Technician(k))
	}
	for _, k := range c.Couriers {
		p.Couriers = append(p.Couriers, locker.Courier{ID: k.ID, Name: k.Name, Company: k.Company, Badge: k.Badge, PIN: k.PIN,
			PINDigits: k.PINDigits, BadgeCharacters: k.BadgeCharacters,
			Rights: k.Rights, From: k.From, Until: k.Until})
	}
	return p
}

// Who sees to it that a pickup code gets to its recipient.
const (
	codesByCloud    = "cloud"
	codesByOperator = "operator" // with `lockerd codes list`
)

// codesArrive says that a code has a way to its recipient: where it has none, no parcel is taken in.
func (c *config) codesArrive() bool { return c.Cloud.Broker != "" || c.Codes == codesByOperator }

// codeDigits is how long pickup codes are: as configured, or as the doors ask for.
func (c *config) codeDigits() int {
	if c.Rules.CodeDigits != 0 {
		return c.Rules.CodeDigits
	}
	digits, _ := c.plan().Guessing(0).CodeDigits()
	return digits
}

func (c *config) journal() journal.Config {
	mark := c.Mark
	if mark == "" && c.Keys.Directory != "" {
		mark = filepath.Join(c.Keys.Directory, "journal.mark")
	}
	return journal.Config{Cabinet: c.Cabinet, Path: c.Journal, Backups: c.Backups, Mark: mark, Used: c.used(),
		Retention: time.Duration(c.Retention.Records), Personal: time.Duration(c.Retention.Personal),
		Photos: time.Duration(c.Photos.Keep)}
}

// used says that the cabinet has worked before, by what else it leaves on its disk. Keys say nothing: they are made before
// the first start.
func (c *config) used() bool {
	_, wired := os.Stat(c.setupFile())
	stills, _ := filepath.Glob(filepath.Join(c.Photos.Directory, "*"))
	return wired == nil || c.Photos.Directory != "" && len(stills) > 0
}

// keyDirectory is where the keys lie: as configured, or systemd's credentials.
func (c *config) keyDirectory() string {
	if c.Keys.Directory != "" {
		return c.Keys.Directory
	}
	return os.Getenv("CREDENTIALS_DIRECTORY")
}

// password is the broker's: from the file, or systemd's credential mqtt.password if there is one.
func (c *config) password() (string, error) {
	path := c.Cloud.PasswordFile
	if path == "" {
		path = filepath.Join(os.Getenv("CREDENTIALS_DIRECTORY"), "mqtt.password")
		if _, err := os.Stat(path); err != nil {
			return "", nil
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("broker's password: %w", err)
	}
	return string(bytes.TrimRight(text, "\r\n")), nil
}
