package main

import (
	"context"
	"log/slog"
	"os"
	"strconv"
	"strings"

	"github.com/coreos/go-systemd/v22/journal"
	slogjournal "github.com/systemd/slog-journal"
)

// newLog writes to systemd's journal, with its priorities and fields, where that is what reads standard error; elsewhere, as
// on a terminal, plain lines to standard error, without the time.
func newLog(debug bool) *slog.Logger {
	level := slog.LevelInfo
	if debug {
		level = slog.LevelDebug
	}
	plain := slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey && len(groups) == 0 {
				return slog.Attr{}
			}
			return a
		}})
	if reads, err := journal.StderrIsJournalStream(); err != nil || !reads {
		return slog.New(plain)
	}
	fields, err := slogjournal.NewHandler(&slogjournal.Options{Level: level, ReplaceAttr: journalField})
	if err != nil {
		return slog.New(plain)
	}
	return slog.New(worded{Handler: fields, otherwise: plain})
}

// journalField names an attribute as the journal wants it, LOCKERD_DOOR, and writes durations and times for people.
func journalField(_ []string, a slog.Attr) slog.Attr {
	return slog.String("LOCKERD_"+strings.ToUpper(a.Key), a.Value.String())
}

// worded puts the attributes into the message, too: journalctl shows nothing else of an entry by itself.
type worded struct {
	slog.Handler
	otherwise slog.Handler // where the journal does not take it
	with      []slog.Attr
}

func (h worded) WithAttrs(attrs []slog.Attr) slog.Handler {
	return worded{h.Handler.WithAttrs(attrs), h.otherwise.WithAttrs(attrs), append(h.with[:len(h.with):len(h.with)], attrs...)}
}

func (h worded) WithGroup(name string) slog.Handler {
	return worded{h.Handler.WithGroup(name), h.otherwise.WithGroup(name), h.with}
}

func (h worded) Handle(ctx context.Context, r slog.Record) error {
	keys := make(map[string]bool)
	r.Attrs(func(a slog.Attr) bool { keys[a.Key] = true; return true })
	event := keys["kind"] && keys["seq"] // a record of the cabinet's: its words say it all
	var b strings.Builder
	b.WriteString(r.Message)
	add := func(a slog.Attr) bool {
		if !event && a.Key != "part" {
			text := a.Value.Resolve().String()
			if strings.ContainsAny(text, " \"=\n") {
				text = strconv.Quote(text)
			}
			b.WriteString(" " + a.Key + "=" + text)
		}
		return true
	}
	for _, a := range h.with {
		add(a)
	}
	r.Attrs(add)
	told := slog.NewRecord(r.Time, r.Level, b.String(), r.PC)
	r.Attrs(func(a slog.Attr) bool { told.AddAttrs(a); return true })
	if err := h.Handler.Handle(ctx, told); err != nil {
		return h.otherwise.Handle(ctx, r)
	}
	return nil
}
