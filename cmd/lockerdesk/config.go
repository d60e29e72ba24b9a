package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a machine without the time zones can still say how late it is elsewhere

	"github.com/pelletier/go-toml/v2"

	"lockerd/internal/credential"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/desk/broker"
	"lockerd/internal/desk/duty"
	"lockerd/internal/desk/embedded"
	"lockerd/internal/desk/fees"
	"lockerd/internal/desk/letter"
	"lockerd/internal/desk/office"
	"lockerd/internal/desk/orders"
	"lockerd/internal/desk/pages"
	"lockerd/internal/desk/post"
	"lockerd/internal/desk/push"
	"lockerd/internal/desk/sms"
	"lockerd/internal/desk/webhook"
	"lockerd/internal/locker"
	"lockerd/internal/scanner"
	"lockerd/internal/settings"
)

// config is the configuration file.
type config struct {
	// Keys is the folder of the keys that lockerdesk init has made.
	Keys     string         `toml:"keys"`
	Operator operator       `toml:"operator"`
	Books    bookConfig     `toml:"books"`
	Broker   brokerConfig   `toml:"broker"`
	Mail     post.Config    `toml:"mail"`
	Pages    pages.Config   `toml:"pages"`
	Webhooks webhook.Config `toml:"webhooks"`
	Desk     office.Config  `toml:"desk"`
	Push     push.Config    `toml:"push"`
	Alarms   duty.Config    `toml:"alarms"`
	SMS      sms.Config     `toml:"sms"`
	Fees     fees.Config    `toml:"fees"`

	zone *time.Location
}

// operator is who recipients deal with.
type operator struct {
	Name     string `toml:"name"`
	Hotline  string `toml:"hotline"`
	Language string `toml:"language"` // of recipients whose language is not known
	Zone     string `toml:"zone"`     // as "Europe/Berlin"
}

// brokerConfig is the way to a broker, or the one in this process.
type brokerConfig struct {
	broker.Config
	Embedded embedded.Config `toml:"embedded"`
}

// validate says what is wrong with the settings.
func (c brokerConfig) validate() error {
	if c.Embedded.Listen != "" && (c.User != "" || c.CA != "") {
		return errors.New("broker: user and ca: there are none for the embedded broker")
	}
	return errors.Join(c.Validate(), c.Embedded.Validate())
}

type bookConfig struct {
	// Address is sqlite:FILE or postgres://...
	Address string `toml:"address"`
	// Personal is for how many days what is personal stays after its parcel has ended; Lists for how many orders and notices stay.
	Personal int `toml:"personal_days"`
	Lists    int `toml:"lists_days"`
}

// retention is how long the books keep things.
func (c bookConfig) retention() books.Retention {
	const day = 24 * time.Hour
	return books.Retention{Personal: time.Duration(c.Personal) * day, Lists: time.Duration(c.Lists) * day}
}

// longestDays is the longest time that can be set.
const longestDays = 3650

func (c bookConfig) validate() error {
	if c.Personal < 1 || c.Personal > longestDays || c.Lists < c.Personal || c.Lists > longestDays {
		return fmt.Errorf("books: personal_days and lists_days: 1 to %d, and lists no shorter than what is personal", longestDays)
	}
	return nil
}

// defaults are what a file need not say.
func defaults() config {
	return config{Keys: "/etc/lockerdesk/keys", Operator: operator{Language: "en", Zone: "UTC"}, Books: bookConfig{Address: "sqlite:/var/lib/lockerdesk/books.db", Personal: 14, Lists: 400},
		Broker: brokerConfig{Config: broker.Config{Topics: "lockerd/v1", Client: "lockerdesk"}}}
}

// readConfig reads and checks a configuration.
func readConfig(path string) (*config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w: lockerdesk init makes one", err)
	}
	text, err := settings.Readable(path, data)
	if err != nil {
		return nil, err
	}
	c := defaults()
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&c); err != nil {
		return nil, settings.Placed(path, err)
	}
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &c, nil
}

func (c *config) validate() error {
	var errs []error
	if c.Operator.Name == "" {
		errs = append(errs, errors.New("operator: name: recipients must know who writes to them"))
	}
	if !slices.Contains(letter.Languages(), c.Operator.Language) {
		errs = append(errs, fmt.Errorf("operator: language: is one of %s", strings.Join(letter.Languages(), ", ")))
	}
	zone, err := time.LoadLocation(c.Operator.Zone)
	if err != nil {
		errs = append(errs, fmt.Errorf("operator: zone: %w", err))
	}
	c.zone = zone
	for _, next := range c.Alarms.Next {
		errs = append(errs, push.Config{ServicesFile: next.ServicesFile}.Validate())
	}
	return errors.Join(append(errs, c.Alarms.Validate(), c.Broker.validate(), c.Books.validate(), c.Mail.Validate(), c.Pages.Validate(), c.Webhooks.Validate(), c.Desk.Validate(), c.Push.Validate(), c.SMS.Validate(), c.Fees.Validate(c.Operator.Zone))...)
}

// duty is who of the staff is told of an alarm, and when.
func (c *config) duty() duty.Duty {
	return duty.New(c.Alarms, duty.Step{Mail: c.Mail.Staff, ServicesFile: c.Push.ServicesFile}, c.zone)
}

// The keys' files.
const (
	operatorKey = "operator.key" // opens what cabinets seal for the operator
	signerKey   = "signer.key"   // signs orders, acks and tokens
	booksKey    = "books.key"    // seals what is personal in the books
)

// keys are the desk's.
type keys struct {
	operator *credential.Operator
	signer   *credential.Signer
	books    books.Key
}

// readKeys reads the folder of keys.
func readKeys(dir string) (k keys, err error) {
	read := func(name string) string {
		text, failed := os.ReadFile(filepath.Join(dir, name))
		err = errors.Join(err, failed)
		return string(text)
	}
	operator, signer := read(operatorKey), read(signerKey)
	if err != nil {
		return k, fmt.Errorf("keys: %w: lockerdesk init makes them", err)
	}
	var errs [3]error
	k.operator, errs[0] = credential.ReadOperator(operator)
	k.signer, errs[1] = credential.ReadSigner(signer)
	k.books, errs[2] = books.ReadKey(filepath.Join(dir, booksKey))
	return k, errors.Join(errs[:]...)
}

// desktop is what every command needs that is not init.
type desktop struct {
	*config
	keys   keys
	books  *books.Books
	office *orders.Office
	sent   func() // an order waits to be published; set by run
}

// open reads the configuration and opens the books.
func (f configFlag) open(ctx context.Context) (*desktop, error) {
	c, err := readConfig(f.Config)
	if err != nil {
		return nil, err
	}
	if err := becomeOwner(c.Keys); err != nil {
		return nil, err
	}
	k, err := readKeys(c.Keys)
	if err != nil {
		return nil, err
	}
	b, err := books.Open(ctx, c.Books.Address, k.books)
	if err != nil {
		return nil, err
	}
	d := &desktop{config: c, keys: k, books: b, sent: func() {}}
	d.office = orders.New(b, k.signer, func() { d.sent() })
	return d, nil
}

func (d *desktop) close() { _ = d.books.Close() } // what was written is on the disk

// tokenLife is how long a token counts where a parcel's time has not begun.
const tokenLife = 72 * time.Hour

// writer writes to recipients.
func (d *desktop) writer() letter.Writer {
	return letter.Writer{Operator: d.Operator.Name, Hotline: d.Operator.Hotline, Language: d.Operator.Language, Public: d.Pages.Public, Zone: d.zone, Pay: d.Fees.Pay,
		Token: func(p desk.Parcel) (string, error) {
			if p.Status == desk.ToSend || p.Rented { // no token opens an empty door, and each does once: a rented one opens again
				return scanner.CodePrefix + p.Code, nil
			}
			until := p.Until
			if until.IsZero() {
				until = p.Stored.Add(tokenLife)
			}
			return d.keys.signer.Token(locker.Token{ID: p.TokenID(), Cabinet: p.Cabinet, Parcel: p.ID, Issued: p.Issued(time.Now()), Expires: until})
		}}
}

// signIn is the text of a QR code that signs a courier in at a cabinet, once.
func (d *desktop) signIn(cabinet, courier string, until time.Time) (string, error) {
	return d.keys.signer.Token(locker.Token{Cabinet: cabinet, Courier: courier, Issued: time.Now(), Expires: until})
}
