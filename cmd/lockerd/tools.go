package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"lockerd/internal/credential"
)

type doorsCommand struct {
	Inspected inspectedCommand `cmd:"" help:"Say that somebody has looked into doors and found them empty."`
}

type inspectedCommand struct {
	configFlag
	By    string `required:"" help:"Who has looked."`
	Doors []int  `arg:"" optional:"" help:"The doors; none named means all, but for those that hold a parcel."`
}

func (c *inspectedCommand) Run() error {
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	return ask(cfg.Socket, "/doors/inspected", inspection{Doors: c.Doors, By: c.By})
}

// ask posts to the running daemon.
func ask(socket, path string, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	answer, err := dial(socket, time.Minute).Post("http://lockerd"+path, "application/json", bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("the daemon does not answer on %s; is it running? %w", socket, err)
	}
	defer answer.Body.Close()
	return refused(answer)
}

// dial makes a client for the daemon's socket; 0 waits for as long as an answer takes.
func dial(socket string, patience time.Duration) *http.Client {
	return &http.Client{Timeout: patience, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		}}}
}

type keysCommand struct {
	Directory string `required:"" help:"Where the keys lie, or shall lie." type:"path" predictor:"path"`
}

// Run makes what is missing. The operator's key is not needed for that: any will do.
func (c *keysCommand) Run() error {
	if err := credential.Make(c.Directory); err != nil {
		return err
	}
	keys, err := credential.Load(c.Directory, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	if err != nil {
		return err
	}
	fmt.Println(keys.Public())
	return nil
}

type hashCommand struct {
	configFlag
}

// Run reads the secret from standard input: it must not stand on a command line, where everybody can read it.
func (c *hashCommand) Run() error {
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	keys, err := cfg.keys()
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(os.Stdin, 4096))
	if err != nil {
		return err
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if secret == "" {
		return errors.New("hash: nothing on standard input: type the badge's text or the PIN, then Ctrl-D")
	}
	hash, err := keys.Hash(secret).MarshalText()
	if err != nil {
		return err
	}
	fmt.Println(string(hash))
	return nil
}
