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
	"time"

	"lockerd/internal/contract"
)

// Config says where the cloud's broker is and whose confirmation counts.
type Config struct {
	// Broker is mqtt://host[:1883], mqtts://host[:8883], ws://host[:80][/mqtt] or wss://host[:443][/mqtt]. Empty: there is no
	// cloud.
	Broker string `toml:"broker"`
	// Proxy is the proxy to the broker: http://host[:80], https://host[:443] or socks5://host[:1080]. Empty: the one in
	// HTTPS_PROXY, unless NO_PROXY excludes the broker; Direct: none.
	Proxy    string `toml:"proxy"`
	Username string `toml:"username"`
	// PasswordFile is the file of the password; the caller of New reads it.
	PasswordFile string `toml:"password_file"`
	// CAFile holds the certificate authorities for the broker, in PEM; empty: those of the system.
	CAFile string `toml:"ca_file"`
	// Certificate and Key are PEM files that identify the cabinet to the broker; empty: none.
	Certificate string `toml:"certificate"`
	Key         string `toml:"key"`
	// ALPN is the protocol that the TLS handshake announces (RFC 7301), as "x-amzn-mqtt-ca"; empty: none.
	ALPN string `toml:"alpn"`
	// ClientID is the cabinet's name to the broker; empty: lockerd-{cabinet}.
	ClientID string `toml:"client_id"`
	// Topics is the part before /{cabinet}/ in the names of all topics.
	Topics string `toml:"topics"`
	// Window is how many messages may be in flight.
	Window int `toml:"window"`
	// Form is how records and the state are written on the air: FormPlain or FormPacked (docs/cloud.md, Forms).
	Form string `toml:"form"`
	// Gather is how long records of the packed form may wait for others.
	Gather Wait `toml:"gather"`
	// KeepAlive is the silence after which the broker is asked whether it is there; the broker misses the cabinet after half as much more.
	KeepAlive Wait `toml:"keepalive"`
	// Confirm says whose confirmation frees a record: the cloud's (ConfirmCloud) or the broker's (ConfirmBroker).
	Confirm string `toml:"confirm"`
	// AllowUnsigned allows unsigned orders to be followed.
	AllowUnsigned bool `toml:"allow_unsigned"`
	// AllowUnsignedAcks allows unsigned acks to free records.
	AllowUnsignedAcks bool `toml:"allow_unsigned_acks"`
	// UploadHosts are the servers that orders may have photos uploaded to, as "photos.example.org" or "192.0.2.7:8443".
	UploadHosts []string `toml:"upload_hosts"`
	// HomeAssistant is the prefix of the topics on which Home Assistant looks for devices, as "homeassistant"; empty: it is not told of the cabinet.
	HomeAssistant string `toml:"home_assistant"`
	// PictureHosts are the servers that orders may have pictures for the idle screen fetched from.
	PictureHosts []string `toml:"picture_hosts"`
}

// Wait is a time in the configuration: "30s".
type Wait time.Duration

// UnmarshalText reads what time.ParseDuration reads.
func (w *Wait) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	*w = Wait(d)
	return err
}

// MarshalText writes it so.
func (w Wait) MarshalText() ([]byte, error) { return []byte(time.Duration(w).String()), nil }

// The forms on the air. Whoever receives tells them apart by the first byte.
const (
	FormPlain  = "plain"  // one record in JSON in each message
	FormPacked = "packed" // many in one, compressed
)

// Whose confirmation frees a record. A broker's PUBACK proves little: Mosquitto sends one for messages that its access list
// rejects.
const (
	ConfirmCloud  = "cloud"
	ConfirmBroker = "broker"
)

// Unproven says that records are freed without a signature.
func (c *Config) Unproven() bool { return c.AllowUnsignedAcks || c.Confirm == ConfirmBroker }

// maxWindow keeps the messages in flight well under the 65,535 packet identifiers of MQTT 3.1.1.
const maxWindow = 1000

// maxName is the longest client id and root of topics: AWS IoT Core's limit for an id.
const maxName = 128

// Defaults is the configuration of a cabinet whose file says nothing about the cloud.
func Defaults() Config {
	return Config{Topics: "lockerd/v1", Window: 64, Confirm: ConfirmCloud, Form: FormPlain, Gather: Wait(time.Minute), KeepAlive: Wait(30 * time.Second)}
}

// Validate reports everything that is wrong with the configuration, in terms of the configuration file.
func (c *Config) Validate() error {
	var errs []error
	if _, err := c.address(); err != nil {
		errs = append(errs, err)
	}
	if c.Proxy != "" {
		if _, err := c.via(""); err != nil {
			errs = append(errs, err)
		}
	}
	if c.Window < 1 || c.Window > maxWindow {
		errs = append(errs, fmt.Errorf("window = %d: must be between 1 and %d", c.Window, maxWindow))
	}
	if c.Confirm != ConfirmCloud && c.Confirm != ConfirmBroker {
		errs = append(errs, fmt.Errorf("confirm = %q: must be %q or %q", c.Confirm, ConfirmCloud, ConfirmBroker))
	}
	errs = append(errs, c.validateAir(), c.validateHome())
	if c.PasswordFile != "" && c.Username == "" {
		errs = append(errs, errors.New("password_file without username: MQTT 3.1.1 has no password without a name"))
	}
	if scheme, _, _ := strings.Cut(c.Broker, ":"); scheme == "mqtt" || scheme == "ws" {
		errs = append(errs, c.inTheOpen(scheme))
	}
	if (c.Certificate == "") != (c.Key == "") {
		errs = append(errs, errors.New("certificate and key: one is nothing without the other"))
	}
	if !contract.Plain(c.ClientID, maxName) {
		errs = append(errs, fmt.Errorf("client_id: must have up to %d printable characters", maxName))
	}
	if !contract.Plain(c.ALPN, 255) { // RFC 7301, section 3.1: its length is one byte
		errs = append(errs, errors.New("alpn: must have up to 255 printable characters"))
	}
	if t := c.Topics; t == "" || !contract.Plain(t, maxName) || strings.ContainsAny(t, "+#") || strings.HasPrefix(t, "$") ||
		strings.HasPrefix(t, "/") || strings.HasSuffix(t, "/") {
		errs = append(errs, fmt.Errorf("topics = %q: must be the beginning of a topic, as \"lockerd/v1\": "+
			"up to %d printable characters, none of + #, no / at its ends and no $ before", t, maxName))
	}
	return errors.Join(errs...)
}

// validateAir reports what is wrong with the form and its times.
func (c *Config) validateAir() error {
	var errs []error
	if c.Form != FormPlain && c.Form != FormPacked {
		errs = append(errs, fmt.Errorf("form = %q: must be %q or %q", c.Form, FormPlain, FormPacked))
	}
	if d := time.Duration(c.Gather); d < 0 || d > 10*time.Minute {
		errs = append(errs, fmt.Errorf("gather = %q: must be between \"0s\" and \"10m\"", d))
	}
	if d := time.Duration(c.KeepAlive); d < 10*time.Second || d > 20*time.Minute || d%time.Second != 0 {
		errs = append(errs, fmt.Errorf("keepalive = %q: must be whole seconds between \"10s\" and \"20m\"", d))
	}
	return errors.Join(errs...)
}

// inTheOpen reports a setting for encryption on an unencrypted connection.
func (c *Config) inTheOpen(scheme string) error {
	switch {
	case c.CAFile != "":
		return fmt.Errorf("ca_file with %s://: nothing is encrypted there; use %[1]ss://", scheme)
	case c.Certificate != "":
		return fmt.Errorf("certificate with %s://: nobody asks for it there; use %[1]ss://", scheme)
	case c.ALPN != "":
		return fmt.Errorf("alpn with %s://: it is a word of TLS; use %[1]ss://", scheme)
	}
	return nil
}

// address is a broker's address as dialled.
type address struct {
	host   string // with the port
	name   string // for the certificate
	secure bool
	web    string // the whole address where MQTT goes over websockets; empty: it does not
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
	ports := map[string]string{"mqtt": "1883", "mqtts": "8883", "ws": "80", "wss": "443"}
	port, known := ports[u.Scheme]
	web := u.Scheme == "ws" || u.Scheme == "wss"
	switch {
	case !known:
		return nil, fmt.Errorf("broker: %q must be mqtt:// or mqtts://, ws:// or wss://", u.Scheme)
	case u.User != nil:
		return nil, errors.New("broker: no name or password in the address; use username and password_file")
	case u.Hostname() == "" || u.Path != "" && u.Path != "/" && !web || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("broker: must be a host and a port, no more (with ws:// and wss:// a path, too)")
	}
	if u.Port() != "" {
		port = u.Port()
	}
	a := &address{host: net.JoinHostPort(u.Hostname(), port), name: u.Hostname(), secure: u.Scheme == "mqtts" || u.Scheme == "wss"}
	if web {
		path := u.EscapedPath()
		if path == "" {
			path = "/mqtt"
		}
		a.web = u.Scheme + "://" + a.host + path
	}
	return a, nil
}

// Pair reads the cabinet's certificate and key; nil if it has none.
func (c *Config) Pair() (*tls.Certificate, error) {
	if c.Certificate == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(c.Certificate, c.Key)
	if err != nil {
		return nil, fmt.Errorf("sync: read certificate: %w", err)
	}
	return &pair, nil
}

// trust is how the broker's certificate is checked.
func (c *Config) trust(name string) (*tls.Config, error) {
	t := &tls.Config{ServerName: name, MinVersion: tls.VersionTLS12}
	if c.ALPN != "" {
		t.NextProtos = []string{c.ALPN}
	}
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

// secure is the TLS configuration of a connection. Its files are read for each connection, since they may have been renewed.
func (c *Config) secure(name string) (*tls.Config, error) {
	t, err := c.trust(name)
	if err != nil {
		return nil, err
	}
	pair, err := c.Pair()
	if err != nil {
		return nil, err
	}
	if pair != nil { // whatever authorities the broker names: it is for it to refuse
		t.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return pair, nil }
	}
	return t, nil
}
