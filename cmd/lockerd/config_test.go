package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pelletier/go-toml/v2"

	"lockerd/internal/credential"
	"lockerd/internal/locker"
	"lockerd/internal/sync"
)

// reference is the path of a copy of the reference file with what it leaves to the operator: keys.
func reference(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../systemd/lockerd.toml")
	if err != nil {
		t.Fatal(err)
	}
	seed := make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(seed)
	signer, err := credential.NewSigner("a", seed)
	if err != nil {
		t.Fatal(err)
	}
	filled := strings.Replace(string(text), `operator = ""`, fmt.Sprintf("operator = %q", credential.NewOperator().Public()), 1)
	filled = strings.Replace(filled, "# [[issuer]]\n# id = \"a\"", "[[issuer]]\nid = \"a\"", 1)
	filled = strings.Replace(filled, `# key = ""`, fmt.Sprintf("key = %q", signer.Issuer().Key), 1)
	filled = strings.Replace(filled, `# signs = [`, `signs = [`, 1)
	path := filepath.Join(t.TempDir(), "reference.toml")
	if err := os.WriteFile(path, []byte(filled), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheReferenceIsReadAndSaysTheDefaults(t *testing.T) {
	t.Parallel()
	c, err := readConfig(reference(t))
	if err != nil {
		t.Fatal(err)
	}
	want := locker.DefaultTimes()
	got := c.plan().Times
	if !reflect.DeepEqual(want, got) {
		t.Errorf("the reference's times are not the defaults: want %+v, got %+v", want, got)
	}
	if c.plan().NoLooks {
		t.Error("the reference forbids couriers' looks")
	}
	if c.Cloud.AllowUnsigned {
		t.Error("the reference follows orders that nobody signed")
	}
	if b := c.Buses[0].lockboard(); b.LostAfter != 8*time.Second || len(b.Boards) != 2 {
		t.Errorf("want two boards lost after 8 s, got %+v", b)
	}
}

// TestLooksCanBeForbidden, and nothing else says so.
func TestLooksCanBeForbidden(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(reference(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		instead string
		forbids bool
	}{{"looks = true", false}, {"looks = false", true}, {"", false}} {
		path := filepath.Join(t.TempDir(), "lockerd.toml")
		if err := os.WriteFile(path, bytes.Replace(text, []byte("looks = true"), []byte(tt.instead), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := readConfig(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.plan().NoLooks; got != tt.forbids {
			t.Errorf("%q: want looks forbidden: %t, got %t", tt.instead, tt.forbids, got)
		}
	}
}

func TestCheckSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	c, err := readConfig(reference(t))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tty"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c.Buses[0].Port, c.Scanners[0].Port = filepath.Join(dir, "nothing"), filepath.Join(dir, "tty")
	c.Journal, c.Socket, c.Keys.Directory = filepath.Join(dir, "journal.db"), filepath.Join(dir, "none", "sock"), dir
	c.Cloud.Broker, c.Cloud.AllowUnsigned = "mqtt://"+freeAddr(t), true
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
			cfg, err := readConfig(reference(t))
			if err != nil {
				t.Fatal(err)
			}
			cfg.Cloud.Broker, cfg.Issuers[0].Signs = "mqtt://"+freeAddr(t), c.signs
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
			cfg, err := readConfig(reference(t))
			if err != nil {
				t.Fatal(err)
			}
			cfg.Cloud.Broker, cfg.Cloud.Certificate, cfg.Cloud.Key = "mqtts://"+freeAddr(t), file, key
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

// TestTheDocumentsLinesAreValid reads the examples of docs/lockboards.md as a configuration's lines.
func TestTheDocumentsLinesAreValid(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/lockboards.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)\n```toml\n(.*?)\n```\n").FindAllSubmatch(text, -1)
	if len(examples) == 0 {
		t.Fatal("docs/lockboards.md has no example")
	}
	for _, example := range examples {
		var c config
		if err := toml.NewDecoder(bytes.NewReader(example[1])).DisallowUnknownFields().Decode(&c); err != nil {
			t.Fatalf("%v in\n%s", placed("docs/lockboards.md", err), example[1])
		}
		if len(c.Buses) == 0 {
			t.Errorf("no line in\n%s", example[1])
		}
		c.validateLines(func(format string, args ...any) { t.Error(fmt.Errorf(format, args...)) })
	}
}
