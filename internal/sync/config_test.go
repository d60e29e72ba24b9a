package sync_test

import (
	"crypto/tls"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/pelletier/go-toml/v2"

	link "lockerd/internal/sync"
	"lockerd/internal/sync/cloudtest"
)

func TestConfig(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*link.Config)
		want   string // part of the complaint; empty: none
	}{
		{"as it is", func(*link.Config) {}, ""},
		{"no cloud", func(c *link.Config) { c.Broker = "" }, ""},
		{"with a port", func(c *link.Config) { c.Broker = "mqtts://[::1]:1234" }, ""},
		{"another scheme", func(c *link.Config) { c.Broker = "http://x" }, "mqtt:// or mqtts://"},
		{"no scheme", func(c *link.Config) { c.Broker = "mqtt.example.org:1883" }, "mqtt:// or mqtts://"},
		{"no host", func(c *link.Config) { c.Broker = "mqtt://:1883" }, "a host and a port"},
		{"a path", func(c *link.Config) { c.Broker = "mqtt://x/topic" }, "a host and a port"},
		{"a password in the address", func(c *link.Config) { c.Broker = "mqtt://me:hunter2@x" }, "password_file"},
		{"no address, with a password", func(c *link.Config) { c.Broker = "mqtt://me:hunter2@x:port" }, "not an address"},
		{"no window", func(c *link.Config) { c.Window = 0 }, "window"},
		{"too large a window", func(c *link.Config) { c.Window = 1001 }, "window"},
		{"nobody's word", func(c *link.Config) { c.Confirm = "" }, "confirm"},
		{"a password without a name", func(c *link.Config) { c.Username, c.PasswordFile = "", "/x" }, "without username"},
		{"websockets", func(c *link.Config) { c.Broker = "wss://x" }, ""},
		{"websockets with a path and authorities", func(c *link.Config) { c.Broker, c.CAFile = "wss://x:443/mqtt", "/x" }, ""},
		{"websockets with a query", func(c *link.Config) { c.Broker = "wss://x/mqtt?token=hunter2" }, "a host and a port"},
		{"a path and no websockets", func(c *link.Config) { c.Broker = "mqtts://x/mqtt" }, "a host and a port"},
		{"a client id", func(c *link.Config) { c.ClientID = "thing-7" }, ""},
		{"a client id with a tab", func(c *link.Config) { c.ClientID = "thing\t7" }, "client_id"},
		{"a client id that is too long", func(c *link.Config) { c.ClientID = strings.Repeat("x", 129) }, "client_id"},
		{"a topic root", func(c *link.Config) { c.Topics = "acme" }, ""},
		{"no topic root", func(c *link.Config) { c.Topics = "" }, "topics"},
		{"a topic root for all", func(c *link.Config) { c.Topics = "acme/#" }, "topics"},
		{"a topic root with a plus", func(c *link.Config) { c.Topics = "acme/+" }, "topics"},
		{"a topic root that begins with a slash", func(c *link.Config) { c.Topics = "/acme" }, "topics"},
		{"a topic root that ends with a slash", func(c *link.Config) { c.Topics = "acme/" }, "topics"},
		{"a topic root of the broker's own", func(c *link.Config) { c.Topics = "$SYS" }, "topics"},
		{"a topic root that is too long", func(c *link.Config) { c.Topics = strings.Repeat("x", 129) }, "topics"},
		{"a certificate", func(c *link.Config) { c.Broker, c.Certificate, c.Key = "mqtts://x", "/x", "/y" }, ""},
		{"a certificate without a key", func(c *link.Config) { c.Broker, c.Certificate = "mqtts://x", "/x" }, "certificate and key"},
		{"a key without a certificate", func(c *link.Config) { c.Broker, c.Key = "mqtts://x", "/x" }, "certificate and key"},
		{"a certificate for nothing", func(c *link.Config) { c.Certificate, c.Key = "/x", "/y" }, "mqtts://"},
		{"authorities for nothing", func(c *link.Config) { c.CAFile = "/x" }, "mqtts://"},
		{"websockets in the open", func(c *link.Config) { c.Broker = "ws://x:8080/mqtt" }, ""},
		{"authorities for websockets in the open", func(c *link.Config) { c.Broker, c.CAFile = "ws://x", "/x" }, "wss://"},
		{"a certificate for websockets in the open", func(c *link.Config) { c.Broker, c.Certificate, c.Key = "ws://x", "/x", "/y" }, "wss://"},
		{"a proxy", func(c *link.Config) { c.Proxy = "http://proxy.example.org:3128" }, ""},
		{"a proxy without a port", func(c *link.Config) { c.Proxy = "socks5://proxy" }, ""},
		{"no proxy", func(c *link.Config) { c.Proxy = "direct" }, ""},
		{"a proxy that is none", func(c *link.Config) { c.Proxy = "ftp://proxy:21" }, "http://, https:// or socks5://"},
		{"a proxy without a scheme", func(c *link.Config) { c.Proxy = "proxy:3128" }, "an address like"},
		{"a proxy's password", func(c *link.Config) { c.Proxy = "http://me:hunter2@proxy:3128" }, "EnvironmentFile"},
		{"a proxy's password that breaks it", func(c *link.Config) { c.Proxy = "http://me:hunter2@proxy:port" }, "an address like"},
		{"a proxy with a path", func(c *link.Config) { c.Proxy = "http://proxy/hunter2" }, "an address like"},
		{"alpn", func(c *link.Config) { c.Broker, c.ALPN = "mqtts://x:443", "x-amzn-mqtt-ca" }, ""},
		{"alpn in the open", func(c *link.Config) { c.ALPN = "mqtt" }, "alpn with mqtt://"},
		{"alpn with a tab", func(c *link.Config) { c.Broker, c.ALPN = "mqtts://x", "m\tq" }, "alpn"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := config()
			c.change(&cfg)
			err := cfg.Validate()
			if (c.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %q, got %v", c.want, err)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("a password in a complaint: %v", err)
			}
		})
	}
}

// The reference file's [cloud] has every setting, and nothing else.
func TestReferenceConfig(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("../../systemd/lockerd.toml")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(file), "\n[cloud]\n")
	section, _, _ = strings.Cut(section, "\n[")
	var c link.Config
	d := toml.NewDecoder(strings.NewReader(section)).DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		t.Fatal(err)
	}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	if c.Topics != link.Defaults().Topics || c.ClientID != "" || c.Certificate != "" || c.Window != link.Defaults().Window || c.Confirm != link.Defaults().Confirm || c.AllowUnsigned {
		t.Errorf("not the defaults: %+v", c)
	}
}

func TestCabinetName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "a/b", "a+", "#", "demo 1/#", "a\x00", "a\n", "\xff", strings.Repeat("a", 129)} {
		if err := link.CheckName(name); err == nil {
			t.Errorf("%q: want it refused", name)
		}
	}
}

// door lets demo-1 into the broker, with its password.
type door struct{ mochi.HookBase }

func (*door) Provides(b byte) bool { return b == mochi.OnConnectAuthenticate || b == mochi.OnACLCheck }

func (*door) OnConnectAuthenticate(_ *mochi.Client, p packets.Packet) bool {
	return string(p.Connect.Username) == "demo-1" && string(p.Connect.Password) == "secret"
}

func (*door) OnACLCheck(*mochi.Client, string, bool) bool { return true }

func TestTLSAndPassword(t *testing.T) {
	t.Parallel()
	certificate, trusted := cloudtest.Authority(t)
	_, stranger := cloudtest.Authority(t)
	server := mochi.New(&mochi.Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err := server.AddHook(new(door), nil); err != nil {
		t.Fatal(err)
	}
	l := listeners.NewTCP(listeners.Config{ID: "tls", Address: "127.0.0.1:0",
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}}})
	if err := server.AddListener(l); err != nil {
		t.Fatal(err)
	}
	if err := server.Serve(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })

	for _, c := range []struct {
		name, ca, user string
		up             bool
	}{
		{"good", trusted, "demo-1", true},
		{"another authority", stranger, "demo-1", false},
		{"the system's authorities", "", "demo-1", false},
		{"another user", trusted, "demo-2", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := config()
			cfg.Broker, cfg.CAFile, cfg.Username = "mqtts://"+l.Address(), c.ca, c.user
			cab := &cabinet{}
			link := newLink(t, cfg, cab)
			stop := run(t, link)
			if c.up {
				eventually(t, "connected", func() bool { return !link.Gauges().Since.IsZero() })
			} else {
				eventually(t, "refused", func() bool { return strings.Contains(cab.log.String(), "no connection") })
			}
			stop()
			if log := cab.log.String(); strings.Contains(log, "secret") || c.up != strings.Contains(log, "cloud: connected") {
				t.Errorf("want connected: %t, and no password, in\n%s", c.up, log)
			}
		})
	}
}
