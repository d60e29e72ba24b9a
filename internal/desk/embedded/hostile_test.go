package embedded_test

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"lockerd/internal/desk/embedded"
	"lockerd/internal/sync/cloudtest"
)

// dial opens a connection in TLS.
func (s *site) dial() net.Conn {
	s.t.Helper()
	c, err := tls.Dial("tcp", s.addr, &tls.Config{RootCAs: s.roots, ServerName: "127.0.0.1"})
	fatal(s.t, err)
	s.t.Cleanup(func() { _ = c.Close() })
	return c
}

// ends waits until the other side has ended a connection.
func ends(t *testing.T, c net.Conn, what string) {
	t.Helper()
	fatal(t, c.SetReadDeadline(time.Now().Add(time.Minute)))
	if _, err := io.Copy(io.Discard, c); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: want the connection to end", what)
		}
	}
}

// connect is an MQTT CONNECT.
func connect(user, password string) []byte {
	field := func(text string) []byte {
		return append(binary.BigEndian.AppendUint16(nil, uint16(len(text))), text...)
	}
	body := append(field("MQTT"), 4, 0xC2, 0, 0) // 3.1.1; name, password, clean session; no keep-alive
	for _, text := range []string{"x", user, password} {
		body = append(body, field(text)...)
	}
	return append([]byte{0x10, byte(len(body))}, body...)
}

// TestStrangers: whoever says nothing, nonsense or too much is gone soon, and the broker serves others meanwhile.
func TestStrangers(t *testing.T) {
	s := newSite(t)
	desk := s.desk()
	silent, err := net.Dial("tcp", s.addr) // not even TLS
	fatal(t, err)
	defer func() { _ = silent.Close() }()
	half := s.dial()
	_, err = half.Write(connect("demo-1", s.secret["demo-1"])[:9])
	fatal(t, err)
	for name, bytes := range map[string][]byte{
		"a packet of 256 MB":                {0x10, 0xff, 0xff, 0xff, 0x7f},
		"a length without an end":           {0x10, 0xff, 0xff, 0xff, 0xff, 0xff},
		"not CONNECT first":                 {0x30, 0x02, 0x00, 0x00},
		"an empty CONNECT":                  {0x10, 0x00},
		"a CONNECT that promises more":      {0x10, 0x0c, 0x00, 0x04, 'M', 'Q', 'T', 'T', 4, 0xC2, 0, 0, 0xff, 0xff},
		"HTTP":                              []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
		"a wrong password":                  connect("demo-1", "wrong"),
		"a second CONNECT":                  append(connect("demo-1", s.secret["demo-1"]), connect("demo-1", s.secret["demo-1"])...),
		"a PUBLISH of 256 MB":               append(connect("demo-1", s.secret["demo-1"]), 0x32, 0xff, 0xff, 0xff, 0x7f),
		"a PUBLISH without a topic's end":   append(connect("demo-1", s.secret["demo-1"]), 0x32, 0x02, 0xff, 0xff),
		"a SUBSCRIBE without anything":      append(connect("demo-1", s.secret["demo-1"]), 0x82, 0x00),
		"a packet that servers send":        append(connect("demo-1", s.secret["demo-1"]), 0x20, 0x02, 0x00, 0x00),
		"a packet of a type that is none":   append(connect("demo-1", s.secret["demo-1"]), 0x00, 0x00),
		"a PUBLISH with both bits of a QoS": append(connect("demo-1", s.secret["demo-1"]), 0x36, 0x02, 0x00, 0x00),
	} {
		c := s.dial()
		if _, err := c.Write(bytes); err == nil {
			ends(t, c, name)
		}
	}
	for range 200 {
		noise := make([]byte, 64)
		_, _ = rand.Read(noise) // never fails
		c, err := tls.Dial("tcp", s.addr, &tls.Config{RootCAs: s.roots, ServerName: "127.0.0.1"})
		if err != nil {
			break // it has dialled too often by now
		}
		_, _ = c.Write(noise) // it may be over already
		_ = c.Close()
	}
	ends(t, silent, "silence")
	ends(t, half, "half a CONNECT")
	var cabinet *heard
	cloudtest.Eventually(t, "an honest cabinet comes in", func() bool {
		cabinet, err = client(s.options("demo-2", s.secret["demo-2"]))
		return err == nil
	})
	wait(t, cabinet.Publish("lockerd/v1/demo-2/events", 1, false, "honest"))
	cloudtest.Eventually(t, "it is heard", func() bool { return desk.has("lockerd/v1/demo-2/events honest") })
}

// TestManyConnections: one address cannot keep more than a few connections that say nothing.
func TestManyConnections(t *testing.T) {
	s := newSite(t)
	s.desk()
	open := 0
	for range 100 {
		c, err := net.Dial("tcp", s.addr)
		fatal(t, err)
		defer func() { _ = c.Close() }()
		fatal(t, c.SetReadDeadline(time.Now().Add(200*time.Millisecond)))
		_, err = c.Read(make([]byte, 1))
		if errors.Is(err, os.ErrDeadlineExceeded) {
			open++
		}
	}
	if open == 0 || open > 32 {
		t.Errorf("want at most 32 connections that say nothing, got %d", open)
	}
}

// FuzzPasswords: a password file that somebody has written to breaks nothing.
func FuzzPasswords(f *testing.F) {
	f.Add("demo-1:$7$101$c2FsdHNhbHRzYWx0$aGFzaA==\n")
	f.Add(":$7$0$$\n\n:::\x00")
	f.Fuzz(func(t *testing.T, text string) {
		users, err := embedded.Users([]byte(text))
		for _, u := range users {
			if u == "" || len(u) > len(text) {
				t.Errorf("a user who is none: %q, %v", u, err)
			}
		}
	})
}
