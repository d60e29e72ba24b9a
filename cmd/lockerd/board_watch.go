package main

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"lockerd/internal/cabinet"
	"lockerd/internal/lockboard"
)

type boardWatch struct {
	configFlag
	jsonFlag
	Bus string `arg:"" help:"The line's name in the configuration."`
}

// Run shows what passes until Ctrl-C.
func (c *boardWatch) Run() error {
	daemon, err := c.daemon()
	if err != nil {
		return err
	}
	return daemon.Watch(c.Bus, func(head cabinet.WatchHead, pieces <-chan cabinet.Passed) error {
		return showLine(os.Stdout, head, pieces, c.JSON)
	})
}

// overheard is what passed, for a program.
type overheard struct {
	At       time.Time `json:"at"`
	FromHost bool      `json:"from_host"`
	Hex      string    `json:"hex"`
	Words    string    `json:"words,omitempty"`
}

// fellQuiet is how long nothing has come when what was heard is taken to be whole.
const fellQuiet = 80 * time.Millisecond

// showLine puts what passes into words until the pieces end.
func showLine(out io.Writer, head cabinet.WatchHead, pieces <-chan cabinet.Passed, machine bool) error {
	watcher, err := lockboard.NewWatcher(head.Families)
	if err != nil {
		return err
	}
	remark := func(format string, args ...any) {
		if !machine {
			fmt.Fprintf(out, "# "+format+"\n", args...)
		}
	}
	remark("%s, %d baud, %v; > lockerd says, < it hears", head.Port, head.Baud, head.Families)
	show := func(said []lockboard.Said) {
		for _, s := range said {
			if machine {
				_ = json.NewEncoder(out).Encode(overheard{s.At, s.FromHost, hex.EncodeToString(s.Bytes), s.Words})
				continue
			}
			way := '<'
			if s.FromHost {
				way = '>'
			}
			fmt.Fprintf(out, "%s %c %-36s %s\n", s.At.Local().Format("15:04:05.000"), way, fmt.Sprintf("% X", s.Bytes), s.Words)
		}
	}
	quiet := time.NewTimer(time.Hour)
	defer quiet.Stop()
	for {
		select {
		case p, more := <-pieces:
			if !more {
				show(watcher.Quiet())
				return nil
			}
			if p.Missed > 0 {
				remark("%d pieces were missed", p.Missed)
			}
			b, err := hex.DecodeString(p.Hex)
			if err != nil {
				return err
			}
			show(watcher.Hear(p.Host, p.At, b))
			quiet.Reset(fellQuiet)
		case <-quiet.C:
			show(watcher.Quiet())
		}
	}
}

type boardTrace struct {
	configFlag
	Bus  string        `arg:"" help:"The line's name in the configuration."`
	File string        `arg:"" help:"Where the trace goes; there must be no such file yet." file:""`
	For  time.Duration `help:"For how long; without it until Ctrl-C."`
}

// Run writes a trace.
func (c *boardTrace) Run() error {
	daemon, err := c.daemon()
	if err != nil {
		return err
	}
	return daemon.Watch(c.Bus, func(head cabinet.WatchHead, pieces <-chan cabinet.Passed) error {
		file, err := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
		if err != nil {
			return err
		}
		var over <-chan time.Time
		if c.For > 0 {
			over = time.After(c.For)
		}
		return errors.Join(writeTrace(file, head, pieces, over), file.Close())
	})
}

// writeTrace writes down what passes until the pieces end, or the time is over.
func writeTrace(to io.Writer, head cabinet.WatchHead, pieces <-chan cabinet.Passed, over <-chan time.Time) error {
	trace, err := lockboard.NewTraceWriter(to, lockboard.TraceHead(head))
	if err != nil {
		return err
	}
	for {
		select {
		case <-over:
			return nil
		case p, more := <-pieces:
			if !more {
				return nil
			}
			b, err := hex.DecodeString(p.Hex)
			if err == nil && p.Missed > 0 {
				err = trace.Remark(fmt.Sprintf("%d pieces were missed", p.Missed))
			}
			if err == nil {
				err = trace.Note(p.Host, p.At, b)
			}
			if err != nil {
				return err
			}
		}
	}
}
