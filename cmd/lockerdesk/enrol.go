package main

import (
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"

	"lockerd/internal/desk/books"
	"lockerd/internal/durable"
)

type enrolCommand struct {
	configFlag
	Cabinet   string `arg:"" help:"The cabinet's name, as in its configuration."`
	Place     string `help:"Where it stands, in words for recipients, as 'Example Street 5, in the courtyard'." required:""`
	Key       string `help:"Its public key, as lockerd keys prints it: without it no phone number can be sent to it."`
	Passwords string `help:"Mosquitto's password file: the cabinet gets a password in it." type:"path"`
}

// cabinetName is what a cabinet may be called: it is a level of MQTT's topics, and a user of the broker.
var cabinetName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

// Run adds the cabinet and prints the part of its configuration that names this desk.
func (c *enrolCommand) Run(ctx context.Context, s *streams) error {
	if !cabinetName.MatchString(c.Cabinet) {
		return errors.New("enrol: a cabinet's name has up to 63 letters, digits, dots, dashes and underscores")
	}
	var reader []byte
	if c.Key != "" {
		var err error
		if reader, err = base64.StdEncoding.DecodeString(c.Key); err != nil || len(reader) != 32 {
			return errors.New("enrol: --key is 32 bytes in base64, as lockerd keys prints them")
		}
	}
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer d.close()
	if reader == nil { // a second enrolment forgets nothing
		if known, err := d.books.Cabinet(ctx, c.Cabinet); err == nil {
			reader = known.Reader
		}
	}
	if err := d.books.Enrol(ctx, books.Cabinet{Name: c.Cabinet, Place: c.Place, Reader: reader}); err != nil {
		return err
	}
	issuer := d.keys.signer.Issuer("orders", "tokens")
	fmt.Fprintf(s.out, "# for %s's lockerd.toml\n[keys]\noperator = %q\n\n[[issuer]]\nid = %q\nkey = %q\nsigns = [\"orders\", \"tokens\"]\n\n"+
		"[cloud]\nbroker = %q\nusername = %q\npassword_file = \"/etc/lockerd/mqtt.password\"\ntopics = %q\n",
		c.Cabinet, d.keys.operator.Public(), issuer.ID, issuer.Key, d.Broker.Address, c.Cabinet, d.Broker.Topics)
	if c.Passwords == "" {
		return nil
	}
	password := rand.Text()
	if err := setPassword(c.Passwords, c.Cabinet, password); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "\n# for its /etc/lockerd/mqtt.password, which only root reads; it is not shown again\n%s\n", password)
	return nil
}

// setPassword puts a user into Mosquitto's password file, or changes the password of one: a line "user:$7$iterations$salt$hash", with
// PBKDF2 over SHA-512 (mosquitto_passwd of Mosquitto 2).
func setPassword(path, user, password string) error {
	const iterations = 101 // mosquitto_passwd's own: the password has 128 random bits
	salt := make([]byte, 12)
	if err := random(salt); err != nil {
		return err
	}
	hash, err := pbkdf2.Key(sha512.New, password, salt, iterations, sha512.Size)
	if err != nil {
		return fmt.Errorf("enrol: password: %w", err)
	}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("enrol: %w", err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, user+":") && strings.TrimSpace(line) != "" {
			lines = append(lines, strings.TrimRight(line, "\n"))
		}
	}
	lines = append(lines, fmt.Sprintf("%s:$7$%d$%s$%s", user, iterations, base64.StdEncoding.EncodeToString(salt), base64.StdEncoding.EncodeToString(hash)))
	mode := fs.FileMode(0o600)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	if err := durable.Write(path, mode, []byte(strings.Join(lines, "\n")+"\n")); err != nil {
		return fmt.Errorf("enrol: %w", err)
	}
	return nil
}

// random fills a slice by chance.
func random(b []byte) error {
	if _, err := rand.Read(b); err != nil {
		return fmt.Errorf("random: %w", err)
	}
	return nil
}
