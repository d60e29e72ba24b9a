package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// askPatience is how long the daemon may take to do something and to say what came of it.
const askPatience = time.Minute

// errNoDaemon says that nobody listens on the socket: the file may be looked at.
var errNoDaemon = errors.New("the daemon is not running")

// needsDaemon says what to do where there is no daemon.
func needsDaemon(err error) error {
	if errors.Is(err, errNoDaemon) {
		return fmt.Errorf("%w: it alone speaks to the boards (systemctl start lockerd)", err)
	}
	return err
}

// get asks the running daemon for something, for as long as its answer takes.
func get(socket, path string, read func(io.Reader) error) error {
	return talk(socket, http.MethodGet, path, nil, 0, read)
}

// ask has the running daemon do something, and reads what came of it into answer, if there is one.
func ask(socket, path string, body, answer any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return talk(socket, http.MethodPost, path, bytes.NewReader(data), askPatience, func(r io.Reader) error {
		if answer == nil {
			return nil
		}
		return json.NewDecoder(r).Decode(answer)
	})
}

// talk speaks with the running daemon; a patience of 0 has no end.
func talk(socket, method, path string, body io.Reader, patience time.Duration, read func(io.Reader) error) error {
	client := &http.Client{Timeout: patience, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		}}}
	request, err := http.NewRequest(method, "http://lockerd"+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(request)
	if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, fs.ErrNotExist) {
		return errNoDaemon
	}
	if err != nil {
		return fmt.Errorf("the daemon does not answer on %s: %w", socket, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		why, _ := io.ReadAll(io.LimitReader(answer.Body, 4096))
		return fmt.Errorf("the daemon says: %s", strings.TrimSpace(string(why)))
	}
	return read(answer.Body)
}
