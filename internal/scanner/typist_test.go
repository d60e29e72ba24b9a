package scanner_test

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/locker"
	"lockerd/internal/scanner"
)

// What each key makes, from outside.
func TestLayouts(t *testing.T) {
	levels := []string{"plain", "shift", "altgr"}
	known := 0
	for _, c := range lines(t, "layouts.txt", " ") {
		code, err := strconv.ParseUint(c[1], 10, 16)
		if err != nil {
			t.Fatal(err)
		}
		known++
		if got := scanner.Layout(c[0], uint16(code), slices.Index(levels, c[2])); string(got) != c[3] {
			t.Errorf("%s: key %s, %s: want %s, got %q", c[0], c[1], c[2], c[3], got)
		}
	}
	made := 0
	for _, layout := range []string{"us", "de", "fr"} {
		for code := range uint16(100) {
			for level := range levels {
				if scanner.Layout(layout, code, level) != 0 {
					made++
				}
			}
		}
	}
	if made != known {
		t.Errorf("want %d characters, got %d", known, made)
	}
}

// events makes the events of a script: "30" is a key that goes down and up, "42+" one that goes down, "42-" up, "30*"
// is repeated by the kernel; "lost" says that events were, "led+" and "led-" light the lamp of Caps Lock. As from a
// true keyboard, each comes with the number of its key in HID and ends with a report.
func events(t testing.TB, script string) []byte {
	t.Helper()
	var out []byte
	add := func(kind, code uint16, value int32) {
		e := make([]byte, 2*strconv.IntSize/8+8)
		tail := e[len(e)-8:]
		binary.NativeEndian.PutUint16(tail, kind)
		binary.NativeEndian.PutUint16(tail[2:], code)
		binary.NativeEndian.PutUint32(tail[4:], uint32(value))
		out = append(out, e...)
	}
	report := func() { add(0, 0, 0) }
	key := func(word string, values ...int32) {
		code, err := strconv.ParseUint(word, 10, 16)
		if err != nil {
			t.Fatalf("%q: %v", script, err)
		}
		for _, v := range values {
			add(4, 4, 0x70000+int32(code))
			add(1, uint16(code), v)
			report()
		}
	}
	for _, word := range strings.Fields(script) {
		switch {
		case word == "lost":
			add(0, 3, 0)
		case word == "report":
			report()
		case strings.HasPrefix(word, "led"):
			add(17, 1, int32(strings.Count(word, "+")))
			report()
		case strings.HasSuffix(word, "+"):
			key(strings.TrimSuffix(word, "+"), 1)
		case strings.HasSuffix(word, "-"):
			key(strings.TrimSuffix(word, "-"), 0)
		case strings.HasSuffix(word, "*"):
			key(strings.TrimSuffix(word, "*"), 2)
		default:
			key(word, 1, 0)
		}
	}
	return out
}

// deviceOf is a device that gives these bytes, in pieces, and is then unplugged.
func deviceOf(data []byte, piece int) scanner.Device { return &device{data: data, piece: piece} }

type device struct {
	data  []byte
	piece int
}

func (d *device) Read(p []byte) (int, error) {
	if len(d.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, d.data[:min(d.piece, len(d.data))])
	d.data = d.data[n:]
	return n, nil
}

func (d *device) Close() error                    { return nil }
func (d *device) SetReadDeadline(time.Time) error { return nil }

// typed is all that a keyboard types.
func typed(t testing.TB, cfg scanner.Config, data []byte, piece int) string {
	t.Helper()
	var text []byte
	buf := make([]byte, 7)
	for line := scanner.Keys(deviceOf(data, piece), cfg); ; {
		n, err := line.Read(buf)
		text = append(text, buf[:n]...)
		if errors.Is(err, io.EOF) {
			return string(text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestTyping(t *testing.T) {
	for _, c := range []struct {
		name, layout, script, want string
	}{
		{"digits and Enter", "us", "2 3 4 11 28", "1230\r"},
		{"number pad", "us", "79 80 81 82 83 98 55 74 78 96", "1230./*-+\r"},
		{"Num Lock and Scroll Lock are no characters", "us", "69 79 69 70", "1"},
		{"Tab", "us", "2 15", "1\t"},
		{"Shift", "us", "42+ 38 32 42- 2 54+ 39 54-", "LD1:"},
		{"Shift, German", "de", "42+ 38 32 42- 2 42+ 52 42-", "LD1:"},
		{"Shift, French", "fr", "42+ 38 32 2 42- 52", "LD1:"},
		{"a key held down is one character", "us", "30+ 30* 30* 30- 48", "ab"},
		{"keys that overlap", "us", "2+ 3+ 2- 3- 4+ 4-", "123"},
		{"AltGr", "de", "100+ 16 8 9 10 11 12 86 18 100-", `@{[]}\|€`},
		{"AltGr as Windows says it", "de", "29+ 56+ 16 56- 29- 16", "@q"},
		{"dead keys and the space bar", "de", "41 57 42+ 13 42- 57 30 57", "^`a "},
		{"dead key, French", "fr", "26 57 16", "^a"},
		{"letters that are no ASCII", "de", "42+ 26 42- 12 40 39", "Üßäö"},
		{"Caps Lock", "us", "58 30 2 42+ 30 42- 39 58 30", "A1a;a"},
		{"Caps Lock takes letters alone", "fr", "58 3 16 58 3", "éAé"},
		{"GS as Ctrl and ]", "us", "29+ 27 29-", "\x1d"},
		{"GS as Ctrl and ], of a German keyboard by its place", "de", "29+ 27 29-", "\x1d"},
		{"Enter, Tab and GS as Ctrl and a letter", "us", "29+ 50 23 29- 97+ 42+ 27 42- 97-", "\r\t\x1d"},
		{"Ctrl and a letter, French", "fr", "29+ 39 29-", "\r"},
		{"GS as Alt and numbers", "us", "56+ 82 80 73 56- 2", "\x1d1"},
		{"characters as Alt and numbers, whatever the layout", "fr", "56+ 82 82 81 73 56- 56+ 75 72 56-", "'0"},
		{"Alt and a number beyond ASCII", "us", "56+ 80 80 81 56-", "\x1a"},
		{"Alt and a number without end", "us", "56+ 82 82 82 82 82 82 75 72 56- 56+ " + strings.Repeat("79 ", 40) + "56-",
			"0\x1a"},
		{"Alt alone", "us", "56+ 56- 100+ 100- 29+ 29- 2", "1"},
		{"Alt and a letter", "us", "56+ 30 56- 30", "\x1aa"},
		{"Ctrl and what makes no character", "us", "29+ 51 29-", "\x1a"},
		{"a key that makes no character", "us", "59 103 111 2", "\x1a\x1a\x1a1"},
		{"AltGr and a key that has nothing there", "de", "100+ 30 100-", "\x1a"},
		{"events are lost", "us", "2 42+ lost 3 report 30", "1\x1aa"},
		{"events are lost while a number is typed", "us", "56+ 79 lost report 56- 2", "\x1a1"},
		{"the lamp is not asked for", "us", "led+ 30 led- 30", "aa"},
		{"other events", "us", "report report 2", "1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := events(t, c.script)
			for _, piece := range []int{1, 5, 24, 100, len(data)} {
				if got := typed(t, scanner.Config{Layout: c.layout}, data, piece); got != c.want {
					t.Errorf("in pieces of %d: want %q, got %q", piece, c.want, got)
				}
			}
		})
	}
}

// The same as a kernel has said it.
func TestRecordedKeyboard(t *testing.T) {
	var data []byte
	for _, line := range lines(t, "keyboard.txt", " ") {
		said, err := hex.DecodeString(line[0])
		if err != nil {
			t.Fatal(err)
		}
		event := make([]byte, 2*strconv.IntSize/8+8)
		tail := event[len(event)-8:]
		binary.NativeEndian.PutUint16(tail, binary.LittleEndian.Uint16(said))
		binary.NativeEndian.PutUint16(tail[2:], binary.LittleEndian.Uint16(said[2:]))
		binary.NativeEndian.PutUint32(tail[4:], binary.LittleEndian.Uint32(said[4:]))
		data = append(data, event...)
	}
	if got, want := typed(t, scanner.Config{}, data, 64), "Ab1:\x1d\r"; got != want {
		t.Errorf("want %q, got %q", want, got)
	}
}

// Scanners that swap capitals while the lamp is lit type "ab" for "AB" then.
func TestCapsLamp(t *testing.T) {
	data := events(t, "led+ 30 42+ 48 42- 2 led- 30")
	if got, want := typed(t, scanner.Config{CapsLED: true}, data, 24), "Ab1a"; got != want {
		t.Errorf("want %q, got %q", want, got)
	}
}

// plug is a keyboard that is plugged in and out. Its other end is written to.
type plug struct {
	bench
	out net.Conn
}

func (p *plug) open(context.Context) (scanner.Line, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opens++
	if p.gone {
		return nil, errors.New("no such file or directory")
	}
	in, out := net.Pipe()
	p.out = out
	return scanner.Keys(in, scanner.Config{Device: "/dev/input/x"}), nil
}

func (p *plug) press(t *testing.T, script string) {
	t.Helper()
	if _, err := p.out.Write(events(t, script)); err != nil {
		t.Fatal(err)
	}
}

func keyboardScene(t *testing.T, cfg scanner.Config, story func(*testing.T, *plug)) {
	t.Helper()
	cfg.Name, cfg.Device = "front", "/dev/input/x"
	synctest.Test(t, func(t *testing.T) {
		p := &plug{}
		s := scanner.New(cfg, p.open, p.scanned, p.told, slog.New(slog.NewTextHandler(p, nil)))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		pass(500 * time.Millisecond)
		story(t, p)
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: want nil after cancel, got %v", err)
		}
	})
}

func TestKeyboardScans(t *testing.T) {
	for _, c := range []struct {
		name   string
		cfg    scanner.Config
		script []string
		pause  time.Duration
		want   string
		log    string
	}{
		{name: "Enter", script: []string{"2 3 28"}, want: "12"},
		{name: "Tab", script: []string{"2 3 15", "4 5 28"}, pause: 250 * time.Millisecond, want: "12|34"},
		{name: "several lines", script: []string{"2 3 28 4 5 28"}, want: "refused", log: `because="several lines"`},
		{name: "nothing at the end", script: []string{"2 3", "4 5"}, pause: 450 * time.Millisecond, want: "12|34"},
		{name: "slow", script: []string{"2", "3", "4", "28"}, pause: 150 * time.Millisecond, want: "123"},
		{name: "slower than usual", cfg: scanner.Config{Gap: scanner.Duration(time.Second)}, script: []string{"2", "3", "28"},
			pause: 900 * time.Millisecond, want: "12"},
		{name: "a key that makes no character", script: []string{"2 59 3 28", "4 28"}, pause: 150 * time.Millisecond, want: "refused|3",
			log: `because="not text" bytes=3`},
		{name: "events are lost", script: []string{"2 lost report 3 28", "4 28"}, pause: 150 * time.Millisecond, want: "refused|3", log: `because="not text"`},
		{name: "endless", script: []string{strings.Repeat("2 ", 3000) + "28", "4 28"}, pause: time.Second, want: "refused|3",
			log: `because="too long" bytes=3000`},
		{name: "no identifier", cfg: scanner.Config{AIM: "always"}, script: []string{"2 3 28 27 42+ 46 42- 11 2 28"},
			want: "refused|]C01", log: `because="no symbology identifier" bytes=2`},
	} {
		t.Run(c.name, func(t *testing.T) {
			keyboardScene(t, c.cfg, func(t *testing.T, p *plug) {
				p.take()
				for _, s := range c.script {
					p.press(t, s)
					pass(c.pause)
				}
				pass(3 * time.Second)
				if got := p.take(); c.want != got {
					t.Errorf("want %q, got %q", c.want, got)
				}
				if log := p.logged(); (c.log == "") != (log == "") || !strings.Contains(log, c.log) {
					t.Errorf("want %q in the log, got %q", c.log, log)
				}
			})
		})
	}
}

func TestKeyboardUnplugged(t *testing.T) {
	keyboardScene(t, scanner.Config{}, func(t *testing.T, p *plug) {
		if got := p.take(); got != "back front" {
			t.Fatalf("at first: got %q", got)
		}
		p.mu.Lock()
		p.gone = true
		p.mu.Unlock()
		p.press(t, "42+ 30") // half of a code, with Shift down
		_ = p.out.Close()
		pass(time.Minute)
		if got := p.take(); got != "lost front: port gone" {
			t.Errorf("unplugged: want it told once, got %q", got)
		}
		p.mu.Lock()
		p.gone = false
		p.mu.Unlock()
		pass(time.Minute)
		p.press(t, "30 28")
		pass(time.Second)
		if got := p.take(); got != "back front|a" {
			t.Errorf("plugged in again: want what was half typed, and Shift, forgotten; got %q", got)
		}
	})
}

// The same over a pipe of the kernel's, several at once.
func TestKeyboardsOverPipes(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan string, 10)
	told := func(context.Context, locker.Input) error { return nil }
	ended := make(chan error, 2)
	var outs []*os.File
	for i := range 2 {
		in, out, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		outs = append(outs, out)
		opened := false
		open := func(context.Context) (scanner.Line, error) {
			if opened {
				return nil, errors.New("gone")
			}
			opened = true
			return scanner.Keys(in, scanner.Config{Device: "/dev/input/x"}), nil
		}
		name := fmt.Sprint("scanner ", i)
		scanned := func(_ context.Context, text string) error { got <- name + ": " + text; return nil }
		s := scanner.New(scanner.Config{Name: name, Device: "/dev/input/x"}, open, scanned, told,
			slog.New(slog.DiscardHandler))
		go func() { ended <- s.Run(ctx) }()
	}
	for i, script := range []string{"2 3 28", "4 5 28"} {
		if _, err := outs[i].Write(events(t, script)); err != nil {
			t.Fatal(err)
		}
	}
	all := []string{<-got, <-got}
	slices.Sort(all)
	if want := []string{"scanner 0: 12", "scanner 1: 34"}; !slices.Equal(want, all) {
		t.Errorf("want %q, got %q", want, all)
	}
	cancel()
	for range outs {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// FuzzKeys: whatever an input device says, in whatever pieces, the same is typed, and no more characters than there
// were events.
func FuzzKeys(f *testing.F) {
	f.Add(events(f, "42+ 38 42- 2 28"), byte(3), "us")
	f.Add(events(f, "56+ 82 56- lost 2 report 100+ 16"), byte(24), "de")
	f.Add([]byte("noise"), byte(1), "fr")
	f.Fuzz(func(t *testing.T, data []byte, piece byte, layout string) {
		cfg := scanner.Config{Layout: layout}
		whole := typed(t, cfg, data, len(data)+1)
		if got := typed(t, cfg, data, int(piece)+1); got != whole {
			t.Fatalf("want %q, got %q", whole, got)
		}
		if size := 2*strconv.IntSize/8 + 8; len([]rune(whole)) > len(data)/size {
			t.Fatalf("%d bytes type %q", len(data), whole)
		}
	})
}
