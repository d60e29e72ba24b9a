package checkup

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"lockerd/internal/cabinet"
	"lockerd/internal/cabinet/cabinettest"
	"lockerd/internal/sync"
)

func TestCheckSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	c, err := cabinet.Read(cabinettest.Reference(t))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tty"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c.Buses[0].Port, c.Scanners[0].Port = filepath.Join(dir, "nothing"), filepath.Join(dir, "tty")
	c.Journal, c.Socket, c.Keys.Directory = filepath.Join(dir, "journal.db"), filepath.Join(dir, "none", "sock"), dir
	c.Cloud.Broker, c.Cloud.AllowUnsigned = "mqtt://127.0.0.1:1", true
	var out bytes.Buffer
	if err := (&checkup{out: &out}).run(c); err == nil {
		t.Fatal("want an error")
	}
	for _, want := range []string{
		`WRONG  bus main: .*there is no such device`,
		`WRONG  scanner front: .*is not a serial device`,
		`WRONG  keys in .*lockerd keys`,
		`WRONG  folder .*none can be written: no such file`,
		`WRONG  broker .*takes the cabinet: .*refused`,
		`NOTE   orders that nobody signed are followed`,
		`ok     disk of the journal: \d+ MB free`,
	} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("want a line like %q in\n%s", want, out.String())
		}
	}
}

// TestCheckSaysWhoseWordCounts: where nobody may sign orders or acks, and where a word counts that nobody signs.
func TestCheckSaysWhoseWordCounts(t *testing.T) {
	t.Parallel()
	const noOrders, noAcks = "NOTE   nobody may sign orders", "NOTE   nobody may sign acks"
	const anyOrders, anyAcks, broker = "NOTE   orders that nobody signed", "NOTE   acks that nobody signed", "NOTE   the broker's word"
	for _, c := range []struct {
		name  string
		signs []string
		set   func(*sync.Config)
		want  []string // of the notes above
	}{
		{"one key for both", []string{"orders"}, nil, nil},
		{"acks alone", []string{"acks"}, nil, []string{noOrders}},
		{"tokens alone", []string{"tokens"}, nil, []string{noOrders, noAcks}},
		{"unsigned orders", []string{"orders"}, func(c *sync.Config) { c.AllowUnsigned = true }, []string{anyOrders}},
		{"unsigned acks", []string{"orders"}, func(c *sync.Config) { c.AllowUnsignedAcks = true }, []string{anyAcks}},
		{"the broker's word", []string{"tokens"}, func(c *sync.Config) { c.Confirm = sync.ConfirmBroker }, []string{noOrders, broker}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, err := cabinet.Read(cabinettest.Reference(t))
			if err != nil {
				t.Fatal(err)
			}
			cfg.Cloud.Broker, cfg.Issuers[0].Signs = "mqtt://127.0.0.1:1", c.signs
			if c.set != nil {
				c.set(&cfg.Cloud)
			}
			var out bytes.Buffer
			(&checkup{out: &out}).cloud(cfg)
			for _, note := range []string{noOrders, noAcks, anyOrders, anyAcks, broker} {
				if strings.Contains(out.String(), note) != slices.Contains(c.want, note) {
					t.Errorf("%s: want it noted: %t, got\n%s", note, slices.Contains(c.want, note), out.String())
				}
			}
		})
	}
}

// TestCheckLooksAtTheCertificate: one that is missing or over is wrong before the broker says so.
func TestCheckLooksAtTheCertificate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, key := filepath.Join(dir, "mqtt.pem"), filepath.Join(dir, "mqtt.key")
	for _, c := range []struct {
		name string
		left time.Duration // 0: there is no file
		want string
	}{
		{"missing", 0, `WRONG  the cabinet's certificate for the broker: .*mqtt.pem: no such file`},
		{"over", -time.Hour, `WRONG  the cabinet's certificate .*: it has expired`},
		{"soon over", 49 * time.Hour, `WRONG  the cabinet's certificate .*: it ends in 4[89] hours: renew it`},
		{"good", 1000 * time.Hour, `ok     the cabinet's certificate for the broker, until 20`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.left != 0 {
				certify(t, file, key, time.Now().Add(c.left))
			}
			cfg, err := cabinet.Read(cabinettest.Reference(t))
			if err != nil {
				t.Fatal(err)
			}
			cfg.Cloud.Broker, cfg.Cloud.Certificate, cfg.Cloud.Key = "mqtts://"+"127.0.0.1:1", file, key
			var out bytes.Buffer
			(&checkup{out: &out}).cloud(cfg)
			if !regexp.MustCompile(c.want).MatchString(out.String()) {
				t.Errorf("want a line like %q in\n%s", c.want, out.String())
			}
		})
	}
}

// certify writes a certificate that vouches for itself, and its key.
func certify(t *testing.T, file, key string, until time.Time) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: until.Add(-2000 * time.Hour), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{file: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNoCodeNoParcel: where a code has no way to its recipient, no courier brings a parcel, and check says so.
func TestNoCodeNoParcel(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		broker, codes string
		brings        bool
	}{{"mqtts://mqtt.example.org", "cloud", true}, {"", "operator", true}, {"", "cloud", false}} {
		cfg, err := cabinet.Read(cabinettest.Reference(t))
		if err != nil {
			t.Fatal(err)
		}
		cfg.Cloud.Broker, cfg.Codes = c.broker, c.codes
		if got := cfg.Plan().NoCodes; got == c.brings {
			t.Errorf("%+v: the rules hear that codes have no way: %t", c, got)
		}
		if c.broker != "" {
			continue
		}
		if said := checked(cfg, (*checkup).cloud); strings.Contains(said, "WRONG  how pickup codes reach recipients") == c.brings {
			t.Errorf("%+v: got\n%s", c, said)
		}
	}
}
