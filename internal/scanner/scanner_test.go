package scanner_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creack/pty"

	"lockerd/internal/locker"
	"lockerd/internal/scanner"
)

// line is a port as go.bug.st/serial has it: silence is 0 and no error, after 20 ms.
type line struct {
	in     chan []byte
	broken chan struct{} // the adapter is unplugged
	closed chan struct{}
	once   sync.Once
	rest   []byte
}

func newLine() *line {
	return &line{in: make(chan []byte, 100), broken: make(chan struct{}), closed: make(chan struct{})}
}

func (l *line) Read(p []byte) (int, error) {
	if len(l.rest) == 0 {
		select {
		case l.rest = <-l.in:
		default:
			select {
			case l.rest = <-l.in:
			case <-l.broken:
				return 0, errors.New("input/output error")
			case <-l.closed:
				return 0, os.ErrClosed
			case <-time.After(20 * time.Millisecond):
				return 0, nil
			}
		}
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

func (l *line) Close() error { l.once.Do(func() { close(l.closed) }); return nil }

// bench is a scanner with its line, and what it said.
type bench struct {
	mu    sync.Mutex
	line  *line
	gone  bool // opening fails
	opens int
	fail  error // of scanned and told
	said  []string
	log   bytes.Buffer
}

func (b *bench) open(context.Context) (scanner.Line, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opens++
	if b.gone {
		return nil, errors.New("no such file or directory")
	}
	b.line = newLine()
	return b.line, nil
}

func (b *bench) say(what string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail != nil {
		return b.fail
	}
	b.said = append(b.said, what)
	return nil
}

func (b *bench) scanned(_ context.Context, text string) error {
	return b.say(cmp.Or(text, "refused"))
}

func (b *bench) told(_ context.Context, in locker.Input) error {
	switch in := in.(type) {
	case locker.ScannerBack:
		return b.say("back " + in.Name)
	case locker.ScannerLost:
		return b.say("lost " + in.Name + ": " + in.Why)
	}
	return fmt.Errorf("unexpected input %T", in)
}

func (b *bench) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.Write(p)
}

func (b *bench) take() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	said := strings.Join(b.said, "|")
	b.said = nil
	return said
}

func (b *bench) logged() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.log.String()
}

func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func scene(t *testing.T, story func(*testing.T, *bench)) {
	t.Helper()
	sceneOf(t, scanner.Config{}, story)
}

func sceneOf(t *testing.T, cfg scanner.Config, story func(*testing.T, *bench)) {
	t.Helper()
	cfg.Name, cfg.Port, cfg.Baud = "front", "/dev/x", 9600
	synctest.Test(t, func(t *testing.T) {
		b := &bench{}
		s := scanner.New(cfg, b.open, b.scanned, b.told,
			slog.New(slog.NewTextHandler(b, nil)))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		pass(30 * time.Millisecond)
		story(t, b)
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: want nil after cancel, got %v", err)
		}
	})
}

func TestScans(t *testing.T) {
	const ms = time.Millisecond
	long := strings.Repeat("7", 256)
	for _, c := range []struct {
		name  string
		pause time.Duration // between the reads
		reads []string
		want  string
		log   string // part of it
	}{
		{name: "CR", reads: []string{"12345678\r"}, want: "12345678"},
		{name: "LF", reads: []string{"12345678\n"}, want: "12345678"},
		{name: "CR LF", reads: []string{"12345678\r\n"}, want: "12345678"},
		{name: "CR LF, split between them", pause: 30 * ms, reads: []string{"12345678\r", "\n"}, want: "12345678"},
		{name: "no ending", reads: []string{"12345678"}, want: "12345678"},
		{name: "no ending, twice", pause: 90 * ms, reads: []string{"AAA", "BBB"}, want: "AAA|BBB"},
		{name: "split", pause: 10 * ms, reads: []string{"1", "2", "3", "4", "5", "6", "\r"}, want: "123456"},
		{name: "split with pauses below the gap", pause: 45 * ms, reads: []string{"123", "456", "\r"}, want: "123456"},
		{name: "split with a pause above it, before an end was seen", pause: 90 * ms, reads: []string{"123", "456\r"},
			want: "123|456"},
		{name: "cut off once an end was seen", pause: 300 * ms, reads: []string{"AAA\r", "123", "456\r", "BBB\r"},
			want: "AAA|refused|refused|BBB", log: `because="cut off" bytes=3`},
		{name: "cut in three", pause: 300 * ms, reads: []string{"AAA\r", "12", "34", "56\r", "BBB\r"},
			want: "AAA|refused|refused|refused|BBB", log: `because="cut off" bytes=2`},
		{name: "the rest is lost", pause: 6 * time.Second, reads: []string{"AAA\r", "123", "BBB\r"}, want: "AAA|refused|BBB",
			log: `because="cut off" bytes=3`},
		{name: "glued, with identifiers", reads: []string{"]Q1AAA\r]C0BBB\r\n]d1CCC\n"}, want: "]Q1AAA|]C0BBB|]d1CCC"},
		{name: "a visiting card", reads: []string{"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Muster\r\nEND:VCARD\r\n"}, want: "refused",
			log: `because="several lines" bytes=39`},
		{name: "a payment slip, at the pace of 9600 baud", pause: 30 * ms,
			reads: []string{"SPC\r\n02", "00\r\n1\r", "\nCH4431", "999\r\n"}, want: "refused", log: `because="several lines"`},
		{name: "several lines and no end", pause: 90 * ms, reads: []string{"SPC\r\n0200\r\n1", "AAA\r"}, want: "refused|refused",
			log: `because="several lines"`},
		{name: "several lines with an identifier", reads: []string{"]Q1SPC\r\n0200\r\n1\r\n"}, want: "refused",
			log: `because="several lines"`},
		{name: "people's own codes, read late", reads: []string{"LD1:12345678\rLD1:12345678\rAAA\r"}, want: "LD1:12345678|LD1:12345678|AAA"},
		{name: "bars of lines have one", reads: []string{"]C0AAA\r"}, want: "]C0AAA"},
		{name: "STX and ETX", pause: 90 * ms, reads: []string{"\x02AAA\x03", "\x02BBB\x03\r\n"}, want: "AAA|BBB"},
		{name: "NUL at the end", pause: 90 * ms, reads: []string{"AAA\x00\r", "BBB\r\x00", "CCC\x00"}, want: "AAA|BBB|refused",
			log: `because="cut off"`},
		{name: "NUL and no end", pause: 90 * ms, reads: []string{"AAA\x00", "BBB\x00"}, want: "AAA|BBB"},
		{name: "blanks", reads: []string{"  A B\t \r"}, want: "A B"},
		{name: "empty", reads: []string{"\r\n\r\n \r"}, want: ""},
		{name: "identifier and GS pass", reads: []string{"]C1010950600013435221ABC\x1d10LOT\r"},
			want: "]C1010950600013435221ABC\x1d10LOT"},
		{name: "as long as may be", reads: []string{long + "\r"}, want: long},
		{name: "too long", pause: 90 * ms, reads: []string{long + "8\r", "AAA\r"}, want: "refused|AAA", log: `because="too long" bytes=257`},
		{name: "endless", pause: 90 * ms, reads: []string{strings.Repeat("8", 100_000) + "\r", "AAA\r"}, want: "refused|AAA",
			log: `because="too long" bytes=100000`},
		{name: "binary", pause: 90 * ms, reads: []string{"AB\x00\x02CD\r", "AAA\r"}, want: "refused|AAA", log: `because="not text" bytes=6`},
		{name: "tab within", reads: []string{"AB\tCD\r"}, want: "refused", log: `because="not text" bytes=5`},
		{name: "not UTF-8", pause: 90 * ms, reads: []string{"AB\xff\xfeCD\r", "AAA\r"}, want: "refused|AAA", log: `because="not text" bytes=6`},
		{name: "noise at another baud", pause: 90 * ms, reads: []string{"\x80\xf8\x00\xfe\r", "AAA\r"}, want: "refused|AAA",
			log: `because="not text"`},
		{name: "letters of others", reads: []string{"Übergröße\r"}, want: "Übergröße"},
	} {
		t.Run(c.name, func(t *testing.T) {
			scene(t, func(t *testing.T, b *bench) {
				b.take()
				for _, r := range c.reads {
					b.line.in <- []byte(r)
					pass(c.pause)
				}
				pass(200 * ms)
				if got := b.take(); c.want != got {
					t.Errorf("want %q, got %q", c.want, got)
				}
				log := b.logged()
				if (c.log == "") != (log == "") || !strings.Contains(log, c.log) || strings.Count(log, "\n") != strings.Count(c.want, "refused") {
					t.Errorf("want a line of log with %q of each refusal, got %q", c.log, log)
				}
				for _, content := range []string{"AB", "777", "888"} {
					if strings.Contains(log, content) {
						t.Errorf("the log repeats what was scanned: %q", log)
					}
				}
			})
		})
	}
}

func TestUnplugged(t *testing.T) {
	scene(t, func(t *testing.T, b *bench) {
		if got := b.take(); got != "back front" {
			t.Fatalf("at first: got %q", got)
		}
		b.mu.Lock()
		b.gone = true
		b.line.in <- []byte("half of a co")
		close(b.line.broken)
		b.mu.Unlock()
		pass(time.Hour)
		if got := b.take(); got != "lost front: port gone" {
			t.Errorf("unplugged: want it told once, got %q", got)
		}
		if b.opens < 300 || b.opens > 400 { // 0.5, 1, 2, 4, 8 s, then every 10 s
			t.Errorf("attempts in an hour: want about 360, got %d", b.opens)
		}
		b.mu.Lock()
		b.gone = false
		b.mu.Unlock()
		pass(time.Minute)
		b.line.in <- []byte("12345678\r")
		pass(time.Second)
		if got := b.take(); got != "back front|12345678" {
			t.Errorf("plugged in again: got %q", got)
		}
		select {
		case <-b.line.closed:
			t.Error("the new line was closed")
		default:
		}
	})
}

func TestNothingCanBeRecorded(t *testing.T) {
	scene(t, func(t *testing.T, b *bench) {
		b.take()
		b.mu.Lock()
		b.fail = errors.New("no space left on device")
		b.mu.Unlock()
		b.line.in <- []byte("lost-one\r")
		pass(time.Second)
		b.mu.Lock()
		b.fail = nil
		b.mu.Unlock()
		b.line.in <- []byte("12345678\r")
		pass(time.Second)
		if got := b.take(); got != "12345678" {
			t.Errorf("want the next scan, got %q", got)
		}
		if log := b.logged(); !strings.Contains(log, "scan not taken") || strings.Contains(log, "lost-one") {
			t.Errorf("want it in the log without its text, got %q", log)
		}
	})
}

// A line whose Read does not wait must not take the whole processor: in a bubble its time would never pass.
func TestReadThatDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{}
		open := func(context.Context) (scanner.Line, error) { return io.NopCloser(impatient{}), nil }
		s := scanner.New(scanner.Config{Name: "front"}, open, b.scanned, b.told, slog.Default())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Run(ctx); err != nil {
			t.Error(err)
		}
	})
}

type impatient struct{}

func (impatient) Read([]byte) (int, error) { return 0, nil }

// The same over a true tty, split as it likes.
func TestPty(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	got := make(chan string, 10)
	opened := false
	open := func(context.Context) (scanner.Line, error) {
		if opened {
			return nil, errors.New("gone")
		}
		opened = true
		return slave, nil
	}
	told := func(context.Context, locker.Input) error { return nil }
	scanned := func(_ context.Context, text string) error { got <- text; return nil }
	s := scanner.New(scanner.Config{Name: "front"}, open, scanned, told, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	for _, part := range []string{"]C0JJD00", "0123\r", "]C1123\n]C0AAA\r\n"} {
		if _, err := master.WriteString(part); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"]C0JJD000123", "]C1123", "]C0AAA"} {
		if text := <-got; want != text {
			t.Errorf("want %q, got %q", want, text)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// What a scanner can be set to.
func TestSettings(t *testing.T) {
	for _, c := range []struct {
		name string
		cfg  scanner.Config
		sent string
		want string
		log  string
	}{
		{name: "Tab", cfg: scanner.Config{Ends: []string{"tab"}}, sent: "]C0AAA\t]C0BBB\t", want: "]C0AAA|]C0BBB"},
		{name: "Tab alone: CR is within", cfg: scanner.Config{Ends: []string{"tab"}}, sent: "AAA\rBBB\t]C0CCC\t", want: "refused|]C0CCC",
			log: `because="not text"`},
		{name: "STX and ETX", cfg: scanner.Config{Ends: []string{"etx"}}, sent: "\x02]C0AAA\x03\x02]C0BBB\x03",
			want: "]C0AAA|]C0BBB"},
		{name: "usual substitutes of GS", sent: "]C110A<GS>21B\r]C110A{GS}21B\r", want: "]C110A\x1d21B|]C110A\x1d21B"},
		{name: "substitutes of its own", cfg: scanner.Config{Separators: []string{"^", "|"}}, sent: "]C110A^21B|37<GS>\r",
			want: "]C110A\x1d21B\x1d37<GS>"},
		{name: "cut off", cfg: scanner.Config{AIM: "always"}, sent: "12345\r]C012345\r", want: "refused|]C012345",
			log: `because="no symbology identifier" bytes=5`},
		{name: "what only looks like an identifier", cfg: scanner.Config{AIM: "always"}, sent: "]?112\r]C1\r",
			want: "refused|]C1", log: `because="no symbology identifier"`},
		{name: "cut off, and no end was ever seen", cfg: scanner.Config{Ends: []string{"cr"}}, sent: "12345", want: "refused",
			log: `because="cut off" bytes=5`},
		{name: "a frame around the end that is set", cfg: scanner.Config{Ends: []string{"cr"}}, sent: "\x0212345\x03\r\x00",
			want: "12345"},
		{name: "a long gap", cfg: scanner.Config{Gap: scanner.Duration(time.Second)}, sent: "12345", want: ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			sceneOf(t, c.cfg, func(t *testing.T, b *bench) {
				b.take()
				b.line.in <- []byte(c.sent)
				pass(300 * time.Millisecond)
				if got := b.take(); got != c.want {
					t.Errorf("want %q, got %q", c.want, got)
				}
				if log := b.logged(); (c.log == "") != (log == "") || !strings.Contains(log, c.log) {
					t.Errorf("want %q in the log, got %q", c.log, log)
				}
			})
		})
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []struct {
		cfg  scanner.Config
		want string
	}{
		{scanner.Config{Name: "front", Port: "/dev/serial/by-id/x", Baud: 9600}, ""},
		{scanner.Config{Port: "/dev/x", Baud: 9600}, "without a name"},
		{scanner.Config{Name: "front", Baud: 9600}, "port is missing"},
		{scanner.Config{Name: "front", Port: "/dev/x"}, "baud = 0"},
		{scanner.Config{Name: "front", Device: "/dev/input/by-id/x-event-kbd"}, ""},
		{scanner.Config{Name: "front", Device: "/dev/input/x", Layout: "de", CapsLED: true, Ends: []string{"tab", "cr"},
			Gap: scanner.Duration(time.Second), Separators: []string{"^", "\u241d"}, AIM: "always"}, ""},
		{scanner.Config{Name: "front", Device: "/dev/input/x", Port: "/dev/x", Baud: 9600}, "not both"},
		{scanner.Config{Name: "front", Device: "/dev/input/x", Baud: 9600}, "a keyboard has none"},
		{scanner.Config{Name: "front", Device: "/dev/input/x", Layout: "dvorak"}, `layout = "dvorak"`},
		{scanner.Config{Name: "front", Port: "/dev/x", Baud: 9600, Layout: "de"}, "are for a keyboard"},
		{scanner.Config{Name: "front", Port: "/dev/x", Baud: 9600, Ends: []string{"CRLF"}}, `there is no "CRLF"`},
		{scanner.Config{Name: "front", Port: "/dev/x", Baud: 9600, Gap: 1}, "between 10ms and 5s"},
		{scanner.Config{Name: "front", Port: "/dev/x", Baud: 9600, AIM: "never"}, `aim = "never"`},
		{scanner.Config{Name: "front", Port: "/dev/x", Baud: 9600, Separators: []string{"0"}}, `separators: "0"`},
		{scanner.Config{Name: "front", Port: "/dev/x", Baud: 9600, Separators: []string{":"}}, `separators: ":"`},
		{scanner.Config{Name: "front", Port: "/dev/x", Baud: 9600, Separators: []string{""}}, `separators: ""`},
		{scanner.Config{Name: "front", Port: "/dev/x", Baud: 9600, Separators: []string{"\x00"}}, "separators"},
	} {
		err := c.cfg.Validate()
		if (c.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: want %q, got %v", c.cfg, c.want, err)
		}
	}
}

// FuzzScan: whatever comes, in whatever pieces, texts are short, trimmed and printable, and were sent like that.
func FuzzScan(f *testing.F) {
	f.Add([]byte("12345678\r\nAAA"), byte(3))
	f.Add([]byte("\x00\xff\r\r\n]C1 x\x1dy\n"), byte(1))
	f.Add(bytes.Repeat([]byte("x"), 600), byte(200))
	f.Add([]byte("]C110A<GS>21B\r<G\x1dS>\r"), byte(2))
	f.Fuzz(func(t *testing.T, raw []byte, piece byte) {
		synctest.Test(t, func(t *testing.T) {
			b := &bench{line: newLine()}
			for rest := raw; len(rest) > 0 && len(b.line.in) < cap(b.line.in); {
				n := min(len(rest), int(piece)+1)
				b.line.in <- rest[:n]
				rest = rest[n:]
			}
			open := func(context.Context) (scanner.Line, error) { return b.line, nil }
			var got []string
			scanned := func(_ context.Context, text string) error { got = append(got, text); return nil }
			told := func(context.Context, locker.Input) error { return nil }
			s := scanner.New(scanner.Config{Name: "front"}, open, scanned, told, slog.New(slog.DiscardHandler))
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := s.Run(ctx); err != nil {
				t.Fatal(err)
			}
			for _, text := range got {
				if text == "" && len(bytes.TrimSpace(raw)) > 0 {
					continue // refused
				}
				if text == "" || len(text) > 256 || strings.TrimSpace(text) != text || strings.ContainsAny(text, "\r\n\x00") {
					t.Fatalf("text %q", text)
				}
				if !bytes.Contains(raw, []byte(text)) && !strings.Contains(text, "\x1d") {
					t.Fatalf("text %q was never sent", text)
				}
			}
		})
	})
}
