package sync

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// dialBroker opens a stream to the broker: TCP, perhaps through a proxy, with TLS or websockets or both over it.
func (l *Link) dialBroker(ctx context.Context) (net.Conn, error) {
	var secure *tls.Config
	if l.address.secure {
		var err error
		if secure, err = l.cfg.secure(l.address.name); err != nil {
			return nil, err
		}
	}
	if l.address.web != "" {
		return l.dialWeb(ctx, secure)
	}
	conn, err := l.reach(ctx)
	if err != nil || secure == nil {
		return conn, err
	}
	over := tls.Client(conn, secure)
	if err := over.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return over, nil
}

// reach opens a connection whose bytes are counted.
func (l *Link) reach(ctx context.Context) (net.Conn, error) {
	conn, err := l.cfg.Reach(ctx)
	if err != nil {
		return nil, err
	}
	return &metered{conn, l}, nil
}

// metered is a connection whose bytes are counted.
type metered struct {
	net.Conn
	link *Link
}

func (m *metered) Read(p []byte) (int, error) {
	n, err := m.Conn.Read(p)
	m.link.received.Add(uint64(n))
	return n, err
}

func (m *metered) Write(p []byte) (int, error) {
	n, err := m.Conn.Write(p)
	m.link.sent.Add(uint64(n))
	return n, err
}

// dialWeb opens a websocket for MQTT (3.1.1, section 6).
func (l *Link) dialWeb(ctx context.Context, secure *tls.Config) (net.Conn, error) {
	reach := func(ctx context.Context, _, _ string) (net.Conn, error) { return l.reach(ctx) }
	d := websocket.Dialer{NetDialContext: reach, TLSClientConfig: secure, Subprotocols: []string{"mqtt"}}
	conn, answer, err := d.DialContext(ctx, l.address.web, nil)
	if answer != nil {
		defer answer.Body.Close() // a few bytes of it, at most: they are here
	}
	switch {
	case err != nil && answer != nil:
		return nil, fmt.Errorf("websocket: %s: %w", answer.Status, err)
	case err != nil:
		return nil, fmt.Errorf("websocket: %w", err)
	}
	return &web{Conn: conn}, nil
}

// web is a websocket as a stream of bytes: its message boundaries mean nothing to MQTT.
type web struct {
	*websocket.Conn
	message io.Reader // the present one; nil: it has been read

	mu sync.Mutex // whoever writes
}

var errText = errors.New("websocket: a message that is not binary")

// Read is for one goroutine, as paho has it.
func (w *web) Read(p []byte) (int, error) {
	for {
		if w.message == nil {
			kind, message, err := w.NextReader()
			switch {
			case err != nil:
				return 0, err
			case kind != websocket.BinaryMessage:
				return 0, errText
			}
			w.message = message
		}
		n, err := w.message.Read(p)
		if errors.Is(err, io.EOF) {
			w.message, err = nil, nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (w *web) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.WriteMessage(websocket.BinaryMessage, p); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (w *web) SetWriteDeadline(t time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Conn.SetWriteDeadline(t)
}

func (w *web) SetDeadline(t time.Time) error {
	return errors.Join(w.SetReadDeadline(t), w.SetWriteDeadline(t))
}
