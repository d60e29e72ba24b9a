package main_test

import (
	"io"
	"net"
	"testing"
	"time"

	lockersim "lockerd/cmd/lockersim"
)

// TestLinkIsCutAndMended: what is connected is torn off, nobody comes through, and then somebody does.
func TestLinkIsCutAndMended(t *testing.T) {
	broker, err := net.Listen("tcp", "127.0.0.1:0")
	fatal(t, err)
	t.Cleanup(func() { _ = broker.Close() })
	go func() { // ends with the listener
		for {
			c, err := broker.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c); _ = c.Close() }() // until either side ends it
		}
	}()
	link, err := lockersim.NewLink()
	fatal(t, err)
	goes(t, link.Run)
	// through says whether what is sent comes back, and keeps the connection.
	through := func() (net.Conn, bool) {
		c, err := net.Dial("tcp", link.Addr())
		fatal(t, err)
		t.Cleanup(func() { _ = c.Close() })
		fatal(t, c.SetDeadline(time.Now().Add(time.Minute)))
		_, _ = c.Write([]byte("x")) // it may be over already
		n, _ := c.Read(make([]byte, 1))
		return c, n == 1
	}
	if _, is := through(); is {
		t.Error("want nobody to come through before there is a broker")
	}
	link.To(broker.Addr().String())
	first, is := through()
	if _, connected := link.State(); !is || connected != 1 {
		t.Fatalf("want one connection through the link, got %t, %d", is, connected)
	}
	link.Cut(true)
	if n, err := first.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Error("want what is connected to be torn off")
	}
	if _, is := through(); is {
		t.Error("want nobody to come through a cut link")
	}
	link.Cut(false)
	if _, is := through(); !is {
		t.Error("want a mended link to carry")
	}
}
