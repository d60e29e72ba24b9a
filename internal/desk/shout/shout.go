// Package shout hands messages to services of chat, push and short messages, by shoutrrr. The address of a service holds its secret, and
// may hold a recipient's number: no error and no log repeats anything of it.
package shout

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/nicholas-fedor/shoutrrr"
	"github.com/nicholas-fedor/shoutrrr/pkg/router"
)

// shoutrrr gives a service ten seconds for its answer, but what asks goes on to wait behind it, mostly with the client of net/http, for ever.
func init() { http.DefaultClient.Timeout = 30 * time.Second }

// What came of a message that no service has taken.
var (
	ErrSilent  = errors.New("it does not answer")
	ErrRefused = errors.New("it cannot be reached or does not take the message: is its address right?")
)

// silent takes what shoutrrr would log.
var silent = log.New(io.Discard, "", 0)

// Line is a line of a file of addresses.
type Line struct {
	Number int // the first is 1
	Text   string
}

// Lines reads a file of addresses, one in each line; # begins a comment. Everybody else but its owner and group may not read it.
func Lines(file string) (list []Line, err error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o007 != 0 {
		return nil, fmt.Errorf("everybody may read %s: chmod o= it", file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			list = append(list, Line{n, line})
		}
	}
	return list, nil
}

// Known says whether an address is one of a service that shoutrrr knows.
func Known(address string) bool {
	_, err := shoutrrr.NewSender(silent, address)
	return err == nil
}

// Send hands a message over: it is at the service when Send returns nil, and may be there after ErrSilent, if the answer was lost.
func Send(address, text string) error {
	sender, err := shoutrrr.NewSender(silent, address)
	if err != nil {
		return ErrRefused
	}
	for _, err := range sender.Send(text, nil) {
		switch {
		case errors.Is(err, router.ErrServiceTimeout):
			return ErrSilent
		case err != nil:
			return ErrRefused
		}
	}
	return nil
}
