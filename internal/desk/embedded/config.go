package embedded

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// Config says where cabinets reach the broker.
type Config struct {
	// Listen is the address of the embedded broker, as ":8883"; empty: there is none.
	Listen string `toml:"listen"`
	// Certificate and Key are files (PEM). They are read again when they change.
	Certificate string `toml:"certificate"`
	Key         string `toml:"key"`
	// Passwords is the password file, which lockerdesk enrol writes.
	Passwords string `toml:"passwords"`
}

// Validate says what is wrong with the settings.
func (c Config) Validate() error {
	if c.Listen == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(c.Listen)
	ip := net.ParseIP(host)
	switch {
	case err != nil:
		return fmt.Errorf("broker: listen: %w", err)
	case c.Passwords == "":
		return errors.New("broker: passwords: the embedded broker (listen) needs a password file")
	case (c.Certificate == "") != (c.Key == ""):
		return errors.New("broker: certificate and key: both or neither")
	case c.Certificate == "" && (ip == nil || !ip.IsLoopback()):
		return errors.New("broker: listen: without a certificate only on 127.0.0.1")
	}
	return nil
}

// certificate is the broker's, read again when its file changes: a new one needs no restart.
type certificate struct {
	cfg Config

	mu   sync.Mutex
	have *tls.Certificate
	from time.Time // when the file was changed
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	info, err := os.Stat(c.cfg.Certificate)
	if err == nil && c.have != nil && info.ModTime().Equal(c.from) {
		return c.have, nil
	}
	if err == nil {
		var fresh tls.Certificate
		if fresh, err = tls.LoadX509KeyPair(c.cfg.Certificate, c.cfg.Key); err == nil {
			c.have, c.from = &fresh, info.ModTime()
		}
	}
	if c.have == nil {
		return nil, fmt.Errorf("broker: certificate: %w", err)
	}
	return c.have, nil // the old one does until the pair is whole
}
