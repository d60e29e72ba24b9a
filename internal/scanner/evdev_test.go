package scanner_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"lockerd/internal/locker"
	"lockerd/internal/scanner"
)

// What is no keyboard is not read as one.
func TestNoKeyboard(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer slave.Close()
	for path, want := range map[string]string{
		file: "is no input device", slave.Name(): "is no input device", "/dev/null": "is no input device",
		file + "-gone": "no such file",
	} {
		line, err := scanner.OpenKeys(scanner.Config{Device: path})
		if err == nil || line != nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: want %q, got %v", path, want, err)
		}
		if _, err := scanner.Identify(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("identify %s: want %q, got %v", path, want, err)
		}
	}
}

// TestRealHID reads a true device. It is for a machine that has one, or makes one:
//
//	LOCKERD_HID_NODE    the device, as /dev/input/by-id/...-event-kbd
//	LOCKERD_HID_WANT    what must come, in this order, apart by commas: texts, "back", "lost" (unless: "back")
//	LOCKERD_HID_LAYOUT  the scanner's keyboard (unless: "us")
//
// It says each on a line of its own as it comes ("hid: back"), so that who plays the scanner knows when to type, to
// unplug and to plug in. It ends when all have come; something else, or nothing within a minute, is a failure.
func TestRealHID(t *testing.T) {
	cfg := scanner.Config{Name: "hid", Device: os.Getenv("LOCKERD_HID_NODE"), Layout: os.Getenv("LOCKERD_HID_LAYOUT")}
	if cfg.Device == "" {
		t.Skip("LOCKERD_HID_NODE is not set")
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	wants := strings.Split(os.Getenv("LOCKERD_HID_WANT"), ",")
	if wants[0] == "" {
		wants = []string{"back"}
	}
	came := make(chan string, 100)
	open := func(context.Context) (scanner.Line, error) { return scanner.OpenKeys(cfg) }
	scanned := func(_ context.Context, text string) error { came <- text; return nil }
	told := func(_ context.Context, in locker.Input) error {
		switch in.(type) {
		case locker.ScannerBack:
			came <- "back"
		case locker.ScannerLost:
			came <- "lost"
		}
		return nil
	}
	s := scanner.New(cfg, open, scanned, told, slog.New(slog.NewTextHandler(os.Stdout, nil)))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	for _, want := range wants {
		select {
		case got := <-came:
			_, _ = os.Stdout.WriteString("hid: " + got + "\n")
			if got != want {
				t.Fatalf("want %q, got %q", want, got)
			}
			if got == "back" {
				realDevice(t, cfg)
			}
		case <-time.After(time.Minute):
			t.Fatalf("want %q, nothing came", want)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	line, err := scanner.OpenKeys(cfg) // free again
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if err == nil {
		_ = line.Close()
	}
}

// realDevice looks at a device that is open: it says what it is, and is nobody else's.
func realDevice(t *testing.T, cfg scanner.Config) {
	t.Helper()
	id, err := scanner.Identify(cfg.Device)
	if err != nil {
		t.Fatal(err)
	}
	if id.Name == "" || id.Bus == 0 {
		t.Errorf("want a name and a bus, got %+v", id)
	}
	_, _ = os.Stdout.WriteString("hid: device " + id.String() + "\n")
	if _, err := scanner.OpenKeys(cfg); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("opened twice: want it refused, got %v", err)
	}
}
