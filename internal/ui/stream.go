package ui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	// aliveEvery is how often a screen hears from us: it takes three seconds of silence for a dead stream.
	aliveEvery = time.Second
	// writeWithin is how long a screen may take to take what it is sent, before it is let go.
	writeWithin = 5 * time.Second
	// reconnectAfter is when a browser whose stream broke tries again, in milliseconds.
	reconnectAfter = 500
)

// events is the stream of one screen: the whole of it, then with each change what changed, and each second a sign of
// life.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	out := http.NewResponseController(w)
	send := func(event []byte) bool {
		_ = out.SetWriteDeadline(time.Now().Add(writeWithin)) // a writer without deadlines is a test's
		_, err := w.Write(event)
		return err == nil && out.Flush() == nil
	}
	if !send(fmt.Appendf(nil, "retry: %d\n\n", reconnectAfter)) {
		return
	}
	var b bytes.Buffer
	data := json.NewEncoder(&b)
	data.SetEscapeHTML(false) // a script reads it, and no page: each bracket would be six bytes
	alive := time.NewTicker(aliveEvery)
	defer alive.Stop()
	holds := &held{pieces: make(map[string]string)}
	for {
		f, now, err := s.frame(r.Context())
		if err != nil {
			s.log.Error("kiosk cannot draw the screen", "err", err)
			return // the screen says "one moment" and tries again
		}
		b.Reset()
		b.WriteString("event: screen\ndata: ")
		err = data.Encode(f.since(holds)) // ends its line
		b.WriteByte('\n')
		if err != nil || !send(b.Bytes()) {
			return
		}
		for same, beats := true, 0; same; {
			select {
			case <-r.Context().Done():
				return
			case <-now.over:
				same = false
			case <-alive.C:
				beats++
				same = s.theme() == f.Theme && // night falls on an idle screen too
					(beats < measureEvery || !gauged(now.view))
				if !send([]byte("event: alive\ndata:\n\n")) {
					return
				}
			}
		}
	}
}
