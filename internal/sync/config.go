package sync

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
)

// Config says where the cloud's broker is and whose word counts.
type Config struct {
	// Broker is mqtt://host[:1883] or mqtts://host[:8883]. Empty: there is no cloud.
	Broker   string `toml:"broker"`
	Username string `toml:"username"`
	// PasswordFile is where the password lies; whoever wires the link reads it.
	PasswordFile string `toml:"password_file"`
	// CAFile holds the certificate authorities in PEM that may vouch for the broker; empty: those of the system.
	CAFile string `toml:"ca_file"`
	// Window is how many messages may be on their way at once.
	Window int `toml:"window"`
	// Confirm says whose word frees a record: the cloud's (ConfirmCloud) or the broker's (ConfirmBroker).
	Confirm string `toml:"confirm"`
	// AllowUnsigned lets orders be followed that nobody signed.
	AllowUnsigned bool `toml:"allow_unsigned"`
}

// Whose word frees a record. A broker's PUBACK proves little: Mosquitto gives one for what its access list throws away.
const (
	ConfirmCloud  = "cloud"
	ConfirmBroker = "broker"
)

// maxWindow keeps what may be on its way well under the 65,535 packet identifiers of MQTT 3.1.1.
const maxWindow = 1000

// Defaults is the configuration of a cabinet whose file says nothing about the cloud.
func Defaults() Config { return Config{Window: 64, Confirm: ConfirmCloud} }

// Validate says everything that is wrong with the configuration, in the words of whoever wrote it.
func (c *Config) Validate() error {
	var errs []error
	if _, err := c.address(); err != nil {
		errs = append(errs, err)
	}
	if c.Window < 1 || c.Window > maxWindow {
		errs = append(errs, fmt.Errorf("window = %d: must be between 1 and %d", c.Window, maxWindow))
	}
	if c.Confirm != ConfirmCloud && c.Confirm != ConfirmBroker {
		errs = append(errs, fmt.Errorf("confirm = %q: must be %q or %q", c.Confirm, ConfirmCloud, ConfirmBroker))
	}
	if c.PasswordFile != "" && c.Username == "" {
		errs = append(errs, errors.New("password_file without username: MQTT 3.1.1 has no password without a name"))
	}
	if c.CAFile != "" && strings.HasPrefix(c.Broker, "mqtt:") {
		errs = append(errs, errors.New("ca_file with mqtt://: nothing is encrypted there; use mqtts://"))
	}
	return errors.Join(errs...)
}

// address is a broker as it is dialled.
type address struct {
	host   string // with the port
	name   string // for the certificate
	secure bool
}

// address reads Broker; nil if there is none.
func (c *Config) address() (*address, error) {
	if c.Broker == "" {
		return nil, nil
	}
	u, err := url.Parse(c.Broker)
	if err != nil { // not wrapped: it would repeat a password that stands in the address
		return nil, errors.New("broker: not an address like mqtts://mqtt.example.org:8883")
	}
	var port string
	switch u.Scheme {
	case "mqtt":
		port = "1883"
	case "mqtts":
		port = "8883"
	default:
		return nil, fmt.Errorf("broker: %q must be mqtt:// or mqtts://", u.Scheme)
	}
	switch {
	case u.User != nil:
		return nil, errors.New("broker: no name or password in the address; use username and password_file")
	case u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("broker: must be a host and a port, no more")
	}
	if u.Port() != "" {
		port = u.Port()
	}
	return &address{host: net.JoinHostPort(u.Hostname(), port), name: u.Hostname(), secure: u.Scheme == "mqtts"}, nil
}

// trust is how the broker's certificate is checked.
func (c *Config) trust(name string) (*tls.Config, error) {
	t := &tls.Config{ServerName: name, MinVersion: tls.VersionTLS12}
	if c.CAFile == "" {
		return t, nil
	}
	pem, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, fmt.Errorf("sync: read certificate authorities: %w", err)
	}
	t.RootCAs = x509.NewCertPool()
	if !t.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("sync: read certificate authorities: %s holds no certificate in PEM", c.CAFile)
	}
	return t, nil
}
