package main

import (
	"bufio"
	"bytes"
	_ "embed" // the text of a configuration
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"text/template"

	"github.com/pelletier/go-toml/v2"

	"lockerd/internal/cabinet"
	"lockerd/internal/checkup"
	"lockerd/internal/credential"
)

type setupCommand struct {
	configFlag
	OperatorKey string `help:"Where the operator's private key goes, if a pair is made: take it away from the cabinet." type:"path" default:"operator.key"`
}

// Run asks on standard output and reads from standard input, so that answers can be piped: a line each, an empty one for what
// stands in brackets.
func (c *setupCommand) Run() error {
	if _, err := os.Lstat(c.Config); err == nil {
		return fmt.Errorf("setup: %s is there and stays as it is: edit it, or name another with --config", c.Config)
	}
	a, err := interview(bufio.NewReader(os.Stdin), os.Stdout, ports("/dev/serial/by-id"))
	if err != nil {
		return err
	}
	if a.Operator == "" {
		pair := credential.NewOperator()
		if err := writeSecret(c.OperatorKey, pair.Secret()); err != nil {
			return fmt.Errorf("setup: the operator's private key: %w", err)
		}
		a.Operator = pair.Public()
		fmt.Printf("\nThe operator's private key is in %s: it reads the pickup codes of every cabinet that has its other half.\n"+
			"Take the file away from this PC, and keep it as you keep a master password.\n", c.OperatorKey)
	}
	if err := a.write(c.Config); err != nil {
		return fmt.Errorf("setup: %w", err)
	}
	fmt.Printf("\n%s is written: every other setting is in /usr/share/doc/lockerd/lockerd.toml.example.\n"+
		"Next: sudo lockerd-with-keys check\n", c.Config)
	return nil
}

// site is what a configuration is written of.
type site struct {
	Cabinet, Languages, Lines, Scanner, Operator, Broker, Username, Technician, Name string
}

// question is one that setup asks. Others may be added where what they ask is needed.
type question struct {
	asks    string
	usually string // the answer of an empty line
	into    *string
	wrong   func(string) error // nil: any answer is one
}

// interview asks until each answer is one.
func interview(in *bufio.Reader, out io.Writer, ports []string) (*site, error) {
	a := &site{}
	host, _ := os.Hostname()
	line, scanner := "", ""
	if len(ports) > 0 {
		fmt.Fprintf(out, "Serial ports that are plugged in:\n  %s\n", strings.Join(ports, "\n  "))
		line = ports[0]
	}
	if len(ports) > 1 {
		scanner = ports[1]
	}
	for _, q := range []question{
		{"The cabinet's name, unique among yours", host, &a.Cabinet, cabinet.CheckName},
		{"Languages of the kiosk, the first is the default, of " + strings.Join(cabinet.Languages(), " "), "en", &a.Languages, checkLanguages},
		{"Ports of the lock boards, a blank between two: a device, or tcp://HOST:PORT of a serial server", line, &a.Lines, checkPorts},
		{"Port of the barcode scanner; - for none", scanner, &a.Scanner, checkPort},
		{"The operator's public key (lockerd keys operator); empty: make a pair now", "", &a.Operator, checkOperator},
		{"The cloud's broker, as mqtts://mqtt.example.org:8883; - for none", "-", &a.Broker, cabinet.CheckBroker},
		{"The cabinet's user name at the broker; - for none", "-", &a.Username, nil},
		{"Id of the technician who sets the cabinet up", "t1", &a.Technician, checkWord},
		{"Their name", "Technician", &a.Name, needed},
	} {
		if q.into == &a.Username && a.Broker == "" {
			continue
		}
		if err := q.ask(in, out); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (q question) ask(in *bufio.Reader, out io.Writer) error {
	for {
		fmt.Fprintf(out, "%s [%s]: ", q.asks, q.usually)
		text, err := in.ReadString('\n')
		if err != nil && (text == "" || !errors.Is(err, io.EOF)) {
			return fmt.Errorf("setup: no answer to %q: %w", q.asks, err)
		}
		answer := strings.TrimSpace(text)
		if answer == "" {
			answer = q.usually
		}
		if answer == "-" {
			answer = ""
		}
		if q.wrong != nil {
			if err := q.wrong(answer); err != nil {
				fmt.Fprintf(out, "  %v\n", err)
				continue
			}
		}
		*q.into = answer
		return nil
	}
}

func needed(answer string) error {
	if answer == "" {
		return errors.New("it is needed")
	}
	return nil
}

// checkPort says what no port of a cabinet is. Whether it is there is for check: it may be plugged in later.
func checkPort(answer string) error {
	switch {
	case answer == "" || strings.HasPrefix(answer, "tcp://") || strings.HasPrefix(answer, "modbus-tcp://"):
		return nil
	case !filepath.IsAbs(answer):
		return errors.New("the whole path of a device, as /dev/serial/by-id/..., or tcp://HOST:PORT")
	}
	return checkup.WithinReach(answer)
}

func checkPorts(answer string) error {
	var errs []error
	for _, port := range strings.Fields(answer) {
		errs = append(errs, checkPort(port))
	}
	return errors.Join(append(errs, needed(strings.TrimSpace(answer)))...)
}

var word = regexp.MustCompile(`^[A-Za-z0-9._-]{1,32}$`)

func checkWord(answer string) error {
	if !word.MatchString(answer) {
		return errors.New("letters, digits, and . _ - alone, 32 at most")
	}
	return nil
}

func checkLanguages(answer string) error {
	there := " " + strings.Join(cabinet.Languages(), " ") + " "
	for _, l := range strings.Fields(answer) {
		if !strings.Contains(there, " "+l+" ") {
			return fmt.Errorf("there is no %q", l)
		}
	}
	return needed(strings.TrimSpace(answer))
}

func checkOperator(answer string) error {
	if answer == "" {
		return nil
	}
	return credential.CheckOperator(answer)
}

// ports are the serial ports that are plugged in, by names that last.
func ports(dir string) []string {
	list, _ := filepath.Glob(filepath.Join(dir, "*"))
	return list
}

//go:embed setup.toml.tmpl
var setupTOML string

// setupText is a configuration of what was answered; all else has its default.
var setupText = template.Must(template.New("lockerd.toml").Funcs(template.FuncMap{"set": setTOML, "words": strings.Fields, "line": lineName}).Parse(setupTOML))

// setTOML is a line that sets a key, as TOML writes it.
func setTOML(key string, value any) (string, error) {
	line, err := toml.Marshal(map[string]any{key: value})
	return strings.TrimSuffix(string(line), "\n"), err
}

// lineName names the lines of lock boards: main, main2, main3.
func lineName(i int) string {
	if i == 0 {
		return "main"
	}
	return fmt.Sprintf("main%d", i+1)
}

// write writes the configuration for the group that its folder belongs to, as the package has made it, and only where there is
// none and lockerd can read it.
func (a *site) write(path string) error {
	var b bytes.Buffer
	if err := setupText.Execute(&b, a); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return err
	}
	_, err = f.Write(b.Bytes())
	if info, stat := os.Stat(filepath.Dir(path)); stat == nil {
		err = errors.Join(err, sameGroup(f, info))
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	if _, err := cabinet.Read(path); err != nil && !errors.Is(err, fs.ErrPermission) {
		return errors.Join(fmt.Errorf("what would be written is none: %w", err), os.Remove(path))
	}
	return nil
}

// sameGroup gives a file to the group of its folder.
func sameGroup(f *os.File, folder fs.FileInfo) error {
	owner, ok := folder.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return errors.Join(f.Chown(-1, int(owner.Gid)), f.Chmod(0o640))
}
