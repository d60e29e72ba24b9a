package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"regexp"

	"lockerd/internal/desk/books"
	"lockerd/internal/desk/embedded"
)

type enrolCommand struct {
	configFlag
	Cabinet   string `arg:"" help:"The cabinet's name, as in its configuration."`
	Place     string `help:"Where it stands, in words for recipients, as 'Example Street 5, in the courtyard'." required:""`
	Key       string `help:"Its public key, as lockerd keys prints it: without it no phone number can be sent to it."`
	Passwords string `help:"The password file of your Mosquitto; that of the embedded broker is known." type:"path"`
	Again     bool   `help:"Give it a new password where it has one: its connection ends until it is told."`
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
	var password string
	if c.Passwords != "" { // Mosquitto's file may be root's, and root is what we are no more once the books are open
		var err error
		if password, err = c.password(); err != nil {
			return err
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
	if err := d.printBlock(s.out, c.Cabinet); err != nil {
		return err
	}
	if d.Broker.Embedded.Listen != "" && c.Passwords == "" {
		c.Passwords = d.Broker.Embedded.Passwords
		if password, err = c.password(); err != nil {
			return err
		}
	}
	switch {
	case password != "":
		fmt.Fprintf(s.out, "\n# for its /etc/lockerd/mqtt.password, which only root reads; it is not shown again\n%s\n", password)
	case c.Passwords != "":
		fmt.Fprintln(s.out, "\n# It keeps the password that it has; --again gives it another.")
	}
	return nil
}

// printBlock prints what the cabinet's configuration needs.
func (d *desktop) printBlock(out io.Writer, cabinet string) error {
	pinned, err := d.Broker.pinned()
	if err != nil {
		return err
	}
	issuer := d.keys.signer.Issuer("orders", "tokens")
	fmt.Fprintf(out, "# for %s's lockerd.toml\n[keys]\noperator = %q\n\n[[issuer]]\nid = %q\nkey = %q\nsigns = [\"orders\", \"tokens\"]\n\n"+
		"[cloud]\nbroker = %q\nusername = %q\npassword_file = \"/etc/lockerd/mqtt.password\"\ntopics = %q\n",
		cabinet, d.keys.operator.Public(), issuer.ID, issuer.Key, d.Broker.Address, cabinet, d.Broker.Topics)
	if pinned != "" {
		fmt.Fprintf(out, "ca_file = \"/etc/lockerd/broker.pem\"\n\n# for its /etc/lockerd/broker.pem\n%s", pinned)
	}
	return nil
}

// password gives the cabinet a password in the password file; empty: it keeps the one that it has.
func (c *enrolCommand) password() (string, error) {
	has, err := embedded.HasPassword(c.Passwords, c.Cabinet)
	if err == nil && has && !c.Again {
		return "", nil
	}
	var password string
	if err == nil {
		password, err = embedded.NewPassword(c.Passwords, c.Cabinet)
	}
	if err != nil {
		return "", fmt.Errorf("enrol: %w", err)
	}
	return password, nil
}
