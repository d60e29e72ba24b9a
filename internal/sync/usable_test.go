package sync_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/locker"
	link "lockerd/internal/sync"
)

// TestWhatCannotBeUsedIsAFault: a cloud that is configured wrongly ends nothing. It is a fault, tried again, and over once
// it is right.
func TestWhatCannotBeUsedIsAFault(t *testing.T) {
	nothing := func(c *link.Config) {}
	for name, c := range map[string]struct {
		change func(*link.Config)
		lost   bool   // the password's file
		greet  []byte // the broker's answer to a CONNECT
		what   string
		heals  bool // by itself
	}{
		"no such CA file":       {change: func(c *link.Config) { c.Broker, c.CAFile = "mqtts://broker.test", "/nowhere/ca.pem" }, what: "files"},
		"no such certificate":   {change: func(c *link.Config) { c.Broker, c.Certificate, c.Key = "mqtts://broker.test", "/no", "/no" }, what: "files"},
		"no address":            {change: func(c *link.Config) { c.Broker = "mqtts//broker" }, what: "settings"},
		"no topic":              {change: func(c *link.Config) { c.Topics = "a/#" }, what: "settings"},
		"password's file lost":  {change: nothing, lost: true, what: "files", heals: true},
		"not authorised":        {change: nothing, greet: []byte{0x20, 2, 0, 5}, what: "login", heals: true},
		"bad name or password":  {change: nothing, greet: []byte{0x20, 2, 0, 4}, what: "login", heals: true},
		"name rejected":         {change: nothing, greet: []byte{0x20, 2, 0, 2}, what: "login", heals: true},
		"not there at the time": {change: nothing, greet: []byte{0x20, 2, 0, 3}, what: "", heals: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := config()
				c.change(&cfg)
				b, cab := &broker{granted: 1, greet: c.greet}, &cabinet{}
				var lost atomic.Bool
				lost.Store(c.lost)
				l := link.New("demo-1", "1.0", cfg, func() (string, error) {
					if lost.Load() {
						return "", errors.New("open /etc/lockerd/password: no such file")
					}
					return "secret", nil
				}, cab, cab, newKeys(t), logTo(cab))
				l.DialWith(b.dial)
				l.Report(locker.Summary{})
				stop := run(t, l)
				defer stop()
				pass(5 * time.Minute)
				var want []locker.Fault
				if got := l.Gauges().Faults; c.what == "" {
					equal(t, "faults", want, got)
				} else if len(got) != 1 || got[0].Kind != "cloud_unusable" || got[0].What != c.what || got[0].Why == "" || got[0].Do == "" {
					t.Fatalf("want cloud_unusable %s, got %+v", c.what, got)
				}
				if l.Gauges().Why == "" || strings.Contains(cab.log.String(), "secret") {
					t.Errorf("want it said why, without the password, got %q and\n%s", l.Gauges().Why, cab.log.String())
				}
				if n := strings.Count(cab.log.String(), "cloud: fault"); c.what != "" && n != 1 {
					t.Errorf("want the fault in the log once, got it %d times", n)
				}
				if !c.heals {
					return
				}
				lost.Store(false)
				b.with(func() { b.greet = nil })
				pass(2 * time.Minute)
				if g := l.Gauges(); g.Since.IsZero() || len(g.Faults) != 0 || g.Why != "" {
					t.Errorf("want it connected and the fault over, got %+v", g)
				}
			})
		})
	}
}

// TestTry: the broker's answer to a CONNECT with the cabinet's name counts, and nothing that waits there is touched.
func TestTry(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	b := &broker{granted: 1}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go b.serve(conn)
		}
	}()
	cfg := config()
	cfg.Broker = "mqtt://" + l.Addr().String()
	if err := link.Try(t.Context(), "demo-1", cfg, password); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it says goodbye", func() (left bool) { b.with(func() { left = b.left }); return left })
	b.with(func() {
		got := fmt.Sprintln(b.connect.ClientIdentifier, b.connect.CleanSession, b.connect.Username, string(b.connect.Password), b.subs, len(b.pubs))
		if want := "lockerd-demo-1 false demo-1 secret 0 0\n"; got != want {
			t.Errorf("want %s, got %s", want, got)
		}
		b.greet = []byte{0x20, 2, 0, 5}
	})
	if err := link.Try(t.Context(), "demo-1", cfg, password); err == nil || !strings.Contains(err.Error(), "not Authorized") {
		t.Errorf("want the refusal, got %v", err)
	}
	cfg.CAFile = filepath.Join(t.TempDir(), "none")
	if err := link.Try(t.Context(), "demo-1", cfg, password); err == nil {
		t.Error("want a setting refused")
	}
	// Somebody who takes a connection and says nothing is no broker.
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	cfg = config()
	cfg.Broker = "mqtt://" + mute.Addr().String()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := link.Try(ctx, "demo-1", cfg, password); err == nil {
		t.Error("want no answer taken for none")
	}
}
