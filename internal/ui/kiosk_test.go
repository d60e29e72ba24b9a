package ui_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"lockerd/internal/locker"
	"lockerd/internal/ui"
)

// desk takes presses, or refuses them.
type desk struct {
	mu      sync.Mutex
	presses []ui.Press
	broken  bool
}

func newDesk() *desk { return &desk{} }

func (d *desk) Press(_ context.Context, p ui.Press) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken {
		return errors.New("the desk is closed")
	}
	d.presses = append(d.presses, p)
	return nil
}

// take is what was pressed since the last take.
func (d *desk) take() []ui.Press {
	d.mu.Lock()
	defer d.mu.Unlock()
	presses := d.presses
	d.presses = nil
	return presses
}

// house is a kiosk with everything that an operator can say of theirs.
var house = ui.Config{
	Cabinet: "demo-1", Stills: 30 * 24 * time.Hour, Screen: ui.Place{Column: 3, Under: 17, Scanner: "right"},
	Receipt:  receiptOf,
	Operator: ui.Operator{Name: "Paketpark Nord", Hotline: "+49 800 123 45 67", Privacy: "paketpark.example/datenschutz"},
}

// receiptOf is a receipt as long as a true one of a cabinet and a parcel with long names.
func receiptOf(r locker.Receipt) string {
	return fmt.Sprintf("lockerd receipt\ncabinet demo-market-square-12\nparcel %s\nput behind door %d\n%s UTC by a clock that may be wrong\nrecord %s/%d\n"+
		"the door was not seen to open and to shut\n%s", r.Tracking, r.Door, r.At.Format(time.DateTime), r.Epoch, r.Seq, strings.Repeat("a1-Z", 22)[:86])
}

// at is a kiosk by night.
func at(c ui.Config, night string) ui.Config {
	c.Night = night
	return c
}

// kiosk is a server on a port of its own.
func kiosk(t *testing.T, cfg ui.Config) (*ui.Server, *desk, *httptest.Server) {
	t.Helper()
	return kioskWith(t, cfg, gauges{connected})
}

func kioskWith(t *testing.T, cfg ui.Config, instruments ui.Instruments) (*ui.Server, *desk, *httptest.Server) {
	t.Helper()
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	d := newDesk()
	s, err := ui.New(cfg, d, instruments, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s.Handler())
	t.Cleanup(web.Close)
	t.Cleanup(web.CloseClientConnections)
	return s, d, web
}
