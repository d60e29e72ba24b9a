package cabinet

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"lockerd/internal/camera"
	"lockerd/internal/credential"
	"lockerd/internal/document"
	"lockerd/internal/journal"
	"lockerd/internal/locker"
	"lockerd/internal/metrics"
	"lockerd/internal/pins"
	"lockerd/internal/remote"
	"lockerd/internal/report"
	"lockerd/internal/scanner"
	"lockerd/internal/settings"
	"lockerd/internal/sync"
	"lockerd/internal/terminal"
	"lockerd/internal/ui"
)

// Duration is a time in the configuration: "30s", "72h".
type Duration = settings.Duration

// Config is the configuration file, as in systemd/lockerd.toml.
type Config struct {
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
	Issuers   []credential.Issuer `toml:"issuer"`
	Rules     settings.Rules      `toml:"rules"`
	Times     settings.Times      `toml:"times"`
	Supplies  []Supply            `toml:"supply"`
	Kiosk     ui.Config           `toml:"kiosk"`
	Operator  ui.Operator         `toml:"operator"`
	Cloud     sync.Config         `toml:"cloud"`
	Metrics   metrics.Config      `toml:"metrics"`
	Buses     []Bus               `toml:"bus"`
	Scanners  []scanner.Config    `toml:"scanner"`
	Barcodes  scanner.Barcodes    `toml:"barcodes"`
	Cameras   []camera.Config     `toml:"camera"`
	Photos    photos              `toml:"photos"`
	Retention retention           `toml:"retention"`
	Pins      pins.Config         `toml:"pins"`
	Terminal  terminal.Config     `toml:"terminal"`
	Poster    document.Config     `toml:"poster"`
	Sizes     []locker.Size       `toml:"size"`
	Doors     []Door              `toml:"door"`
	Couriers  []struct {
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
	Technicians []Technician `toml:"technician"`

	path   string // of the file
	text   []byte // that stands in it
	learnt []byte // the file with the wiring that was learnt; nil: there is none
	unread error  // why the disk did not give the wiring that was learnt, or which configuration is in force

	afar   *remote.Configs
	stands locker.Configured // of those: this is it; without an order it is the file
	spoilt error             // why the one in force is not used
}

// Technician may look after the cabinet. PIN and app are not configured but enrolled.
type Technician struct {
	ID   string      `toml:"id"`
	Name string      `toml:"name"`
	Role locker.Role `toml:"role"`
}

// retention is how long things are kept, as the file writes it. Photos have their own setting: photos.keep.
type retention struct {
	Records  Duration `toml:"records"`
	Personal Duration `toml:"personal"`
}

func retentionOf() retention {
	return retention{Records: Duration(journal.DefaultRetention), Personal: Duration(journal.DefaultPersonal)}
}

// Read reads the configuration. Unknown keys are errors, and all errors are reported at once.
func Read(path string) (*Config, error) {
	c, err := Load(path)
	if err == nil && c.unread != nil {
		return nil, c.unread
	}
	return c, err
}

// Load is Read for a start, except that an unreadable disk with the wiring is no error: Run waits for it.
func Load(path string) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	c, err := parse(path, data)
	if err != nil {
		return nil, err
	}
	return c.withRemote(data)
}

// parse reads a configuration, with the wiring that was learnt.
func parse(path string, data []byte) (c *Config, err error) {
	c = &Config{path: path, Languages: []string{"en"}, Clock: "ntp", Codes: codesByCloud, Cloud: sync.Defaults(), Rules: settings.DefaultRules(), Times: settings.TimesOf(locker.DefaultTimes()),
		Photos: photosOf(camera.StoreDefaults()), Retention: retentionOf()}
	if c.text, err = settings.Readable(path, data); err != nil {
		return nil, err
	}
	decoder := toml.NewDecoder(bytes.NewReader(c.text)).DisallowUnknownFields()
	if err := decoder.Decode(c); err != nil {
		return nil, settings.Placed(path, err)
	}
	if err := settings.Parse(path, c.text).TimesWithoutUnit(reflect.TypeFor[Config]()); err != nil {
		return nil, err
	}
	err = c.readSetup()
	var refused *fs.PathError
	if c.unread = err; err != nil && !errors.As(err, &refused) {
		return nil, err
	}
	if err := c.Validate(); err != nil {
		return nil, c.Located(err)
	}
	return c, nil
}

// Plan is the cabinet as the rules know it.
func (c *Config) Plan() *locker.Config {
	p := &locker.Config{Cabinet: c.Cabinet, Languages: c.Languages, Times: c.Times.Locker(), Sizes: slices.Clone(c.Sizes), Undo: c.canUndo(),
		Resend: c.Cloud.Broker != "", Terminal: c.Terminal.Any(), NoCodes: !c.CodesArrive()}
	c.Rules.Set(p)
	for _, s := range c.Scanners {
		p.Scanners = append(p.Scanners, s.Name)
	}
	for _, k := range c.Cameras {
		p.Cameras = append(p.Cameras, k.Name)
	}
	for _, d := range c.Doors {
		p.Doors = append(p.Doors, c.doorPlan(d))
	}
	for _, i := range c.Issuers {
		p.Issuers = append(p.Issuers, locker.Issuer{ID: i.ID, Key: i.Key, Signs: i.Signs})
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

// Who delivers pickup codes to recipients.
const (
	codesByCloud    = "cloud"
	codesByOperator = "operator" // with `lockerd codes list`
)

// CodesArrive says that codes can reach their recipients: otherwise no parcel is accepted.
func (c *Config) CodesArrive() bool { return c.Cloud.Broker != "" || c.Codes == codesByOperator }

// CodeDigits is the length of pickup codes: as configured, or as the number of doors requires.
func (c *Config) CodeDigits() int {
	if c.Rules.CodeDigits != 0 {
		return c.Rules.CodeDigits
	}
	digits, _ := c.Plan().Guessing(0).CodeDigits()
	return digits
}

func (c *Config) journalConfig() journal.Config {
	mark := c.Mark
	if mark == "" && c.Keys.Directory != "" {
		mark = filepath.Join(c.Keys.Directory, "journal.mark")
	}
	return journal.Config{Cabinet: c.Cabinet, Path: c.Journal, Backups: c.Backups, Mark: mark, Used: c.used(),
		Retention: time.Duration(c.Retention.Records), Personal: time.Duration(c.Retention.Personal),
		Photos: time.Duration(c.Photos.Keep)}
}

// used says that the cabinet has worked before, according to other files on its disk. Keys prove nothing: they are made
// before the first start.
func (c *Config) used() bool {
	_, wired := os.Stat(c.SetupFile())
	stills, _ := filepath.Glob(filepath.Join(c.Photos.Directory, "*"))
	return wired == nil || c.Photos.Directory != "" && len(stills) > 0
}

// KeyDirectory is the directory of the keys: as configured, or systemd's credentials.
func (c *Config) KeyDirectory() string {
	if c.Keys.Directory != "" {
		return c.Keys.Directory
	}
	return os.Getenv("CREDENTIALS_DIRECTORY")
}

// Password is the broker's: from the file, or systemd's credential mqtt.password if there is one.
func (c *Config) Password() (string, error) {
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

// Folders are those that lockerd writes to, each once.
func (c *Config) Folders() []string {
	dirs := []string{filepath.Dir(c.Journal), filepath.Dir(c.Socket)}
	if mark := c.journalConfig().Mark; mark != "" {
		dirs = append(dirs, filepath.Dir(mark))
	}
	if c.Backups != "" {
		dirs = append(dirs, c.Backups)
	}
	if c.Photos.Directory != "" && len(c.Cameras) > 0 {
		dirs = append(dirs, c.Photos.Directory)
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// kiosk is what the screen is told of the cabinet and of whoever runs it.
func (c *Config) kioskConfig(keys *credential.Keys) ui.Config {
	k := c.Kiosk
	k.Cabinet, k.Operator, k.Receipt = c.Cabinet, c.Operator, report.Receipts(c.Cabinet, keys)
	if len(c.Cameras) > 0 {
		k.Stills = time.Duration(c.Photos.Keep)
	}
	return k
}

// Located adds file, line and column to each error of a list.
func (c *Config) Located(err error) error {
	own, learnt := settings.Parse(c.path, c.text), settings.Parse(c.SetupFile(), c.learnt)
	var list []error
	for message := range strings.Lines(err.Error()) {
		message = strings.TrimSpace(message)
		path, file := c.path, own
		if about := settings.About(message); c.learnt != nil && (about == "door" || about == "bus" || about == "board") {
			path, file = c.SetupFile(), learnt
		}
		if at, found := file.Place(message); found {
			path = at
		}
		list = append(list, errors.New(path+": "+message))
	}
	return errors.Join(list...)
}
