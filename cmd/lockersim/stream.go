package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// streamEvery is how often a page that looks is told what is new: fast enough for the eye.
const streamEvery = 100 * time.Millisecond

// stream sends server-sent events: "state" whenever it differs from the one sent before, and "frames" and "log" with what is new in
// them. Each open page has one of these loops; it ends with the page.
func (b *Bench) stream(w http.ResponseWriter, r *http.Request) {
	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	tick := time.NewTicker(streamEvery)
	defer tick.Stop()
	var told position
	for {
		if !b.tell(w, &told) {
			return
		}
		if err := out.Flush(); err != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
		}
	}
}

// position is how far a page has been told.
type position struct {
	state       []byte
	frames, log uint64
}

// tell writes what is new since told, and says whether the page still listens.
func (b *Bench) tell(w http.ResponseWriter, told *position) bool {
	ok := changed(w, "state", b.State(), &told.state)
	frames, newest := b.Cabinet.frames.After(told.frames)
	if ok && len(frames) > 0 {
		ok = send(w, "frames", frames)
	}
	told.frames = newest
	lines, newest := b.Log.After(told.log)
	if ok && len(lines) > 0 {
		ok = send(w, "log", lines)
	}
	told.log = newest
	return ok
}

func changed(w http.ResponseWriter, name string, v any, was *[]byte) bool {
	data, err := json.Marshal(v)
	if err != nil {
		return false
	}
	if bytes.Equal(data, *was) {
		return true
	}
	*was = data
	return sendRaw(w, name, data)
}

func send(w http.ResponseWriter, name string, v any) bool {
	data, err := json.Marshal(v)
	return err == nil && sendRaw(w, name, data)
}

func sendRaw(w http.ResponseWriter, name string, data []byte) bool {
	_, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, data)
	return err == nil
}
