package lockboard

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
)

// TraceHead says where a trace was taken.
type TraceHead struct {
	Port     string
	Baud     int
	Families []string // of the boards on the line
	Began    time.Time
}

// Piece is something that passed on a line: what we said, or what was heard in one Read.
type Piece struct {
	At       time.Duration // since the trace began
	FromHost bool
	Bytes    []byte
}

// Trace is what passed on a line for a while. As a file it has a line for each piece, the time in milliseconds:
//
//	# lockerd trace 1
//	# port /dev/serial/by-id/usb-FTDI_FT232R_A9012345-if00-port0
//	# baud 9600
//	# families 8A
//	# began 2026-11-24T10:00:00.123Z
//	       0.000 > 80 01 01 33 B3
//	      16.412 < 80 01 01 11 91
//
// Whatever else follows a # is a remark.
type Trace struct {
	TraceHead
	Pieces []Piece
}

const traceFirst = "# lockerd trace 1"

// TraceWriter writes a trace. Its methods may be called from anywhere.
type TraceWriter struct {
	began time.Time

	mu  sync.Mutex
	to  io.Writer
	err error
}

// NewTraceWriter begins a trace.
func NewTraceWriter(to io.Writer, head TraceHead) (*TraceWriter, error) {
	_, err := fmt.Fprintf(to, "%s\n# port %s\n# baud %d\n# families %s\n# began %s\n", traceFirst, head.Port, head.Baud,
		strings.Join(head.Families, " "), head.Began.UTC().Format(time.RFC3339Nano))
	if err != nil {
		return nil, fmt.Errorf("lockboard: write trace: %w", err)
	}
	return &TraceWriter{began: head.Began, to: to}, nil
}

// Note writes a piece. Once one could not be written, none is.
func (t *TraceWriter) Note(fromHost bool, at time.Time, b []byte) error {
	way := '<'
	if fromHost {
		way = '>'
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil {
		return t.err
	}
	since := float64(at.Sub(t.began)) / float64(time.Millisecond)
	if _, err := fmt.Fprintf(t.to, "%12.3f %c % X\n", since, way, b); err != nil {
		t.err = fmt.Errorf("lockboard: write trace: %w", err)
	}
	return t.err
}

// Remark writes a line for people: "12 pieces were missed".
func (t *TraceWriter) Remark(text string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil {
		return t.err
	}
	if _, err := fmt.Fprintf(t.to, "# %s\n", text); err != nil {
		t.err = fmt.Errorf("lockboard: write trace: %w", err)
	}
	return t.err
}

// Tracer is a line that writes down what passes on it. A trace that cannot be written does not disturb the line.
type Tracer struct {
	line  io.ReadWriteCloser
	trace *TraceWriter
}

// NewTracer has what passes on a line written down.
func NewTracer(line io.ReadWriteCloser, trace *TraceWriter) *Tracer { return &Tracer{line, trace} }

// Read reads from the line.
func (t *Tracer) Read(b []byte) (int, error) {
	n, err := t.line.Read(b)
	if n > 0 {
		_ = t.trace.Note(false, time.Now(), b[:n])
	}
	return n, err
}

// Write writes to the line. It is noted before: an answer may come before it returns.
func (t *Tracer) Write(b []byte) (int, error) {
	_ = t.trace.Note(true, time.Now(), b)
	return t.line.Write(b)
}

// Close closes the line.
func (t *Tracer) Close() error { return t.line.Close() }

// ReadTrace reads a trace whole.
func ReadTrace(r io.Reader) (*Trace, error) {
	t := &Trace{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if n == 1 && line != traceFirst {
			return nil, fmt.Errorf("lockboard: read trace: want %q at its beginning, got %q", traceFirst, line)
		}
		err := error(nil)
		if remark, is := strings.CutPrefix(line, "# "); is {
			err = t.head(remark)
		} else {
			err = t.piece(line)
		}
		if err != nil {
			return nil, fmt.Errorf("lockboard: read trace: line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("lockboard: read trace: %w", err)
	}
	return t, nil
}

// head takes a line of the head, or a remark.
func (t *Trace) head(remark string) (err error) {
	name, value, _ := strings.Cut(remark, " ")
	switch name {
	case "port":
		t.Port = value
	case "baud":
		t.Baud, err = strconv.Atoi(value)
	case "families":
		t.Families = strings.Fields(value)
	case "began":
		t.Began, err = time.Parse(time.RFC3339Nano, value)
	}
	return err
}

// piece takes a line with a piece.
func (t *Trace) piece(line string) error {
	line, _, _ = strings.Cut(line, "#")
	words := strings.Fields(line)
	if len(words) == 0 {
		return nil
	}
	if len(words) < 3 || words[1] != ">" && words[1] != "<" {
		return fmt.Errorf("want TIME > BYTES or TIME < BYTES, got %q", line)
	}
	ms, err := strconv.ParseFloat(words[0], 64)
	if err != nil {
		return err
	}
	at := time.Duration(ms * float64(time.Millisecond))
	if n := len(t.Pieces); n > 0 && at < t.Pieces[n-1].At {
		return fmt.Errorf("%s ms is before the piece before", words[0])
	}
	b, err := hex.DecodeString(strings.Join(words[2:], ""))
	if err != nil {
		return err
	}
	t.Pieces = append(t.Pieces, Piece{At: at, FromHost: words[1] == ">", Bytes: b})
	return nil
}
