package main

import (
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"
	"time"

	"lockerd/internal/credential"
	"lockerd/internal/desk/books"
	"lockerd/internal/durable"
)

//go:embed lockerdesk.toml.tmpl
var configText string

var configTemplate = template.Must(template.New("lockerdesk.toml").Funcs(template.FuncMap{"quote": quote}).Parse(configText))

// quote writes a basic string of TOML.
func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(text) + `"`
}

// Files of the embedded broker, in the folder of the keys.
const (
	brokerCertificate = "broker.pem"
	brokerKey         = "broker.key"
	cabinetPasswords  = "cabinets.passwords"
)

type initCommand struct {
	Dir      string `help:"The folder of the configuration." default:"/etc/lockerdesk" type:"path"`
	State    string `help:"The folder of the books." default:"/var/lib/lockerdesk" type:"path"`
	Name     string `help:"Your name, as recipients know it."`
	Hotline  string `help:"A phone number for recipients."`
	Language string `help:"The language of recipients: en, de, ar or zh." default:"en"`
	Zone     string `help:"Your time zone, as Europe/Berlin." default:"UTC"`
	Broker   string `help:"Your MQTT broker, as mqtts://mqtt.example.org:8883; without one lockerdesk is the broker." xor:"broker"`
	Host     string `help:"Where cabinets reach this machine, as desk.example.org: lockerdesk is the broker." xor:"broker"`
	Port     int    `help:"The port of lockerdesk's broker." default:"8883"`
	User     string `help:"The desk's name at the broker; its password goes into keys/broker.password."`
	Mail     string `help:"The mail server, as smtp.example.org:587."`
	From     string `help:"The sender, as 'Parcels <parcels@example.org>'."`
	Staff    string `help:"Where alarms go to."`
	Public   string `help:"What the addresses of recipients' pages begin with, as https://parcels.example.org; empty: no pages."`
}

// Run asks for what was not given and writes keys and configuration. What is there already is left, and is an error.
func (c *initCommand) Run(s *streams) error {
	path, dir := filepath.Join(c.Dir, "lockerdesk.toml"), filepath.Join(c.Dir, "keys")
	for _, p := range []string{path, dir} {
		if _, err := os.Stat(p); err == nil {
			return fmt.Errorf("init: %s is there already: it is left as it is", p)
		}
	}
	if err := c.ask(s); err != nil {
		return err
	}
	var listen string
	if port := strconv.Itoa(c.Port); c.Host != "" {
		c.Broker = "mqtts://" + net.JoinHostPort(c.Host, port)
		if listen = net.JoinHostPort("", port); net.ParseIP(c.Host).IsLoopback() {
			listen = net.JoinHostPort(c.Host, port) // a trial on one machine
		}
	}
	var text strings.Builder
	if err := configTemplate.Execute(&text, struct {
		*initCommand
		Keys, Listen string
	}{c, dir, listen}); err != nil {
		return fmt.Errorf("init: %w", err)
	}
	if err := c.write(path, dir, text.String()); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "Wrote %s and the keys in %s. Keep a copy of the keys where nobody else reads it: without them no code can be read.\n"+
		"Next: lockerdesk enrol NAME for each cabinet, then systemctl start lockerdesk, or lockerdesk run.\n", path, dir)
	return nil
}

// ask asks for what was not given.
func (c *initCommand) ask(s *streams) error {
	ask := s.asks()
	for _, q := range []struct {
		question string
		into     *string
		needed   func() bool
	}{
		{"Your name, as recipients know it", &c.Name, nil},
		{"Your MQTT broker (mqtts://host:8883; empty: lockerdesk is the broker)", &c.Broker, func() bool { return c.Host == "" }},
		{"Where cabinets reach this machine (a name or an IP address)", &c.Host, func() bool { return c.Broker == "" }},
		{"The mail server (host:587)", &c.Mail, nil},
		{"The sender of mails (Parcels <parcels@example.org>)", &c.From, nil},
		{"The address that alarms go to", &c.Staff, nil},
	} {
		if *q.into != "" || q.needed != nil && !q.needed() {
			continue
		}
		answer, given := ask(q.question)
		if !given {
			return fmt.Errorf("init: no answer to %q", q.question)
		}
		*q.into = answer
	}
	if c.Broker == "" && c.Host == "" {
		return errors.New("init: neither a broker nor a name for this machine: cabinets must reach one of them")
	}
	return nil
}

// write puts the files in their places, the configuration last and only if it can be read.
func (c *initCommand) write(path, dir, text string) error {
	for _, d := range []string{c.Dir, c.State, dir} {
		if err := os.MkdirAll(d, 0o750); err != nil {
			return fmt.Errorf("init: %w", err)
		}
	}
	seed := make([]byte, 32)
	_, _ = rand.Read(seed) // never fails
	signer, err := credential.NewSigner("desk", seed)
	if err != nil {
		return err
	}
	draft := path + ".new"
	if err := durable.Write(draft, 0o640, []byte(text)); err != nil {
		return fmt.Errorf("init: %w", err)
	}
	if _, err := readConfig(draft); err != nil {
		return errors.Join(err, os.Remove(draft), os.Remove(dir))
	}
	secrets := map[string]string{operatorKey: credential.NewOperator().Secret() + "\n", signerKey: signer.Secret() + "\n"}
	if c.Host != "" {
		certificate, key, err := newCertificate(c.Host, time.Now())
		if err != nil {
			return err
		}
		secrets[brokerCertificate], secrets[brokerKey], secrets[cabinetPasswords] = string(certificate), string(key), ""
	} else {
		secrets["broker.password"] = "\n"
	}
	for name, secret := range secrets {
		if err := durable.Write(filepath.Join(dir, name), 0o600, []byte(secret)); err != nil {
			return fmt.Errorf("init: %w", err)
		}
	}
	if err := books.MakeKey(filepath.Join(dir, booksKey)); err != nil {
		return err
	}
	if err := os.Rename(draft, path); err != nil {
		return fmt.Errorf("init: %w", err)
	}
	return errors.Join(giveAway(c.Dir, dir, c.State), durable.SyncFolder(c.Dir))
}
