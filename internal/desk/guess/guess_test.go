package guess_test

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/desk/guess"
)

// TestWhoGuessesWaits: thirty wrong guesses a minute and no more, each address by itself.
func TestWhoGuessesWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := guess.New()
		for i := range 30 {
			if c.Full("192.0.2.1") {
				t.Fatalf("want the first thirty let through, the %dth is not", i+1)
			}
			c.Add("192.0.2.1")
		}
		if !c.Full("192.0.2.1") || c.Full("192.0.2.2") {
			t.Errorf("want who guessed to wait, and nobody else, got %v, %v", c.Full("192.0.2.1"), c.Full("192.0.2.2"))
		}
		time.Sleep(time.Minute)
		if c.Full("192.0.2.1") {
			t.Error("want it over after a minute")
		}
		for i := range 30 {
			c.Add(fmt.Sprintf("2001:db8:1:2::%x", i))
		}
		if !c.Full("2001:db8:1:2:3:4:5:6") || c.Full("2001:db8:1:3::1") {
			t.Errorf("want a household's network counted as one, and no other, got %v, %v", c.Full("2001:db8:1:2:3:4:5:6"), c.Full("2001:db8:1:3::1"))
		}
	})
}

// TestWhoAsks: the proxy on this machine says whom it speaks for; nobody else does.
func TestWhoAsks(t *testing.T) {
	for _, test := range []struct{ remote, told, want string }{
		{"192.0.2.1:4711", "", "192.0.2.1"},
		{"192.0.2.1:4711", "203.0.113.5", "192.0.2.1"},
		{"127.0.0.1:4711", "", "127.0.0.1"},
		{"127.0.0.1:4711", "203.0.113.5", "203.0.113.5"},
		{"[::1]:4711", "10.0.0.1, 203.0.113.5", "203.0.113.5"},
		{"127.0.0.1:4711", "somebody", "127.0.0.1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		if r.RemoteAddr = test.remote; test.told != "" {
			r.Header.Set("X-Forwarded-For", test.told)
		}
		if got := guess.From(r); got != test.want {
			t.Errorf("%s for %q: want %s, got %s", test.remote, test.told, test.want, got)
		}
	}
}
