package checkup

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"lockerd/internal/cabinet"
	"lockerd/internal/cabinet/cabinettest"
	"lockerd/internal/credential"
)

// checked is what check says of a configuration.
func checked(cfg *cabinet.Config, part func(*checkup, *cabinet.Config)) string {
	var out bytes.Buffer
	part(&checkup{out: &out}, cfg)
	return out.String()
}

// TestBeforeTheFirstStart: what systemd makes when it starts lockerd is not called wrong for not being there.
func TestBeforeTheFirstStart(t *testing.T) {
	t.Parallel()
	unit, err := os.ReadFile("../../systemd/lockerd.service")
	if err != nil {
		t.Fatal(err)
	}
	made := map[string]bool{}
	for setting, root := range map[string]string{"StateDirectory": "/var/lib/", "RuntimeDirectory": "/run/"} {
		for _, name := range strings.Fields(string(regexp.MustCompile("(?m)^" + setting + "=(.*)$").FindSubmatch(unit)[1])) {
			made[root+name] = true
		}
	}
	for _, dir := range unitFolders {
		if !made[dir] {
			t.Errorf("the unit does not have %s made", dir)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Skipf("%s is here", dir)
		}
	}
	cfg, err := cabinet.Read(cabinettest.Reference(t))
	if err != nil {
		t.Fatal(err)
	}
	said := checked(cfg, (*checkup).disk)
	if strings.Contains(said, "WRONG") {
		t.Errorf("want nothing wrong before the first start, got\n%s", said)
	}
	for _, want := range []string{"later  folder /run/lockerd: systemd makes it when lockerd starts",
		"later  folder /var/lib/lockerd-mark: ", "later  folder /var/lib/lockerd/backups: lockerd makes it"} {
		if !strings.Contains(said, want) {
			t.Errorf("want %q in\n%s", want, said)
		}
	}
}

// TestCheckAsksWhatRunAsks: what is wrong with the cloud check calls wrong, and it keeps no cabinet from running.
func TestCheckAsksWhatRunAsks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*cabinet.Config)
		want   string
	}{
		"no such CA file":                   {func(c *cabinet.Config) { c.Cloud.CAFile = "/nowhere/ca.pem" }, `WRONG  \[cloud\].*/nowhere/ca.pem: no such file`},
		"a name that is no part of a topic": {func(c *cabinet.Config) { c.Cabinet = "demo 1/#" }, `WRONG  \[cloud\].*cabinet "demo 1/#"`},
		"no such password file":             {func(c *cabinet.Config) { c.Cloud.PasswordFile = "/nowhere/password" }, `WRONG  \[cloud\].*/nowhere/password`},
		"topics":                            {func(c *cabinet.Config) { c.Cloud.Topics = "a/+" }, `WRONG  \[cloud\].*topics = "a/\+"`},
		"an address that is none":           {func(c *cabinet.Config) { c.Cloud.Broker = "mqtt.example.org" }, `WRONG  \[cloud\].*must be mqtt://`},
		"no certificate":                    {func(c *cabinet.Config) { c.Cloud.Certificate, c.Cloud.Key = "/no/pem", "/no/key" }, `WRONG  \[cloud\].*/no/pem`},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := cabinet.Read(cabinettest.Reference(t))
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			cfg.Cloud.Broker = "mqtts://127.0.0.1:1"
			cfg.Socket, cfg.Journal, cfg.Keys.Directory, cfg.Mark = filepath.Join(dir, "sock"), filepath.Join(dir, "journal.db"), filepath.Join(dir, "keys"), ""
			cfg.Kiosk.Listen = "127.0.0.1:0"
			c.change(cfg)
			if said := checked(cfg, (*checkup).cloud); !regexp.MustCompile(c.want).MatchString(said) {
				t.Errorf("want a line like %s, got\n%s", c.want, said)
			}
			// What is built of it runs: there is no error that the cloud could end it with.
			if err := credential.Make(cfg.Keys.Directory); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := cabinet.New(cfg, cabinet.Options{Log: slog.New(slog.DiscardHandler)}).Run(ctx); err != nil {
				t.Errorf("want the cabinet run without its cloud, got %v", err)
			}
		})
	}
}

// TestCheckLooksAtTheKiosksPort: another program's is wrong, lockerd's own is not.
func TestCheckLooksAtTheKiosksPort(t *testing.T) {
	t.Parallel()
	cfg, err := cabinet.Read(cabinettest.Reference(t))
	if err != nil {
		t.Fatal(err)
	}
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	cfg.Kiosk.Listen, cfg.Socket = other.Addr().String(), filepath.Join(t.TempDir(), "sock")
	if said := checked(cfg, (*checkup).kiosk); !strings.Contains(said, "WRONG  the kiosk's page at 127.0.0.1:") {
		t.Errorf("want another's port wrong, got %s", said)
	}
	cfg.Metrics.Listen = other.Addr().String()
	if said := checked(cfg, (*checkup).metrics); !strings.Contains(said, "WRONG  measurements at 127.0.0.1:") || strings.Contains(said, "NOTE") {
		t.Errorf("want another's port wrong for the metrics too, and loopback nothing to note, got %s", said)
	}
	cfg.Metrics.Listen = "192.0.2.7:9464"
	if said := checked(cfg, (*checkup).metrics); !strings.Contains(said, "this PC has no such address") || !strings.Contains(said, "NOTE   measurements can be read by everybody") {
		t.Errorf("want an address that is not here told, and who reads there, got %s", said)
	}
	tools, err := net.Listen("unix", cfg.Socket)
	if err != nil {
		t.Fatal(err)
	}
	defer tools.Close()
	if said := checked(cfg, (*checkup).kiosk); !strings.HasPrefix(said, "ok ") {
		t.Errorf("want lockerd's own port fine, got %s", said)
	}
}
