package remote

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// How much of the log is kept in memory, and how much of it goes into a report.
const (
	ringBytes = 512 << 10
	mostLine  = 2 << 10
	mostLog   = 16 << 10
)

// Ring keeps the newest lines of the log in memory for reports. A start of the process empties it.
type Ring struct {
	mu    sync.Mutex
	lines []ringLine // the oldest first
	bytes int
}

type ringLine struct {
	at   time.Time
	text string
}

// Write takes one line, as slog's handlers write them.
func (r *Ring) Write(line []byte) (int, error) {
	text := strings.ToValidUTF8(strings.TrimSpace(string(line[:min(len(line), mostLine)])), "")
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, ringLine{time.Now(), text})
	r.bytes += len(text)
	for r.bytes > ringBytes {
		r.bytes -= len(r.lines[0].text)
		r.lines = r.lines[1:]
	}
	return len(line), nil
}

// Lines are the newest lines between two times with at most so many bytes, and how many older ones were left off. Zero times mean
// all.
func (r *Ring) Lines(from, until time.Time, most int) (lines []string, left int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := len(r.lines)
	for last > 0 && !until.IsZero() && r.lines[last-1].at.After(until) {
		last--
	}
	first := last
	for ; first > 0 && !r.lines[first-1].at.Before(from); first-- {
		if most -= len(r.lines[first-1].text); most < 0 {
			break
		}
	}
	for _, l := range r.lines[:first] {
		if !l.at.Before(from) {
			left++
		}
	}
	lines = make([]string, 0, last-first)
	for _, l := range r.lines[first:last] {
		lines = append(lines, l.text)
	}
	return lines, left
}

// Tee is a log that goes to both to and the ring, which takes what is informative or more.
func (r *Ring) Tee(to slog.Handler) slog.Handler {
	return tee{to, slog.NewTextHandler(r, &slog.HandlerOptions{Level: slog.LevelInfo})}
}

type tee struct{ to, ring slog.Handler }

func (t tee) Enabled(ctx context.Context, level slog.Level) bool {
	return t.to.Enabled(ctx, level) || t.ring.Enabled(ctx, level)
}

func (t tee) Handle(ctx context.Context, r slog.Record) error {
	if t.ring.Enabled(ctx, r.Level) {
		_ = t.ring.Handle(ctx, r.Clone()) // memory takes it
	}
	if !t.to.Enabled(ctx, r.Level) {
		return nil
	}
	return t.to.Handle(ctx, r)
}

func (t tee) WithAttrs(attrs []slog.Attr) slog.Handler {
	return tee{t.to.WithAttrs(attrs), t.ring.WithAttrs(attrs)}
}

func (t tee) WithGroup(name string) slog.Handler {
	return tee{t.to.WithGroup(name), t.ring.WithGroup(name)}
}
