package main

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// TestTheLogIsInWords: journalctl shows the message alone, so what is said besides must be in it, but for a record of the
// cabinet's, whose words say it all; all of it is in fields besides.
func TestTheLogIsInWords(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(worded{otherwise: slog.DiscardHandler, Handler: slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.MessageKey || a.Key == slog.LevelKey {
			return a
		}
		return journalField(groups, a)
	}})}).With("part", "cloud")
	for want, say := range map[string]func(){
		`msg="cloud: no connection because=\"no route\" again_in=1.5s" LOCKERD_PART=cloud LOCKERD_BECAUSE="no route" LOCKERD_AGAIN_IN=1.5s`: func() {
			log.Warn("cloud: no connection", "because", errors.New("no route"), "again_in", 1500*time.Millisecond)
		},
		`msg="cloud: fault kind=cloud_twin what=a"`: func() { log.Error("cloud: fault", "kind", "cloud_twin", "what", "a") },
		`msg="ALARM: door 7 is open and no unlock explains it" LOCKERD_PART=cloud LOCKERD_KIND=door.forced LOCKERD_SEQ=3 LOCKERD_DOOR=7`: func() {
			log.Warn("ALARM: door 7 is open and no unlock explains it", "kind", "door.forced", "seq", 3, "door", 7)
		},
	} {
		out.Reset()
		say()
		if !strings.Contains(out.String(), want) {
			t.Errorf("want %s\ngot  %s", want, out.String())
		}
	}
}
